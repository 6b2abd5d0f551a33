/* What stands in a Django model for a name of its table. */
#ifndef LINT_DJANGO_H
#define LINT_DJANGO_H

#include "schema/schema.h"

typedef enum django_source {
    DJANGO_FIELD, /* db_index, unique=True, a ForeignKey's own */
    DJANGO_META,  /* Meta.indexes, Meta.constraints */
    DJANGO_PRIMARY_KEY
} django_source;

django_source django_source_of(const name *n);
bool django_is_reference(const table *t, str column);
str django_field(const table *t, str column);
/* Index(fields=["user"], name="...") */
str django_entry(const table *t, const name *n, arena *a);
/* What takes it out of the model: "remove Index(...) from Meta.indexes", "set db_index=False on the ForeignKey \"user\"". */
str django_removal(const table *t, const name *n, arena *a);

#endif

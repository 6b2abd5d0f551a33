/* Random histories of a few tables: what Django could emit. */
#ifndef TESTS_HISTORY_H
#define TESTS_HISTORY_H

#include "api/api.h"

typedef VEC(str) sql_list;

/* The statements of `seed`: `base` of them that make tables, `more` that change them. The same seed gives the same ones. */
void history_make(sql_list *out, uint64_t seed, size_t base, size_t more, arena *a);
/* Does every statement find what it speaks of? *again: a table is created that is there (another attempt). */
bool history_is_sound(const sql_list *of, bool *again, arena *a);

#endif

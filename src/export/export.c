#include "export/words.h"

static const struct {
    const char *name;
    export_writer *write;
} forms[] = {
    {"json", json_write_schema}, {"sql", export_sql},         {"postgresql", export_postgresql},
    {"pymongo", export_pymongo}, {"mongosh", export_mongosh}, {"django-mongodb-backend", export_django_mongodb},
};
const char export_forms[] = "json, sql, postgresql, pymongo, mongosh, django-mongodb-backend";

export_writer *export_find(str form) {
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (str_eq(form, str_of(forms[i].name))) return forms[i].write;
    return NULL;
}

#include "export/export.h"

static const struct {
    const char *name;
    export_writer *write;
} forms[] = {
    {"json", json_write_schema},
};
const char export_forms[] = "json";

export_writer *export_find(str form) {
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (str_eq(form, str_of(forms[i].name))) return forms[i].write;
    return NULL;
}

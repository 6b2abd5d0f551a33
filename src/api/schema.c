#include "api/api.h"

#include "export/export.h"
#include <stdlib.h>

struct make {
    kf_schema *schema;
    str json;
};

static int make(void *call, kf_error *err) {
    struct make *c = call;
    (void)err;
    c->schema->schema = schema_new(c->schema->memory->arena);
    return 0;
}

int schema_handle_new(kf_schema **out, kf_error *err) {
    *out = NULL;
    kf_schema *s = calloc(1, sizeof *s);
    if (!s) return fail_memory(err);
    s->memory = memory_new();
    struct make c = {s, STR_NONE};
    int rc = s->memory ? guard(s->memory->arena, make, &c, err) : fail_memory(err);
    if (rc == 0) *out = s;
    else kf_schema_free(s);
    return rc;
}

int kf_schema_new(kf_schema **out, kf_error *err) {
    need(out);
    return schema_handle_new(out, err);
}

void kf_schema_free(kf_schema *handle) {
    if (!handle) return;
    memory_release(handle->memory);
    free(handle);
}

static int parse_name_condition(schema *s, const table *t, name *n) {
    if (n->where || n->where_sql.n == 0) return 0;
    kf_error err;
    int rc = parse_condition(&n->where, n->where_sql, s->arena, &err);
    if (rc == 0 || rc == -KF_E_MEMORY) return rc;
    n->where = NULL;
    str message = str_format(s->arena, "%.*s: the condition of %.*s is not understood and stays as it is: %s", STR_ARG(t->name),
                             STR_ARG(n->name), err.message);
    vec_push(s->arena, &s->notices, (struct notice){SIZE_MAX, message});
    return 0;
}

int schema_parse_conditions(schema *s, kf_error *err) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < s->tables.n; i++) {
        const table *t = s->tables.at[i];
        for (size_t k = 0; rc == 0 && k < t->names.n; k++) rc = parse_name_condition(s, t, t->names.at[k]);
    }
    return rc ? fail_memory(err) : 0;
}

static int read_json(void *call, kf_error *err) {
    struct make *c = call;
    int rc = json_read_schema(c->schema->schema, str_copy(c->schema->memory->arena, c->json), err);
    return rc ? rc : schema_parse_conditions(c->schema->schema, err);
}

int kf_schema_read(kf_schema **out, const char *json, size_t length, kf_error *err) {
    need(out);
    *out = NULL;
    if (length) need(json);
    int rc = schema_handle_new(out, err);
    if (rc != 0) return rc;
    struct make c = {*out, {json, length}};
    rc = guard((*out)->memory->arena, read_json, &c, err);
    if (rc != 0) {
        kf_schema_free(*out);
        *out = NULL;
    }
    return rc;
}

struct write {
    kf_text *out;
    const schema *schema;
    arena *arena;
    export_writer *write;
};

static int write_form(void *call, kf_error *err) {
    struct write *c = call;
    text t = {.arena = c->arena};
    c->write(&t, c->schema);
    return text_give(c->out, &t, err);
}

static int write_as(kf_text *out, const kf_schema *handle, export_writer *write, kf_error *err) {
    arena *a;
    if (arena_new(&a) != 0) return fail_memory(err);
    struct write c = {out, handle->schema, a, write};
    int rc = guard(a, write_form, &c, err);
    arena_free(a);
    return rc;
}

int kf_schema_write(kf_text *out, const kf_schema *handle, kf_error *err) {
    need(out);
    *out = (kf_text){0};
    need(handle);
    return write_as(out, handle, json_write_schema, err);
}

int kf_schema_export(kf_text *out, const kf_schema *handle, const char *to, kf_error *err) {
    need(out);
    *out = (kf_text){0};
    need(handle);
    need(to);
    export_writer *write = export_find(str_of(to));
    return write ? write_as(out, handle, write, err) : fail(err, KF_E_USAGE, "there is no form '%s': %s", to, export_forms);
}

/* What a server may answer: a document of `__schema__` or of listIndexes, as BSON, or as the JSON of it (which mutates better).
 * No public function takes one without a server, so this target enters at json/json.h. */
#include "fuzz.h"

#include "json/json.h"
#include <bson/bson.h>

const char *const fuzz_seeds[] = {"fuzz/seeds/catalog", NULL};

struct call {
    arena *arena;
    str bson;
};

static void read_table(arena *a, str bson) {
    kf_error err = {0};
    schema *s = schema_new(a);
    table *t = schema_add_table(s, STR("t"));
    if (fuzz_checked(json_table_from_bson(t, bson, a, &err), &err)) return;
    index_spec *x;
    if (json_index_from_bson(&x, bson, a, &err) == 0) vec_push(a, &t->indexes, x);
    table_derive_names(s, t);
    text dump = {.arena = a}, json = {.arena = a};
    schema_dump(&dump, s);
    json_write_schema(&json, s);
    operation op = {.collection = t->name, .document = t, .base_rev = t->rev};
    str match, update;
    json_document_insert(a, &op, false);
    json_document_update(a, &op, true, &match, &update);
    schema_fingerprint(s, a);
}

static void read_index(arena *a, str bson) {
    kf_error err = {0};
    index_spec *x;
    if (fuzz_checked(json_index_from_bson(&x, bson, a, &err), &err)) return;
    must(x->name.n && x->key.fields.n);
    json_index_to_bson(a, x);
}

static void run(void *call) {
    struct call *c = call;
    read_table(c->arena, c->bson);
    read_index(c->arena, c->bson);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct call c = {0};
    bson_t *made = NULL;
    must(arena_new(&c.arena) == 0);
    c.bson = (str){(const char *)data, size};
    if (size && data[0] == '{') {
        made = bson_new_from_json(data, (ssize_t)size, NULL);
        if (made) c.bson = (str){(const char *)bson_get_data(made), made->len};
    }
    must(arena_try(c.arena, run, &c) == 0);
    arena_free(c.arena);
    if (made) bson_destroy(made);
    return 0;
}

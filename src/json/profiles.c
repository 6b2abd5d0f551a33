/* The server profiles as JSON: docs/json.md. */
#include "json/json.h"
#include "json/tree.h"

static void put_limit(bson_t *b, const char *key, size_t limit) {
    if (limit) tree_put_int(b, key, (int64_t)limit);
    else bson_append_null(b, key, -1);
}

static void put_operators(bson_t *b, const profile *p) {
    bson_t list;
    char room[16];
    size_t n = 0;
    bson_append_array_begin(b, "filter_operators", -1, &list);
    for (int op = 0; op <= FILTER_OR; op++)
        if (p->filter_operators & 1u << op)
            tree_put_str(&list, tree_position(n++, room), filter_operator_text((filter_operator)op));
    bson_append_array_end(b, &list);
}

static void put_profile(bson_t *b, const profile *p) {
    tree_put_str(b, "name", str_of(p->name));
    tree_put_str(b, "title", str_of(p->title));
    bson_append_bool(b, "unique_distinct", -1, p->unique_distinct);
    bson_append_bool(b, "filter_distinct", -1, p->filter_distinct);
    bson_append_bool(b, "collation_distinct", -1, p->collation_distinct);
    put_operators(b, p);
    bson_append_bool(b, "partial_unique_only", -1, p->partial_unique_only);
    bson_append_bool(b, "hashed", -1, p->hashed);
    bson_append_bool(b, "pipeline_updates", -1, p->pipeline_updates);
    bson_append_bool(b, "rename_collection", -1, p->rename_collection);
    put_limit(b, "max_name_bytes", p->max_name_bytes);
    put_limit(b, "max_namespace_bytes", p->max_namespace_bytes);
    put_limit(b, "max_collection_bytes", p->max_collection_bytes);
    tree_put_int(b, "max_indexes", (int64_t)p->max_indexes);
    tree_put_int(b, "max_fields", (int64_t)p->max_fields);
    tree_put_str(b, "source", str_of(p->source));
}

void json_write_profiles(text *out) {
    bson_t *b = tree_new(out->arena), list, each;
    char room[16];
    bson_append_int32(b, "format", -1, 1);
    bson_append_array_begin(b, "profiles", -1, &list);
    for (size_t i = 0; profile_at(i); i++) {
        bson_append_document_begin(&list, tree_position(i, room), -1, &each);
        put_profile(&each, profile_at(i));
        bson_append_document_end(&list, &each);
    }
    bson_append_array_end(b, &list);
    tree_print_pretty(out, tree_bytes(b));
}

/* The server profiles as a table: a line each, and its source below. */
#include "report/parts.h"
#include "report/report.h"

static const char *apart(const profile *p) {
    if (p->unique_distinct) return "unique, filter, collation";
    if (p->filter_distinct) return "filter";
    return p->collation_distinct ? "collation" : "nothing";
}

static const char *partial(const profile *p) {
    if (!profile_partial(p)) return "no";
    if (p->partial_unique_only) return "unique ones";
    if (p->filter_operators & 1u << FILTER_OR) return "yes, IN and OR too";
    return p->filter_operators & 1u << FILTER_TYPE ? "yes" : "yes, but by type";
}

static str names(const profile *p, arena *a) {
    text t = {.arena = a};
    if (p->max_name_bytes) text_format(&t, "index %zu with the namespace; ", p->max_name_bytes);
    if (p->max_namespace_bytes) text_format(&t, "namespace %zu", p->max_namespace_bytes);
    if (p->max_collection_bytes) text_format(&t, "collection %zu", p->max_collection_bytes);
    return text_str(&t);
}

void report_profiles(text *out) {
    static const char row[] = "%-22s %-26s %-19s %-7s %-10s %s\n";
    text_format(out, row, "profile", "indexes of one key differ by", "partial", "hashed", "  most", "names, in bytes");
    for (size_t i = 0; profile_at(i); i++) {
        const profile *p = profile_at(i);
        str most = str_format(out->arena, "%4zu, %zu", p->max_indexes, p->max_fields);
        text_format(out, row, p->name, apart(p), partial(p), p->hashed ? "yes" : "no", most.p, names(p, out->arena).p);
        text_format(out, "    %s\n    source: %s\n", p->title, p->source);
    }
    text_add(out, STR("\nmost: indexes of a collection with _id_, fields of an index\n"));
}

#include "report/parts.h"

static void add_operations(text *out, const plan *p) {
    size_t counts[OPERATION_COUNT] = {0};
    for (size_t i = 0; i < p->operations.n; i++) counts[p->operations.at[i].kind]++;
    part_count(out, p->operations.n, "operation", "operations");
    const char *before = " (";
    for (operation_kind k = 0; k < OPERATION_COUNT; k++) {
        if (counts[k] == 0) continue;
        text_format(out, "%s%s: %zu", before, operation_kind_text(k), counts[k]);
        before = ", ";
    }
    text_char(out, ')');
}

static void add_totals(text *out, const plan *p, const planned_collection_list *collections) {
    size_t indexes = 0, names = 0;
    for (size_t i = 0; i < collections->n; i++) {
        const planned_collection *c = &collections->at[i];
        indexes += c->indexes.n;
        for (size_t k = 0; k < c->indexes.n; k++) names += c->indexes.at[k].names.n;
    }
    part_count(out, collections->n, "collection", "collections");
    text_add(out, STR(", "));
    part_count(out, names, "name", "names");
    text_add(out, STR(" on "));
    part_count(out, indexes, "index", "indexes");
    text_add(out, STR("; "));
    if (p->operations.n == 0) text_add(out, STR("nothing to do"));
    else add_operations(out, p);
    text_char(out, '\n');
}

/* "djongo.log.1.gz: djongo+query log, gzip, 201 statements" */
static void add_file(text *out, const planned_file *f) {
    part_text(out, f->name);
    text_add(out, STR(": "));
    part_text(out, f->form);
    if (!str_eq(f->encoding, STR("utf-8"))) text_format(out, ", %.*s", STR_ARG(f->encoding));
    if (!str_eq(f->compression, STR("none"))) text_format(out, ", %.*s", STR_ARG(f->compression));
    text_add(out, STR(", "));
    part_count(out, f->statements, "statement", "statements");
    text_char(out, '\n');
}

void report_plan(text *out, const plan *p) {
    text_format(out, "Plan for %s\n", p->options.profile->title);
    for (size_t i = 0; i < p->files.n; i++) add_file(out, &p->files.at[i]);
    text_char(out, '\n');
    planned_collection_list collections = part_collections(out->arena, p);
    for (size_t i = 0; i < collections.n; i++) part_collection(out, p, NULL, &collections.at[i]);
    part_findings(out, p);
    part_skipped_dml(out, p);
    part_statements(out, p);
    add_totals(out, p, &collections);
    if (p->stopped) text_add(out, STR("this plan will not be carried out as it is\n"));
}

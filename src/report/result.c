#include "report/parts.h"

static void add_sample(text *out, const sample *s, bool show_values) {
    text_format(out, "      %lld %s", (long long)s->count, s->count == 1 ? "document" : "documents");
    if (show_values) {
        text_add(out, STR(" with "));
        part_text(out, s->value);
    }
    text_add(out, STR(": _id "));
    for (size_t k = 0; k < s->ids.n; k++) {
        if (k) text_add(out, STR(", "));
        part_text(out, part_id(s->ids.at[k], show_values));
    }
    if (s->count > (int64_t)s->ids.n) text_add(out, STR(", ..."));
    text_char(out, '\n');
}

static void add_failure(text *out, const report *r, const failure *f) {
    const operation *o = &r->plan->operations.at[f->operation];
    text_add(out, STR("  "));
    part_text(out, o->collection);
    if (o->index) {
        text_char(out, ' ');
        key_dump(out, &o->index->key);
        if (o->index->unique) text_add(out, STR(" unique"));
    }
    text_add(out, STR("\n    "));
    part_text(out, f->message);
    text_format(out, "  [%s]\n", kf_code_text(f->code));
    for (size_t i = 0; i < f->duplicates.n; i++) add_sample(out, &f->duplicates.at[i], r->show_values);
    if (f->unconverted.count) add_sample(out, &f->unconverted, r->show_values);
    text_format(out, "    %s%s\n", kf_code_advice(f->code),
                (f->duplicates.n || f->unconverted.count) && !r->show_values ? " (--show-values prints the values)" : "");
}

static void add_failures(text *out, const report *r) {
    if (r->run->failures.n == 0) return;
    text_add(out, STR("Failed\n"));
    for (size_t i = 0; i < r->run->failures.n; i++)
        if (r->run->failures.at[i].operation < r->plan->operations.n) add_failure(out, r, &r->run->failures.at[i]);
    text_char(out, '\n');
}

static void add_done(text *out, const report *r) {
    const plan *p = r->plan;
    if (p->stopped) {
        text_add(out, STR("nothing was carried out\n"));
    } else if (p->operations.n == 0 && r->done == 0) {
        text_add(out, STR("nothing to do\n"));
    } else {
        part_count(out, r->done, "operation", "operations");
        text_add(out, STR(" done"));
        if (r->run->failures.n) text_format(out, ", %zu failed", r->run->failures.n);
        if (r->plans > 1) text_format(out, "; planned %zu times", r->plans);
        text_char(out, '\n');
    }
}

void report_result(text *out, const report *r) {
    const plan *p = r->plan;
    planned_collection_list collections = part_collections(out->arena, p);
    for (size_t i = 0; i < collections.n && !p->stopped; i++)
        if (part_collection_changes(p, &collections.at[i])) part_collection(out, p, r->run, &collections.at[i]);
    part_findings(out, p);
    add_failures(out, r);
    part_statements(out, p);
    add_done(out, r);
}

#include "report/parts.h"

#include <stdint.h>

static str place_of(const plan *p, arena *a, const finding *f) {
    return f->has_statement ? part_place(p, a, &f->statement, 1) : STR("");
}

static void add_finding(text *out, const plan *p, const finding *f, size_t width) {
    text_add(out, STR("  "));
    if (width) part_column(out, place_of(p, out->arena, f), width);
    if (f->collection.n && str_find(f->message, f->collection, 0) == SIZE_MAX) {
        part_text(out, f->collection);
        text_add(out, STR(": "));
    }
    part_text(out, f->message);
    if (f->code) text_format(out, "  [%s]", kf_code_text(f->code));
    text_char(out, '\n');
}

/* What to do is said once for all that follow each other. */
static void add_kind(text *out, const plan *p, finding_kind kind, const char *heading) {
    size_t width = 0;
    const finding *last = NULL;
    for (size_t i = 0; i < p->findings.n; i++) {
        const finding *f = &p->findings.at[i];
        size_t w = f->kind == kind ? part_width(place_of(p, out->arena, f)) : 0;
        if (w > width) width = w;
    }
    for (size_t i = 0; i < p->findings.n; i++) {
        const finding *f = &p->findings.at[i];
        if (f->kind != kind) continue;
        if (!last) text_format(out, "%s\n", heading);
        if (last && last->code && last->code != f->code) text_format(out, "    %s\n", kf_code_advice(last->code));
        add_finding(out, p, f, width);
        last = f;
    }
    if (last && last->code && kind != FINDING_SKIPPED) text_format(out, "    %s\n", kf_code_advice(last->code));
    if (last) text_char(out, '\n');
}

void part_findings(text *out, const plan *p) {
    add_kind(out, p, FINDING_NOTICE, "Notices");
    add_kind(out, p, FINDING_SKIPPED, "Passed over");
    add_kind(out, p, FINDING_WITHHELD, "Withheld");
    add_kind(out, p, FINDING_ERROR, "Not understood");
}

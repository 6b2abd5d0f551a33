#include "report/parts.h"

void part_text(text *out, str s) {
    for (size_t i = 0, start = 0; i <= s.n; i++) {
        if (i < s.n && (unsigned char)s.p[i] >= 32 && s.p[i] != 127) continue;
        text_add(out, str_slice(s, start, i));
        if (i < s.n) text_char(out, '?');
        start = i + 1;
    }
}

size_t part_width(str s) {
    size_t width = 0;
    for (size_t i = 0; i < s.n; i++) width += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return width;
}

void part_column(text *out, str s, size_t width) {
    part_text(out, s);
    for (size_t w = part_width(s); w < width; w++) text_char(out, ' ');
    text_add(out, STR("  "));
}

void part_count(text *out, size_t n, const char *one, const char *many) { text_format(out, "%zu %s", n, n == 1 ? one : many); }

str part_place(const plan *p, arena *a, const size_t *causes, size_t n) {
    if (n == 0 || causes[0] >= p->statements.n) return STR("");
    const source *s = &p->statements.at[causes[0]].source;
    if (n == 1) return str_format(a, "%.*s:%zu", STR_ARG(s->file), s->line);
    return str_format(a, "%.*s:%zu and %zu more", STR_ARG(s->file), s->line, n - 1);
}

void part_statements(text *out, const plan *p) {
    static const statement_class order[] = {CLASS_APPLIED, CLASS_SATISFIED, CLASS_FOLDED,      CLASS_CANCELLED, CLASS_WITHHELD,
                                            CLASS_FAILED,  CLASS_SKIPPED,   CLASS_UNSUPPORTED, CLASS_MALFORMED};
    part_count(out, p->statements.n, "statement", "statements");
    const char *before = ": ";
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (p->counts[order[i]] == 0) continue;
        text_format(out, "%s%zu %s", before, p->counts[order[i]], statement_class_text(order[i]));
        before = ", ";
    }
    text_char(out, '\n');
}

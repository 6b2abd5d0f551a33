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

void part_colour(text *out, const char *colour, str s) {
    if (*colour) text_format(out, "\033[%sm", colour);
    part_text(out, s);
    if (*colour) text_add(out, STR("\033[0m"));
}

void part_count(text *out, size_t n, const char *one, const char *many) { text_format(out, "%zu %s", n, n == 1 ? one : many); }

str part_place(const plan *p, arena *a, const size_t *causes, size_t n) {
    if (n == 0 || causes[0] >= p->statements.n) return STR("");
    const source *s = &p->statements.at[causes[0]].source;
    if (n == 1) return str_format(a, "%.*s:%zu", STR_ARG(s->file), s->line);
    return str_format(a, "%.*s:%zu and %zu more", STR_ARG(s->file), s->line, n - 1);
}

static size_t total(const skipped_dml *s) {
    size_t n = 0;
    for (int op = 0; op < DML_OPERATIONS; op++) n += s->counts[op];
    return n;
}

/* Most first; they come sorted by table. */
static const skipped_dml *next_greatest(const plan *p, const skipped_dml *last) {
    const skipped_dml *best = NULL;
    for (size_t i = 0; i < p->skipped_dml.n; i++) {
        const skipped_dml *s = p->skipped_dml.at[i];
        bool after = !last || total(s) < total(last) || (total(s) == total(last) && str_cmp(s->table, last->table) > 0);
        if (after && (!best || total(s) > total(best))) best = s;
    }
    return best;
}

static void add_skipped_dml(text *out, const skipped_dml *s) {
    const char *before = " ";
    part_text(out, s->table.n ? s->table : STR("(no table)"));
    for (int op = 0; op < DML_OPERATIONS; op++) {
        if (s->counts[op] == 0) continue;
        text_format(out, "%s%zu %s", before, s->counts[op], dml_operation_text((dml_operation)op));
        before = ", ";
    }
}

void part_skipped_dml(text *out, const plan *p) {
    enum { SHOWN = 4 };
    const skipped_dml *s = next_greatest(p, NULL);
    if (!s) return;
    text_add(out, STR("DML passed over: "));
    for (size_t n = 0; s && n < SHOWN; n++, s = next_greatest(p, s)) {
        if (n) text_add(out, STR("; "));
        add_skipped_dml(out, s);
    }
    if (p->skipped_dml.n > SHOWN) {
        text_add(out, STR("; and "));
        part_count(out, p->skipped_dml.n - SHOWN, "table more", "tables more");
    }
    text_char(out, '\n');
}

void part_statements(text *out, const plan *p) {
    static const statement_class order[] = {CLASS_APPLIED, CLASS_SATISFIED, CLASS_FOLDED,      CLASS_CANCELLED, CLASS_WITHHELD,
                                            CLASS_FAILED,  CLASS_SKIPPED,   CLASS_UNSUPPORTED, CLASS_MALFORMED};
    if (p->statements.n + p->left_out == 0) return; /* of a plan that no log asked for */
    part_count(out, p->statements.n + p->left_out, "statement", "statements");
    const char *before = ": ";
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (p->counts[order[i]] == 0) continue;
        text_format(out, "%s%zu %s", before, p->counts[order[i]], statement_class_text(order[i]));
        before = ", ";
    }
    text_char(out, '\n');
}

str part_id(str id, bool show_values) {
    bool integer = id.n > 0;
    for (size_t i = 0; i < id.n; i++) integer &= (id.p[i] >= '0' && id.p[i] <= '9') || (i == 0 && id.p[i] == '-');
    return show_values || integer || str_starts(id, STR("{\"$oid\"")) ? id : STR("\"...\"");
}

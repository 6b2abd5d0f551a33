/* Is what is wanted there? A line a name. */
#include "report/parts.h"

static const struct look {
    const char *colour, *counted;
} looks[NAME_STATES] = {
    [NAME_OK] = {PART_GREEN, "OK"},
    [NAME_FOLDED] = {PART_GREEN, "folded"},
    [NAME_MISSING] = {PART_RED, "missing"},
    [NAME_DIFFERENT] = {PART_RED, "different"},
    [NAME_EXTRA] = {PART_YELLOW, "extra"},
    [NAME_SKIPPED] = {PART_YELLOW, "skipped"},
    [NAME_NOT_ENFORCED] = {"", "not enforced"},
};

typedef struct widths {
    size_t name, spec;
} widths;

static str spec_of(const verified_name *n, arena *a) {
    text t = {.arena = a}, shown = {.arena = a};
    if (!n->index && !n->wanted) return STR("");
    key_dump(&t, n->index ? &n->index->key : &n->wanted->key);
    if (n->index ? n->index->unique : n->wanted->kind != NAME_INDEX) text_add(&t, STR(" unique"));
    if (n->index && !filter_none(&n->index->filter)) {
        text_add(&t, STR(" where "));
        filter_dump(&t, &n->index->filter);
    }
    part_text(&shown, text_str(&t));
    return text_str(&shown);
}

static str note_of(const verification *v, const verified_name *n, arena *a) {
    text t = {.arena = a};
    if (n->state == NAME_FOLDED) text_format(&t, "served by %.*s", STR_ARG(n->served_by));
    if (n->detail.n) text_format(&t, "%s%.*s", t.n ? "; " : "", STR_ARG(n->detail));
    bool wrong = n->state == NAME_MISSING || n->state == NAME_DIFFERENT;
    if (wrong && n->statement != SIZE_MAX)
        text_format(&t, "%s(%.*s)", t.n ? " " : "", STR_ARG(part_place(v->plan, a, &n->statement, 1)));
    return text_str(&t);
}

static size_t widest(size_t so_far, size_t width, size_t limit) { return width > so_far && width <= limit ? width : so_far; }

static widths measure(const verification *v, arena *a) {
    enum { LONGEST_NAME = 64, LONGEST_SPEC = 48 };
    widths w = {0};
    for (size_t i = 0; i < v->collections.n; i++)
        for (size_t k = 0; k < v->collections.at[i].names.n; k++) {
            const verified_name *n = &v->collections.at[i].names.at[k];
            if (n->state == NAME_NOT_ENFORCED) continue;
            w.name = widest(w.name, part_width(n->name), LONGEST_NAME);
            w.spec = widest(w.spec, part_width(spec_of(n, a)), LONGEST_SPEC);
        }
    return w;
}

static void add_name(text *out, const verification *v, const verified_name *n, const widths *w, bool colour) {
    const struct look *look = &looks[n->state];
    text_add(out, STR("  "));
    part_colour(out, colour ? look->colour : "", str_format(out->arena, "%-9s", name_state_text(n->state)));
    text_add(out, STR("  "));
    part_column(out, n->name, w->name);
    str note = note_of(v, n, out->arena);
    if (note.n) {
        part_column(out, spec_of(n, out->arena), w->spec);
        part_text(out, note);
    } else {
        part_text(out, spec_of(n, out->arena));
    }
    text_char(out, '\n');
}

static void add_collection(text *out, const verification *v, const verified_collection *c, const widths *w, bool colour) {
    size_t known = 0;
    part_text(out, c->name);
    if (c->missing) text_add(out, STR("  (the collection is not there)"));
    if (c->unwanted) text_add(out, STR("  (nothing that is wanted speaks of it)"));
    text_char(out, '\n');
    for (size_t i = 0; i < c->names.n; i++) {
        if (c->names.at[i].state == NAME_NOT_ENFORCED) known++;
        else add_name(out, v, &c->names.at[i], w, colour);
    }
    if (known) {
        text_add(out, STR("  "));
        part_count(out, known, "constraint", "constraints");
        text_add(out, STR(" known by name, not enforced (foreign keys, checks)\n"));
    }
    text_char(out, '\n');
}

static void add_counts(text *out, const verification *v, bool colour) {
    static const name_state wanted[] = {NAME_OK, NAME_FOLDED, NAME_MISSING, NAME_DIFFERENT, NAME_SKIPPED};
    size_t names = 0;
    const char *before = ": ";
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) names += v->counts[wanted[i]];
    part_count(out, names, "name is", "names are");
    text_add(out, STR(" wanted"));
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const struct look *look = &looks[wanted[i]];
        size_t n = v->counts[wanted[i]];
        if (n == 0) continue;
        text_add(out, str_of(before));
        part_colour(out, colour ? look->colour : "", str_format(out->arena, "%zu %s", n, look->counted));
        before = ", ";
    }
    if (v->counts[NAME_EXTRA]) {
        text_add(out, STR("; "));
        part_count(out, v->counts[NAME_EXTRA], "extra one is live", "extra ones are live");
    }
    text_char(out, '\n');
}

void report_verification(text *out, const verification *v, bool colour) {
    widths w = measure(v, out->arena);
    for (size_t i = 0; i < v->collections.n; i++) add_collection(out, v, &v->collections.at[i], &w, colour);
    add_counts(out, v, colour);
    if (v->unwanted) {
        part_count(out, v->unwanted, "collection is", "collections are");
        text_add(out, STR(" there that nothing wanted speaks of\n"));
    }
    if (v->undecided) {
        part_count(out, v->undecided, "table", "tables");
        text_add(out, STR(" not looked at: whether a rename was done cannot be told (--renames=done|todo)\n"));
    }
    if (v->elsewhere) {
        text_add(out, STR("besides, "));
        part_count(out, v->elsewhere, "operation is", "operations are");
        text_add(out, STR(" left on documents, collections or migrations: see keyfold plan\n"));
    }
}

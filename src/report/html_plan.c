/* A plan as a page: each collection with its indexes and the names folded into them, what is withheld and why. */
#include "report/html.h"

#include <stdint.h>

static const char *const index_heads[] = {"State", "Index", "Names that it serves", "Note", NULL};
static const char *const finding_heads[] = {"Code", "Where", "What and why", "What to do", NULL};

/* States are words: the filter has them, and nothing is told by colour alone. */
static const struct look {
    char mark;
    const char *state, *kind;
} looks[] = {{MARK_KEPT, "kept", "plain"},
             {MARK_MADE, "made", "good"},
             {MARK_CHANGED, "changed", "warn"},
             {MARK_DROPPED, "dropped", "bad"},
             {MARK_NOT_DONE, "withheld", "bad"}};
static const char *const states[] = {"made", "changed", "dropped", "kept", "withheld", "skipped", "unserved", "folded", NULL};

static const struct look *look_of(char mark) {
    size_t i = 0;
    while (looks[i].mark != mark) i++;
    return &looks[i];
}

/* ---- findings ---- */

static size_t character_before(str s, size_t at) {
    while (at && at < s.n && ((unsigned char)s.p[at] & 0xC0) == 0x80) at--;
    return at;
}

/* The line, as much of it as is around the place, and a caret below. */
static void add_excerpt(text *out, str sql, size_t line, size_t column) {
    enum { BEFORE = 40, AFTER = 60 };
    for (size_t end; line > 1 && (end = str_find(sql, STR("\n"), 0)) != SIZE_MAX; line--) sql = str_from(sql, end + 1);
    size_t end = str_find(sql, STR("\n"), 0), place = column ? column - 1 : 0;
    if (end != SIZE_MAX) sql = str_slice(sql, 0, end);
    if (place > sql.n) place = sql.n;
    size_t from = character_before(sql, place > BEFORE ? place - BEFORE : 0);
    size_t to = character_before(sql, sql.n - place > AFTER ? place + AFTER : sql.n);
    html(out, "<pre><code>");
    html_text(out, str_slice(sql, from, to));
    html(out, "\n");
    for (size_t i = from; i < place; i++)
        if (((unsigned char)sql.p[i] & 0xC0) != 0x80) html(out, " ");
    if (column) html(out, "^");
    html(out, "</code></pre>");
}

static void add_finding(text *out, const plan *p, const finding *f) {
    html(out, "<tr><td>");
    if (f->code) html_code(out, str_of(kf_code_text(f->code)));
    html(out, "</td><td>");
    if (f->has_statement) html_code(out, part_place(p, out->arena, &f->statement, 1));
    html(out, "</td><th scope=\"row\">");
    if (f->collection.n) {
        html_code(out, f->collection);
        html(out, ": ");
    }
    html_text(out, f->message);
    if (f->kind == FINDING_ERROR && f->has_statement) add_excerpt(out, p->statements.at[f->statement].sql, f->line, f->column);
    html(out, "</th><td>");
    if (f->code) html_text(out, str_of(kf_code_advice(f->code)));
    html(out, "</td></tr>\n");
}

static void add_findings(text *out, const plan *p, finding_kind kind, const char *heading, const char *id) {
    size_t n = 0;
    for (size_t i = 0; i < p->findings.n; i++) n += p->findings.at[i].kind == kind;
    if (n == 0) return;
    text_format(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s (%zu)</h2>\n", id, id, heading, n);
    page_table_begin(out, heading, finding_heads);
    for (size_t i = 0; i < p->findings.n; i++)
        if (p->findings.at[i].kind == kind) add_finding(out, p, &p->findings.at[i]);
    page_table_end(out);
    html(out, "</section>\n");
}

/* ---- collections ---- */

static void add_index_key(text *out, const index_spec *x) {
    text spec = {.arena = out->arena};
    part_index(&spec, x);
    html(out, "<th scope=\"row\">");
    html_code(out, text_str(&spec));
    html(out, "</th><td>");
}

static void add_name(text *out, str name, str place, bool folded) {
    html(out, "<li>");
    html_code(out, name);
    if (folded) html(out, " <span class=\"badge good\">folded</span> <small>shares the index,</small>");
    if (place.n) {
        html(out, " <small>");
        html_text(out, place);
        html(out, "</small>");
    }
    html(out, "</li>\n");
}

static void add_planned_index(text *out, const plan *p, const planned_collection *c, const planned_index *i) {
    const struct look *look = look_of(part_index_mark(p, c, i));
    page_row(out, look->state, look->kind, i->names.n > 1 ? "folded" : "");
    add_index_key(out, i->index);
    html(out, "<ul>\n");
    for (size_t k = 0; k < i->names.n; k++) add_name(out, i->names.at[k]->name, part_name_place(p, out->arena, i, k), k > 0);
    html(out, "</ul></td><td>");
    if (i->companion_of.n) {
        html(out, "for queries, which cannot use ");
        html_code(out, i->companion_of);
    }
    html(out, "</td></tr>\n");
}

static void add_other_name(text *out, const plan *p, const planned_name *n) {
    if (!name_is_served(n->name->kind)) return;
    text key = {.arena = out->arena};
    page_row(out, n->state, str_eq(str_of(n->state), STR("withheld")) ? "bad" : "warn", "");
    key_dump(&key, &n->name->key);
    if (n->name->kind != NAME_INDEX) html(&key, " unique");
    if (n->name->where_sql.n) text_format(&key, " where %.*s", STR_ARG(n->name->where_sql));
    html(out, "<th scope=\"row\">");
    html_code(out, text_str(&key));
    html(out, "</th><td><ul>\n");
    add_name(out, n->name->name, part_place(p, out->arena, n->name->causes.at, n->name->causes.n), false);
    html(out, "</ul></td><td>");
    html_text(out, n->reason);
    html(out, "</td></tr>\n");
}

static void add_drops(text *out, const plan *p, const planned_collection *c) {
    for (size_t i = 0; i < p->operations.n; i++) {
        const operation *o = &p->operations.at[i];
        bool drops = o->kind == OPERATION_DROP_INDEX || o->kind == OPERATION_CLEAR_INDEX;
        if (!drops || !str_eq(o->collection, c->name)) continue;
        page_row(out, "dropped", "bad", "");
        add_index_key(out, o->old);
        html(out, "<ul>\n");
        add_name(out, o->old->name, part_place(p, out->arena, o->causes.at, o->causes.n), false);
        html(out, "</ul></td><td>");
        html_text(out, o->reason);
        html(out, "</td></tr>\n");
    }
}

static void add_change(text *out, const plan *p, const operation *o) {
    const struct look *look = look_of(part_change_mark(o));
    text what = {.arena = out->arena};
    part_change_text(&what, p, o);
    text_format(out, "<li data-state=\"%s\"><span class=\"badge %s\">%s</span> ", look->state, look->kind, look->state);
    html_text(out, text_str(&what));
    str place = part_place(p, out->arena, o->causes.at, o->causes.n);
    if (place.n) {
        html(out, " <small>");
        html_text(out, place);
        html(out, "</small>");
    }
    html(out, "</li>\n");
}

static void add_changes(text *out, const plan *p, const planned_collection *c) {
    bool any = false;
    for (size_t i = 0; i < p->operations.n; i++) {
        const operation *o = &p->operations.at[i];
        if (!str_eq(o->collection, c->name) || !part_is_change(p, o)) continue;
        if (!any) html(out, "<ul class=\"changes\">\n");
        any = true;
        add_change(out, p, o);
    }
    if (any) html(out, "</ul>\n");
}

static bool has_rows(const plan *p, const planned_collection *c) {
    size_t n = c->indexes.n;
    for (size_t i = 0; i < c->other_names.n; i++) n += name_is_served(c->other_names.at[i].name->kind);
    for (size_t i = 0; i < p->operations.n; i++)
        n += (p->operations.at[i].kind == OPERATION_DROP_INDEX || p->operations.at[i].kind == OPERATION_CLEAR_INDEX) &&
             str_eq(p->operations.at[i].collection, c->name);
    return n > 0;
}

static void add_constraints(text *out, const planned_collection *c) {
    size_t n = 0;
    for (size_t i = 0; i < c->other_names.n; i++) n += !name_is_served(c->other_names.at[i].name->kind);
    if (n == 0) return;
    html(out, "<p class=\"note\">");
    part_count(out, n, "foreign key or check", "foreign keys and checks");
    html(out, ": known by name, not enforced</p>\n");
}

static void add_collection(text *out, const plan *p, const planned_collection *c, size_t n) {
    page_section_begin(out, n, c->name);
    add_changes(out, p, c);
    if (has_rows(p, c)) {
        page_table_begin(out, str_c(out->arena, str_format(out->arena, "Indexes of %.*s", STR_ARG(c->name))), index_heads);
        for (size_t i = 0; i < c->indexes.n; i++) add_planned_index(out, p, c, &c->indexes.at[i]);
        for (size_t i = 0; i < c->other_names.n; i++) add_other_name(out, p, &c->other_names.at[i]);
        add_drops(out, p, c);
        page_table_end(out);
    }
    add_constraints(out, c);
    page_section_end(out);
}

/* ---- the whole ---- */

static void add_facts(text *out, const plan *p, const planned_collection_list *collections) {
    size_t indexes = 0, names = 0, withheld = 0;
    for (size_t i = 0; i < collections->n; i++) {
        const planned_collection *c = &collections->at[i];
        indexes += c->indexes.n;
        for (size_t k = 0; k < c->indexes.n; k++) names += c->indexes.at[k].names.n;
    }
    for (size_t i = 0; i < p->findings.n; i++) withheld += p->findings.at[i].kind == FINDING_WITHHELD;
    page_facts_begin(out);
    page_fact(out, "Statements", p->statements.n + p->left_out);
    page_fact(out, "Collections", collections->n);
    page_fact(out, "Names", names);
    page_fact(out, "Indexes", indexes);
    page_fact(out, "Operations to do", p->operations.n);
    page_fact(out, "Withheld", withheld);
    page_facts_end(out);
}

static str lead_of(const plan *p, arena *a) {
    text t = {.arena = a};
    text_format(&t, "For %s", p->options.profile->title);
    if (p->options.database.n) text_format(&t, ", database %.*s", STR_ARG(p->options.database));
    for (size_t i = 0; i < p->files.n; i++)
        text_format(&t, "%s%.*s (%.*s)", i ? ", " : "; from ", STR_ARG(p->files.at[i].name), STR_ARG(p->files.at[i].form));
    return text_str(&t);
}

static void add_skipped_dml(text *out, const plan *p) {
    text skipped = {.arena = out->arena};
    part_skipped_dml(&skipped, p);
    if (skipped.n) html(out, "<br>");
    html_text(out, str_trim(text_str(&skipped)));
}

void report_plan_html(text *out, const plan *p) {
    planned_collection_list collections = part_collections(out->arena, p);
    VEC(str) names = {0};
    for (size_t i = 0; i < collections.n; i++) vec_push(out->arena, &names, collections.at[i].name);
    page_begin(out, STR("keyfold plan"), lead_of(p, out->arena));
    add_facts(out, p, &collections);
    html(out, "<p>");
    part_statements(out, p);
    add_skipped_dml(out, p);
    if (p->stopped) html(out, " <strong>This plan will not be carried out as it is.</strong>");
    html(out, "</p>\n");
    add_findings(out, p, FINDING_ERROR, "Not understood", "errors");
    add_findings(out, p, FINDING_WITHHELD, "Withheld", "withheld");
    page_filter(out, states);
    page_links(out, names.at, names.n);
    for (size_t i = 0; i < collections.n; i++) add_collection(out, p, &collections.at[i], i + 1);
    add_findings(out, p, FINDING_SKIPPED, "Passed over", "skipped");
    add_findings(out, p, FINDING_NOTICE, "Notices", "notices");
    page_end(out);
}

/* A verification, and lint's findings, as pages. */
#include "report/html.h"

#include <stdint.h>

static const char *const name_heads[] = {"State", "Name", "Index", "Served by, or why not", "Asked for", NULL};
static const char *const name_states[] = {"OK", "FOLDED", "MISSING", "DIFFERENT", "EXTRA", "SKIPPED", NULL};
static const char *const kinds[NAME_STATES] = {"good", "good", "bad", "bad", "warn", "warn", "plain"};

static void add_name(text *out, const verification *v, const verified_name *n) {
    text spec = {.arena = out->arena};
    page_row(out, name_state_text(n->state), kinds[n->state], "");
    html(out, "<th scope=\"row\">");
    html_code(out, n->name);
    html(out, "</th><td>");
    if (n->index) part_index(&spec, n->index);
    else if (n->wanted) key_dump(&spec, &n->wanted->key);
    if (spec.n) html_code(out, text_str(&spec));
    html(out, "</td><td>");
    if (n->state == NAME_FOLDED) {
        html(out, "served by ");
        html_code(out, n->served_by);
        if (n->detail.n) html(out, "; ");
    }
    html_text(out, n->detail);
    html(out, "</td><td>");
    if (n->statement != SIZE_MAX) html_code(out, part_place(v->plan, out->arena, &n->statement, 1));
    html(out, "</td></tr>\n");
}

static void add_collection(text *out, const verification *v, const verified_collection *c, size_t number) {
    size_t known = 0;
    page_section_begin(out, number, c->name);
    if (c->missing) html(out, "<p class=\"bad\">The collection is not there.</p>\n");
    if (c->unwanted) html(out, "<p class=\"warn\">Nothing that is wanted speaks of it.</p>\n");
    for (size_t i = 0; i < c->names.n; i++) known += c->names.at[i].state == NAME_NOT_ENFORCED;
    if (known < c->names.n) {
        page_table_begin(out, str_c(out->arena, str_format(out->arena, "Names of %.*s", STR_ARG(c->name))), name_heads);
        for (size_t i = 0; i < c->names.n; i++)
            if (c->names.at[i].state != NAME_NOT_ENFORCED) add_name(out, v, &c->names.at[i]);
        page_table_end(out);
    }
    if (known) {
        html(out, "<p class=\"note\">");
        part_count(out, known, "constraint", "constraints");
        html(out, " known by name, not enforced (foreign keys, checks)</p>\n");
    }
    page_section_end(out);
}

void report_verification_html(text *out, const verification *v) {
    VEC(str) names = {0};
    page_begin(out, STR("keyfold verify"), STR("Is each wanted index and constraint there?"));
    page_facts_begin(out);
    for (name_state s = 0; s < NAME_NOT_ENFORCED; s++) page_fact(out, name_state_text(s), v->counts[s]);
    page_facts_end(out);
    if (v->unwanted) text_format(out, "<p>%zu collections are there that nothing wanted speaks of.</p>\n", v->unwanted);
    if (v->undecided)
        text_format(out, "<p>%zu tables are not looked at: whether a rename was done cannot be told.</p>\n", v->undecided);
    if (v->elsewhere)
        text_format(out, "<p>%zu operations are left on documents, collections or migrations: see keyfold plan.</p>\n",
                    v->elsewhere);
    for (size_t i = 0; i < v->collections.n; i++) vec_push(out->arena, &names, v->collections.at[i].name);
    page_filter(out, name_states);
    page_links(out, names.at, names.n);
    for (size_t i = 0; i < v->collections.n; i++) add_collection(out, v, &v->collections.at[i], i + 1);
    page_end(out);
}

/* ---- lint ---- */

static const char *const lint_heads[] = {"Severity", "Index", "What is amiss", "What to do", "Asked for", NULL};
static const char *const cost_heads[] = {"Code", "Finding", "What", "What it costs", NULL};
static const char *const severities[] = {"error", "warning", "note", NULL};
static const char *const severity_kinds[] = {"plain", "plain", "warn", "bad"};

static void add_lint_finding(text *out, const lint_finding *f) {
    const lint_rule *rule = lint_rule_of(f->code);
    text key = {.arena = out->arena};
    page_row(out, lint_severity_text(f->severity), severity_kinds[f->severity], "");
    html(out, "<th scope=\"row\">");
    if (f->name.n) {
        html_code(out, f->name);
        html(out, "<br>");
        key_dump(&key, &f->key);
        html_code(out, text_str(&key));
    } else {
        html(out, "the collection");
    }
    text_format(out, "</th><td><strong>%s %s</strong><br>", rule->code, rule->id);
    html_text(out, f->message);
    html(out, "</td><td>");
    html_text(out, f->fix);
    html(out, "</td><td>");
    if (f->file.n) html_code(out, str_format(out->arena, "%.*s:%zu", STR_ARG(f->file), f->line));
    html(out, "</td></tr>\n");
}

static void add_costs(text *out, const lint *l) {
    bool seen[LINT_CODES] = {false};
    if (l->findings.n == 0) return;
    for (size_t i = 0; i < l->findings.n; i++) seen[l->findings.at[i].code] = true;
    html(out, "<section>\n<h2>What they cost</h2>\n");
    page_table_begin(out, "What they cost", cost_heads);
    for (lint_code c = 0; c < LINT_CODES; c++) {
        const lint_rule *rule = lint_rule_of(c);
        if (!seen[c]) continue;
        text_format(out, "<tr><td>%s</td><th scope=\"row\">%s</th><td>", rule->code, rule->id);
        html_text(out, str_of(rule->summary));
        html(out, "</td><td>");
        html_text(out, str_of(rule->cost));
        html(out, "</td></tr>\n");
    }
    page_table_end(out);
    html(out, "</section>\n");
}

static size_t collection_end(const lint *l, size_t first) {
    size_t end = first;
    while (end < l->findings.n && str_eq(l->findings.at[end].collection, l->findings.at[first].collection)) end++;
    return end;
}

void report_lint_html(text *out, const lint *l) {
    VEC(str) names = {0};
    size_t number = 0;
    for (size_t i = 0; i < l->findings.n; i = collection_end(l, i)) vec_push(out->arena, &names, l->findings.at[i].collection);
    page_begin(out, STR("keyfold lint"), STR("Which indexes cost more than they give, and what to do."));
    page_facts_begin(out);
    page_fact(out, "Errors", l->counts[LINT_ERROR]);
    page_fact(out, "Warnings", l->counts[LINT_WARNING]);
    page_fact(out, "Notes", l->counts[LINT_NOTE]);
    page_facts_end(out);
    if (l->findings.n == 0) html(out, "<p>No findings.</p>\n");
    page_filter(out, severities);
    page_links(out, names.at, names.n);
    for (size_t i = 0, end; i < l->findings.n; i = end) {
        end = collection_end(l, i);
        page_section_begin(out, ++number, l->findings.at[i].collection);
        page_table_begin(out,
                         str_c(out->arena, str_format(out->arena, "Findings of %.*s", STR_ARG(l->findings.at[i].collection))),
                         lint_heads);
        for (size_t k = i; k < end; k++) add_lint_finding(out, &l->findings.at[k]);
        page_table_end(out);
        page_section_end(out);
    }
    add_costs(out, l);
    page_end(out);
}

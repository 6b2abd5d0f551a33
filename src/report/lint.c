/* Findings as text: by collection, each with what it costs and what to do. */
#include "report/parts.h"

static const char *const colours[] = {"", "", PART_YELLOW, PART_RED};

/* In lines of so many characters, behind an indent. */
static void add_wrapped(text *out, str s, size_t indent) {
    enum { WIDTH = 110 };
    size_t column = 0;
    for (size_t at = 0; at < s.n;) {
        size_t end = str_find(s, STR(" "), at);
        str word = str_slice(s, at, end == SIZE_MAX ? s.n : end);
        if (column && column + 1 + part_width(word) > WIDTH) {
            text_char(out, '\n');
            column = 0;
        }
        if (column == 0) text_format(out, "%*s", (int)(column = indent), "");
        else text_char(out, ' ');
        part_text(out, word);
        column += 1 + part_width(word);
        at += word.n + 1;
    }
    text_char(out, '\n');
}

static void add_finding(text *out, const lint_finding *f, bool doctor, bool colour) {
    const lint_rule *rule = lint_rule_of(f->code);
    text_add(out, STR("  "));
    part_colour(out, colour ? colours[f->severity] : "", str_format(out->arena, "%-7s", lint_severity_text(f->severity)));
    text_format(out, "  %s %s", rule->code, rule->id);
    if (f->name.n) {
        text key = {.arena = out->arena};
        text_add(out, STR("  "));
        part_colour(out, colour ? PART_BOLD : "", f->name);
        text_char(out, ' ');
        key_dump(&key, &f->key);
        part_text(out, text_str(&key));
    }
    if (f->file.n) part_text(out, str_format(out->arena, "  (%.*s:%zu)", STR_ARG(f->file), f->line));
    text_add(out, STR("\n           "));
    part_text(out, f->message);
    text_add(out, !doctor ? STR("\n      fix: ") : f->mended ? STR("\n    --fix: ") : STR("\n  by hand: "));
    part_text(out, f->fix);
    text_char(out, '\n');
}

/* What a kind of finding costs is said once. */
static void add_costs(text *out, const lint *l) {
    bool seen[LINT_CODES] = {false};
    for (size_t i = 0; i < l->findings.n; i++) seen[l->findings.at[i].code] = true;
    text_add(out, STR("What they cost\n"));
    for (lint_code c = 0; c < LINT_CODES; c++) {
        const lint_rule *rule = lint_rule_of(c);
        if (!seen[c]) continue;
        text_format(out, "  %s %s: %s\n", rule->code, rule->id, rule->summary);
        add_wrapped(out, str_format(out->arena, "%s.", rule->cost), 6);
    }
    text_char(out, '\n');
}

void report_lint(text *out, const lint *l, bool colour) {
    str last = STR_NONE;
    for (size_t i = 0; i < l->findings.n; i++) {
        const lint_finding *f = &l->findings.at[i];
        if (i == 0 || !str_eq(last, f->collection)) {
            if (i) text_char(out, '\n');
            part_text(out, f->collection);
            text_char(out, '\n');
        }
        last = f->collection;
        add_finding(out, f, l->doctor, colour);
    }
    if (l->findings.n == 0) {
        text_add(out, STR("no findings\n"));
        return;
    }
    text_char(out, '\n');
    add_costs(out, l);
    part_count(out, l->findings.n, "finding: ", "findings: ");
    part_count(out, l->counts[LINT_ERROR], "error, ", "errors, ");
    part_count(out, l->counts[LINT_WARNING], "warning, ", "warnings, ");
    part_count(out, l->counts[LINT_NOTE], "note\n", "notes\n");
}

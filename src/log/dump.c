#include "log/log.h"

/* On one line, and nothing in it that a terminal obeys. */
static void add_shown(text *out, str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '\n') text_add(out, STR("\\n"));
        else if (c == '\r') text_add(out, STR("\\r"));
        else if ((c < 32 && c != '\t') || c == 127) text_format(out, "\\x%02x", c);
        else text_char(out, (char)c);
    }
}

static bool has_params(str params) {
    return params.n && !str_eq(params, STR("None")) && !str_eq(params, STR("()")) && !str_eq(params, STR("[]"));
}

static const char *outcome_text(const raw_statement *s) {
    if (s->truncated) return "truncated";
    if (s->printed) return "printed";
    return s->outcome == OUTCOME_DONE ? "done" : s->outcome == OUTCOME_REFUSED ? "refused" : "-";
}

void log_dump(text *out, const raw_statement_list *statements) {
    for (size_t i = 0; i < statements->n; i++) {
        const raw_statement *s = &statements->at[i];
        add_shown(out, s->source.file);
        text_format(out, ":%zu %s ", s->source.line, outcome_text(s));
        add_shown(out, s->sql);
        if (has_params(s->params)) {
            text_add(out, STR(" params "));
            if (out->hides_values) text_add(out, STR("?"));
            else add_shown(out, s->params);
        }
        if (s->alias.n && !str_eq(s->alias, STR("default"))) {
            text_add(out, STR(" alias "));
            add_shown(out, s->alias);
        }
        text_char(out, '\n');
    }
}

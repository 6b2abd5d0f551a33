#include "dialect/dialect.h"

static const char *const kinds[] = {"space", "word", "identifier", "string", "number", "parameter", "punctuation"};

static void add_in_one_line(text *out, str s) {
    for (size_t i = 0; i < s.n; i++) text_char(out, s.p[i] == '\n' || s.p[i] == '\r' || s.p[i] == '\t' ? ' ' : s.p[i]);
    text_char(out, '\n');
}

void dialect_dump(text *out, const dialect_text *t) {
    if (t->class == DIALECT_SKIPPED) text_add(out, STR("skipped: "));
    if (t->class == DIALECT_UNSUPPORTED) text_add(out, STR("unsupported: "));
    add_in_one_line(out, t->class == DIALECT_SCHEMA ? t->text : t->reason);
}

void dialect_tokens_dump(text *out, const token_list *tokens) {
    for (size_t i = 0; i < tokens->n; i++) {
        text_format(out, "%-11s ", kinds[tokens->at[i].kind]);
        add_in_one_line(out, tokens->at[i].text);
    }
}

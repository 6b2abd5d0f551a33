#include "model/statement.h"

static bool is_plain(str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c & 0x80;
        if (!word) return false;
    }
    return s.n > 0;
}

static void add_quoted(text *out, str s) {
    value v = {.type = VALUE_STRING, .bytes = s};
    value_dump(out, &v);
}

/* With quotes only where they are needed. */
static void add_identifier(text *out, str s) {
    if (is_plain(s)) text_add(out, s);
    else add_quoted(out, s);
}

static void dump_column(text *out, const column *c) {
    text_add(out, STR("column "));
    add_identifier(out, c->name);
    if (c->type.n) {
        text_char(out, ' ');
        add_identifier(out, c->type);
    }
    if (c->nulls == NULLS_REFUSED) text_add(out, STR(" not null"));
    if (c->auto_increment) text_add(out, STR(" auto_increment"));
    if (c->has_default) text_format(out, " default %.*s", STR_ARG(c->default_sql));
}

static void dump_target(text *out, const char *what, const action *a) {
    text_add(out, str_of(what));
    if (a->if_exists) text_add(out, STR("if exists "));
    add_quoted(out, a->target);
    if (a->kind == ACTION_SET_DEFAULT) text_format(out, " %.*s", STR_ARG(a->default_sql));
}

static void dump_action(text *out, const action *a, bool create) {
    static const char *const targeted[] = {
        [ACTION_DROP_COLUMN] = "drop column ",   [ACTION_DROP_NAME] = "drop name ",
        [ACTION_SET_NOT_NULL] = "set not null ", [ACTION_DROP_NOT_NULL] = "drop not null ",
        [ACTION_SET_DEFAULT] = "set default ",   [ACTION_DROP_DEFAULT] = "drop default ",
    };
    bool adds = a->kind == ACTION_ADD_COLUMN || a->kind == ACTION_ADD_NAME;
    text_add(out, adds && !create ? STR("  add ") : STR("  "));
    if (a->kind == ACTION_ADD_COLUMN) {
        dump_column(out, a->column);
    } else if (a->kind == ACTION_ADD_NAME) {
        text_add(out, STR("name "));
        name_dump(out, a->name);
    } else {
        dump_target(out, targeted[a->kind], a);
    }
    text_char(out, '\n');
}

void statement_dump(text *out, const statement *s) {
    bool create = s->kind == STATEMENT_CREATE_TABLE;
    if (s->kind == STATEMENT_SKIPPED || s->kind == STATEMENT_UNSUPPORTED) {
        text_format(out, "%s: %.*s\n", s->kind == STATEMENT_SKIPPED ? "skipped" : "unsupported", STR_ARG(s->reason));
        return;
    }
    text_add(out, create ? STR("create table ") : STR("alter table "));
    if (s->if_exists) text_add(out, create ? STR("if not exists ") : STR("if exists "));
    add_identifier(out, s->table);
    text_char(out, '\n');
    for (size_t i = 0; i < s->actions.n; i++) dump_action(out, &s->actions.at[i], create);
}

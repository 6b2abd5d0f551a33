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

/* 'x' = "x": the SQL, and what it is worth where that is known. */
static void add_default(text *out, str sql, bool has_value, const value *v) {
    text_add(out, sql);
    if (!has_value) return;
    text_add(out, STR(" = "));
    value_show(out, v);
}

static void dump_column(text *out, const action *a) {
    const column *c = a->column;
    text_add(out, a->if_not_exists ? STR("column if not exists ") : STR("column "));
    add_identifier(out, c->name);
    if (c->type.n) {
        text_char(out, ' ');
        add_identifier(out, c->type);
    }
    if (c->nulls == NULLS_REFUSED) text_add(out, STR(" not null"));
    if (c->auto_increment) text_add(out, STR(" auto_increment"));
    if (!c->has_default) return;
    text_add(out, STR(" default "));
    add_default(out, c->default_sql, c->has_default_value, &c->default_value);
}

static void dump_name(text *out, const action *a) {
    text_add(out, a->if_not_exists ? STR("name if not exists ") : STR("name "));
    name_dump(out, a->name);
}

static void add_new_name(text *out, const action *a) {
    text_add(out, STR(" to "));
    add_quoted(out, a->new_name);
}

static void add_set_default(text *out, const action *a) {
    text_char(out, ' ');
    if (a->default_expression && a->default_expression->kind == EXPRESSION_LITERAL && !a->has_default_value)
        expression_dump(out, a->default_expression);
    else add_default(out, a->default_sql, a->has_default_value, &a->default_value);
}

static void add_type(text *out, const action *a) {
    text_char(out, ' ');
    add_identifier(out, a->type);
}

/* What stands in front of the target, and behind it. */
static const struct {
    const char *lead;
    void (*rest)(text *out, const action *a);
} targeted[] = {
    [ACTION_DROP_COLUMN] = {"drop column ", NULL},
    [ACTION_DROP_NAME] = {"drop name ", NULL},
    [ACTION_SET_NOT_NULL] = {"set not null ", NULL},
    [ACTION_DROP_NOT_NULL] = {"drop not null ", NULL},
    [ACTION_SET_DEFAULT] = {"set default ", add_set_default},
    [ACTION_DROP_DEFAULT] = {"drop default ", NULL},
    [ACTION_RENAME_COLUMN] = {"rename column ", add_new_name},
    [ACTION_SET_TYPE] = {"set type ", add_type},
    [ACTION_ADD_IDENTITY] = {"add identity ", NULL},
    [ACTION_DROP_IDENTITY] = {"drop identity ", NULL},
    [ACTION_RENAME_NAME] = {"rename name ", add_new_name},
};

static void dump_action(text *out, const action *a, bool create) {
    bool adds = a->kind == ACTION_ADD_COLUMN || a->kind == ACTION_ADD_NAME;
    text_add(out, adds && !create ? STR("  add ") : STR("  "));
    if (a->kind == ACTION_ADD_COLUMN) {
        dump_column(out, a);
    } else if (a->kind == ACTION_ADD_NAME) {
        dump_name(out, a);
    } else {
        text_add(out, str_of(targeted[a->kind].lead));
        if (a->if_exists) text_add(out, STR("if exists "));
        add_quoted(out, a->target);
        if (targeted[a->kind].rest) targeted[a->kind].rest(out, a);
    }
    text_char(out, '\n');
}

static void dump_targets(text *out, const statement *s) {
    for (size_t i = 0; i < s->targets.n; i++) {
        if (i) text_add(out, STR(", "));
        add_quoted(out, s->targets.at[i].name);
    }
}

static void dump_row(text *out, const dml *d, const expression_list *row) {
    text_add(out, d->op == DML_INSERT ? STR("  row") : STR("  set"));
    for (size_t i = 0; i < row->n; i++) {
        text_add(out, i ? STR(", ") : STR(" "));
        if (i < d->columns.n) add_quoted(out, d->columns.at[i]);
        text_add(out, STR(" = "));
        if (row->at[i]->value) value_show(out, row->at[i]->value);
        else expression_dump(out, row->at[i]);
    }
    text_char(out, '\n');
}

const char *dml_operation_text(dml_operation op) {
    static const char *const texts[] = {"INSERT", "UPDATE", "DELETE", "SELECT"};
    return texts[op];
}

static void dump_dml(text *out, const statement *s) {
    static const char *const operations[] = {"insert ", "update ", "delete "};
    text_add(out, str_of(operations[s->dml->op]));
    add_quoted(out, s->table);
    text_char(out, '\n');
    for (size_t i = 0; i < s->dml->rows.n; i++) dump_row(out, s->dml, &s->dml->rows.at[i]);
    if (!s->dml->where) return;
    text_add(out, STR("  where "));
    expression_dump(out, s->dml->where);
    text_char(out, '\n');
}

static void dump_altered(text *out, const statement *s) {
    bool create = s->kind == STATEMENT_CREATE_TABLE;
    text_add(out, create ? STR("create table ") : STR("alter table "));
    if (s->if_exists) text_add(out, create ? STR("if not exists ") : STR("if exists "));
    add_identifier(out, s->table);
    text_char(out, '\n');
    for (size_t i = 0; i < s->actions.n; i++) dump_action(out, &s->actions.at[i], create);
}

static void dump_create_index(text *out, const statement *s) {
    text_add(out, STR("create index on "));
    add_quoted(out, s->table);
    text_char(out, '\n');
    for (size_t i = 0; i < s->actions.n; i++) dump_action(out, &s->actions.at[i], false);
}

static void dump_reason(text *out, const statement *s) {
    text_format(out, "%s: %.*s\n", s->kind == STATEMENT_SKIPPED ? "skipped" : "unsupported", STR_ARG(s->reason));
}

/* One line: the lead, what is named, and its new name or what else is asked. */
static void dump_named(text *out, const statement *s) {
    static const char *const leads[] = {
        [STATEMENT_RENAME_TABLE] = "rename table ",
        [STATEMENT_DROP_TABLE] = "drop table ",
        [STATEMENT_FLUSH] = "flush ",
        [STATEMENT_DROP_INDEX] = "drop index ",
        [STATEMENT_RENAME_INDEX] = "rename index ",
        [STATEMENT_CREATE_DATABASE] = "create database ",
        [STATEMENT_DROP_DATABASE] = "drop database ",
    };
    text_add(out, str_of(leads[s->kind]));
    if (s->if_exists) text_add(out, STR("if exists "));
    if (s->kind == STATEMENT_RENAME_TABLE) add_quoted(out, s->table);
    else dump_targets(out, s);
    if (s->kind == STATEMENT_RENAME_TABLE || s->kind == STATEMENT_RENAME_INDEX) {
        text_add(out, STR(" to "));
        add_quoted(out, s->new_name);
    }
    if (s->restart) text_add(out, STR(" restart"));
    text_char(out, '\n');
}

void statement_dump(text *out, const statement *s) {
    static void (*const dumps[])(text *, const statement *) = {
        [STATEMENT_CREATE_TABLE] = dump_altered,
        [STATEMENT_ALTER_TABLE] = dump_altered,
        [STATEMENT_RENAME_TABLE] = dump_named,
        [STATEMENT_DROP_TABLE] = dump_named,
        [STATEMENT_FLUSH] = dump_named,
        [STATEMENT_CREATE_INDEX] = dump_create_index,
        [STATEMENT_DROP_INDEX] = dump_named,
        [STATEMENT_RENAME_INDEX] = dump_named,
        [STATEMENT_CREATE_DATABASE] = dump_named,
        [STATEMENT_DROP_DATABASE] = dump_named,
        [STATEMENT_DML] = dump_dml,
        [STATEMENT_SKIPPED] = dump_reason,
        [STATEMENT_UNSUPPORTED] = dump_reason,
    };
    dumps[s->kind](out, s);
}

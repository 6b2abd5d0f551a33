#include "parse/parse.h"

#include "parse/tree.h"
#include <stdarg.h>

int tree_unsupported(tree *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    t->out->reason = str_format_v(t->arena, format, args);
    va_end(args);
    return TREE_UNSUPPORTED;
}

int tree_not_yet(tree *t, const char *what) { return tree_unsupported(t, "%s is not translated yet", what); }

int tree_qualified(tree *t) {
    return tree_unsupported(t, "a table's name with a schema is not supported: MongoDB has no schemas");
}

int tree_fail(tree *t, int32_t location, const char *format, ...) {
    va_list args;
    va_start(args, format);
    str message = str_format_v(t->scratch, format, args);
    va_end(args);
    return fail_at(t->err, KF_E_SYNTAX, t->text->sql, dialect_offset(t->text, (size_t)location), "%.*s", STR_ARG(message));
}

str tree_identifier(const tree *t, const char *from_parser) {
    return str_copy(t->arena, dialect_identifier(t->text, str_of(from_parser)));
}

size_t tree_offset(const tree *t, int32_t location) {
    size_t at = dialect_offset(t->text, location > 0 ? (size_t)location : 0);
    return at > t->shift ? at - t->shift : 0;
}

const char *tree_string(const PgQuery__Node *node) {
    return node && node->node_case == PG_QUERY__NODE__NODE_STRING ? node->string->sval : "";
}

const char *tree_last(PgQuery__Node *const *names, size_t n) { return n ? tree_string(names[n - 1]) : ""; }

static int rename_statement(tree *t, const PgQuery__RenameStmt *s) {
    switch (s->rename_type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN: return tree_not_yet(t, "RENAME COLUMN");
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT: return tree_not_yet(t, "RENAME CONSTRAINT");
    default: return tree_not_yet(t, "RENAME TO");
    }
}

static int convert(tree *t, const PgQuery__Node *node) {
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_CREATE_STMT: return table_create(t, node->create_stmt);
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT: return table_alter(t, node->alter_table_stmt);
    case PG_QUERY__NODE__NODE_RENAME_STMT: return rename_statement(t, node->rename_stmt);
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT: return tree_not_yet(t, "CREATE TABLE AS");
    case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT: return tree_not_yet(t, "SET SCHEMA");
    default: return tree_not_yet(t, "this statement");
    }
}

/* One call of parse_statement. Everything but the statement goes with the scratch arena. */
typedef struct job {
    statement *out;
    str sql;
    const dialect_limits *limits;
    size_t shift;
    arena *arena, *scratch;
    query *query;
    kf_error *err;
    int code;
} job;

static int parse(job *j) {
    dialect_text *translated = arena_make(j->scratch, dialect_text);
    int code = dialect_translate(translated, j->sql, j->limits, j->scratch, j->err);
    if (code) return code;
    map none = {.arena = j->scratch};
    tree t = {j->arena, j->scratch, translated, j->shift, j->out, j->err, none, none, none, {0}};
    PgQuery__ParseResult *result = NULL;
    j->out->reason = str_copy(j->arena, translated->reason);
    j->out->table = str_copy(j->arena, translated->table);
    if (translated->class == DIALECT_SKIPPED) return j->out->kind = STATEMENT_SKIPPED, 0;
    if (translated->class == DIALECT_UNSUPPORTED) code = TREE_UNSUPPORTED;
    else code = query_run(j->query, &result, translated, j->scratch, j->err);
    if (!code && result->n_stmts > 1) code = tree_unsupported(&t, "several statements in one are not translated yet");
    if (!code && result->n_stmts == 0) code = tree_fail(&t, 0, "there is no statement");
    if (!code) code = convert(&t, result->stmts[0]->stmt);
    if (code != TREE_UNSUPPORTED) return code;
    j->out->kind = STATEMENT_UNSUPPORTED;
    j->out->actions.n = 0;
    return 0;
}

static void run(void *arg) {
    job *j = arg;
    j->query = query_new(j->scratch);
    j->code = parse(j);
}

static void free_scratch(void *thing) {
    arena **scratch = thing;
    arena_free(*scratch);
    *scratch = NULL;
}

static int run_job(job *j) {
    arena **scratch = arena_alloc(j->arena, 1, sizeof *scratch);
    arena_defer(j->arena, free_scratch, scratch);
    if (arena_new(scratch)) return fail_memory(j->err);
    j->scratch = *scratch;
    int code = arena_try(*scratch, run, j);
    free_scratch(scratch);
    return code ? fail_memory(j->err) : j->code;
}

int parse_statement(statement *out, str sql, const dialect_limits *limits, arena *a, kf_error *err) {
    *out = (statement){0};
    return run_job(&(job){.out = out, .sql = sql, .limits = limits, .arena = a, .err = err});
}

/* The place of an error in the whole, counted in a part of it that begins at `shift`. */
static int shift_error(kf_error *err, int code, str part, size_t shift) {
    if (!err || err->line == 0) return code;
    kf_error whole = *err;
    return fail_at(err, (kf_code)whole.code, part, whole.offset > shift ? whole.offset - shift : 0, "%s", whole.message);
}

int parse_condition(expression **out, str sql, arena *a, kf_error *err) {
    str lead = STR("ALTER TABLE \"t\" ADD CONSTRAINT \"n\" UNIQUE (\"c\")( WHERE ");
    statement s = {0};
    text whole = {.arena = a};
    text_add(&whole, lead);
    text_add(&whole, sql);
    text_add(&whole, STR("\n)")); /* sql may end in a comment */
    int code = run_job(&(job){.out = &s, .sql = text_str(&whole), .shift = lead.n, .arena = a, .err = err});
    *out = NULL;
    if (code) return shift_error(err, code, sql, lead.n);
    bool alone = s.kind == STATEMENT_ALTER_TABLE && s.actions.n == 1 && s.actions.at[0].kind == ACTION_ADD_NAME;
    if (!alone || !str_eq(s.actions.at[0].name->where_sql, str_trim(sql)))
        return fail_at(err, KF_E_SYNTAX, sql, 0, "not a condition");
    *out = s.actions.at[0].name->where;
    return 0;
}

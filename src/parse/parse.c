#include "parse/parse.h"

#include "model/python.h"
#include "parse/tree.h"

/* One of the statements of a text. */
typedef struct piece {
    size_t begin;
    dialect_text *text;
} piece;

/* One call of parse_statements. Everything but the statements goes with the scratch arena. */
typedef struct job {
    statement_list *out;
    str sql;
    parse_options options;
    size_t shift; /* bytes in front of what the caller gave */
    arena *arena, *scratch;
    query *query;
    kf_error *err;
    VEC(piece) pieces;
    int positional, greatest; /* parameters of all pieces: how many %s; the greatest number */
    const value_list *values; /* NULL if nothing is told of them */
    int code;
} job;

/* The place of an error in a part of the whole becomes one in the whole. */
static int place_in_whole(const job *j, int code, size_t begin) {
    kf_error part;
    if (!j->err || j->err->line == 0 || begin == 0) return code;
    part = *j->err;
    return fail_at(j->err, (kf_code)part.code, j->sql, begin + part.offset, "%s", part.message);
}

/* ---- into pieces, each through the dialect stage ---- */

static int add_piece(job *j, size_t begin, str sql) {
    piece p = {begin, arena_make(j->scratch, dialect_text)};
    int code = dialect_translate_next(p.text, sql, j->positional, j->options.limits, j->scratch, j->err);
    if (code) return place_in_whole(j, code, begin);
    vec_push(j->scratch, &j->pieces, p);
    return 0;
}

static void count_parameters(job *j, const dialect_text *t, bool alone) {
    if (t->class != DIALECT_SCHEMA) {
        if (!alone) dialect_count_parameters(t->sql, &j->positional, &j->greatest);
        return;
    }
    j->positional = t->positional;
    for (size_t i = 0; i < t->parameters.n; i++)
        if (t->parameters.at[i].number > j->greatest) j->greatest = t->parameters.at[i].number;
}

static int split(job *j) {
    size_t at = 0;
    str sql;
    while (dialect_next(&sql, j->sql, &at)) {
        bool alone = sql.n == j->sql.n;
        if (!alone && dialect_is_empty(sql)) continue;
        int code = add_piece(j, (size_t)(sql.p - j->sql.p), sql);
        if (code) return code;
        count_parameters(j, j->pieces.at[j->pieces.n - 1].text, alone);
    }
    return j->pieces.n ? 0 : add_piece(j, 0, STR(""));
}

/* ---- parameters ---- */

/* Where the first parameter with this number or a greater one stands; the text's beginning if there is none. */
static size_t parameter_at(const job *j, size_t number) {
    for (size_t i = 0; i < j->pieces.n; i++) {
        const dialect_text *t = j->pieces.at[i].text;
        for (size_t k = 0; k < t->parameters.n; k++)
            if ((size_t)t->parameters.at[k].number >= number) return j->pieces.at[i].begin + t->parameters.at[k].at;
    }
    return 0;
}

static int read_params(job *j) {
    value_list *values = arena_make(j->scratch, value_list);
    kf_error why = {0};
    int code = python_list(values, j->options.params, j->arena, &why);
    if (code == -KF_E_PARAMETERS)
        return fail_at(j->err, KF_E_PARAMETERS, j->sql, parameter_at(j, 1),
                       "the parameters cannot be read at their column %zu: %s", why.offset + 1, why.message);
    j->values = values;
    return code;
}

static int bind(job *j) {
    bool wanted = false;
    for (size_t i = 0; i < j->pieces.n; i++) wanted = wanted || j->pieces.at[i].text->class == DIALECT_SCHEMA;
    j->values = j->options.values;
    int code = wanted && !j->values && j->options.params.n ? read_params(j) : 0;
    if (code || !wanted || !j->values) return code;
    size_t given = j->values->n, takes = (size_t)j->greatest;
    if (given == takes) return 0;
    return fail_at(j->err, KF_E_PARAMETERS, j->sql, given < takes ? parameter_at(j, given + 1) : parameter_at(j, takes),
                   "%zu parameter%s given, the statement takes %zu", given, given == 1 ? " is" : "s are", takes);
}

/* ---- through libpg_query ---- */

static int parse_tree(job *j, tree *t) {
    PgQuery__ParseResult *result = NULL;
    if (t->text->class == DIALECT_UNSUPPORTED) return TREE_UNSUPPORTED;
    int code = query_run(j->query, &result, t->text, j->scratch, j->err);
    if (code) return code;
    if (result->n_stmts > 1) return tree_unsupported(t, "several statements in one are not translated yet");
    if (result->n_stmts == 0) return tree_fail(t, 0, "there is no statement");
    return tree_convert(t, result->stmts[0]->stmt);
}

static int parse_piece(job *j, const piece *p) {
    statement s = {.reason = str_copy(j->arena, p->text->reason), .table = str_copy(j->arena, p->text->table)};
    map none = {.arena = j->scratch};
    tree t = {.arena = j->arena,
              .scratch = j->scratch,
              .text = p->text,
              .begin = p->begin,
              .shift = j->shift,
              .out = &s,
              .values = j->values,
              .err = j->err,
              .columns = none,
              .names = none,
              .numbers = none};
    int code = 0;
    if (p->text->class == DIALECT_SKIPPED) s.kind = STATEMENT_SKIPPED;
    else code = parse_tree(j, &t);
    if (code == TREE_UNSUPPORTED)
        s = (statement){.kind = STATEMENT_UNSUPPORTED, .table = s.table, .offset = s.offset, .reason = s.reason, .dml = s.dml};
    else if (code) return place_in_whole(j, code, p->begin);
    vec_push(j->arena, j->out, s);
    return 0;
}

static int parse(job *j) {
    int code = split(j);
    if (!code) code = bind(j);
    for (size_t i = 0; !code && i < j->pieces.n; i++) code = parse_piece(j, &j->pieces.at[i]);
    return code;
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

int parse_statements(statement_list *out, str sql, const parse_options *options, arena *a, kf_error *err) {
    *out = (statement_list){0};
    job j = {.out = out, .sql = sql, .arena = a, .err = err};
    if (options) j.options = *options;
    return run_job(&j);
}

int parse_statement(statement *out, str sql, const dialect_limits *limits, arena *a, kf_error *err) {
    statement_list all;
    *out = (statement){0};
    int code = parse_statements(&all, sql, &(parse_options){.limits = limits}, a, err);
    if (code) return code;
    *out = all.at[0];
    if (all.n > 1)
        *out = (statement){.kind = STATEMENT_UNSUPPORTED, .reason = STR("several statements in one are not translated yet")};
    return 0;
}

/* The place of an error in the whole, counted in a part of it that begins at `shift`. */
static int shift_error(kf_error *err, int code, str part, size_t shift) {
    if (!err || err->line == 0) return code;
    kf_error whole = *err;
    return fail_at(err, (kf_code)whole.code, part, whole.offset > shift ? whole.offset - shift : 0, "%s", whole.message);
}

int parse_condition(expression **out, str sql, arena *a, kf_error *err) {
    str lead = STR("ALTER TABLE \"t\" ADD CONSTRAINT \"n\" UNIQUE (\"c\")( WHERE ");
    statement_list all = {0};
    text whole = {.arena = a};
    text_add(&whole, lead);
    text_add(&whole, sql);
    text_add(&whole, STR("\n)")); /* sql may end in a comment */
    int code = run_job(&(job){.out = &all, .sql = text_str(&whole), .shift = lead.n, .arena = a, .err = err});
    *out = NULL;
    if (code) return shift_error(err, code, sql, lead.n);
    const statement *s = &all.at[0];
    bool alone =
        all.n == 1 && s->kind == STATEMENT_ALTER_TABLE && s->actions.n == 1 && s->actions.at[0].kind == ACTION_ADD_NAME;
    if (!alone || !str_eq(s->actions.at[0].name->where_sql, str_trim(sql)))
        return fail_at(err, KF_E_SYNTAX, sql, 0, "not a condition");
    *out = s->actions.at[0].name->where;
    return 0;
}

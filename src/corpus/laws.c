/* What holds of every input, whatever is expected of it. docs/corpus.md lists the laws. */
#include "corpus/corpus.h"

#include <stdlib.h>

bool run_law(case_run *r, bool holds, const char *law, str shown) {
    r->laws++;
    if (holds || r->broken.n) return holds;
    r->broken = str_format(r->arena, "law broken: %s", law);
    r->shown = shown;
    return false;
}

/* ---- of a text ---- */

static void law_tokens(case_run *r, str sql) {
    token_list tokens = {0};
    text joined = {.arena = r->arena};
    if (dialect_tokens(&tokens, sql, r->arena, NULL)) return; /* something is not closed: there are none */
    for (size_t i = 0; i < tokens.n; i++) text_add(&joined, tokens.at[i].text);
    run_law(r, str_eq(text_str(&joined), sql), "the tokens, joined, are the text", text_str(&joined));
}

static int normalise(str *out, str condition, arena *a, kf_error *why) {
    expression *e;
    text t = {.arena = a};
    int rc = parse_condition(&e, condition, a, why);
    if (rc == 0) expression_dump(&t, e);
    *out = text_str(&t);
    return rc;
}

/* As it is kept in `names[].where`, to be read by the next run. */
static void law_condition(case_run *r, const expression *where) {
    if (!where || !expression_is_known(where)) return;
    text kept = {.arena = r->arena};
    str once, twice = STR_NONE;
    kf_error why;
    expression_dump(&kept, where);
    int rc = normalise(&once, text_str(&kept), r->arena, &why);
    if (rc == 0) rc = normalise(&twice, once, r->arena, &why);
    str shown = rc == 0 ? text_diff(r->arena, once, twice) : str_copy(r->arena, str_of(why.message));
    run_law(r, rc == 0 && str_eq(once, twice), "a condition that is normalised twice is as it was", shown);
}

int laws_of_text(case_run *r, str sql, kf_error *err) {
    statement_list all = {0};
    (void)err;
    law_tokens(r, sql);
    if (parse_statements(&all, sql, NULL, r->arena, NULL)) return 0;
    for (size_t i = 0; i < all.n; i++)
        for (size_t k = 0; k < all.at[i].actions.n; k++)
            if (all.at[i].actions.at[k].name) law_condition(r, all.at[i].actions.at[k].name->where);
    return 0;
}

/* ---- of a plan ---- */

static void law_classes(case_run *r, const kf_plan *plan) {
    size_t sum = 0;
    for (int c = 0; c < CLASS_COUNT; c++) sum += kf_plan_count(plan, statement_class_text((statement_class)c));
    run_law(r, sum == kf_plan_count(plan, "read"), "every statement is in exactly one class",
            str_format(r->arena, "%zu statements, %zu classed", kf_plan_count(plan, "read"), sum));
}

static void law_filter(case_run *r, const filter *f) {
    filter again = {.opaque = f->opaque};
    text once = {.arena = r->arena}, twice = {.arena = r->arena};
    for (size_t i = f->terms.n; i-- > 0;) vec_push(r->arena, &again.terms, f->terms.at[i]);
    filter_normalise(&again, r->arena);
    filter_dump(&once, f);
    filter_dump(&twice, &again);
    run_law(r, filter_cmp(f, &again) == 0 && str_eq(text_str(&once), text_str(&twice)),
            "a filter that is normalised twice is as it was", text_diff(r->arena, text_str(&once), text_str(&twice)));
}

static void law_filters(case_run *r, const plan *p) {
    for (size_t i = 0; i < p->collections.n; i++)
        for (size_t k = 0; k < p->collections.at[i].indexes.n; k++) {
            const index_spec *x = p->collections.at[i].indexes.at[k].index;
            if (!filter_none(&x->filter)) law_filter(r, &x->filter);
        }
}

static void free_text(void *x) { kf_text_free(&(kf_text){.data = x}); }

static str keep_text(arena *a, const kf_text *t) {
    arena_defer(a, free_text, t->data);
    return (str){t->data, t->length};
}

static int law_plan_json(case_run *r, const kf_plan *plan, kf_error *err) {
    kf_text once, twice;
    kf_plan *again;
    kf_error why;
    int rc = kf_plan_write(&once, plan, err);
    if (rc) return rc;
    str written = keep_text(r->arena, &once);
    rc = kf_plan_read(&again, written.p, written.n, &why);
    run_law(r, rc == 0, "a plan's JSON is read back", str_copy(r->arena, str_of(why.message)));
    if (rc) return rc == -KF_E_MEMORY ? fail_memory(err) : 0;
    plan_keep(r->arena, again);
    rc = kf_plan_write(&twice, again, err);
    if (rc) return rc;
    str read = keep_text(r->arena, &twice);
    run_law(r, str_eq(written, read), "a plan's JSON, read back, is written the same", text_diff(r->arena, written, read));
    return 0;
}

static str dump_of(arena *a, const kf_schema *s) {
    text t = {.arena = a};
    schema_dump(&t, s->schema);
    return text_str(&t);
}

static int law_schema_json(case_run *r, const kf_schema *s, kf_error *err) {
    kf_schema *again;
    kf_text written, read;
    int rc = schema_keep_copy(&again, s, r->arena, err);
    if (rc == 0) rc = kf_schema_write(&written, s, err);
    if (rc) return rc;
    str json = keep_text(r->arena, &written);
    rc = kf_schema_write(&read, again, err);
    if (rc) return rc;
    str json_again = keep_text(r->arena, &read), once = dump_of(r->arena, s), twice = dump_of(r->arena, again);
    run_law(r, str_eq(once, twice), "a schema's JSON, read back, is the schema", text_diff(r->arena, once, twice));
    run_law(r, str_eq(json, json_again), "a schema's JSON, read back, is written the same",
            text_diff(r->arena, json, json_again));
    return 0;
}

/* Without what SQL has no word for. */
static str sql_of(arena *a, const kf_schema *s) {
    text all = {.arena = a}, out = {.arena = a};
    export_find(STR("sql"))(&all, s->schema);
    for (size_t at = 0; at < all.n;) {
        size_t end = str_find(text_str(&all), STR("\n"), at) + 1;
        str line = str_slice(text_str(&all), at, end);
        if (!str_starts(line, STR("--"))) text_add(&out, line);
        at = end;
    }
    return text_str(&out);
}

static int by_line(const void *a, const void *b) { return str_cmp(*(const str *)a, *(const str *)b); }

static str sorted_lines(arena *a, str s) {
    VEC(str) lines = {0};
    text out = {.arena = a};
    for (size_t at = 0; at < s.n;) {
        size_t end = str_find(s, STR("\n"), at) + 1;
        vec_push(a, &lines, str_slice(s, at, end));
        at = end;
    }
    if (lines.n) qsort(lines.at, lines.n, sizeof *lines.at, by_line);
    for (size_t i = 0; i < lines.n; i++) text_add(&out, lines.at[i]);
    return text_str(&out);
}

/* What is there may be more than a server takes anew. */
static bool is_refused_anew(const kf_plan *plan) {
    for (size_t i = 0; i < plan->findings.n; i++)
        if (plan->findings.at[i].severity == KF_WITHHELD || plan->findings.at[i].code == KF_E_COLLECTION_NAME) return true;
    return false;
}

/* Read back under the same rules. */
static int law_schema_sql(case_run *r, const scenario *s, const kf_schema *of, kf_error *err) {
    kf_log *log;
    kf_schema *again;
    kf_plan *plan = NULL;
    kf_result *result;
    kf_plan_options options = KF_PLAN_OPTIONS;
    options.profile = s->options.profile;
    options.nulls_server = s->options.nulls_server;
    str once = sql_of(r->arena, of);
    if (once.n == 0) return 0;
    int rc = kf_log_new(&log, err);
    if (rc == 0) log_keep(r->arena, log);
    if (rc == 0) rc = kf_log_add(log, "export", once.p, once.n, err);
    if (rc == 0) rc = kf_schema_new(&again, err);
    if (rc == 0) schema_keep(r->arena, again);
    if (rc == 0) rc = kf_plan_new(&plan, log, again, &options, err);
    if (rc == 0) plan_keep(r->arena, plan);
    if (rc == 0) rc = kf_apply_schema(&result, again, plan, err);
    if (rc) return rc;
    result_keep(r->arena, result);
    if (is_refused_anew(plan)) return 0;
    str twice = kf_plan_stopped(plan) ? str_format(r->arena, "%s\n", plan->findings.at[0].message) : sql_of(r->arena, again);
    /* Which name an index is called after, and so comes first, is the server's history. */
    bool same = str_eq(sorted_lines(r->arena, once), sorted_lines(r->arena, twice));
    run_law(r, same, "a schema's SQL, read back, is written the same", text_diff(r->arena, once, twice));
    return 0;
}

static int describe(str *out, arena *a, const kf_plan *plan, kf_error *err) {
    kf_text t;
    int rc = kf_plan_describe(&t, plan, err);
    if (rc == 0) *out = keep_text(a, &t);
    return rc;
}

/* Of converging: applied, and planned again. */
static int law_again(case_run *r, const scenario *s, kf_schema *after, kf_error *err) {
    kf_plan *again;
    str shown;
    int rc = kf_plan_new(&again, s->log, after, &s->options, err);
    if (rc) return rc;
    plan_keep(r->arena, again);
    rc = describe(&shown, r->arena, again, err);
    if (rc) return rc;
    bool nothing = kf_plan_operations(again) == 0 && kf_plan_count(again, "applied") + kf_plan_count(again, "folded") == 0;
    run_law(r, nothing, "applied and planned again, there is nothing to do", shown);
    return 0;
}

static int laws_of_plan(case_run *r, const scenario *s, kf_error *err) {
    kf_plan *plan;
    kf_schema *after;
    kf_result *result;
    int rc = kf_plan_new(&plan, s->log, s->live, &s->options, err);
    if (rc) return rc;
    plan_keep(r->arena, plan);
    law_classes(r, plan);
    law_filters(r, plan->plan);
    rc = law_plan_json(r, plan, err);
    if (rc || kf_plan_stopped(plan)) return rc;
    rc = schema_keep_copy(&after, s->live, r->arena, err);
    if (rc == 0) rc = kf_apply_schema(&result, after, plan, err);
    if (rc) return rc;
    result_keep(r->arena, result);
    rc = law_schema_json(r, after, err);
    if (rc == 0) rc = law_schema_sql(r, s, after, err);
    return rc ? rc : law_again(r, s, after, err);
}

/* ---- of statements that are carried out ---- */

static int laws_of_execute(case_run *r, const scenario *s, kf_error *err) {
    kf_schema *after;
    kf_result *result;
    kf_error why;
    int rc = schema_keep_copy(&after, s->live, r->arena, err);
    if (rc) return rc;
    rc = kf_execute_schema(&result, after, s->log, &s->options, &why);
    if (rc) return rc == -KF_E_MEMORY ? fail_memory(err) : 0; /* an error that the stage shows */
    result_keep(r->arena, result);
    law_classes(r, kf_result_plan(result));
    law_filters(r, kf_result_plan(result)->plan);
    return law_schema_json(r, after, err);
}

int laws_of_scenario(case_run *r, const scenario *s, kf_error *err) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < s->log->statements.n; i++) rc = laws_of_text(r, s->log->statements.at[i].sql, err);
    if (rc) return rc;
    return s->now ? laws_of_execute(r, s, err) : laws_of_plan(r, s, err);
}

/* ---- of a log of one's own ---- */

struct check {
    const kf_log *log;
    kf_plan_options options;
    arena *arena;
};

static int check_log(void *call, kf_error *err) {
    struct check *c = call;
    case_run r = {.arena = c->arena};
    scenario s = {.log = (kf_log *)c->log, .options = c->options};
    int rc = kf_schema_new(&s.live, err);
    if (rc) return rc;
    schema_keep(c->arena, s.live);
    rc = laws_of_scenario(&r, &s, err);
    if (rc || !r.broken.n) return rc;
    return fail(err, KF_E_LAW_BROKEN, "%.*s", STR_ARG(r.broken));
}

int kf_log_check(const kf_log *log, const kf_plan_options *options, kf_error *err) {
    struct check c = {.log = log};
    int rc = plan_options_take(&c.options, options, __func__, err);
    if (rc) return rc;
    if (arena_new(&c.arena) != 0) return fail_memory(err);
    rc = guard(c.arena, check_log, &c, err);
    arena_free(c.arena);
    return rc;
}

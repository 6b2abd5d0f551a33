/* Each stage's printable result, and what a case comes down to. */
#include "corpus/corpus.h"

/* ---- handles that end with the arena ---- */

static void free_log(void *x) { kf_log_free(x); }
static void free_plan(void *x) { kf_plan_free(x); }
static void free_schema(void *x) { kf_schema_free(x); }
static void free_result(void *x) { kf_result_free(x); }
static void free_text(void *x) { kf_text_free(&(kf_text){.data = x}); }

void log_keep(arena *a, kf_log *log) { arena_defer(a, free_log, log); }
void plan_keep(arena *a, kf_plan *plan) { arena_defer(a, free_plan, plan); }
void schema_keep(arena *a, kf_schema *schema) { arena_defer(a, free_schema, schema); }
void result_keep(arena *a, kf_result *result) { arena_defer(a, free_result, result); }

int schema_keep_copy(kf_schema **out, const kf_schema *from, arena *a, kf_error *err) {
    int rc = schema_copy(out, from, NULL, err);
    if (rc == 0) schema_keep(a, *out);
    return rc;
}

/* ---- the scenario ---- */

static bool is_ours(int rc) { return rc == -KF_E_MEMORY || rc == -KF_E_INTERNAL; }

static int log_of(kf_log **out, case_run *r, str bytes, kf_error *err) {
    int rc = kf_log_new(out, err);
    if (rc) return rc;
    log_keep(r->arena, *out);
    if (!r->of->stage->one_text) return kf_log_add(*out, r->of->stage->now ? "sql" : "log", bytes.p, bytes.n, err);
    rc = kf_log_add_statement(*out, bytes.p, bytes.n, NULL, 0, err);
    if (rc == 0) (*out)->statements.at[0].params = r->of->params;
    return rc;
}

static int carry_out_live(kf_schema *live, case_run *r, kf_error *err) {
    kf_log *log;
    kf_plan *plan = NULL;
    kf_result *result = NULL;
    int rc = kf_log_new(&log, err);
    if (rc) return rc;
    log_keep(r->arena, log);
    rc = kf_log_add(log, "live", r->of->live.p, r->of->live.n, err);
    if (rc == 0) rc = kf_plan_new(&plan, log, live, NULL, err);
    if (rc == 0) plan_keep(r->arena, plan);
    if (rc == 0 && plan->findings.n && kf_plan_status(plan))
        return fail(err, KF_E_CASE_INVALID, "%s", plan->findings.at[0].message);
    if (rc == 0) rc = kf_apply_schema(&result, live, plan, err);
    if (rc == 0) result_keep(r->arena, result);
    return rc;
}

int live_of(kf_schema **out, case_run *r, kf_error *err) {
    str live = r->of->live;
    kf_error why = {0};
    bool is_json = str_starts(str_trim(live), STR("{"));
    int rc = is_json ? kf_schema_read(out, live.p, live.n, &why) : kf_schema_new(out, &why);
    if (rc == 0) schema_keep(r->arena, *out);
    if (rc == 0 && !is_json && live.n) rc = carry_out_live(*out, r, &why);
    if (rc == 0) return 0;
    return is_ours(rc) ? fail(err, (kf_code)-rc, "%s", why.message) : fail(err, KF_E_CASE_INVALID, "live: %s", why.message);
}

int scenario_of(scenario *out, bool *found, case_run *r, kf_error *err) {
    kf_error why;
    *out = (scenario){.options = r->of->options, .now = r->of->stage->now};
    bool planned = out->now || str_eq(str_of(r->of->stage->name), STR("plan")) ||
                   str_eq(str_of(r->of->stage->name), STR("verify")) || str_eq(str_of(r->of->stage->name), STR("export")) ||
                   str_eq(str_of(r->of->stage->name), STR("lint"));
    /* What other stages show is looked at as far as it goes. */
    if (!planned) out->options.keep_going = true;
    int rc = live_of(&out->live, r, err);
    if (rc) return rc;
    rc = log_of(&out->log, r, r->of->input, &why);
    *found = rc == 0 && kf_log_count(out->log) > 0;
    return is_ours(rc) ? fail(err, (kf_code)-rc, "%s", why.message) : 0;
}

/* ---- stages ---- */

static void dump_error(text *out, const kf_error *err) {
    text_format(out, "error %s", kf_code_text(err->code));
    if (err->line) text_format(out, " at %zu:%zu", err->line, err->column);
    text_format(out, ": %s", err->message);
}

/* An error is what the stage is to show, but for those that are no fault of the input. */
static int told(text *out, int rc, const kf_error *why, kf_error *err) {
    if (is_ours(rc)) return fail(err, (kf_code)-rc, "%s", why->message);
    if (rc) dump_error(out, why);
    return 0;
}

static int print_statements(text *out, case_run *r, kf_error *err) {
    raw_statement_list list = {0};
    log_file found;
    kf_error why;
    int rc = log_read(&list, &found, STR("log"), r->of->input, NULL, r->arena, &why);
    if (rc) return told(out, rc, &why, err);
    log_dump(out, &list);
    if (r->of->with_form)
        text_format(out, "%.*s: %.*s, %s, %zu\n", STR_ARG(found.name), STR_ARG(found.form), found.encoding, found.statements);
    return 0;
}

static int print_dialect(text *out, case_run *r, kf_error *err) {
    dialect_text t = {0};
    kf_error why;
    int rc = dialect_translate(&t, r->of->input, NULL, r->arena, &why);
    if (rc) return told(out, rc, &why, err);
    dialect_dump(out, &t);
    return 0;
}

static int print_parse(text *out, case_run *r, kf_error *err) {
    statement_list all = {0};
    parse_options options = {.params = r->of->params};
    kf_error why;
    int rc = parse_statements(&all, r->of->input, &options, r->arena, &why);
    if (rc) return told(out, rc, &why, err);
    for (size_t i = 0; i < all.n; i++) statement_dump(out, &all.at[i]);
    return 0;
}

/* Without empty lines: an expected output ends at one. */
static void print_block(text *out, str shown) {
    for (size_t at = 0; at < shown.n;) {
        size_t end = str_find(shown, STR("\n"), at);
        end = end == SIZE_MAX ? shown.n : end + 1;
        if (end - at > 1) text_add(out, str_slice(shown, at, end));
        at = end;
    }
}

static int print_schema(text *out, case_run *r, kf_error *err) {
    kf_text shown;
    kf_error why;
    int rc = kf_explain(&shown, "schema", r->of->input.p, r->of->input.n, NULL, &why);
    if (rc) return told(out, rc, &why, err);
    arena_defer(r->arena, free_text, shown.data);
    text_add(out, (str){shown.data, shown.length});
    return 0;
}

static int print_plan(text *out, case_run *r, kf_error *err) {
    kf_schema *live;
    kf_log *log;
    kf_plan *plan;
    kf_error why;
    int rc = live_of(&live, r, err);
    if (rc) return rc;
    rc = log_of(&log, r, r->of->input, &why);
    if (rc == 0) rc = kf_plan_new(&plan, log, live, &r->of->options, &why);
    if (rc) return told(out, rc, &why, err);
    plan_keep(r->arena, plan);
    plan_dump(out, plan->plan);
    if (kf_plan_status(plan)) text_format(out, "status %d\n", kf_plan_status(plan));
    return 0;
}

/* What the input leads to. *plan is NULL if that is an error, which is told. */
static int lead(kf_schema **live, kf_plan **plan, text *out, case_run *r, kf_error *err) {
    kf_log *log;
    kf_result *result;
    kf_error why;
    *plan = NULL;
    int rc = live_of(live, r, err);
    if (rc) return rc;
    rc = log_of(&log, r, r->of->input, &why);
    if (rc == 0) rc = kf_plan_new(plan, log, *live, &r->of->options, &why);
    if (rc) return told(out, rc, &why, err);
    plan_keep(r->arena, *plan);
    rc = kf_apply_schema(&result, *live, *plan, err);
    if (rc == 0) result_keep(r->arena, result);
    return rc;
}

static int print_lint(text *out, case_run *r, kf_error *err) {
    kf_schema *live;
    kf_plan *plan;
    kf_text shown;
    kf_error why;
    kf_lint_options how = KF_LINT_OPTIONS;
    int status, rc = lead(&live, &plan, out, r, err);
    if (rc || !plan) return rc;
    how.profile = r->of->options.profile;
    how.severities = r->of->severities;
    rc = kf_schema_lint(&shown, &status, live, plan, &how, &why);
    if (rc) return told(out, rc, &why, err);
    arena_defer(r->arena, free_text, shown.data);
    /* What they cost stands in a table (docs/lint.md). */
    str all = {shown.data, shown.length};
    size_t costs = str_find(all, STR("\nWhat they cost\n"), 0);
    print_block(out, costs == SIZE_MAX ? all : str_slice(all, 0, costs));
    if (status) text_format(out, "status %d\n", status);
    return 0;
}

/* The schema that the input leads to, in another form (@to). Written as SQL it must be read back to the same. */
static int print_export(text *out, case_run *r, kf_error *err) {
    kf_schema *live;
    kf_plan *plan;
    kf_text shown;
    kf_error why;
    int rc = lead(&live, &plan, out, r, err);
    if (rc || !plan) return rc;
    rc = kf_schema_export(&shown, live, r->of->to ? r->of->to : "sql", &why);
    if (rc) return told(out, rc, &why, err);
    arena_defer(r->arena, free_text, shown.data);
    print_block(out, (str){shown.data, shown.length});
    if (kf_plan_status(plan)) text_format(out, "status %d\n", kf_plan_status(plan));
    return 0;
}

/* What is wanted and what is there, and the status. */
static int print_verify(text *out, case_run *r, kf_error *err) {
    kf_schema *live;
    kf_log *log;
    kf_plan *plan;
    kf_text shown;
    kf_error why;
    int status, rc = live_of(&live, r, err);
    kf_verify_options how = KF_VERIFY_OPTIONS;
    if (rc) return rc;
    how.whole = r->of->whole;
    rc = log_of(&log, r, r->of->input, &why);
    if (rc == 0) rc = kf_plan_new(&plan, log, live, &r->of->options, &why);
    if (rc) return told(out, rc, &why, err);
    plan_keep(r->arena, plan);
    if ((rc = kf_plan_verify(&shown, &status, plan, live, &how, err))) return rc;
    arena_defer(r->arena, free_text, shown.data);
    print_block(out, (str){shown.data, shown.length});
    if (status) text_format(out, "status %d\n", status);
    return 0;
}

/* The plan of all that was carried out, and the schema as it is then. */
static int print_execute(text *out, case_run *r, kf_error *err) {
    kf_schema *live;
    kf_log *log;
    kf_result *result;
    kf_error why;
    int rc = live_of(&live, r, err);
    if (rc) return rc;
    rc = log_of(&log, r, r->of->input, &why);
    if (rc == 0) rc = kf_execute_schema(&result, live, log, &r->of->options, &why);
    if (rc) return told(out, rc, &why, err);
    result_keep(r->arena, result);
    plan_dump(out, kf_result_plan(result)->plan);
    if (kf_result_status(result)) text_format(out, "status %d\n", kf_result_status(result));
    text_char(out, '\n');
    schema_dump(out, live->schema);
    return 0;
}

static const stage stages[] = {
    {.name = "statements", .print = print_statements},
    {.name = "dialect", .print = print_dialect, .one_text = true},
    {.name = "parse", .print = print_parse, .one_text = true},
    {.name = "schema", .print = print_schema},
    {.name = "plan", .print = print_plan},
    {.name = "verify", .print = print_verify},
    {.name = "export", .print = print_export},
    {.name = "lint", .print = print_lint},
    {.name = "execute", .print = print_execute, .now = true},
};

const stage *stage_find(str name) {
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        if (str_eq(name, str_of(stages[i].name))) return &stages[i];
    return NULL;
}

str stage_names(arena *a) {
    text t = {.arena = a};
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) text_format(&t, "%s%s", i ? ", " : "", stages[i].name);
    text_char(&t, '\0');
    return (str){t.p, t.n - 1};
}

#include "api/api.h"

#include "report/report.h"
#include <stdlib.h>

static const char default_profile[] = "mongodb-5.0+";

int plan_options_take(kf_plan_options *out, const kf_plan_options *given, const char *function, kf_error *err) {
    enum { FIRST = offsetof(kf_plan_options, keep_going) };
    *out = (kf_plan_options)KF_PLAN_OPTIONS;
    int rc = options_take(out, sizeof *out, FIRST, given, function, err);
    if (rc != 0) return rc;
    if (out->allow_drop > KF_DROP_ALL) return fail(err, KF_E_USAGE, "%s: options.allow_drop has an unknown bit", function);
    if (out->renames > KF_RENAMES_TODO) return fail(err, KF_E_USAGE, "%s: options.renames is none of kf_renames", function);
    return 0;
}

/* facts: 16 levels in 128 kB; a syntax error alone takes 32. */
dialect_limits plan_limits_of(const kf_plan_options *o) {
    enum { AT_ALL = 32 * 1024, LEVEL = 6 * 1024 };
    dialect_limits limits = {.bytes = o->statement_bytes, .tokens = o->statement_tokens};
    if (o->stack_bytes) limits.nesting = o->stack_bytes < AT_ALL + LEVEL ? 1 : (o->stack_bytes - AT_ALL) / LEVEL;
    return limits;
}

const char *kf_profile_name(size_t n) {
    for (size_t i = 0; profile_at(i); i++)
        if (i == n) return profile_at(i)->name;
    return NULL;
}

static int handle_new(kf_plan **out, kf_error *err) {
    *out = calloc(1, sizeof **out);
    if (!*out) return fail_memory(err);
    (*out)->memory = memory_new();
    if ((*out)->memory) return 0;
    free(*out);
    *out = NULL;
    return fail_memory(err);
}

void kf_plan_free(kf_plan *handle) {
    if (!handle) return;
    memory_release(handle->memory);
    memory_release(handle->log);
    memory_release(handle->live);
    memory_release(handle->of);
    free(handle);
}

/* Ends a constructor: the handle goes out, or nothing does. */
static int hand_out(kf_plan **out, kf_plan *handle, int rc) {
    if (rc != 0) kf_plan_free(handle);
    *out = rc == 0 ? handle : NULL;
    return rc;
}

struct make {
    kf_plan *handle;
    const kf_log *log;
    const kf_schema *live;
    const kf_plan *from;
    const lint *found;
    kf_plan_options options;
    str json;
    const unit_list *units; /* first..end of them, instead of all of the log */
    size_t first, end;
};

static int set_options(plan *p, const struct make *c, kf_error *err) {
    const kf_plan_options *o = &c->options;
    const char *profile_name = o->profile ? o->profile : default_profile;
    p->options.profile = !o->profile && c->live->profile ? c->live->profile : profile_find(str_of(profile_name));
    if (!p->options.profile) return fail(err, KF_E_PROFILE_UNKNOWN, "there is no profile '%s'", profile_name);
    p->options.nulls_server = o->nulls_server;
    p->options.show_values = o->show_values;
    p->options.skip_unsupported = o->skip_unsupported;
    p->options.no_migrations_table = o->no_migrations_table;
    p->options.allow_drop = o->allow_drop;
    p->options.renames = (renames)o->renames;
    p->options.convert_types = o->convert_types;
    str database = o->database ? str_of(o->database) : c->live->database;
    p->options.database = str_copy(p->arena, database);
    p->options.host = str_copy(p->arena, c->live->host);
    return 0;
}

static void add_files(plan *p, const kf_log *log) {
    for (size_t i = 0; i < log->files.n; i++) {
        const log_file *f = &log->files.at[i];
        planned_file file = {f->name, f->form, str_of(f->encoding), str_of(f->compression), f->statements, f->lines};
        vec_push(p->arena, &p->files, file);
    }
    p->left_out = log->dml.total;
    for (size_t i = 0; i < log->dml.tables.n; i++) {
        const dml_count *c = log->dml.tables.at[i];
        for (int op = 0; op < DML_OPERATIONS; op++)
            if (c->counts[op]) plan_count_dml(p, c->table, (dml_operation)op, c->counts[op]);
    }
}

/* Of what was read: they are about no statement. */
static void add_notices(plan *p, const schema *s) {
    for (size_t i = 0; i < s->notices.n; i++) {
        const struct notice *n = &s->notices.at[i];
        finding f = {.kind = FINDING_NOTICE, .message = str_copy(p->arena, n->message)};
        vec_push(p->arena, &p->findings, f);
    }
}

static void limit_collections(schema *desired, const plan_options *o) {
    desired->collection_bytes = profile_collection_bytes(o->profile, o->database);
    desired->collection_limit = str_of(o->profile->name);
    if (o->database.n)
        desired->collection_limit =
            str_format(desired->arena, "%s, in the database \"%.*s\"", o->profile->name, STR_ARG(o->database));
}

/* Renames that an earlier run began are gone on with first, and the log is planned against what they leave. */
static int take_up(plan *p, schema **live, kf_error *err) {
    text json = {.arena = p->arena};
    plan *pending = arena_make(p->arena, plan);
    const schema *now = *live;
    pending->arena = p->arena;
    if (!now->history.pending.n) return 0;
    *live = schema_new(p->arena);
    json_write_schema(&json, now);
    int rc = json_read_schema(*live, text_str(&json), err);
    if (rc == 0) rc = json_read_plan(pending, now->history.pending, err);
    if (rc == 0) plan_take_up(p, pending, *live);
    return rc ? rc : schema_parse_conditions(*live, err);
}

static int make_plan(void *call, kf_error *err) {
    struct make *c = call;
    arena *a = c->handle->memory->arena;
    plan *p = c->handle->plan = arena_make(a, plan);
    p->arena = a;
    int rc = set_options(p, c, err);
    if (rc != 0) return rc;
    schema *live = c->live->schema, *desired = schema_new(a);
    limit_collections(desired, &p->options);
    if ((rc = take_up(p, &live, err)) != 0) return rc;
    if (c->units) {
        p->options.allow_drop = ALLOW_DROP_ALL;
        p->options.renames = RENAMES_TODO;
        rc = units_read(p, desired, &c->log->statements, c->units, c->first, c->end, live, &c->options, err);
    } else {
        add_files(p, c->log);
        rc = plan_read_statements(p, desired, &c->log->statements, live, &c->options, err);
    }
    if (rc != 0) return rc;
    if (c->units && p->stopped) { /* nothing of it is done */
        plan_count(p);
        plan_list_findings(c->handle);
        return 0;
    }
    add_notices(p, live);
    plan_make(p, desired, live);
    plan_classify(p, desired);
    if (!c->units && !c->found) plan_note_history(p, desired, live); /* what doctor mends is no log of the database */
    else if (p->redo.n) {
        p->history = live->history;
        memcpy(&p->history.next, &live->history.statements, sizeof p->history.next);
    }
    plan_put_first(p);
    if (p->redo.n) p->fingerprint = schema_fingerprint(c->live->schema, p->arena);
    plan_list_findings(c->handle);
    return 0;
}

int kf_plan_new(kf_plan **out, const kf_log *log, const kf_schema *live, const kf_plan_options *options, kf_error *err) {
    struct make c = {.log = log, .live = live};
    need(out);
    *out = NULL;
    need(log);
    need(live);
    int rc = plan_options_take(&c.options, options, __func__, err);
    if (rc != 0) return rc;
    if (log->files.n == 1 && kf_log_count(log) == 0)
        return fail(err, KF_E_NO_STATEMENT, "%.*s: there is no SQL statement in it", STR_ARG(log->files.at[0].name));
    if (kf_log_count(log) == 0) return fail(err, KF_E_NO_STATEMENT, "there is no SQL statement in %zu files", log->files.n);
    kf_plan *handle;
    if ((rc = handle_new(&handle, err)) != 0) return rc;
    handle->log = memory_hold(log->memory);
    handle->live = memory_hold(live->memory);
    c.handle = handle;
    return hand_out(out, handle, guard(handle->memory->arena, make_plan, &c, err));
}

static int make_detach(void *call, kf_error *err) {
    struct make *c = call;
    arena *a = c->handle->memory->arena;
    plan *p = c->handle->plan = arena_make(a, plan);
    p->arena = a;
    int rc = set_options(p, c, err);
    if (rc != 0) return rc;
    add_notices(p, c->live->schema);
    plan_detach(p, c->live->schema);
    plan_list_findings(c->handle);
    return 0;
}

int kf_plan_detach(kf_plan **out, const kf_schema *live, const kf_plan_options *options, kf_error *err) {
    struct make c = {.live = live};
    need(out);
    *out = NULL;
    need(live);
    int rc = plan_options_take(&c.options, options, __func__, err);
    if (rc != 0) return rc;
    kf_plan *handle;
    if ((rc = handle_new(&handle, err)) != 0) return rc;
    handle->live = memory_hold(live->memory);
    c.handle = handle;
    return hand_out(out, handle, guard(handle->memory->arena, make_detach, &c, err));
}

static int make_repair(void *call, kf_error *err) {
    struct make *c = call;
    arena *a = c->handle->memory->arena;
    int rc = 0;
    if (c->log) {
        rc = make_plan(c, err);
    } else {
        plan *p = c->handle->plan = arena_make(a, plan);
        p->arena = a;
        rc = set_options(p, c, err);
    }
    if (rc != 0) return rc;
    doctor_add_operations(c->handle->plan, c->found, c->live->schema);
    plan_list_findings(c->handle);
    return 0;
}

int plan_repair(kf_plan **out, const kf_log *log, const kf_schema *live, const lint *found, const kf_plan_options *options,
                kf_error *err) {
    kf_plan *handle;
    int rc = handle_new(&handle, err);
    if (rc != 0) return rc;
    handle->log = log ? memory_hold(log->memory) : NULL;
    handle->live = memory_hold(live->memory);
    struct make c = {.handle = handle, .log = log, .live = live, .found = found, .options = *options};
    return hand_out(out, handle, guard(handle->memory->arena, make_repair, &c, err));
}

static int make_units(void *call, kf_error *err) {
    struct make *c = call;
    return guard(c->handle->memory->arena, make_plan, c, err);
}

int plan_units(kf_plan **out, const kf_log *log, const unit_list *units, size_t first, size_t end, kf_schema *live,
               const kf_plan_options *options, kf_error *err) {
    kf_plan *handle;
    *out = NULL;
    int rc = handle_new(&handle, err);
    if (rc != 0) return rc;
    handle->log = memory_hold(log->memory);
    handle->live = memory_hold(live->memory);
    struct make c = {
        .handle = handle, .log = log, .live = live, .options = *options, .units = units, .first = first, .end = end};
    return hand_out(out, handle, guard(live->memory->arena, make_units, &c, err));
}

struct merge {
    kf_plan *handle;
    kf_plan *const *parts;
    size_t n;
};

static int merge(void *call, kf_error *err) {
    struct merge *c = call;
    (void)err;
    c->handle->plan = arena_make(c->handle->memory->arena, plan);
    c->handle->plan->arena = c->handle->memory->arena;
    for (size_t i = 0; i < c->n; i++) plan_append(c->handle->plan, c->parts[i]->plan);
    return 0;
}

int plan_merge(kf_plan **out, kf_plan *const *parts, size_t n, kf_error *err) {
    kf_plan *handle;
    *out = NULL;
    int rc = handle_new(&handle, err);
    if (rc != 0) return rc;
    struct merge c = {handle, parts, n};
    return hand_out(out, handle, guard(handle->memory->arena, merge, &c, err));
}

static int copy_plan(void *call, kf_error *err) {
    struct make *c = call;
    (void)err;
    arena *a = c->handle->memory->arena;
    const plan *from = c->from->plan;
    plan *p = c->handle->plan = arena_make(a, plan);
    *p = *from;
    p->arena = a;
    p->statements.at = arena_alloc(a, from->statements.n, sizeof *p->statements.at);
    p->statements.cap = from->statements.n;
    if (from->statements.n) memcpy(p->statements.at, from->statements.at, from->statements.n * sizeof *p->statements.at);
    /* Full: the next one that is added moves the list into the copy's arena. */
    p->findings.cap = p->findings.n;
    plan_list_findings(c->handle);
    return 0;
}

int plan_copy(kf_plan **out, const kf_plan *from, kf_error *err) {
    kf_plan *handle;
    *out = NULL;
    int rc = handle_new(&handle, err);
    if (rc != 0) return rc;
    handle->log = memory_hold(from->log);
    handle->live = memory_hold(from->live);
    handle->of = memory_hold(from->memory);
    struct make c = {.handle = handle, .from = from};
    return hand_out(out, handle, guard(handle->memory->arena, copy_plan, &c, err));
}

static int read_json(void *call, kf_error *err) {
    struct make *c = call;
    arena *a = c->handle->memory->arena;
    c->handle->plan = arena_make(a, plan);
    c->handle->plan->arena = a;
    int rc = json_read_plan(c->handle->plan, str_copy(a, c->json), err);
    if (rc != 0) return rc;
    if (!c->handle->plan->options.profile) return fail(err, KF_E_PLAN_INVALID, "the plan names no profile");
    plan_list_findings(c->handle);
    return 0;
}

int kf_plan_read(kf_plan **out, const char *json, size_t length, kf_error *err) {
    kf_plan *handle;
    need(out);
    *out = NULL;
    if (length) need(json);
    int rc = handle_new(&handle, err);
    if (rc != 0) return rc;
    struct make c = {.handle = handle, .json = {json, length}};
    return hand_out(out, handle, guard(handle->memory->arena, read_json, &c, err));
}

struct print {
    kf_text *out;
    const plan *plan;
    arena *arena;
    void (*how)(text *out, const plan *p);
};

static int print_plan(void *call, kf_error *err) {
    struct print *c = call;
    text t = {.arena = c->arena};
    c->how(&t, c->plan);
    return text_give(c->out, &t, err);
}

static int print(kf_text *out, const kf_plan *handle, void (*how)(text *out, const plan *p), kf_error *err) {
    *out = (kf_text){0};
    if (!handle) return fail(err, KF_E_USAGE, "the plan is NULL");
    arena *a;
    if (arena_new(&a) != 0) return fail_memory(err);
    struct print c = {out, handle->plan, a, how};
    int rc = guard(a, print_plan, &c, err);
    arena_free(a);
    return rc;
}

int kf_plan_write(kf_text *out, const kf_plan *plan, kf_error *err) {
    need(out);
    return print(out, plan, json_write_plan, err);
}

static void write_shown(text *out, const plan *p) {
    out->hides_values = !p->options.show_values;
    json_write_plan(out, p);
}

int kf_plan_describe_json(kf_text *out, const kf_plan *plan, kf_error *err) {
    need(out);
    return print(out, plan, write_shown, err);
}

int kf_plan_describe_html(kf_text *out, const kf_plan *plan, kf_error *err) {
    need(out);
    return print(out, plan, report_plan_html, err);
}

int kf_plan_describe(kf_text *out, const kf_plan *plan, kf_error *err) {
    need(out);
    return print(out, plan, report_plan, err);
}

struct profiles {
    kf_text *out;
    arena *arena;
    bool json;
};

static int print_profiles(void *call, kf_error *err) {
    struct profiles *c = call;
    text t = {.arena = c->arena};
    if (c->json) json_write_profiles(&t);
    else report_profiles(&t);
    return text_give(c->out, &t, err);
}

int kf_profiles_describe(kf_text *out, bool json, kf_error *err) {
    need(out);
    *out = (kf_text){0};
    arena *a;
    if (arena_new(&a) != 0) return fail_memory(err);
    struct profiles c = {out, a, json};
    int rc = guard(a, print_profiles, &c, err);
    arena_free(a);
    return rc;
}

/* @options of a case. They are called as on the command line. */
#include "corpus/corpus.h"

static int no_such_value(kf_error *err, str option, str value, const char *values) {
    return fail(err, KF_E_CASE_INVALID, "@%.*s is %s, not '%.*s'", STR_ARG(option), values, STR_ARG(value));
}

static int read_drops(corpus_case *c, str value, kf_error *err) {
    static const struct {
        const char *name;
        unsigned bits;
    } kinds[] = {{"index", KF_DROP_INDEX}, {"field", KF_DROP_FIELD}, {"collection", KF_DROP_COLLECTION}, {"all", KF_DROP_ALL}};
    for (str rest = value; rest.n;) {
        size_t comma = str_find(rest, STR(","), 0), k = 0;
        str kind = str_trim(comma == SIZE_MAX ? rest : str_slice(rest, 0, comma));
        rest = comma == SIZE_MAX ? STR_NONE : str_from(rest, comma + 1);
        while (k < 4 && !str_eq(kind, str_of(kinds[k].name))) k++;
        if (k == 4) return no_such_value(err, STR("allow-drop"), kind, "a list of index, field, collection, all");
        c->options.allow_drop |= kinds[k].bits;
    }
    return 0;
}

static int read_stage(corpus_case *c, str value, arena *a, kf_error *err) {
    c->stage = stage_find(value);
    if (c->stage) return 0;
    return no_such_value(err, STR("stage"), value, stage_names(a).p);
}

static int read_profile(corpus_case *c, str value, kf_error *err) {
    const profile *p = profile_find(value);
    if (!p) return fail(err, KF_E_CASE_INVALID, "there is no profile '%.*s'", STR_ARG(value));
    c->options.profile = p->name;
    return 0;
}

static int read_renames(corpus_case *c, str value, kf_error *err) {
    c->options.renames = str_eq(value, STR("done")) ? KF_RENAMES_DONE : KF_RENAMES_TODO;
    if (c->options.renames == KF_RENAMES_DONE || str_eq(value, STR("todo"))) return 0;
    return no_such_value(err, STR("renames"), value, "done or todo");
}

static int read_nulls(corpus_case *c, str value, kf_error *err) {
    c->options.nulls_server = str_eq(value, STR("server"));
    if (c->options.nulls_server || str_eq(value, STR("distinct"))) return 0;
    return no_such_value(err, STR("nulls"), value, "distinct or server");
}

static const struct {
    const char *name;
    bool has_value;
} options[] = {{"stage", true},       {"profile", true},        {"nulls", true},
               {"allow-drop", true},  {"renames", true},        {"params", true},
               {"alias", true},       {"only", true},           {"skip-unsupported", false},
               {"keep-going", false}, {"convert-types", false}, {"no-migrations-table", false},
               {"done", false},       {"whole", false},         {"to", true},
               {"severity", true},    {"form", false},          {"skip-failed", false}};

static int check_known(str name, str value, arena *a, kf_error *err) {
    text all = {.arena = a};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        text_format(&all, "%s%s", i ? ", " : "", options[i].name);
        if (!str_eq(name, str_of(options[i].name))) continue;
        if (options[i].has_value == (value.n > 0)) return 0;
        return fail(err, KF_E_CASE_INVALID, "@%s %s", options[i].name, value.n ? "takes no value" : "wants a value");
    }
    return fail(err, KF_E_CASE_INVALID, "there is no option @%.*s: schema, %.*s", STR_ARG(name), STR_ARG(text_str(&all)));
}

int case_read_option(corpus_case *c, str option, arena *a, kf_error *err) {
    size_t blank = str_find(option, STR(" "), 0);
    str called = str_trim(blank == SIZE_MAX ? option : str_slice(option, 0, blank));
    str value = blank == SIZE_MAX ? STR_NONE : str_trim(str_from(option, blank));
    int rc = check_known(called, value, a, err);
    if (rc) return rc;
    if (str_eq(called, STR("stage"))) return read_stage(c, value, a, err);
    if (str_eq(called, STR("profile"))) return read_profile(c, value, err);
    if (str_eq(called, STR("nulls"))) return read_nulls(c, value, err);
    if (str_eq(called, STR("allow-drop"))) return read_drops(c, value, err);
    if (str_eq(called, STR("renames"))) return read_renames(c, value, err);
    if (str_eq(called, STR("params"))) c->params = str_copy(a, value);
    else if (str_eq(called, STR("alias"))) c->options.alias = str_c(a, value);
    else if (str_eq(called, STR("only"))) c->options.only = str_c(a, value);
    else if (str_eq(called, STR("to"))) c->to = str_c(a, value);
    else if (str_eq(called, STR("severity"))) c->severities = str_c(a, value);
    else if (str_eq(called, STR("whole"))) c->whole = true;
    else if (str_eq(called, STR("form"))) c->with_form = true;
    else if (str_eq(called, STR("done"))) c->done = true;
    else if (str_eq(called, STR("skip-unsupported"))) c->options.skip_unsupported = true;
    else if (str_eq(called, STR("keep-going"))) c->options.keep_going = true;
    else if (str_eq(called, STR("no-migrations-table"))) c->options.no_migrations_table = true;
    else if (str_eq(called, STR("convert-types"))) c->options.convert_types = true;
    else if (str_eq(called, STR("skip-failed"))) c->options.skip_failed = true;
    return 0;
}

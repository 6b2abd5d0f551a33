#include "cli.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum option_id {
    OPTION_URI = 256,
    OPTION_DB,
    OPTION_SCHEMA,
    OPTION_PROFILE,
    OPTION_NULLS,
    OPTION_SKIP_UNSUPPORTED,
    OPTION_KEEP_GOING,
    OPTION_ALLOW_DROP,
    OPTION_RENAMES,
    OPTION_CONVERT_TYPES,
    OPTION_SKIP_FAILED,
    OPTION_ONLY,
    OPTION_NO_MIGRATIONS_TABLE,
    OPTION_ALIAS,
    OPTION_TIMEOUT,
    OPTION_JSON,
    OPTION_CHECK,
    OPTION_SHOW_VALUES,
    OPTION_FILTER,
    OPTION_LIST,
    OPTION_REWRITE,
    OPTION_JOBS,
    OPTION_TAP,
    OPTION_JUNIT,
    OPTION_MODELS,
    OPTION_TO,
    OPTION_SARIF,
    OPTION_SEVERITY,
    OPTION_LOG_FORMAT,
    OPTION_FIX,
    OPTION_HTML,
    OPTION_OUTPUT = 'o',
    OPTION_QUIET = 'q',
    OPTION_VERBOSE = 'v',
    OPTION_HELP = 'h',
};

enum {
    PLANS = VERB_PLAN | VERB_APPLY | VERB_EXECUTE | VERB_VERIFY, /* a plan is made against what is live */
    LIVE = PLANS | VERB_EXPORT | VERB_DETACH | VERB_LINT | VERB_DOCTOR,
    SERVED = LIVE | VERB_UNDO,                                  /* there may be a server */
    LOGS = VERB_PLAN | VERB_APPLY | VERB_EXPLAIN | VERB_VERIFY, /* what converging alone knows */
    DOES = VERB_PLAN | VERB_APPLY | VERB_EXPLAIN,               /* and what says what is to be done */
    ALL = PLANS | VERB_EXPLAIN,
    TEST = VERB_TEST
};

static const struct spec {
    const char *name, *argument;
    int id;
    unsigned verbs;
    bool of_plan; /* a saved plan carries it itself */
    const char *help;
    const char *words; /* that the argument is one of, where they are few */
} specs[] = {
    {"uri", "URI", OPTION_URI, SERVED, false, "the server, mongodb://...; default: $KEYFOLD_URI"},
    {"uri", "URI", OPTION_URI, TEST, false, "carry every case out on this server as well"},
    {"db", "NAME", OPTION_DB, SERVED, false, "the database; default: the URI's path"},
    {"schema", "FILE", OPTION_SCHEMA, LIVE, false, "a JSON schema file instead of a server"},
    {"timeout", "S", OPTION_TIMEOUT, SERVED | TEST, false, "seconds to look for the server; default: 10"},
    {"jobs", "N", OPTION_JOBS, LIVE, false, "read, or build indexes of, N collections at once; default: 4"},
    {"profile", "P", OPTION_PROFILE, ALL | VERB_DETACH | VERB_LINT, true,
     "the server's rules, by name; default: the server's own"},
    {"nulls", "WHOSE", OPTION_NULLS, ALL, true,
     "distinct (default): UNIQUE lets many NULLs in, as in SQL; server: as MongoDB's unique index does", "distinct server"},
    {"skip-unsupported", NULL, OPTION_SKIP_UNSUPPORTED, ALL, true, "pass over what the server cannot express"},
    {"keep-going", NULL, OPTION_KEEP_GOING, LOGS, true, "go on without statements that are not understood"},
    {"allow-drop", "KINDS", OPTION_ALLOW_DROP, DOES, true, "drop what the log drops: index, field, collection, all",
     "index field collection all"},
    {"convert-types", NULL, OPTION_CONVERT_TYPES, DOES | VERB_EXECUTE, true,
     "where a column's type changes, convert its stored values"},
    {"skip-failed", NULL, OPTION_SKIP_FAILED, LOGS, true, "leave out statements that djongo was refused"},
    {"only", "PATTERN", OPTION_ONLY, LOGS, true, "the statements of tables that match, as in shop_*"},
    {"no-migrations-table", NULL, OPTION_NO_MIGRATIONS_TABLE, DOES, true,
     "leave out the rows of django_migrations, by which Django knows what was run"},
    {"renames", "WHICH", OPTION_RENAMES, LOGS, true, "done or todo: what to take for true where a rename is unclear",
     "done todo"},
    {"alias", "NAME", OPTION_ALIAS, LOGS, true, "the statements of this database alias only"},
    {"json", NULL, OPTION_JSON, PLANS | VERB_DETACH | VERB_LINT | VERB_DOCTOR | VERB_UNDO | VERB_PROFILES, false,
     "print JSON (docs/json.md)"},
    {"output", "FILE", OPTION_OUTPUT, VERB_PLAN, false, "save the plan, for keyfold apply FILE"},
    {"output", "FILE", OPTION_OUTPUT, VERB_EXPORT, false, "write to a file, all of it or nothing; default: standard output"},
    {"to", "FORMAT", OPTION_TO, VERB_EXPORT, false, "as what: see above; default: json",
     "json sql postgresql pymongo mongosh django-mongodb-backend"},
    {"sarif", NULL, OPTION_SARIF, VERB_LINT, false, "print SARIF 2.1.0, for code hosts and editors"},
    {"fix", NULL, OPTION_FIX, VERB_DOCTOR, false, "mend it, after keeping what goes in an undo file"},
    {"output", "FILE", OPTION_OUTPUT, VERB_DOCTOR, false, "the undo file; default: keyfold-undo-DATABASE-TIME.json"},
    {"severity", "LIST", OPTION_SEVERITY, VERB_LINT | VERB_DOCTOR, false,
     "as in same-key=off,prefix=error: off, note, warning, error; all=..."},
    {"models", NULL, OPTION_MODELS, VERB_VERIFY | VERB_DOCTOR, false, "what Django's models want, all of them"},
    {"check", NULL, OPTION_CHECK, VERB_PLAN | VERB_DETACH, false, "exit with 1 if there is anything to do"},
    {"show-values", NULL, OPTION_SHOW_VALUES, DOES | VERB_EXECUTE | VERB_DETACH | VERB_DOCTOR, false,
     "print values: of parameters, what a field is filled with, what is in the way"},
    {"filter", "TEXT", OPTION_FILTER, TEST, false,
     "the cases that have TEXT in their FILE: NAME; with * ? [ it fits all of it"},
    {"list", NULL, OPTION_LIST, TEST, false, "print the cases and run none"},
    {"rewrite", NULL, OPTION_REWRITE, TEST, false, "write what comes out into the files as what is expected"},
    {"jobs", "N", OPTION_JOBS, TEST, false, "run N cases at once; default: 1"},
    {"tap", NULL, OPTION_TAP, TEST, false, "print TAP 13"},
    {"junit", "FILE", OPTION_JUNIT, TEST, false, "write JUnit's XML as well"},
    {"html", "FILE", OPTION_HTML, VERB_PLAN | VERB_VERIFY | VERB_LINT, false, "write the report as a page of HTML as well"},
    {"quiet", NULL, OPTION_QUIET, SERVED, false, "say only what is wrong: the exit status tells the rest"},
    {"verbose", NULL, OPTION_VERBOSE, SERVED, false, "say what is done while it is done"},
    {"log-format", "FORMAT", OPTION_LOG_FORMAT, SERVED | ALL | TEST, false,
     "of messages, on standard error: text (default), or json for JSON lines", "text json"},
    {"help", NULL, OPTION_HELP, SERVED | ALL | VERB_PROFILES | TEST, false, "print this"},
};
enum { SPECS = sizeof specs / sizeof *specs };

bool option_at(option_about *out, verb v, size_t n) {
    for (size_t i = 0; i < SPECS; i++) {
        if (!(specs[i].verbs & v) || n-- > 0) continue;
        *out = (option_about){specs[i].name, specs[i].argument, specs[i].help, specs[i].words,
                              (char)(specs[i].id < 256 ? specs[i].id : 0)};
        return true;
    }
    return false;
}

void help_print_options(FILE *to, verb v) {
    for (size_t i = 0; i < SPECS; i++) {
        if (!(specs[i].verbs & v)) continue;
        char left[64];
        const char *argument = specs[i].argument;
        char letter[5] = "    ";
        if (specs[i].id < 256) snprintf(letter, sizeof letter, "-%c, ", specs[i].id);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, specs[i].name, argument ? " " : "", argument ? argument : "");
        fprintf(to, "  %-26s %s\n", left, specs[i].help);
    }
}

static bool read_drops(unsigned *out, const char *list) {
    static const struct {
        const char *name;
        unsigned bits;
    } kinds[] = {{"index", KF_DROP_INDEX}, {"field", KF_DROP_FIELD}, {"collection", KF_DROP_COLLECTION}, {"all", KF_DROP_ALL}};
    for (;;) {
        size_t n = strcspn(list, ","), k = 0;
        while (k < 4 && (strlen(kinds[k].name) != n || strncmp(kinds[k].name, list, n) != 0)) k++;
        if (k == 4) return false;
        *out |= kinds[k].bits;
        if (list[n] == '\0') return true;
        list += n + 1;
    }
}

static bool read_number(int *out, const char *s, long most) {
    char *end;
    long n = strtol(s, &end, 10);
    if (*s < '0' || *s > '9' || *end || n < 1 || n > most) return false;
    *out = (int)n;
    return true;
}

/* A command line is there for everybody to see (ps): the password leaves it, and the URI's options, some of which are secrets.
 */
static const char *take_uri(char *argument) {
    static char *taken;
    free(taken);
    taken = strdup(argument);
    if (!taken) return argument;
    char *from = strstr(argument, "://"), *at = strrchr(argument, '@'), *end = argument + strlen(argument);
    char *password = from && at ? memchr(from + 3, ':', (size_t)(at - from)) : NULL, *options = strchr(at ? at : argument, '?');
    if (password && password < at) memset(password + 1, '*', (size_t)(at - password - 1));
    if (options) memset(options + 1, '*', (size_t)(end - options - 1));
    return taken;
}

static int set_option(options *o, int id, char *value) {
    switch (id) {
    case OPTION_URI: o->uri = take_uri(value); break;
    case OPTION_DB: o->database = o->plan.database = value; break;
    case OPTION_SCHEMA: o->schema = value; break;
    case OPTION_OUTPUT: o->output = value; break;
    case OPTION_PROFILE: o->plan.profile = value; break;
    case OPTION_CONVERT_TYPES: o->plan.convert_types = true; break;
    case OPTION_SKIP_FAILED: o->plan.skip_failed = true; break;
    case OPTION_ONLY: o->plan.only = value; break;
    case OPTION_NO_MIGRATIONS_TABLE: o->plan.no_migrations_table = true; break;
    case OPTION_RENAMES:
        o->plan.renames = strcmp(value, "done") == 0 ? KF_RENAMES_DONE : KF_RENAMES_TODO;
        if (o->plan.renames == KF_RENAMES_DONE || strcmp(value, "todo") == 0) break;
        return say_usage(o->verb, "--renames is done or todo, not '%s'", value);
    case OPTION_ALIAS: o->plan.alias = value; break;
    case OPTION_SKIP_UNSUPPORTED: o->plan.skip_unsupported = true; break;
    case OPTION_KEEP_GOING: o->plan.keep_going = true; break;
    case OPTION_JSON: o->json = true; break;
    case OPTION_MODELS: o->models = true; break;
    case OPTION_SARIF: o->sarif = true; break;
    case OPTION_HTML: o->html = value; break;
    case OPTION_QUIET: o->quiet = true; break;
    case OPTION_VERBOSE: o->verbose = true; break;
    case OPTION_LOG_FORMAT:
        o->json_messages = strcmp(value, "json") == 0;
        say_start(o->json_messages, false);
        if (o->json_messages || strcmp(value, "text") == 0) break;
        return say_usage(o->verb, "--log-format is text or json, not '%s'", value);
    case OPTION_SEVERITY: o->severities = value; break;
    case OPTION_FIX: o->fix = true; break;
    case OPTION_TO: o->to = value; break;
    case OPTION_CHECK: o->check = true; break;
    case OPTION_SHOW_VALUES: o->show_values = o->plan.show_values = true; break;
    case OPTION_HELP: o->help = true; break;
    case OPTION_FILTER: o->filter = value; break;
    case OPTION_LIST: o->list = true; break;
    case OPTION_REWRITE: o->rewrite = true; break;
    case OPTION_TAP: o->tap = true; break;
    case OPTION_JUNIT: o->junit = value; break;
    case OPTION_JOBS:
        if (read_number(&o->jobs, value, 64)) break;
        return say_usage(o->verb, "--jobs is a number from 1 to 64, not '%s'", value);
    case OPTION_NULLS:
        o->plan.nulls_server = strcmp(value, "server") == 0;
        if (o->plan.nulls_server || strcmp(value, "distinct") == 0) break;
        return say_usage(o->verb, "--nulls is distinct or server, not '%s'", value);
    case OPTION_ALLOW_DROP:
        if (read_drops(&o->plan.allow_drop, value)) break;
        return say_usage(o->verb, "--allow-drop is a list of index, field, collection, all, not '%s'", value);
    case OPTION_TIMEOUT:
        if (read_number(&o->timeout_s, value, 86400)) break;
        return say_usage(o->verb, "--timeout is a number of seconds from 1 to 86400, not '%s'", value);
    }
    return 0;
}

static int check_test(const options *o) {
    if (o->file_count < 1) return say_usage(o->verb, "no case file or folder is named");
    if (o->rewrite && (o->uri || o->list || o->tap || o->junit))
        return say_usage(o->verb, "--rewrite runs no tests: it stands alone, or with --filter");
    return 0;
}

static int check_source(const options *o) {
    bool tried = o->verb == VERB_LINT && !o->schema; /* what the logs lead to there, on its documents */
    if (o->file_count && (o->uri || o->schema) && !tried)
        return say_usage(o->verb, "logs lead to a schema of their own: no --uri or --schema");
    if (!o->file_count && !o->uri && !o->schema)
        return say_usage(o->verb, "--uri, --schema or a log must say what to %s", help_verb_name(o->verb));
    return 0;
}

static int check_doctor(const options *o) {
    if (o->verb == VERB_UNDO && o->file_count != 1) return say_usage(o->verb, "one undo file is to be named");
    if (o->fix && !o->uri) return say_usage(o->verb, "--fix wants a --uri");
    if (o->output && !o->fix) return say_usage(o->verb, "-o is for --fix");
    if (!o->uri && !o->schema)
        return say_usage(o->verb, o->verb == VERB_UNDO ? "--uri must say where" : "--uri or --schema must say what to look at");
    return 0;
}

static int check_together(const options *o) {
    if (o->help) return 0;
    if (o->quiet && o->verbose) return say_usage(o->verb, "-q and -v exclude each other");
    if (o->uri && o->schema) return say_usage(o->verb, "--uri and --schema exclude each other");
    if (o->output && strcmp(o->output, "-") == 0) return say_usage(o->verb, "-o wants a file; --json prints to stdout");
    if (o->verb == VERB_PROFILES) return o->file_count ? say_usage(o->verb, "profiles takes no file") : 0;
    if (o->verb == VERB_EXPLAIN) {
        if (o->file_count < 1) return say_usage(o->verb, "no stage is named");
        if (o->file_count > 2) return say_usage(o->verb, "one file at a time");
        return 0;
    }
    if (o->verb == VERB_TEST) return check_test(o);
    if (o->verb == VERB_EXPORT || o->verb == VERB_LINT) return check_source(o);
    if (o->verb == VERB_DOCTOR || o->verb == VERB_UNDO) return check_doctor(o);
    if (o->verb == VERB_DETACH) {
        if (o->file_count) return say_usage(o->verb, "detach takes no file");
        return o->uri || o->schema ? 0 : say_usage(o->verb, "--uri or --schema must say what to detach");
    }
    if (o->file_count < 1 && !o->models)
        return say_usage(o->verb, o->verb == VERB_EXECUTE ? "no SQL is named" : "no log is named");
    if (o->verb != VERB_PLAN && !o->uri && !o->schema)
        return say_usage(o->verb, "--uri or --schema must say what to %s",
                         o->verb == VERB_APPLY    ? "apply to"
                         : o->verb == VERB_VERIFY ? "look at"
                                                  : "carry out on");
    return 0;
}

static int wrong_option(verb v, int found, char **argv) {
    const char *given = argv[optind - 1];
    if (found == ':') return say_usage(v, "%s wants a value", given);
    if (strncmp(given, "--", 2) != 0) return say_usage(v, "there is no option -%c", optopt);
    int n = (int)strcspn(given, "=");
    return say_usage(v, optopt ? "%.*s takes no value" : "there is no option %.*s", n, given);
}

/* As where a shell's variable is not set. */
static int no_value(verb v, int id) {
    size_t i = 0;
    while (specs[i].id != id) i++;
    return say_usage(v, "--%s wants a value", specs[i].name);
}

/* As getopt_long wants them. */
static void options_of(struct option longs[SPECS + 1], char shorts[2 * SPECS + 2], verb v) {
    int n = 0;
    *shorts++ = ':';
    for (size_t i = 0; i < SPECS; i++) {
        if (!(specs[i].verbs & v)) continue;
        longs[n++] = (struct option){specs[i].name, specs[i].argument ? required_argument : no_argument, NULL, specs[i].id};
        if (specs[i].id >= 256) continue;
        *shorts++ = (char)specs[i].id;
        if (specs[i].argument) *shorts++ = ':';
    }
    *shorts = '\0';
}

int options_parse(options *out, verb v, int argc, char **argv) {
    struct option longs[SPECS + 1] = {0};
    char shorts[2 * SPECS + 2];
    options_of(longs, shorts, v);
    *out = (options){.verb = v, .plan = KF_PLAN_OPTIONS};
    opterr = 0;
    for (int found; (found = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (found == '?' || found == ':') return wrong_option(v, found, argv);
        for (size_t i = 0; i < SPECS; i++)
            if (specs[i].id == found) out->plan_options_given |= specs[i].of_plan;
        int status = optarg && !*optarg ? no_value(v, found) : set_option(out, found, optarg);
        if (status != 0) return status;
    }
    out->files = argv + optind;
    out->file_count = argc - optind;
    const char *uri = getenv("KEYFOLD_URI");
    /* Throw-away databases are made where that was said, not where an application's own is. */
    if (!out->uri && !out->schema && uri && *uri && v != VERB_TEST) out->uri = uri;
    say_start(out->json_messages, out->verbose);
    progress_start(!out->quiet && !out->json_messages, out->verbose);
    return check_together(out);
}

/* Runs the cases of tests/hostile, each case in a thread with a stack of 128 kB: docs/corpus.md says how one is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bson/bson.h>
#include <dirent.h>
#include <keyfold/keyfold.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STACK = 128 * 1024, MANY = 500 };

typedef struct bytes {
    char *p;
    size_t n, room;
} bytes;

typedef struct hostile_case {
    char name[200], as[20];
    size_t stack; /* that the thread has, and is stated; 0: STACK, and not stated */
    bytes input;
    char expected[400];
    char got[1200];
} hostile_case;

static void add(bytes *b, const char *p, size_t n) {
    if (b->n + n > b->room) {
        b->room = (b->n + n) * 2;
        b->p = realloc(b->p, b->room);
        if (!b->p) exit(1);
    }
    if (n) memcpy(b->p + b->n, p, n);
    b->n += n;
}

/* ---- writing it out ---- */

static void expand(bytes *out, const char *p, size_t n);

static const char *find(const char *p, const char *end, const char *what) {
    const char *at = memmem(p, (size_t)(end - p), what, strlen(what));
    return at ? at : end;
}

static void add_hex(bytes *out, const char *p, const char *end) {
    for (; p + 1 < end; p += 2) {
        char digits[3] = {p[0], p[1], 0};
        add(out, &(char){(char)strtoul(digits, NULL, 16)}, 1);
    }
}

/* <<300*TEXT>>, <<hex:00ff>> */
static void expand(bytes *out, const char *p, size_t n) {
    for (const char *end = p + n; p < end;) {
        const char *open = find(p, end, "<<"), *close = find(open, end, ">>"), *star = find(open, close, "*");
        add(out, p, (size_t)(open - p));
        if (open == end) return;
        if (strncmp(open, "<<hex:", 6) == 0) add_hex(out, open + 6, close);
        else
            for (long i = strtol(open + 2, NULL, 10); i > 0; i--) add(out, star + 1, (size_t)(close - star - 1));
        p = close == end ? end : close + 2;
    }
}

/* ---- running one ---- */

static int with_log(const hostile_case *c, int (*add_text)(kf_log *, const bytes *, kf_error *), kf_error *err) {
    kf_plan_options options = KF_PLAN_OPTIONS;
    kf_log *log;
    kf_schema *live = NULL;
    kf_plan *plan = NULL;
    kf_result *result = NULL;
    kf_text text = {0};
    kf_finding f = {0};
    options.stack_bytes = c->stack;
    int rc = kf_log_new(&log, err);
    if (rc == 0) rc = kf_schema_new(&live, err);
    if (rc == 0) rc = add_text(log, &c->input, err);
    if (rc == 0) rc = kf_plan_new(&plan, log, live, &options, err);
    if (rc == 0) rc = kf_plan_describe(&text, plan, err);
    if (rc == 0 && kf_plan_finding_count(plan)) {
        kf_plan_finding(&f, plan, 0);
        if (f.code) rc = -(err->code = f.code), snprintf(err->message, sizeof err->message, "%s", f.message);
    }
    if (rc == 0) rc = kf_apply_schema(&result, live, plan, err);
    kf_result_free(result);
    if (rc == 0 && (rc = kf_execute_schema(&result, live, log, &options, err)) == 0) kf_result_free(result);
    kf_text_free(&text);
    kf_plan_free(plan);
    kf_schema_free(live);
    kf_log_free(log);
    return rc;
}

static int add_log(kf_log *log, const bytes *b, kf_error *err) { return kf_log_add(log, "log", b->p, b->n, err); }
static int add_statement(kf_log *log, const bytes *b, kf_error *err) {
    return kf_log_add_statement(log, b->p, b->n, NULL, 0, err);
}

/* A log whose one statement has them. */
static int add_params(kf_log *log, const bytes *b, kf_error *err) {
    static const char head[] = "sql_command: UPDATE \"t\" SET \"c\" = %(0)s WHERE \"c\" IS NULL\nparams: ";
    static const char table[] = "sql_command: CREATE TABLE \"t\" (\"id\" long, \"c\" string)\nparams: None\n";
    bytes whole = {0};
    add(&whole, table, sizeof table - 1);
    add(&whole, head, sizeof head - 1);
    add(&whole, b->p, b->n);
    int rc = kf_log_add(log, "log", whole.p, whole.n, err);
    free(whole.p);
    return rc;
}

/* BSON from extended JSON, so many levels deep. */
static int add_nested_bson(kf_log *log, const bytes *b, kf_error *err) {
    size_t levels = 0, n;
    for (size_t i = 0; i < b->n; i++) levels = levels * 10 + (size_t)(b->p[i] - '0');
    n = 5 + levels * 8;
    uint8_t *p = calloc(1, n), *at = p;
    if (!p) exit(1);
    for (size_t left = n; left > 5; left -= 8, at += 7) {
        uint32_t length = BSON_UINT32_TO_LE((uint32_t)left);
        memcpy(at, &length, 4);
        memcpy(at + 4,
               "\x03"
               "a",
               3);
    }
    *at = 5;
    int rc = kf_log_add_statement(log, "CREATE TABLE \"t\" (\"c\" string DEFAULT %s)", 40, p, n, err);
    free(p);
    return rc;
}

static int run_log(const hostile_case *c, kf_error *err) { return with_log(c, add_log, err); }
static int run_statement(const hostile_case *c, kf_error *err) { return with_log(c, add_statement, err); }
static int run_params(const hostile_case *c, kf_error *err) { return with_log(c, add_params, err); }
static int run_nested_bson(const hostile_case *c, kf_error *err) { return with_log(c, add_nested_bson, err); }

static int run_plan_file(const hostile_case *c, kf_error *err) {
    kf_plan *plan;
    kf_text text;
    int rc = kf_plan_read(&plan, c->input.p, c->input.n, err);
    if (rc) return rc;
    if ((rc = kf_plan_write(&text, plan, err)) == 0) kf_text_free(&text);
    kf_plan_free(plan);
    return rc;
}

/* A plan that has this one operation. */
static int run_operation(const hostile_case *c, kf_error *err) {
    static const char head[] = "{\"format\": 1, \"profile\": \"mongodb-5.0+\", \"nulls\": \"distinct\", \"database\": \"d\", "
                               "\"fingerprint\": \"0123456789abcdef\", \"statement_list\": [], \"collections\": [], "
                               "\"findings\": [], \"operations\": [";
    hostile_case whole = *c;
    whole.input = (bytes){0};
    add(&whole.input, head, sizeof head - 1);
    add(&whole.input, c->input.p, c->input.n);
    add(&whole.input, "]}", 2);
    int rc = run_plan_file(&whole, err);
    free(whole.input.p);
    return rc;
}

static int run_schema_file(const hostile_case *c, kf_error *err) {
    kf_schema *schema;
    kf_text text;
    int rc = kf_schema_read(&schema, c->input.p, c->input.n, err);
    if (rc) return rc;
    if ((rc = kf_schema_write(&text, schema, err)) == 0) kf_text_free(&text);
    kf_schema_free(schema);
    return rc;
}

static int run_explain(const hostile_case *c, kf_error *err) {
    static const char *const stages[] = {"statements", "dialect", "parse", "schema", "plan"};
    int rc = 0, first = 0;
    kf_text text;
    kf_error why;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        rc = kf_explain(&text, stages[i], c->input.p, c->input.n, NULL, &why);
        kf_text_free(&text);
        if (rc && !first) first = rc, *err = why;
    }
    return first;
}

static const struct {
    const char *as;
    int (*run)(const hostile_case *c, kf_error *err);
} ways[] = {{"log", run_log},        {"statement", run_statement}, {"params", run_params},   {"nested-bson", run_nested_bson},
            {"plan", run_plan_file}, {"schema", run_schema_file},  {"explain", run_explain}, {"operation", run_operation}};

static void *run_in_thread(void *arg) {
    hostile_case *c = arg;
    kf_error err = {0};
    int rc = -KF_E_USAGE;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (strcmp(ways[i].as, c->as) == 0) rc = ways[i].run(c, &err);
    if (rc == 0) strcpy(c->got, "ok");
    else snprintf(c->got, sizeof c->got, "error %s: %s", kf_code_text(-rc), err.message);
    return NULL;
}

static void run_case(void **state) {
    hostile_case *c = *state;
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    assert_int_equal(pthread_attr_setstacksize(&attributes, c->stack ? c->stack : STACK), 0);
    assert_int_equal(pthread_create(&thread, &attributes, run_in_thread, c), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    const char *message = strstr(c->expected, ": ");
    size_t head = message ? (size_t)(message - c->expected) : strlen(c->expected);
    if (strncmp(c->got, c->expected, head) != 0 || (message && !strstr(c->got, message + 2))) {
        print_error("%s\nexpected %s\ngot      %s\n", c->name, c->expected, c->got);
        fail();
    }
}

/* ---- reading them ---- */

static struct CMUnitTest tests[MANY];
static size_t count;

static void add_case(const char *file, const char *p, const char *end) {
    hostile_case *c = calloc(1, sizeof *c);
    const char *input = find(p, end, "\ninput:\n"), *line = find(input, end, "\n----\n"), *as = find(p, input, "\n@as ");
    const char *stack = find(p, input, "\n@stack ");
    if (!c || as == input || line == end || count == MANY) {
        fprintf(stderr, "%s: %.60s: a case has @as WAY, input: and ----\n", file, p);
        exit(1);
    }
    snprintf(c->name, sizeof c->name, "%s: %.*s", strrchr(file, '/') + 1, (int)strcspn(p, "\n"), p);
    snprintf(c->as, sizeof c->as, "%.*s", (int)strcspn(as + 5, "\n"), as + 5);
    if (stack != input) c->stack = strtoul(stack + 8, NULL, 10) * 1024;
    expand(&c->input, input + 8, (size_t)(line - input - 8));
    snprintf(c->expected, sizeof c->expected, "%.*s", (int)strcspn(line + 6, "\n"), line + 6);
    tests[count++] = (struct CMUnitTest){c->name, run_case, NULL, NULL, c};
}

static void read_file(const char *path) {
    FILE *f = fopen(path, "rb");
    bytes all = {0};
    char piece[65536];
    if (!f) exit(1);
    for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;) add(&all, piece, n);
    fclose(f);
    add(&all, "", 1);
    const char *end = all.p + all.n - 1;
    for (const char *p = find(all.p, end, "case: "), *next; p < end; p = next) {
        next = find(p, end, "\ncase: ");
        add_case(path, p + 6, next);
        if (next < end) next++;
    }
    free(all.p);
}

static int visible(const struct dirent *e) { return e->d_name[0] != '.'; }

int main(void) {
    struct dirent **files;
    int n = scandir(KEYFOLD_ROOT "/tests/hostile", &files, visible, alphasort);
    for (int i = 0; i < n; i++) {
        char *path;
        if (asprintf(&path, "%s/tests/hostile/%s", KEYFOLD_ROOT, files[i]->d_name) < 0) return 1;
        read_file(path);
        free(path);
        free(files[i]);
    }
    free(files);
    if (count == 0) return 1;
    int failed = _cmocka_run_group_tests("hostile", tests, count, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        hostile_case *c = tests[i].initial_state;
        free(c->input.p);
        free(c);
    }
    return failed;
}

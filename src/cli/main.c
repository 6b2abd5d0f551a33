#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct {
    const char *name;
    verb verb;
    int (*run)(const options *o);
} verbs[] = {
    {"plan", VERB_PLAN, run_plan},          {"apply", VERB_APPLY, run_apply},          {"execute", VERB_EXECUTE, run_execute},
    {"explain", VERB_EXPLAIN, run_explain}, {"profiles", VERB_PROFILES, run_profiles}, {"test", VERB_TEST, run_test},
    {"verify", VERB_VERIFY, run_verify},    {"export", VERB_EXPORT, run_export},       {"detach", VERB_DETACH, run_detach},
    {"lint", VERB_LINT, run_lint},          {"doctor", VERB_DOCTOR, run_doctor},       {"undo", VERB_UNDO, run_undo}};

static int run_verb(int argc, char **argv) {
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(argv[1], verbs[i].name) != 0) continue;
        options o;
        int status = options_parse(&o, verbs[i].verb, argc - 1, argv + 1);
        if (status != 0) return status;
        if (!o.help) return verbs[i].run(&o);
        help_print_verb(stdout, o.verb);
        return 0;
    }
    return say_usage(0, "there is no '%s'", argv[1]);
}

static int run(int argc, char **argv) {
    if (argc < 2) {
        help_print(stderr);
        return kf_code_exit_status(KF_E_USAGE);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        help_print(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("keyfold %s\n", kf_version());
        return 0;
    }
    if (strcmp(argv[1], "help") == 0) return run_help(argc - 1, argv + 1);
    return run_verb(argc, argv);
}

/* What was not printed was not said: a full disk or a closed pipe is an error too. */
static int close_output(int status) {
    bool failed = ferror(stdout);
    errno = 0;
    failed |= fclose(stdout) != 0;
    if (!failed) return status;
    kf_error err = {.code = KF_E_DISK};
    snprintf(err.message, sizeof err.message, "standard output: %s", errno ? strerror(errno) : "not all could be written");
    return kf_status_worst(status, say_error(&err));
}

/* The driver keeps its counters in shared memory, under the process's number, from before main. Nobody looks at ours, and what
 * a killed process leaves behind makes the driver of a later one of the same number warn on stderr. */
static void forget_counters(void) {
    char name[32];
    snprintf(name, sizeof name, "/mongoc-%d", (int)getpid());
    shm_unlink(name);
}

/* A file or a connection that got the number of a standard stream that is closed would be written to as that. What is opened
 * in its place fails as a closed one does. */
static void fill_standard_streams(void) {
    static const int wrong_way[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0) open("/dev/null", wrong_way[fd]);
}

int main(int argc, char **argv) {
    fill_standard_streams();
    forget_counters();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    return close_output(run(argc, argv));
}

/* Applies a log to a database and says how far it is: cc progress.c $(pkg-config --cflags --libs keyfold) */
#include <inttypes.h>
#include <keyfold/keyfold.h>
#include <stdio.h>

/* Called during kf_apply_log, perhaps by a thread of the library's, never twice at once. */
static void watch(void *context, const kf_progress *p) {
    if (p->stage == KF_STAGE_RUN && *p->operation && p->seconds == 0)
        fprintf(context, "%" PRIu64 " of %" PRIu64 ": %s %s\n", p->done + 1, p->total, p->operation, p->subject);
}

int main(int argc, char **argv) {
    kf_error err = {0};
    kf_log *log = NULL;
    kf_database *database = NULL;
    kf_result *result = NULL;
    kf_text text = {0};
    if (argc != 3) return 2;
    if (kf_log_new(&log, &err) == 0 && kf_log_add_file(log, argv[2], &err) == 0 &&
        kf_database_open(&database, argv[1], NULL, &err) == 0 && kf_database_watch(database, watch, stderr, &err) == 0 &&
        kf_apply_log(&result, database, log, NULL, &err) == 0 && kf_result_describe(&text, result, false, &err) == 0)
        fputs(text.data, stdout);
    else fprintf(stderr, "%s %s (%s)\n", kf_code_text(err.code), err.message, kf_code_advice(err.code));
    int status = result ? kf_result_status(result) : kf_code_exit_status(err.code);
    kf_text_free(&text);
    kf_result_free(result);
    kf_database_free(database);
    kf_log_free(log);
    return status;
}

/* Prints the plan for a log: cc plan.c $(pkg-config --cflags --libs keyfold) */
#include <keyfold/keyfold.h>
#include <stdio.h>

int main(int argc, char **argv) {
    kf_error err = {0};
    kf_log *log = NULL;
    kf_schema *live = NULL; /* nothing is there yet */
    kf_plan *plan = NULL;
    kf_text text = {0};
    if (argc != 2) return 2;
    if (kf_log_new(&log, &err) == 0 && kf_log_add_file(log, argv[1], &err) == 0 && kf_schema_new(&live, &err) == 0 &&
        kf_plan_new(&plan, log, live, NULL, &err) == 0 && kf_plan_describe(&text, plan, &err) == 0)
        fputs(text.data, stdout);
    else fprintf(stderr, "%s %s\n", kf_code_text(err.code), err.message);
    kf_text_free(&text);
    kf_plan_free(plan);
    kf_schema_free(live);
    kf_log_free(log);
    return kf_code_exit_status(err.code);
}

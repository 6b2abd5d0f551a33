#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* Debian has a python3 and, outside a virtual environment, no python. */
static const char ask[] = "if command -v python >/dev/null; then exec python manage.py keyfold sql; "
                          "else exec python3 manage.py keyfold sql; fi";

/* What Django's models want, from the project in this folder. */
static int ask_models(kf_log *log, verb v) {
    kf_text sql = {0};
    kf_error err;
    FILE *pipe = popen(ask, "r");
    int rc = pipe ? stream_read(&sql, pipe, "manage.py", &err) : 0, status = pipe ? pclose(pipe) : -1;
    if (rc == 0 && (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0))
        return kf_text_free(&sql), say_usage(v, "`python manage.py keyfold sql` fails: run this where manage.py is, with "
                                                "\"keyfold.django\" in INSTALLED_APPS");
    if (rc == 0) rc = kf_log_add(log, "models", sql.data, sql.length, &err);
    kf_text_free(&sql);
    return rc ? say_error(&err) : 0;
}

int wanted_read(kf_log **out, const options *o) {
    int status = files_read_logs(out, o);
    return status == 0 && o->models && o->file_count == 0 ? ask_models(*out, o->verb) : status;
}

/* Drops that are withheld are no news here, and what is withheld otherwise stands beside its name. */
static bool is_undecided(const kf_finding *f) {
    return f->severity == KF_ERROR || f->code == KF_E_RENAME_UNCLEAR || f->code == KF_E_TABLE_UNKNOWN ||
           f->code == KF_E_SEVERAL_ALIASES || f->code == KF_E_AMBIGUOUS;
}

static int save_html(const options *o, const kf_plan *plan, const kf_schema *live, kf_verify_options how, kf_error *err) {
    kf_text html;
    how.json = false;
    how.html = true;
    int rc = kf_plan_verify(&html, NULL, plan, live, &how, err);
    return rc == 0 ? html_write(o, &html, err) : rc;
}

static int verify(const options *o, const kf_log *log) {
    side live;
    kf_plan *plan = NULL;
    kf_text text;
    kf_error err;
    int status = 0, rc = side_open(&live, o, true, &err);
    kf_verify_options how = KF_VERIFY_OPTIONS;
    how.whole = o->models;
    how.json = o->json;
    how.colour = may_colour(1);
    kf_plan_options wanted = o->plan;
    wanted.no_migrations_table = true;
    if (rc == 0) rc = kf_plan_new(&plan, log, live.schema, &wanted, &err);
    if (rc == 0) rc = kf_plan_verify(&text, &status, plan, live.schema, &how, &err);
    if (rc == 0 && o->html) rc = save_html(o, plan, live.schema, how, &err);
    if (rc == 0) {
        say_findings_of(plan, is_undecided);
        print_report(o, &text);
    }
    if (rc != 0) status = side_error(&err);
    kf_plan_free(plan);
    side_close(&live);
    return status;
}

int run_verify(const options *o) {
    kf_log *log;
    int status = wanted_read(&log, o);
    if (status == 0) status = verify(o, log);
    kf_log_free(log);
    return status;
}

#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static kf_doctor_options options_of(const options *o) {
    kf_doctor_options d = KF_DOCTOR_OPTIONS;
    d.severities = o->severities;
    d.show_values = o->show_values;
    return d;
}

static int look(kf_doctor **out, const options *o, side *live, const kf_log *wanted, kf_error *err) {
    kf_doctor_options d = options_of(o);
    return live->database ? kf_doctor_new(out, live->database, wanted, &d, err)
                          : kf_doctor_new_schema(out, live->schema, wanted, &d, err);
}

static int show(const options *o, const kf_doctor *doctor, kf_error *err) {
    kf_text text;
    int rc = kf_doctor_describe(&text, doctor, o->json ? KF_FORM_JSON : KF_FORM_TEXT, may_colour(1), err);
    if (rc == 0) print_report(o, &text);
    return rc;
}

/* ---- mending ---- */

/* Beside nothing: what a repair took is in no other file. */
static int name_undo(char *out, size_t room, const options *o, const side *live) {
    char when[32];
    time_t now = time(NULL);
    struct tm tm;
    if (o->output) return snprintf(out, room, "%s", o->output);
    strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
    return snprintf(out, room, "keyfold-undo-%s-%s.json", kf_database_name(live->database), when);
}

static int save_undo(char *path, size_t room, const options *o, const kf_doctor *doctor, const side *live, kf_error *err) {
    kf_text text;
    name_undo(path, room, o, live);
    int rc = kf_doctor_undo(&text, doctor, err);
    if (rc == 0) rc = file_write_new(path, &text, err);
    kf_text_free(&text);
    return rc;
}

static int show_repairs(const options *o, const kf_doctor *doctor, const char *undo, kf_error *err) {
    kf_text text;
    if (o->json) return 0;
    int rc = kf_plan_describe(&text, kf_doctor_plan(doctor), err);
    if (rc != 0) return rc;
    if (o->quiet) return kf_text_free(&text), 0;
    print_text(&text);
    printf("What goes is kept in %s: keyfold undo puts it back.\n\n", undo);
    fflush(stdout);
    return 0;
}

/* The objects of both texts are whole ones. */
static int show_as_json(kf_doctor *before, const char *undo, const kf_result *result, kf_doctor *after, bool values,
                        kf_error *err) {
    kf_text found = {0}, done = {0}, left = {0};
    int rc = kf_doctor_describe(&found, before, KF_FORM_JSON, false, err);
    if (rc == 0) rc = kf_result_write(&done, result, values, err);
    if (rc == 0) rc = kf_doctor_describe(&left, after, KF_FORM_JSON, false, err);
    if (rc == 0) {
        printf("{\n\"format\": 1,\n\"undo\": ");
        print_json_string(undo);
        printf(",\n\"before\": %s,\n\"result\": %s,\n\"after\": %s\n}\n", found.data, done.data, left.data);
    }
    kf_text_free(&found);
    kf_text_free(&done);
    kf_text_free(&left);
    return rc;
}

static int show_mended(const options *o, kf_doctor *before, const char *undo, const kf_result *result, kf_doctor *after,
                       kf_error *err) {
    kf_text text;
    if (o->json) return show_as_json(before, undo, result, after, o->show_values, err);
    int rc = 0;
    if (o->quiet) return 0;
    if (kf_result_status(result) == 0)
        printf("%zu of %zu operations done\n", kf_result_done(result), kf_plan_operations(kf_result_plan(result)));
    else if ((rc = kf_result_describe(&text, result, o->show_values, err)) == 0) print_report(o, &text);
    printf("\nWhat is left:\n");
    return rc ? rc : show(o, after, err);
}

static int mend(const options *o, side *live, const kf_log *wanted, kf_doctor *doctor, int *status, kf_error *err) {
    char undo[4096];
    kf_result *result = NULL;
    kf_doctor *after = NULL;
    int rc = save_undo(undo, sizeof undo, o, doctor, live, err);
    if (rc == 0) rc = show_repairs(o, doctor, undo, err);
    if (rc == 0) say_findings(kf_doctor_plan(doctor));
    if (rc == 0) rc = kf_apply_plan(&result, live->database, kf_doctor_plan(doctor), err);
    if (rc == 0) rc = look(&after, o, live, wanted, err);
    if (rc == 0) rc = show_mended(o, doctor, undo, result, after, err);
    if (rc == 0) *status = kf_status_worst(kf_doctor_status(after), kf_result_status(result));
    kf_result_free(result);
    kf_doctor_free(after);
    return rc;
}

/* ---- all ---- */

static int doctor(const options *o, const kf_log *wanted) {
    side live;
    kf_doctor *found = NULL;
    kf_error err;
    int status = 0, rc = side_open(&live, o, false, &err);
    if (rc == 0) rc = look(&found, o, &live, wanted, &err);
    bool mends = rc == 0 && o->fix && kf_plan_operations(kf_doctor_plan(found));
    if (rc == 0 && !(mends && o->json)) rc = show(o, found, &err);
    if (rc == 0) status = kf_doctor_status(found);
    if (rc == 0 && mends) rc = mend(o, &live, wanted, found, &status, &err);
    kf_doctor_free(found);
    side_close(&live);
    if (rc == -KF_E_USAGE) return say_usage(o->verb, "%s", err.message);
    return rc != 0 ? side_error(&err) : status;
}

int run_doctor(const options *o) {
    kf_log *log = NULL;
    int status = o->file_count || o->models ? wanted_read(&log, o) : 0;
    if (status == 0) status = doctor(o, log);
    kf_log_free(log);
    return status;
}

int run_undo(const options *o) {
    side live = {0};
    kf_undo_options how = KF_UNDO_OPTIONS;
    kf_text json, text;
    kf_error err;
    int status = 0, rc = file_read(&json, o->files[0], &err);
    how.json = o->json;
    if (rc != 0) return say_error(&err);
    rc = side_open(&live, o, false, &err);
    if (rc == 0) rc = kf_undo(&text, &status, live.database, json.data, json.length, &how, &err);
    if (rc == 0) print_report(o, &text);
    kf_text_free(&json);
    side_close(&live);
    return rc != 0 ? side_error(&err) : status;
}

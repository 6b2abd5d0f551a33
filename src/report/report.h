/* Plans and results as text and HTML for people; a result as JSON. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "lint/doctor.h"
#include "plan/result.h"
#include "plan/verify.h"
#include "json/undo.h"

/* What there is to tell of an apply. */
typedef struct report {
    const plan *plan;
    const run_result *run;
    size_t plans; /* how often it was planned */
    size_t done;  /* operations carried out, in all runs together */
    size_t commands_read, commands_write;
    bool show_values; /* duplicate values may be anybody's data */
} report;

void report_profiles(text *out);
void report_plan(text *out, const plan *p);
/* One page that needs nothing else. */
void report_plan_html(text *out, const plan *p);
void report_verification_html(text *out, const verification *v);
void report_lint_html(text *out, const lint *l);
/* colour: for a terminal that shows it. */
void report_verification(text *out, const verification *v, bool colour);
void report_lint(text *out, const lint *l, bool colour);
void report_undo(text *out, const undo_report *r);
/* What was changed and what was not; "nothing to do" if nothing. */
void report_result(text *out, const report *r);
/* The plan's JSON with commands, done, plans and failures beside its own members. */
void report_result_json(text *out, const report *r);

#endif

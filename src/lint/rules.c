/* The table of codes, and their severities. */
#include "lint/lint.h"

static const char *const severities[] = {"off", "note", "warning", "error"};
const char *lint_severity_text(lint_severity s) { return severities[s]; }

static const lint_rule rules[] = {
#define LINT_CODE(name, number, id, severity, summary, cost, remedy)                                                           \
    {"KFL-" number, id, LINT_##severity, summary, cost, remedy},
#define DOCTOR_CODE(name, number, id, severity, summary, cost, remedy)                                                         \
    {"KFD-" number, id, LINT_##severity, summary, cost, remedy},
#include "lint/codes.h"
#include "lint/doctor_codes.h"
#undef LINT_CODE
#undef DOCTOR_CODE
};

const lint_rule *lint_rule_of(lint_code code) { return &rules[code]; }

void lint_options_default(lint_options *o) {
    for (lint_code c = 0; c < LINT_CODES; c++) o->severities[c] = rules[c].severity;
}

static bool find_code(lint_code *out, str called) {
    for (lint_code c = 0; c < LINT_CODES; c++)
        if (str_eq(called, str_of(rules[c].id)) || str_eq(called, str_of(rules[c].code))) return *out = c, true;
    return false;
}

static int set_one(lint_options *o, str pair, kf_error *err) {
    size_t at = str_find(pair, STR("="), 0);
    str called = at == SIZE_MAX ? pair : str_slice(pair, 0, at), level = at == SIZE_MAX ? STR("") : str_from(pair, at + 1);
    lint_code code = LINT_CODES;
    bool all = str_eq(called, STR("all"));
    if (!all && !find_code(&code, called)) return fail(err, KF_E_USAGE, "there is no finding '%.*s'", STR_ARG(called));
    for (lint_severity s = LINT_OFF; s <= LINT_ERROR; s++) {
        if (!str_eq(level, str_of(severities[s]))) continue;
        for (lint_code c = 0; c < LINT_CODES; c++)
            if (all || c == code) o->severities[c] = s;
        return 0;
    }
    return fail(err, KF_E_USAGE, "a severity is off, note, warning or error, as in %.*s=note, not '%.*s'", STR_ARG(called),
                STR_ARG(level));
}

int lint_read_severities(lint_options *o, str list, kf_error *err) {
    for (str rest = list; rest.n;) {
        size_t comma = str_find(rest, STR(","), 0);
        int rc = set_one(o, str_trim(comma == SIZE_MAX ? rest : str_slice(rest, 0, comma)), err);
        if (rc) return rc;
        rest = comma == SIZE_MAX ? STR_NONE : str_from(rest, comma + 1);
    }
    return 0;
}

/* What is amiss in a schema: findings, each with what it costs and what to do. Pure. */
#ifndef LINT_LINT_H
#define LINT_LINT_H

#include "plan/plan.h"

typedef enum lint_severity { LINT_OFF, LINT_NOTE, LINT_WARNING, LINT_ERROR } lint_severity;
const char *lint_severity_text(lint_severity s); /* "off", "note", "warning", "error": SARIF's levels too */

/* Lint's own, and then doctor's. */
typedef enum lint_code {
#define LINT_CODE(name, number, id, severity, summary, cost, remedy) LINT_##name,
#define DOCTOR_CODE(name, number, id, severity, summary, cost, remedy) DOCTOR_##name,
#include "lint/codes.h"
#include "lint/doctor_codes.h"
#undef LINT_CODE
#undef DOCTOR_CODE
    LINT_CODES
} lint_code;

/* How many of them are lint's. */
enum {
    LINT_OWN_CODES = 0
#define LINT_CODE(name, number, id, severity, summary, cost, remedy) +1
#include "lint/codes.h"
#undef LINT_CODE
};

typedef struct lint_rule {
    const char *code; /* "KFL-001", "KFD-001" */
    const char *id;   /* "same-key" */
    lint_severity severity;
    const char *summary, *cost, *remedy;
} lint_rule;
const lint_rule *lint_rule_of(lint_code code);

typedef struct lint_finding {
    lint_code code;
    lint_severity severity;
    str collection, name; /* name: of the index or constraint; empty: it is about the collection */
    key_pattern key;
    str message;            /* one line */
    str fix;                /* of the Django model, or what doctor does */
    bool mended;            /* doctor's: --fix does it */
    str sql;                /* doctor's: the statements that mend it, for a plan; empty: it is mended otherwise */
    const index_spec *drop; /* doctor's: the index that goes, where no statement can speak of it */
    bool counts;            /* doctor's: the table's counter is mended */
    str file;               /* where it was asked for; empty if no log tells */
    size_t line;
} lint_finding;

/* What only a server can tell of an index, or of a boolean column. */
typedef struct lint_fact {
    str collection, name;
    int64_t bytes; /* of an index; -1: not told */
    int64_t uses;  /* of an index since `since`; -1: not told */
    str since;
    int64_t sampled, trues; /* of a boolean column; sampled 0: not looked at */
    str broken;             /* of a unique index that is not there: how many values documents hold twice; empty: none */
} lint_fact;
typedef VEC(lint_fact) lint_fact_list;

typedef struct lint_options {
    const profile *profile;
    str database;                         /* for limits on names */
    lint_severity severities[LINT_CODES]; /* lint_options_default sets them */
    const plan *plan;                     /* that led to the schema, for places; or NULL */
    const lint_fact_list *facts;          /* or NULL */
} lint_options;
void lint_options_default(lint_options *o);
/* "same-key=error,KFL-002=off". KF_E_USAGE. */
int lint_read_severities(lint_options *o, str list, kf_error *err);

typedef struct lint {
    bool doctor;                /* the findings are doctor's */
    VEC(lint_finding) findings; /* by collection, the worst first, then code */
    size_t counts[LINT_ERROR + 1];
} lint;

void lint_schema(lint *out, const schema *s, const lint_options *o, arena *a);
/* By collection, the worst first, and counted. */
void lint_sort(lint *l);
/* 1 if there is a warning or an error, else 0. */
int lint_status(const lint *l);

#endif

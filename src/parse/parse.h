/* PostgreSQL text → statements, by libpg_query. The only place that includes it. */
#ifndef PARSE_PARSE_H
#define PARSE_PARSE_H

#include "dialect/dialect.h"

typedef struct parse_options {
    const dialect_limits *limits; /* NULL: the defaults */
    str params;                   /* a Python tuple or list, as a log has it; empty: nothing is told of them */
    const value_list *values;     /* the parameters themselves, instead of params; borrowed until it returns */
} parse_options;

/* All statements of a text, which ';' divides, through the dialect stage; at least one. What that classes as skipped or
 * unsupported becomes such a statement without being parsed. All that out holds is a's, nothing is sql's; places are in sql.
 * Where parameters are told, each %s, %(0)s and $1 gets its value; a text of skipped statements alone has its parameters not
 * looked at.
 * Errors: KF_E_SYNTAX and the dialect's; KF_E_PARAMETERS for parameters that cannot be read, too many or too few of them. Each
 * has its place in sql.
 *
 * Names made here, by docs/design.md's rule: UNIQUE at a column of CREATE TABLE is "c_1", of ADD COLUMN "c"; a primary key's
 * name is "__primary_key__"; an unnamed table constraint or index gets PostgreSQL's habit (t_a_b_key, t_a_fkey, t_check,
 * t_a_idx). */
int parse_statements(statement_list *out, str sql, const parse_options *options, arena *a, kf_error *err);
/* One statement without parameters. Several in one text are one unsupported statement. */
int parse_statement(statement *out, str sql, const dialect_limits *limits, arena *a, kf_error *err);
/* A condition as it stands in `names[].where`: the text between the parentheses, without WHERE. */
int parse_condition(expression **out, str sql, arena *a, kf_error *err);

#endif

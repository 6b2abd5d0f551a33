/* PostgreSQL text → statement, by libpg_query. The only place that includes it. */
#ifndef PARSE_PARSE_H
#define PARSE_PARSE_H

#include "dialect/dialect.h"

/* One statement, through the dialect stage. What that classes as skipped or unsupported becomes such a statement without
 * being parsed. Several statements in one text are one unsupported statement. All that out holds is a's, nothing is sql's.
 * Errors: KF_E_SYNTAX and the dialect's, with their place in sql.
 *
 * Names made here, by DESIGN's rule: UNIQUE at a column of CREATE TABLE is "c_1", of ADD COLUMN "c"; a primary key's name is
 * "__primary_key__"; an unnamed table constraint gets PostgreSQL's habit (t_a_b_key, t_a_fkey, t_check). */
int parse_statement(statement *out, str sql, const dialect_limits *limits, arena *a, kf_error *err);
/* A condition as it stands in `names[].where`: the text between the parentheses, without WHERE. */
int parse_condition(expression **out, str sql, arena *a, kf_error *err);

#endif

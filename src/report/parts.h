/* The parts that reports are put together from. */
#ifndef REPORT_PARTS_H
#define REPORT_PARTS_H

#include "report/report.h"

/* Text from outside: terminals obey control characters, so they are shown as '?'. */
void part_text(text *out, str s);
/* The same in a column of so many characters and two spaces. */
void part_column(text *out, str s, size_t width);
size_t part_width(str s);
/* "2 indexes", "1 index". */
void part_count(text *out, size_t n, const char *one, const char *many);
/* file:line of the first cause, and how many more there are; empty if there is none. */
str part_place(const plan *p, arena *a, const size_t *causes, size_t n);

/* run: what came of it, NULL before it ran. */
void part_collection(text *out, const plan *p, const run_result *run, const planned_collection *c);
bool part_collection_changes(const plan *p, const planned_collection *c);
/* Notices, what was passed over, withheld, not understood: each kind under its heading. */
void part_findings(text *out, const plan *p);
/* "201 statements: 109 applied, ..." */
void part_statements(text *out, const plan *p);

#endif

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
/* An _id, given as JSON: ObjectIds and integers tell nothing of anybody, others are "..." unless values are shown. */
str part_id(str id, bool show_values);
str part_place(const plan *p, arena *a, const size_t *causes, size_t n);

/* "\033[" is added to them, and the end. */
#define PART_RED "31"
#define PART_GREEN "32"
#define PART_YELLOW "33"
#define PART_BOLD "1"
/* colour: one of these; empty: none. */
void part_colour(text *out, const char *colour, str s);

/* What becomes of an index or a field: the first column. */
enum { MARK_KEPT = '=', MARK_MADE = '+', MARK_DROPPED = '-', MARK_CHANGED = '~', MARK_NOT_DONE = '!' };

/* "{ "a": 1 } unique where ..." */
void part_index(text *out, const index_spec *index);
/* Before it ran. */
char part_index_mark(const plan *p, const planned_collection *c, const planned_index *i);
/* Where the k-th name that the index serves was asked for; empty if that is not known. */
str part_name_place(const plan *p, arena *a, const planned_index *i, size_t k);
/* run: what came of it, NULL before it ran. */
void part_collection(text *out, const plan *p, const run_result *run, const planned_collection *c);
bool part_collection_changes(const plan *p, const planned_collection *c);
/* Those of the plan, and those that only operations speak of: by name. */
typedef VEC(planned_collection) planned_collection_list;
planned_collection_list part_collections(arena *a, const plan *p);
/* Is the operation one that has a line of its own: what becomes of the collection or of a field? */
bool part_is_change(const plan *p, const operation *o);
/* Is it a row of django_migrations? */
static inline bool part_is_row(const operation *o) { return o->migration != NULL; }
void part_change_text(text *out, const plan *p, const operation *o);
char part_change_mark(const operation *o);
/* remark: empty if it is as planned. */
void part_change(text *out, const plan *p, const operation *o, const char *remark);
/* Notices, what was passed over, withheld, not understood: each kind under its heading. */
void part_findings(text *out, const plan *p);
/* What DML was passed over, in one line: the tables that have most of it. Nothing where there was none. */
void part_skipped_dml(text *out, const plan *p);
/* "201 statements: 109 applied, ..." */
void part_statements(text *out, const plan *p);

#endif

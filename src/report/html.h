/* Reports as one page of HTML. What comes from outside goes through html_text, and nothing else. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "report/parts.h"

/* A literal of ours. */
#define html(out, literal) text_add((out), STR(literal))
/* The only place that escapes. */
void html_text(text *out, str s);
/* The same as code: names, keys, places. Their direction is kept inside. */
void html_code(text *out, str s);

/* page.c: up to <main>, and from </main> on. title and lead are plain text. */
void page_begin(text *out, str title, str lead);
void page_end(text *out);
/* Between them, in this order. facts: a number each. */
void page_facts_begin(text *out);
void page_fact(text *out, const char *what, size_t n);
void page_facts_end(text *out);
/* The form that filters; states: what rows may have, up to a NULL. */
void page_filter(text *out, const char *const *states);
void page_links(text *out, const str *names, size_t n);
/* A section that is filtered: one collection. n: its number, as in page_links. */
void page_section_begin(text *out, size_t n, str name);
void page_section_end(text *out);
/* heads up to a NULL. */
void page_table_begin(text *out, const char *label, const char *const *heads);
void page_table_end(text *out);
/* A row begins: its state as filter and badge have it. kind: "good", "warn", "bad" or "plain". more: other states, or "". */
void page_row(text *out, const char *state, const char *kind, const char *more);

#endif

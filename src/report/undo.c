/* What an undo has put back, and what it could not. */
#include "report/parts.h"

static void add_lines(text *out, char mark, const str *at, size_t n) {
    for (size_t i = 0; i < n; i++) {
        text_format(out, "  %c ", mark);
        part_text(out, at[i]);
        text_char(out, '\n');
    }
}

void report_undo(text *out, const undo_report *r) {
    add_lines(out, MARK_CHANGED, r->done.at, r->done.n);
    add_lines(out, MARK_NOT_DONE, r->left.at, r->left.n);
    if (r->done.n + r->left.n == 0) text_add(out, STR("nothing to do\n"));
    if (r->left.n) text_add(out, STR("What is marked with ! is as the repair left it.\n"));
}

#include "log/wrapping.h"

/* The offset after a colour (ESC [ numbers m) that begins at i, or i. */
static size_t after_colour(str s, size_t i) {
    size_t k = i + 2;
    if (k >= s.n || s.p[i + 1] != '[') return i;
    while (k < s.n && ((s.p[k] >= '0' && s.p[k] <= '9') || s.p[k] == ';')) k++;
    return k < s.n && s.p[k] == 'm' ? k + 1 : i;
}

static str without_colours(str s, arena *a) {
    const char *escape = memchr(s.p, '\x1b', s.n);
    if (!escape) return s;
    char *out = arena_alloc(a, s.n, 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        escape = memchr(s.p + i, '\x1b', s.n - i);
        size_t stop = escape ? (size_t)(escape - s.p) : s.n;
        memcpy(out + n, s.p + i, stop - i);
        n += stop - i;
        i = stop < s.n ? after_colour(s, stop) : stop;
        if (i == stop && i < s.n) out[n++] = s.p[i++];
    }
    return (str){out, n};
}

void unwrap(unwrapped *out, str text, arena *a) {
    *out = (unwrapped){.text = without_colours(text, a), .wrapping = ""};
    if (journal_unwrap(out, out->text, a) || json_lines_unwrap(out, out->text, a)) return;
    line_prefix_unwrap(out, out->text, a);
}

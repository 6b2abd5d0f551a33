#include "log/scan.h"

#include <stdint.h>

enum { WIDTH = 16 };

typedef unsigned char lane __attribute__((vector_size(WIDTH)));
typedef char found __attribute__((vector_size(WIDTH)));
typedef uint64_t halves __attribute__((vector_size(WIDTH)));

static inline lane load(const char *p) {
    lane v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline bool any(found v) {
    halves h = (halves)v;
    return (h[0] | h[1]) != 0;
}

static bool may_be_mark(str s, size_t i) {
    bool sign = s.p[i] == ':' || s.p[i] == ';';
    return sign && i + 1 < s.n && s.p[i + 1] == ' ' && (i == 0 || s.p[i - 1] != '\'');
}

/* All marks have one of the two signs with a space behind it. In what Python prints of dictionaries a quote stands before it,
 * and in no mark. ':' and ';' differ in their lowest bit. */
size_t scan_mark(str s, size_t from) {
    size_t i = from;
    for (; i < s.n && i < 1; i++)
        if (may_be_mark(s, i)) return i;
    for (; i + WIDTH + 1 <= s.n; i += WIDTH) {
        found signs = ((load(s.p + i) | 1) == ';') & (load(s.p + i + 1) == ' ') & (load(s.p + i - 1) != '\'');
        if (!any(signs)) continue;
        for (size_t k = 0; k < WIDTH; k++)
            if (signs[k]) return i + k;
    }
    for (; i < s.n; i++)
        if (may_be_mark(s, i)) return i;
    return SIZE_MAX;
}

size_t scan_pair(str s, size_t from, char first, char second) {
    size_t i = from;
    for (; i + WIDTH + 1 <= s.n; i += WIDTH) {
        found pairs = (load(s.p + i) == (unsigned char)first) & (load(s.p + i + 1) == (unsigned char)second);
        if (!any(pairs)) continue;
        for (size_t k = 0; k < WIDTH; k++)
            if (pairs[k]) return i + k;
    }
    for (; i + 1 < s.n; i++)
        if (s.p[i] == first && s.p[i + 1] == second) return i;
    return SIZE_MAX;
}

size_t scan_lines(str s) {
    enum { ROUNDS = 255 }; /* a lane counts no further */
    size_t n = 0, i = 0;
    while (i + WIDTH <= s.n) {
        lane counts = {0};
        for (size_t k = 0; k < ROUNDS && i + WIDTH <= s.n; k++, i += WIDTH) counts -= (lane)(load(s.p + i) == '\n');
        for (size_t k = 0; k < WIDTH; k++) n += counts[k];
    }
    for (; i < s.n; i++) n += s.p[i] == '\n';
    return n;
}

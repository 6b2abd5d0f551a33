#include "base/str.h"

#include <stdint.h>

int str_cmp(str a, str b) {
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

bool str_eq_nocase(str a, str b) {
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i])) return false;
    return true;
}

size_t str_find(str s, str what, size_t from) {
    if (from > s.n) return SIZE_MAX;
    if (what.n == 0) return from;
    if (from == s.n) return SIZE_MAX;
    const char *at = memmem(s.p + from, s.n - from, what.p, what.n);
    return at ? (size_t)(at - s.p) : SIZE_MAX;
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

str str_trim(str s) {
    while (s.n && is_space(s.p[0])) s = str_from(s, 1);
    while (s.n && is_space(s.p[s.n - 1])) s.n--;
    return s;
}

size_t str_sequence(str s) {
    if (s.n == 0) return 0;
    unsigned char c = (unsigned char)s.p[0], next = s.n > 1 ? (unsigned char)s.p[1] : 0;
    size_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (n == 0 || n > s.n) return 0;
    /* Overlong forms, surrogates, beyond U+10FFFF. */
    if ((c == 0xe0 && next < 0xa0) || (c == 0xed && next > 0x9f) || (c == 0xf0 && next < 0x90) || (c == 0xf4 && next > 0x8f))
        return 0;
    for (size_t i = 1; i < n; i++)
        if (((unsigned char)s.p[i] & 0xc0) != 0x80) return 0;
    return n;
}

/* Most text is ASCII, eight bytes of which are passed at once. */
static str after_ascii(str s) {
    for (uint64_t eight; s.n >= sizeof eight; s = str_from(s, sizeof eight)) {
        memcpy(&eight, s.p, sizeof eight);
        if (eight & UINT64_C(0x8080808080808080)) break;
    }
    return s;
}

bool str_is_utf8(str s) {
    for (size_t n; (s = after_ascii(s)).n; s = str_from(s, n))
        if (!(n = str_sequence(s))) return false;
    return true;
}

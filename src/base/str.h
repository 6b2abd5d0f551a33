/* String views: pointer and length, never NUL-terminated by contract. Borrowed unless a function says otherwise. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct str {
    const char *p;
    size_t n;
} str;

#define STR(literal) ((str){(literal), sizeof(literal) - 1})
#define STR_NONE ((str){NULL, 0})
/* For printf: "%.*s" with STR_ARG(s). */
#define STR_ARG(s) (int)((s).n < INT_MAX ? (s).n : INT_MAX), ((s).p ? (s).p : "")

static inline str str_of(const char *c) { return (str){c, c ? strlen(c) : 0}; }
static inline bool str_eq(str a, str b) { return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0); }
/* Of nothing, nothing: C has no NULL + 0. */
static inline str str_from(str s, size_t at) { return (str){at ? s.p + at : s.p, s.n - at}; }
static inline str str_slice(str s, size_t from, size_t to) { return (str){from ? s.p + from : s.p, to - from}; }
static inline bool str_starts(str s, str with) { return s.n >= with.n && str_eq(str_slice(s, 0, with.n), with); }
static inline bool str_ends(str s, str with) { return s.n >= with.n && str_eq(str_from(s, s.n - with.n), with); }
/* Bytewise order, a shorter prefix first. */
int str_cmp(str a, str b);
/* ASCII case is ignored; used for keywords only. */
bool str_eq_nocase(str a, str b);
/* The offset of the first occurrence at or after `from`, or SIZE_MAX. */
size_t str_find(str s, str what, size_t from);
str str_trim(str s);
/* Well-formed, by the table of RFC 3629. */
bool str_is_utf8(str s);
/* Bytes of the UTF-8 sequence that s begins with; 0: it begins with none. */
size_t str_sequence(str s);

#endif

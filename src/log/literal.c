#include "log/literal.h"

#include "log/encoding.h"
#include <stdint.h>

void literal_scan(literal *l, str line) {
    for (size_t i = 0; i < line.n; i++) {
        char c = line.p[i];
        if (l->quote) {
            if (c == '\\') i++;
            else if (c == l->quote) l->quote = 0;
        } else if (c == '\'' || c == '"') {
            l->quote = c;
        } else if (c == '(' || c == '[' || c == '{') {
            l->depth++;
        } else if ((c == ')' || c == ']' || c == '}') && l->depth) {
            l->depth--;
        }
    }
}

static int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The escape whose letter is at i; the offset after it. What is none stays as it is, and one that the text's
 * end cuts off is dropped. */
static size_t add_escape(text *t, str s, size_t i) {
    static const char letters[] = "ntrabfv\\'\"", values[] = "\n\t\r\a\b\f\v\\'\"";
    char c = s.p[i];
    const char *plain = memchr(letters, c, sizeof letters - 1);
    if (plain) {
        text_char(t, values[plain - letters]);
        return i + 1;
    }
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0, n = 0;
    uint32_t value = 0;
    while (n < digits && i + 1 + n < s.n && hex(s.p[i + 1 + n]) >= 0) value = value << 4 | (uint32_t)hex(s.p[i + 1 + n++]);
    if (n < digits && i + 1 + n == s.n) return s.n;
    if (digits == 0 || n < digits) {
        text_char(t, '\\');
        return i;
    }
    utf8_add(t, value);
    return i + 1 + digits;
}

size_t literal_end(str s) {
    size_t depth = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\'' || c == '"') {
            size_t end = literal_str_end(str_from(s, i));
            if (end == SIZE_MAX) return SIZE_MAX;
            i += end - 1;
        } else if (c == '(' || c == '[' || c == '{') {
            depth++;
        } else if (depth == 0 && (c == ';' || c == ')' || c == ']' || c == '}')) {
            return i;
        } else if (c == ')' || c == ']' || c == '}') {
            depth--;
        }
    }
    return depth ? SIZE_MAX : s.n;
}

size_t literal_str_end(str s) {
    for (size_t at = 1; at < s.n;) {
        const char *quote = memchr(s.p + at, s.p[0], s.n - at);
        if (!quote) return SIZE_MAX;
        size_t end = (size_t)(quote - s.p), slashes = 0;
        while (end - slashes > at && quote[-1 - (ptrdiff_t)slashes] == '\\') slashes++;
        at = end + 1;
        if (slashes % 2 == 0) return at;
    }
    return SIZE_MAX;
}

str literal_str(arena *a, str s) {
    size_t end = literal_str_end(s);
    str inside = str_slice(s, 1, end == SIZE_MAX ? s.n : end - 1);
    text value = {.arena = a};
    for (size_t i = 0; i < inside.n;) {
        const char *slash = memchr(inside.p + i, '\\', inside.n - i);
        if (!slash && i == 0) return inside;
        size_t stop = slash ? (size_t)(slash - inside.p) : inside.n;
        text_add(&value, str_slice(inside, i, stop));
        i = stop + 1 < inside.n ? add_escape(&value, inside, stop + 1) : inside.n;
    }
    return text_str(&value);
}

#include "log/literal.h"

#include <stdint.h>

void literal_scan(literal *l, str line) {
    for (size_t i = 0; i < line.n; i++) {
        char c = line.p[i];
        if (l->quote) {
            if (c == '\\')
                i++;
            else if (c == l->quote)
                l->quote = 0;
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

static void add_utf8(text *t, uint32_t c) {
    /* A NUL would end the SQL for whoever reads it as a C string. */
    if (c == 0 || (c >= 0xD800 && c < 0xE000) || c > 0x10FFFF) c = 0xFFFD;
    if (c < 0x80) {
        text_char(t, (char)c);
    } else if (c < 0x800) {
        text_char(t, (char)(0xC0 | c >> 6));
        text_char(t, (char)(0x80 | (c & 63)));
    } else {
        if (c < 0x10000) {
            text_char(t, (char)(0xE0 | c >> 12));
        } else {
            text_char(t, (char)(0xF0 | c >> 18));
            text_char(t, (char)(0x80 | (c >> 12 & 63)));
        }
        text_char(t, (char)(0x80 | (c >> 6 & 63)));
        text_char(t, (char)(0x80 | (c & 63)));
    }
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
    while (n < digits && i + 1 + n < s.n && hex(s.p[i + 1 + n]) >= 0)
        value = value << 4 | (uint32_t)hex(s.p[i + 1 + n++]);
    if (n < digits && i + 1 + n == s.n) return s.n;
    if (digits == 0 || n < digits) {
        text_char(t, '\\');
        return i;
    }
    add_utf8(t, value);
    return i + 1 + digits;
}

str literal_str(arena *a, str s) {
    text value = {.arena = a};
    for (size_t i = 1; i < s.n && s.p[i] != s.p[0];) {
        if (s.p[i] == '\\')
            i = i + 1 < s.n ? add_escape(&value, s, i + 1) : s.n;
        else
            text_char(&value, s.p[i++]);
    }
    return text_str(&value);
}

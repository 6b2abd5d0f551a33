#include "log/encoding.h"

enum { REPLACEMENT = 0xFFFD };

static size_t put(char *p, uint32_t c) {
    if (c < 0x80) {
        p[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6) p[i] = (char)(0x80 | (c & 63));
    p[0] = (char)((n == 2 ? 0xC0 : n == 3 ? 0xE0 : 0xF0) | c);
    return n;
}

size_t utf8_put(char *p, uint32_t c) { return put(p, c == 0 || (c >= 0xD800 && c < 0xE000) || c > 0x10FFFF ? REPLACEMENT : c); }

void utf8_add(text *t, uint32_t c) {
    char room[4];
    text_add(t, (str){room, utf8_put(room, c)});
}

/* How long the character at i is, 0 if that is none. */
static size_t utf8_length(str s, size_t i) {
    unsigned char c = (unsigned char)s.p[i];
    if (c < 0x80) return 1;
    size_t n = c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
    if (n == 0 || n > s.n - i) return 0;
    for (size_t k = 1; k < n; k++)
        if (((unsigned char)s.p[i + k] & 0xC0) != 0x80) return 0;
    unsigned char next = (unsigned char)s.p[i + 1];
    bool wrong =
        (c == 0xE0 && next < 0xA0) || (c == 0xED && next >= 0xA0) || (c == 0xF0 && next < 0x90) || (c == 0xF4 && next >= 0x90);
    return wrong ? 0 : n;
}

/* The first byte that is no UTF-8, or the text's length. */
static size_t utf8_fault(str s) {
    size_t i = 0;
    while (i < s.n) {
        uint64_t eight;
        if (s.n - i >= sizeof eight) {
            memcpy(&eight, s.p + i, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                i += sizeof eight;
                continue;
            }
        }
        size_t n = utf8_length(s, i);
        if (n == 0) return i;
        i += n;
    }
    return i;
}

str utf8_repair(arena *a, str s, bool *was_utf8) {
    size_t fault = utf8_fault(s);
    if (fault == s.n) return s;
    text out = {.arena = a};
    *was_utf8 = false;
    text_add(&out, str_slice(s, 0, fault));
    for (size_t i = fault; i < s.n;) {
        size_t n = utf8_length(s, i);
        unsigned char c = (unsigned char)s.p[i];
        /* Latin-1's 128 to 159 are orders to terminals, and not what anybody wrote. */
        if (n) text_add(&out, str_slice(s, i, i + n));
        else utf8_add(&out, c < 0xA0 ? REPLACEMENT : c);
        i += n ? n : 1;
    }
    return text_str(&out);
}

static uint32_t unit_at(str s, size_t i, bool little) {
    unsigned char first = (unsigned char)s.p[i], second = (unsigned char)s.p[i + 1];
    return little ? (uint32_t)(second << 8 | first) : (uint32_t)(first << 8 | second);
}

size_t encoding_from_utf16(char *to, str s, bool little, bool last, size_t *used) {
    size_t n = 0, i = 0;
    for (; i + 1 < s.n; i += 2) {
        uint32_t c = unit_at(s, i, little);
        bool high = c >= 0xD800 && c < 0xDC00;
        if (high && i + 3 >= s.n && !last) break;
        uint32_t low = high && i + 3 < s.n ? unit_at(s, i + 2, little) : 0;
        if (low >= 0xDC00 && low < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            i += 2;
        } else if (c >= 0xD800 && c < 0xE000) {
            c = REPLACEMENT;
        }
        n += put(to + n, c);
    }
    *used = last ? s.n : i; /* an odd byte at the end is half a character of a file that was cut */
    return n;
}

/* Without a byte order mark: every other byte of the beginning is NUL, as in no UTF-8 text. A log may hold
 * a word in another script, so most of them will do. */
static bool is_bare_utf16(str s, bool little) {
    size_t zeros[2] = {0}, n = s.n < ENCODING_BYTES ? s.n & ~(size_t)1 : ENCODING_BYTES;
    for (size_t i = 0; i < n; i++) zeros[i & 1] += s.p[i] == 0;
    return n >= 4 && zeros[little] * 4 >= n / 2 * 3 && zeros[!little] == 0;
}

const char *encoding_of(str s, size_t *mark) {
    bool utf8 = str_starts(s, STR("\xef\xbb\xbf")), little = str_starts(s, STR("\xff\xfe")),
         big = str_starts(s, STR("\xfe\xff"));
    *mark = utf8 ? 3 : little || big ? 2 : 0;
    if (little || (*mark == 0 && is_bare_utf16(s, true))) return "utf-16le";
    return big || (*mark == 0 && is_bare_utf16(s, false)) ? "utf-16be" : "utf-8";
}

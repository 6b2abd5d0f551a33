/* Python's strings. */
#include "model/python_reader.h"

typedef struct reading {
    python *p;
    text out;
    bool bytes;
} reading;

static int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* At most n digits at p->at. */
static size_t digits(python *p, int base, size_t n, uint32_t *out) {
    size_t i = 0;
    for (*out = 0; i < n && p->at < p->text.n && digit_of(p->text.p[p->at]) < base; i++)
        *out = *out * (uint32_t)base + (uint32_t)digit_of(p->text.p[p->at++]);
    return i;
}

static int add_code(reading *r, size_t at, uint32_t c) {
    if (r->bytes && c > 255) return python_fail(r->p, at, "this is no byte");
    if (c >= 0xD800 && c < 0xE000) return python_fail(r->p, at, "half of a surrogate pair cannot be stored");
    if (c > 0x10FFFF) return python_fail(r->p, at, "there is no such character");
    if (r->bytes || c < 0x80) {
        text_char(&r->out, (char)c);
    } else if (c < 0x800) {
        text_char(&r->out, (char)(0xC0 | c >> 6));
        text_char(&r->out, (char)(0x80 | (c & 63)));
    } else {
        if (c < 0x10000) {
            text_char(&r->out, (char)(0xE0 | c >> 12));
        } else {
            text_char(&r->out, (char)(0xF0 | c >> 18));
            text_char(&r->out, (char)(0x80 | (c >> 12 & 63)));
        }
        text_char(&r->out, (char)(0x80 | (c >> 6 & 63)));
        text_char(&r->out, (char)(0x80 | (c & 63)));
    }
    return 0;
}

static const struct {
    char letter;
    uint8_t digits;
    bool in_bytes;
} coded[] = {{'x', 2, true}, {'u', 4, false}, {'U', 8, false}};

/* p->at is behind the backslash, which is at `at`. */
static int add_escape(reading *r, size_t at) {
    static const char letters[] = "ntrabfv\\'\"", values[] = "\n\t\r\a\b\f\v\\'\"";
    python *p = r->p;
    uint32_t code;
    if (p->at >= p->text.n) return python_fail(p, at, "the escape is cut off");
    char c = p->text.p[p->at];
    const char *plain = memchr(letters, c, sizeof letters - 1);
    if (plain) return p->at++, text_char(&r->out, values[plain - letters]), 0;
    if (c == '\n') return p->at++, 0;
    if (c >= '0' && c <= '7') return digits(p, 8, 3, &code), add_code(r, at, code);
    if (c == 'N' && !r->bytes) return python_fail(p, at, "a character by its name (\\N{...}) is not supported");
    for (size_t i = 0; i < sizeof coded / sizeof *coded; i++) {
        if (c != coded[i].letter || (r->bytes && !coded[i].in_bytes)) continue;
        p->at++;
        if (digits(p, 16, coded[i].digits, &code) == coded[i].digits) return add_code(r, at, code);
        return python_fail(p, at, "\\%c wants %d hexadecimal digits", c, coded[i].digits);
    }
    return text_char(&r->out, '\\'), 0;
}

/* The bytes of the UTF-8 sequence that begins a text; 0 if it is none. */
static size_t sequence(str s) {
    const unsigned char *u = (const unsigned char *)s.p;
    size_t n = u[0] < 0x80                   ? 1
               : u[0] >= 0xC2 && u[0] < 0xE0 ? 2
               : (u[0] & 0xF0) == 0xE0       ? 3
               : u[0] >= 0xF0 && u[0] < 0xF5 ? 4
                                             : 0;
    if (n == 0 || n > s.n) return 0;
    for (size_t i = 1; i < n; i++)
        if ((u[i] & 0xC0) != 0x80) return 0;
    bool overlong = (u[0] == 0xE0 && u[1] < 0xA0) || (u[0] == 0xF0 && u[1] < 0x90);
    bool outside = (u[0] == 0xED && u[1] > 0x9F) || (u[0] == 0xF4 && u[1] > 0x8F);
    return overlong || outside ? 0 : n;
}

static int add_plain(reading *r) {
    python *p = r->p;
    str rest = str_from(p->text, p->at);
    size_t n = sequence(rest);
    if (n == 0) return python_fail(p, p->at, "this is not UTF-8");
    if (r->bytes && n > 1) return python_fail(p, p->at, "bytes are written in ASCII");
    text_add(&r->out, str_slice(rest, 0, n));
    p->at += n;
    return 0;
}

int python_text(python *p, str *out, bool bytes) {
    reading r = {p, {.arena = p->arena}, bytes};
    size_t open = p->at;
    char quote = p->text.p[p->at++];
    while (p->at < p->text.n && p->text.p[p->at] != quote) {
        size_t at = p->at;
        char c = p->text.p[at];
        if (c == '\n' || c == '\r') break;
        if (c == '\\') p->at++;
        int code = c == '\\' ? add_escape(&r, at) : add_plain(&r);
        if (code) return code;
    }
    if (p->at >= p->text.n || p->text.p[p->at] != quote)
        return python_fail(p, open, "the string that begins here is not closed");
    p->at++;
    *out = text_str(&r.out);
    return 0;
}

/* JSON → BSON. libbson's own reader takes no {"$type": [...]} (it knows $type as a part of binary data
 * alone), lets an integer overflow and what follows the object pass; so objects, arrays and plain values are
 * read here, and the wrappers of extended JSON by libbson. */
#include "json/tree.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { LONGEST = 128 << 20 };

typedef struct parser {
    arena *arena;
    str json;
    size_t at;
    kf_code code;
    kf_error *err;
} parser;

static int wrong(parser *p, size_t at, const char *what) { return fail_at(p->err, p->code, p->json, at, "%s", what); }

static int next(parser *p) {
    while (p->at < p->json.n && strchr(" \t\r\n", p->json.p[p->at]) && p->json.p[p->at]) p->at++;
    return p->at < p->json.n ? (unsigned char)p->json.p[p->at] : -1;
}

static int hex4(parser *p, unsigned *out) {
    *out = 0;
    for (int i = 0; i < 4; i++, p->at++) {
        int c = p->at < p->json.n ? p->json.p[p->at] : 0;
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) return wrong(p, p->at, "\\u wants four hexadecimal digits");
        *out = *out * 16 + (unsigned)digit;
    }
    return 0;
}

static void add_utf8(text *t, unsigned c) {
    if (c < 0x80) {
        text_char(t, (char)c);
    } else if (c < 0x800) {
        text_char(t, (char)(0xc0 | c >> 6));
        text_char(t, (char)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        text_char(t, (char)(0xe0 | c >> 12));
        text_char(t, (char)(0x80 | (c >> 6 & 0x3f)));
        text_char(t, (char)(0x80 | (c & 0x3f)));
    } else {
        text_char(t, (char)(0xf0 | c >> 18));
        text_char(t, (char)(0x80 | (c >> 12 & 0x3f)));
        text_char(t, (char)(0x80 | (c >> 6 & 0x3f)));
        text_char(t, (char)(0x80 | (c & 0x3f)));
    }
}

static int parse_unicode(parser *p, text *out) {
    size_t start = p->at - 2;
    unsigned c, low;
    int r = hex4(p, &c);
    if (r) return r;
    if (c >= 0xd800 && c <= 0xdfff) {
        if (c > 0xdbff || !str_starts(str_from(p->json, p->at), STR("\\u"))) return wrong(p, start, "half a surrogate pair");
        p->at += 2;
        if ((r = hex4(p, &low))) return r;
        if (low < 0xdc00 || low > 0xdfff) return wrong(p, start, "half a surrogate pair");
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    add_utf8(out, c);
    return 0;
}

static int parse_escape(parser *p, text *out) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    int c = ++p->at < p->json.n ? p->json.p[p->at] : 0;
    const char *found = c ? strchr(from, c) : NULL;
    p->at++;
    if (c == 'u') return parse_unicode(p, out);
    if (!found) return wrong(p, p->at - 2, "an escape that JSON does not know");
    text_char(out, to[found - from]);
    return 0;
}

static int parse_string(parser *p, str *out) {
    text t = {.arena = p->arena};
    size_t start = p->at++, from = p->at;
    for (;;) {
        if (p->at >= p->json.n) return wrong(p, start, "a string that does not end");
        unsigned char c = (unsigned char)p->json.p[p->at];
        if (c == '"' || c == '\\') {
            text_add(&t, str_slice(p->json, from, p->at));
            if (c == '"') break;
            int r = parse_escape(p, &t);
            if (r) return r;
            from = p->at;
            continue;
        }
        size_t n = str_sequence(str_from(p->json, p->at));
        if (c < 0x20) return wrong(p, p->at, "a control character inside a string");
        if (n == 0) return wrong(p, p->at, "this is not UTF-8");
        p->at += n;
    }
    p->at++;
    *out = text_str(&t);
    return 0;
}

static int parse_number(parser *p, bson_t *b, const char *key) {
    size_t start = p->at;
    while (p->at < p->json.n && p->json.p[p->at] && strchr("+-.0123456789eE", p->json.p[p->at])) p->at++;
    str s = str_slice(p->json, start, p->at);
    char *end, *copy = str_c(p->arena, s);
    size_t digits = s.n && s.p[0] == '-' ? 1 : 0;
    bool leading = s.n > digits + 1 && s.p[digits] == '0' && s.p[digits + 1] >= '0' && s.p[digits + 1] <= '9';
    if (s.n <= digits || s.p[digits] < '0' || s.p[digits] > '9' || leading || s.p[s.n - 1] == '.')
        return wrong(p, start, "not a JSON value");
    errno = 0;
    if (strpbrk(copy, ".eE")) {
        double d = strtod(copy, &end);
        if (isinf(d)) return wrong(p, start, "a number that does not fit into a double");
        bson_append_double(b, key, -1, d);
    } else {
        long long n = strtoll(copy, &end, 10);
        tree_put_int(b, key, n);
    }
    if (*end) return wrong(p, start, "not a JSON value");
    /* A denormal double sets it too, and is right. */
    if (errno == ERANGE && !strpbrk(copy, ".eE")) return wrong(p, start, "a number that does not fit into 64 bits");
    return 0;
}

/* The first key of the object at p->at is one that extended JSON wraps a value in. */
static bool is_wrapper(const parser *p) {
    static const char *const wrappers[] = {"$oid",           "$date",       "$binary",
                                           "$numberInt",     "$numberLong", "$numberDouble",
                                           "$numberDecimal", "$timestamp",  "$regularExpression",
                                           "$code",          "$symbol",     "$dbPointer",
                                           "$undefined",     "$minKey",     "$maxKey"};
    parser ahead = *p;
    ahead.at++;
    if (next(&ahead) != '"') return false;
    str s = str_from(p->json, ahead.at + 1);
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++) {
        str w = str_of(wrappers[i]);
        if (str_starts(s, w) && s.n > w.n && s.p[w.n] == '"') return true;
    }
    return false;
}

/* Past the end of the object at p->at; it need not be valid inside. */
static void skip_object(parser *p) {
    int depth = 0;
    bool quoted = false;
    for (; p->at < p->json.n; p->at++) {
        char c = p->json.p[p->at];
        if (quoted && c == '\\') p->at++;
        else if (c == '"') quoted = !quoted;
        else if (!quoted && (c == '{' || c == '[')) depth++;
        else if (!quoted && (c == '}' || c == ']') && --depth == 0) {
            p->at++;
            return;
        }
    }
    p->at = p->json.n;
}

static void destroy(void *b) { bson_destroy(b); }

static int parse_wrapper(parser *p, bson_t *b, const char *key) {
    size_t start = p->at;
    skip_object(p);
    str inner = str_slice(p->json, start, p->at);
    str whole = str_format(p->arena, "{\"\":%.*s}", STR_ARG(inner));
    bson_error_t e;
    bson_t *d = bson_new_from_json((const uint8_t *)whole.p, (ssize_t)whole.n, &e);
    if (!d) return fail_at(p->err, p->code, p->json, start, "not extended JSON: %s", e.message);
    arena_defer(p->arena, destroy, d);
    bson_iter_t i;
    if (!bson_iter_init(&i, d) || !bson_iter_next(&i) || !bson_append_iter(b, key, -1, &i))
        return wrong(p, start, "not extended JSON");
    return 0;
}

static int parse_value(parser *p, bson_t *b, const char *key, int depth);

/* Two readers could mean two values by it. */
static int note_key(parser *p, map *seen, size_t start, const char *key) {
    if (map_get(seen, str_of(key))) return wrong(p, start, "this key is there twice");
    map_put(seen, str_of(key), p);
    return 0;
}

static int parse_key(parser *p, map *seen, const char **key) {
    if (next(p) != '"') return wrong(p, p->at, "a key is expected here");
    size_t start = p->at;
    str s;
    int r = parse_string(p, &s);
    if (r) return r;
    if (memchr(s.p, 0, s.n)) return wrong(p, start, "a key that holds a zero byte");
    if (next(p) != ':') return wrong(p, p->at, "a ':' is expected here");
    p->at++;
    *key = str_c(p->arena, s);
    return note_key(p, seen, start, *key);
}

static int parse_members(parser *p, bson_t *b, bool array, int depth) {
    char end = array ? ']' : '}', room[16];
    const char *key = NULL;
    map seen = {.arena = p->arena};
    int r;
    p->at++;
    if (next(p) == end) {
        p->at++;
        return 0;
    }
    for (size_t n = 0;; n++) {
        if (array) key = tree_position(n, room);
        else if ((r = parse_key(p, &seen, &key))) return r;
        if ((r = parse_value(p, b, key, depth))) return r;
        int c = next(p);
        if (c != ',' && c != end)
            return wrong(p, p->at, array ? "a ',' or ']' is expected here" : "a ',' or '}' is expected here");
        p->at++;
        if (c == end) return 0;
    }
}

static int parse_compound(parser *p, bson_t *b, const char *key, bool array, int depth) {
    bson_t child;
    if (depth >= JSON_LEVELS) return wrong(p, p->at, "this is nested too deeply");
    if (array) bson_append_array_begin(b, key, -1, &child);
    else bson_append_document_begin(b, key, -1, &child);
    int r = parse_members(p, &child, array, depth + 1);
    if (array) bson_append_array_end(b, &child);
    else bson_append_document_end(b, &child);
    return r;
}

static int parse_value(parser *p, bson_t *b, const char *key, int depth) {
    static const struct {
        str word;
        char is;
    } words[] = {{{"true", 4}, 't'}, {{"false", 5}, 'f'}, {{"null", 4}, 'n'}};
    int c = next(p);
    if (c == '"') {
        str s;
        int r = parse_string(p, &s);
        if (r == 0) tree_put_str(b, key, s);
        return r;
    }
    if (c == '{' && is_wrapper(p)) return parse_wrapper(p, b, key);
    if (c == '{' || c == '[') return parse_compound(p, b, key, c == '[', depth);
    for (size_t i = 0; i < 3; i++) {
        if (!str_starts(str_from(p->json, p->at), words[i].word)) continue;
        p->at += words[i].word.n;
        if (words[i].is == 'n') bson_append_null(b, key, -1);
        else bson_append_bool(b, key, -1, words[i].is == 't');
        return 0;
    }
    return c < 0 ? wrong(p, p->at, "the text ends too early") : parse_number(p, b, key);
}

int tree_parse(str *out, arena *a, str json, kf_code code, kf_error *err) {
    parser p = {a, json, 0, code, err};
    if (str_starts(json, STR("\xef\xbb\xbf"))) p.at = 3;
    /* A byte of JSON can take eight of BSON, whose lengths are 31 bits. */
    if (json.n > LONGEST) return wrong(&p, 0, "longer than 128 MiB");
    if (next(&p) != '{') return wrong(&p, p.at, "not a JSON object");
    bson_t *b = tree_new(a);
    int r = parse_members(&p, b, false, 0);
    if (r) return r;
    if (next(&p) >= 0) return wrong(&p, p.at, "something follows the JSON object");
    *out = tree_bytes(b);
    return 0;
}

#include "json/tree.h"

#include <inttypes.h>
#include <math.h>

enum { WIDTH = 110, MAX_DEPTH = JSON_LEVELS, AROUND = 10 };

/* Well-formed sequences of RFC 3629: no overlong ones, no surrogates, nothing above U+10FFFF. */
static void print_string(text *out, str s) {
    text_char(out, '"');
    for (size_t i = 0; i < s.n;) {
        unsigned char c = (unsigned char)s.p[i];
        size_t n = str_sequence(str_from(s, i));
        if (n == 0) text_add(out, STR("\xef\xbf\xbd"));
        else if (c == '"' || c == '\\') text_format(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f) text_format(out, "\\u%04x", c);
        else text_add(out, str_slice(s, i, i + n));
        i += n ? n : 1;
    }
    text_char(out, '"');
}

static void free_json(void *p) { bson_free(p); }

/* { "a" : 1 } as {"a": 1} */
static void add_spaced(text *out, str json) {
    bool quoted = false;
    for (size_t i = 0; i < json.n; i++) {
        char c = json.p[i];
        if (!quoted && c == ' ') continue;
        text_char(out, c);
        if (c == '\\' && quoted && i + 1 < json.n) text_char(out, json.p[++i]);
        else if (c == '"') quoted = !quoted;
        else if (!quoted && (c == ':' || c == ',')) text_char(out, ' ');
    }
}

/* What only extended JSON has, as libbson writes it: { "" : VALUE }. A value it refuses (broken UTF-8) comes
 * out as null: tree_put_exact notices. */
static void print_extended(text *out, const bson_iter_t *i) {
    bson_t *b = tree_new(out->arena);
    bson_append_iter(b, "", 0, i);
    size_t n;
    char *json = bson_as_canonical_extended_json(b, &n);
    if (json) arena_defer(out->arena, free_json, json);
    if (json && n > 9) add_spaced(out, (str){json + 7, n - 9});
    else text_add(out, STR("null"));
}

static void print_double(text *out, const bson_iter_t *i) {
    double d = bson_iter_double(i);
    if (!isfinite(d)) {
        print_extended(out, i);
        return;
    }
    str s = str_format(out->arena, "%.17g", d);
    text_add(out, s);
    if (!memchr(s.p, '.', s.n) && !memchr(s.p, 'e', s.n)) text_add(out, STR(".0"));
}

static void print_scalar(text *out, const bson_iter_t *i) {
    switch (bson_iter_type(i)) {
    case BSON_TYPE_UTF8: print_string(out, tree_str(i)); break;
    case BSON_TYPE_BOOL: text_add(out, bson_iter_bool(i) ? STR("true") : STR("false")); break;
    case BSON_TYPE_NULL: text_add(out, STR("null")); break;
    case BSON_TYPE_INT32: text_format(out, "%" PRId32, bson_iter_int32(i)); break;
    case BSON_TYPE_DOUBLE: print_double(out, i); break;
    case BSON_TYPE_INT64: {
        /* A bare number that fits into 32 bits is read as int32. */
        int64_t n = bson_iter_int64(i);
        bool wide = n < INT32_MIN || n > INT32_MAX;
        text_format(out, wide ? "%" PRId64 : "{\"$numberLong\": \"%" PRId64 "\"}", n);
        break;
    }
    default: print_extended(out, i);
    }
}

typedef struct printer {
    text *out;
    size_t limit; /* in one line, give up beyond this length of out; 0: never */
} printer;

static bool is_over(const printer *p) { return p->limit && p->out->n > p->limit; }

static void print_line(printer *p, const bson_iter_t *v, int depth);

static void print_members(printer *p, str document, bool array, int depth) {
    bson_iter_t i;
    bool first = true;
    text_char(p->out, array ? '[' : '{');
    if (depth < MAX_DEPTH && tree_open(&i, document))
        while (!is_over(p) && bson_iter_next(&i)) {
            if (!first) text_add(p->out, STR(", "));
            first = false;
            if (!array) {
                print_string(p->out, (str){bson_iter_key(&i), bson_iter_key_len(&i)});
                text_add(p->out, STR(": "));
            }
            print_line(p, &i, depth + 1);
        }
    text_char(p->out, array ? ']' : '}');
}

static void print_line(printer *p, const bson_iter_t *v, int depth) {
    bson_type_t type = bson_iter_type(v);
    if (type == BSON_TYPE_DOCUMENT) print_members(p, tree_document(v), false, depth);
    else if (type == BSON_TYPE_ARRAY) print_members(p, tree_array(v), true, depth);
    else print_scalar(p->out, v);
}

void tree_print_value(text *out, const bson_iter_t *i) { print_line(&(printer){out, 0}, i, 0); }
void tree_print(text *out, str document) { print_members(&(printer){out, 0}, document, false, 0); }

static void print_indent(text *out, int depth) {
    text_char(out, '\n');
    for (int i = 0; i < depth; i++) text_add(out, STR("  "));
}

static void print_block(text *out, str document, bool array, int depth);

static void print_fitting(text *out, const bson_iter_t *v, int depth) {
    bson_type_t type = bson_iter_type(v);
    bool array = type == BSON_TYPE_ARRAY;
    if (!array && type != BSON_TYPE_DOCUMENT) {
        print_scalar(out, v);
        return;
    }
    size_t start = out->n, line = start;
    while (line > 0 && out->p[line - 1] != '\n') line--;
    printer p = {out, line + WIDTH - 1};
    print_line(&p, v, depth);
    if (!is_over(&p) || depth >= MAX_DEPTH) return;
    out->n = start;
    print_block(out, array ? tree_array(v) : tree_document(v), array, depth);
}

static void print_block(text *out, str document, bool array, int depth) {
    bson_iter_t i;
    bool first = true;
    text_char(out, array ? '[' : '{');
    if (tree_open(&i, document))
        while (bson_iter_next(&i)) {
            if (!first) text_char(out, ',');
            first = false;
            print_indent(out, depth + 1);
            if (!array) {
                print_string(out, (str){bson_iter_key(&i), bson_iter_key_len(&i)});
                text_add(out, STR(": "));
            }
            print_fitting(out, &i, depth + 1);
        }
    if (!first) print_indent(out, depth);
    text_char(out, array ? ']' : '}');
}

void tree_print_pretty(text *out, str document) {
    print_block(out, document, false, 0);
    text_char(out, '\n');
}

void tree_put_exact(arena *a, bson_t *b, const char *key, str document) {
    text json = {.arena = a};
    str again;
    tree_print(&json, document);
    /* The file has some levels around it. */
    bool readable = tree_is_shallow(document, JSON_LEVELS - AROUND);
    if (readable && tree_parse(&again, a, text_str(&json), KF_E_INTERNAL, NULL) == 0 && str_eq(again, document))
        tree_put_document(b, key, document);
    else bson_append_binary(b, key, -1, BSON_SUBTYPE_BINARY, (const uint8_t *)document.p, (uint32_t)document.n);
}

str tree_exact(const bson_iter_t *i) {
    if (bson_iter_type(i) != BSON_TYPE_BINARY) return tree_document(i);
    bson_subtype_t subtype;
    uint32_t n = 0;
    const uint8_t *p = NULL;
    bson_iter_binary(i, &subtype, &n, &p);
    bson_t d;
    return p && bson_init_static(&d, p, n) ? (str){(const char *)p, n} : STR_NONE;
}

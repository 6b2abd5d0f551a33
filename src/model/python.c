#include "model/python_reader.h"

#include <stdarg.h>
#include <stdio.h>

enum { DEEPEST = 64, LONGEST = 16 << 20 };

int python_fail(python *p, size_t at, const char *format, ...) {
    va_list args;
    va_start(args, format);
    str message = str_format_v(p->arena, format, args);
    va_end(args);
    return fail_at(p->err, KF_E_PARAMETERS, p->text, at, "%.*s", STR_ARG(message));
}

static char next(const python *p) { return p->at < p->text.n ? p->text.p[p->at] : '\0'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

void python_space(python *p) {
    while (p->at < p->text.n && strchr(" \t\r\n\f", p->text.p[p->at]) && p->text.p[p->at]) p->at++;
}

bool python_take(python *p, const char *text) {
    python_space(p);
    if (!str_starts(str_from(p->text, p->at), str_of(text))) return false;
    p->at += strlen(text);
    return true;
}

str python_word(python *p) {
    size_t from = p->at;
    if (is_letter(next(p)))
        while (is_letter(next(p)) || is_digit(next(p)) || next(p) == '.') p->at++;
    return str_slice(p->text, from, p->at);
}

/* ---- numbers ---- */

static int read_integer(python *p, size_t from, value *out) {
    str s = str_slice(p->text, from, p->at);
    if (!value_of_raw(out, STR("int"), s, p->arena)) return python_fail(p, from, "the number does not fit into 64 bits");
    return 0;
}

static int read_number(python *p, value *out) {
    size_t from = p->at, digits = 0;
    bool real = false;
    if (next(p) == '-' || next(p) == '+') p->at++;
    size_t word_at = p->at;
    str word = python_word(p);
    if (str_eq(word, STR("inf")) || str_eq(word, STR("nan"))) {
        value_of_raw(out, STR("double"), str_slice(p->text, from, p->at), p->arena);
        return 0;
    }
    p->at = word_at;
    for (;; p->at++) {
        char c = next(p), before = p->at ? p->text.p[p->at - 1] : 0;
        bool exponent = (c == 'e' || c == 'E') && digits;
        if (is_digit(c)) digits++;
        else if (c == '.' || exponent || ((c == '-' || c == '+') && (before == 'e' || before == 'E'))) real = true;
        else break;
    }
    if (digits == 0) return python_fail(p, from, "a value was expected");
    if (!real) return read_integer(p, from, out);
    if (value_of_raw(out, STR("double"), str_slice(p->text, from, p->at), p->arena)) return 0;
    return python_fail(p, from, "this is no number");
}

/* ---- containers ---- */

typedef struct container {
    text document;
    size_t begin, n;
    bool commas;
    value first;
} container;

static int read_key(python *p, str *key) {
    size_t at = (python_space(p), p->at);
    if (next(p) != '\'' && next(p) != '"') return python_fail(p, at, "a key is a string: MongoDB has no other");
    int code = python_text(p, key, false);
    if (code) return code;
    if (memchr(key->p, 0, key->n)) return python_fail(p, at, "a key holds no NUL byte");
    return python_take(p, ":") ? 0 : python_fail(p, p->at, "':' was expected");
}

static int read_item(python *p, container *c, bool keyed) {
    char number[24];
    value v;
    str key;
    int code = keyed ? read_key(p, &key) : 0;
    if (!code) code = python_read(p, &v);
    if (code) return code;
    if (!keyed) key = (str){number, (size_t)snprintf(number, sizeof number, "%zu", c->n)};
    if (c->n == 0) c->first = v;
    bson_add(&c->document, key, &v);
    c->n++;
    return 0;
}

static int read_items(python *p, container *c, const char *close, bool keyed) {
    size_t open = p->at - 1;
    if (++p->depth > DEEPEST) return python_fail(p, open, "nested more than %d levels deep", (int)DEEPEST);
    c->document = (text){.arena = p->arena};
    c->begin = bson_begin(&c->document);
    while (!python_take(p, close)) {
        if (p->at >= p->text.n) return python_fail(p, open, "the bracket that begins here is not closed");
        if (c->n && !c->commas) return python_fail(p, p->at, "',' or '%s' was expected", close);
        int code = read_item(p, c, keyed);
        if (code) return code;
        c->commas = python_take(p, ",");
    }
    bson_end(&c->document, c->begin);
    p->depth--;
    return 0;
}

static int read_container(python *p, value *out) {
    static const struct {
        char open;
        const char *close;
        bool keyed;
    } kinds[] = {{'(', ")", false}, {'[', "]", false}, {'{', "}", true}};
    container c = {0};
    size_t i = 0;
    while (kinds[i].open != p->text.p[p->at]) i++;
    p->at++;
    int code = read_items(p, &c, kinds[i].close, kinds[i].keyed);
    if (code) return code;
    /* (x) is x, (x,) is a tuple */
    if (kinds[i].open == '(' && c.n == 1 && !c.commas) *out = c.first;
    else *out = value_container(kinds[i].keyed ? VALUE_OBJECT : VALUE_ARRAY, &c.document, p->arena);
    return 0;
}

/* ---- values ---- */

static const struct {
    const char *word;
    bool json;
    value value;
} constants[] = {
    {"None", false, {.type = VALUE_NULL}},
    {"True", false, {.type = VALUE_BOOL, .integer = 1}},
    {"False", false, {.type = VALUE_BOOL}},
    {"null", true, {.type = VALUE_NULL}},
    {"true", true, {.type = VALUE_BOOL, .integer = 1}},
    {"false", true, {.type = VALUE_BOOL}},
};

static int read_word(python *p, value *out) {
    size_t at = p->at;
    str word = python_word(p);
    bool quote = next(p) == '\'' || next(p) == '"';
    if (quote && (str_eq_nocase(word, STR("b")) || str_eq_nocase(word, STR("u")))) {
        bool bytes = str_eq_nocase(word, STR("b"));
        str s;
        int code = python_text(p, &s, bytes);
        if (!code) *out = bytes ? value_binary(s, 0, p->arena) : (value){.type = VALUE_STRING, .bytes = s};
        return code;
    }
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (str_eq(word, str_of(constants[i].word)) && (!constants[i].json || p->json)) return *out = constants[i].value, 0;
    int code = python_call(p, word, at, out);
    if (code != PYTHON_NO_CALL) return code;
    p->at = at;
    if (str_eq(word, STR("inf")) || str_eq(word, STR("nan"))) return read_number(p, out);
    return python_fail(p, at, "this is no value that is known here");
}

/* <Status.OPEN: 'open'>: a member of an enumeration, which is stored as its value. */
static int read_member(python *p, value *out) {
    size_t at = p->at++;
    if (python_word(p).n == 0 || !python_take(p, ":")) {
        p->at = at;
        return python_fail(p, at, "a value was expected");
    }
    if (++p->depth > DEEPEST) return python_fail(p, at, "nested more than %d levels deep", (int)DEEPEST);
    int code = python_read(p, out);
    p->depth--;
    if (code) return code;
    return python_take(p, ">") ? 0 : python_fail(p, p->at, "'>' was expected");
}

int python_read(python *p, value *out) {
    python_space(p);
    char c = next(p);
    if (c == '<') return read_member(p, out);
    if (c == '(' || c == '[' || c == '{') return read_container(p, out);
    if (c == '\'' || c == '"') {
        *out = (value){.type = VALUE_STRING};
        return python_text(p, &out->bytes, false);
    }
    if (is_letter(c)) return read_word(p, out);
    return read_number(p, out);
}

static int read_whole(value *out, str text, bool json, arena *a, kf_error *err) {
    python p = {.text = text, .json = json, .arena = a, .err = err};
    if (text.n > LONGEST) return python_fail(&p, LONGEST, "longer than %d bytes", (int)LONGEST);
    int code = python_read(&p, out);
    if (code) return code;
    python_space(&p);
    return p.at == text.n ? 0 : python_fail(&p, p.at, "there is more behind the value");
}

int python_value(value *out, str text, arena *a, kf_error *err) { return read_whole(out, text, false, a, err); }
int python_or_json_value(value *out, str text, arena *a, kf_error *err) { return read_whole(out, text, true, a, err); }

static int list_items(python *p, value_list *out) {
    const char *close = python_take(p, "(") ? ")" : python_take(p, "[") ? "]" : NULL;
    size_t open = p->at;
    if (!close) return python_fail(p, p->at, "a list or a tuple was expected");
    for (bool comma = true; !python_take(p, close); comma = python_take(p, ",")) {
        value v;
        if (p->at >= p->text.n) return python_fail(p, open - 1, "the bracket that begins here is not closed");
        if (!comma) return python_fail(p, p->at, "',' or '%s' was expected", close);
        int code = python_read(p, &v);
        if (code) return code;
        vec_push(p->arena, out, v);
    }
    return 0;
}

int python_list(value_list *out, str text, arena *a, kf_error *err) {
    python p = {.text = text, .arena = a, .err = err};
    *out = (value_list){0};
    if (text.n > LONGEST) return python_fail(&p, LONGEST, "longer than %d bytes", (int)LONGEST);
    python_space(&p);
    if (!python_take(&p, "None")) {
        int code = list_items(&p, out);
        if (code) return code;
    }
    python_space(&p);
    return p.at == text.n ? 0 : python_fail(&p, p.at, "there is more behind the value");
}

size_t python_extent(str s) {
    size_t depth = 0, i = s.n && (s.p[0] == 'b' || s.p[0] == 'B') ? 1 : 0;
    if (i == s.n || !strchr(i ? "'\"" : "{[", s.p[i]) || !s.p[i]) return 0;
    for (char quote = 0; i < s.n; i++) {
        char c = s.p[i];
        if (quote) {
            if (c == '\\') i++;
            else if (c == quote) quote = 0;
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (c && strchr("([{", c)) {
            depth++;
        } else if (c && strchr(")]}", c)) {
            if (depth-- == 0) return 0;
        }
        if (!quote && depth == 0) return i + 1;
    }
    return 0;
}

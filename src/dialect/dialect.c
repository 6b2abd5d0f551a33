#include "dialect/dialect.h"

#include "dialect/classify.h"
#include "dialect/rewrite.h"

enum { DEFAULT_BYTES = 1 << 20, DEFAULT_TOKENS = 100000, DEFAULT_NESTING = 16 };

static dialect_limits limits_of(const dialect_limits *given) {
    dialect_limits l = given ? *given : (dialect_limits){0};
    if (!l.bytes) l.bytes = DEFAULT_BYTES;
    if (!l.tokens) l.tokens = DEFAULT_TOKENS;
    if (!l.nesting) l.nesting = DEFAULT_NESTING;
    return l;
}

int dialect_class_of(dialect_text *out, str sql, arena *a, kf_error *err) {
    *out = (dialect_text){.sql = sql};
    return dialect_classify(out, a, err);
}

int dialect_translate(dialect_text *out, str sql, const dialect_limits *limits, arena *a, kf_error *err) {
    return dialect_translate_next(out, sql, 0, limits, a, err);
}

int dialect_translate_next(dialect_text *out, str sql, int positional, const dialect_limits *given, arena *a, kf_error *err) {
    dialect_limits limits = limits_of(given);
    *out = (dialect_text){.sql = sql, .positional = positional};
    int code = dialect_classify(out, a, err);
    if (code || out->class != DIALECT_SCHEMA) return code;
    if (sql.n > limits.bytes) return fail_at(err, KF_E_TOO_LONG, sql, limits.bytes, "longer than %zu bytes", limits.bytes);
    const char *nul = memchr(sql.p, 0, sql.n);
    if (nul) return fail_at(err, KF_E_SYNTAX, sql, (size_t)(nul - sql.p), "a NUL byte cannot stand in a statement");
    rewriter r = {.out = out, .sql = sql, .parameters = positional, .arena = a, .err = err};
    code = rewrite_statement(&r, &limits);
    out->positional = r.parameters;
    return code;
}

str dialect_unquote(str written, arena *a) {
    if (written.n < 2 || written.p[0] != '"') return written;
    str inner = str_slice(written, 1, written.n - 1);
    if (!memchr(inner.p, '"', inner.n)) return inner;
    text t = {.arena = a};
    for (size_t i = 0; i < inner.n; i++) {
        text_char(&t, inner.p[i]);
        if (inner.p[i] == '"') i++;
    }
    return text_str(&t);
}

size_t dialect_offset(const dialect_text *t, size_t out) {
    size_t low = 0, high = t->offsets.n;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (t->offsets.at[middle].out <= out) low = middle;
        else high = middle;
    }
    if (t->offsets.n == 0) return out;
    size_t in = t->offsets.at[low].in + (out - t->offsets.at[low].out);
    size_t end = high < t->offsets.n ? t->offsets.at[high].in : t->sql.n;
    return in < end ? in : end;
}

str dialect_identifier(const dialect_text *t, str from_parser) {
    str prefix = STR("kf_id_");
    size_t n = 0;
    if (!str_starts(from_parser, prefix) || from_parser.n == prefix.n || from_parser.n > prefix.n + 9) return from_parser;
    for (size_t i = prefix.n; i < from_parser.n; i++) {
        if (from_parser.p[i] < '0' || from_parser.p[i] > '9') return from_parser;
        n = n * 10 + (size_t)(from_parser.p[i] - '0');
    }
    return n < t->identifiers.n ? t->identifiers.at[n] : from_parser;
}

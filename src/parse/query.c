/* libpg_query. Its memory is malloc's: it is noted with an arena before it exists, and freed as soon as it was read. */
#include "parse/tree.h"

#include <pg_query.h>

struct query {
    PgQueryProtobufParseResult result;
    bool held;
};

enum { SHOWN_BYTES = 60 };

static void release(void *thing) {
    query *q = thing;
    if (q->held) pg_query_free_protobuf_parse_result(q->result);
    q->held = false;
}

query *query_new(arena *a) {
    query *q = arena_make(a, query);
    arena_defer(a, release, q);
    return q;
}

static void *unpack_alloc(void *scratch, size_t size) { return arena_alloc_raw(scratch, size); }
static void unpack_free(void *scratch, void *p) {
    (void)scratch;
    (void)p;
}

/* libpg_query counts characters, from 1, by their first bytes. */
static size_t byte_of_character(str s, int position) {
    size_t at = 0;
    for (int i = 1; i < position && at < s.n; i++) {
        unsigned char c = (unsigned char)s.p[at];
        at += c >= 0xf0 && c < 0xf8 ? 4 : c >= 0xf0 ? 1 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
    }
    return at < s.n ? at : s.n;
}

/* The statement's own token at or behind a place, cut to what a message can hold. */
static str token_near(str sql, size_t at, arena *scratch) {
    token_list tokens;
    if (dialect_tokens(&tokens, sql, scratch, NULL)) return STR_NONE;
    for (const token *x = tokens.at; x < tokens.at + tokens.n; x++) {
        if (x->kind == TOKEN_SPACE || (size_t)(x->text.p - sql.p) + x->text.n <= at) continue;
        size_t n = x->text.n;
        if (n <= SHOWN_BYTES) return x->text;
        for (n = SHOWN_BYTES; n && ((unsigned char)x->text.p[n] & 0xc0) == 0x80;) n--;
        return str_format(scratch, "%.*s...", (int)n, x->text.p);
    }
    return STR_NONE;
}

/* Whatever the parser says of our rewriting is told in the words of the statement. */
static int fail_query(const dialect_text *t, const PgQueryError *e, arena *scratch, kf_error *err) {
    size_t place = dialect_offset(t, byte_of_character(t->text, e->cursorpos));
    str message = str_of(e->message);
    size_t near = str_find(message, STR(" at or near \""), 0);
    if (near == SIZE_MAX) return fail_at(err, KF_E_SYNTAX, t->sql, place, "%.*s", STR_ARG(message));
    str what = str_slice(message, 0, near), found = token_near(t->sql, place, scratch);
    if (found.n == 0) return fail_at(err, KF_E_SYNTAX, t->sql, place, "%.*s at end of input", STR_ARG(what));
    return fail_at(err, KF_E_SYNTAX, t->sql, place, "%.*s at or near %.*s", STR_ARG(what), STR_ARG(found));
}

int query_run(query *q, PgQuery__ParseResult **out, const dialect_text *t, arena *scratch, kf_error *err) {
    const char *sql = str_c(scratch, t->text);
    q->result = pg_query_parse_protobuf(sql);
    q->held = true;
    int code = 0;
    if (q->result.error) {
        code = fail_query(t, q->result.error, scratch, err);
    } else {
        ProtobufCAllocator allocator = {unpack_alloc, unpack_free, scratch};
        const PgQueryProtobuf *bytes = &q->result.parse_tree;
        *out = pg_query__parse_result__unpack(&allocator, bytes->len, (const uint8_t *)bytes->data);
        if (!*out) code = fail(err, KF_E_INTERNAL, "libpg_query's tree cannot be read");
    }
    release(q);
    return code;
}

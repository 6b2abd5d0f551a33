#include "log/log.h"

#include "log/encoding.h"
#include "log/reader.h"

/* One file on its way. */
typedef struct opening {
    str file;
    unpacker unpacker;
    const char *encoding;
    size_t offset; /* bytes of text that were taken */
    bool journal;  /* the lengths of its fields are not text */
    sift *sift;
    sifted sifted;
    unwrapped text;
    kf_error *err;
} opening;

enum { PIECE = 128 * 1024 };

static int fail_nul(opening *o, size_t at) {
    static const char what[] = "%.*s: a NUL byte%s, so this is not text in UTF-8";
    bool given = str_eq(str_of(o->unpacker.compression), STR("none")) && str_eq(str_of(o->encoding), STR("utf-8"));
    int rc = fail(o->err, KF_E_ENCODING, what, STR_ARG(o->file), given ? "" : " in what it was unpacked to");
    if (!given || !o->err) return rc;
    sift_place(o->sift, at, &o->err->line, &o->err->column);
    o->err->offset = o->offset + at;
    return rc;
}

/* n bytes of text are at p, where sift_room said. A log that was cut back to nothing while its writer went on begins with a
 * hole. */
static int take(opening *o, char *p, size_t n) {
    size_t hole = 0;
    if (o->offset == 0)
        while (hole < n && p[hole] == '\0') hole++;
    if (hole) memmove(p, p + hole, n -= hole);
    if (o->offset == 0) o->journal = str_starts((str){p, n}, STR("__CURSOR="));
    const char *nul = o->journal ? NULL : memchr(p, 0, n);
    if (nul) return fail_nul(o, (size_t)(nul - p));
    sift_take(o->sift, n);
    o->offset += n;
    return 0;
}

static int take_utf8(opening *o, str beginning) {
    size_t room, n = beginning.n;
    char *p = sift_room(o->sift, PIECE, &room);
    memcpy(p, beginning.p, n);
    for (int rc;;) {
        if (n && (rc = take(o, p, n))) return rc;
        p = sift_room(o->sift, PIECE, &room);
        if ((rc = unpack_read(&o->unpacker, p, PIECE, &n, o->err))) return rc;
        if (n == 0) return 0;
    }
}

static int take_utf16(opening *o, str beginning, arena *scratch) {
    bool little = str_eq(str_of(o->encoding), STR("utf-16le"));
    char *half = arena_alloc(scratch, PIECE, 1); /* a thread's stack may be smaller */
    size_t n = beginning.n, used, room, got = n;
    memcpy(half, beginning.p, n);
    for (int rc; got;) {
        if ((rc = unpack_read(&o->unpacker, half + n, PIECE - n, &got, o->err))) return rc;
        n += got;
        char *p = sift_room(o->sift, 2 * PIECE, &room);
        size_t written = encoding_from_utf16(p, (str){half, n}, little, got == 0, &used);
        if ((rc = take(o, p, written))) return rc;
        memmove(half, half + used, n -= used);
    }
    return 0;
}

static int take_all(opening *o, arena *scratch) {
    char first[ENCODING_BYTES];
    size_t n = 0, mark;
    for (size_t got = 1; got && n < sizeof first; n += got) {
        int rc = unpack_read(&o->unpacker, first + n, sizeof first - n, &got, o->err);
        if (rc) return rc;
    }
    o->encoding = encoding_of((str){first, n}, &mark);
    str beginning = {first + mark, n - mark};
    return str_eq(str_of(o->encoding), STR("utf-8")) ? take_utf8(o, beginning) : take_utf16(o, beginning, scratch);
}

static int open_text(opening *o, byte_source source, const log_options *options, arena *a) {
    uint64_t most = options->max_unpacked ? options->max_unpacked : LOG_MAX_UNPACKED;
    arena *scratch = arena_within(a);
    o->sift = sift_new(a, options->dml);
    int rc = unpack_start(&o->unpacker, o->file, source, most, scratch, o->err);
    if (rc == 0) rc = take_all(o, scratch);
    arena_free(scratch);
    if (rc) return rc;
    sift_end(o->sift, &o->sifted);
    bool empty = !o->sifted.left_out && str_trim(o->sifted.text).n == 0;
    if (empty && o->unpacker.cut) return 0;
    if (empty) return fail(o->err, KF_E_EMPTY_FILE, "%.*s: the file is empty", STR_ARG(o->file));
    unwrap(&o->text, o->sifted.text, a);
    bool nul = o->journal && memchr(o->text.text.p, 0, o->text.text.n);
    return nul ? fail(o->err, KF_E_ENCODING, "%.*s: a NUL byte in a message of the journal", STR_ARG(o->file)) : 0;
}

static str form_of(const log_reader *r, const unwrapped *text, size_t statements) {
    static const char *const loggers[] = {NULL,    "djongo",       "schema",       "djongo+schema",
                                          "query", "djongo+query", "schema+query", "djongo+schema+query"};
    if (!r->seen) return statements ? STR("SQL") : STR("no log");
    unsigned seen = r->seen & 7;
    /* C programs are shown it: it ends with a zero. */
    return seen ? str_format(r->arena, "%s log%s", loggers[seen], text->wrapping)
                : str_format(r->arena, "djongo's errors%s", text->wrapping);
}

/* Nobody knows what the stream's rest would have made of the last statement. */
static int mark_cut(log_reader *r, const opening *o) {
    if (!o->unpacker.cut) return 0;
    if (r->out->n == r->first)
        return fail(o->err, KF_E_TRUNCATED, "%.*s: the %s stream is cut off, and there is no statement before its end",
                    STR_ARG(o->file), o->unpacker.compression);
    r->out->at[r->out->n - 1].truncated = true;
    return 0;
}

int log_read_from(raw_statement_list *out, log_file *found, str file, byte_source source, const log_options *given, arena *a,
                  kf_error *err) {
    log_options options = given ? *given : (log_options){0};
    opening o = {.file = file, .err = err};
    int rc = open_text(&o, source, &options, a);
    if (rc) return rc;
    log_reader r = reader_start(out, file, &o.text, &o.sifted, a);
    if (!records_read(&r) && !o.sifted.dml) plain_read(&r);
    r.seen |= o.sifted.loggers;
    reader_end(&r, options.dml ? options.dml->loggers : 0);
    if ((rc = mark_cut(&r, &o))) return rc;
    if (!found) return 0;
    size_t statements = out->n - r.first + o.sifted.dml;
    *found = (log_file){.name = file,
                        .form = form_of(&r, &o.text, statements),
                        .encoding = r.was_utf8 ? o.encoding : "latin-1",
                        .compression = o.unpacker.compression,
                        .statements = statements,
                        .lines = o.sifted.lines};
    return 0;
}

static size_t read_bytes(void *from, char *to, size_t room) {
    str *rest = from;
    size_t n = rest->n < room ? rest->n : room;
    if (n) memcpy(to, rest->p, n);
    *rest = str_from(*rest, n);
    return n;
}

int log_read(raw_statement_list *out, log_file *found, str file, str bytes, const log_options *options, arena *a,
             kf_error *err) {
    return log_read_from(out, found, file, (byte_source){read_bytes, &bytes}, options, a, err);
}

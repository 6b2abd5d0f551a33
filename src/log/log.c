#include "log/log.h"

#include "log/encoding.h"
#include "log/reader.h"
#include "log/unpack.h"

/* One file on its way. */
typedef struct opening {
    str file, given;
    unpacked unpacked;
    const char *encoding;
    unwrapped text;
} opening;

static int fail_nul(const opening *o, size_t at, kf_error *err) {
    static const char what[] = "%.*s: a NUL byte%s, so this is not text in UTF-8: convert the file";
    const char *place = o->text.text.p + at;
    bool given = place >= o->given.p && place < o->given.p + o->given.n;
    if (given) return fail_at(err, KF_E_ENCODING, o->given, (size_t)(place - o->given.p), what, STR_ARG(o->file), "");
    return fail(err, KF_E_ENCODING, what, STR_ARG(o->file), " in what it was unpacked to");
}

/* A log that was cut back to nothing while its writer went on begins with a hole. */
static str without_hole(str s) {
    while (s.n && s.p[0] == '\0') s = str_from(s, 1);
    return s;
}

static int open_text(opening *o, uint64_t max, arena *a, kf_error *err) {
    int rc = unpack(&o->unpacked, o->file, o->given, max, a, err);
    if (rc) return rc;
    str text = without_hole(encoding_decode(a, o->unpacked.bytes, &o->encoding));
    if (str_trim(text).n == 0 && o->unpacked.cut) return 0;
    if (str_trim(text).n == 0)
        return fail(err, KF_E_EMPTY_FILE, "%.*s: the file is empty", STR_ARG(o->file));
    unwrap(&o->text, text, a);
    const char *nul = memchr(o->text.text.p, 0, o->text.text.n);
    return nul ? fail_nul(o, (size_t)(nul - o->text.text.p), err) : 0;
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
static int mark_cut(log_reader *r, const opening *o, kf_error *err) {
    if (!o->unpacked.cut) return 0;
    if (r->out->n == r->first)
        return fail(err, KF_E_TRUNCATED, "%.*s: the %s stream is cut off, and there is no statement before its end",
                    STR_ARG(o->file), o->unpacked.compression);
    r->out->at[r->out->n - 1].truncated = true;
    return 0;
}

int log_read(raw_statement_list *out, log_file *found, str file, str bytes, const log_options *options, arena *a,
             kf_error *err) {
    opening o = {.file = file, .given = bytes};
    int rc = open_text(&o, options && options->max_unpacked ? options->max_unpacked : LOG_MAX_UNPACKED, a, err);
    if (rc) return rc;
    log_reader r = reader_start(out, file, &o.text, a);
    if (!records_read(&r)) plain_read(&r);
    reader_end(&r);
    if ((rc = mark_cut(&r, &o, err))) return rc;
    if (!found) return 0;
    size_t statements = out->n - r.first;
    *found = (log_file){file, form_of(&r, &o.text, statements), r.was_utf8 ? o.encoding : "latin-1", o.unpacked.compression,
                        statements};
    return 0;
}

#include "log/log.h"

#include "log/reader.h"

static bool is_utf16(str bytes) {
    return str_starts(bytes, STR("\xff\xfe")) || str_starts(bytes, STR("\xfe\xff"));
}

static int check(str file, str whole, str bytes, kf_error *err) {
    if (is_utf16(whole))
        return fail(err, KF_E_ENCODING, "%.*s: the file is in UTF-16: convert it to UTF-8", STR_ARG(file));
    if (str_trim(bytes).n == 0)
        return fail(err, KF_E_EMPTY_FILE, "%.*s: the file is empty: check that logging was on",
                    STR_ARG(file));
    const char *nul = memchr(bytes.p, 0, bytes.n);
    if (nul)
        return fail_at(err, KF_E_ENCODING, whole, (size_t)(nul - whole.p),
                       "%.*s: a NUL byte, so this is not text in UTF-8: convert the file", STR_ARG(file));
    return 0;
}

int log_read(raw_statement_list *out, str file, str bytes, arena *a, kf_error *err) {
    str body = str_starts(bytes, STR("\xef\xbb\xbf")) ? str_from(bytes, 3) : bytes;
    int rc = check(file, bytes, body, err);
    if (rc) return rc;
    log_reader r = reader_start(out, file, body, a);
    if (djongo_seen(body))
        djongo_read(&r);
    else
        plain_read(&r);
    return 0;
}

/* On one line, and nothing in it that a terminal obeys. */
static void add_shown(text *out, str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '\n')
            text_add(out, STR("\\n"));
        else if (c == '\r')
            text_add(out, STR("\\r"));
        else if ((c < 32 && c != '\t') || c == 127)
            text_format(out, "\\x%02x", c);
        else
            text_char(out, (char)c);
    }
}

static bool has_params(str params) {
    return params.n && !str_eq(params, STR("None")) && !str_eq(params, STR("()")) &&
           !str_eq(params, STR("[]"));
}

static const char *outcome_text(const raw_statement *s) {
    if (s->truncated) return "truncated";
    return s->outcome == OUTCOME_DONE ? "done" : s->outcome == OUTCOME_REFUSED ? "refused" : "-";
}

void log_dump(text *out, const raw_statement_list *statements) {
    for (size_t i = 0; i < statements->n; i++) {
        const raw_statement *s = &statements->at[i];
        add_shown(out, s->source.file);
        text_format(out, ":%zu %s ", s->source.line, outcome_text(s));
        add_shown(out, s->sql);
        if (has_params(s->params)) {
            text_add(out, STR(" params "));
            add_shown(out, s->params);
        }
        text_char(out, '\n');
    }
}

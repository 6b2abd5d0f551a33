/* journalctl -o export: records of KEY=value lines, or KEY and a length before a value with line ends in it. */
#include "log/marks.h"
#include "log/wrapping.h"

typedef struct journal {
    str in;
    size_t at, line;
    char *out;
    size_t n;
} journal;

static void count_lines(journal *j, size_t to) {
    for (const char *p = j->in.p + j->at, *end = j->in.p + to; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
        j->line++;
    j->at = to;
}

/* The value of a field without '=' whose line ends before `at`: eight bytes of length, the lowest first, the bytes, a line end.
 */
static str long_value(str in, size_t at, size_t *next) {
    uint64_t n = 0;
    for (size_t i = 0; i < 8 && at + i < in.n; i++) n |= (uint64_t)(unsigned char)in.p[at + i] << (8 * i);
    size_t from = in.n - at < 8 ? in.n : at + 8;
    size_t to = n > in.n - from ? in.n : from + (size_t)n;
    *next = to < in.n ? to + 1 : to;
    return str_slice(in, from, to);
}

static void add_message(unwrapped *out, arena *a, journal *j, str value, bool whole) {
    vec_push(a, &out->origins, (line_origin){j->n, j->line, false});
    if (value.n) memcpy(j->out + j->n, value.p, value.n);
    j->n += value.n;
    if (whole) j->out[j->n++] = '\n';
}

static void read_field(unwrapped *out, arena *a, journal *j) {
    size_t next;
    str line = line_at(j->in, j->at, &next), value = STR_NONE;
    bool message = str_starts(line, STR("MESSAGE="));
    if (message) {
        value = str_from(line, 8);
    } else if (line.n && !memchr(line.p, '=', line.n)) {
        message = str_eq(line, STR("MESSAGE"));
        size_t begins = next;
        value = long_value(j->in, begins, &next);
        count_lines(j, begins);
    }
    if (message) add_message(out, a, j, value, next > 0 && j->in.p[next - 1] == '\n');
    count_lines(j, next);
}

bool journal_unwrap(unwrapped *out, str text, arena *a) {
    if (!str_starts(text, STR("__CURSOR="))) return false;
    journal j = {.in = text, .line = 1, .out = arena_alloc(a, text.n + 1, 1)};
    while (j.at < text.n) read_field(out, a, &j);
    out->text = (str){j.out, j.n};
    out->wrapping = " in journald's export format";
    return true;
}

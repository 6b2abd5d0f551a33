/* One JSON object a line: which of its strings is the message is told by the first one that has a mark in it. */
#include "log/encoding.h"
#include "log/marks.h"
#include "log/wrapping.h"

typedef struct json_text {
    str in;
    mark_search marks;
    str key;     /* of the strings that hold messages */
    bool ends;   /* messages bring their own line ends, and one without is continued (a container's log) */
    bool learnt; /* whether they do */
    char *out;
    size_t n;
} json_text;

/* The offset after the string that begins at `at`; past the end if it does not end. */
static size_t string_end(str s, size_t at) {
    for (size_t i = at + 1; i < s.n;) {
        const char *quote = memchr(s.p + i, '"', s.n - i);
        if (!quote) break;
        size_t end = (size_t)(quote - s.p), slashes = 0;
        while (end - slashes > i && s.p[end - 1 - slashes] == '\\') slashes++;
        if (slashes % 2 == 0) return end + 1;
        i = end + 1;
    }
    return s.n + 1;
}

static bool is_between(char c) {
    return c == ' ' || c == '\t' || c == ',' || c == ':' || c == '{' || c == '}' || c == '[' || c == ']' || c == '-' ||
           c == '+' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == 'E';
}

/* Where an object begins that goes to the line's end, or SIZE_MAX. Before it may stand what a supervisor writes. */
static size_t object_start(str line, bool cut) {
    str bare = str_trim(line);
    if (bare.n && bare.p[bare.n - 1] == ',') bare.n--;
    if (bare.n < 2 || (bare.p[bare.n - 1] != '}' && !cut)) return SIZE_MAX;
    size_t at = (size_t)(bare.p - line.p);
    if (bare.p[0] != '{') {
        at = str_find(line, STR("{\""), 0);
        if (at == SIZE_MAX || str_find(str_slice(line, 0, at), STR("params: "), 0) != SIZE_MAX) return SIZE_MAX;
        for (size_t i = 0; i < at; i++)
            if (line.p[i] == '\'' || line.p[i] == '"' || line.p[i] == '{') return SIZE_MAX;
    }
    return at;
}

/* The inside of the first string value of the object that holds the offset `mark`, or (SIZE_MAX) bears the key. */
static bool find_value(str line, size_t at, size_t mark, str *key, str *value) {
    str last = STR_NONE, named = STR_NONE;
    while (at < line.n) {
        if (line.p[at] != '"') {
            if (!is_between(line.p[at])) return false;
            if (line.p[at] == ':') named = last;
            if (line.p[at] == ',') named = STR_NONE;
            at++;
            continue;
        }
        size_t end = string_end(line, at);
        str inside = str_slice(line, at + 1, end > line.n ? line.n : end - 1);
        bool found = mark == SIZE_MAX ? named.n && str_eq(named, *key) : mark > at && mark < end;
        if (found && named.n) {
            *key = named;
            *value = inside;
            return true;
        }
        last = inside;
        at = end;
    }
    return false;
}

static int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits at i, or -1. */
static int32_t unit_at(str s, size_t i) {
    int32_t value = 0;
    if (i + 4 > s.n) return -1;
    for (size_t k = i; k < i + 4; k++) {
        if (hex(s.p[k]) < 0) return -1;
        value = value << 4 | hex(s.p[k]);
    }
    return value;
}

/* The escape whose letter is at i; the offset after it. What it stands for is no longer than it is. */
static size_t add_escape(json_text *j, str s, size_t i) {
    static const char letters[] = "nrtbf\"\\/", values[] = "\n\r\t\b\f\"\\/";
    const char *plain = memchr(letters, s.p[i], sizeof letters - 1);
    if (plain) {
        j->out[j->n++] = values[plain - letters];
        return i + 1;
    }
    int32_t high = s.p[i] == 'u' ? unit_at(s, i + 1) : -1, low = -1;
    if (high < 0) return s.p[i] == 'u' && i + 5 > s.n ? s.n : i;
    i += 5;
    if (high >= 0xD800 && high < 0xDC00 && i + 6 <= s.n && s.p[i] == '\\' && s.p[i + 1] == 'u') low = unit_at(s, i + 2);
    bool pair = low >= 0xDC00 && low < 0xE000;
    j->n +=
        utf8_put(j->out + j->n, pair ? 0x10000 + ((uint32_t)(high - 0xD800) << 10) + (uint32_t)(low - 0xDC00) : (uint32_t)high);
    return pair ? i + 6 : i;
}

static void add_bytes(json_text *j, str s) {
    if (s.n) memcpy(j->out + j->n, s.p, s.n);
    j->n += s.n;
}

static void add_message(json_text *j, str s) {
    for (size_t i = 0; i < s.n;) {
        const char *slash = memchr(s.p + i, '\\', s.n - i);
        size_t stop = slash ? (size_t)(slash - s.p) : s.n;
        add_bytes(j, str_slice(s, i, stop));
        i = stop + 1 < s.n ? add_escape(j, s, stop + 1) : s.n;
    }
}

static void end_line(json_text *j, size_t from, bool message) {
    bool ended = j->n > from && j->out[j->n - 1] == '\n';
    if (message && !j->learnt) {
        j->learnt = true;
        j->ends = ended;
    }
    if (!ended && !(message && j->ends)) j->out[j->n++] = '\n';
}

static void add_line(json_text *j, size_t at, str line, bool last) {
    size_t mark = mark_next(&j->marks, at), from = j->n;
    bool has_mark = mark < at + line.n;
    str value = STR_NONE;
    size_t object = has_mark || j->key.n ? object_start(line, last) : SIZE_MAX;
    bool found = object != SIZE_MAX && find_value(line, object, has_mark ? mark - at : SIZE_MAX, &j->key, &value);
    if (found) {
        add_message(j, value);
    } else if (object == SIZE_MAX || has_mark) {
        add_bytes(j, line);
    }
    bool cut = last && (!found || value.p + value.n == line.p + line.n);
    if (!cut) end_line(j, from, found);
}

static bool has_object(str s) {
    for (size_t i = 0; i < s.n; i++) {
        const char *brace = memchr(s.p + i, '{', s.n - i);
        if (!brace) return false;
        i = (size_t)(brace - s.p);
        size_t next = i + 1;
        while (next < s.n && s.p[next] == ' ') next++;
        if (next < s.n && s.p[next] == '"') return true;
    }
    return false;
}

static bool has_json(str text) {
    if (!has_object(text)) return false;
    mark_search marks = mark_search_start(text);
    for (size_t at = 0, found; (found = mark_next(&marks, at)) != SIZE_MAX;) {
        size_t start = line_start(text, found, at);
        str line = line_at(text, start, &at), key = STR_NONE, value;
        size_t object = object_start(line, at == text.n);
        if (object != SIZE_MAX && find_value(line, object, found - start, &key, &value)) return true;
    }
    return false;
}

bool json_lines_unwrap(unwrapped *out, str text, arena *a) {
    if (!has_json(text)) return false;
    json_text j = {.in = text, .marks = mark_search_start(text), .out = arena_alloc(a, text.n + 2, 1)};
    size_t number = 1;
    for (size_t at = 0, next; at < text.n; at = next, number++) {
        str line = line_at(text, at, &next);
        vec_push(a, &out->origins, (line_origin){j.n, number, true});
        add_line(&j, at, line, next == text.n && text.p[next - 1] != '\n');
    }
    out->text = (str){j.out, j.n};
    out->wrapping = " in JSON lines";
    return true;
}

/* What a supervisor writes before every line that a program prints (systemd, a container's runtime): it stands before the lines
 * that go on with a record as well. */
#include "log/marks.h"
#include "log/wrapping.h"

enum { LOOK_AT = 50, LINES = 200 };

/* What stands before the parameters of a statement whose first line is given, if that line begins so too. */
static str before_params(str bytes, size_t at) {
    str first = line_at(bytes, at, &at);
    for (size_t i = 0; i < LINES && at < bytes.n; i++) {
        str line = line_at(bytes, at, &at);
        size_t params = str_find(line, STR("params: "), 0);
        if (params == SIZE_MAX) continue;
        str before = str_slice(line, 0, params);
        bool prefix = str_trim(before).n > 0 && line_shape(first, before) != SIZE_MAX;
        return prefix ? before : STR_NONE;
    }
    return STR_NONE;
}

static str find_prefix(str bytes) {
    size_t at = 0;
    for (size_t i = 0; i < LOOK_AT; i++) {
        at = str_find(bytes, STR("sql_command: "), at);
        if (at == SIZE_MAX) break;
        str prefix = before_params(bytes, line_start(bytes, at, 0));
        if (prefix.n) return prefix;
        at++;
    }
    return STR_NONE;
}

bool line_prefix_unwrap(unwrapped *out, str text, arena *a) {
    str prefix = find_prefix(text);
    if (prefix.n == 0) return false;
    char *to = arena_alloc(a, text.n, 1);
    size_t n = 0;
    for (size_t at = 0, next; at < text.n; at = next) {
        str line = line_at(text, at, &next);
        size_t skip = line_shape(line, prefix);
        if (skip == SIZE_MAX) skip = 0;
        size_t from = at + skip;
        memcpy(to + n, text.p + from, next - from);
        n += next - from;
    }
    out->text = (str){to, n};
    out->wrapping = " behind a prefix of every line";
    return true;
}

/* Line by line: what is in both, what is missing, what is too much. */
#include "corpus/corpus.h"

enum { TOO_MANY = 4 * 1000 * 1000 }; /* pairs of lines, beyond which no common ones are looked for */

typedef struct lines {
    VEC(str) list;
} lines;

static lines lines_of(arena *a, str s) {
    lines out = {0};
    for (str rest = s; rest.n;) {
        size_t at = str_find(rest, STR("\n"), 0);
        vec_push(a, &out.list, at == SIZE_MAX ? rest : str_slice(rest, 0, at));
        rest = at == SIZE_MAX ? STR_NONE : str_from(rest, at + 1);
    }
    return out;
}

static void add(text *out, char mark, str line) {
    text_char(out, mark);
    text_add(out, line);
    text_char(out, '\n');
}

/* common[i * (m + 1) + j]: how many lines expected[i..] and got[j..] have in common, in order. */
static void print(text *out, const lines *expected, const lines *got, const unsigned *common) {
    size_t n = expected->list.n, m = got->list.n, i = 0, j = 0;
    while (i < n && j < m) {
        if (str_eq(expected->list.at[i], got->list.at[j])) {
            add(out, ' ', expected->list.at[i]);
            i++, j++;
        } else if (common && common[(i + 1) * (m + 1) + j] < common[i * (m + 1) + j + 1]) {
            add(out, '+', got->list.at[j++]);
        } else {
            add(out, '-', expected->list.at[i++]);
        }
    }
    for (; i < n; i++) add(out, '-', expected->list.at[i]);
    for (; j < m; j++) add(out, '+', got->list.at[j]);
}

str text_diff(arena *a, str expected, str got) {
    lines e = lines_of(a, expected), g = lines_of(a, got);
    size_t n = e.list.n, m = g.list.n;
    unsigned *common = NULL;
    if ((n + 1) * (m + 1) < TOO_MANY) {
        common = arena_alloc(a, (n + 1) * (m + 1), sizeof *common);
        for (size_t i = n; i-- > 0;)
            for (size_t j = m; j-- > 0;) {
                unsigned down = common[(i + 1) * (m + 1) + j], right = common[i * (m + 1) + j + 1];
                common[i * (m + 1) + j] = str_eq(e.list.at[i], g.list.at[j]) ? common[(i + 1) * (m + 1) + j + 1] + 1
                                          : down > right                     ? down
                                                                             : right;
            }
    }
    text out = {.arena = a};
    print(&out, &e, &g, common);
    return text_str(&out);
}

bool output_matches(str expected, str got) {
    if (!str_starts(expected, STR("error ")) || str_find(expected, STR("\n"), 0) != SIZE_MAX) return str_eq(expected, got);
    size_t head = str_find(expected, STR(": "), 0);
    if (head == SIZE_MAX) return str_starts(got, expected);
    return str_starts(got, str_slice(expected, 0, head)) && str_find(got, str_from(expected, head + 2), head) != SIZE_MAX;
}

/* An index's own name on the server: a handle. Comparing never looks at it. */
#include "plan/work.h"

static bool is_taken(const work *w, const target *t, str handle) {
    for (size_t i = 0; w->live && i < w->live->indexes.n; i++) {
        const index_spec *x = w->live->indexes.at[i];
        if (x != t->old && x != t->cleared && !x->stale && str_eq(x->name, handle)) return true;
    }
    for (size_t i = 0; i < w->targets.n; i++)
        if (w->targets.at[i] != t && str_eq(w->targets.at[i]->want->name, handle)) return true;
    return str_eq(handle, STR("_id_")) || str_eq(handle, STR("*"));
}

/* Servers before 4.2 limit "database.collection.$name". */
static size_t room(const work *w) {
    const plan_options *o = &w->p->options;
    if (!o->profile->max_name_bytes) return SIZE_MAX;
    size_t prefix = o->database.n + 1 + w->wanted->name.n + 2;
    return prefix < o->profile->max_name_bytes ? o->profile->max_name_bytes - prefix : 0;
}

/* Cut to n bytes, never inside a character of UTF-8. */
static str cut(str s, size_t n) {
    if (s.n <= n) return s;
    while (n && ((unsigned char)s.p[n] & 0xc0) == 0x80) n--;
    return str_slice(s, 0, n);
}

bool naming_set(work *w, target *t) {
    str first = t->requests.at[0]->name->name;
    bool companion = t->requests.at[0]->companion;
    if (!companion && first.n && first.n <= room(w) && !is_taken(w, t, first)) {
        t->want->name = first;
        return true;
    }
    str hash = index_suffix(t->want, w->a);
    if (room(w) < hash.n) return false;
    t->want->name = str_format(w->a, "%.*s%.*s", STR_ARG(cut(first, room(w) - hash.n)), STR_ARG(hash));
    return true;
}

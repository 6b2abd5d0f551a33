#include "log/shown.h"

/* The offset of the s of %(0)s, whose % is at i; or i + 1. */
static size_t after_number(str s, size_t i) {
    size_t k = i + 2;
    if (k >= s.n || s.p[i + 1] != '(') return i + 1;
    while (k < s.n && s.p[k] >= '0' && s.p[k] <= '9') k++;
    return k > i + 2 && k + 1 < s.n && s.p[k] == ')' && s.p[k + 1] == 's' ? k + 1 : i + 1;
}

/* With every placeholder as %s, and without the semicolons at its end. */
static str plain(text *room, str s) {
    s = str_trim(s);
    while (s.n && s.p[s.n - 1] == ';') s = str_trim(str_slice(s, 0, s.n - 1));
    room->n = 0;
    for (size_t from = 0, at = 0;;) {
        const char *percent = at < s.n ? memchr(s.p + at, '%', s.n - at) : NULL;
        if (!percent && from == 0) return s;
        size_t stop = percent ? (size_t)(percent - s.p) + 1 : s.n;
        at = percent ? after_number(s, stop - 1) : s.n;
        if (percent && at == stop) continue;
        text_add(room, str_slice(s, from, stop));
        from = at;
        if (!percent) return text_str(room);
    }
}

static uint64_t hash_of(str s) {
    uint64_t hash = HASH_START ^ s.n, word;
    for (; s.n >= sizeof word; s = str_from(s, sizeof word)) {
        memcpy(&word, s.p, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    hash = hash_bytes(hash, s);
    return hash ^ hash >> 32;
}

static bool same_text(shown *s, str a, str b) { return str_eq(a, b) || str_eq(plain(&s->one, a), plain(&s->other, b)); }

static void grow(shown *s) {
    size_t cap = s->cap ? s->cap * 2 : 64;
    arena *room = arena_within(s->arena), *smaller = s->slots_in;
    shown_text *slots = arena_alloc(room, cap, sizeof *slots);
    for (size_t i = 0; i < s->cap; i++) {
        size_t to = s->slots[i].hash & (cap - 1);
        if (s->slots[i].newest == 0) continue;
        while (slots[to].newest) to = (to + 1) & (cap - 1);
        slots[to] = s->slots[i];
    }
    s->slots = slots;
    s->slots_in = room;
    s->cap = cap;
    arena_free(smaller);
}

uint64_t shown_hash(shown *s, str sql) {
    s->one.arena = s->arena;
    return hash_of(plain(&s->one, sql));
}

shown_text *shown_find(shown *s, str sql, uint64_t hash) {
    s->one.arena = s->other.arena = s->arena;
    if (s->n * 2 >= s->cap) grow(s);
    for (size_t i = hash & (s->cap - 1);; i = (i + 1) & (s->cap - 1)) {
        shown_text *t = &s->slots[i];
        if (t->newest && (t->hash != hash || !same_text(s, s->statements->at[t->newest - 1].sql, sql))) continue;
        if (t->newest == 0) {
            *t = (shown_text){.hash = hash};
            s->n++;
        }
        return t;
    }
}

void shown_push(shown *s, shown_number *stack, size_t statement) {
    while (s->below.n <= statement) vec_push_moved(s->arena, &s->below, 0);
    s->below.at[statement] = *stack;
    *stack = (shown_number)(statement + 1);
}

size_t shown_pop(shown *s, shown_number *stack) {
    size_t statement = *stack - 1;
    *stack = s->below.at[statement];
    return statement;
}

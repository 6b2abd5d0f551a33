#include "base/arena.h"

#include "keyfold/error.h"
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* Under AddressSanitizer every piece is a block of its own, of its own size: so it sees what is read and written beyond one. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
enum { BLOCK = 0, ALIGN = 1 };
#else
enum { BLOCK = 16 * 1024, ALIGN = _Alignof(max_align_t) };
#endif

typedef struct block {
    struct block *next, *before;
    max_align_t data[];
} block;

typedef struct cleanup {
    struct cleanup *next;
    void (*run)(void *);
    void *thing;
} cleanup;

struct arena {
    block *blocks;
    char *at, *end;
    cleanup *cleanups;
    jmp_buf *out_of_memory;
    size_t used, fail_after;
    arena *of, **kept; /* that it is within, and where that keeps it */
};

static arena *outermost(arena *a) {
    while (a->of) a = a->of;
    return a;
}

static void unwind(arena *a) {
    jmp_buf *there = outermost(a)->out_of_memory;
    if (there) longjmp(*there, 1);
}

int arena_new(arena **out) {
    *out = calloc(1, sizeof **out);
    return *out ? 0 : -KF_E_MEMORY;
}

void arena_free(arena *a) {
    if (!a) return;
    for (cleanup *c = a->cleanups; c; c = c->next) c->run(c->thing);
    for (block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    if (a->kept) *a->kept = NULL;
    free(a);
}

static void free_kept(void *kept) { arena_free(*(arena **)kept); }

arena *arena_within(arena *of) {
    arena **kept = arena_make(of, arena *);
    arena_defer(of, free_kept, kept);
    if (arena_new(kept)) unwind(of);
    (*kept)->of = of;
    (*kept)->kept = kept;
    return *kept;
}

static block *block_new(arena *a, size_t bytes) {
    arena *counted = outermost(a);
    if (counted->fail_after && --counted->fail_after == 0) return NULL;
    if (bytes > SIZE_MAX - sizeof(block)) return NULL;
    block *b = malloc(sizeof *b + bytes);
    if (!b) return NULL;
    *b = (block){.next = a->blocks};
    if (b->next) b->next->before = b;
    a->blocks = b;
    return b;
}

static size_t rounded(size_t n, size_t size) {
    size_t bytes = (n * size + ALIGN - 1) / ALIGN * ALIGN;
    return bytes ? bytes : ALIGN;
}

/* A block of one piece, which becomes larger. */
static block *block_grow(arena *a, block *b, size_t bytes) {
    arena *counted = outermost(a);
    if (counted->fail_after && --counted->fail_after == 0) return NULL;
    if (bytes > SIZE_MAX - sizeof(block)) return NULL;
    block *grown = realloc(b, sizeof *b + bytes);
    if (!grown) return NULL;
    if (grown->next) grown->next->before = grown;
    if (grown->before) grown->before->next = grown;
    else a->blocks = grown;
    return grown;
}

/* A large piece gets a block of its own, and the current block stays in use. */
static void *take_block(arena *a, size_t bytes) {
    bool own = bytes > BLOCK / 4;
    block *b = block_new(a, own ? bytes : BLOCK);
    if (!b) return NULL;
    if (!own) {
        a->at = (char *)b->data + bytes;
        a->end = (char *)b->data + BLOCK;
    }
    return b->data;
}

static inline void *take_raw(arena *a, size_t n, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX - ALIGN) return NULL;
    bytes = rounded(n, size);
    a->used += bytes;
    if (bytes > BLOCK / 4 || bytes > (size_t)(a->end - a->at)) return take_block(a, bytes);
    void *p = a->at;
    a->at += bytes;
    return p;
}

/* Zeroed piece by piece: most of a block is never handed out. */
static inline void *take(arena *a, size_t n, size_t size) {
    void *p = take_raw(a, n, size);
    return p ? memset(p, 0, n * size) : NULL;
}

void arena_fail(arena *a) { unwind(a); }

void *arena_alloc(arena *a, size_t n, size_t size) {
    void *p = take(a, n, size);
    if (!p) unwind(a);
    return p;
}

void *arena_alloc_raw(arena *a, size_t bytes) {
    void *p = take_raw(a, bytes, 1);
    if (!p) unwind(a);
    return p;
}

void *arena_regrow(arena *a, void *p, size_t n, size_t more, size_t size) {
    size_t bytes = rounded(n, size);
    if (!p || bytes <= BLOCK / 4 || more > (SIZE_MAX - ALIGN) / size) {
        void *copy = arena_alloc(a, more, size);
        return n ? memcpy(copy, p, n * size) : copy;
    }
    block *b = block_grow(a, (block *)((char *)p - offsetof(block, data)), rounded(more, size));
    if (!b) unwind(a);
    a->used += rounded(more, size) - bytes;
    return b->data;
}

void arena_defer(arena *a, void (*run)(void *), void *thing) {
    cleanup *c = take(a, 1, sizeof *c);
    if (!c) {
        run(thing);
        unwind(a);
        return;
    }
    *c = (cleanup){a->cleanups, run, thing};
    a->cleanups = c;
}

int arena_try(arena *a, void (*work)(void *), void *arg) {
    a = outermost(a);
    jmp_buf here, *outer = a->out_of_memory;
    if (setjmp(here) == 0) {
        a->out_of_memory = &here;
        work(arg);
        a->out_of_memory = outer;
        return 0;
    }
    a->out_of_memory = outer;
    return -KF_E_MEMORY;
}

size_t arena_used(const arena *a) { return a->used; }
void arena_fail_after(arena *a, size_t n) { a->fail_after = n; }

char *str_c(arena *a, str s) {
    char *p = arena_alloc(a, s.n + 1, 1);
    if (s.n) memcpy(p, s.p, s.n);
    return p;
}

str str_copy(arena *a, str s) { return (str){str_c(a, s), s.n}; }

str str_format_v(arena *a, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n < 0) n = 0;
    char *p = arena_alloc(a, (size_t)n + 1, 1);
    vsnprintf(p, (size_t)n + 1, format, args);
    return (str){p, (size_t)n};
}

str str_format(arena *a, const char *format, ...) {
    va_list args;
    va_start(args, format);
    str s = str_format_v(a, format, args);
    va_end(args);
    return s;
}

static size_t room_after(size_t cap, size_t size) {
    enum { FIRST_BYTES = 64 };
    /* Most lists of large things have one of them. */
    return cap ? cap * 2 : size < FIRST_BYTES / 2 ? FIRST_BYTES / size : 1;
}

void vec_room(arena *a, void **at, size_t *cap, size_t n, size_t size) {
    if (n < *cap) return;
    size_t more = room_after(*cap, size);
    void *grown = arena_alloc(a, more, size);
    if (n) memcpy(grown, *at, n * size);
    *at = grown;
    *cap = more;
}

void vec_room_moved(arena *a, void **at, size_t *cap, size_t n, size_t size) {
    if (n < *cap) return;
    size_t more = room_after(*cap, size);
    *at = arena_regrow(a, *at, *cap, more, size);
    *cap = more;
}

void vec_room_for(arena *a, void **at, size_t *cap, size_t n, size_t size) {
    if (n <= *cap) return;
    *at = arena_regrow(a, *at, *cap, n, size);
    *cap = n;
}

void text_add(text *t, str s) {
    if (t->cap - t->n < s.n) {
        size_t more = (t->cap + s.n) * 2;
        char *grown = arena_alloc(t->arena, more, 1);
        if (t->n) memcpy(grown, t->p, t->n);
        t->p = grown;
        t->cap = more;
    }
    if (s.n) memcpy(t->p + t->n, s.p, s.n);
    t->n += s.n;
}

void text_char(text *t, char c) { text_add(t, (str){&c, 1}); }

void text_format(text *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    text_add(t, str_format_v(t->arena, format, args));
    va_end(args);
}

uint64_t hash_bytes(uint64_t hash, str s) {
    for (size_t i = 0; i < s.n; i++) hash = (hash ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
    return hash;
}

struct map_slot {
    str key;
    void *value;
    bool used;
};

static struct map_slot *slot_of(struct map_slot *slots, size_t cap, str key) {
    for (size_t i = hash_bytes(HASH_START, key) & (cap - 1);; i = (i + 1) & (cap - 1))
        if (!slots[i].used || str_eq(slots[i].key, key)) return &slots[i];
}

void *map_get(const map *m, str key) { return m->cap ? slot_of(m->slots, m->cap, key)->value : NULL; }

void map_put(map *m, str key, void *value) {
    if (m->n * 2 >= m->cap) {
        size_t cap = m->cap ? m->cap * 2 : 16;
        struct map_slot *slots = arena_alloc(m->arena, cap, sizeof *slots);
        for (size_t i = 0; i < m->cap; i++)
            if (m->slots[i].used) *slot_of(slots, cap, m->slots[i].key) = m->slots[i];
        m->slots = slots;
        m->cap = cap;
    }
    struct map_slot *s = slot_of(m->slots, m->cap, key);
    if (!s->used) m->n++;
    *s = (struct map_slot){key, value, true};
}

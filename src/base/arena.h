/* One arena for each object that the library hands out: everything in it lives and dies with it.
 *
 * When memory runs out, an allocation does not return: it unwinds to the innermost arena_try, which returns
 * -KF_E_MEMORY. So code between the two needs no checks, and must not hold anything that lives outside the arena
 * while it allocates, unless it handed it to arena_defer. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

typedef struct arena arena;

/* 0, or -KF_E_MEMORY with *out NULL. */
int arena_new(arena **out);
/* Runs what was deferred, newest first, then frees everything. NULL is allowed. */
void arena_free(arena *a);
/* An arena that may be freed before `of` is, and is freed with it at the latest. Where it runs out of memory, `of` does. */
arena *arena_within(arena *of);
/* n * size bytes, zeroed, aligned for any type. Never NULL. */
void *arena_alloc(arena *a, size_t n, size_t size);
/* The same of bytes, not zeroed: for libraries that expect malloc's. */
void *arena_alloc_raw(arena *a, size_t bytes);
/* A piece of n from arena_alloc or from here becomes one of `more`: what it held is copied or moved, so nothing may point into
 * it. A large one leaves nothing behind. What is new is not zeroed. p may be NULL. */
void *arena_regrow(arena *a, void *p, size_t n, size_t more, size_t size);
/* Memory from elsewhere could not be had: unwinds as an allocation does. */
void arena_fail(arena *a);
/* Calls cleanup(thing) when the arena is freed; and at once if there is no memory left to note it. */
void arena_defer(arena *a, void (*cleanup)(void *), void *thing);
/* Runs work(arg); 0, or -KF_E_MEMORY when an allocation from the arena failed inside. May nest. */
int arena_try(arena *a, void (*work)(void *), void *arg);
/* Bytes asked for so far. */
size_t arena_used(const arena *a);
/* For tests: the n-th allocation of blocks from now on fails (1 is the next one; 0 turns it off). */
void arena_fail_after(arena *a, size_t n);

#define arena_make(a, type) ((type *)arena_alloc((a), 1, sizeof(type)))

/* Copies, NUL-terminated for the convenience of C interfaces (the NUL is not counted). */
str str_copy(arena *a, str s);
char *str_c(arena *a, str s);
str str_format(arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
str str_format_v(arena *a, const char *format, va_list args);

/* A text under construction; .s is what it holds so far. Start with {.arena = a}. */
typedef struct text {
    arena *arena;
    char *p;
    size_t n, cap;
    bool hides_values; /* dumps of statements leave out what parameters and literals are worth */
} text;

void text_add(text *t, str s);
void text_char(text *t, char c);
void text_format(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline str text_str(const text *t) { return (str){t->p ? t->p : "", t->n}; }

/* Growing arrays: VEC(T) v = {0}; vec_push(a, &v, x); v.at[i]; v.n. */
#define VEC(T)                                                                                                                 \
    struct {                                                                                                                   \
        T *at;                                                                                                                 \
        size_t n, cap;                                                                                                         \
    }
#define vec_push(a, v, ...)                                                                                                    \
    (vec_room((a), (void **)&(v)->at, &(v)->cap, (v)->n, sizeof *(v)->at), (v)->at[(v)->n++] = (__VA_ARGS__))
/* For lists that get very long, and that nothing points into or has a copy of: what was there before is not kept. */
#define vec_push_moved(a, v, ...)                                                                                              \
    (vec_room_moved((a), (void **)&(v)->at, &(v)->cap, (v)->n, sizeof *(v)->at), (v)->at[(v)->n++] = (__VA_ARGS__))
/* Room for n in all, of such a list. */
#define vec_reserve(a, v, n) vec_room_for((a), (void **)&(v)->at, &(v)->cap, (n), sizeof *(v)->at)
#define vec_remove(v, i) (memmove(&(v)->at[i], &(v)->at[(i) + 1], ((v)->n - (i)-1) * sizeof *(v)->at), (v)->n--)
#define vec_each(T, x, v) for (T *x = (v)->at, *x##_end = (v)->n ? (v)->at + (v)->n : (v)->at; x < x##_end; x++)
void vec_room(arena *a, void **at, size_t *cap, size_t n, size_t size);
void vec_room_moved(arena *a, void **at, size_t *cap, size_t n, size_t size);
void vec_room_for(arena *a, void **at, size_t *cap, size_t n, size_t size);

/* Text to pointer, in the order of insertion by nothing: look-ups only. */
typedef struct map {
    arena *arena;
    struct map_slot *slots;
    size_t n, cap;
} map;

void *map_get(const map *m, str key);
/* The key is borrowed: it must live as long as the map. Replaces what is there; NULL takes it out. */
void map_put(map *m, str key, void *value);

/* FNV-1a, 64 bits: for names and fingerprints, not against an adversary. */
#define HASH_START UINT64_C(14695981039346656037)
uint64_t hash_bytes(uint64_t hash, str s);

#endif

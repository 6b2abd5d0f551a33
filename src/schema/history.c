/* What was applied to a database, and where a log is in that. */
#include "schema/schema.h"

#include <inttypes.h>

enum { HASH_BYTES = 16, LONGEST = 4096 };

str history_hash(const statement *st, arena *a) {
    text dump = {.arena = a};
    statement_dump(&dump, st);
    return str_format(a, "%016" PRIx64, hash_bytes(HASH_START, text_str(&dump)));
}

bool history_renames(const statement *st) {
    bool renames = st->kind == STATEMENT_RENAME_TABLE || st->kind == STATEMENT_RENAME_INDEX;
    for (size_t i = 0; st->kind == STATEMENT_ALTER_TABLE && i < st->actions.n; i++)
        renames |= st->actions.at[i].kind == ACTION_RENAME_COLUMN || st->actions.at[i].kind == ACTION_RENAME_NAME;
    return renames;
}

bool history_needs(const statement *st) {
    bool needs = st->kind == STATEMENT_DROP_TABLE || history_renames(st);
    for (size_t i = 0; st->kind == STATEMENT_ALTER_TABLE && i < st->actions.n; i++)
        needs |= st->actions.at[i].kind == ACTION_DROP_COLUMN;
    return needs;
}

static bool is_same(str recorded, str hash) { return str_eq(str_slice(recorded, 0, HASH_BYTES), hash); }

/* Are the last `length` of the history hashes[end - length .. end)? */
static bool ends_with(const history *h, const str *hashes, size_t end, size_t length) {
    for (size_t i = 1; i <= length; i++)
        if (!is_same(h->statements.at[h->statements.n - i], hashes[end - i])) return false;
    return true;
}

/* A log begins with the end of the history; or, where that began later (or was cut: LONGEST), holds it. */
size_t history_place(const history *h, const str *hashes, size_t n) {
    size_t all = h->statements.n, cut = all >= LONGEST;
    for (size_t place = n < all ? n : all; !cut && place > 0; place--)
        if (ends_with(h, hashes, place, place)) return place;
    for (size_t place = n; all && place > all; place--)
        if (ends_with(h, hashes, place, all)) return place;
    for (size_t place = n < all ? n : all; cut && place > 0; place--)
        if (ends_with(h, hashes, place, place)) return place;
    return 0;
}

bool history_has(const history *h, str hash) {
    for (size_t i = 0; i < h->statements.n; i++)
        if (is_same(h->statements.at[i], hash)) return true;
    return false;
}

/* back: how many of them ago. */
bool history_is_withheld(const history *h, size_t back) {
    return back <= h->statements.n && h->statements.at[h->statements.n - back].n > HASH_BYTES;
}

void history_settle(history *out, const history *h, bool all, arena *a) {
    *out = (history){.rev = h->rev};
    for (size_t i = 0; i < h->statements.n; i++) {
        str s = h->statements.at[i], hash = str_slice(s, 0, HASH_BYTES);
        bool later = str_ends(s, STR("!"));
        vec_push(a, &out->statements, !later ? s : all ? hash : str_format(a, "%.*s?", STR_ARG(hash)));
    }
}

void history_add(history *out, const history *h, size_t place, const str *hashes, const char *const *marks, size_t n,
                 arena *a) {
    size_t kept = h->statements.n > place ? h->statements.n - place : 0;
    size_t cut = kept + n > LONGEST ? kept + n - LONGEST : 0;
    *out = (history){.rev = h->rev};
    for (size_t i = cut; i < kept; i++) vec_push(a, &out->statements, h->statements.at[i]);
    for (size_t i = cut > kept ? cut - kept : 0; i < n; i++)
        vec_push(a, &out->statements, str_format(a, "%.*s%s", STR_ARG(hashes[i]), marks[i]));
}

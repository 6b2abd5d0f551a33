#include "laws.h"

/* ---- comparing ends ---- */

/* The runs that led to an end that is compared with the whole's, and what the comparison leaves out for their findings. */
typedef struct comparing {
    const world *got, *expected;
    const applied *runs;
    size_t n;
    const profile *profile;
    bool with_documents;
    size_t excused;
    arena *arena;
} comparing;

static bool is_asked_about(str table, const applied *runs, size_t n) {
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < runs[i].unclear.n; j++)
            if (str_eq(runs[i].unclear.at[j], table)) return true;
    return false;
}

static bool is_withheld(const comparing *c, kf_code code, str table, str name, str field) {
    for (size_t i = 0; i < c->n; i++)
        for (size_t j = 0; j < c->runs[i].findings.n; j++) {
            const finding *f = &c->runs[i].findings.at[j];
            if (f->code == code && str_eq(f->collection, table) && str_eq(f->name, name) && str_eq(f->field, field))
                return true;
        }
    return false;
}

/* A row that waits for something that is withheld, in one of the runs: what was withheld when it came decides. */
static bool is_waiting(const fact *f, const applied *runs, size_t n) {
    for (size_t i = 0; f->kind == FACT_MIGRATION && i < n; i++)
        for (size_t j = 0; j < runs[i].findings.n; j++)
            if (runs[i].findings.at[j].code == KF_E_MIGRATION_WITHHELD && str_eq(runs[i].findings.at[j].name, f->object))
                return true;
    return false;
}

static bool is_inexpressible(const comparing *c, str table, str name) {
    return is_withheld(c, KF_E_NOT_EXPRESSIBLE, table, name, STR_NONE);
}

static bool serves_inexpressible(const comparing *c, const world *w, const fact *f) {
    const table *t = schema_table(w->live->schema, f->table);
    for (size_t i = 0; t && i < t->names.n; i++)
        for (size_t j = 0; j < t->names.at[i]->indexes.n; j++)
            if (str_eq(t->names.at[i]->indexes.at[j], f->object) && is_inexpressible(c, f->table, t->names.at[i]->name))
                return true;
    return false;
}

/* What a server cannot express is withheld, and what bore the name before stays as it was: a unique index of a column that
 * became nullable, where there are no partial indexes, or where another index has the key; the type of values that cannot be
 * converted. */
static bool depends_on_the_past(const comparing *c, const fact *f) {
    switch (f->kind) {
    case FACT_COLUMN: return is_withheld(c, KF_E_NOT_EXPRESSIBLE, f->table, STR_NONE, f->object);
    case FACT_NAME:
    case FACT_SERVED:
        return is_withheld(c, KF_E_CONFLICT, f->table, f->object, STR_NONE) || is_inexpressible(c, f->table, f->object);
    case FACT_INDEX: return serves_inexpressible(c, c->got, f) || serves_inexpressible(c, c->expected, f);
    default: return false;
    }
}

static void add_lines(text *out, const char *what, const fact_list *facts, comparing *c) {
    for (size_t i = 0; i < facts->n; i++) {
        const fact *f = &facts->at[i];
        if (is_asked_about(f->table, c->runs, c->n) || (f->kind == FACT_DOCUMENT && !c->with_documents) ||
            depends_on_the_past(c, f) || is_waiting(f, c->runs, c->n))
            c->excused++;
        else text_format(out, "  %s: %.*s\n", what, STR_ARG(f->line));
    }
}

static str difference(comparing *c) {
    fact_list is = {0}, should_be = {0}, extra = {0}, missing = {0};
    text out = {.arena = c->arena};
    world_facts(&is, c->got, c->arena);
    world_facts(&should_be, c->expected, c->arena);
    facts_less(&extra, &is, &should_be, c->arena);
    facts_less(&missing, &should_be, &is, c->arena);
    add_lines(&out, "too much", &extra, c);
    add_lines(&out, "missing", &missing, c);
    return text_str(&out);
}

/* What stands quoted behind `words`, from *at on; empty at the end. */
static str next_named(str sql, str words, size_t *at) {
    size_t found = str_find(sql, words, *at), end = SIZE_MAX;
    if (found != SIZE_MAX) end = str_find(sql, STR("\""), found + words.n);
    if (end == SIZE_MAX) return STR_NONE;
    *at = end;
    return str_slice(sql, found + words.n, end);
}

static bool comes_again(const kf_log *log, size_t from, str name, const str *words, size_t n) {
    for (size_t i = from; i < log->statements.n; i++)
        for (size_t w = 0; w < n; w++) {
            size_t at = 0;
            for (str s; (s = next_named(log->statements.at[i].sql, words[w], &at)).n;)
                if (str_eq(s, name)) return true;
        }
    return false;
}

/* Does what stands behind `words` come again later, behind one of `again`? */
static bool recurs(const kf_log *log, size_t i, str words, const str *again, size_t n) {
    size_t at = 0;
    for (str name; (name = next_named(log->statements.at[i].sql, words, &at)).n;)
        if (comes_again(log, i + 1, name, again, n)) return true;
    return false;
}

static bool begins(const kf_log *log, size_t i, str words) { return str_find(log->statements.at[i].sql, words, 0) != SIZE_MAX; }

/* Under whatever name: it may have been renamed. */
static bool makes_table_after(const kf_log *log, size_t i) {
    while (++i < log->statements.n)
        if (begins(log, i, STR("CREATE TABLE")) || begins(log, i, STR("RENAME TO"))) return true;
    return false;
}

bool laws_reincarnates(const kf_log *log) {
    const str column[] = {STR("ADD COLUMN \""), STR(" TO \"")}, table[] = {STR("CREATE TABLE \""), STR("RENAME TO \"")};
    for (size_t i = 0; i < log->statements.n; i++)
        if (recurs(log, i, STR("DROP COLUMN \""), column, 2) ||
            (begins(log, i, STR("DROP TABLE")) && makes_table_after(log, i)) ||
            recurs(log, i, STR("CREATE TABLE \""), table, 1) || recurs(log, i, STR("ALTER TABLE \""), table, 1) ||
            recurs(log, i, STR("UPDATE \""), table, 1) || recurs(log, i, STR(" ON \""), table, 1) ||
            recurs(log, i, STR("RENAME TO \""), table, 1))
            return true;
    return false;
}

/* IF NOT EXISTS takes what is there, and what a run that is cut off left there is there: its names are not told. */
static bool takes_what_is_there(const kf_log *log) {
    for (size_t i = 0; i < log->statements.n; i++)
        if (str_find(log->statements.at[i].sql, STR("IF NOT EXISTS"), 0) != SIZE_MAX) return true;
    return false;
}

/* ---- names and their indexes ---- */

static void add_name_fault(text *out, const table *t, const name *n, const char *what) {
    text_format(out, "  \"%.*s\".\"%.*s\" %s\n", STR_ARG(t->name), STR_ARG(n->name), what);
}

static void check_name(text *out, const table *t, const name *n) {
    for (size_t i = 0; i < n->indexes.n; i++) {
        const index_spec *x = table_index(t, n->indexes.at[i]);
        if (str_eq(n->indexes.at[i], STR("_id_"))) continue;
        if (!x) add_name_fault(out, t, n, "is recorded on an index that is not there");
        else if (!key_equal(&x->key, &n->key)) add_name_fault(out, t, n, "is recorded on an index of another key");
        else if (i == 0 && n->kind != NAME_INDEX && !x->unique) add_name_fault(out, t, n, "is unique, and its index is not");
    }
}

static str names_broken(const world *w, arena *a) {
    text out = {.arena = a};
    const schema *s = w->live->schema;
    for (size_t i = 0; i < s->tables.n; i++)
        for (size_t j = 0; j < s->tables.at[i]->names.n; j++) check_name(&out, s->tables.at[i], s->tables.at[i]->names.at[j]);
    return text_str(&out);
}

/* ---- what is withheld ---- */

typedef struct comparison {
    const world *kept, *dropped; /* the ends without --allow-drop and with it */
    const applied *run;          /* the one without */
    fact_list extra, missing;
    arena *arena;
    text out;
} comparison;

static bool is_about(const finding *f, str table, str name, str field) {
    return str_eq(f->collection, table) && str_eq(f->name, name) && str_eq(f->field, field);
}

static bool is_listed(const comparison *c, str table, str name, str field, bool as_drop) {
    for (size_t i = 0; i < c->run->findings.n; i++) {
        const finding *f = &c->run->findings.at[i];
        if (is_about(f, table, name, field) && (!as_drop || f->code == KF_E_DROP_NOT_ALLOWED)) return true;
    }
    return false;
}

static bool is_table_listed(const comparison *c, str t) { return is_listed(c, t, STR_NONE, STR_NONE, true); }

static bool uses_listed_field(const comparison *c, const table *t, const name *n) {
    for (size_t i = 0; i < t->columns.n; i++) {
        str column = t->columns.at[i]->name, quoted = str_format(c->arena, "\"%.*s\"", STR_ARG(column));
        if (!is_listed(c, t->name, STR_NONE, column, true)) continue;
        if (key_has(&n->key, column) || str_find(n->where_sql, quoted, 0) != SIZE_MAX) return true;
    }
    return false;
}

static const fact *find(const fact_list *list, fact_kind kind, const fact *like) {
    for (size_t i = 0; i < list->n; i++)
        if (list->at[i].kind == kind && str_eq(list->at[i].table, like->table) && str_eq(list->at[i].object, like->object))
            return &list->at[i];
    return NULL;
}

/* Is the name there because it, or a column of it, may not be dropped? */
static bool is_kept(const comparison *c, const table *t, const name *n) {
    return is_listed(c, t->name, n->name, STR_NONE, true) || uses_listed_field(c, t, n);
}

/* The same name on other indexes: the key is shared with one that is kept, or its own is kept with what it was. */
static bool shares_with_kept(const comparison *c, const table *t, const name *n) {
    for (size_t i = 0; i < t->names.n; i++)
        if (key_equal(&t->names.at[i]->key, &n->key) && is_kept(c, t, t->names.at[i])) return true;
    return false;
}

static bool name_is_explained(const comparison *c, str table_called, str called) {
    const table *t = schema_table(c->kept->live->schema, table_called);
    const name *n = t ? table_name(t, called) : NULL;
    if (!n) return is_listed(c, table_called, called, STR_NONE, false);
    return is_kept(c, t, n) || shares_with_kept(c, t, n) || is_listed(c, table_called, called, STR_NONE, false);
}

/* An index is there, or is not, for the sake of its names. */
static bool index_is_explained(const comparison *c, const world *in, const fact *f) {
    const table *t = schema_table(in->live->schema, f->table);
    for (size_t i = 0; i < t->names.n; i++)
        for (size_t j = 0; j < t->names.at[i]->indexes.n; j++)
            if (str_eq(t->names.at[i]->indexes.at[j], f->object) && name_is_explained(c, f->table, t->names.at[i]->name))
                return true;
    return false;
}

static bool has_listed_field(const comparison *c, str table) {
    for (size_t i = 0; i < c->run->findings.n; i++)
        if (str_eq(c->run->findings.at[i].collection, table) && c->run->findings.at[i].field.n) return true;
    return false;
}

static bool is_explained(const comparison *c, const fact *f, bool extra) {
    if (is_asked_about(f->table, c->run, 1) || is_table_listed(c, f->table)) return true;
    switch (f->kind) {
    case FACT_TABLE: return has_listed_field(c, f->table); /* it is counted still */
    case FACT_COLUMN: return extra && is_listed(c, f->table, STR_NONE, f->object, true);
    case FACT_NAME:
    case FACT_SERVED: return name_is_explained(c, f->table, f->object);
    case FACT_INDEX: return index_is_explained(c, extra ? c->kept : c->dropped, f);
    case FACT_DOCUMENT: return has_listed_field(c, f->table); /* compared below */
    case FACT_MIGRATION: return is_waiting(f, c->run, 1);
    }
    return false;
}

static void check_facts(comparison *c, const char *what, const fact_list *facts, bool extra) {
    for (size_t i = 0; i < facts->n; i++)
        if (!is_explained(c, &facts->at[i], extra))
            text_format(&c->out, "  %s, and not listed: %.*s\n", what, STR_ARG(facts->at[i].line));
}

/* A row that waits is as it was: not there, or still there. */
static void check_waiting(comparison *c, const finding *f) {
    fact_list facts = {0};
    fact like = {.table = f->collection, .object = f->name};
    world_facts(&facts, c->kept, c->arena);
    bool stays = str_find(f->message, STR("stays recorded"), 0) != SIZE_MAX;
    if (stays != (find(&facts, FACT_MIGRATION, &like) != NULL))
        text_format(&c->out, "  listed as withheld, and done: %.*s\n", STR_ARG(f->message));
}

/* Of a table that stays another may have the name. */
static bool is_extra(const comparison *c, fact_kind kind, const fact *like) {
    for (size_t i = 0; kind == FACT_TABLE && i < c->extra.n; i++)
        if (str_eq(c->extra.at[i].table, like->table)) return true;
    return find(&c->extra, kind, like) != NULL;
}

/* Exactly: what is listed is there, and would not be. */
static void check_listed(comparison *c) {
    for (size_t i = 0; i < c->run->findings.n; i++) {
        const finding *f = &c->run->findings.at[i];
        if (f->code == KF_E_MIGRATION_WITHHELD) check_waiting(c, f);
        fact_kind kind = f->name.n ? FACT_NAME : f->field.n ? FACT_COLUMN : FACT_TABLE;
        fact like = {.table = f->collection, .object = f->name.n ? f->name : f->field};
        if (f->code == KF_E_DROP_NOT_ALLOWED && !is_extra(c, kind, &like))
            text_format(&c->out, "  listed as withheld, and not there: %.*s\n", STR_ARG(f->message));
    }
}

/* But for the fields that are listed, documents are the same. */
static void check_documents(comparison *c) {
    world kept = world_copy(c->kept, c->arena);
    fact_list is = {0}, should_be = {0}, extra = {0};
    for (size_t i = 0; i < kept.collections.n; i++) {
        documents *d = &kept.collections.at[i];
        for (size_t j = 0; j < d->at.n; j++)
            for (size_t k = d->at.at[j].fields.n; k-- > 0;)
                if (is_listed(c, d->collection, STR_NONE, d->at.at[j].fields.at[k].name, true))
                    vec_remove(&d->at.at[j].fields, k);
    }
    world_facts(&is, &kept, c->arena);
    world_facts(&should_be, c->dropped, c->arena);
    facts_less(&extra, &is, &should_be, c->arena);
    for (size_t i = 0; i < extra.n; i++) {
        const fact *f = &extra.at[i];
        if (f->kind == FACT_DOCUMENT && !is_table_listed(c, f->table) && !is_asked_about(f->table, c->run, 1))
            text_format(&c->out, "  without the drops a document is: %.*s\n", STR_ARG(f->line));
    }
    world_free(&kept);
}

static str withheld_broken(const world *kept, const world *dropped, const applied *run, arena *a) {
    comparison c = {.kept = kept, .dropped = dropped, .run = run, .arena = a, .out = {.arena = a}};
    fact_list is = {0}, should_be = {0};
    world_facts(&is, kept, a);
    world_facts(&should_be, dropped, a);
    facts_less(&c.extra, &is, &should_be, a);
    facts_less(&c.missing, &should_be, &is, a);
    check_facts(&c, "without the drops there is", &c.extra, true);
    check_facts(&c, "without the drops there is no", &c.missing, false);
    check_listed(&c);
    check_documents(&c);
    return text_str(&c.out);
}

/* ---- statement by statement ---- */

static bool is_spared_index(const fact *f, const world *steps, const world *at_once) {
    const table *t = schema_table(steps->live->schema, f->table), *o = schema_table(at_once->live->schema, f->table);
    const index_spec *x = f->kind == FACT_INDEX && t ? table_index(t, f->object) : NULL;
    for (size_t i = 0; x && o && !x->unique && index_is_plain(x) && i < o->indexes.n; i++)
        if (o->indexes.at[i]->unique && index_is_plain(o->indexes.at[i]) && key_equal(&o->indexes.at[i]->key, &x->key))
            return true;
    return false;
}

/* A foreign key of a table that a log does not speak of is not touched when what it refers to is renamed. */
static void forget_references(fact_list *facts) {
    for (size_t i = 0; i < facts->n; i++) {
        size_t at = str_find(facts->at[i].line, STR(" references "), 0);
        if (facts->at[i].kind == FACT_NAME && at != SIZE_MAX) facts->at[i].line.n = at;
    }
}

str laws_steps_broken(const law_case *c, arena *a) {
    world at_once = world_copy(c->start, a), steps = world_copy(c->start, a);
    kf_plan_options o = c->options;
    fact_list is = {0}, should_be = {0}, extra = {0}, missing = {0};
    text out = {.arena = a};
    bool documents = !laws_reincarnates(c->log), asked = false;
    o.allow_drop = KF_DROP_ALL;
    asked |= world_apply(&at_once, c->log, 0, c->log->statements.n, &o, a).status != 0;
    for (size_t i = 0; i < c->log->statements.n; i++) {
        asked |= world_apply(&steps, c->log, i, i + 1, &o, a).status != 0;
        documents &= c->log->statements.at[i].sql.p[0] != 'U'; /* an UPDATE is schema only beside its SET NOT NULL */
    }
    world_facts(&is, &steps, a);
    world_facts(&should_be, &at_once, a);
    forget_references(&is);
    forget_references(&should_be);
    facts_less(&extra, &is, &should_be, a);
    facts_less(&missing, &should_be, &is, a);
    for (size_t i = 0; !asked && i < extra.n; i++)
        if (extra.at[i].kind != FACT_SERVED && (documents || extra.at[i].kind != FACT_DOCUMENT) &&
            !is_spared_index(&extra.at[i], &steps, &at_once))
            text_format(&out, "  step by step there is %.*s\n", STR_ARG(extra.at[i].line));
    for (size_t i = 0; !asked && i < missing.n; i++)
        if (missing.at[i].kind != FACT_SERVED && (documents || missing.at[i].kind != FACT_DOCUMENT))
            text_format(&out, "  step by step there is no %.*s\n", STR_ARG(missing.at[i].line));
    if (!asked) text_add(&out, names_broken(&steps, a));
    world_free(&at_once);
    world_free(&steps);
    return text_str(&out);
}

/* ---- the laws ---- */

/* One step of a law: what was applied, and what came of it. */
typedef struct check {
    law_case *c;
    arena *arena;
    kf_plan_options keeping, dropping;
    world whole; /* at once, with every drop allowed */
    applied first;
    bool with_documents;
    text out;
} check;

static size_t length(const check *k) { return k->c->log->statements.n; }

static void broken(check *k, str law, size_t prefix, str how) {
    if (how.n == 0) return;
    text_format(&k->out, "%.*s", STR_ARG(law));
    if (prefix != SIZE_MAX) text_format(&k->out, " (prefix %zu of %zu)", prefix, length(k));
    text_format(&k->out, ":\n%.*s", STR_ARG(how));
}

static str again(check *k, world *w, const kf_plan_options *o) {
    applied twice = world_apply(w, k->c->log, 0, length(k), o, k->arena);
    if (twice.operations)
        return str_format(k->arena, "  a second time there are %zu operations\n%.*s", twice.operations, STR_ARG(twice.plan));
    if (twice.undone) return str_format(k->arena, "  a second time %zu statements are not satisfied\n", twice.undone);
    return STR_NONE;
}

static void check_end(check *k, world *w, size_t prefix, applied *runs, size_t n) {
    for (size_t i = 0; i < k->first.unclear.n; i++) vec_push(k->arena, &runs[0].unclear, k->first.unclear.at[i]);
    for (size_t i = 0; i < k->first.findings.n; i++)
        if (k->first.findings.at[i].code == KF_E_MIGRATION_WITHHELD)
            vec_push(k->arena, &runs[0].findings, k->first.findings.at[i]);
    comparing c = {w, &k->whole, runs, n, profile_find(str_of(k->c->options.profile)), k->with_documents, 0, k->arena};
    broken(k, STR("the whole ends otherwise"), prefix, difference(&c));
    k->c->ends++;
    for (size_t i = 0; i < n; i++)
        if (runs[i].impossible) broken(k, STR("a plan cannot be carried out"), prefix, STR("\n"));
    k->c->excused += c.excused;
    broken(k, STR("names"), prefix, names_broken(w, k->arena));
}

static applied apply_prefix(check *k, world *w, size_t n, const kf_plan_options *o) {
    if (!k->c->prefixes) return world_apply(w, k->c->log, 0, n, o, k->arena);
    kf_log *log = k->c->prefixes[n];
    return log ? world_apply(w, log, 0, log->statements.n, o, k->arena) : (applied){0};
}

static void check_dropping(check *k, size_t prefix) {
    world w = world_copy(k->c->start, k->arena);
    applied runs[2] = {apply_prefix(k, &w, prefix, &k->dropping),
                       world_apply(&w, k->c->log, 0, length(k), &k->dropping, k->arena)};
    check_end(k, &w, prefix, runs, 2);
    if (!runs[1].stopped) broken(k, STR("twice"), prefix, again(k, &w, &k->dropping));
    world_free(&w);
}

static void check_keeping(check *k, size_t prefix) {
    world w = world_copy(k->c->start, k->arena);
    applied runs[4] = {{0}};
    if (prefix) runs[0] = apply_prefix(k, &w, prefix, &k->keeping);
    world dropped = world_copy(&w, k->arena);
    runs[1] = world_apply(&w, k->c->log, 0, length(k), &k->keeping, k->arena);
    runs[2] = world_apply(&dropped, k->c->log, 0, length(k), &k->dropping, k->arena);
    check_end(k, &dropped, prefix, runs, 3);
    if (!runs[1].stopped) {
        broken(k, STR("what is withheld"), prefix, withheld_broken(&w, &dropped, &runs[1], k->arena));
        broken(k, STR("names"), prefix, names_broken(&w, k->arena));
        broken(k, STR("twice, without the drops"), prefix, again(k, &w, &k->keeping));
        runs[3] = world_apply(&w, k->c->log, 0, length(k), &k->dropping, k->arena);
        check_end(k, &w, prefix, runs, 4);
    }
    world_free(&w);
    world_free(&dropped);
}

/* A plain index that was built before its name was written is taken for djongo's, or somebody's: once the log speaks of it that
 * makes no difference. */
static void check_cut(check *k, size_t after) {
    world w = world_copy(k->c->start, k->arena);
    w.stop_after = after;
    applied runs[2] = {world_apply(&w, k->c->log, 0, length(k), &k->dropping, k->arena),
                       world_apply(&w, k->c->log, 0, length(k), &k->dropping, k->arena)};
    bool with_documents = k->with_documents;
    size_t before = k->out.n;
    k->with_documents = w.cut = k->whole.cut = true; /* no prefix is applied: nothing is taken for another incarnation */
    check_end(k, &w, SIZE_MAX, runs, 2);
    if (!runs[1].stopped) broken(k, STR("twice"), SIZE_MAX, again(k, &w, &k->dropping));
    if (k->out.n > before)
        text_format(&k->out, "  (cut off after %zu of %zu operations; then: )\n%.*s", after, k->first.operations,
                    STR_ARG(runs[1].plan));
    k->with_documents = with_documents;
    k->whole.cut = false;
    world_free(&w);
}

str laws_broken(law_case *c, arena *a) {
    check k = {.c = c, .arena = a, .keeping = c->options, .dropping = c->options, .out = {.arena = a}};
    k.keeping.keep_going = k.dropping.keep_going = true;
    k.keeping.allow_drop = KF_DROP_NONE;
    k.dropping.allow_drop = KF_DROP_ALL;
    k.with_documents = !laws_reincarnates(c->log);
    k.whole = world_copy(c->start, a);
    k.first = world_apply(&k.whole, c->log, 0, length(&k), &k.dropping, a);
    c->stopped += k.first.stopped;
    c->asked += k.first.unclear.n > 0;
    if (k.first.stopped) {
        if (k.first.status != 4 && k.first.status != 3) broken(&k, STR("stopped without asking"), SIZE_MAX, STR("\n"));
        world_free(&k.whole);
        return text_str(&k.out);
    }
    broken(&k, STR("names"), SIZE_MAX, names_broken(&k.whole, a));
    broken(&k, STR("twice"), SIZE_MAX, again(&k, &k.whole, &k.dropping));
    check_keeping(&k, 0);
    bool cut = c->stride && !takes_what_is_there(c->log);
    size_t step = c->stride > 1 ? 3 * c->stride : 1; /* a captured log has many operations of one kind */
    for (size_t n = c->first; cut && n < k.first.operations; n += step) check_cut(&k, n);
    for (size_t n = c->first, i = 0; c->stride && n < length(&k); n += c->stride, i++) {
        check_dropping(&k, n);
        if (!c->keep_every || i % c->keep_every == 0) check_keeping(&k, n);
    }
    world_free(&k.whole);
    return text_str(&k.out);
}

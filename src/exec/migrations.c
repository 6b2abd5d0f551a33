/* Rows of django_migrations. There is no unique index on (app, name), and a server may have no transactions: what keeps two
 * runs at once from writing a row twice is its _id, which follows from app and name, so that the second one's is refused. */
#include "exec/run.h"

enum { OID_BYTES = 12 };

typedef struct live_row {
    str app, name;
    bool has_oid;
    char oid[OID_BYTES];
} live_row;

typedef struct live_rows {
    VEC(live_row) rows;
    int64_t greatest; /* id; 0: there is none */
} live_rows;

/* ---- what comes before ---- */

static size_t first_cause(const operation *op) {
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < op->causes.n; i++)
        if (op->causes.at[i] < first) first = op->causes.at[i];
    return first;
}

/* A document of the catalog tells of what went as well. */
static bool is_drop(const operation *op) {
    return op->kind == OPERATION_CLEAR_INDEX || op->kind == OPERATION_UNSET_FIELD ||
           (op->kind >= OPERATION_DROP_INDEX && !op->migration);
}

static void lower(size_t *first, const operation *op, bool drops) {
    if ((!drops || is_drop(op)) && first_cause(op) < *first) *first = first_cause(op);
}

/* The first statement of which something was not done; of drops alone, for a row that goes. */
static size_t first_undone(const run *r, bool drops) {
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < r->out->failures.n; i++)
        lower(&first, &r->p->operations.at[r->out->failures.at[i].operation], drops);
    for (size_t i = 0; i < r->out->left_out.n; i++)
        lower(&first, &r->p->operations.at[r->out->left_out.at[i].operation], drops);
    return first;
}

/* A row that gets another key is the only trace of it until that is written. */
static bool is_awaited(const run *r, const operation *removal) {
    for (size_t i = 0; i < r->out->left_out.n; i++) {
        const operation *op = &r->p->operations.at[r->out->left_out.at[i].operation];
        if (op->kind != OPERATION_WRITE_MIGRATION) continue;
        for (size_t k = 0; k < removal->causes.n; k++)
            if (first_cause(op) == removal->causes.at[k]) return true;
    }
    return false;
}

static bool waits(run *r, size_t operation) {
    const struct operation *op = &r->p->operations.at[operation];
    bool removal = op->kind == OPERATION_REMOVE_MIGRATION, awaited = removal && is_awaited(r, op);
    size_t undone = first_undone(r, removal && !awaited);
    if (!awaited && (undone == SIZE_MAX || undone > first_cause(op)) && !run_is_given_up(r, op->collection)) return false;
    run_leave_out(r, operation, undone);
    return true;
}

/* ---- what is there ---- */

static const migration *migration_at(const run *r, size_t operation) { return r->p->operations.at[operation].migration; }

static void add_row(run *r, live_rows *out, str d) {
    bson_iter_t i;
    live_row row = {.app = str_copy(r->arena, tree_get_str(d, "app")), .name = str_copy(r->arena, tree_get_str(d, "name"))};
    row.has_oid = tree_find(&i, d, "_id") && bson_iter_type(&i) == BSON_TYPE_OID;
    if (row.has_oid) memcpy(row.oid, bson_iter_oid(&i)->bytes, OID_BYTES);
    vec_push(r->arena, &out->rows, row);
    int64_t id = tree_get_int(d, "id");
    if (id > out->greatest) out->greatest = id;
}

/* Once more: since the snapshot indexes may have been built for an hour, and Django's migrate have run. */
static int read_rows(run *r, live_rows *out) {
    bson_t *all = tree_new(r->arena), *options = tree_new(r->arena), fields;
    answer x;
    str d;
    bson_append_document_begin(options, "projection", -1, &fields);
    for (const char *const *f = (const char *const[]){"id", "app", "name", NULL}; *f; f++)
        bson_append_int32(&fields, *f, -1, 1);
    bson_append_document_end(options, &fields);
    int rc = cursor_find(r->c, MIGRATIONS_TABLE, all, options, r->err);
    if (rc) return rc;
    *out = (live_rows){0};
    while (cursor_next(r->c, &d)) add_row(r, out, d);
    cursor_end(&x, r->c, r->arena);
    return x.ok ? 0 : run_trouble(r, &x, "cannot read", STR(MIGRATIONS_TABLE));
}

static bool is_there(const live_rows *rows, const migration *m) {
    for (size_t i = 0; i < rows->rows.n; i++)
        if (str_eq(rows->rows.at[i].app, m->app) && str_eq(rows->rows.at[i].name, m->name)) return true;
    return false;
}

/* ---- the counter ---- */

static bson_t *increment(run *r, int64_t by) {
    bson_t *b = tree_new(r->arena), inner, op;
    tree_put_str(b, "findAndModify", STR(CATALOG));
    bson_append_document_begin(b, "query", -1, &inner);
    tree_put_str(&inner, "name", STR(MIGRATIONS_TABLE));
    bson_append_document_begin(&inner, "auto.seq", -1, &op);
    bson_append_bool(&op, "$exists", -1, true);
    bson_append_document_end(&inner, &op);
    bson_append_document_end(b, &inner);
    bson_append_document_begin(b, "update", -1, &inner);
    bson_append_document_begin(&inner, "$inc", -1, &op);
    tree_put_int(&op, "auto.seq", by);
    bson_append_document_end(&inner, &op);
    bson_append_document_end(b, &inner);
    bson_append_bool(b, "new", -1, true);
    return b;
}

/* As djongo's own INSERT takes its number; *found is false where the table has no counter. */
static int take_ids(run *r, int64_t n, int64_t *last, bool *found) {
    answer x;
    int rc = command_write(&x, r->c, r->arena, increment(r, n), r->err);
    if (rc) return rc;
    if (!x.ok) return run_trouble(r, &x, "cannot take ids from the counter of", STR(MIGRATIONS_TABLE));
    str counter = tree_get_document(tree_get_document(x.document, "value"), "auto");
    bson_iter_t i;
    *found = tree_find(&i, counter, "seq") && tree_int(&i, last);
    return 0;
}

/* n ids from *first on. A counter that is behind the rows is brought up to them: it is raised, and never lowered. */
static int next_ids(run *r, const live_rows *rows, int64_t n, int64_t *first) {
    int64_t last = 0;
    bool found = false;
    int rc = take_ids(r, n, &last, &found);
    int64_t behind = rows->greatest - (last - n);
    if (rc == 0 && found && behind > 0) rc = take_ids(r, behind, &last, &found);
    *first = found ? last - n + 1 : rows->greatest + 1;
    return rc;
}

/* ---- writing ---- */

static void oid_of(char out[OID_BYTES], const migration *m) {
    uint64_t first = hash_bytes(hash_bytes(hash_bytes(HASH_START, m->app), (str){"", 1}), m->name);
    uint64_t second = hash_bytes(hash_bytes(hash_bytes(first, m->name), (str){"", 1}), m->app);
    for (int i = 0; i < OID_BYTES; i++) out[i] = (char)((i < 8 ? first >> (8 * i) : second >> (8 * (i - 8))) & 0xff);
}

/* Somebody's UPDATE may have given the row that had it another app. */
static bool is_taken(const live_rows *rows, const char oid[OID_BYTES]) {
    for (size_t i = 0; i < rows->rows.n; i++)
        if (rows->rows.at[i].has_oid && memcmp(rows->rows.at[i].oid, oid, OID_BYTES) == 0) return true;
    return false;
}

/* As djongo writes it: the same fields in the same order. */
static void append_row(bson_t *list, size_t at, const live_rows *rows, const migration *m, int64_t id) {
    bson_t b;
    bson_oid_t oid;
    char room[16], bytes[OID_BYTES];
    oid_of(bytes, m);
    if (is_taken(rows, bytes)) bson_oid_init(&oid, NULL);
    else memcpy(oid.bytes, bytes, OID_BYTES);
    bson_append_document_begin(list, tree_position(at, room), -1, &b);
    bson_append_oid(&b, "_id", -1, &oid);
    tree_put_int(&b, "id", id);
    tree_put_str(&b, "app", m->app);
    tree_put_str(&b, "name", m->name);
    value_append(&b, "applied", &m->applied);
    bson_append_document_end(list, &b);
}

typedef VEC(size_t) operation_list;

static bson_t *insertion(run *r, const operation_list *which, const live_rows *rows, int64_t first) {
    bson_t *b = tree_new(r->arena), list;
    tree_put_str(b, "insert", STR(MIGRATIONS_TABLE));
    bson_append_array_begin(b, "documents", -1, &list);
    for (size_t i = 0; i < which->n; i++) append_row(&list, i, rows, migration_at(r, which->at[i]), first + (int64_t)i);
    bson_append_array_end(b, &list);
    bson_append_bool(b, "ordered", -1, false);
    return b;
}

static int insert(run *r, const operation_list *which, live_rows *rows) {
    answer x;
    int64_t first = 0;
    int rc = next_ids(r, rows, (int64_t)which->n, &first);
    if (rc == 0) rc = command_write(&x, r->c, r->arena, insertion(r, which, rows, first), r->err);
    if (rc) return rc;
    rows->greatest = first + (int64_t)which->n - 1;
    if (x.duplicate) return run_replan(r, "a row of " MIGRATIONS_TABLE " was written by somebody else meanwhile");
    return x.ok ? 0 : run_trouble(r, &x, "cannot write to", STR(MIGRATIONS_TABLE));
}

/* Enough for one command, far below MongoDB's limits. */
enum { ROWS_A_COMMAND = 1000 };

int migrations_write(run *r, size_t first, size_t end) {
    operation_list which = {0};
    live_rows rows = {0};
    int rc = 0;
    size_t done = 0;
    bool read = false;
    for (size_t i = first; rc == 0 && i < end; i++) {
        if (waits(r, i)) continue;
        if (!read) rc = read_rows(r, &rows);
        read = true;
        done++;
        if (rc == 0 && !is_there(&rows, migration_at(r, i))) vec_push(r->arena, &which, i);
    }
    for (size_t i = 0; rc == 0 && i < which.n; i += ROWS_A_COMMAND) {
        operation_list part = {which.at + i, which.n - i < ROWS_A_COMMAND ? which.n - i : ROWS_A_COMMAND, 0};
        rc = insert(r, &part, &rows);
    }
    if (rc == 0) r->out->done += done;
    return rc;
}

/* ---- taking away ---- */

static void append_removal(bson_t *list, size_t at, const migration *m) {
    bson_t each, match;
    char room[16];
    bson_append_document_begin(list, tree_position(at, room), -1, &each);
    bson_append_document_begin(&each, "q", -1, &match);
    tree_put_str(&match, "app", m->app);
    tree_put_str(&match, "name", m->name);
    bson_append_document_end(&each, &match);
    bson_append_int32(&each, "limit", -1, 0); /* should it be there twice: SQL's DELETE takes both */
    bson_append_document_end(list, &each);
}

static int delete (run *r, const size_t *at, size_t n) {
    bson_t *b = tree_new(r->arena), list;
    answer x;
    tree_put_str(b, "delete", STR(MIGRATIONS_TABLE));
    bson_append_array_begin(b, "deletes", -1, &list);
    for (size_t i = 0; i < n; i++) append_removal(&list, i, migration_at(r, at[i]));
    bson_append_array_end(b, &list);
    int rc = command_write(&x, r->c, r->arena, b, r->err);
    if (rc) return rc;
    return x.ok ? 0 : run_trouble(r, &x, "cannot write to", STR(MIGRATIONS_TABLE));
}

int migrations_remove(run *r, size_t first, size_t end) {
    operation_list which = {0};
    int rc = 0;
    for (size_t i = first; i < end; i++)
        if (!waits(r, i)) vec_push(r->arena, &which, i);
    for (size_t i = 0; rc == 0 && i < which.n; i += ROWS_A_COMMAND)
        rc = delete (r, which.at + i, which.n - i < ROWS_A_COMMAND ? which.n - i : ROWS_A_COMMAND);
    if (rc == 0) r->out->done += which.n;
    return rc;
}

/* Statements that the parser understands and that converging passes over. */
#include "api/api.h"

/* UPDATE t SET c = v WHERE c IS NULL may belong to a SET NOT NULL. */
static bool is_null_update(const statement *st) {
    const dml *d = st->dml;
    return d->op == DML_UPDATE && d->columns.n == 1 && d->where && d->where->kind == EXPRESSION_IS_NULL;
}

static const char *reason_of(const statement *st) {
    switch (st->kind) {
    case STATEMENT_FLUSH: return "FLUSH: deletes data, never replayed";
    case STATEMENT_CREATE_DATABASE: return "CREATE DATABASE";
    case STATEMENT_DROP_DATABASE: return "DROP DATABASE: never replayed";
    case STATEMENT_DML:
        if (str_eq(st->table, STR(MIGRATIONS_TABLE)) || is_null_update(st)) return NULL;
        return dml_operation_text(st->dml->op);
    default: return NULL;
    }
}

bool statement_is_unwanted(const statement *st, const kf_plan_options *options) {
    return options->no_migrations_table && st->dml && str_eq(st->table, STR(MIGRATIONS_TABLE));
}

void statement_pass_over(statement *st) {
    const char *reason = reason_of(st);
    if (!reason) return;
    st->kind = STATEMENT_SKIPPED;
    st->reason = str_of(reason);
}

/* What the parser understands and the schema stage does not apply yet. */
#include "api/api.h"

static const struct {
    statement_kind as;
    const char *reason;
} kinds[] = {
    [STATEMENT_RENAME_TABLE] = {STATEMENT_UNSUPPORTED, "RENAME TO is not translated yet"},
    [STATEMENT_DROP_TABLE] = {STATEMENT_UNSUPPORTED, "DROP TABLE is not translated yet"},
    [STATEMENT_FLUSH] = {STATEMENT_SKIPPED, "FLUSH: deletes data, never replayed"},
    [STATEMENT_CREATE_INDEX] = {STATEMENT_UNSUPPORTED, "CREATE INDEX is not translated yet"},
    [STATEMENT_DROP_INDEX] = {STATEMENT_UNSUPPORTED, "DROP INDEX is not translated yet"},
    [STATEMENT_RENAME_INDEX] = {STATEMENT_UNSUPPORTED, "ALTER INDEX is not translated yet"},
    [STATEMENT_CREATE_DATABASE] = {STATEMENT_UNSUPPORTED, "CREATE DATABASE is not translated yet"},
    [STATEMENT_DROP_DATABASE] = {STATEMENT_UNSUPPORTED, "DROP DATABASE is not translated yet"},
    [STATEMENT_DML] = {STATEMENT_SKIPPED, "DML"},
    [STATEMENT_UNSUPPORTED] = {0, NULL},
};

static const char *const actions[] = {
    [ACTION_RENAME_COLUMN] = "RENAME COLUMN is not translated yet",
    [ACTION_SET_TYPE] = "ALTER COLUMN TYPE is not translated yet",
    [ACTION_RENAME_NAME] = "RENAME CONSTRAINT is not translated yet",
};

static const char *reason_of(const action *a) {
    if (a->if_not_exists) return "ADD COLUMN IF NOT EXISTS is not translated yet";
    return actions[a->kind];
}

static void pass_over(statement *st, statement_kind as, const char *reason) {
    *st = (statement){.kind = as, .reason = str_of(reason)};
}

void statement_pass_over(statement *st) {
    static const char *const operations[] = {"INSERT", "UPDATE", "DELETE"};
    const char *reason = st->kind == STATEMENT_DML ? operations[st->dml->op] : kinds[st->kind].reason;
    if (reason) {
        pass_over(st, kinds[st->kind].as, reason);
        return;
    }
    for (size_t i = 0; !reason && i < st->actions.n; i++) reason = reason_of(&st->actions.at[i]);
    if (reason) pass_over(st, STATEMENT_UNSUPPORTED, reason);
}

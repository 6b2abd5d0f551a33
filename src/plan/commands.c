/* FLUSH and DROP DATABASE: what is carried out and never replayed. */
#include "plan/work.h"

static void add(plan *p, schema *desired, const command *c) {
    operation op = {.kind = OPERATION_EMPTY_COLLECTION,
                    .collection = c->target,
                    .restart = c->restart,
                    .reason = STR("the table is flushed")};
    if (c->kind == STATEMENT_DROP_DATABASE)
        op = (operation){.kind = OPERATION_DROP_DATABASE, .from = c->target, .reason = STR("the database was dropped")};
    vec_push(p->arena, &op.causes, c->statement);
    vec_push(p->arena, &p->operations, op);
    desired->effects.at[c->effect - 1].verdict = VERDICT_APPLIED;
}

void commands_plan(plan *p, schema *desired) {
    for (size_t i = 0; i < desired->commands.n; i++) add(p, desired, &desired->commands.at[i]);
}

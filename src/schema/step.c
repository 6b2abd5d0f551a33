#include "schema/step.h"

size_t step_effect(step *w, effect_kind kind, str target) {
    vec_push(w->s->arena, &w->s->effects, (effect){kind, w->number, w->table, target, false, false, false, VERDICT_UNKNOWN});
    if (w->table) vec_push(w->s->arena, &w->table->effects, w->s->effects.n);
    return w->s->effects.n;
}

effect *step_effect_at(step *w, size_t effect) { return effect ? &w->s->effects.at[effect - 1] : NULL; }

void step_supersede(step *w, size_t effect) {
    if (effect) step_effect_at(w, effect)->superseded = true;
}

void step_refuse(step *w, kf_code code, size_t offset, str message) {
    if (!w->rc) w->rc = fail_at(w->err, code, w->sql, offset, "%.*s", STR_ARG(message));
}

const table *step_recorded(const step *w) {
    const table *t = w->table ? schema_table(w->live, w->table->name) : NULL;
    for (size_t i = w->table ? w->table->was.n : 0; !t && i-- > 0;) t = schema_table(w->live, w->table->was.at[i]);
    return t && t->has_names ? t : NULL;
}

void step_notice(step *w, str message) {
    if (w->table && w->table->missing) return; /* nothing is known of it */
    vec_push(w->s->arena, &w->s->notices, (struct notice){w->number, message});
}

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

void step_notice(step *w, str message) { vec_push(w->s->arena, &w->s->notices, (struct notice){w->number, message}); }

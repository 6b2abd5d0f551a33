#include "api/api.h"

#include <stdlib.h>

int text_give(kf_text *out, const text *from, kf_error *err) {
    *out = (kf_text){0};
    char *copy = malloc(from->n + 1);
    if (!copy) return fail_memory(err);
    if (from->n) memcpy(copy, from->p, from->n);
    copy[from->n] = '\0';
    *out = (kf_text){copy, from->n};
    return 0;
}

void kf_text_free(kf_text *t) {
    if (!t) return;
    free(t->data);
    *t = (kf_text){0};
}

const char *kf_version(void) { return KF_VERSION; }

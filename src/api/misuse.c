/* What callers get wrong. */
#include "api/api.h"

/* Beyond any struct of options: whatever stands there is no size. */
enum { LARGEST = 4096 };

int handle_enter(atomic_bool *busy, const char *function, kf_error *err) {
    if (!atomic_exchange(busy, true)) return 0;
    return fail(err, KF_E_IN_USE, "%s: another thread uses this handle: give each one of its own, or lock it", function);
}

int handle_leave(atomic_bool *busy, int rc) {
    atomic_store(busy, false);
    return rc;
}

static bool is_zero(const unsigned char *from, const unsigned char *to) {
    while (from < to)
        if (*from++) return false;
    return true;
}

int options_take(void *out, size_t known, size_t first, const void *given, const char *function, kf_error *err) {
    size_t size;
    if (!given) return 0;
    memcpy(&size, given, sizeof size);
    if (size < first || size > LARGEST)
        return fail(err, KF_E_USAGE, "%s: options.size is %zu: begin with the header's own initialiser", function, size);
    const unsigned char *bytes = given;
    if (size > known && !is_zero(bytes + known, bytes + size))
        return fail(err, KF_E_USAGE, "%s: the options are of a newer keyfold than this, %s, and ask for what it does not know",
                    function, KF_VERSION);
    memcpy(out, given, size < known ? size : known);
    return 0;
}

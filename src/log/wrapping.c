#include "log/wrapping.h"

void unwrap(unwrapped *out, str text, arena *a) {
    *out = (unwrapped){.text = text, .wrapping = ""};
    if (journal_unwrap(out, text, a) || json_lines_unwrap(out, text, a)) return;
    line_prefix_unwrap(out, text, a);
}

#include "cli.h"

#include <string.h>

int run_explain(const options *o) {
    const char *path = o->file_count > 1 ? o->files[1] : "-";
    kf_text text, out;
    kf_error err;
    if (file_read(&text, path, &err) != 0) return say_error(&err);
    int status = 0;
    if (kf_explain(&out, o->files[0], text.data, text.length, &o->plan, &err) == 0) print_text(&out);
    else if (err.code == KF_E_USAGE) status = say_usage(o->verb, "%s", err.message);
    else status = say_error_in(path, &text, &err);
    kf_text_free(&text);
    return status;
}

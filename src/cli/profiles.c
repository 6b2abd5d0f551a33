#include "cli.h"

int run_profiles(const options *o) {
    kf_text text;
    kf_error err;
    if (kf_profiles_describe(&text, o->json, &err) != 0) return say_error(&err);
    print_text(&text);
    return 0;
}

/* What the terminal and its user want. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

bool may_draw(void) {
    const char *term = setting("TERM");
    return *term && strcmp(term, "dumb") != 0;
}

/* no-color.org and bixense.com/clicolors: NO_COLOR is the stronger one. */
bool may_colour(int fd) {
    const char *force = setting("CLICOLOR_FORCE");
    if (*setting("NO_COLOR")) return false;
    if (*force && strcmp(force, "0") != 0) return true;
    return isatty(fd) && may_draw() && strcmp(setting("CLICOLOR"), "0") != 0;
}

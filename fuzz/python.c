/* Python literals, as the parameters that a log shows beside a statement. */
#include "fuzz.h"

#include <stdlib.h>

const char *const fuzz_seeds[] = {"fuzz/seeds/python", NULL};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char head[] = "sql_command: UPDATE \"t\" SET \"c\" = %(0)s WHERE \"c\" IS NULL\nparams: ";
    size_t length = sizeof head - 1 + size;
    char *log = malloc(length);
    kf_error err;
    kf_text text;
    must(log);
    memcpy(log, head, sizeof head - 1);
    if (size) memcpy(log + sizeof head - 1, data, size);
    if (fuzz_checked(kf_explain(&text, "parse", log, length, NULL, &err), &err) == 0) kf_text_free(&text);
    free(log);
    return 0;
}

/* What the targets share. Each hands hostile bytes to the public API and holds it to what its header promises. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <keyfold/keyfold.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where seeds are, from the repository's root, the last one NULL: a folder's files; of *.test each case's input and live side.
 */
extern const char *const fuzz_seeds[];

#define must(condition) ((condition) ? (void)0 : __builtin_trap())

/* One line of UTF-8 that a terminal can be shown, and the code that was returned. Returns rc. */
int fuzz_checked(int rc, const kf_error *err);
/* A plan holds to its own laws: its JSON is read back and written the same, its findings can be asked for, it has a text. */
void fuzz_plan(const kf_plan *plan);
/* The same of a schema. */
void fuzz_schema(const kf_schema *schema);
/* A log of one text; NULL if it is none. */
kf_log *fuzz_log(const char *text, size_t length);

#endif

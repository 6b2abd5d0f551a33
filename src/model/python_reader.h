/* Private to python*.c. */
#ifndef MODEL_PYTHON_READER_H
#define MODEL_PYTHON_READER_H

#include "model/calendar.h"
#include "model/python.h"

typedef struct python {
    str text;
    size_t at;
    size_t depth, calls;
    bool json;
    arena *arena;
    kf_error *err;
} python;

int python_fail(python *p, size_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));
void python_space(python *p);
/* Takes the text if it is next, behind white space. */
bool python_take(python *p, const char *text);
/* Letters, digits, _ and dots; empty if there are none. */
str python_word(python *p);
int python_read(python *p, value *out);

/* python_text.c: 'a', "b", b'c'; the quote is at p->at. */
int python_text(python *p, str *out, bool bytes);
/* python_call.c: NAME(...), the name taken already; begins at `at`. 0, an error, or PYTHON_NO_CALL. */
enum { PYTHON_NO_CALL = 1 };
int python_call(python *p, str name, size_t at, value *out);

#endif

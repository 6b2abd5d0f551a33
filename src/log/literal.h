/* Python literals, as far as a log's lines need them. */
#ifndef LOG_LITERAL_H
#define LOG_LITERAL_H

#include "base/arena.h"

/* How far a literal is from its end; start with zeros. */
typedef struct literal {
    size_t depth;
    char quote;
} literal;

void literal_scan(literal *l, str line);
/* The offset after the value that the text begins with: at a bracket that is not its own, at a semicolon, or at the
 * text's end. SIZE_MAX if it is still open there. */
size_t literal_end(str s);
/* The offset after the str that the text begins with, or SIZE_MAX. */
size_t literal_str_end(str quoted);
/* The value of the str that the text begins with, up to its closing quote or the end of the text; it may borrow. */
str literal_str(arena *a, str quoted);

#endif

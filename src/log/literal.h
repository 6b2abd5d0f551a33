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
/* The value of the str that the text begins with, up to its closing quote or the end of the text. */
str literal_str(arena *a, str quoted);

#endif

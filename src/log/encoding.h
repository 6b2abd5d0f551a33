/* Text in other encodings → UTF-8. */
#ifndef LOG_ENCODING_H
#define LOG_ENCODING_H

#include "base/arena.h"

/* The character's bytes, at most four; their number. U+FFFD for what is no character, and for a NUL, which would end the text
 * for whoever reads it as a C string. */
size_t utf8_put(char *p, uint32_t c);
void utf8_add(text *t, uint32_t c);
/* The same bytes if they are UTF-8; else each byte that is not is read as Latin-1, and *was_utf8 is made false. */
str utf8_repair(arena *a, str s, bool *was_utf8);

/* Takes off a byte order mark, and makes UTF-16 into UTF-8. *name is "utf-8", "utf-16le" or "utf-16be". */
str encoding_decode(arena *a, str bytes, const char **name);

#endif

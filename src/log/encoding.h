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

/* "utf-8", "utf-16le" or "utf-16be", by how a text begins (ENCODING_BYTES of it tell); *mark: the length of its byte order
 * mark. */
enum { ENCODING_BYTES = 512 };
const char *encoding_of(str beginning, size_t *mark);
/* UTF-16 → UTF-8, which takes at most three bytes for two. The end of `in` that is half a character is left, unless it is the
 * text's last; *used were read. The bytes that were written. */
size_t encoding_from_utf16(char *to, str in, bool little, bool last, size_t *used);

#endif

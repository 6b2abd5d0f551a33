/* Looking through text sixteen bytes at a time. */
#ifndef LOG_SCAN_H
#define LOG_SCAN_H

#include "base/str.h"

/* The offset of the ':' or ';' at or after `from` at which a logger's mark may stand: the one that ends "sql_command: ",
 * "FAILED SQL: ", "Created table: ", or begins "; (params ", "; args=". SIZE_MAX: there is none. It may be none after all. */
size_t scan_mark(str s, size_t from);
/* The offset of the two bytes next to each other, at or after `from`; SIZE_MAX. */
size_t scan_pair(str s, size_t from, char first, char second);
/* Line ends in it. */
size_t scan_lines(str s);

#endif

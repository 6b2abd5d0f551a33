/* Decimal text and BSON's decimal128 (IEEE 754-2008, binary integer decimal). */
#ifndef MODEL_DECIMAL_H
#define MODEL_DECIMAL_H

#include "base/arena.h"

/* The canonical spelling of a decimal number, as libbson prints it: 0.00, 1.5E+30, -Infinity, NaN. False if it is none, or
 * needs more than 34 digits or a greater exponent than decimal128 has: nothing is rounded. */
bool decimal_spell(str *out, str written, arena *a);
/* The 16 bytes of a canonical spelling, little-endian. */
void decimal_encode(uint8_t out[16], str spelling);

#endif

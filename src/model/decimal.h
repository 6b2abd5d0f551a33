/* Decimal text and BSON's decimal128 (IEEE 754-2008, binary integer decimal). */
#ifndef MODEL_DECIMAL_H
#define MODEL_DECIMAL_H

#include "base/arena.h"

/* The canonical spelling of a decimal number, as libbson prints it: 0.00, 1.5E+30, -Infinity, NaN. False if it is none, or
 * needs more than 34 digits or a greater exponent than decimal128 has: nothing is rounded. */
bool decimal_spell(str *out, str written, arena *a);
/* The 16 bytes of a canonical spelling, little-endian. */
void decimal_encode(uint8_t out[16], str spelling);

/* A number that 34 digits can hold. */
typedef struct decimal {
    bool negative, infinite, nan;
    unsigned __int128 digits;
    size_t count; /* of significant digits; 0 for zero */
    long exponent;
} decimal;

bool decimal_read(decimal *out, str written);
decimal decimal_of_int(int64_t n);
/* False if its exact value has more digits: 0.5 has few, 0.1 has not. NaN and infinities are numbers here. */
bool decimal_of_double(decimal *out, double d);
/* As numbers: 1.50 is 1.5. Neither may be NaN. */
int decimal_compare(const decimal *a, const decimal *b);

#endif

#include "model/decimal.h"

#include <math.h>

enum { DIGITS = 34, LEAST_EXPONENT = -6176, GREATEST_EXPONENT = 6111, EXPONENT_CAP = 1000000 };

typedef unsigned __int128 coefficient;

static bool read_word(decimal *d, str s) {
    d->infinite = str_eq_nocase(s, STR("inf")) || str_eq_nocase(s, STR("infinity"));
    d->nan = str_eq_nocase(s, STR("nan"));
    return d->infinite || d->nan;
}

/* Digits behind the 34th may only be zeros. */
static bool add_digit(decimal *d, int digit) {
    if (d->count == DIGITS) {
        d->exponent++;
        return digit == 0;
    }
    d->digits = d->digits * 10 + (unsigned)digit;
    if (d->digits) d->count++;
    return true;
}

static size_t read_digits(decimal *d, str s, bool *exact) {
    size_t i = 0;
    bool point = false, any = false;
    for (; i < s.n; i++) {
        if (s.p[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (s.p[i] < '0' || s.p[i] > '9') break;
        any = true;
        if (!add_digit(d, s.p[i] - '0')) *exact = false;
        if (point) d->exponent--;
    }
    return any ? i : 0;
}

static bool read_exponent(decimal *d, str s) {
    if (s.n < 2 || (s.p[0] != 'e' && s.p[0] != 'E')) return s.n == 0;
    size_t i = s.p[1] == '+' || s.p[1] == '-' ? 2 : 1;
    long exponent = 0;
    if (i == s.n) return false;
    for (; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        if (exponent < EXPONENT_CAP) exponent = exponent * 10 + (s.p[i] - '0');
    }
    d->exponent += s.p[1] == '-' ? -exponent : exponent;
    return true;
}

/* Into the range of exponents, where that changes nothing but the spelling. */
static bool clamp(decimal *d) {
    if (d->digits == 0) {
        if (d->exponent > GREATEST_EXPONENT) d->exponent = GREATEST_EXPONENT;
        if (d->exponent < LEAST_EXPONENT) d->exponent = LEAST_EXPONENT;
        return true;
    }
    while (d->exponent > GREATEST_EXPONENT && d->count < DIGITS) {
        d->digits *= 10;
        d->count++;
        d->exponent--;
    }
    while (d->exponent < LEAST_EXPONENT && d->digits % 10 == 0) {
        d->digits /= 10;
        d->count--;
        d->exponent++;
    }
    return d->exponent >= LEAST_EXPONENT && d->exponent <= GREATEST_EXPONENT;
}

bool decimal_read(decimal *d, str s) {
    *d = (decimal){0};
    if (s.n && (s.p[0] == '-' || s.p[0] == '+')) {
        d->negative = s.p[0] == '-';
        s = str_from(s, 1);
    }
    if (read_word(d, s)) return true;
    bool exact = true;
    size_t end = read_digits(d, s, &exact);
    return end && exact && read_exponent(d, str_from(s, end)) && clamp(d);
}

/* The rules of the General Decimal Arithmetic's to-scientific-string. */
static str spell(const decimal *d, arena *a) {
    char digits[DIGITS + 6];
    size_t n = 0, at = sizeof digits;
    coefficient c = d->digits;
    do digits[--at] = (char)('0' + (int)(c % 10)), n++;
    while (c /= 10);
    const char *sign = d->negative ? "-" : "", *first = digits + at;
    long scientific = d->exponent + (long)n - 1;
    if (d->exponent > 0 || scientific < -6)
        return str_format(a, "%s%c%s%.*sE%+ld", sign, *first, n > 1 ? "." : "", (int)(n - 1), first + 1, scientific);
    if (d->exponent == 0) return str_format(a, "%s%.*s", sign, (int)n, first);
    if (scientific >= 0)
        return str_format(a, "%s%.*s.%.*s", sign, (int)(scientific + 1), first, (int)-d->exponent, first + scientific + 1);
    return str_format(a, "%s0.%.*s%.*s", sign, (int)(-scientific - 1), "00000000", (int)n, first);
}

bool decimal_spell(str *out, str written, arena *a) {
    decimal d;
    if (!decimal_read(&d, written)) return false;
    if (d.nan) *out = STR("NaN");
    else if (d.infinite) *out = d.negative ? STR("-Infinity") : STR("Infinity");
    else *out = spell(&d, a);
    return true;
}

void decimal_encode(uint8_t out[16], str spelling) {
    decimal d;
    uint64_t low, high;
    if (!decimal_read(&d, spelling)) d.nan = true;
    low = (uint64_t)d.digits;
    high = (uint64_t)(d.digits >> 64) | (uint64_t)(d.exponent - LEAST_EXPONENT) << 49;
    if (d.infinite || d.nan) {
        low = 0;
        high = d.nan ? UINT64_C(0x7c00000000000000) : UINT64_C(0x7800000000000000);
    }
    if (d.negative && !d.nan) high |= UINT64_C(1) << 63;
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)(low >> 8 * i);
        out[8 + i] = (uint8_t)(high >> 8 * i);
    }
}

/* ---- as numbers ---- */

static int sign_of(const decimal *d) { return d->digits || d->infinite ? (d->negative ? -1 : 1) : 0; }

/* Of two that are finite, not zero and of one sign, by what they are without it. */
static int compare_magnitudes(decimal a, decimal b) {
    long a_ends = a.exponent + (long)a.count, b_ends = b.exponent + (long)b.count;
    if (a_ends != b_ends) return a_ends > b_ends ? 1 : -1;
    for (; a.exponent > b.exponent; a.exponent--) a.digits *= 10; /* at most to as many digits as the other has */
    for (; b.exponent > a.exponent; b.exponent--) b.digits *= 10;
    return (a.digits > b.digits) - (a.digits < b.digits);
}

int decimal_compare(const decimal *a, const decimal *b) {
    int x = sign_of(a), y = sign_of(b);
    if (x != y || x == 0) return x - y > 0 ? 1 : x - y < 0 ? -1 : 0;
    bool infinite = a->infinite || b->infinite;
    return x * (infinite ? a->infinite - b->infinite : compare_magnitudes(*a, *b));
}

static decimal of_digits(coefficient digits, long exponent, bool negative) {
    decimal d = {.negative = negative, .digits = digits, .exponent = exponent};
    for (; digits; digits /= 10) d.count++;
    return d;
}

decimal decimal_of_int(int64_t n) { return of_digits(n < 0 ? -(coefficient)n : (coefficient)n, 0, n < 0); }

bool decimal_of_double(decimal *out, double d) {
    enum { BITS = 53 };
    coefficient most = 1, digits;
    int exponent, tens = 0;
    *out = (decimal){.negative = signbit(d) != 0, .infinite = isinf(d) != 0, .nan = isnan(d) != 0};
    if (!isfinite(d) || d == 0) return true;
    for (int i = 0; i < DIGITS; i++) most *= 10;
    digits = (coefficient)ldexp(frexp(fabs(d), &exponent), BITS);
    for (exponent -= BITS; digits % 2 == 0; exponent++) digits /= 2;
    for (; exponent > 0; exponent--)
        if ((digits *= 2) >= most) return false;
    for (; exponent < 0; exponent++, tens--) /* a half is five tenths */
        if ((digits *= 5) >= most) return false;
    *out = of_digits(digits, tens, d < 0);
    return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * Three ways, each exact.  Up to 2^53 and 10^22 both operands are doubles, so
 * that one product or quotient rounds once (Clinger 1990).  Up to 2^64 and
 * 10^27 both are long doubles of 64 bits: their quotient is rounded to double
 * a second time, which is wrong only beside the middle between two doubles;
 * there, and for everything else, strtod decides.
 */
#include "base/decimal.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DIGITS = 19, DOUBLE_POWER = 22, LONG_POWER = 27 };

struct decimal {
    uint64_t digits; /* all of them, without the point */
    int count;       /* of digits behind leading zeros */
    int exponent;    /* the value is digits * 10^exponent */
    bool negative;
    size_t length; /* characters */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ------------------------------------------------------------------ grammar */

static size_t read_digits(struct decimal *d, const char *text, size_t at,
                          size_t size)
{
    for (; at < size && is_digit(text[at]); at++) {
        if (d->count < MAX_DIGITS)
            d->digits = d->digits * 10 + (uint64_t)(text[at] - '0');
        d->count += d->count > 0 || text[at] != '0';
    }
    return at;
}

/* The digits behind 'e', limited so that sums of exponents do not overflow. */
static size_t read_exponent(struct decimal *d, const char *text, size_t at,
                            size_t size)
{
    const bool negative = at < size && text[at] == '-';
    int exponent = 0;
    at += at < size && (text[at] == '-' || text[at] == '+');
    const size_t start = at;
    for (; at < size && is_digit(text[at]); at++)
        if (exponent < 100000)
            exponent = exponent * 10 + (text[at] - '0');
    d->exponent += negative ? -exponent : exponent;
    return at > start ? at : 0;
}

/* False when the text is not a number. */
static bool read_decimal(struct decimal *d, const char *text, size_t size)
{
    *d = (struct decimal){.negative = size && text[0] == '-'};
    const size_t start = d->negative;
    size_t at = read_digits(d, text, start, size);
    if (at == start || (text[start] == '0' && at > start + 1))
        return false;
    if (at < size && text[at] == '.') {
        const size_t point = at + 1;
        at = read_digits(d, text, point, size);
        d->exponent = -(int)(at - point);
        if (at == point)
            return false;
    }
    if (at < size && (text[at] == 'e' || text[at] == 'E'))
        at = read_exponent(d, text, at + 1, size);
    d->length = at;
    return at != 0;
}

/* ------------------------------------------------------------------ rounding
 */

static bool by_double(double *out, const struct decimal *d)
{
    static const double powers[DOUBLE_POWER + 1] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (d->digits > (uint64_t)1 << DBL_MANT_DIG ||
        abs(d->exponent) > DOUBLE_POWER)
        return false;
    *out = d->exponent < 0 ? (double)d->digits / powers[-d->exponent]
                           : (double)d->digits * powers[d->exponent];
    return true;
}

#if LDBL_MANT_DIG == 64
/* The lowest 11 of the 64 bits are rounded away: 0x400 is the middle. */
static bool by_long_double(double *out, const struct decimal *d)
{
    static const long double powers[LONG_POWER + 1] = {
        1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L,
        1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L,
        1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};
    if (d->exponent > 0 || d->exponent < -LONG_POWER)
        return false;
    const long double quotient = (long double)d->digits / powers[-d->exponent];
    uint64_t mantissa;
    memcpy(&mantissa, &quotient, sizeof mantissa);
    const uint64_t rest = mantissa & 0x7ff;
    *out = (double)quotient;
    return rest < 0x3ff || rest > 0x401;
}
#else
static bool by_long_double(double *out, const struct decimal *d)
{
    (void)out;
    (void)d;
    return false;
}
#endif

static void by_strtod(double *out, const char *text, size_t length)
{
    char copy[DET_DECIMAL_LONGEST + 1];
    memcpy(copy, text, length);
    copy[length] = '\0';
    const locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    *out = plain ? strtod_l(copy, NULL, plain) : strtod(copy, NULL);
    if (plain)
        freelocale(plain);
}

size_t det_decimal_read(double *out, const char *text, size_t size)
{
    struct decimal d;
    double value;
    if (!read_decimal(&d, text, size) || d.length > DET_DECIMAL_LONGEST)
        return 0;
    const bool all = d.count <= MAX_DIGITS;
    if (all && (by_double(&value, &d) || by_long_double(&value, &d)))
        *out = d.negative ? -value : value;
    else
        by_strtod(out, text, d.length);
    return d.length;
}

/* ------------------------------------------------------------------ writing */

void det_decimal_format(char text[static DET_DECIMAL_SIZE], double value)
{
    enum { ENOUGH_DIGITS = 17, USUAL_DIGITS = 15 };
    double again = 0;
    if (!isfinite(value))
        value = 0;
    for (int digits = USUAL_DIGITS; digits <= ENOUGH_DIGITS; digits++) {
        snprintf(text, DET_DECIMAL_SIZE, "%.*g", digits, value);
        for (char *c = text; *c; c++) /* the locale's decimal point */
            if (!strchr("0123456789+-e", *c))
                *c = '.';
        if (det_decimal_read(&again, text, strlen(text)) && again == value)
            break;
    }
}

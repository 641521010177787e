/* SPDX-License-Identifier: MIT */
#include "apps/number.h"

#include <stdlib.h>
#include <string.h>

bool number_parse_integer(uint64_t *out, const char *text, uint64_t low,
                          uint64_t high)
{
    uint64_t value = 0;
    if (!*text)
        return false;
    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*c - '0'), &value))
            return false;
    }
    if (value < low || value > high)
        return false;
    *out = value;
    return true;
}

bool number_parse_real(double *out, const char *text, double low, double high)
{
    const char digits[] = "0123456789.";
    /* strtod would skip blanks and take "nan", "inf" and "0x1p3". */
    if (!*text || !strchr(digits, *text) ||
        strspn(text, "0123456789.eE+-") != strlen(text))
        return false;
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= low && value <= high))
        return false;
    *out = value;
    return true;
}

/* SPDX-License-Identifier: MIT */
#include "apps/number_argument.h"

#include <inttypes.h>
#include <stdio.h>

#include "apps/number.h"

error_t number_argument_integer(uint64_t *out, const char *name,
                                const char *value, uint64_t low, uint64_t high)
{
    if (number_parse_integer(out, value, low, high))
        return 0;
    fprintf(stderr,
            "%s: %s %.60s: must be a whole number from %" PRIu64 " to %" PRIu64
            " (see %s -h)\n",
            program_invocation_short_name, name, value, low, high,
            program_invocation_short_name);
    return EINVAL;
}

error_t number_argument_real(double *out, const char *name, const char *value,
                             double low, double high)
{
    if (number_parse_real(out, value, low, high))
        return 0;
    fprintf(stderr,
            "%s: %s %.60s: must be a number from %g to %g (see %s -h)\n",
            program_invocation_short_name, name, value, low, high,
            program_invocation_short_name);
    return EINVAL;
}

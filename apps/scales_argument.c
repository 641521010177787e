/* SPDX-License-Identifier: MIT */
#include "apps/scales_argument.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/number_argument.h"

static error_t read_side(int32_t *out, const char *name, const char *start,
                         size_t length, int32_t low, int32_t high)
{
    uint64_t side;
    char *word = strndup(start, length);
    if (!word) {
        fprintf(stderr, "%s: %s: out of memory\n",
                program_invocation_short_name, name);
        return ENOMEM;
    }
    const error_t error = number_argument_integer(
        &side, name, word, (uint64_t)low, (uint64_t)high);
    free(word);
    if (!error)
        *out = (int32_t)side;
    return error;
}

error_t scales_argument_read(struct scales_argument *out, const char *name,
                             const char *value, int32_t low, int32_t high)
{
    out->count = 0;
    for (const char *at = value; at;) {
        const size_t length = strcspn(at, ",");
        if (out->count == SCALES_ARGUMENT_MOST) {
            fprintf(stderr, "%s: %s: more than %d numbers (see %s -h)\n",
                    program_invocation_short_name, name, SCALES_ARGUMENT_MOST,
                    program_invocation_short_name);
            return EINVAL;
        }
        const error_t error =
            read_side(&out->sides[out->count], name, at, length, low, high);
        if (error)
            return error;
        out->count++;
        at = at[length] ? at + length + 1 : NULL;
    }
    return 0;
}

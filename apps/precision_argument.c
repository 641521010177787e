/* SPDX-License-Identifier: MIT */
#include "apps/precision_argument.h"

#include <string.h>

static const char *const names[] = {[DET_PRECISION_FP32] = "fp32",
                                    [DET_PRECISION_TF32] = "tf32",
                                    [DET_PRECISION_BF16] = "bf16",
                                    [DET_PRECISION_FP16] = "fp16"};

bool precision_argument_parse(det_precision *out, const char *text)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0) {
            *out = (det_precision)i;
            return true;
        }
    return false;
}

const char *precision_argument_name(det_precision precision)
{
    return names[precision];
}

/* SPDX-License-Identifier: MIT */
/* He et al. 2015, "Deep Residual Learning for Image Recognition", table 1. */
#include "backbone/resnet.h"

static const struct det_resnet_row resnet_table[] = {
    /* depth  bottleneck  conv2_x .. conv5_x */
    {18, false, {2, 2, 2, 2}},
    {34, false, {3, 4, 6, 3}},
    {50, true, {3, 4, 6, 3}},
    {101, true, {3, 4, 23, 3}},
    {152, true, {3, 8, 36, 3}},
};

const struct det_resnet_row *det_resnet_find(int32_t depth)
{
    for (size_t i = 0; i < sizeof resnet_table / sizeof resnet_table[0]; i++)
        if (resnet_table[i].depth == depth)
            return &resnet_table[i];
    return NULL;
}

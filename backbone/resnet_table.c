/* SPDX-License-Identifier: MIT */
/* He et al. 2015, "Deep Residual Learning for Image Recognition", table 1. */
#include "backbone/resnet.h"

static const struct det_resnet_row resnet_table[] = {
    /* depth  bottleneck  conv2_x .. conv5_x  cifar */
    {18, false, {2, 2, 2, 2}, false},
    {34, false, {3, 4, 6, 3}, false},
    {50, true, {3, 4, 6, 3}, false},
    {101, true, {3, 4, 23, 3}, false},
    {152, true, {3, 8, 36, 3}, false},
    /* section 4.2: 6n + 2 layers */
    {20, false, {3, 3, 3}, true},
    {32, false, {5, 5, 5}, true},
    {44, false, {7, 7, 7}, true},
    {56, false, {9, 9, 9}, true},
    {110, false, {18, 18, 18}, true},
    {1202, false, {200, 200, 200}, true},
};

const struct det_resnet_row *det_resnet_find(int32_t depth)
{
    for (size_t i = 0; i < sizeof resnet_table / sizeof resnet_table[0]; i++)
        if (resnet_table[i].depth == depth)
            return &resnet_table[i];
    return NULL;
}

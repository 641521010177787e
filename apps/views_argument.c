/* SPDX-License-Identifier: MIT */
#include "apps/views_argument.h"

#include <string.h>

static const char *const names[] = {[DET_VIEWS_CENTER] = "center",
                                    [DET_VIEWS_TEN] = "ten",
                                    [DET_VIEWS_FULL] = "full"};

bool views_argument_parse(det_views *out, const char *text)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0) {
            *out = (det_views)i;
            return true;
        }
    return false;
}

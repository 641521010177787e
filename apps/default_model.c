/* SPDX-License-Identifier: MIT */
#include "apps/default_model.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const places[] = {"../share/detect", "../models"};

char *default_model_path(void)
{
    char program[PATH_MAX], *path;
    if (!realpath("/proc/self/exe", program))
        return NULL;
    *strrchr(program, '/') = 0;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (asprintf(&path, "%s/%s/%s", program, places[i],
                     DETECT_DEFAULT_MODEL) < 0)
            return NULL;
        if (access(path, R_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}

/* SPDX-License-Identifier: MIT */
#include "tests/deviation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    const char *path;
    double share;
    char name[256]; /* of the comparison */
} worst;

/* program, precision, share, comparison */
static void write_line(void)
{
    const char *precision = getenv("DETECT_TEST_PRECISION");
    FILE *file = fopen(worst.path, "a");
    if (!file) {
        perror(worst.path);
        return;
    }
    fprintf(file, "%s\t%s\t%.3g\t%s\n", program_invocation_short_name,
            precision ? precision : "fp32", worst.share, worst.name);
    fclose(file);
}

void deviation_note(const char *name, double share)
{
    if (!worst.path) {
        worst.path = getenv("DETECT_TEST_DEVIATIONS");
        if (!worst.path || atexit(write_line) != 0) {
            worst.path = NULL;
            return;
        }
    }
    if (share > worst.share || worst.name[0] == '\0') {
        worst.share = share;
        snprintf(worst.name, sizeof worst.name, "%s", name);
    }
}

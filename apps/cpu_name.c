/* SPDX-License-Identifier: MIT */
#include "apps/cpu_name.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* "model name : Intel(R) Xeon(R) Processor": what is behind the colon. */
static bool take_name(char *out, size_t size, const char *line)
{
    const char *colon = strchr(line, ':');
    if (strncmp(line, "model name", strlen("model name")) != 0 || !colon)
        return false;
    const char *name = colon + 1 + strspn(colon + 1, " \t");
    snprintf(out, size, "%.*s", (int)strcspn(name, "\n"), name);
    return *out != 0;
}

static bool read_from_list(char *out, size_t size)
{
    char line[256];
    bool found = false;
    FILE *list = fopen("/proc/cpuinfo", "re");
    if (!list)
        return false;
    while (!found && fgets(line, sizeof line, list))
        found = take_name(out, size, line);
    fclose(list);
    return found;
}

void cpu_name_read(char *out, size_t size)
{
    struct utsname system;
    if (read_from_list(out, size))
        return;
    snprintf(out, size, "%s", uname(&system) == 0 ? system.machine : "unknown");
}

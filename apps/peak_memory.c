/* SPDX-License-Identifier: MIT */
#include "apps/peak_memory.h"

#include <sys/resource.h>

double peak_memory_mib(void)
{
    struct rusage usage = {0};
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024; /* it is in KiB */
}

/* SPDX-License-Identifier: MIT */
#ifndef APPS_PEAK_MEMORY_H
#define APPS_PEAK_MEMORY_H

/* The most that this process ever had in memory, MiB. */
double peak_memory_mib(void);

#endif

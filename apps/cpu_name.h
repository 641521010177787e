/* SPDX-License-Identifier: MIT */
#ifndef APPS_CPU_NAME_H
#define APPS_CPU_NAME_H

#include <stddef.h>

/* What the system calls its CPU, or else its kind ("x86_64"); cut to `size`
 * bytes with the final 0. */
void cpu_name_read(char *out, size_t size);

#endif

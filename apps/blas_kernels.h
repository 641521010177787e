/* SPDX-License-Identifier: MIT */
/* Training's speed depends on the kernels of OpenBLAS, which it chooses while
 * it is loaded; for a CPU that is newer than itself it takes old ones. */
#ifndef APPS_BLAS_KERNELS_H
#define APPS_BLAS_KERNELS_H

#include "apps/console.h"

/* Where the CPU could run much faster ones, start the program again with their
 * name in the environment, unless one is there.  Returns where nothing is to be
 * gained, or it cannot be done. */
void blas_kernels_choose(char *const *arguments);

/* Name them, and warn where they are still old ones. */
void blas_kernels_tell(struct console *console);

#endif

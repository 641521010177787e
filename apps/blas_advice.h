/* SPDX-License-Identifier: MIT */
#ifndef APPS_BLAS_ADVICE_H
#define APPS_BLAS_ADVICE_H

#include "apps/console.h"

/* Name the kernels of OpenBLAS, which training's speed depends on, and warn
 * where the CPU could run much faster ones. */
void blas_advice_give(struct console *console);

#endif

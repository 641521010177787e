/* SPDX-License-Identifier: MIT */
#include "apps/blas_advice.h"

#include "detect/measure.h"

void blas_advice_give(struct console *console)
{
    const det_cpu_blas blas = det_cpu_blas_read();
    console_note(console, "OpenBLAS: kernels for \"%s\"", blas.core);
    if (blas.better)
        console_warn(console,
                     "OpenBLAS takes this CPU for an older one, \"%s\": with "
                     "OPENBLAS_CORETYPE=%s in the environment its products "
                     "take about a quarter of the time",
                     blas.core, blas.better);
}

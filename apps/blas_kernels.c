/* SPDX-License-Identifier: MIT */
#include "apps/blas_kernels.h"

#include <stdlib.h>
#include <unistd.h>

#include "detect/measure.h"

static const char variable[] = "OPENBLAS_CORETYPE";

void blas_kernels_choose(char *const *arguments)
{
    const det_cpu_blas blas = det_cpu_blas_read();
    if (!blas.better || getenv(variable) ||
        setenv(variable, blas.better, 0) != 0)
        return;
    execv("/proc/self/exe", arguments);
    unsetenv(variable);
}

void blas_kernels_tell(struct console *console)
{
    const det_cpu_blas blas = det_cpu_blas_read();
    console_note(console, "OpenBLAS: kernels for \"%s\"", blas.core);
    if (blas.better)
        console_warn(console,
                     "OpenBLAS takes this CPU for an older one, \"%s\": with "
                     "%s=%s in the environment its products take about a "
                     "quarter of the time",
                     blas.core, variable, blas.better);
}

/* SPDX-License-Identifier: MIT */
/* detect-bench: measure how fast a network runs. */
#include "apps/bench_job.h"
#include "apps/interrupt.h"
#include "apps/standard_files.h"

int main(int argc, char **argv)
{
    standard_files_hold();
    interrupt_install();
    struct console console = {.program = "detect-bench"};
    struct bench_options options;
    enum exit_code code = bench_options_parse(&options, argc, argv);
    if (code != EXIT_DONE)
        return code;
    console.verbosity = options.verbosity;
    if (options.action != BENCH_RUN) {
        bench_options_print(options.action);
        return standard_files_flush(&console);
    }
    struct bench_job job;
    code = bench_job_open(&job, &options, &console);
    if (code == EXIT_DONE)
        code = bench_job_run(&job);
    bench_job_close(&job);
    return code;
}

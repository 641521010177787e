/* SPDX-License-Identifier: MIT */
/* detect: find objects in photos. */
#include "apps/console.h"
#include "apps/detect_job.h"
#include "apps/detect_options.h"
#include "apps/interrupt.h"
#include "apps/standard_files.h"

int main(int argc, char **argv)
{
    standard_files_hold();
    interrupt_install();
    struct console console = {.program = "detect"};
    struct detect_options options;
    enum exit_code code = detect_options_parse(&options, argc, argv);
    if (code != EXIT_DONE)
        return code;
    if (options.action != ACTION_DETECT) {
        detect_options_print(options.action);
        return standard_files_flush(&console);
    }
    console.verbosity = options.verbosity;
    struct detect_job job;
    code = detect_job_open(&job, &options, &console);
    if (code == EXIT_DONE)
        code = detect_job_run(&job);
    detect_job_close(&job);
    return code;
}

/* SPDX-License-Identifier: MIT */
/* What the programs tell the shell; the manual pages carry the same table. */
#ifndef APPS_EXIT_CODE_H
#define APPS_EXIT_CODE_H

#include "detect/detect.h"

enum exit_code {
    EXIT_DONE = 0,        /* everything asked for was done */
    EXIT_INPUT = 1,       /* some inputs failed, the others were done */
    EXIT_USAGE = 2,       /* the command line makes no sense */
    EXIT_MODEL = 3,       /* the model cannot be read or is refused */
    EXIT_DEVICE = 4,      /* the device or back end is missing */
    EXIT_MEMORY = 5,      /* out of memory */
    EXIT_OUTPUT = 6,      /* cannot write (disk full, reader gone, ...) */
    EXIT_DATASET = 7,     /* annotations or results are refused */
    EXIT_NUMERIC = 8,     /* NaN or infinity in a result */
    EXIT_INTERRUPT = 130, /* SIGINT: 128 + 2 */
    EXIT_TERMINATE = 143, /* SIGTERM: 128 + 15 */
};

/* The code for a failed call that worked on one input. */
enum exit_code exit_code_for_input(det_status status);

/* The code for a failed det_model_load: whatever is wrong with the file, the
 * model is what has to be replaced. */
enum exit_code exit_code_for_model(det_status status);

/* The one that tells the user more, when several inputs failed in different
 * ways. */
enum exit_code exit_code_worse(enum exit_code a, enum exit_code b);

#endif

/* SPDX-License-Identifier: MIT */
#include "apps/exit_code.h"

enum exit_code exit_code_for_input(det_status status)
{
    switch (status) {
    case DET_OK:
        return EXIT_DONE;
    case DET_ERROR_ARGUMENT:
        return EXIT_USAGE;
    case DET_ERROR_MEMORY:
        return EXIT_MEMORY;
    case DET_ERROR_WRITE:
        return EXIT_OUTPUT;
    case DET_ERROR_MODEL:
        return EXIT_MODEL;
    case DET_ERROR_DEVICE:
        return EXIT_DEVICE;
    case DET_ERROR_DATASET:
        return EXIT_DATASET;
    case DET_ERROR_NUMERIC:
        return EXIT_NUMERIC;
    case DET_ERROR_READ:
    case DET_ERROR_FORMAT:
    case DET_ERROR_LIMIT:
    case DET_ERROR_CANCELLED: /* the caller knows which signal it was */
        break;
    }
    return EXIT_INPUT;
}

enum exit_code exit_code_for_model(det_status status)
{
    return status == DET_OK             ? EXIT_DONE
           : status == DET_ERROR_MEMORY ? EXIT_MEMORY
           : status == DET_ERROR_DEVICE ? EXIT_DEVICE
                                        : EXIT_MODEL;
}

enum exit_code exit_code_worse(enum exit_code a, enum exit_code b)
{
    return a > b ? a : b; /* the values happen to be in that order */
}

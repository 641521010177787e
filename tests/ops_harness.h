/* SPDX-License-Identifier: MIT */
/*
 * Running one operator the way a network does: planned first, then on an
 * arena of exactly the size planned.  The arena is filled with NaN, the output
 * lies between two guards, and there is a guard behind the arena; any of them
 * changed, or a value left NaN, fails the Check test that called.
 */
#ifndef TESTS_OPS_HARNESS_H
#define TESTS_OPS_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/random.h"
#include "compute/ops.h"

/* Takes its output from compute->arena, sets *out to it and gives back all
 * other memory.  Called twice while planning and once for good. */
typedef det_status (*det_harness_op)(struct det_compute *compute,
                                     const void *user, struct det_tensor *out);

struct det_harness_case {
    char name[256]; /* in messages */
    det_harness_op run;
    const void *user;
    const double *expected; /* as many as the output has */
    double tolerance;       /* of the largest magnitude expected */
    double between_threads; /* likewise; 0: the same bytes */
};

/* Run with 1, 2 and 3 threads; the results must be the same and as expected.
 * Returns the number of elements. */
size_t det_harness_check(const struct det_harness_case *harness_case);

/* Run once; *out has `data` to be freed. */
void det_harness_run(const struct det_harness_case *harness_case, int threads,
                     struct det_tensor *out);

/* The run must fail while planning, with `status` and a message. */
void det_harness_check_refused(const struct det_harness_case *harness_case,
                               det_status status);

/* Report the worst element: its index, both values and the error. */
void det_harness_compare(const char *name, const float *actual,
                         const double *expected, size_t count,
                         double tolerance);
void det_harness_compare_golden(const char *name, const float *actual,
                                const float *expected, size_t count,
                                double tolerance);

/* ------------------------------------------------------------ random inputs */

/* base/random.h's; tools/golden/ops.py has it too. */
/* low..high, both included */
int32_t det_random_int(struct det_random *random, int32_t low, int32_t high);
/* One of the `count` values. */
int32_t det_random_choice(struct det_random *random, const int32_t *values,
                          int32_t count);
bool det_random_bool(struct det_random *random);
/* A multiple of 2^-23 in [-1, 1) */
float det_random_float(struct det_random *random);

/* The same, rounded where a bridge to a GPU lets halves cross (cuda/bridge.h);
 * malloc'd, freed by the caller. */
float *det_random_floats(struct det_random *random, size_t count);
struct det_tensor det_random_tensor(struct det_random *random, int32_t n,
                                    int32_t h, int32_t w, int32_t c);

/* `count` zeroed doubles, malloc'd. */
double *det_harness_doubles(size_t count);

#endif

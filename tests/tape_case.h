/* SPDX-License-Identifier: MIT */
/* Running a part of a network on the tape: planned first, then on an arena of
 * exactly the size planned, filled with NaN.  The loss is the sum of the
 * output's products with given weights. */
#ifndef TESTS_TAPE_CASE_H
#define TESTS_TAPE_CASE_H

#include "compute/ops.h"

enum { TAPE_CASE_INPUTS = 4 };

struct tape_case {
    const char *name; /* in messages */
    /* Takes *out from the arena.  `in` are the case's inputs, in the arena;
     * they stay the caller's. */
    det_status (*run)(struct det_compute *compute, const void *user,
                      const struct det_tensor *in, struct det_tensor *out);
    const void *user;
    int num_inputs;
    struct det_tensor inputs[TAPE_CASE_INPUTS]; /* the caller's memory */
    bool constant[TAPE_CASE_INPUTS];            /* no gradient is wanted */
    const float *weights;                       /* as many as the output has */
    int times; /* run and weigh it so often; what it does adds up; 0: 1 */
};

/* Memory that tape_result_free frees. */
struct tape_result {
    struct det_tensor out;
    struct det_tensor gradients[TAPE_CASE_INPUTS]; /* data NULL: constant, or
                                                      none arrived */
};

/* Anything that fails, a NaN or a block not returned fails the Check test. */
void tape_case_run(struct tape_result *result, const struct tape_case *c,
                   int threads);
void tape_result_free(struct tape_result *result);

/* The same bytes with 2 and 3 threads; twice the gradient when run twice in one
 * step.  *result is that of one thread. */
void tape_case_check(struct tape_result *result, const struct tape_case *c);

/* The plain version: inputs [as the case's] -> out, in double. */
typedef void (*tape_reference_fn)(const void *user, double *const *in,
                                  double *out);

/* Is the result `reference`'s, and are the gradients its central differences
 * with steps of `step`?  `tolerance` is of the largest magnitude of each. */
void tape_case_compare(const struct tape_case *c,
                       const struct tape_result *result,
                       tape_reference_fn reference, double step,
                       double tolerance);

#endif

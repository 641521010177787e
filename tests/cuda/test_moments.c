/* SPDX-License-Identifier: MIT */
/* How long a stage takes is what its work takes on the GPU, not how long the
 * host asks for it; and nobody waits for that. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "compute/engine.h"
#include "compute/moments.h"
#include "compute/step.h"
#include "tests/cuda/fake_gpu.h"

enum { MUCH = 1 << 20, LITTLE = 16, TRIES = 5 };

/* Moments 0 to 1: much work, 1 to 2: little. */
static det_status run_work(struct det_compute *compute, void *user)
{
    struct det_tensor values;
    double *seconds = user;
    DET_TRY(det_tensor_take(compute, &values, 1, 1, 1, MUCH));
    if (det_planning(compute)) {
        det_tensor_give(compute, &values);
        return DET_OK;
    }
    DET_TRY(det_clear(compute, values.data, MUCH));
    DET_TRY(det_moment_mark(compute, 0));
    DET_TRY(det_scale(compute, values.data, MUCH, 2.0f));
    DET_TRY(det_moment_mark(compute, 1));
    DET_TRY(det_scale(compute, values.data, LITTLE, 2.0f));
    DET_TRY(det_moment_mark(compute, 2));
    const int waits = fake_gpu_calls("cudaStreamSynchronize");
    DET_TRY(det_moments_between(compute, &seconds[0], 0, 1));
    DET_TRY(det_moments_between(compute, &seconds[1], 1, 2));
    ck_assert_int_eq(fake_gpu_calls("cudaStreamSynchronize"), waits);
    det_tensor_give(compute, &values);
    return DET_OK;
}

START_TEST(work_has_its_time)
{
    static const char *const devices[] = {"cpu", "cuda"};
    struct det_message message = {0};
    struct det_engine engine;
    const struct det_engine_options options = {.device = devices[_i],
                                               .threads = 1};
    double least[2] = {INFINITY, INFINITY}; /* others run, too */
    ck_assert_int_eq(det_engine_create(&engine, &options, &message), DET_OK);
    for (int i = 0; i < TRIES; i++) {
        double seconds[2] = {0};
        ck_assert_int_eq(det_engine_run(&engine, run_work, seconds), DET_OK);
        least[0] = fmin(least[0], seconds[0]);
        least[1] = fmin(least[1], seconds[1]);
    }
    ck_assert_double_ge(least[1], 0.0);
    ck_assert_double_gt(least[0], 10.0 * least[1]);
    det_engine_destroy(&engine);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("moments");
    TCase *tcase = tcase_create("moments");
    tcase_add_loop_test(tcase, work_has_its_time, 0, 2);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

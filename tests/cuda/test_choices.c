/* SPDX-License-Identifier: MIT */
/* Which of the vendor's kernels run: what is found out about a shape is kept,
 * and where a kernel fails at its first use another one is taken. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/cuda/device_cuda.h"
#include "compute/cuda/gemm_cuda.h"
#include "compute/cuda/problem_table.h"
#include "tests/cuda/fake_gpu.h"
#include "tests/cuda/small_net.h"

struct bench {
    struct det_message message;
    struct det_engine engine;
    struct small_net net;
};

static void open_bench_in(struct bench *bench, const char *device,
                          det_precision precision)
{
    const struct det_engine_options options = {
        .device = device, .threads = 1, .of_device = {.precision = precision}};
    *bench = (struct bench){0};
    ck_assert_int_eq(
        det_engine_create(&bench->engine, &options, &bench->message), DET_OK);
    ck_assert_int_eq(small_net_prepare(&bench->net, &bench->engine), DET_OK);
}

static void open_bench(struct bench *bench, const char *device)
{
    open_bench_in(bench, device, DET_PRECISION_FP32);
}

static void close_bench(struct bench *bench)
{
    small_net_release(&bench->net, &bench->engine);
    det_engine_destroy(&bench->engine);
    fake_gpu_break(0);
    fake_gpu_want_workspace(0);
}

static float run(struct bench *bench)
{
    const det_status status =
        det_engine_run(&bench->engine, small_net_run, &bench->net);
    ck_assert_msg(status == DET_OK, "%s", bench->message.text);
    return bench->net.sum;
}

static float sum_of(const char *device, det_precision precision, float first)
{
    struct bench bench;
    open_bench_in(&bench, device, precision);
    bench.net.first = first;
    const float sum = run(&bench);
    close_bench(&bench);
    return sum;
}

static float expected_sum(void)
{
    return sum_of("cpu", DET_PRECISION_FP32, 1.0f);
}

/* ------------------------------------------------------------ convolutions */

/* Kernels of tensor cores, which take floats as TF32, are for that precision
 * alone. */
START_TEST(floats_stay_floats)
{
    const float more = 1.0f + 0x1p-12f;
    const float expected = sum_of("cpu", DET_PRECISION_FP32, more);
    ck_assert_float_ne(expected, expected_sum());
    ck_assert_float_eq(sum_of("cuda", DET_PRECISION_FP32, more), expected);
    ck_assert_float_eq(sum_of("cuda", DET_PRECISION_TF32, more),
                       expected_sum());
}
END_TEST

/* Of three engines the first is not for floats, and the second fails. */
START_TEST(the_next_engine)
{
    struct bench bench;
    open_bench(&bench, "cuda");
    fake_gpu_break(2);
    const int before = fake_gpu_calls("cudnnBackendExecute");
    ck_assert_float_eq_tol(run(&bench), expected_sum(), 1e-3f);
    ck_assert_int_eq(fake_gpu_calls("cudnnBackendExecute") - before, 2);
    /* The one that failed is not tried again. */
    ck_assert_float_eq_tol(run(&bench), expected_sum(), 1e-3f);
    ck_assert_int_eq(fake_gpu_calls("cudnnBackendExecute") - before, 3);
    close_bench(&bench);
    ck_assert_uint_eq(fake_gpu_used(), 0);
}
END_TEST

START_TEST(no_engine_runs)
{
    struct bench bench;
    open_bench(&bench, "cuda");
    fake_gpu_break(3);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(
            det_engine_run(&bench.engine, small_net_run, &bench.net),
            DET_ERROR_DEVICE);
        ck_assert_ptr_nonnull(strstr(bench.message.text, "cuDNN"));
    }
    /* It may have been the moment, not the kernels. */
    fake_gpu_break(0);
    ck_assert_float_eq_tol(run(&bench), expected_sum(), 1e-3f);
    close_bench(&bench);
    ck_assert_uint_eq(fake_gpu_used(), 0);
}
END_TEST

/* What worked once stays: an error then is one of the GPU, not of the kernel.
 */
START_TEST(an_engine_that_worked_stays)
{
    struct bench bench;
    open_bench(&bench, "cuda");
    run(&bench);
    const int plans = fake_gpu_calls("cudnnBackendFinalize");
    fake_gpu_fail("cudnnBackendExecute", 0);
    ck_assert_int_eq(det_engine_run(&bench.engine, small_net_run, &bench.net),
                     DET_ERROR_DEVICE);
    ck_assert_ptr_nonnull(strstr(bench.message.text, "cudnnBackendExecute"));
    fake_gpu_fail(NULL, 0);
    ck_assert_float_eq_tol(run(&bench), expected_sum(), 1e-3f);
    /* Of the operands alone, twice. */
    ck_assert_int_eq(fake_gpu_calls("cudnnBackendFinalize") - plans, 2);
    close_bench(&bench);
    ck_assert_uint_eq(fake_gpu_used(), 0);
}
END_TEST

/* An engine that wants more to work in than there is gives way, too, and the
 * workspace that was there stays. */
START_TEST(an_engine_without_room)
{
    struct bench bench;
    open_bench(&bench, "cuda");
    const size_t left = (size_t)80 << 20;
    fake_gpu_set(1, fake_gpu_used() + left);
    fake_gpu_want_workspace(left + 1);
    ck_assert_float_eq_tol(run(&bench), expected_sum(), 1e-3f);
    ck_assert_uint_eq(bench.engine.compute.device->workspace_size,
                      DET_CUDA_WORKSPACE);
    ck_assert_ptr_nonnull(bench.engine.compute.device->workspace);
    fake_gpu_set(1, (size_t)8 << 30);
    close_bench(&bench);
    ck_assert_uint_eq(fake_gpu_used(), 0);
}
END_TEST

/* NaN stays NaN behind the ReLU of a fused kernel, as on the CPU. */
START_TEST(nan_goes_through)
{
    static const char *const devices[] = {"cpu", "cuda"};
    for (int i = 0; i < 2; i++) {
        struct bench bench;
        open_bench(&bench, devices[i]);
        bench.net.first = NAN;
        ck_assert_float_nan(run(&bench));
        close_bench(&bench);
    }
}
END_TEST

/* ---------------------------------------------------------------- products */

enum { MOST_SIDE = 64 };

static const char question[] = "cublasLtMatmulAlgoGetHeuristic";

/* Ones times ones: each element is `inner`, with a bias of ones one more. */
static det_status multiply(struct bench *bench, int64_t rows, int64_t columns,
                           bool biased, float *first)
{
    const int64_t inner = 3;
    struct det_compute *compute = &bench->engine.compute;
    const struct det_ops *ops = compute->ops;
    float ones[MOST_SIDE * 3];
    float *a, *b, *out;
    void *memory;
    for (int i = 0; i < MOST_SIDE * 3; i++)
        ones[i] = 1.0f;
    ck_assert_int_eq(
        ops->allocate(&memory,
                      2 * sizeof ones + sizeof(float) * MOST_SIDE * MOST_SIDE,
                      &bench->message),
        DET_OK);
    a = memory;
    b = a + MOST_SIDE * 3;
    out = b + MOST_SIDE * 3;
    ck_assert_int_eq(ops->to_device(compute, a, ones, sizeof ones), DET_OK);
    ck_assert_int_eq(ops->to_device(compute, b, ones, sizeof ones), DET_OK);
    const det_status status = det_gemm_cuda(
        compute, &(struct det_gemm_cuda){.rows = rows,
                                         .columns = columns,
                                         .inner = inner,
                                         .a = a,
                                         .b = b,
                                         .out = out,
                                         .bias = biased ? a : NULL});
    if (status == DET_OK)
        ck_assert_int_eq(ops->to_host(compute, first, out, sizeof *first),
                         DET_OK);
    ck_assert_int_eq(ops->wait(compute), DET_OK);
    ops->release(memory);
    return status;
}

START_TEST(a_product_asks_once)
{
    struct bench bench;
    float first = 0.0f;
    open_bench(&bench, "cuda");
    const int before = fake_gpu_calls(question);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(multiply(&bench, 4, 5, false, &first), DET_OK);
    ck_assert_float_eq(first, 3.0f);
    ck_assert_int_eq(fake_gpu_calls(question) - before, 1);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(multiply(&bench, 4, 5, true, &first), DET_OK);
    ck_assert_float_eq(first, 4.0f);
    ck_assert_int_eq(fake_gpu_calls(question) - before, 2);
    ck_assert_int_eq(multiply(&bench, 5, 4, false, &first), DET_OK);
    ck_assert_int_eq(fake_gpu_calls(question) - before, 3);
    close_bench(&bench);
    ck_assert_uint_eq(fake_gpu_used(), 0);
}
END_TEST

START_TEST(the_next_algorithm)
{
    struct bench bench;
    float first = 0.0f;
    open_bench(&bench, "cuda");
    fake_gpu_break(2);
    const int before = fake_gpu_calls("cublasLtMatmul");
    ck_assert_int_eq(multiply(&bench, 4, 5, false, &first), DET_OK);
    ck_assert_float_eq(first, 3.0f);
    ck_assert_int_eq(fake_gpu_calls("cublasLtMatmul") - before, 3);
    ck_assert_int_eq(multiply(&bench, 4, 5, false, &first), DET_OK);
    ck_assert_int_eq(fake_gpu_calls("cublasLtMatmul") - before, 4);
    close_bench(&bench);
    ck_assert_uint_eq(fake_gpu_used(), 0);
}
END_TEST

START_TEST(no_algorithm_runs)
{
    struct bench bench;
    float first = 0.0f;
    open_bench(&bench, "cuda");
    fake_gpu_break(3);
    ck_assert_int_eq(multiply(&bench, 4, 5, false, &first), DET_ERROR_DEVICE);
    ck_assert_ptr_nonnull(strstr(bench.message.text, "cublasLtMatmul: "));
    fake_gpu_break(0);
    ck_assert_int_eq(multiply(&bench, 4, 5, false, &first), DET_OK);
    fake_gpu_fail(question, 0);
    ck_assert_int_eq(multiply(&bench, 6, 5, false, &first), DET_ERROR_DEVICE);
    ck_assert_ptr_nonnull(strstr(bench.message.text, question));
    fake_gpu_fail(NULL, 0);
    ck_assert_int_eq(multiply(&bench, 6, 5, false, &first), DET_OK);
    close_bench(&bench);
    ck_assert_uint_eq(fake_gpu_used(), 0);
}
END_TEST

/* The library may have no algorithm that adds a bias. */
START_TEST(a_bias_apart)
{
    struct bench bench;
    float first = 0.0f;
    open_bench(&bench, "cuda");
    fake_gpu_fail(question, 0);
    ck_assert_int_eq(multiply(&bench, 4, 5, true, &first), DET_OK);
    fake_gpu_fail(NULL, 0);
    ck_assert_float_eq(first, 4.0f);
    const int before = fake_gpu_calls(question);
    ck_assert_int_eq(multiply(&bench, 4, 5, true, &first), DET_OK);
    ck_assert_float_eq(first, 4.0f);
    ck_assert_int_eq(fake_gpu_calls(question), before);
    close_bench(&bench);
    ck_assert_uint_eq(fake_gpu_used(), 0);
}
END_TEST

/* More shapes than are kept: all is forgotten once, and asked for again. */
START_TEST(more_products_than_are_kept)
{
    struct bench bench;
    float first = 0.0f;
    open_bench(&bench, "cuda");
    const int before = fake_gpu_calls(question);
    const int kept = DET_PROBLEM_SLOTS / 4 * 3;
    for (int i = 0; i <= kept; i++)
        ck_assert_int_eq(multiply(&bench, i % MOST_SIDE + 1, i / MOST_SIDE + 1,
                                  false, &first),
                         DET_OK);
    ck_assert_int_eq(fake_gpu_calls(question) - before, kept + 1);
    ck_assert_int_eq(multiply(&bench, 1, 1, false, &first), DET_OK);
    ck_assert_float_eq(first, 3.0f);
    ck_assert_int_eq(fake_gpu_calls(question) - before, kept + 2);
    close_bench(&bench);
    ck_assert_uint_eq(fake_gpu_used(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("choices");
    TCase *tcase = tcase_create("choices");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, floats_stay_floats);
    tcase_add_test(tcase, the_next_engine);
    tcase_add_test(tcase, no_engine_runs);
    tcase_add_test(tcase, an_engine_that_worked_stays);
    tcase_add_test(tcase, an_engine_without_room);
    tcase_add_test(tcase, nan_goes_through);
    tcase_add_test(tcase, a_product_asks_once);
    tcase_add_test(tcase, the_next_algorithm);
    tcase_add_test(tcase, no_algorithm_runs);
    tcase_add_test(tcase, a_bias_apart);
    tcase_add_test(tcase, more_products_than_are_kept);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

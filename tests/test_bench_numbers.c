/* SPDX-License-Identifier: MIT */
/* What detect-bench makes of the times that it measures. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/bench_report.h"

static void check_summary(const double *values, size_t count, double p50,
                          double p95, double least)
{
    struct sample_series series = {0};
    for (size_t i = 0; i < count; i++)
        ck_assert(sample_series_add(&series, values[i]));
    const struct sample_summary s = sample_series_summary(&series);
    ck_assert_double_eq_tol(s.p50, p50, 1e-12);
    ck_assert_double_eq_tol(s.p95, p95, 1e-12);
    ck_assert_double_eq(s.least, least);
    sample_series_free(&series);
}

/* numpy.percentile([...], [50, 95]) */
START_TEST(percentiles)
{
    static const double one[] = {7.0}, two[] = {2.0, 1.0};
    static const double five[] = {50, 10, 40, 20, 30};
    static const double equal[] = {3, 3, 3, 3};
    double many[101];
    for (int i = 0; i <= 100; i++)
        many[i] = (double)((i * 37) % 101);
    check_summary(NULL, 0, 0.0, 0.0, 0.0);
    check_summary(one, 1, 7.0, 7.0, 7.0);
    check_summary(two, 2, 1.5, 1.95, 1.0);
    check_summary(five, 5, 30.0, 48.0, 10.0);
    check_summary(equal, 4, 3.0, 3.0, 3.0);
    check_summary(many, 101, 50.0, 95.0, 0.0);
}
END_TEST

/* What is added after a summary, which sorts, counts as well. */
START_TEST(series_goes_on)
{
    struct sample_series series = {0};
    for (int i = 0; i < 40; i++)
        ck_assert(sample_series_add(&series, 40.0 - i));
    ck_assert_double_eq(sample_series_summary(&series).least, 1.0);
    ck_assert(sample_series_add(&series, 0.5));
    ck_assert_uint_eq(series.count, 41);
    ck_assert_double_eq(sample_series_summary(&series).least, 0.5);
    ck_assert_double_eq(sample_series_summary(&series).p50, 20.0);
    sample_series_free(&series);
}
END_TEST

static det_layer_cost layer(const char *name, const char *algorithm,
                            int32_t side, double seconds)
{
    return (det_layer_cost){.name = name,
                            .algorithm = algorithm,
                            .in = {1, side, side, 8},
                            .out = {1, side, side, 16},
                            .kernel = 3,
                            .seconds = seconds,
                            .gflop = 4.0,
                            .done_gflop = 1.0};
}

static void see(struct bench_layers *layers, const char *name, int32_t side,
                double seconds)
{
    /* Names need not be the same memory. */
    char copy[16];
    snprintf(copy, sizeof copy, "%s", name);
    const det_layer_cost cost =
        layer(layers->count < 3 ? name : copy, "direct", side, seconds);
    bench_layers_see(layers, &cost);
}

/* Rows are by name, map and algorithm; a row's time is that of all its calls in
 * a run. */
START_TEST(layers_by_run)
{
    struct bench_layers layers = {0};
    for (int run = 0; run < 3; run++) {
        const double seconds = 1.0 + run;
        see(&layers, "a", 5, seconds);
        see(&layers, "b", 5, seconds);
        see(&layers, "a", 6, seconds);
        see(&layers, "b", 5, 10.0 * seconds);
        ck_assert(bench_layers_end_run(&layers));
    }
    ck_assert_uint_eq(layers.count, 3);
    const struct bench_layer *b = &layers.rows[1];
    ck_assert_str_eq(b->shape.name, "b");
    ck_assert_uint_eq(b->all_calls, 6);
    ck_assert_uint_eq(b->seconds.count, 3);
    ck_assert_double_eq(b->seconds.values[2], 33.0);
    ck_assert_double_eq(b->gflop, 24.0);
    ck_assert_double_eq(b->done_gflop, 6.0);
    ck_assert_int_eq(layers.rows[2].shape.in[1], 6);
    const det_layer_cost other = layer("a", "winograd", 5, 1.0);
    bench_layers_see(&layers, &other);
    ck_assert_uint_eq(layers.count, 4);
    bench_layers_free(&layers);
}
END_TEST

/* A run that was cancelled leaves nothing in what is counted. */
START_TEST(layers_of_half_a_run)
{
    struct bench_layers layers = {0};
    see(&layers, "a", 5, 1.0);
    ck_assert(bench_layers_end_run(&layers));
    see(&layers, "a", 5, 100.0);
    ck_assert_uint_eq(layers.rows[0].seconds.count, 1);
    ck_assert_double_eq(layers.rows[0].gflop, 4.0);
    ck_assert_uint_eq(layers.rows[0].all_calls, 1);
    bench_layers_free(&layers);
}
END_TEST

START_TEST(rates)
{
    const struct bench_limit limit = {
        .most = 200.0, .vectors = "AVX2", .threads = 2};
    const struct bench_limit unknown = {0};
    struct bench_times times = {0};
    struct bench_report report = {.limit = &limit, .times = &times, .batch = 8};
    struct bench_run run = {.seconds = 0.5};
    run.stages[2] = (det_stage_cost){.seconds = 0.4, .gflop = 20.0};
    for (int i = 0; i < 4; i++)
        ck_assert(bench_times_add(&times, &run));
    ck_assert_uint_eq(times.runs, 4);
    const struct bench_rate total =
        bench_rate_of(&times.total.seconds, times.total.gflop, &report);
    ck_assert_double_eq_tol(total.ms.p50, 500.0, 1e-9);
    ck_assert_double_eq_tol(total.gflop, 20.0, 1e-12);
    ck_assert_double_eq_tol(total.gflops, 40.0, 1e-9);
    ck_assert_double_eq_tol(total.share, 0.2, 1e-12);
    ck_assert_double_eq_tol(bench_images_per_second(&report, &total), 16.0,
                            1e-9);
    struct bench_rate stage =
        bench_rate_of(&times.stages[2].seconds, times.stages[2].gflop, &report);
    ck_assert_double_eq_tol(stage.gflops, 50.0, 1e-9);
    ck_assert(bench_rate_counts(&stage));
    stage = bench_rate_of(&times.stages[3].seconds, 0.0, &report);
    ck_assert(!bench_rate_counts(&stage));
    ck_assert_double_eq(stage.gflops, 0.0);
    report.limit = &unknown;
    stage = bench_rate_of(&times.stages[2].seconds, 80.0, &report);
    ck_assert_double_eq(stage.share, 0.0);
    bench_times_free(&times);
}
END_TEST

/* Decoding is the program's, the others are the library's. */
START_TEST(stage_names)
{
    ck_assert_str_eq(bench_stage_name(0), "decode");
    ck_assert_str_eq(bench_stage_name(1 + DET_STAGE_RESIZE), "resize");
    ck_assert_str_eq(bench_stage_name(BENCH_STAGES - 1), "paste");
}
END_TEST

/* The better of two measures stays, and both are remembered. */
START_TEST(limits)
{
    struct bench_limit limit = {.most = 1e9, .one_thread = 1e-9};
    bench_limit_measure(&limit, 1);
    ck_assert_double_eq(limit.most, 1e9);
    ck_assert_double_gt(limit.one_thread, 0.1);
    ck_assert_double_eq(limit.first, limit.last);
    ck_assert_int_eq(limit.threads, 1);
    ck_assert_uint_gt(strlen(limit.vectors), 0);
    ck_assert_double_eq(bench_limit_share(&limit, 1e9), 1.0);
}
END_TEST

/* That of a device is remembered likewise, and has no threads. */
START_TEST(limit_of_a_device)
{
    struct bench_limit limit = {0};
    det_context *context;
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    ck_assert_int_eq(
        bench_limit_measure_device(&limit, context, "cpu", DET_PRECISION_FP32),
        DET_OK);
    ck_assert_double_gt(limit.most, 0.1);
    ck_assert_double_eq(limit.first, limit.most);
    ck_assert_ptr_null(limit.vectors);
    ck_assert_int_eq(bench_limit_measure_device(&limit, context, "abacus",
                                                DET_PRECISION_FP32),
                     DET_ERROR_DEVICE);
    det_context_destroy(&context);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bench_numbers");
    TCase *tests = tcase_create("numbers");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, percentiles);
    tcase_add_test(tests, series_goes_on);
    tcase_add_test(tests, layers_by_run);
    tcase_add_test(tests, layers_of_half_a_run);
    tcase_add_test(tests, rates);
    tcase_add_test(tests, stage_names);
    tcase_add_test(tests, limits);
    tcase_add_test(tests, limit_of_a_device);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

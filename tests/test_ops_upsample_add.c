/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/upsample_add.h"
#include "tests/ops_harness.h"
#define GOLDEN_UPSAMPLE
#include "tests/golden/ops_golden.h"

enum { RANDOM_CASES = 220 };

struct upsample_case {
    int32_t n, h, w, c; /* of the coarse map */
    int32_t out_h, out_w;
};

struct upsample_data {
    struct det_tensor coarse, target;
};

/* A case with a zero target shows the enlarged map itself. */
static void make_data(struct upsample_data *d, const struct upsample_case *c,
                      struct det_random *random)
{
    d->coarse = det_random_tensor(random, c->n, c->h, c->w, c->c);
    d->target = det_random_tensor(random, c->n, c->out_h, c->out_w, c->c);
}

static void free_data(struct upsample_data *d)
{
    free(d->coarse.data);
    free(d->target.data);
}

/* torch's rule is one of float32: a step of double would choose another
 * neighbour now and then. */
static int32_t source_of(int32_t index, int32_t in, int32_t out)
{
    const float step = (float)in / (float)out;
    const int32_t source = (int32_t)((float)index * step);
    return source > in - 1 ? in - 1 : source;
}

static double *reference(const struct upsample_data *d)
{
    const struct det_tensor *t = &d->target, *from = &d->coarse;
    double *values = det_harness_doubles((size_t)det_tensor_count(t));
    size_t i = 0;
    for (int32_t n = 0; n < t->n; n++)
        for (int32_t y = 0; y < t->h; y++)
            for (int32_t x = 0; x < t->w; x++)
                for (int32_t k = 0; k < t->c; k++, i++) {
                    const int32_t sy = source_of(y, from->h, t->h);
                    const int32_t sx = source_of(x, from->w, t->w);
                    const int64_t place =
                        ((int64_t)n * from->h + sy) * from->w + sx;
                    values[i] = (double)t->data[i] +
                                (double)from->data[place * from->c + k];
                }
    return values;
}

static det_status run_upsample(struct det_compute *compute, const void *user,
                               struct det_tensor *out)
{
    const struct upsample_data *d = user;
    const struct det_tensor *t = &d->target;
    DET_TRY(det_tensor_take(compute, out, t->n, t->h, t->w, t->c));
    if (!det_planning(compute))
        memcpy(out->data, t->data, (size_t)det_tensor_count(t) * sizeof(float));
    const det_status status = det_upsample_add(compute, out, &d->coarse);
    if (status != DET_OK)
        det_tensor_give(compute, out);
    return status;
}

static void check_case(const struct upsample_case *c, struct det_random *random)
{
    struct upsample_data d;
    make_data(&d, c, random);
    double *expected = reference(&d);
    struct det_harness_case harness = {.run = run_upsample,
                                       .user = &d,
                                       .expected = expected,
                                       .tolerance = 1e-5};
    snprintf(harness.name, sizeof harness.name,
             "upsample %d x %d x %d x %d to %d x %d", c->n, c->h, c->w, c->c,
             c->out_h, c->out_w);
    const size_t count = det_harness_check(&harness);
    ck_assert_uint_eq(count, (size_t)c->n * (size_t)c->out_h *
                                 (size_t)c->out_w * (size_t)c->c);
    free(expected);
    free_data(&d);
}

START_TEST(listed_shapes)
{
    static const struct upsample_case cases[] = {
        {0, 3, 4, 8, 6, 8},     {1, 1, 1, 1, 1, 1},    {1, 1, 1, 3, 5, 7},
        {1, 7, 9, 256, 13, 17}, {1, 7, 9, 64, 14, 18}, {2, 25, 3, 5, 50, 5},
        {1, 34, 1, 1, 67, 1},   {3, 6, 6, 7, 6, 6},    {1, 8, 6, 4, 5, 3},
    };
    struct det_random random = {1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i], &random);
}
END_TEST

START_TEST(random_shapes)
{
    struct det_random random = {2};
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct upsample_case c = {.n = det_random_int(&random, 0, 3),
                                  .h = det_random_int(&random, 1, 12),
                                  .w = det_random_int(&random, 1, 12),
                                  .c = det_random_int(&random, 1, 20)};
        c.out_h = det_random_int(&random, 1, 3 * c.h);
        c.out_w = det_random_int(&random, 1, 3 * c.w);
        check_case(&c, &random);
    }
}
END_TEST

START_TEST(as_torch)
{
    const struct golden_upsample *g = &golden_upsample[_i];
    const struct upsample_case c = {g->n, g->h, g->w, g->c, g->out_h, g->out_w};
    struct det_random random = {g->seed};
    struct upsample_data d;
    make_data(&d, &c, &random);
    memset(d.target.data, 0,
           (size_t)det_tensor_count(&d.target) * sizeof(float));
    struct det_harness_case harness = {.run = run_upsample, .user = &d};
    snprintf(harness.name, sizeof harness.name, "golden %d", _i);
    struct det_tensor out;
    det_harness_run(&harness, 2, &out);
    ck_assert_int_eq(det_tensor_count(&out), g->count);
    det_harness_compare_golden(harness.name, out.data, g->values,
                               (size_t)g->count, 0.0);
    free(out.data);
    free_data(&d);
}
END_TEST

START_TEST(misfits_are_refused)
{
    const struct upsample_case c = {1, 2, 2, 3, 4, 4};
    struct det_random random = {3};
    struct upsample_data good;
    make_data(&good, &c, &random);
    struct upsample_data d = good;
    struct det_harness_case harness = {
        .name = "channels", .run = run_upsample, .user = &d};
    d.coarse.c = 2;
    det_harness_check_refused(&harness, DET_ERROR_ARGUMENT);
    d = good;
    d.coarse.n = 2;
    det_harness_check_refused(&harness, DET_ERROR_ARGUMENT);
    free_data(&good);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_upsample_add");
    TCase *tests = tcase_create("upsample_add");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, listed_shapes);
    tcase_add_test(tests, random_shapes);
    tcase_add_loop_test(tests, as_torch, 0,
                        sizeof golden_upsample / sizeof *golden_upsample);
    tcase_add_test(tests, misfits_are_refused);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

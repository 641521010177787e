/* SPDX-License-Identifier: MIT */
/* What a trainer does with its settings, seen from inside. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "tests/test_folder.h"
#include "tests/test_tree.h"
#include "tests/trainer_run.h"
#include "train/recompute_norms.h"
#include "weights/safetensors.h"

enum { IMAGES = 12, PIXELS = 3 * 32 * 32 };

static struct test_folder folder;
static det_context *context;
static det_dataset *data;

/* Noise in CIFAR-10's form: a label, then red, green and blue. */
static void write_cifar(void)
{
    static uint8_t records[IMAGES][1 + PIXELS];
    struct det_random random = {1};
    for (int i = 0; i < IMAGES; i++) {
        records[i][0] = (uint8_t)(i % 10);
        for (int k = 1; k <= PIXELS; k++)
            records[i][k] = (uint8_t)det_random_below(&random, 256);
    }
    test_tree_put(&folder, "noise.bin", records, sizeof records);
}

static void set_up(void)
{
    test_folder_create(&folder);
    write_cifar();
    trainer_run_open(&context, &data, &folder, "noise.bin");
}

static void tear_down(void)
{
    trainer_run_close(&context, &data, &folder);
}

/* A ResNet-20 on one thread, with nothing left to chance but the order; more
 * settings with blanks between them. */
static det_trainer *make_trainer_from(const char *init, const char *more)
{
    return trainer_run_create(
        context, &(struct trainer_request){
                     .architecture = "resnet20",
                     .data = data,
                     .images = "",
                     .init = init,
                     .settings = {"threads=1 workers=1 flip=0 pad=0 lr=0.01 "
                                  "iterations=4",
                                  more}});
}

static det_trainer *make_trainer(const char *more)
{
    return make_trainer_from(NULL, more);
}

/* By the largest magnitude expected. */
static void check_close(const float *actual, const float *expected,
                        size_t count, double tolerance)
{
    double largest = 0.0, worst = 0.0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs((double)expected[i]));
        worst = fmax(worst, fabs((double)actual[i] - (double)expected[i]));
    }
    ck_assert_msg(worst <= tolerance * largest, "%g of %g", worst, largest);
}

static void check_same_values(const det_trainer *a, const det_trainer *b)
{
    const struct det_parameters *x = &a->parameters, *y = &b->parameters;
    ck_assert_uint_eq(x->value_count, y->value_count);
    ck_assert_mem_eq(x->values, y->values, x->value_count * sizeof(float));
    ck_assert_mem_eq(x->momenta, y->momenta, x->trained_count * sizeof(float));
    ck_assert(!x->averages == !y->averages);
    if (x->averages)
        ck_assert_mem_eq(x->averages, y->averages,
                         x->value_count * sizeof(float));
}

/* A run of four steps in one go, and one that is saved after `first` of them
 * and goes on in another trainer, end with the same bits. */
static void check_resumes(const char *settings, int64_t first)
{
    struct test_folder run;
    det_trainer *whole = make_trainer(settings), *part = make_trainer(settings);
    int found = 0;
    test_folder_create(&run);
    trainer_run_steps(whole, 4);
    trainer_run_steps(part, first);
    ck_assert_int_eq(det_trainer_save(part, run.path), DET_OK);
    det_trainer_destroy(&part);
    part = make_trainer(settings);
    ck_assert_int_eq(det_trainer_resume(part, run.path, &found), DET_OK);
    ck_assert_int_eq(found, 1);
    trainer_run_steps(part, 4 - first);
    check_same_values(part, whole);
    det_trainer_destroy(&part);
    det_trainer_destroy(&whole);
    test_folder_remove(&run);
}

/* ------------------------------------------------------------- accumulation
 */

/* With fixed statistics an image's loss does not depend on its neighbours. */
START_TEST(accumulated_gradients)
{
    det_trainer *at_once = make_trainer("batch_norm=0 batch=4"),
                *parts = make_trainer("batch_norm=0 batch=2 accumulate=2");
    trainer_run_steps(at_once, 1);
    trainer_run_steps(parts, 1);
    check_close(parts->parameters.gradients, at_once->parameters.gradients,
                at_once->parameters.trained_count, 1e-5);
    ck_assert_double_eq_tol(trainer_run_metric(parts, "total_loss"),
                            trainer_run_metric(at_once, "total_loss"), 1e-5);
    ck_assert_double_eq_tol(trainer_run_metric(parts, "error"),
                            trainer_run_metric(at_once, "error"), 1e-12);
    ck_assert_int_eq(parts->num_seen, 4);
    ck_assert_mem_eq(parts->seen, at_once->seen, 4 * sizeof *parts->seen);
    det_trainer_destroy(&at_once);
    det_trainer_destroy(&parts);
}
END_TEST

START_TEST(accumulation_counts_steps)
{
    det_trainer *t =
        make_trainer("batch=2 accumulate=3 iterations=0 epochs=3.1");
    ck_assert_int_eq(det_trainer_epoch(t), 2); /* 12 images */
    ck_assert_int_eq(det_trainer_iterations(t), 7);
    det_trainer_destroy(&t);
}
END_TEST

START_TEST(accumulation_resumes)
{
    check_resumes("batch=2 accumulate=3 flip=1 pad=4", 1);
}
END_TEST

/* ----------------------------------------------------------------- averages
 */

/* The rule, written out in double, over weights and running statistics; the
 * weights themselves go the way that they go without it. */
START_TEST(averages)
{
    det_trainer *plain = make_trainer("batch=3"),
                *t = make_trainer("batch=3 ema=0.25");
    const struct det_parameters *p = &t->parameters;
    double *expected = malloc(p->value_count * sizeof *expected);
    ck_assert_ptr_nonnull(expected);
    ck_assert_ptr_null(plain->parameters.averages);
    for (size_t i = 0; i < p->value_count; i++)
        expected[i] = (double)p->values[i];
    for (int n = 1; n <= 4; n++) {
        const double decay = fmin(0.25, (1.0 + n) / (10.0 + n));
        trainer_run_steps(t, 1);
        for (size_t i = 0; i < p->value_count; i++)
            expected[i] =
                decay * expected[i] + (1.0 - decay) * (double)p->values[i];
    }
    trainer_run_steps(plain, 4);
    ck_assert_mem_eq(p->values, plain->parameters.values,
                     p->value_count * sizeof(float));
    for (size_t i = 0; i < p->value_count; i++)
        ck_assert_double_eq_tol((double)p->averages[i], expected[i],
                                1e-6 * (1.0 + fabs(expected[i])));
    free(expected);
    det_trainer_destroy(&plain);
    det_trainer_destroy(&t);
}
END_TEST

START_TEST(averages_resume)
{
    check_resumes("batch=3 ema=0.999", 1 + _i);
}
END_TEST

/* Values that are spoilt do not reach them. */
START_TEST(averages_are_the_model)
{
    det_trainer *t = make_trainer("batch=3 ema=0.9");
    const struct det_parameters *p = &t->parameters;
    const char name[] = "backbone.body.bn1.running_var";
    struct det_weights weights;
    char path[TEST_FOLDER_PATH];
    test_folder_path(path, &folder, "model");
    trainer_run_steps(t, 2);
    for (size_t i = 0; i < p->value_count; i++)
        p->values[i] = NAN;
    ck_assert_int_eq(det_trainer_validate(t), DET_OK);
    ck_assert(trainer_run_metric(t, "error_val") <= 1.0);
    ck_assert_int_eq(det_trainer_export(t, path), DET_OK);
    ck_assert_int_eq(det_safetensors_open(&weights, path, NULL), DET_OK);
    const struct det_weight *weight = det_weights_find(&weights, name);
    const struct det_train_array *array = det_parameters_find(p, name);
    ck_assert(weight && array);
    ck_assert_mem_eq(weight->data, det_parameters_result(p, array),
                     array->count * sizeof(float));
    det_weights_destroy(&weights);
    det_trainer_destroy(&t);
}
END_TEST

/* --------------------------------------------------- recomputed statistics */

static bool ends_with(const char *text, const char *suffix)
{
    const size_t length = strlen(text), end = strlen(suffix);
    return length >= end && strcmp(text + length - end, suffix) == 0;
}

static bool is_statistic(const struct det_train_array *array)
{
    return ends_with(array->name, ".running_mean") ||
           ends_with(array->name, ".running_var");
}

/* What a step at a rate of 0 averaged into the running statistics, 0.1 of the
 * batch's own: those are added to `sum`, values before the step in `before`. */
static void add_statistics(double *sum, det_trainer *t, float *before)
{
    const struct det_parameters *p = &t->parameters;
    memcpy(before, p->values, p->value_count * sizeof *before);
    trainer_run_steps(t, 1);
    for (size_t i = 0; i < p->value_count; i++)
        sum[i] += ((double)p->values[i] - 0.9 * (double)before[i]) / 0.1;
}

static void check_statistics(const det_trainer *t, const double *sum,
                             int batches)
{
    const struct det_parameters *p = &t->parameters;
    int seen = 0;
    for (size_t i = 0; i < p->num_arrays; i++) {
        const struct det_train_array *array = &p->arrays[i];
        const double *expected = sum + (array->value - p->values);
        if (!is_statistic(array))
            continue;
        for (size_t k = 0; k < array->count; k++)
            ck_assert_double_eq_tol((double)array->value[k],
                                    expected[k] / batches,
                                    1e-5 * (1.0 + fabs(expected[k])));
        seen++;
    }
    ck_assert_int_eq(seen, 2 * 19);
}

/* Those of one batch of all images, and the mean of two batches', whatever
 * number of images is rounded up to them; weights stay as they are. */
START_TEST(norms_are_the_batches)
{
    static const char *const rows[2][2] = {
        {"batch=12 batch_norm=0 recompute_norms=12", "batch=12 lr=0"},
        {"batch=4 batch_norm=0 recompute_norms=5", "batch=4 lr=0"}};
    det_trainer *t = make_trainer(rows[_i][0]),
                *learner = make_trainer(rows[_i][1]);
    const size_t count = learner->parameters.value_count;
    double *sum = calloc(count, sizeof *sum);
    float *before = malloc(count * sizeof *before);
    ck_assert(sum && before);
    for (int i = 0; i < 1 + _i; i++)
        add_statistics(sum, learner, before);
    ck_assert_int_eq(det_recompute_norms(t), DET_OK);
    check_statistics(t, sum, 1 + _i);
    for (size_t i = 0; i < t->parameters.num_arrays; i++)
        if (!is_statistic(&t->parameters.arrays[i]))
            ck_assert_mem_eq(t->parameters.arrays[i].value,
                             learner->parameters.arrays[i].value,
                             t->parameters.arrays[i].count * sizeof(float));
    free(sum);
    free(before);
    det_trainer_destroy(&t);
    det_trainer_destroy(&learner);
}
END_TEST

/* The first step learns with them. */
START_TEST(norms_come_before_the_first_step)
{
    const char settings[] = "batch=3 batch_norm=0 recompute_norms=12";
    det_trainer *t = make_trainer(settings), *other = make_trainer(settings);
    ck_assert_int_eq(det_recompute_norms(other), DET_OK);
    other->config.recompute_norms = 0;
    trainer_run_steps(t, 2);
    trainer_run_steps(other, 2);
    check_same_values(t, other);
    det_trainer_destroy(&t);
    det_trainer_destroy(&other);
}
END_TEST

/* The model of a run with batch norm has the statistics of its own weights, of
 * the averages where they are kept: recomputing finds the same bits. */
START_TEST(norms_come_after_the_last_step)
{
    static const char *const rows[] = {"batch=4 recompute_norms=12",
                                       "batch=4 recompute_norms=12 ema=0.5"};
    det_trainer *t = make_trainer(rows[_i]);
    char path[TEST_FOLDER_PATH];
    test_folder_path(path, &folder, "model.safetensors");
    trainer_run_steps(t, 4);
    ck_assert_int_eq(det_trainer_export(t, path), DET_OK);
    det_trainer *again =
        make_trainer_from(path, "batch=4 batch_norm=0 recompute_norms=12 lr=0");
    trainer_run_steps(again, 1);
    for (size_t i = 0; i < t->parameters.num_arrays; i++) {
        const struct det_train_array *array = &t->parameters.arrays[i];
        ck_assert_mem_eq(det_parameters_result(&t->parameters, array),
                         again->parameters.arrays[i].value,
                         array->count * sizeof(float));
    }
    det_trainer_destroy(&t);
    det_trainer_destroy(&again);
}
END_TEST

static int always(void *user)
{
    (void)user;
    return 1;
}

/* The last statistics take long: they can be cancelled, and are made up for. */
START_TEST(last_norms_are_cancelled)
{
    const char settings[] = "batch=4 recompute_norms=12 ema=0.5";
    det_trainer *whole = make_trainer(settings), *t = make_trainer(settings);
    char path[TEST_FOLDER_PATH];
    struct test_folder run;
    int found;
    test_folder_create(&run);
    test_folder_path(path, &folder, "model.safetensors");
    trainer_run_steps(whole, 4);
    ck_assert_int_eq(det_trainer_export(whole, path), DET_OK);
    ck_assert_int_eq(unlink(path), 0);
    trainer_run_steps(t, 4);
    t->stop = t->engine.compute.stop = always;
    ck_assert_int_eq(det_trainer_validate(t), DET_ERROR_CANCELLED);
    ck_assert_int_eq(det_trainer_export(t, path), DET_ERROR_CANCELLED);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_eq(det_trainer_save(t, run.path), DET_OK);
    det_trainer_destroy(&t);
    t = make_trainer(settings);
    ck_assert_int_eq(det_trainer_resume(t, run.path, &found), DET_OK);
    ck_assert_int_eq(found, 1);
    ck_assert_int_eq(det_trainer_export(t, path), DET_OK);
    check_same_values(whole, t);
    det_trainer_destroy(&t);
    det_trainer_destroy(&whole);
    test_folder_remove(&run);
}
END_TEST

START_TEST(recomputed_norms_resume)
{
    static const char *const rows[] = {
        "batch=4 batch_norm=0 recompute_norms=12 ema=0.9 flip=1",
        "batch=4 accumulate=2 recompute_norms=12 ema=0.9 flip=1 pad=4"};
    check_resumes(rows[_i % 2], 1 + _i / 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trainer");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, accumulated_gradients);
    tcase_add_test(tcase, accumulation_counts_steps);
    tcase_add_test(tcase, accumulation_resumes);
    tcase_add_test(tcase, averages);
    tcase_add_loop_test(tcase, averages_resume, 0, 3);
    tcase_add_test(tcase, averages_are_the_model);
    tcase_add_loop_test(tcase, norms_are_the_batches, 0, 2);
    tcase_add_test(tcase, norms_come_before_the_first_step);
    tcase_add_loop_test(tcase, norms_come_after_the_last_step, 0, 2);
    tcase_add_test(tcase, last_norms_are_cancelled);
    tcase_add_loop_test(tcase, recomputed_norms_resume, 0, 6);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

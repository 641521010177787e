/* SPDX-License-Identifier: MIT */
/* Trainings in halves: that losses are scaled in fp16, what happens when a
 * gradient is too large, and how gradients of weights are rounded. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "compute/conv_layer.h"
#include "compute/cuda/device_cuda.h"
#include "compute/mirror.h"
#include "compute/tape.h"
#include "tests/cuda/fake_gpu.h"
#include "tests/cuda/halves.h"
#include "tests/test_tree.h"
#include "tests/trainer_run.h"

/* ------------------------------------------------------------- a classifier */

enum { IMAGES = 12, PIXELS = 3 * 32 * 32 };

static struct test_folder folder;
static det_context *context;
static det_dataset *data;

/* Noise in CIFAR-10's form: a label, an odd one, then red, green and blue. */
static void set_up(void)
{
    static uint8_t records[IMAGES][1 + PIXELS];
    struct det_random random = {1};
    for (int i = 0; i < IMAGES; i++) {
        records[i][0] = (uint8_t)(1 + 2 * i % 10);
        for (int k = 1; k <= PIXELS; k++)
            records[i][k] = (uint8_t)det_random_below(&random, 256);
    }
    test_folder_create(&folder);
    test_tree_put(&folder, "noise.bin", records, sizeof records);
    trainer_run_open(&context, &data, &folder, "noise.bin");
}

static void tear_down(void)
{
    trainer_run_close(&context, &data, &folder);
}

static det_trainer *make_trainer_with(det_precision precision, const char *more)
{
    return trainer_run_create(
        context, &(struct trainer_request){
                     .architecture = "resnet20",
                     .data = data,
                     .images = "",
                     .settings = {"threads=1 workers=1 batch=2 lr=0.01 "
                                  "iterations=4 warmup=0",
                                  more},
                     .device = "cuda",
                     .precision = precision});
}

static det_trainer *make_trainer(det_precision precision)
{
    return make_trainer_with(precision, "");
}

/* All that is learned, as the device has it; freed by the caller. */
static float *values_of(det_trainer *t)
{
    const size_t bytes = t->parameters.value_count * sizeof(float);
    float *values = malloc(bytes);
    ck_assert_ptr_nonnull(values);
    ck_assert_int_eq(det_trainer_fetch(t), DET_OK);
    memcpy(values, t->parameters.values, bytes);
    return values;
}

/* Of the trained ones, how many differ. */
static size_t count_changed(const det_trainer *t, const float *before)
{
    size_t count = 0;
    for (size_t p = 0; p < t->parameters.num_trained; p++) {
        const struct det_train_parameter *array = &t->parameters.trained[p];
        const float *old = before + (array->value - t->parameters.values);
        for (size_t i = 0; i < array->count; i++)
            count += array->value[i] != old[i];
    }
    return count;
}

/* --------------------------------------------------------- scaling of losses
 */

START_TEST(a_step_that_overflows_is_left_out)
{
    det_trainer *t = make_trainer(DET_PRECISION_FP16);
    float *first = values_of(t);
    ck_assert_double_eq(t->loss_scale.value, 65536.0);
    t->loss_scale.value = 0x1p100;
    t->loss_scale.good = 7;
    trainer_run_steps(t, 1);
    float *second = values_of(t);
    ck_assert_uint_eq(count_changed(t, first), 0);
    ck_assert_int_eq(det_trainer_iteration(t), 1);
    ck_assert_double_eq(trainer_run_metric(t, "loss_scale"), 0x1p99);
    ck_assert_double_eq(trainer_run_metric(t, "skipped_steps"), 1.0);
    ck_assert_int_eq(t->loss_scale.good, 0);
    t->loss_scale.value = 1024.0;
    trainer_run_steps(t, 1);
    ck_assert_double_eq(trainer_run_metric(t, "loss_scale"), 1024.0);
    ck_assert_double_eq(trainer_run_metric(t, "skipped_steps"), 1.0);
    ck_assert_int_eq(t->loss_scale.good, 1);
    ck_assert_int_eq(det_trainer_fetch(t), DET_OK);
    ck_assert_uint_gt(count_changed(t, second), 200000);
    free(first);
    free(second);
    det_trainer_destroy(&t);
}
END_TEST

/* The last layer's weights are so large that the gradient of what is before it
 * overflows, 120,000, while its own sums, which are floats, do not. */
START_TEST(one_that_cannot_be_scaled_is_an_error)
{
    det_trainer *t = make_trainer_with(DET_PRECISION_FP16, "batch=1");
    struct det_train_array *fc =
        det_parameters_find(&t->parameters, "fc.weight");
    ck_assert_ptr_nonnull(fc);
    const size_t row = fc->count / 10;
    for (size_t i = 0; i < fc->count; i++)
        fc->value[i] = i / row % 2 ? -60000.0f : 60000.0f;
    t->loss_scale.value = 2.0;
    trainer_run_steps(t, 1);
    ck_assert_double_eq(t->loss_scale.value, 1.0);
    ck_assert_int_eq(det_trainer_step(t), DET_ERROR_NUMERIC);
    ck_assert_int_eq(det_trainer_iteration(t), 1);
    ck_assert_ptr_nonnull(strstr(det_trainer_message(t), "the gradient of"));
    ck_assert_ptr_nonnull(strstr(det_trainer_message(t), "bf16 has"));
    det_trainer_destroy(&t);
}
END_TEST

/* Norms and learning rates are of the losses as they are. */
START_TEST(the_scale_is_not_seen)
{
    double norm[2];
    for (int i = 0; i < 2; i++) {
        det_trainer *t =
            make_trainer(i ? DET_PRECISION_FP16 : DET_PRECISION_FP32);
        trainer_run_steps(t, 1);
        norm[i] = trainer_run_metric(t, "gradient_norm");
        det_trainer_destroy(&t);
    }
    ck_assert_double_eq_tol(norm[1], norm[0], 0.02 * norm[0]);
}
END_TEST

START_TEST(only_fp16_scales)
{
    static const det_precision others[] = {
        DET_PRECISION_FP32, DET_PRECISION_TF32, DET_PRECISION_BF16};
    det_trainer *t = make_trainer(others[_i]);
    const char *name;
    double value;
    trainer_run_steps(t, 1);
    ck_assert_double_eq(t->loss_scale.value, 1.0);
    for (size_t i = 0; det_trainer_metric(t, i, &name, &value); i++)
        ck_assert_str_ne(name, "loss_scale");
    det_trainer_destroy(&t);
}
END_TEST

/* How often the second step waits. */
static int waits_of(det_precision precision)
{
    det_trainer *t = make_trainer(precision);
    trainer_run_steps(t, 1);
    const int before = fake_gpu_calls("cudaStreamSynchronize");
    trainer_run_steps(t, 1);
    const int waits = fake_gpu_calls("cudaStreamSynchronize") - before;
    det_trainer_destroy(&t);
    return waits;
}

START_TEST(no_more_waits_than_with_floats)
{
    const int floats = waits_of(DET_PRECISION_FP32);
    ck_assert_int_gt(floats, 0);
    ck_assert_int_eq(waits_of(DET_PRECISION_FP16), floats);
    ck_assert_int_eq(waits_of(DET_PRECISION_BF16), floats);
}
END_TEST

/* ------------------------------------------------------------------- the run
 */

static void resume(det_trainer *t)
{
    int found;
    ck_assert_msg(det_trainer_resume(t, folder.path, &found) == DET_OK, "%s",
                  det_trainer_message(t));
    ck_assert_int_eq(found, 1);
}

/* The same bits, the scale among them. */
START_TEST(a_run_goes_on)
{
    det_trainer *t = make_trainer(DET_PRECISION_FP16);
    t->loss_scale.value = 0x1p40; /* overflows at first */
    trainer_run_steps(t, 2);
    ck_assert_int_eq(t->loss_scale.skipped, 2);
    t->loss_scale = (struct det_loss_scale){true, 512.0, 1999, 2};
    ck_assert_int_eq(det_trainer_save(t, folder.path), DET_OK);
    det_trainer *other = make_trainer(DET_PRECISION_FP16);
    resume(other);
    trainer_run_steps(t, 2);
    trainer_run_steps(other, 2);
    ck_assert_double_eq(other->loss_scale.value, 1024.0);
    ck_assert_int_eq(other->loss_scale.good, 1);
    ck_assert_int_eq(other->loss_scale.skipped, 2);
    float *last = values_of(t);
    ck_assert_int_eq(det_trainer_fetch(other), DET_OK);
    ck_assert_uint_eq(count_changed(other, last), 0);
    free(last);
    det_trainer_destroy(&t);
    det_trainer_destroy(&other);
}
END_TEST

/* A checkpoint of fp16 is one of floats. */
START_TEST(another_precision_goes_on)
{
    det_trainer *t = make_trainer(DET_PRECISION_FP16);
    trainer_run_steps(t, 1);
    ck_assert_int_eq(det_trainer_save(t, folder.path), DET_OK);
    det_trainer *other = make_trainer(DET_PRECISION_BF16);
    resume(other);
    ck_assert_double_eq(other->loss_scale.value, 1.0);
    float *values = values_of(t);
    ck_assert_uint_eq(count_changed(other, values), 0);
    trainer_run_steps(other, 1);
    free(values);
    det_trainer_destroy(&t);
    det_trainer_destroy(&other);
}
END_TEST

START_TEST(judged_in_its_precision)
{
    det_trainer *t = make_trainer(_i ? DET_PRECISION_BF16 : DET_PRECISION_FP16);
    ck_assert_msg(det_trainer_validate(t) == DET_OK, "%s",
                  det_trainer_message(t));
    ck_assert_double_gt(trainer_run_metric(t, "error_val"), 0.1);
    det_trainer_destroy(&t);
}
END_TEST

/* What include/detect/train.h promises of a run that goes on. */
START_TEST(kernels_are_deterministic)
{
    det_trainer *t = make_trainer(DET_PRECISION_FP32);
    ck_assert(t->engine.compute.device->options.deterministic);
    det_trainer_destroy(&t);
}
END_TEST

START_TEST(the_cpu_has_floats)
{
    det_train_options options;
    det_trainer *t;
    det_train_options_init(&options);
    options.architecture = "resnet20";
    options.data = data;
    options.images = "";
    options.precision = DET_PRECISION_BF16;
    ck_assert_int_eq(det_trainer_create(context, &options, &t),
                     DET_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(
        strstr(det_context_message(context), "--precision is for GPUs"));
}
END_TEST

/* ------------------------------------------------------ gradients of weights
 */

enum { IN = 8, OUT = 16, SIDE = 12, WEIGHTS = OUT * IN * 9 };

/* A 3 x 3 convolution that learns; its memory is the device's. */
struct learner {
    struct det_conv_layer layer;
    float weight[WEIGHTS], gradient[WEIGHTS];
    struct det_mirror mirrors[2];
};

static float wave(int i)
{
    return sinf(0.37f * (float)i);
}

static det_status step(struct det_compute *compute, void *user)
{
    const struct learner *l = user;
    struct det_tensor in, out;
    struct det_gradient gradient;
    DET_TRY(det_host_tensor_take(compute, &in, 1, SIDE, SIDE, IN));
    for (int i = 0; !det_planning(compute) && i < SIDE * SIDE * IN; i++)
        in.data[i] = wave(i);
    DET_TRY(det_tensor_move_to_device(compute, &in));
    DET_TRY(det_tensor_round(compute, &in));
    DET_TRY(det_conv_layer_forward(compute, &l->layer, &out, &in, NULL));
    DET_TRY(det_gradient_open(compute, &gradient, &out));
    if (!det_planning(compute)) /* what comes out is its own gradient */
        DET_TRY(compute->ops->gather(
            compute, &(struct det_gather){.in = out, .out = gradient.tensor}));
    det_tensor_give(compute, &in);
    det_tensor_give(compute, &out);
    return DET_OK;
}

static void learn(struct learner *l, det_precision precision, bool mixed)
{
    struct det_message message = {0};
    struct det_engine engine;
    const struct det_engine_options options = {
        .device = "cuda", .threads = 1, .of_device = {.precision = precision}};
    *l = (struct learner){0};
    det_conv_layer_init(
        &l->layer,
        &(struct det_conv_config){
            .in_channels = IN, .out_channels = OUT, .kernel = 3, .pad = 1});
    for (int i = 0; i < WEIGHTS; i++)
        l->weight[i] = wave(5 * i);
    l->layer.weight.value = l->weight;
    l->layer.weight.gradient = l->gradient;
    ck_assert_int_eq(det_engine_create(&engine, &options, &message), DET_OK);
    struct det_compute *compute = &engine.compute;
    det_mirror_send(compute, &l->mirrors[0], l->weight, sizeof l->weight);
    det_mirror_send(compute, &l->mirrors[1], l->gradient, sizeof l->gradient);
    compute->mirrors = l->mirrors;
    compute->num_mirrors = 2;
    fake_gpu_refuse_mixed(!mixed);
    ck_assert_msg(det_engine_step(&engine, step, l) == DET_OK, "%s",
                  message.text);
    fake_gpu_refuse_mixed(false);
    ck_assert_int_eq(det_mirror_fetch(compute, &l->mirrors[1]), DET_OK);
    ck_assert_int_eq(det_wait(compute), DET_OK);
    for (int i = 0; i < 2; i++)
        det_mirror_destroy(&l->mirrors[i], compute->ops);
    det_engine_destroy(&engine);
}

/* Where cuDNN has no kernel that stores sums as floats, each sum is rounded
 * once, and added to the gradient as a float. */
START_TEST(sums_of_halves)
{
    static struct learner floats, halves;
    const det_precision precision =
        _i ? DET_PRECISION_BF16 : DET_PRECISION_FP16;
    const enum det_element element = det_element_of(precision);
    int rounded = 0;
    learn(&floats, precision, true);
    learn(&halves, precision, false);
    for (int i = 0; i < WEIGHTS; i++) {
        const float sum = floats.gradient[i];
        const float expected =
            float_of_half(element, half_of_float(element, sum));
        ck_assert_float_eq(halves.gradient[i], expected);
        rounded += sum != expected;
    }
    ck_assert_int_gt(rounded, WEIGHTS / 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("half training");
    TCase *tcase = tcase_create("half training");
    tcase_set_timeout(tcase, 300);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_step_that_overflows_is_left_out);
    tcase_add_test(tcase, one_that_cannot_be_scaled_is_an_error);
    tcase_add_test(tcase, the_scale_is_not_seen);
    tcase_add_loop_test(tcase, only_fp16_scales, 0, 3);
    tcase_add_test(tcase, no_more_waits_than_with_floats);
    tcase_add_test(tcase, a_run_goes_on);
    tcase_add_test(tcase, another_precision_goes_on);
    tcase_add_loop_test(tcase, judged_in_its_precision, 0, 2);
    tcase_add_test(tcase, kernels_are_deterministic);
    tcase_add_test(tcase, the_cpu_has_floats);
    tcase_add_loop_test(tcase, sums_of_halves, 0, 2);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

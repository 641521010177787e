/* SPDX-License-Identifier: MIT */
/* Elements of half the bytes: how floats are rounded to them, how much memory
 * they save, and what is refused.
 * usage: test_half MODEL */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "compute/conv_layer.h"
#include "compute/engine.h"
#include "compute/loss.h"
#include "detect/detect.h"
#include "tests/cuda/fake_gpu.h"
#include "tests/cuda/halves.h"

static const det_precision precisions[] = {DET_PRECISION_BF16,
                                           DET_PRECISION_FP16};
enum { PRECISIONS = sizeof precisions / sizeof *precisions };

static void open_engine(struct det_engine *out, const char *device,
                        det_precision precision, struct det_message *message)
{
    const struct det_engine_options options = {
        .device = device, .threads = 1, .of_device = {.precision = precision}};
    *message = (struct det_message){0};
    ck_assert_msg(det_engine_create(out, &options, message) == DET_OK, "%s",
                  message->text);
}

/* ----------------------------------------------------------------- rounding */

enum { HALVES = 1 << 16, VALUES = 3 * HALVES };

static float next_float(float value, int32_t steps)
{
    int32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits += steps;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Each half, the middle to the one of the next larger magnitude, and the float
 * before or behind that middle; infinities and NaN among them. */
static float *make_values(enum det_element element)
{
    float *values = malloc(VALUES * sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (int i = 0; i < HALVES; i++) {
        const uint16_t next = (uint16_t)(i + 1);
        const float low = float_of_half(element, (uint16_t)i);
        const float middle = 0.5f * low + 0.5f * float_of_half(element, next);
        values[3 * i] = low;
        values[3 * i + 1] = middle;
        values[3 * i + 2] = next_float(middle, i % 2 ? 1 : -1);
    }
    return values;
}

static det_status round_on_device(struct det_compute *compute, uint16_t *out,
                                  const float *values)
{
    const struct det_ops *ops = compute->ops;
    void *from, *to;
    DET_TRY(ops->allocate(&from, VALUES * sizeof *values, compute->message));
    DET_TRY(ops->allocate(&to, VALUES * sizeof *out, compute->message));
    DET_TRY(ops->to_device(compute, from, values, VALUES * sizeof *values));
    DET_TRY(ops->convert(compute, to, compute->element, from, VALUES));
    DET_TRY(ops->to_host(compute, out, to, VALUES * sizeof *out));
    DET_TRY(ops->wait(compute));
    ops->release(from);
    ops->release(to);
    return DET_OK;
}

static bool is_same(enum det_element element, uint16_t a, uint16_t b)
{
    const float value = float_of_half(element, a);
    const float other = float_of_half(element, b);
    return a == b || (value != value && other != other);
}

START_TEST(to_the_nearest_of_two_the_even)
{
    const enum det_element element = det_element_of(precisions[_i]);
    struct det_message message;
    struct det_engine engine;
    float *values = make_values(element);
    uint16_t *rounded = malloc(VALUES * sizeof *rounded);
    ck_assert_ptr_nonnull(rounded);
    open_engine(&engine, "cuda", precisions[_i], &message);
    ck_assert_int_eq(round_on_device(&engine.compute, rounded, values), DET_OK);
    for (int i = 0; i < VALUES; i++) {
        const uint16_t expected = half_of_float(element, values[i]);
        if (!is_same(element, rounded[i], expected))
            ck_abort_msg("%a is %#x, not %#x", (double)values[i], rounded[i],
                         expected);
    }
    free(values);
    free(rounded);
    det_engine_destroy(&engine);
}
END_TEST

/* By hand: the two formats as their definitions have them. */
START_TEST(known_values)
{
    static const struct {
        float value;
        uint16_t bf16, fp16;
    } known[] = {{1.0f, 0x3f80, 0x3c00},
                 {-2.0f, 0xc000, 0xc000},
                 {1.00390625f, 0x3f80, 0x3c04}, /* 1 + 2^-8: bf16's middle */
                 {1.01171875f, 0x3f82, 0x3c0c}, /* 1 + 3 * 2^-8: up to even */
                 {1.00048828125f, 0x3f80, 0x3c00}, /* 1 + 2^-11: fp16's */
                 {65504.0f, 0x4780, 0x7bff},
                 {65520.0f, 0x4780, 0x7c00}, /* fp16: infinity */
                 {0x1p-24f, 0x3380, 0x0001}, /* fp16's smallest */
                 {0x1p-25f, 0x3300, 0x0000}, /* half of it: to even */
                 {3.4e38f, 0x7f80, 0x7c00}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        ck_assert_uint_eq(half_of_float(DET_ELEMENT_BF16, known[i].value),
                          known[i].bf16);
        ck_assert_uint_eq(half_of_float(DET_ELEMENT_FP16, known[i].value),
                          known[i].fp16);
    }
}
END_TEST

/* ------------------------------------------------------------------- memory */

enum {
    LAYERS = 3,
    CHANNELS = 64,
    SIDE = 96,
    LINE = 64 /* bytes of a block that is empty */
};

struct net {
    struct det_conv_layer layers[LAYERS];
    float weight[CHANNELS * CHANNELS * 9], bias[CHANNELS];
};

static void init_net(struct net *net)
{
    memset(net, 0, sizeof *net);
    for (int i = 0; i < LAYERS; i++) {
        struct det_conv_layer *layer = &net->layers[i];
        det_conv_layer_init(layer,
                            &(struct det_conv_config){.in_channels = CHANNELS,
                                                      .out_channels = CHANNELS,
                                                      .kernel = 3,
                                                      .pad = 1,
                                                      .bias = true,
                                                      .relu = true});
        layer->weight.value = net->weight;
        layer->bias.value = net->bias;
    }
}

static det_status forward(struct det_compute *compute, void *user)
{
    const struct net *net = user;
    const struct det_tensor like = {
        .n = 1, .capacity = 1, .element = compute->element};
    struct det_tensor x, y;
    DET_TRY(det_tensor_take_like(compute, &x, &like, SIDE, SIDE, CHANNELS));
    for (int i = 0; i < LAYERS; i++) {
        DET_TRY(det_conv_layer_forward_take(compute, &net->layers[i], &y, &x));
        x = y;
    }
    det_tensor_give(compute, &x);
    return DET_OK;
}

struct sizes {
    size_t planned, prepared; /* bytes */
};

static struct sizes sizes_in(det_precision precision)
{
    struct det_message message;
    struct det_engine engine;
    struct sizes sizes = {0};
    struct net *net = malloc(sizeof *net);
    ck_assert_ptr_nonnull(net);
    init_net(net);
    open_engine(&engine, "cuda", precision, &message);
    ck_assert_int_eq(det_engine_plan(&engine, forward, net), DET_OK);
    sizes.planned = engine.workspace.device.capacity;
    for (int i = 0; i < LAYERS; i++)
        sizes.prepared += sizeof(float) * det_conv_layer_prepared_count(
                                              &net->layers[i], &engine.compute);
    det_engine_destroy(&engine);
    free(net);
    return sizes;
}

START_TEST(half_the_memory)
{
    const struct sizes floats = sizes_in(DET_PRECISION_FP32);
    const struct sizes halves = sizes_in(precisions[_i]);
    ck_assert_uint_le(halves.planned, floats.planned / 2 + LINE);
    ck_assert_uint_lt(halves.prepared, floats.prepared * 51 / 100);
    ck_assert_uint_eq(sizes_in(DET_PRECISION_TF32).planned, floats.planned);
}
END_TEST

/* What a plan takes is what the device gives. */
START_TEST(memory_of_the_device)
{
    size_t used[2];
    struct net *net = malloc(sizeof *net);
    ck_assert_ptr_nonnull(net);
    init_net(net);
    for (int i = 0; i < 2; i++) {
        struct det_message message;
        struct det_engine engine;
        open_engine(&engine, "cuda", i ? precisions[_i] : DET_PRECISION_FP32,
                    &message);
        const size_t before = fake_gpu_used();
        ck_assert_int_eq(det_engine_plan(&engine, forward, net), DET_OK);
        used[i] = fake_gpu_used() - before;
        det_engine_destroy(&engine);
    }
    ck_assert_uint_le(used[1], used[0] / 2 + LINE);
    free(net);
}
END_TEST

static const char *model_path;

static det_model *load(det_context *context, det_precision precision)
{
    det_model *model;
    ck_assert_msg(det_model_load_with_precision(context, model_path, "cuda",
                                                precision, &model) == DET_OK,
                  "%s", det_context_message(context));
    return model;
}

START_TEST(a_model_in_half_the_memory)
{
    det_context *context;
    size_t used[2];
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    for (int i = 0; i < 2; i++) {
        const size_t before = fake_gpu_used();
        det_model *model =
            load(context, i ? precisions[_i] : DET_PRECISION_TF32);
        used[i] = fake_gpu_used() - before;
        det_model_destroy(&model);
    }
    ck_assert_uint_lt(used[1], used[0] * 51 / 100);
    ck_assert_uint_eq(fake_gpu_used(), 0);
    det_context_destroy(&context);
}
END_TEST

/* ------------------------------------------------------------------- limits */

static det_status open_session(const det_model *model, det_precision precision)
{
    det_session_options options;
    det_session *session;
    det_session_options_init(&options);
    options.precision = precision;
    const det_status status = det_session_create(model, &options, &session);
    det_session_destroy(&session);
    return status;
}

START_TEST(sessions_have_the_weights_of_their_model)
{
    const det_precision half = precisions[_i];
    const det_precision other = precisions[1 - _i];
    det_context *context;
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    det_model *model = load(context, half);
    ck_assert_int_eq(open_session(model, half), DET_OK);
    ck_assert_int_eq(open_session(model, other), DET_ERROR_ARGUMENT);
    ck_assert_int_eq(open_session(model, DET_PRECISION_FP32),
                     DET_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(
        strstr(det_context_message(context), "det_model_load_with_precision"));
    det_model_destroy(&model);
    model = load(context, DET_PRECISION_FP32);
    ck_assert_int_eq(open_session(model, DET_PRECISION_TF32), DET_OK);
    ck_assert_int_eq(open_session(model, half), DET_ERROR_ARGUMENT);
    det_model_destroy(&model);
    ck_assert_int_eq(
        det_model_load_with_precision(context, model_path, "cpu", half, &model),
        DET_ERROR_ARGUMENT);
    ck_assert_ptr_null(model);
    det_context_destroy(&context);
}
END_TEST

static det_status read_map(struct det_compute *compute, void *user)
{
    const struct det_tensor like = {
        .n = 1, .capacity = 1, .element = compute->element};
    struct det_tensor map, view;
    (void)user;
    DET_TRY(det_tensor_take_like(compute, &map, &like, 2, 2, 8));
    return det_host_view_take(compute, &view, &map);
}

static det_status forward_floats(struct det_compute *compute, void *user)
{
    const struct net *net = user;
    struct det_tensor x, y;
    DET_TRY(det_tensor_take(compute, &x, 1, SIDE, SIDE, CHANNELS));
    return det_conv_layer_forward(compute, &net->layers[0], &y, &x, NULL);
}

static det_status loss_of_halves(struct det_compute *compute, void *user)
{
    const struct det_tensor like = {
        .n = 1, .capacity = 1, .element = compute->element};
    struct det_softmax_loss op = {.scale = 1.0f};
    (void)user;
    DET_TRY(det_tensor_take_like(compute, &op.logits, &like, 1, 1, 8));
    return det_softmax_loss(compute, &op);
}

START_TEST(what_is_refused)
{
    struct det_message message;
    struct det_engine engine;
    const struct det_engine_options on_cpu = {
        .device = "cpu", .of_device = {.precision = precisions[_i]}};
    struct net *net = malloc(sizeof *net);
    ck_assert_ptr_nonnull(net);
    init_net(net);
    open_engine(&engine, "cuda", precisions[_i], &message);
    ck_assert_int_eq(det_engine_step(&engine, loss_of_halves, NULL),
                     DET_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(message.text, "a loss is of floats"));
    ck_assert_int_eq(det_engine_plan(&engine, read_map, NULL),
                     DET_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(message.text, "the host reads floats"));
    ck_assert_int_eq(det_engine_plan(&engine, forward_floats, net),
                     DET_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(message.text, "was given a map of fp32"));
    det_engine_destroy(&engine);
    ck_assert_int_eq(det_engine_create(&engine, &on_cpu, &message),
                     DET_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(message.text, "--precision is for GPUs"));
    det_engine_destroy(&engine);
    free(net);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    model_path = argv[1];
    Suite *suite = suite_create("half");
    TCase *tcase = tcase_create("half");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, known_values);
    tcase_add_loop_test(tcase, to_the_nearest_of_two_the_even, 0, PRECISIONS);
    tcase_add_loop_test(tcase, half_the_memory, 0, PRECISIONS);
    tcase_add_loop_test(tcase, memory_of_the_device, 0, PRECISIONS);
    tcase_add_loop_test(tcase, a_model_in_half_the_memory, 0, PRECISIONS);
    tcase_add_loop_test(tcase, sessions_have_the_weights_of_their_model, 0,
                        PRECISIONS);
    tcase_add_loop_test(tcase, what_is_refused, 0, PRECISIONS);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

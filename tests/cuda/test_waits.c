/* SPDX-License-Identifier: MIT */
/* How often the emulated GPU is waited for and given kernels: no more often
 * than it must be.
 * usage: test_waits MODEL, of masks */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "compute/class_candidates.h"
#include "compute/engine.h"
#include "compute/loss.h"
#include "compute/nms.h"
#include "compute/step.h"
#include "detect/detect.h"
#include "maskseg/mask_runs.h"
#include "tests/cuda/fake_gpu.h"
#include "train/statistics.h"

enum { ROWS = 3, CLASSES = 4 };

/* Two losses of each kind, of one tensor. */
struct losses {
    double softmax, sigmoid, smooth_l1;
};

static det_status add_losses(struct det_compute *compute, struct losses *losses,
                             const struct det_tensor *values)
{
    static const int32_t labels[ROWS] = {0, -1, 3};
    static const float targets[ROWS * CLASSES] = {1.0f, 0.0f, 0.5f};
    static const int64_t at[ROWS] = {4, 0, 8};
    struct det_softmax_loss softmax = {.logits = *values,
                                       .label = labels,
                                       .scale = 0.5f,
                                       .loss = &losses->softmax};
    struct det_sigmoid_loss sigmoid = {.logits = *values,
                                       .target = targets,
                                       .count = ROWS * CLASSES,
                                       .scale = 0.5f,
                                       .loss = &losses->sigmoid};
    struct det_smooth_l1_loss smooth_l1 = {.values = *values,
                                           .at = at,
                                           .target = targets,
                                           .count = ROWS,
                                           .beta = 1.0f,
                                           .scale = 0.5f,
                                           .loss = &losses->smooth_l1};
    DET_TRY(det_softmax_loss(compute, &softmax));
    DET_TRY(det_sigmoid_loss(compute, &sigmoid));
    return det_smooth_l1_loss(compute, &smooth_l1);
}

static det_status run_losses(struct det_compute *compute, void *user)
{
    struct det_tensor values;
    DET_TRY(det_host_tensor_take(compute, &values, ROWS, 1, 1, CLASSES));
    for (int i = 0; !det_planning(compute) && i < ROWS * CLASSES; i++)
        values.data[i] = (float)(i * i % 7) - 3.0f;
    DET_TRY(det_tensor_move_to_device(compute, &values));
    DET_TRY(add_losses(compute, user, &values));
    DET_TRY(add_losses(compute, user, &values));
    det_tensor_give(compute, &values);
    return DET_OK;
}

/* The second of two steps, when all memory is there; how often it waited. */
static int step_losses(const char *device, struct losses *losses)
{
    struct det_message message = {0};
    struct det_engine engine;
    const struct det_engine_options options = {.device = device, .threads = 1};
    ck_assert_int_eq(det_engine_create(&engine, &options, &message), DET_OK);
    ck_assert_int_eq(det_engine_step(&engine, run_losses, losses), DET_OK);
    *losses = (struct losses){0};
    const int before = fake_gpu_calls("cudaStreamSynchronize");
    ck_assert_int_eq(det_engine_step(&engine, run_losses, losses), DET_OK);
    const int waits = fake_gpu_calls("cudaStreamSynchronize") - before;
    det_engine_destroy(&engine);
    return waits;
}

/* Sums are there at the end of a step, which is all that is waited for. */
START_TEST(losses_wait_once)
{
    struct losses cpu = {0}, gpu = {0};
    step_losses("cpu", &cpu);
    ck_assert_int_eq(step_losses("cuda", &gpu), 1);
    ck_assert_double_gt(cpu.softmax, 0.1);
    ck_assert_double_eq_tol(gpu.softmax, cpu.softmax, 1e-12);
    ck_assert_double_gt(cpu.sigmoid, 0.1);
    ck_assert_double_eq_tol(gpu.sigmoid, cpu.sigmoid, 1e-12);
    ck_assert_double_gt(cpu.smooth_l1, 0.1);
    ck_assert_double_eq_tol(gpu.smooth_l1, cpu.smooth_l1, 1e-12);
}
END_TEST

enum { ARRAYS = 600, MOST_LENGTH = 5, FLOATS = ARRAYS * MOST_LENGTH };

/* Values, momenta and gradients of short arrays. */
struct small_arrays {
    float memory[3][FLOATS];
    struct det_sgd_array items[ARRAYS];
};

/* They lie at `memory`, of the device. */
static struct det_sgd_update list_small(struct small_arrays *a, float *memory)
{
    for (int i = 0; i < 3 * FLOATS; i++)
        a->memory[i / FLOATS][i % FLOATS] = (float)(i * i % 11) - 5.0f;
    for (int k = 0; k < ARRAYS; k++)
        a->items[k] = (struct det_sgd_array){
            .value = memory + k * MOST_LENGTH,
            .momentum = memory + FLOATS + k * MOST_LENGTH,
            .gradient = memory + 2 * FLOATS + k * MOST_LENGTH,
            .count = k % (MOST_LENGTH + 1),
            .rate = 0.25f * (float)(k % 3),
            .decay = 0.5f};
    return (struct det_sgd_update){
        .arrays = a->items, .num_arrays = ARRAYS, .keep = 0.5f, .scale = 1.0f};
}

/* Hundreds of arrays take a few launches, and none gets another's. */
START_TEST(many_arrays_in_few_launches)
{
    static struct small_arrays cpu, gpu;
    struct det_message message = {0};
    struct det_engine engine, host;
    struct det_engine_options options = {.threads = 1};
    void *memory;
    ck_assert_int_eq(det_engine_create(&host, &options, &message), DET_OK);
    options.device = "cuda";
    ck_assert_int_eq(det_engine_create(&engine, &options, &message), DET_OK);
    const struct det_ops *ops = engine.compute.ops;
    const size_t bytes = sizeof gpu.memory;
    ck_assert_int_eq(ops->allocate(&memory, bytes, &message), DET_OK);
    const struct det_sgd_update on_cpu = list_small(&cpu, cpu.memory[0]);
    const struct det_sgd_update on_gpu = list_small(&gpu, memory);
    ck_assert_int_eq(det_sgd_update(&host.compute, &on_cpu), DET_OK);
    ck_assert_int_eq(ops->to_device(&engine.compute, memory, gpu.memory, bytes),
                     DET_OK);
    const int before = fake_gpu_calls("launch");
    ck_assert_int_eq(det_sgd_update(&engine.compute, &on_gpu), DET_OK);
    ck_assert_int_le(fake_gpu_calls("launch") - before, 3);
    ck_assert_int_eq(ops->to_host(&engine.compute, gpu.memory, memory, bytes),
                     DET_OK);
    ck_assert_int_eq(ops->wait(&engine.compute), DET_OK);
    ck_assert_mem_eq(gpu.memory, cpu.memory, bytes);
    ops->release(memory);
    det_engine_destroy(&engine);
    det_engine_destroy(&host);
}
END_TEST

enum { CHANNELS = 16 };

static void destroy_mirrors(struct det_parameters *parameters)
{
    for (int i = 0; i < DET_PARAMETER_MIRRORS; i++)
        det_mirror_destroy(&parameters->mirrors[i], parameters->ops);
}

/* Kept before a step and put back, both where the device has them. */
START_TEST(statistics_are_kept_without_a_wait)
{
    struct det_message message = {0};
    struct det_engine engine;
    const struct det_engine_options options = {.device = "cuda", .threads = 1};
    float values[CHANNELS];
    struct det_train_array array = {
        .name = "bn.running_mean", .value = values, .count = CHANNELS};
    struct det_parameters p = {.arrays = &array,
                               .num_arrays = 1,
                               .values = values,
                               .value_count = CHANNELS};
    struct det_statistics kept;
    struct det_compute *compute = &engine.compute;
    for (int i = 0; i < CHANNELS; i++)
        values[i] = (float)i;
    ck_assert_int_eq(det_engine_create(&engine, &options, &message), DET_OK);
    ck_assert_int_eq(det_parameters_send(&p, compute), DET_OK);
    det_parameters_changed(&p, compute);
    ck_assert_int_eq(det_statistics_create(&kept, &p, compute), DET_OK);
    const int before = fake_gpu_calls("cudaStreamSynchronize");
    ck_assert_int_eq(det_statistics_keep(&kept, &p, compute), DET_OK);
    ck_assert_int_eq(fake_gpu_calls("cudaStreamSynchronize"), before);
    ck_assert_int_eq(
        det_scale(compute, det_mirrored(compute, values), CHANNELS, 3.0f),
        DET_OK);
    ck_assert_int_eq(det_statistics_put_back(&kept, &p, compute), DET_OK);
    ck_assert_int_eq(
        det_scale(compute, det_mirrored(compute, values), CHANNELS, 2.0f),
        DET_OK);
    ck_assert_int_eq(det_parameters_fetch(&p, compute), DET_OK);
    for (int i = 0; i < CHANNELS; i++)
        ck_assert_float_eq(values[i], 2.0f * (float)i);
    destroy_mirrors(&p);
    det_engine_destroy(&engine);
    det_statistics_destroy(&kept);
    ck_assert_uint_eq(fake_gpu_used(), 0);
}
END_TEST

enum { ROIS = 1000, COLUMNS = 91 /* of COCO */ };

/* No class of any RoI; those that score as the last are kept, of which there
 * may be many. */
static det_status choose_none(struct det_compute *compute, void *user)
{
    static const struct det_box rois[ROIS];
    const bool *exclusive = user;
    struct det_class_candidates op = {
        .rois = rois,
        .reading = {.classes = {COLUMNS, 0, COLUMNS}},
        .exclusive = *exclusive,
        .score_threshold = 0.05f};
    DET_TRY(det_tensor_take(compute, &op.scores, ROIS, 1, 1, COLUMNS));
    DET_TRY(det_tensor_take(compute, &op.deltas, ROIS, 1, 1, 4 * COLUMNS));
    if (!det_planning(compute))
        DET_TRY(compute->ops->clear(compute, op.scores.data,
                                    det_tensor_count(&op.scores)));
    DET_TRY(det_class_candidates(compute, &op));
    struct det_candidates_nms nms = {.in = op.out,
                                     .options = {.iou_threshold = 0.5,
                                                 .limit = 100,
                                                 .limit_keeps_ties = true}};
    struct det_candidates view;
    DET_TRY(det_candidates_nms(compute, &nms));
    DET_TRY(det_candidates_view_take(compute, &view, &nms.out));
    det_candidates_view_give(compute, &view);
    det_candidates_give(compute, &nms.out);
    det_candidates_give(compute, &op.out);
    det_tensor_give(compute, &op.scores);
    det_tensor_give(compute, &op.deltas);
    return DET_OK;
}

/* How often a call is made for it. */
static int choosing_calls(const char *call, bool exclusive)
{
    struct det_message message = {0};
    struct det_engine engine;
    const struct det_engine_options options = {.device = "cuda", .threads = 1};
    ck_assert_int_eq(det_engine_create(&engine, &options, &message), DET_OK);
    const int before = fake_gpu_calls(call);
    ck_assert_msg(det_engine_run(&engine, choose_none, &exclusive) == DET_OK,
                  "%s", message.text);
    const int calls = fake_gpu_calls(call) - before;
    det_engine_destroy(&engine);
    return calls;
}

/* Of 91 scores whose sum is 1 no more than 20 are above 0.05: chunks and sizes
 * that cannot be are not launched. */
START_TEST(few_candidates_in_few_launches)
{
    ck_assert_int_le(choosing_calls("launch", true), 24);
    ck_assert_int_gt(choosing_calls("launch", false), 60);
}
END_TEST

/* The first come over with their count, and at the end nothing is left. */
START_TEST(few_candidates_wait_once)
{
    ck_assert_int_eq(choosing_calls("cudaStreamSynchronize", false), 2);
}
END_TEST

enum { PHOTOS = 3, MASKS = 4, MASK_SIDE = 14, MASK_BOX = 50 };

/* Masks of several photos; how often it waits for them. */
struct several {
    size_t most_words;
    int waits;
};

static det_status paste_several(struct det_compute *compute, void *user)
{
    static const struct det_mask_place places[MASKS] = {
        {3, {0, 0, MASK_BOX, MASK_BOX}},
        {1, {9, 9, MASK_BOX, MASK_BOX}},
        {0, {0, 0, 10, 10}},
        {2, {-20, 0, 10, 90}}};
    struct several *several = user;
    struct det_placed_masks photos[PHOTOS];
    struct det_rle rles[PHOTOS][MASKS] = {{{0}}};
    struct det_mask_paster paster = {.most_words = several->most_words};
    struct det_tensor masks;
    DET_TRY(det_tensor_take(compute, &masks, MASKS, MASK_SIDE, MASK_SIDE, 1));
    for (int i = 0; i < PHOTOS; i++)
        photos[i] = (struct det_placed_masks){
            masks,        places,       MASKS,  DET_PASTE_TORCHVISION,
            2 * MASK_BOX, 2 * MASK_BOX, rles[i]};
    if (det_planning(compute))
        return DET_OK;
    DET_TRY(compute->ops->clear(compute, masks.data, det_tensor_count(&masks)));
    const int before = fake_gpu_calls("cudaStreamSynchronize");
    const det_status status = det_mask_runs(compute, &paster, photos, PHOTOS);
    several->waits = fake_gpu_calls("cudaStreamSynchronize") - before;
    for (int i = 0; i < PHOTOS * MASKS; i++)
        det_rle_destroy(&rles[i / MASKS][i % MASKS]);
    det_mask_paster_destroy(&paster);
    return status;
}

static int pasting_waits(size_t most_words)
{
    struct det_message message = {0};
    struct det_engine engine;
    struct several several = {.most_words = most_words};
    const struct det_engine_options options = {.device = "cuda", .threads = 1};
    ck_assert_int_eq(det_engine_create(&engine, &options, &message), DET_OK);
    ck_assert_msg(det_engine_run(&engine, paste_several, &several) == DET_OK,
                  "%s", message.text);
    det_engine_destroy(&engine);
    return several.waits;
}

/* However many there are, but for what a round has no room for. */
START_TEST(masks_of_several_photos_wait_once)
{
    ck_assert_int_eq(pasting_waits(0), 1);
    ck_assert_int_gt(pasting_waits(100), 3);
}
END_TEST

enum { PHOTO_W = 64, PHOTO_H = 48 };

static const char *model_path;

static void draw(uint8_t *rgb)
{
    for (int i = 0; i < PHOTO_W * PHOTO_H * 3; i++)
        rgb[i] = (uint8_t)(i * 7 % 251 + i / PHOTO_W % 5);
}

/* The waits of a session's second photo, which has masks. */
static int photo_waits(det_session *session)
{
    uint8_t rgb[PHOTO_W * PHOTO_H * 3];
    const det_pixels pixels = {rgb, PHOTO_W, PHOTO_H, 3 * PHOTO_W,
                               DET_PIXEL_RGB8};
    int waits = 0;
    draw(rgb);
    for (int i = 0; i < 2; i++) {
        det_result *result;
        const int before = fake_gpu_calls("cudaStreamSynchronize");
        ck_assert_msg(det_session_run(session, &pixels, &result) == DET_OK,
                      "%s", det_session_message(session));
        waits = fake_gpu_calls("cudaStreamSynchronize") - before;
        ck_assert_uint_gt(det_result_count(result), 0);
        ck_assert_ptr_nonnull(det_result_detection(result, 0)->mask);
        det_result_destroy(&result);
    }
    return waits;
}

/* For the proposals, the detections, their masks, and at its end, when nothing
 * is left to be waited for. */
START_TEST(a_photo_waits_four_times)
{
    det_context *context;
    det_model *model;
    det_session *session;
    det_session_options options;
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    ck_assert_msg(det_model_load_on(context, model_path, "cuda", &model) ==
                      DET_OK,
                  "%s", det_context_message(context));
    det_session_options_init(&options);
    options.min_size = PHOTO_H;
    options.max_size = PHOTO_W;
    options.proposals = 4;
    options.max_detections = 1;
    ck_assert_int_eq(det_session_create(model, &options, &session), DET_OK);
    ck_assert_int_eq(photo_waits(session), 4);
    det_session_destroy(&session);
    det_model_destroy(&model);
    det_context_destroy(&context);
    ck_assert_uint_eq(fake_gpu_used(), 0);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    model_path = argv[1];
    Suite *suite = suite_create("waits");
    TCase *tcase = tcase_create("waits");
    tcase_set_timeout(tcase, 280);
    tcase_add_test(tcase, losses_wait_once);
    tcase_add_test(tcase, many_arrays_in_few_launches);
    tcase_add_test(tcase, statistics_are_kept_without_a_wait);
    tcase_add_test(tcase, few_candidates_in_few_launches);
    tcase_add_test(tcase, few_candidates_wait_once);
    tcase_add_test(tcase, masks_of_several_photos_wait_once);
    tcase_add_test(tcase, a_photo_waits_four_times);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
/* What a trainer does with the settings of detectors, seen from inside. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "image/jpeg_write.h"
#include "tests/test_folder.h"
#include "tests/test_tree.h"
#include "tests/trainer_run.h"
#include "train/recompute_norms.h"
#include "weights/safetensors.h"

enum { IMAGES = 4, SIDE = 64, CLASSES = 3 };

static struct test_folder folder;
static det_context *context;
static det_dataset *data;

/* Noise with two bright boxes. */
static const int boxes[2][4] = {{4, 6, 30, 24}, {28, 30, 24, 30}};

static void write_image(int index)
{
    static uint8_t pixels[SIDE][SIDE][3];
    struct det_random random = {(uint64_t)index};
    uint8_t *jpeg;
    size_t size;
    char name[16];
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            for (int k = 0; k < 3; k++)
                pixels[y][x][k] = (uint8_t)det_random_below(&random, 100);
    for (int i = 0; i < 2; i++)
        for (int y = 0; y < boxes[i][3]; y++)
            memset(pixels[boxes[i][1] + y][boxes[i][0]], 150 + 50 * i,
                   3 * (size_t)boxes[i][2]);
    const det_pixels picture = {pixels[0][0], SIDE, SIDE, sizeof pixels[0],
                                DET_PIXEL_RGB8};
    ck_assert_int_eq(det_jpeg_encode(&jpeg, &size, &picture, 90, NULL), DET_OK);
    snprintf(name, sizeof name, "%d.jpg", index);
    test_tree_put(&folder, name, jpeg, size);
    free(jpeg);
}

static void write_annotations(void)
{
    char text[8192];
    size_t at = (size_t)snprintf(text, sizeof text, "{\"categories\":[");
    for (int i = 0; i < CLASSES; i++)
        at += (size_t)snprintf(text + at, sizeof text - at,
                               "%s{\"id\":%d,\"name\":\"c%d\"}", i ? "," : "",
                               i, i);
    at += (size_t)snprintf(text + at, sizeof text - at, "],\"images\":[");
    for (int i = 0; i < IMAGES; i++)
        at += (size_t)snprintf(text + at, sizeof text - at,
                               "%s{\"id\":%d,\"file_name\":\"%d.jpg\","
                               "\"width\":%d,\"height\":%d}",
                               i ? "," : "", i, i, SIDE, SIDE);
    at += (size_t)snprintf(text + at, sizeof text - at, "],\"annotations\":[");
    for (int i = 0; i < 2 * IMAGES; i++) {
        const int *b = boxes[i % 2];
        at +=
            (size_t)snprintf(text + at, sizeof text - at,
                             "%s{\"id\":%d,\"image_id\":%d,\"category_id\":%d,"
                             "\"bbox\":[%d,%d,%d,%d],\"area\":%d,"
                             "\"iscrowd\":0,\"segmentation\":[[%d,%d,%d,%d,"
                             "%d,%d,%d,%d]]}",
                             i ? "," : "", i, i / 2, i % CLASSES, b[0], b[1],
                             b[2], b[3], b[2] * b[3], b[0], b[1], b[0] + b[2],
                             b[1], b[0] + b[2], b[1] + b[3], b[0], b[1] + b[3]);
    }
    snprintf(text + at, sizeof text - at, "]}");
    test_tree_put_text(&folder, "data.json", text);
}

static void set_up(void)
{
    test_folder_create(&folder);
    for (int i = 0; i < IMAGES; i++)
        write_image(i);
    write_annotations();
    trainer_run_open(&context, &data, &folder, "data.json");
}

static void tear_down(void)
{
    trainer_run_close(&context, &data, &folder);
}

/* On small images, the same ones each time. */
static det_trainer *make_trainer(const char *architecture, const char *more)
{
    return trainer_run_create(
        context, &(struct trainer_request){
                     .architecture = architecture,
                     .data = data,
                     .images = folder.path,
                     .settings = {"threads=1 workers=1 flip=0 min_scale=64 "
                                  "max_scale=64 iterations=4 freeze=5 "
                                  "roi_batch=32 post_nms=50",
                                  more}});
}

/* Make the first step again. */
static void start_over(det_trainer *t)
{
    det_loader_destroy(&t->loader);
    t->iteration = 0;
}

/* ------------------------------------------------- one regressor for classes
 */

static const char agnostic[] = "class_agnostic=1 lr=0.001 batch=2";
static const char bias_name[] = "roi_heads.box_predictor.bbox_pred.bias";
static const char each_its_own[] = "lr=0.001 batch=2";

static const struct det_train_parameter *find_trained(const det_trainer *t,
                                                      const char *name)
{
    for (size_t i = 0; i < t->parameters.num_trained; i++)
        if (strcmp(t->parameters.trained[i].name, name) == 0)
            return &t->parameters.trained[i];
    ck_abort_msg("%s is not trained", name);
    return NULL;
}

/* Of a loss of the first step by an element, as a central difference. */
static double loss_slope(det_trainer *t, const char *loss,
                         const struct det_train_parameter *p, int at)
{
    const float h = 0x1p-11f, value = p->value[at];
    double losses[2];
    for (int side = 0; side < 2; side++) {
        p->value[at] = side ? value + h : value - h;
        start_over(t);
        trainer_run_steps(t, 1);
        losses[side] = trainer_run_metric(t, loss);
    }
    p->value[at] = value;
    return (losses[1] - losses[0]) / (2.0 * (double)h);
}

/* With each class layout and each beta. */
START_TEST(box_loss_gradient)
{
    static const char *const rows[] = {
        "class_agnostic=1 lr=0 batch=2", "class_agnostic=0 lr=0 batch=2",
        "class_agnostic=1 lr=0 batch=2 roi_smooth_l1_beta=0",
        "class_agnostic=1 lr=0 batch=2 roi_smooth_l1_beta=1"};
    det_trainer *t = make_trainer("fasterrcnn_resnet18_fpn", rows[_i]);
    const struct det_train_parameter *bias = find_trained(t, bias_name);
    double gradient[4 * (CLASSES + 1)], largest = 0.0;
    const int count = _i == 1 ? 4 * (CLASSES + 1) : 4;
    ck_assert_uint_eq(bias->count, count);
    trainer_run_steps(t, 1);
    for (int i = 0; i < count; i++) {
        gradient[i] = (double)bias->gradient[i];
        largest = fmax(largest, fabs(gradient[i]));
    }
    ck_assert_double_gt(largest, 0.01);
    for (int i = 0; i < count; i += count / 2)
        ck_assert_double_eq_tol(gradient[i],
                                loss_slope(t, "loss_box_reg", bias, i), 2e-4);
    det_trainer_destroy(&t);
}
END_TEST

/* With boxes of one regressor every class has its say: all labels occur. */
static void check_detects(const det_model *model)
{
    static uint8_t pixels[SIDE * SIDE * 3];
    const det_pixels picture = {pixels, SIDE, SIDE, 3 * (size_t)SIDE,
                                DET_PIXEL_RGB8};
    det_session_options options;
    det_session *session;
    det_result *result;
    bool seen[CLASSES + 1] = {false};
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * i / 7 + i);
    det_session_options_init(&options);
    options.min_size = options.max_size = SIDE;
    options.score_threshold = 0.0;
    ck_assert_int_eq(det_session_create(model, &options, &session), DET_OK);
    ck_assert_msg(det_session_run(session, &picture, &result) == DET_OK, "%s",
                  det_session_message(session));
    for (size_t i = 0; i < det_result_count(result); i++)
        seen[det_result_detection(result, i)->label] = true;
    for (int i = 0; i < CLASSES; i++)
        ck_assert_msg(seen[i + 1], "no detection of class %d", i);
    det_result_destroy(&result);
    det_session_destroy(&session);
}

/* The file says it, is loaded, and detects with the labels of all classes. */
START_TEST(agnostic_model)
{
    det_trainer *t = make_trainer("fasterrcnn_resnet18_fpn", agnostic);
    char path[TEST_FOLDER_PATH];
    struct det_weights weights;
    det_model *model;
    test_folder_path(path, &folder, "model.safetensors");
    trainer_run_steps(t, 2);
    ck_assert_int_eq(det_trainer_export(t, path), DET_OK);
    ck_assert_int_eq(det_safetensors_open(&weights, path, NULL), DET_OK);
    const struct det_weight *bias = det_weights_find(&weights, bias_name);
    ck_assert_str_eq(det_weights_metadata(&weights, "class_agnostic"), "1");
    ck_assert_int_eq(bias->shape[0], 4);
    det_weights_destroy(&weights);
    ck_assert_msg(det_model_load(context, path, &model) == DET_OK, "%s",
                  det_context_message(context));
    ck_assert_int_eq(det_model_label_count(model), CLASSES + 1);
    check_detects(model);
    det_model_destroy(&model);
    det_trainer_destroy(&t);
}
END_TEST

/* Learns through both ways, is loaded with what it says of itself, and not
 * without. */
START_TEST(model_with_context)
{
    det_trainer *t = make_trainer("fasterrcnn_resnet18_small",
                                  "batch=2 context=1 roi_batch=16");
    char path[TEST_FOLDER_PATH];
    det_model *model;
    const struct det_train_array *scores = NULL;
    test_folder_path(path, &folder, "model.safetensors");
    trainer_run_steps(t, 1);
    for (size_t i = 0; i < t->parameters.num_arrays; i++)
        if (strcmp(t->parameters.arrays[i].name,
                   "roi_heads.box_predictor.cls_score.weight") == 0)
            scores = &t->parameters.arrays[i];
    ck_assert_ptr_nonnull(scores);
    ck_assert_uint_eq(scores->count, (CLASSES + 1) * 2 * 512);
    trainer_run_steps(t, 2);
    ck_assert_int_eq(det_trainer_export(t, path), DET_OK);
    ck_assert_msg(det_model_load(context, path, &model) == DET_OK, "%s",
                  det_context_message(context));
    check_detects(model);
    det_model_destroy(&model);
    t->metadata.context = false;
    ck_assert_int_eq(det_trainer_export(t, path), DET_OK);
    ck_assert_int_eq(det_model_load(context, path, &model), DET_ERROR_MODEL);
    ck_assert_ptr_nonnull(
        strstr(det_context_message(context), "metadata \"context\" is not 1"));
    det_trainer_destroy(&t);
}
END_TEST

/* Each way of contradiction between the metadata and the tensors. */
START_TEST(contradictory_models)
{
    det_trainer *t =
        make_trainer("fasterrcnn_resnet18_fpn", _i ? each_its_own : agnostic);
    char path[TEST_FOLDER_PATH];
    det_model *model;
    test_folder_path(path, &folder, "model.safetensors");
    t->metadata.class_agnostic = _i;
    ck_assert_int_eq(det_trainer_export(t, path), DET_OK);
    ck_assert_int_eq(det_model_load(context, path, &model), DET_ERROR_MODEL);
    ck_assert_ptr_nonnull(
        strstr(det_context_message(context),
               _i ? "\"class_agnostic\" is 1, which means 4 box deltas for all "
                    "classes; there are 16"
                  : "4 box deltas for 4 class scores, but metadata "
                    "\"class_agnostic\" is not 1"));
    det_trainer_destroy(&t);
}
END_TEST

/* ------------------------------------------------------------------ cascade */

enum { MASK_SIDE = 21 };

static const char three_stages[] =
    "batch=2 lr=0 five_stages=0 roi_batch=16 clip_norm=0";
/* With classifiers of zeros nothing but the masks' loss reaches the masks,
 * whose sigmoids are steep when they begin with 0, too. */
static void clear_predictors(det_trainer *t)
{
    static const char *const names[] = {
        "roi_heads.box_predictor.cls_score.weight",
        "roi_heads.box_predictor.bbox_pred.weight",
        "roi_heads.mask_predictor.cls_score.weight",
        "roi_heads.mask_head.mask_pred.weight"};
    for (size_t i = 0; i < 4; i++) {
        const struct det_train_parameter *p = find_trained(t, names[i]);
        memset(p->value, 0, p->count * sizeof *p->value);
    }
}

/* A loss, and an element of the parameter that it depends on. */
struct slope {
    const char *loss, *name;
    int at;
};

START_TEST(cascade_gradients)
{
    enum { SLOPES = 4 };
    static const struct slope slopes[SLOPES] = {
        {"loss_mask", "roi_heads.mask_head.mask_pred.bias", 0},
        {"loss_mask", "roi_heads.mask_head.mask_pred.bias",
         MASK_SIDE * MASK_SIDE / 2},
        {"loss_cls", "roi_heads.box_predictor.cls_score.bias", 0},
        {"loss_seg_cls", "roi_heads.mask_predictor.cls_score.bias", 0}};
    det_trainer *t = make_trainer("mnc_resnet18_c4_small", three_stages);
    double gradients[SLOPES];
    clear_predictors(t);
    trainer_run_steps(t, 1);
    for (int i = 0; i < SLOPES; i++)
        gradients[i] =
            (double)find_trained(t, slopes[i].name)->gradient[slopes[i].at];
    for (int i = 0; i < SLOPES; i++) {
        const struct slope *s = &slopes[i];
        const double slope =
            loss_slope(t, s->loss, find_trained(t, s->name), s->at);
        ck_assert_msg(
            fabs(gradients[i]) > 1e-5 &&
                fabs(gradients[i] - slope) < 2e-4 + 1e-2 * fabs(gradients[i]),
            "%s by %s: %g, not %g", s->loss, s->name, gradients[i], slope);
    }
    det_trainer_destroy(&t);
}
END_TEST

/* How far the first step's gradients of small anchors' shifts are from those of
 * the RPN's own loss, at most. */
static double gradient_from_behind(const char *architecture, const char *more)
{
    enum { SMALL = 2 };
    static const int places[SMALL] = {24, 40};
    det_trainer *t = make_trainer(architecture, more);
    const struct det_train_parameter *p =
        find_trained(t, "rpn.head.bbox_pred.bias");
    double gradients[SMALL], largest = 0.0;
    ck_assert_uint_eq(p->count, 60);
    trainer_run_steps(t, 1);
    for (int i = 0; i < SMALL; i++)
        gradients[i] = (double)p->gradient[places[i]];
    for (int i = 0; i < SMALL; i++)
        largest =
            fmax(largest, fabs(gradients[i] -
                               loss_slope(t, "loss_rpn_loc", p, places[i])));
    det_trainer_destroy(&t);
    return largest;
}

/* RoIWarp has a gradient to the boxes that it looks at, so to the deltas that
 * made them, 1/512 of each at most; RoIAlign has none. */
START_TEST(masks_teach_proposals)
{
    const double cascade =
        gradient_from_behind("mnc_resnet18_c4_small", three_stages);
    ck_assert_double_gt(cascade, 1e-3);
    ck_assert_double_lt(cascade, 32.0 / 512.0 + 1e-3);
    ck_assert_double_lt(
        gradient_from_behind("maskrcnn_resnet18_c4_small",
                             "batch=2 lr=0 roi_batch=16 clip_norm=0"),
        1e-3);
}
END_TEST

static void check_refused(const det_model *const *models, size_t count,
                          const det_session_options *options,
                          const char *message)
{
    det_session *session;
    ck_assert_int_eq(
        det_session_create_ensemble(models, count, options, &session),
        DET_ERROR_ARGUMENT);
    ck_assert_msg(strstr(det_context_message(context), message), "%s",
                  det_context_message(context));
}

static void check_options(const det_model *model)
{
    static const char not_for_it[] = "is a cascade";
    const det_model *const twice[] = {model, model};
    static const int32_t scales[] = {32, 64};
    det_session_options options;
    det_session_options_init(&options);
    options.refinements = 1;
    check_refused(twice, 1, &options, not_for_it);
    det_session_options_init(&options);
    options.scales = scales;
    options.scale_count = 2;
    check_refused(twice, 1, &options, not_for_it);
    det_session_options_init(&options);
    options.suppression = DET_SUPPRESSION_LINEAR;
    check_refused(twice, 1, &options, not_for_it);
    det_session_options_init(&options);
    options.nms_across_classes = 1;
    check_refused(twice, 1, &options, not_for_it);
    det_session_options_init(&options);
    check_refused(twice, 2, &options, "cascades do not decide together");
}

/* Every instance has a mask, whose tight box is its box. */
static void check_instances(const det_model *model)
{
    static uint8_t pixels[SIDE * SIDE * 3];
    const det_pixels picture = {pixels, SIDE, SIDE, 3 * (size_t)SIDE,
                                DET_PIXEL_RGB8};
    det_session_options options;
    det_session *session;
    det_result *result;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * i / 7 + i);
    det_session_options_init(&options);
    options.score_threshold = 0.0;
    options.max_detections = 10;
    ck_assert_int_eq(det_session_create(model, &options, &session), DET_OK);
    ck_assert_msg(det_session_run(session, &picture, &result) == DET_OK, "%s",
                  det_session_message(session));
    ck_assert_uint_eq(det_result_count(result), 10);
    for (size_t i = 0; i < 10; i++) {
        const det_detection *d = det_result_detection(result, i);
        ck_assert_ptr_nonnull(d->mask);
        ck_assert(d->x >= 0.0f && d->y >= 0.0f && d->w >= 1.0f &&
                  d->h >= 1.0f && d->x + d->w <= SIDE && d->y + d->h <= SIDE);
        ck_assert(d->label >= 1 && d->label <= CLASSES);
    }
    det_result_destroy(&result);
    det_session_destroy(&session);
}

/* Learns, is written, loaded and used; with stages 4 and 5, which have losses
 * of their own. */
START_TEST(cascade_model)
{
    det_trainer *t = make_trainer("mnc_resnet18_c4_small",
                                  "batch=2 lr=0.1 roi_batch=16 clip_norm=5 "
                                  "iterations=13 schedule=constant "
                                  "warmup=0 freeze=0 batch_norm=1");
    char path[TEST_FOLDER_PATH];
    det_model *model;
    test_folder_path(path, &folder, "model.safetensors");
    trainer_run_steps(t, 1);
    const double first = trainer_run_metric(t, "loss_mask") +
                         trainer_run_metric(t, "loss_mask_ext");
    /* It starts from masks that say nothing, each with its weight of 2. */
    ck_assert_double_eq_tol(first, 4.0 * log(2.0), 0.01);
    trainer_run_steps(t, 12);
    ck_assert_double_lt(trainer_run_metric(t, "loss_mask") +
                            trainer_run_metric(t, "loss_mask_ext"),
                        0.9 * first);
    ck_assert(isfinite(trainer_run_metric(t, "loss_cls_ext")));
    ck_assert(isfinite(trainer_run_metric(t, "loss_seg_cls_ext")));
    ck_assert(isfinite(trainer_run_metric(t, "loss_box_reg_ext")));
    ck_assert_int_eq(det_trainer_export(t, path), DET_OK);
    ck_assert_msg(det_model_load(context, path, &model) == DET_OK, "%s",
                  det_context_message(context));
    ck_assert(det_model_has_masks(model));
    check_options(model);
    check_instances(model);
    det_model_destroy(&model);
    det_trainer_destroy(&t);
}
END_TEST

/* --------------------------------------------------- recomputed statistics */

/* Heads have norms, too: those of the second version's pyramid and box head,
 * and conv5_x of C4, which sees regions. */
START_TEST(norms_of_heads)
{
    static const char *const rows[] = {"fasterrcnn_resnet50_fpn_v2",
                                       "fasterrcnn_resnet50_c4",
                                       "maskrcnn_resnet18_fpn"};
    static const char suffix[] = ".running_var";
    det_trainer *t = make_trainer(
        rows[_i], "batch=2 batch_norm=0 recompute_norms=4 roi_batch=4");
    const struct det_parameters *p = &t->parameters;
    const size_t bytes = p->value_count * sizeof *p->values;
    float *once = malloc(bytes);
    ck_assert_ptr_nonnull(once);
    ck_assert_msg(det_recompute_norms(t) == DET_OK, "%s",
                  det_trainer_message(t));
    memcpy(once, p->values, bytes);
    for (size_t i = 0; i < p->num_arrays; i++) {
        const struct det_train_array *array = &p->arrays[i];
        const size_t length = strlen(array->name);
        if (length < strlen(suffix) ||
            strcmp(array->name + length - strlen(suffix), suffix) != 0)
            continue;
        double off = 0.0; /* from the 1 that it began with */
        for (size_t k = 0; k < array->count; k++) {
            ck_assert(array->value[k] >= 0.0f && isfinite(array->value[k]));
            off += fabs((double)array->value[k] - 1.0);
        }
        ck_assert_msg(off > 0.0, "%s is as it was", array->name);
    }
    ck_assert_int_eq(det_recompute_norms(t), DET_OK);
    ck_assert_mem_eq(once, p->values, bytes);
    trainer_run_steps(t, 1);
    free(once);
    det_trainer_destroy(&t);
}
END_TEST

/* -------------------------------------------------------------------- sizes
 */

struct first_step {
    double loss;
    size_t memory;
};

static struct first_step step_padded(const char *architecture,
                                     const char *setting)
{
    det_trainer *t = make_trainer(architecture, setting);
    trainer_run_steps(t, 1);
    const struct first_step step = {trainer_run_metric(t, "total_loss"),
                                    t->engine.workspace.device.arena.peak};
    det_trainer_destroy(&t);
    return step;
}

/* The images' sides are 64, and the pyramid's multiple is 32. */
START_TEST(padded_sides)
{
    const char *pyramid = "fasterrcnn_resnet18_small";
    const struct first_step own = step_padded(pyramid, "pad_sides=0");
    const struct first_step same = step_padded(pyramid, "pad_sides=33");
    const struct first_step larger = step_padded(pyramid, "pad_sides=96");
    ck_assert_double_eq(same.loss, own.loss);
    ck_assert_uint_eq(same.memory, own.memory);
    ck_assert_uint_gt(larger.memory, own.memory);
    ck_assert_double_eq_tol(larger.loss, own.loss, 0.5 * own.loss);
}
END_TEST

/* One map: its own multiple is 1. */
START_TEST(padded_sides_of_one_map)
{
    const char *one = "fasterrcnn_resnet18_c4_small";
    const struct first_step own = step_padded(one, "pad_sides=0");
    const struct first_step larger = step_padded(one, "pad_sides=96");
    ck_assert_uint_gt(larger.memory, own.memory);
    ck_assert(isfinite(larger.loss));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("detector trainer");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 300);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, box_loss_gradient, 0, 4);
    tcase_add_test(tcase, agnostic_model);
    tcase_add_test(tcase, model_with_context);
    tcase_add_loop_test(tcase, contradictory_models, 0, 2);
    tcase_add_test(tcase, cascade_gradients);
    tcase_add_test(tcase, masks_teach_proposals);
    tcase_add_test(tcase, cascade_model);
    tcase_add_loop_test(tcase, norms_of_heads, 0, 3);
    tcase_add_test(tcase, padded_sides);
    tcase_add_test(tcase, padded_sides_of_one_map);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

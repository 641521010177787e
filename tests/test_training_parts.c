/* SPDX-License-Identifier: MIT */
/* Random numbers, orders, schedules, steps: what training is made of. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "compute/step.h"
#include "geometry/balanced_sample.h"
#include "geometry/box_match.h"
#include "maskseg/mask_target.h"
#include "tests/cuda/bridge.h"
#include "train/config.h"
#include "train/crop.h"
#include "train/loss_scale.h"
#include "train/sample_order.h"
#include "train/schedule.h"
#include "train/sgd.h"
#include "train/view.h"

/* ------------------------------------------------------------------- random */

START_TEST(random_is_even)
{
    enum { DRAWS = 70000, SIDES = 7 };
    struct det_random random = det_random_of(1, "test", 2);
    int counts[SIDES] = {0};
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < DRAWS; i++) {
        counts[det_random_below(&random, SIDES)]++;
        const double x = det_random_normal(&random);
        sum += x;
        squares += x * x;
    }
    for (int i = 0; i < SIDES; i++)
        ck_assert_int_lt(abs(counts[i] - DRAWS / SIDES), 500);
    ck_assert_double_lt(fabs(sum / DRAWS), 0.015);
    ck_assert_double_lt(fabs(squares / DRAWS - 1.0), 0.03);
}
END_TEST

START_TEST(streams_differ)
{
    struct det_random a = det_random_of(1, "x", 0),
                      b = det_random_of(1, "y", 0);
    struct det_random c = det_random_of(1, "x", 1),
                      d = det_random_of(2, "x", 0);
    struct det_random again = det_random_of(1, "x", 0);
    const uint64_t first = det_random_bits(&a);
    ck_assert(first == det_random_bits(&again));
    ck_assert(first != det_random_bits(&b) && first != det_random_bits(&c) &&
              first != det_random_bits(&d));
}
END_TEST

/* Every epoch has every image once, and another order; any place can be asked
 * for at any time. */
START_TEST(orders_are_permutations)
{
    enum { COUNT = 13 };
    struct det_sample_order order;
    size_t seen[3][COUNT];
    ck_assert_int_eq(det_sample_order_create(&order, COUNT, 5, NULL), DET_OK);
    for (int epoch = 0; epoch < 3; epoch++) {
        bool used[COUNT] = {false};
        for (int i = 0; i < COUNT; i++) {
            const size_t at = det_sample_order_at(
                &order, (uint64_t)epoch * COUNT + (uint64_t)i);
            ck_assert_uint_lt(at, COUNT);
            ck_assert(!used[at]);
            used[at] = true;
            seen[epoch][i] = at;
        }
    }
    ck_assert(memcmp(seen[0], seen[1], sizeof seen[0]) != 0);
    for (int i = 0; i < COUNT; i++)
        ck_assert_uint_eq(det_sample_order_at(&order, (uint64_t)i), seen[0][i]);
    det_sample_order_destroy(&order);
    ck_assert_int_eq(det_sample_order_create(&order, 0, 5, NULL),
                     DET_ERROR_DATASET);
}
END_TEST

/* ----------------------------------------------------------------- schedules
 */

START_TEST(rates)
{
    struct det_schedule_config c = {.kind = DET_SCHEDULE_STEPS,
                                    .rate = 0.1,
                                    .milestones = {0.5, 0.75},
                                    .num_milestones = 2,
                                    .gamma = 0.1};
    ck_assert_double_eq_tol(det_schedule_rate(&c, 499, 1000), 0.1, 1e-12);
    ck_assert_double_eq_tol(det_schedule_rate(&c, 500, 1000), 0.01, 1e-12);
    ck_assert_double_eq_tol(det_schedule_rate(&c, 750, 1000), 0.001, 1e-12);
    c.warmup_iterations = 100;
    c.warmup_factor = 0.1;
    ck_assert_double_eq_tol(det_schedule_rate(&c, 0, 1000), 0.01, 1e-12);
    ck_assert_double_eq_tol(det_schedule_rate(&c, 50, 1000), 0.055, 1e-12);
    ck_assert_double_eq_tol(det_schedule_rate(&c, 100, 1000), 0.1, 1e-12);
    c = (struct det_schedule_config){
        .kind = DET_SCHEDULE_COSINE, .rate = 1.0, .floor = 0.2};
    ck_assert_double_eq_tol(det_schedule_rate(&c, 0, 10), 1.0, 1e-12);
    ck_assert_double_eq_tol(det_schedule_rate(&c, 5, 10), 0.6, 1e-12);
    ck_assert_double_eq_tol(det_schedule_rate(&c, 10, 10), 0.2, 1e-12);
}
END_TEST

START_TEST(settings_are_text_and_back)
{
    const struct det_architecture *a = det_architecture_find("resnet20");
    struct det_train_config c, d;
    struct det_message message = {0};
    char *text;
    det_train_config_init(&c, a);
    ck_assert_int_eq(det_train_config_set(&c, "lr=0.025", &message), DET_OK);
    ck_assert_int_eq(det_train_config_set(&c, "milestones=0.1,0.2,0.3", NULL),
                     DET_OK);
    ck_assert_int_eq(det_train_config_set(&c, "schedule=cosine", NULL), DET_OK);
    ck_assert_int_eq(det_train_config_set(&c, "std=0.1,0.2,0.3", NULL), DET_OK);
    ck_assert_int_eq(det_train_config_text(&text, &c, NULL), DET_OK);
    det_train_config_init(&d, a);
    ck_assert_int_eq(det_train_config_read(&d, text, NULL), DET_OK);
    ck_assert_mem_eq(&c, &d, sizeof c);
    free(text);
    det_train_config_init(&c, det_architecture_find("fasterrcnn_resnet50_fpn"));
    ck_assert_float_eq((float)c.rpn_beta, 1.0f / 9.0f);
    ck_assert_float_eq((float)c.roi_beta, 1.0f / 9.0f);
}
END_TEST

START_TEST(settings_are_refused)
{
    static const char *const bad[] = {
        "lr",
        "lr=",
        "lr=x",
        "lr=-1",
        "lr=1e999",
        "lr=0.1,",
        "lr=1,2",
        "batch=0",
        "batch=1.5",
        "mean=1,2",
        "flip=2",
        "=1",
        "learning=0.1",
        "schedule=up",
        "milestones=0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9",
    };
    struct det_train_config c, before;
    det_train_config_init(&c, det_architecture_find("resnet20"));
    before = c;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct det_message message = {0};
        ck_assert_msg(det_train_config_set(&c, bad[i], &message) ==
                          DET_ERROR_ARGUMENT,
                      "%s was taken", bad[i]);
        ck_assert(message.text[0]);
    }
    ck_assert_mem_eq(&c, &before, sizeof c);
}
END_TEST

/* --------------------------------------------------------------------- steps
 */

/* Two parameters with room between them, as det_parameters_create has it. */
struct learner {
    float values[32], gradients[32], momenta[32];
    struct det_train_parameter items[2];
    struct det_parameters parameters;
};

static void make_learner(struct learner *l)
{
    *l = (struct learner){0};
    for (int i = 0; i < 2; i++)
        l->items[i] =
            (struct det_train_parameter){.name = i ? "b" : "a",
                                         .value = l->values + 16 * i,
                                         .gradient = l->gradients + 16 * i,
                                         .momentum = l->momenta + 16 * i,
                                         .count = 3,
                                         .lr_factor = 1.0f,
                                         .decays = i == 0};
    l->parameters = (struct det_parameters){.trained = l->items,
                                            .num_trained = 2,
                                            .values = l->values,
                                            .gradients = l->gradients,
                                            .momenta = l->momenta,
                                            .trained_count = 32};
}

/* torch.optim.SGD, written out in double. */
START_TEST(steps_as_torch)
{
    struct learner l;
    double value[2] = {1.0, -2.0}, momentum[2] = {0.0, 0.0};
    struct det_compute compute = {.ops = det_test_ops(), .threads = 2};
    const struct det_sgd_config config = {.momentum = 0.9,
                                          .weight_decay = 0.1,
                                          .clip_norm = _i % 2 ? 1.0 : 0.0,
                                          .nesterov = _i / 2};
    make_learner(&l);
    l.values[0] = 1.0f;
    l.values[16] = -2.0f;
    for (int step = 0; step < 5; step++) {
        struct det_sgd_gradients g = {.scale = 8.0}; /* as of a scaled loss */
        const double rate = 0.1 / (step + 1);
        const double gradient[2] = {3.0 - step, 4.0};
        ck_assert_int_eq(det_sgd_clear(&l.parameters, &compute), DET_OK);
        l.gradients[0] = (float)(8.0 * gradient[0]);
        l.gradients[16] = (float)(8.0 * gradient[1]);
        ck_assert_int_eq(det_sgd_measure(&l.parameters, &compute, &g), DET_OK);
        ck_assert_double_eq_tol(g.norm, hypot(gradient[0], gradient[1]), 1e-6);
        ck_assert_int_eq(
            det_sgd_step(&l.parameters, &compute, &config, rate, &g), DET_OK);
        const double scale =
            config.clip_norm > 0.0 && g.norm > 1.0 ? 1.0 / g.norm : 1.0;
        for (int i = 0; i < 2; i++) {
            const double d = gradient[i] * scale + (i ? 0.0 : 0.1 * value[i]);
            momentum[i] = 0.9 * momentum[i] + d;
            value[i] -=
                rate * (config.nesterov ? d + 0.9 * momentum[i] : momentum[i]);
            ck_assert_double_eq_tol((double)l.values[16 * i], value[i], 1e-5);
        }
    }
}
END_TEST

/* Shorter and longer than what a thread or a block does at a time, and empty.
 */
static const int64_t counts[] = {3, 0, 4096, 1, 65536 + 7, 4097, 0};

enum { ARRAYS = sizeof counts / sizeof counts[0], ELEMENTS = 80000 };

struct arrays {
    float values[ELEMENTS], momenta[ELEMENTS], gradients[ELEMENTS];
    struct det_sgd_array items[ARRAYS];
};

static void make_arrays(struct arrays *a)
{
    struct det_random random = {3};
    int64_t at = 0;
    for (int i = 0; i < ELEMENTS; i++) {
        a->values[i] = (float)det_random_uniform(&random);
        a->momenta[i] = (float)det_random_uniform(&random) - 0.5f;
        a->gradients[i] = (float)det_random_uniform(&random) - 0.5f;
    }
    for (int k = 0; k < ARRAYS; k++) {
        a->items[k] = (struct det_sgd_array){.value = a->values + at,
                                             .momentum = a->momenta + at,
                                             .gradient = a->gradients + at,
                                             .count = counts[k],
                                             .rate = 0.1f + (float)k,
                                             .decay = k % 2 ? 0.01f : 0.0f};
        at += counts[k] + 1; /* what lies between is nobody's */
    }
}

static void plain_step(const struct det_sgd_update *op)
{
    for (int32_t k = 0; k < op->num_arrays; k++) {
        const struct det_sgd_array *a = &op->arrays[k];
        for (int64_t i = 0; i < a->count; i++) {
            const float decayed = a->decay * a->value[i];
            const float g = a->gradient[i] * op->scale + decayed;
            const float momentum = op->keep * a->momentum[i] + g;
            const float ahead = op->keep * momentum;
            a->momentum[i] = momentum;
            a->value[i] -= a->rate * (op->nesterov ? g + ahead : momentum);
        }
    }
}

/* The same bits, whoever does what. */
START_TEST(all_arrays_at_once)
{
    static struct arrays expected, found;
    struct det_compute compute = {.ops = det_test_ops(),
                                  .threads = _i < 2 ? 1 : 3};
    struct det_sgd_update op = {
        .num_arrays = ARRAYS, .keep = 0.9f, .scale = 0.7f, .nesterov = _i % 2};
    make_arrays(&expected);
    make_arrays(&found);
    op.arrays = expected.items;
    plain_step(&op);
    op.arrays = found.items;
    ck_assert_int_eq(det_sgd_update(&compute, &op), DET_OK);
    ck_assert_mem_eq(found.values, expected.values, sizeof found.values);
    ck_assert_mem_eq(found.momenta, expected.momenta, sizeof found.momenta);
    op.num_arrays = 0;
    ck_assert_int_eq(det_sgd_update(&compute, &op), DET_OK);
}
END_TEST

/* torch.amp.GradScaler's: see train/loss_scale.h. */
START_TEST(losses_are_scaled_as_in_torch)
{
    struct det_loss_scale scale;
    det_loss_scale_init(&scale, DET_PRECISION_FP16);
    ck_assert_double_eq(scale.value, 65536.0);
    for (int i = 0; i < 1999; i++)
        det_loss_scale_keep(&scale);
    ck_assert_double_eq(scale.value, 65536.0);
    det_loss_scale_keep(&scale);
    ck_assert_double_eq(scale.value, 131072.0);
    for (int i = 0; i < 1999; i++)
        det_loss_scale_keep(&scale);
    ck_assert(det_loss_scale_lower(&scale));
    ck_assert_double_eq(scale.value, 65536.0);
    for (int i = 0; i < 1999; i++) /* counted from the change on */
        det_loss_scale_keep(&scale);
    ck_assert_double_eq(scale.value, 65536.0);
    ck_assert(det_loss_scale_is_valid(&scale));
    for (int i = 0; i < 16; i++)
        ck_assert(det_loss_scale_lower(&scale));
    ck_assert_double_eq(scale.value, 1.0);
    ck_assert(!det_loss_scale_lower(&scale));
    ck_assert_int_eq(scale.skipped, 17);
    scale.value = 0x1p127; /* twice as much is no float */
    scale.good = 1999;
    det_loss_scale_keep(&scale);
    ck_assert_double_eq(scale.value, 0x1p127);
}
END_TEST

START_TEST(other_precisions_have_no_scale)
{
    struct det_loss_scale scale;
    det_loss_scale_init(&scale, _i ? DET_PRECISION_BF16 : DET_PRECISION_FP32);
    for (int i = 0; i < 2000; i++)
        det_loss_scale_keep(&scale);
    ck_assert_double_eq(scale.value, 1.0);
    ck_assert(!det_loss_scale_lower(&scale));
    ck_assert_int_eq(scale.skipped, 0);
}
END_TEST

START_TEST(scales_that_a_file_may_not_have)
{
    static const struct det_loss_scale bad[] = {
        {true, 0.5, 0, 0},  {true, 3.0, 0, 0},  {true, 0x1p128, 0, 0},
        {true, NAN, 0, 0},  {true, -2.0, 0, 0}, {true, 2.0, 2000, 0},
        {true, 2.0, -1, 0}, {true, 2.0, 0, -1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert(!det_loss_scale_is_valid(&bad[i]));
}
END_TEST

START_TEST(bad_gradients_are_named)
{
    struct det_message message = {0};
    struct learner l;
    struct det_sgd_gradients g = {.scale = 1.0};
    make_learner(&l);
    l.gradients[18] = _i ? NAN : INFINITY;
    struct det_compute compute = {
        .ops = det_test_ops(), .message = &message, .threads = 1};
    ck_assert_int_eq(det_sgd_measure(&l.parameters, &compute, &g), DET_OK);
    ck_assert(!isfinite(g.norm));
    ck_assert_int_eq(det_sgd_name_bad(&l.parameters, &compute),
                     DET_ERROR_NUMERIC);
    ck_assert_ptr_nonnull(strstr(message.text, "\"b\""));
    ck_assert_ptr_nonnull(strstr(message.text, "at 2 of 3"));
}
END_TEST

/* --------------------------------------------------------------------- views
 */

START_TEST(crops)
{
    static const uint8_t in[2 * 2 * 3] = {1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4};
    static const uint8_t expected[3 * 2 * 3] = {9, 9, 9, 9, 9, 9, 2, 2, 2,
                                                1, 1, 1, 4, 4, 4, 3, 3, 3};
    const struct det_crop crop = {
        .y = -1, .height = 3, .width = 2, .mirrored = true, .fill = {9, 9, 9}};
    uint8_t out[sizeof expected];
    det_crop_pixels(out, &crop, in, 2, 2);
    ck_assert_mem_eq(out, expected, sizeof expected);
}
END_TEST

/* A box goes where its mask goes, in each of the eight orientations. */
START_TEST(boxes_follow_masks)
{
    enum { H = 12, W = 18 };
    uint8_t mask[H * W] = {0}, seen[40 * 40];
    const struct det_box box = {3, 2, 8, 11};
    const struct det_view view = {.scaled_h = 24,
                                  .scaled_w = 36,
                                  .transposed = _i & 1,
                                  .mirrored = _i & 2,
                                  .upside_down = _i & 4,
                                  .y = 3,
                                  .x = -2,
                                  .height = 40,
                                  .width = 40};
    for (int y = 2; y < 11; y++)
        memset(mask + y * W + 3, 1, 5);
    det_view_mask(seen, &view, mask, H, W);
    const struct det_box found =
        det_view_box(&view, box, (struct det_extent){W, H});
    for (int y = 0; y < 40; y++)
        for (int x = 0; x < 40; x++) {
            const float cx = (float)x + 0.5f, cy = (float)y + 0.5f;
            const bool inside = cx > found.x1 && cx < found.x2 &&
                                cy > found.y1 && cy < found.y2;
            ck_assert_int_eq(seen[y * 40 + x], inside);
        }
}
END_TEST

/* ------------------------------------------------------------------- matching
 */

START_TEST(matching)
{
    static const struct det_box truth[] = {{0, 0, 10, 10}, {20, 20, 30, 30}};
    static const struct det_box boxes[] = {
        {0, 0, 10, 10},   /* the first itself */
        {0, 0, 10, 5},    /* half of it */
        {0, 0, 10, 4},    /* 0.4 */
        {0, 0, 10, 1},    /* 0.1 */
        {20, 20, 30, 22}, /* 0.2, the best of the second */
        {50, 50, 60, 60}};
    const struct det_true_boxes all = {truth, 2}, none = {NULL, 0};
    struct det_match_config c = {.low = 0.3f, .high = 0.5f, .rescues = true};
    int32_t out[6];
    float best[2];
    det_match_boxes(out, &c, boxes, 6, &all, best, 2);
    const int32_t rescued[] = {0, 0, -2, -1, 1, -1};
    ck_assert_mem_eq(out, rescued, sizeof out);
    c.rescues = false;
    det_match_boxes(out, &c, boxes, 6, &all, best, 1);
    const int32_t left[] = {0, 0, -2, -1, -1, -1};
    ck_assert_mem_eq(out, left, sizeof out);
    det_match_boxes(out, &c, boxes, 6, &none, best, 1);
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(out[i], DET_MATCH_BACKGROUND);
}
END_TEST

START_TEST(samples_are_balanced)
{
    enum { COUNT = 100 };
    int32_t matches[COUNT], chosen[COUNT], scratch[COUNT], positives;
    struct det_random random = {7};
    for (int i = 0; i < COUNT; i++)
        matches[i] = i < 30   ? i
                     : i < 50 ? DET_MATCH_BETWEEN
                              : DET_MATCH_BACKGROUND;
    const struct det_balanced_sample few = {.limit = 40, .positive = 0.25};
    ck_assert_int_eq(det_balanced_sample(chosen, &positives, &few, matches,
                                         COUNT, scratch, &random),
                     40);
    ck_assert_int_eq(positives, 10);
    for (int i = 0; i < 40; i++) {
        ck_assert(i < 10 ? matches[chosen[i]] >= 0
                         : matches[chosen[i]] == DET_MATCH_BACKGROUND);
        ck_assert(i == 0 || i == 10 || chosen[i] > chosen[i - 1]);
    }
    const struct det_balanced_sample all = {.limit = COUNT, .positive = 0.5};
    ck_assert_int_eq(det_balanced_sample(chosen, &positives, &all, matches,
                                         COUNT, scratch, &random),
                     80);
    ck_assert_int_eq(positives, 30);
}
END_TEST

/* A box of the mask's own pixels sees them. */
START_TEST(mask_targets)
{
    enum { SIDE = 4 };
    static const uint8_t pixels[8 * 8] = {[18] = 1, [19] = 1, [26] = 1};
    const struct det_true_mask mask = {pixels, 8, 8};
    float out[SIDE * SIDE];
    det_mask_target(out, &mask, (struct det_box){0, 0, 8, 8}, SIDE);
    /* Samples lie at 0.5, 1.5, ..., each the mean of four pixels; a bin has
     * four of them. */
    static const float expected[SIDE * SIDE] = {
        [0] = 0.0625f, [1] = 0.1875f, [4] = 0.1875f, [5] = 0.3125f};
    for (int i = 0; i < SIDE * SIDE; i++)
        ck_assert_float_eq_tol(out[i], expected[i], 1e-6f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("training parts");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, random_is_even);
    tcase_add_test(tcase, streams_differ);
    tcase_add_test(tcase, orders_are_permutations);
    tcase_add_test(tcase, rates);
    tcase_add_test(tcase, settings_are_text_and_back);
    tcase_add_test(tcase, settings_are_refused);
    tcase_add_loop_test(tcase, steps_as_torch, 0, 4);
    tcase_add_loop_test(tcase, all_arrays_at_once, 0, 4);
    tcase_add_test(tcase, losses_are_scaled_as_in_torch);
    tcase_add_loop_test(tcase, other_precisions_have_no_scale, 0, 2);
    tcase_add_test(tcase, scales_that_a_file_may_not_have);
    tcase_add_loop_test(tcase, bad_gradients_are_named, 0, 2);
    tcase_add_test(tcase, crops);
    tcase_add_loop_test(tcase, boxes_follow_masks, 0, 8);
    tcase_add_test(tcase, matching);
    tcase_add_test(tcase, samples_are_balanced);
    tcase_add_test(tcase, mask_targets);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
/* What the head of multi-task network cascades learns. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maskseg/mnc_loss.h"
#include "tests/named_numbers.h"
#include "tests/ops_harness.h"
#include "tests/tape_case.h"
#define GOLDEN_MNC_TARGETS
#include "tests/golden/mnc_golden.h"

enum { SIDE = 21, HEIGHT = 24, WIDTH = 30, ROIS = 4, CLASSES = 3 };

static const struct det_mnc_loss_config config = {.mask_threshold = 0.4f,
                                                  .least_overlap = 0.5,
                                                  .mask_weight = 2.0f,
                                                  .background = 0};

/* tools/golden/mnc.py has it too. */
static void make_true(uint8_t *pixels)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            pixels[y * WIDTH + x] =
                (x - 12) * (x - 12) + (y - 11) * (y - 11) < 64 ||
                (x > 24 && y < 9);
}

/* ------------------------------------------------------------------ targets */

START_TEST(as_numpy)
{
    const struct golden_mnc_target *g = &golden_mnc_targets[_i];
    uint8_t pixels[HEIGHT * WIDTH];
    float target[SIDE * SIDE], predicted[SIDE * SIDE];
    char name[64];
    make_true(pixels);
    const struct det_true_mask mask = {pixels, HEIGHT, WIDTH};
    det_mnc_target(target, &mask, g->box, SIDE, 0.4f);
    snprintf(name, sizeof name, "target_%d/target", _i);
    named_check(name, target, SIDE * SIDE, g->target, 1e-9);
    snprintf(name, sizeof name, "target_%d/mask", _i);
    named_fill(predicted, name, SIDE * SIDE, 0.6, 0.4);
    ck_assert_double_eq_tol(
        det_mnc_overlap(&(struct det_mnc_mask){predicted, SIDE, g->box}, &mask,
                        0.4f),
        g->overlap, 1e-12);
}
END_TEST

/* A true square of 4..7 in an image of 10 x 10. */
struct target_case {
    struct det_box box;
    float target[9]; /* 3 x 3 */
    double overlap;  /* of a mask that is 1 all over */
};

static const struct target_case target_cases[] = {
    {{4, 4, 8, 8}, {1, 1, 1, 1, 1, 1, 1, 1, 1}, 1.0},
    {{4, 4, 8, 6}, {1, 1, 1, 1, 1, 1, 1, 1, 1}, 0.5},
    {{2, 4, 8, 8}, {0, 1, 1, 0, 1, 1, 0, 1, 1}, 16.0 / 24.0},
    {{0, 0, 3, 3}, {0}, 0.0},
    {{-3, -3, 6, 6}, {0, 0, 0, 0, 0, 0, 0, 0, 1}, 4.0 / 93.0}, /* outside */
    {{4, 4, 4, 8}, {0}, 0.0},                                  /* no pixel */
    {{6, 6, 5, 5}, {0}, 0.0},                                  /* inside out */
    {{3.6f, 4.4f, 8.4f, 7.6f}, {1, 1, 1, 1, 1, 1, 1, 1, 1}, 1.0},
};

START_TEST(targets_by_hand)
{
    const struct target_case *c = &target_cases[_i];
    uint8_t pixels[100] = {0};
    float target[9], ones[4] = {1, 1, 1, 1};
    for (int i = 0; i < 16; i++)
        pixels[(4 + i / 4) * 10 + 4 + i % 4] = 1;
    const struct det_true_mask mask = {pixels, 10, 10};
    det_mnc_target(target, &mask, c->box, 3, 0.4f);
    for (int i = 0; i < 9; i++)
        ck_assert_msg(target[i] == c->target[i], "case %d: %d is %g", _i, i,
                      (double)target[i]);
    ck_assert_double_eq_tol(
        det_mnc_overlap(&(struct det_mnc_mask){ones, 2, c->box}, &mask, 0.4f),
        c->overlap, 1e-12);
}
END_TEST

START_TEST(empty_masks_do_not_overlap)
{
    uint8_t pixels[100] = {0};
    float zeros[4] = {0};
    const struct det_true_mask mask = {pixels, 10, 10};
    const struct det_mnc_mask predicted = {zeros, 2, {1, 1, 5, 5}};
    ck_assert_double_eq(det_mnc_overlap(&predicted, &mask, 0.4f), 0.0);
}
END_TEST

/* ------------------------------------------------------------------- losses */

struct loss_case {
    struct det_mnc_truth truth;
    const int32_t *labels; /* of the class loss */
    float targets[ROIS * SIDE * SIDE];
    int32_t objects, rois;
};

/* Four RoIs, the second of them background. */
static void make_case(struct loss_case *c, uint8_t *pixels)
{
    static const struct det_box boxes[ROIS] = {
        {3, 4, 20, 18}, {0, 0, 9, 9}, {5, 3, 22, 20}, {24, 1, 29, 10}};
    static struct det_true_mask masks[ROIS];
    static const int32_t labels[ROIS] = {1, 0, 2, 2};
    make_true(pixels);
    *c = (struct loss_case){.truth = {boxes, masks, labels}, .labels = labels};
    c->rois = ROIS;
    for (int r = 0; r < ROIS; r++) {
        masks[r] =
            (struct det_true_mask){labels[r] ? pixels : NULL, HEIGHT, WIDTH};
        c->objects += labels[r] != 0;
        if (labels[r])
            det_mnc_target(c->targets + r * SIDE * SIDE, &masks[r], boxes[r],
                           SIDE, 0.4f);
    }
}

/* The loss is a tensor of one element, whose gradient has been added to the
 * logits' already. */
static det_status loss_tensor(struct det_compute *compute,
                              struct det_tensor *out, double loss)
{
    DET_TRY(det_tensor_take(compute, out, 1, 1, 1, 1));
    if (!det_planning(compute))
        out->data[0] = (float)loss;
    return DET_OK;
}

static det_status run_mask_loss(struct det_compute *compute, const void *user,
                                const struct det_tensor *in,
                                struct det_tensor *out)
{
    const struct loss_case *c = user;
    double loss = 0.0;
    DET_TRY(det_mnc_mask_loss(compute, &loss, &config, &in[0], &c->truth));
    DET_TRY(det_wait(compute));
    return loss_tensor(compute, out, loss);
}

static void mask_loss_reference(const void *user, double *const *in,
                                double *out)
{
    const struct loss_case *c = user;
    *out = 0.0;
    for (int32_t i = 0; i < c->rois * SIDE * SIDE; i++)
        if (c->truth.labels[i / (SIDE * SIDE)])
            *out += log(1.0 + exp(-in[0][i])) +
                    in[0][i] * (1.0 - (double)c->targets[i]);
    *out *= c->objects ? 2.0 / (c->objects * SIDE * SIDE) : 0.0;
}

static det_status run_class_loss(struct det_compute *compute, const void *user,
                                 const struct det_tensor *in,
                                 struct det_tensor *out)
{
    const struct loss_case *c = user;
    double loss = 0.0;
    DET_TRY(det_mnc_class_loss(compute, &loss, &in[0], c->labels));
    DET_TRY(det_wait(compute));
    return loss_tensor(compute, out, loss);
}

static void class_loss_reference(const void *user, double *const *in,
                                 double *out)
{
    const struct loss_case *c = user;
    *out = 0.0;
    for (int32_t r = 0; r < c->rois; r++) {
        const double *x = in[0] + r * CLASSES;
        *out += log(exp(x[0]) + exp(x[1]) + exp(x[2])) - x[c->labels[r]];
    }
    *out /= c->rois ? c->rois : 1;
}

static void check_loss(const struct loss_case *c, bool of_masks)
{
    struct det_random random = {5};
    struct tape_result result;
    const float one = 1.0f;
    const int32_t side = of_masks ? SIDE : 1;
    struct det_tensor logits =
        det_random_tensor(&random, c->rois, side, side, of_masks ? 1 : CLASSES);
    const struct tape_case tape_case = {
        .name = of_masks ? "mask loss" : "class loss",
        .run = of_masks ? run_mask_loss : run_class_loss,
        .user = c,
        .num_inputs = 1,
        .inputs = {logits},
        .weights = &one};
    tape_case_check(&result, &tape_case);
    tape_case_compare(&tape_case, &result,
                      of_masks ? mask_loss_reference : class_loss_reference,
                      1e-4, 1e-5);
    tape_result_free(&result);
    free(logits.data);
}

/* All RoIs, the background's alone, none. */
START_TEST(losses)
{
    static struct loss_case c;
    uint8_t pixels[HEIGHT * WIDTH];
    make_case(&c, pixels);
    c.rois = _i % 3 == 0 ? ROIS : _i % 3 == 1 ? 1 : 0;
    if (_i % 3) {
        c.objects = 0;
        c.truth.boxes++;
        c.truth.masks++;
        c.truth.labels++;
        c.labels++;
    }
    check_loss(&c, _i < 3);
}
END_TEST

/* The first mask is its target, the third half of it, the last one shifted. */
START_TEST(labels)
{
    static struct loss_case c;
    uint8_t pixels[HEIGHT * WIDTH];
    float masks[ROIS * SIDE * SIDE];
    int32_t found[ROIS];
    make_case(&c, pixels);
    memcpy(masks, c.targets, sizeof masks);
    for (int i = 0; i < SIDE * SIDE; i++) {
        masks[SIDE * SIDE + i] = 1.0f;
        if (i / SIDE > SIDE / 3)
            masks[2 * SIDE * SIDE + i] = 0.0f;
    }
    /* The stripe is less than half of all true pixels. */
    static const int32_t expected[ROIS] = {1, 0, 0, 0};
    const struct det_tensor tensor = {.data = masks,
                                      .n = ROIS,
                                      .h = SIDE,
                                      .w = SIDE,
                                      .c = 1,
                                      .capacity = ROIS};
    det_mnc_mask_labels(found, &config, &tensor, &c.truth, 1 + _i);
    for (int r = 0; r < ROIS; r++)
        ck_assert_msg(found[r] == expected[r], "RoI %d: %d", r, found[r]);
    struct det_mnc_loss_config easy = config;
    easy.least_overlap = 0.1;
    det_mnc_mask_labels(found, &easy, &tensor, &c.truth, 1 + _i);
    for (int r = 0; r < ROIS; r++)
        ck_assert_int_eq(found[r], c.truth.labels[r]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mnc_loss");
    TCase *tests = tcase_create("mnc_loss");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, as_numpy, 0,
                        sizeof golden_mnc_targets / sizeof *golden_mnc_targets);
    tcase_add_loop_test(tests, targets_by_hand, 0,
                        sizeof target_cases / sizeof *target_cases);
    tcase_add_test(tests, empty_masks_do_not_overlap);
    tcase_add_loop_test(tests, losses, 0, 6);
    tcase_add_loop_test(tests, labels, 0, 3);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

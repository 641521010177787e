/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maskseg/mask_voting.h"
#include "tests/named_numbers.h"
#include "tests/ops_harness.h"
#include "tests/planned_run.h"
#define GOLDEN_MASK_VOTING
#include "tests/golden/mnc_golden.h"

enum { MOST = 64, MOST_CLASSES = 5, MOST_SIDE = 21, MOST_OUT = 100 };

static const struct det_mask_voting_config voting = {.rule = DET_CANVAS_BINARY,
                                                     .mask_threshold = 0.4f,
                                                     .nms_threshold = 0.3,
                                                     .vote_overlap = 0.5,
                                                     .limit = 100,
                                                     .background = 0};

struct voting_case {
    struct det_mask_voting_config config;
    int32_t rois, classes, side, width, height;
    struct det_box boxes[MOST];
    float scores[MOST * MOST_CLASSES];
    float masks[MOST * MOST_SIDE * MOST_SIDE];
};

struct outcome {
    int32_t count;
    struct det_box boxes[MOST_OUT];
    float scores[MOST_OUT];
    int32_t labels[MOST_OUT];
    float masks[MOST_OUT * MOST_SIDE * MOST_SIDE];
};

static void vote_once(struct planned_run *run, const struct voting_case *c,
                      struct outcome *out)
{
    struct det_voted_masks found;
    const bool planning = det_planning(&run->compute);
    const struct det_mask_candidates candidates = {
        .boxes = planning ? NULL : c->boxes,
        .scores = planning ? NULL : c->scores,
        .masks = planning ? NULL : c->masks,
        .num_scores = c->classes,
        .side = c->side,
        .count = c->rois,
        .capacity = c->rois + 3};
    planned_run_check(run, det_mask_voting(&run->compute, &found, &c->config,
                                           &candidates, c->width, c->height));
    if (!planning) {
        const size_t count = (size_t)found.count;
        ck_assert_int_le(found.count, c->config.limit);
        out->count = found.count;
        memcpy(out->boxes, found.boxes, count * sizeof *out->boxes);
        memcpy(out->scores, found.scores, count * sizeof *out->scores);
        memcpy(out->labels, found.labels, count * sizeof *out->labels);
        memcpy(out->masks, found.masks,
               count * (size_t)(c->side * c->side) * sizeof *out->masks);
    }
    det_voted_masks_give(&run->compute, &found);
}

static void vote(struct outcome *out, const struct voting_case *c, int threads)
{
    struct planned_run run;
    planned_run_plan(&run);
    run.compute.threads = threads;
    vote_once(&run, c, out);
    planned_run_begin(&run);
    vote_once(&run, c, out);
    planned_run_end(&run);
}

static void check_box(const char *name, int32_t i, struct det_box box,
                      struct det_box expected)
{
    ck_assert_msg(memcmp(&box, &expected, sizeof box) == 0,
                  "%s: box %d is %g, %g, %g, %g, expected %g, %g, %g, %g", name,
                  i, (double)box.x1, (double)box.y1, (double)box.x2,
                  (double)box.y2, (double)expected.x1, (double)expected.y1,
                  (double)expected.x2, (double)expected.y2);
}

/* ------------------------------------------------------------------ by hand */

/* A case of one class, masks of 3 x 3 that are `values[r]` all over. */
static void make_flat(struct voting_case *c, int32_t rois,
                      const struct det_box *boxes, const float *scores,
                      const float *values)
{
    *c = (struct voting_case){.config = voting,
                              .rois = rois,
                              .classes = 2,
                              .side = 3,
                              .width = 40,
                              .height = 30};
    for (int32_t r = 0; r < rois; r++) {
        c->boxes[r] = boxes[r];
        c->scores[2 * r + 1] = scores[r];
        for (int i = 0; i < 9; i++)
            c->masks[9 * r + i] = values[r];
    }
}

struct hand_case {
    const char *name;
    enum det_canvas_rule rule;
    int32_t rois;
    struct det_box boxes[3];
    float scores[3], values[3];
    struct det_box expected;
    float score, middle; /* of the small mask's middle */
};

static const struct hand_case hand_cases[] = {
    {"alone",
     DET_CANVAS_BINARY,
     1,
     {{4, 5, 14, 15}},
     {0.7f},
     {0.9f},
     {4, 5, 14, 15},
     0.7f,
     1.0f},
    {"alone and soft",
     DET_CANVAS_SOFT,
     1,
     {{4, 5, 14, 15}},
     {0.7f},
     {0.9f},
     {4, 5, 14, 15},
     0.7f,
     0.9f},
    {"at the threshold",
     DET_CANVAS_BINARY,
     1,
     {{4, 5, 14, 15}},
     {0.7f},
     {0.4f},
     {4, 5, 14, 15},
     0.7f,
     1.0f},
    {"soft, not above it",
     DET_CANVAS_SOFT,
     1,
     {{4, 5, 14, 15}},
     {0.7f},
     {0.4f},
     {20, 15, 21, 16},
     0.7f,
     0.0f},
    {"below it: the middle pixel",
     DET_CANVAS_BINARY,
     1,
     {{4, 5, 14, 15}},
     {0.7f},
     {0.39f},
     {20, 15, 21, 16},
     0.7f,
     0.0f},
    /* IoU 80 / 120; each has half of the votes. */
    {"two that agree",
     DET_CANVAS_BINARY,
     2,
     {{4, 5, 14, 15}, {6, 5, 16, 15}},
     {0.6f, 0.6f},
     {1, 1},
     {4, 5, 16, 15},
     0.6f,
     1.0f},
    /* 0.2 of the votes are not enough where the other is not. */
    {"one outvoted",
     DET_CANVAS_BINARY,
     2,
     {{4, 5, 14, 15}, {6, 5, 16, 15}},
     {0.8f, 0.2f},
     {1, 1},
     {4, 5, 14, 15},
     0.8f,
     1.0f},
    {"one that sees nothing",
     DET_CANVAS_BINARY,
     2,
     {{4, 5, 14, 15}, {6, 5, 16, 15}},
     {0.5f, 0.25f},
     {0, 1},
     {20, 15, 21, 16},
     0.5f,
     0.0f},
    {"soft votes",
     DET_CANVAS_SOFT,
     2,
     {{4, 5, 14, 15}, {6, 5, 16, 15}},
     {0.75f, 0.25f},
     {0.4f, 0.8f},
     {6, 5, 14, 15},
     0.75f,
     0.5f},
    /* Whole pixels: 4.4 is 4, 13.6 is 14; soft, those between 4.4 and 12.6. */
    {"rounded",
     DET_CANVAS_BINARY,
     1,
     {{4.4f, 5.4f, 13.6f, 15.4f}},
     {0.7f},
     {1},
     {4, 5, 14, 15},
     0.7f,
     1.0f},
    {"soft, within",
     DET_CANVAS_SOFT,
     1,
     {{4.4f, 5.4f, 13.6f, 15.4f}},
     {0.7f},
     {1},
     {5, 6, 13, 15},
     0.7f,
     1.0f},
    {"over the border",
     DET_CANVAS_BINARY,
     1,
     {{-9, 20, 9, 50}},
     {0.7f},
     {1},
     {0, 20, 9, 30},
     0.7f,
     1.0f},
    {"no pixel of it",
     DET_CANVAS_BINARY,
     1,
     {{4.1f, 5, 4.2f, 15}},
     {0.7f},
     {1},
     {20, 15, 21, 16},
     0.7f,
     0.0f},
    {"inside out",
     DET_CANVAS_SOFT,
     1,
     {{14, 15, 4, 5}},
     {0.7f},
     {1},
     {20, 15, 21, 16},
     0.7f,
     0.0f},
    {"no score",
     DET_CANVAS_BINARY,
     1,
     {{4, 5, 14, 15}},
     {0},
     {1},
     {20, 15, 21, 16},
     0.0f,
     0.0f},
};

START_TEST(by_hand)
{
    static struct voting_case c;
    static struct outcome out;
    const struct hand_case *hand = &hand_cases[_i];
    make_flat(&c, hand->rois, hand->boxes, hand->scores, hand->values);
    c.config.rule = hand->rule;
    vote(&out, &c, 1);
    ck_assert_msg(out.count == 1, "%s: %d", hand->name, out.count);
    check_box(hand->name, 0, out.boxes[0], hand->expected);
    ck_assert_float_eq(out.scores[0], hand->score);
    ck_assert_int_eq(out.labels[0], 1);
    ck_assert_msg(fabsf(out.masks[4] - hand->middle) < 1e-6f, "%s: %g",
                  hand->name, (double)out.masks[4]);
}
END_TEST

/* Two boxes apart, three classes: five instances, of which the limit leaves
 * the best; equal scores by class. */
START_TEST(best_of_all_classes)
{
    static const struct det_box boxes[2] = {{0, 0, 10, 10}, {20, 0, 30, 10}};
    static const float scores[8] = {0.9f, 0.3f, 0.5f, 0.1f,
                                    0.9f, 0.5f, 0.2f, 0.4f};
    static const int32_t labels[] = {1, 2, 3, 1, 2, 3};
    static const float expected[] = {0.5f, 0.5f, 0.4f, 0.3f, 0.2f, 0.1f};
    static struct voting_case c;
    static struct outcome out;
    make_flat(&c, 2, boxes, scores, (float[2]){1, 1});
    c.classes = 4;
    c.config.limit = _i;
    memcpy(c.scores, scores, sizeof scores);
    vote(&out, &c, 1);
    ck_assert_int_eq(out.count, _i < 6 ? _i : 6);
    for (int32_t i = 0; i < out.count; i++) {
        ck_assert_int_eq(out.labels[i], labels[i]);
        ck_assert_float_eq(out.scores[i], expected[i]);
    }
}
END_TEST

START_TEST(nothing)
{
    static struct voting_case c;
    static struct outcome out;
    make_flat(&c, 0, NULL, NULL, NULL);
    vote(&out, &c, 2);
    ck_assert_int_eq(out.count, 0);
    make_flat(&c, 1, &(struct det_box){0, 0, 1, 1}, (float[1]){1},
              (float[1]){1});
    c.width = c.height = 1;
    vote(&out, &c, 2);
    ck_assert_int_eq(out.count, 1);
    check_box("one pixel", 0, out.boxes[0], (struct det_box){0, 0, 1, 1});
    for (int i = 0; i < 9; i++)
        ck_assert_float_eq(out.masks[i], 1.0f);
}
END_TEST

/* ---------------------------------------------------------------- reference */

/* OpenCV's bilinear resize of `in` [h, w], its rows `stride` long. */
static double stretched(const double *in, int32_t stride, int32_t h, int32_t w,
                        double y, double x)
{
    y = fmin(fmax(y, 0.0), h - 1);
    x = fmin(fmax(x, 0.0), w - 1);
    const int32_t y0 = (int32_t)y, x0 = (int32_t)x;
    const int32_t y1 = y0 + 1 < h ? y0 + 1 : y0, x1 = x0 + 1 < w ? x0 + 1 : x0;
    const double fy = y - y0, fx = x - x0;
    return (1 - fy) *
               ((1 - fx) * in[y0 * stride + x0] + fx * in[y0 * stride + x1]) +
           fy * ((1 - fx) * in[y1 * stride + x0] + fx * in[y1 * stride + x1]);
}

static double half_pixel(int32_t place, int32_t in, int32_t out)
{
    return (place + 0.5) * in / out - 0.5;
}

static void add_vote(double *sums, const struct voting_case *c, int32_t r,
                     double weight)
{
    const struct det_box b = c->boxes[r];
    const int32_t x1 = (int32_t)rintf(b.x1), y1 = (int32_t)rintf(b.y1);
    const int32_t x2 = (int32_t)rintf(b.x2), y2 = (int32_t)rintf(b.y2);
    double mask[MOST_SIDE * MOST_SIDE];
    for (int32_t i = 0; i < c->side * c->side; i++)
        mask[i] = (double)c->masks[r * c->side * c->side + i];
    for (int32_t y = y1; y < y2; y++)
        for (int32_t x = x1; x < x2; x++)
            if (stretched(mask, c->side, c->side, c->side,
                          half_pixel(y - y1, c->side, y2 - y1),
                          half_pixel(x - x1, c->side, x2 - x1)) >= 0.4)
                sums[y * c->width + x] += weight;
}

/* The photo's sums for the kept box that has this score of this class. */
static void add_votes(double *sums, const struct voting_case *c, float score,
                      int32_t label)
{
    double total = 0.0;
    int32_t picked = 0;
    while (c->scores[picked * c->classes + label] != score)
        picked++;
    for (int pass = 0; pass < 2; pass++)
        for (int32_t r = 0; r < c->rois; r++) {
            const double s = (double)c->scores[r * c->classes + label];
            if ((double)det_box_iou(c->boxes[r], c->boxes[picked]) < 0.5)
                continue;
            if (pass == 0)
                total += s;
            else
                add_vote(sums, c, r, s / total);
        }
}

static struct det_box tight_box(const struct voting_case *c, const double *sums)
{
    struct det_box box = {INFINITY, INFINITY, 0, 0};
    for (int32_t i = 0; i < c->width * c->height; i++) {
        const float x = (float)(i % c->width), y = (float)(i / c->width);
        if (sums[i] >= 0.4)
            box = (struct det_box){fminf(box.x1, x), fminf(box.y1, y),
                                   fmaxf(box.x2, x + 1), fmaxf(box.y2, y + 1)};
    }
    if (box.x1 < box.x2)
        return box;
    const float x = (float)(c->width / 2), y = (float)(c->height / 2);
    return (struct det_box){x, y, x + 1, y + 1};
}

static void check_instance(const struct voting_case *c,
                           const struct outcome *out, int32_t i)
{
    const size_t pixels = (size_t)(c->width * c->height);
    const int32_t places = c->side * c->side;
    double *sums = det_harness_doubles(pixels);
    double *small = det_harness_doubles((size_t)places);
    char name[64];
    snprintf(name, sizeof name, "instance %d of %d", i, out->count);
    add_votes(sums, c, out->scores[i], out->labels[i]);
    const struct det_box box = tight_box(c, sums);
    check_box(name, i, out->boxes[i], box);
    const int32_t w = (int32_t)(box.x2 - box.x1);
    const int32_t h = (int32_t)(box.y2 - box.y1);
    for (int32_t p = 0; p < places; p++)
        small[p] =
            stretched(sums + (int32_t)box.y1 * c->width + (int32_t)box.x1,
                      c->width, h, w, half_pixel(p / c->side, h, c->side),
                      half_pixel(p % c->side, w, c->side));
    det_harness_compare(name, out->masks + i * places, small, (size_t)places,
                        1e-5);
    free(small);
    free(sums);
}

/* Boxes around four places, on quarters of pixels. */
static void make_random(struct voting_case *c, struct det_random *random)
{
    *c = (struct voting_case){.config = voting, .width = 50, .height = 40};
    c->rois = det_random_int(random, 1, MOST);
    c->classes = det_random_int(random, 2, MOST_CLASSES);
    c->side = det_random_int(random, 1, MOST_SIDE);
    for (int32_t r = 0; r < c->rois; r++) {
        const float x = 15.0f + 20.0f * (float)(r % 2);
        const float y = 12.0f + 16.0f * (float)(r / 2 % 2);
        float corner[4];
        for (int i = 0; i < 4; i++)
            corner[i] = floorf(8.0f + 4.0f * det_random_float(random)) + 0.25f;
        c->boxes[r] =
            det_box_clip((struct det_box){x - corner[0], y - corner[1],
                                          x + corner[2], y + corner[3]},
                         (struct det_extent){50, 40});
    }
    for (int32_t i = 0; i < c->rois * c->classes; i++)
        c->scores[i] = 0.5f * (1.0f + det_random_float(random));
    for (int32_t i = 0; i < c->rois * c->side * c->side; i++)
        c->masks[i] = 0.5f * (1.2f + det_random_float(random));
}

START_TEST(random_cases)
{
    static struct voting_case c;
    static struct outcome out, again;
    struct det_random random = {(uint64_t)_i};
    make_random(&c, &random);
    vote(&out, &c, 1);
    for (int32_t i = 0; i < out.count; i++)
        check_instance(&c, &out, i);
    for (int32_t i = 1; i < out.count; i++)
        ck_assert_float_ge(out.scores[i - 1], out.scores[i]);
    vote(&again, &c, 3);
    ck_assert_int_eq(memcmp(&out, &again, sizeof out), 0);
}
END_TEST

/* ------------------------------------------------------------------- golden */

static void fill(float *out, const char *case_name, const char *kind,
                 int32_t count, double offset, double gain)
{
    char name[64];
    snprintf(name, sizeof name, "%s/%s", case_name, kind);
    named_fill(out, name, (size_t)count, offset, gain);
}

static void make_golden(struct voting_case *c, const struct golden_voting *g)
{
    static const float centres[4][2] = {{14, 14}, {40, 16}, {16, 34}, {36, 34}};
    float jitter[4 * MOST];
    *c = (struct voting_case){.config = voting,
                              .rois = g->rois,
                              .classes = g->classes,
                              .side = g->side,
                              .width = g->width,
                              .height = g->height};
    c->config.rule = g->soft ? DET_CANVAS_SOFT : DET_CANVAS_BINARY;
    c->config.limit = g->limit;
    fill(c->scores, g->name, "scores", g->rois * g->classes, 0.5, 0.5);
    fill(c->masks, g->name, "masks", g->rois * g->side * g->side, 0.5, 0.5);
    fill(jitter, g->name, "boxes", 4 * g->rois, 0.0, 4.0);
    for (int32_t r = 0; r < g->rois; r++) {
        float corners[4];
        for (int i = 0; i < 4; i++) {
            const float middle = centres[r % 4][i % 2] + jitter[4 * r + i % 2];
            const float half = 8.0f + jitter[4 * r + 2 + i % 2];
            corners[i] = floorf(i < 2 ? middle - half : middle + half) + 0.25f;
        }
        memcpy(&c->boxes[r], corners, sizeof corners); /* some lie outside */
    }
}

START_TEST(as_numpy)
{
    static struct voting_case c;
    static struct outcome out;
    const struct golden_voting *g = &golden_voting[_i];
    char name[64];
    make_golden(&c, g);
    vote(&out, &c, 2);
    ck_assert_int_eq(out.count, g->count);
    for (int32_t i = 0; i < g->count; i++) {
        ck_assert_int_eq(out.labels[i], g->instances[i].label);
        ck_assert_float_eq_tol(out.scores[i], g->instances[i].score, 1e-6f);
        check_box(g->name, i, out.boxes[i], g->instances[i].box);
    }
    snprintf(name, sizeof name, "%s/small", g->name);
    named_check(name, out.masks, (size_t)(g->count * g->side * g->side),
                g->small, 1e-5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mask_voting");
    TCase *tests = tcase_create("mask_voting");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, by_hand, 0,
                        sizeof hand_cases / sizeof *hand_cases);
    tcase_add_loop_test(tests, best_of_all_classes, 1, 8);
    tcase_add_test(tests, nothing);
    tcase_add_loop_test(tests, random_cases, 0, 40);
    tcase_add_loop_test(tests, as_numpy, 0,
                        sizeof golden_voting / sizeof *golden_voting);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

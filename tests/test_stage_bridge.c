/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "roi/roi_samples.h"
#include "roi/stage_bridge.h"
#include "tests/named_numbers.h"
#include "tests/ops_harness.h"
#include "tests/planned_run.h"
#include "tests/tape_case.h"
#define GOLDEN_STAGE_BRIDGE
#include "tests/golden/mnc_golden.h"

enum { RANDOM_CASES = 60, MOST_ROIS = 12, MOST_CLASSES = 6 };

static const struct det_extent huge[] = {{1e6f, 1e6f}, {1e6f, 1e6f}};

struct bridge_case {
    struct det_stage_bridge_config config;
    int32_t rois;
    float scores[MOST_ROIS * MOST_CLASSES];
    int32_t images[MOST_ROIS];
    const struct det_extent *extents;
};

static const struct det_delta_coder coder = {.weights = {10, 10, 5, 5},
                                             .size_limit = INFINITY};

/* K scores, the background first. */
static struct det_class_layout classes_of(int32_t scores, int32_t rows)
{
    return (struct det_class_layout){scores, 0, rows};
}

/* ---------------------------------------------------------------- reference */

/* -1: none */
static int32_t row_of(const struct bridge_case *b, int32_t r)
{
    const int32_t k = b->config.classes.num_scores;
    const int32_t rows = b->config.classes.num_delta_classes;
    const float *scores = b->scores + r * k;
    int32_t best = b->config.choice == DET_BRIDGE_OBJECT_CLASS ? 1 : 0;
    for (int32_t i = best + 1; i < k; i++)
        best = scores[i] > scores[best] ? i : best;
    return rows == 1 ? 0 : rows == k ? best : best - 1;
}

/* Without clipping. */
static void reference(const void *user, double *const *in, double *out)
{
    const struct bridge_case *b = user;
    const struct det_delta_weights *w = &b->config.coder.weights;
    const double weights[4] = {(double)w->x, (double)w->y, (double)w->w,
                               (double)w->h};
    const int32_t rows = b->config.classes.num_delta_classes;
    for (int32_t r = 0; r < b->rois; r++)
        for (int i = 0; i < 2; i++) {
            const double *box = in[0] + 4 * r + i;
            const int32_t row = row_of(b, r);
            const double *d = in[1] + 4 * (r * rows + (row < 0 ? 0 : row));
            const double size = box[2] - box[0];
            const double shift = row < 0 ? 0.0 : d[i] / weights[i];
            const double growth =
                row < 0 ? 0.0
                        : fmin(d[i + 2] / weights[i + 2],
                               (double)b->config.coder.size_limit);
            const double centre = 0.5 * (box[0] + box[2]) + shift * size;
            out[4 * r + i] = centre - 0.5 * exp(growth) * size;
            out[4 * r + i + 2] = centre + 0.5 * exp(growth) * size;
        }
}

/* --------------------------------------------------------------- comparison */

static det_status run_bridge(struct det_compute *compute, const void *user,
                             const struct det_tensor *in,
                             struct det_tensor *out)
{
    const struct bridge_case *b = user;
    struct det_stage_bridge op = {.boxes = in[0], .deltas = in[1]};
    if (!det_planning(compute)) { /* the promise: not read */
        op.scores = b->scores;
        op.image_index = b->images;
        op.extents = b->extents;
    }
    DET_TRY(det_stage_bridge_forward(compute, &op, &b->config));
    *out = op.out;
    return DET_OK;
}

static struct det_tensor random_boxes(struct det_random *random, int32_t count)
{
    struct det_tensor boxes = det_random_tensor(random, count, 1, 1, 4);
    for (int32_t i = 0; i < 4 * count; i++)
        boxes.data[i] =
            i % 4 < 2 ? 1000.0f * (boxes.data[i] + 2.0f)
                      : boxes.data[i - 2] + 20.0f * (boxes.data[i] + 1.1f);
    return boxes;
}

static void check_case(const struct bridge_case *b, struct det_random *random)
{
    struct tape_result result;
    const int32_t rows = b->config.classes.num_delta_classes;
    struct det_tensor boxes = random_boxes(random, b->rois);
    struct det_tensor deltas =
        det_random_tensor(random, b->rois, 1, 1, 4 * rows);
    float *weights = det_random_floats(random, 4 * (size_t)b->rois);
    char name[200];
    snprintf(name, sizeof name, "%d RoIs, %d scores, %d rows, choice %d",
             b->rois, b->config.classes.num_scores, rows,
             (int)b->config.choice);
    const struct tape_case c = {.name = name,
                                .run = run_bridge,
                                .user = b,
                                .num_inputs = 2,
                                .inputs = {boxes, deltas},
                                .weights = weights};
    tape_case_check(&result, &c);
    tape_case_compare(&c, &result, reference, 1e-5, 1e-5);
    tape_result_free(&result);
    free(weights);
    free(deltas.data);
    free(boxes.data);
}

START_TEST(random_cases)
{
    struct det_random random = {1};
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct bridge_case b = {.extents = huge};
        const int32_t scores = det_random_int(&random, 2, MOST_CLASSES);
        const int32_t rows[] = {1, scores - 1, scores};
        b.rois = det_random_int(&random, 0, MOST_ROIS);
        b.config.coder = coder;
        if (i % 2) /* some meet it */
            b.config.coder.size_limit = 0.05f;
        b.config.choice =
            i % 3 ? DET_BRIDGE_ANY_CLASS : DET_BRIDGE_OBJECT_CLASS;
        b.config.classes =
            classes_of(scores, det_random_choice(&random, rows, 3));
        for (int32_t k = 0; k < MOST_ROIS * MOST_CLASSES; k++)
            b.scores[k] = det_random_float(&random);
        check_case(&b, &random);
    }
}
END_TEST

/* -------------------------------------------------- deltas of any places */

/* Maps of 2 x 3 places with 2 anchors each, of 2 images. */
enum { MAPS = 2, MAP_H = 2, MAP_W = 3, FOURS = MAPS * MAP_H * MAP_W * 2 };

struct place_case {
    struct det_stage_bridge_config config;
    int64_t places[MOST_ROIS]; /* -1: none */
    int32_t rois;
};

static void reference_of_places(const void *user, double *const *in,
                                double *out)
{
    const struct place_case *p = user;
    for (int32_t r = 0; r < p->rois; r++)
        for (int i = 0; i < 2; i++) {
            const double *box = in[0] + 4 * r + i;
            const double size = box[2] - box[0];
            double shift = 0.0, growth = 0.0;
            if (p->places[r] >= 0) {
                shift = in[1][p->places[r] + i] / 10.0;
                growth = in[1][p->places[r] + i + 2] / 5.0;
            }
            const double centre = 0.5 * (box[0] + box[2]) + shift * size;
            out[4 * r + i] = centre - 0.5 * exp(growth) * size;
            out[4 * r + i + 2] = centre + 0.5 * exp(growth) * size;
        }
}

static det_status run_places(struct det_compute *compute, const void *user,
                             const struct det_tensor *in,
                             struct det_tensor *out)
{
    const struct place_case *p = user;
    struct det_stage_bridge op = {.boxes = in[0], .deltas = in[1]};
    if (!det_planning(compute)) {
        op.places = p->places;
        op.extents = huge;
    }
    DET_TRY(det_stage_bridge_forward(compute, &op, &p->config));
    *out = op.out;
    return DET_OK;
}

/* As proposals come from the RPN's deltas: several RoIs of one anchor, some of
 * none. */
START_TEST(deltas_of_places)
{
    struct det_random random = {7};
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct place_case p = {.config = {.coder = coder}};
        struct tape_result result;
        p.rois = det_random_int(&random, 0, MOST_ROIS);
        for (int32_t r = 0; r < p.rois; r++)
            p.places[r] = det_random_int(&random, 0, 3)
                              ? 4 * det_random_int(&random, 0, FOURS - 1)
                              : -1;
        struct det_tensor boxes = random_boxes(&random, p.rois);
        struct det_tensor deltas =
            det_random_tensor(&random, MAPS, MAP_H, MAP_W, 8);
        float *weights = det_random_floats(&random, 4 * (size_t)p.rois);
        const struct tape_case c = {.name = "places",
                                    .run = run_places,
                                    .user = &p,
                                    .num_inputs = 2,
                                    .inputs = {boxes, deltas},
                                    .weights = weights};
        tape_case_check(&result, &c);
        tape_case_compare(&c, &result, reference_of_places, 1e-5, 1e-5);
        tape_result_free(&result);
        free(weights);
        free(deltas.data);
        free(boxes.data);
    }
}
END_TEST

/* ------------------------------------------------------------------ by hand */

/* One RoI 10, 20, 30, 60 in an image of 100 x 80; 3 scores, a row each. */
struct hand_case {
    const char *name;
    enum det_bridge_choice choice;
    float scores[3];
    float deltas[12];
    float expected[4];
};

/* 10 / 10 of its width to the right; log 2 / 5 twice its height. */
#define MOVED                                                                  \
    {                                                                          \
        0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 5 * 0.69314718f                      \
    }

static const struct hand_case hand_cases[] = {
    {"a class moves it",
     DET_BRIDGE_ANY_CLASS,
     {0.1f, 0.7f, 0.2f},
     MOVED,
     {30, 20, 50, 60}},
    {"another, over the border",
     DET_BRIDGE_ANY_CLASS,
     {0.1f, 0.2f, 0.7f},
     MOVED,
     {10, 0, 30, 80}},
    {"the background has a row",
     DET_BRIDGE_ANY_CLASS,
     {0.8f, 0.1f, 0.1f},
     {-5, 0, 0, 0, 10, 0, 0, 0},
     {0, 20, 20, 60}},
    {"the best object",
     DET_BRIDGE_OBJECT_CLASS,
     {0.8f, 0.15f, 0.05f},
     MOVED,
     {30, 20, 50, 60}},
    {"the first of equals",
     DET_BRIDGE_OBJECT_CLASS,
     {0.8f, 0.1f, 0.1f},
     MOVED,
     {30, 20, 50, 60}},
    {"not a number",
     DET_BRIDGE_ANY_CLASS,
     {NAN, 0.1f, 0.05f},
     MOVED,
     {30, 20, 50, 60}},
    {"no number at all: it stays",
     DET_BRIDGE_ANY_CLASS,
     {NAN, NAN, NAN},
     {10, 0, 0, 0, 10, 0, 0, 0, 10, 0, 0, 0},
     {10, 20, 30, 60}},
    {"nor of an object",
     DET_BRIDGE_OBJECT_CLASS,
     {0.5f, NAN, NAN},
     {10, 0, 0, 0, 10, 0, 0, 0, 10, 0, 0, 0},
     {10, 20, 30, 60}},
    {"no finite box",
     DET_BRIDGE_ANY_CLASS,
     {0, 1, 0},
     {0, 0, 0, 0, 0, 0, 1e30f, 0},
     {10, 20, 30, 60}},
    {"out of the image",
     DET_BRIDGE_ANY_CLASS,
     {0, 1, 0},
     {0, 0, 0, 0, 100, 0, 0, 0},
     {100, 20, 100, 60}},
};

START_TEST(by_hand)
{
    static float box[4] = {10, 20, 30, 60};
    static const float weights[4] = {1, 1, 1, 1};
    static const struct det_extent image = {100, 80};
    const struct hand_case *hand = &hand_cases[_i];
    struct bridge_case b = {
        .rois = 1,
        .extents = &image,
        .config = {hand->choice, coder, classes_of(3, 3), 0.0f}};
    float deltas[12];
    struct tape_result result;
    memcpy(b.scores, hand->scores, sizeof hand->scores);
    memcpy(deltas, hand->deltas, sizeof deltas);
    const struct tape_case c = {
        .name = hand->name,
        .run = run_bridge,
        .user = &b,
        .num_inputs = 2,
        .inputs = {{box, 1, 1, 1, 4, 1, 0}, {deltas, 1, 1, 1, 12, 1, 0}},
        .weights = weights};
    tape_case_run(&result, &c, 1);
    for (int i = 0; i < 4; i++)
        ck_assert_msg(fabsf(result.out.data[i] - hand->expected[i]) < 1e-4f,
                      "%s: %d is %g", hand->name, i,
                      (double)result.out.data[i]);
    tape_result_free(&result);
}
END_TEST

/* A predictor without deltas of the background leaves such RoIs alone. */
START_TEST(background_without_deltas)
{
    static float box[4] = {10, 20, 30, 60},
                 deltas[8] = {9, 9, 9, 9, 9, 9, 9, 9};
    static const float weights[4] = {1, 2, 3, 4};
    struct bridge_case b = {
        .rois = 1,
        .extents = huge,
        .scores = {3, 2, 1},
        .config = {DET_BRIDGE_ANY_CLASS, coder, classes_of(3, 2), 0.0f}};
    struct tape_result result;
    const struct tape_case c = {
        .name = "background",
        .run = run_bridge,
        .user = &b,
        .num_inputs = 2,
        .inputs = {{box, 1, 1, 1, 4, 1, 0}, {deltas, 1, 1, 1, 8, 1, 0}},
        .weights = weights};
    tape_case_check(&result, &c);
    for (int i = 0; i < 4; i++) {
        ck_assert_float_eq(result.out.data[i], box[i]);
        ck_assert_float_eq(result.gradients[0].data[i], weights[i]);
    }
    for (int i = 0; i < 8; i++)
        ck_assert_float_eq(result.gradients[1].data[i], 0.0f);
    tape_result_free(&result);
}
END_TEST

/* The RoI 10, 20, 30, 60 and no deltas: each corner's gradient goes to the
 * centre and, halved, to the size. */
START_TEST(gradient_by_hand)
{
    static const struct {
        float limit, width;
        float deltas[4]; /* gradients expected */
    } rows[] = {
        /* (1 + 3) * 20 / 10, (2 + 4) * 40 / 10, 1 * 20 / 5, 1 * 40 / 5 */
        {0.0f, 100, {8, 24, 4, 8}},
        {5.0f, 100, {5, 5, 4, 5}},
        {0.0f, 25, {0, 0, 0, 0}}, /* clipped */
    };
    static float box[4] = {10, 20, 30, 60}, deltas[4];
    static const float weights[4] = {1, 2, 3, 4};
    const struct det_extent image = {rows[_i].width, 80};
    struct bridge_case b = {.rois = 1,
                            .extents = &image,
                            .config = {DET_BRIDGE_ANY_CLASS, coder,
                                       classes_of(2, 1), rows[_i].limit}};
    struct tape_result result;
    const struct tape_case c = {
        .name = "gradient",
        .run = run_bridge,
        .user = &b,
        .num_inputs = 2,
        .inputs = {{box, 1, 1, 1, 4, 1, 0}, {deltas, 1, 1, 1, 4, 1, 0}},
        .weights = weights};
    tape_case_run(&result, &c, 1);
    for (int i = 0; i < 4; i++) {
        ck_assert_float_eq_tol(result.gradients[1].data[i], rows[_i].deltas[i],
                               1e-5f);
        ck_assert_float_eq_tol(result.gradients[0].data[i], weights[i], 1e-5f);
    }
    tape_result_free(&result);
}
END_TEST

/* True boxes follow the others, and take no part in the backward. */
static const struct det_box true_boxes[2] = {{1, 2, 31, 42}, {40, 40, 60, 50}};

static det_status run_with_more(struct det_compute *compute, const void *user,
                                const struct det_tensor *in,
                                struct det_tensor *out)
{
    const struct bridge_case *b = user;
    struct det_stage_bridge op = {.boxes = in[0],
                                  .deltas = in[1],
                                  .scores = b->scores,
                                  .extents = b->extents,
                                  .more = true_boxes,
                                  .num_more = 2,
                                  .most_more = 3};
    DET_TRY(det_stage_bridge_forward(compute, &op, &b->config));
    *out = op.out;
    return DET_OK;
}

START_TEST(more_boxes)
{
    static float box[4] = {10, 20, 30, 60}, deltas[4] = {0};
    static const float weights[12] = {1, 2, 3, 4, 9, 9, 9, 9, 9, 9, 9, 9};
    struct bridge_case b = {
        .rois = 1,
        .extents = huge,
        .config = {DET_BRIDGE_ANY_CLASS, coder, classes_of(2, 1), 0.0f}};
    struct tape_result result;
    const struct tape_case c = {
        .name = "more boxes",
        .run = run_with_more,
        .user = &b,
        .num_inputs = 2,
        .inputs = {{box, 1, 1, 1, 4, 1, 0}, {deltas, 1, 1, 1, 4, 1, 0}},
        .weights = weights};
    tape_case_check(&result, &c);
    ck_assert_int_eq(result.out.n, 3);
    ck_assert_int_eq(result.out.capacity, 4);
    ck_assert_int_eq(memcmp(result.out.data, box, sizeof box), 0);
    ck_assert_int_eq(memcmp(result.out.data + 4, true_boxes, sizeof true_boxes),
                     0);
    ck_assert_int_eq(
        memcmp(result.gradients[0].data, weights, 4 * sizeof *weights), 0);
    tape_result_free(&result);
}
END_TEST

/* --------------------------------------------------- what they are, behind it
 */

/* Two images; a RoI of each object, one of the other image, one of nothing and
 * an empty one. */
START_TEST(what_rois_are)
{
    static const struct det_box others[1] = {{0, 0, 20, 20}};
    static const int32_t labels[2] = {3, 1}, other_labels[1] = {2};
    static float boxes[] = {1,  2,  31, 32, 40, 40, 60, 50, 0, 0,
                            20, 20, 0,  0,  20, 20, 5,  5,  5, 5};
    static const int32_t index[] = {0, 0, 1, 0, 1};
    static const int32_t expected[] = {3, 1, 2, 0, 0};
    const struct det_roi_image images[2] = {
        {.truth = {true_boxes, 2}, .labels = labels},
        {.truth = {others, 1}, .labels = other_labels}};
    const struct det_roi_sample_config config = {
        .match = {0.5f, 0.5f, true}, .coder = coder, .background = 0};
    const struct det_tensor tensor = {
        .data = boxes, .n = 5, .h = 1, .w = 1, .c = 4, .capacity = 7};
    struct planned_run run;
    struct det_roi_samples samples;
    planned_run_plan(&run);
    for (int pass = 0; pass < 2; pass++) {
        planned_run_check(&run,
                          det_roi_samples_of(&run.compute, &samples, &config,
                                             &tensor, index, images));
        ck_assert_int_eq(samples.count, 5);
        ck_assert_int_eq(samples.capacity, 7);
        for (int r = 0; pass == 1 && r < 5; r++) {
            ck_assert_int_eq(samples.labels[r], expected[r]);
            ck_assert_int_eq(samples.images[r], index[r]);
            ck_assert(expected[r] ? samples.truth[r] >= 0
                                  : samples.truth[r] < 0);
        }
        if (pass == 1) { /* 30 of 40 high, and 5 of 30 down */
            ck_assert_float_eq_tol(samples.deltas[0].y, 10 * 5.0f / 30.0f,
                                   1e-5f);
            ck_assert_float_eq_tol(samples.deltas[0].h, 5 * logf(40.0f / 30.0f),
                                   1e-5f);
            ck_assert_float_eq(samples.deltas[1].x, 0.0f);
        }
        det_roi_samples_give(&run.compute, &samples);
        if (pass == 0)
            planned_run_begin(&run);
    }
    planned_run_end(&run);
}
END_TEST

/* ------------------------------------------------------------------- golden */

static void fill(float *out, const char *case_name, const char *kind,
                 size_t count, double offset, double gain)
{
    char name[64];
    snprintf(name, sizeof name, "%s/%s", case_name, kind);
    named_fill(out, name, count, offset, gain);
}

static void check_sums(const char *case_name, const char *kind,
                       const struct det_tensor *values,
                       struct named_sums expected)
{
    char name[64];
    snprintf(name, sizeof name, "%s/%s", case_name, kind);
    named_check(name, values->data, (size_t)det_tensor_count(values), expected,
                1e-5);
}

START_TEST(as_torch)
{
    enum { ROIS = 10, CLASSES = 5 };
    const struct golden_stage_bridge *g = &golden_stage_bridge[_i];
    static const struct det_extent image = {90, 70};
    struct bridge_case b = {.rois = ROIS,
                            .extents = &image,
                            .config = {g->objects_only ? DET_BRIDGE_OBJECT_CLASS
                                                       : DET_BRIDGE_ANY_CLASS,
                                       coder, classes_of(CLASSES, CLASSES),
                                       0.0f}};
    float corners[2 * ROIS], sizes[2 * ROIS], boxes[4 * ROIS];
    float deltas[4 * ROIS * CLASSES], weights[4 * ROIS];
    struct tape_result result;
    fill(corners, g->name, "corners", 2 * ROIS, 30.0, 30.0);
    fill(sizes, g->name, "sizes", 2 * ROIS, 12.5, 10.0);
    fill(deltas, g->name, "deltas", 4 * ROIS * CLASSES, 0.0, 1.0);
    fill(b.scores, g->name, "scores", ROIS * CLASSES, 0.0, 1.0);
    fill(weights, g->name, "weights", 4 * ROIS, 0.0, 1.0);
    for (int i = 0; i < 2 * ROIS; i++) {
        boxes[i / 2 * 4 + i % 2] = corners[i];
        boxes[i / 2 * 4 + i % 2 + 2] = corners[i] + sizes[i];
    }
    const struct tape_case c = {
        .name = g->name,
        .run = run_bridge,
        .user = &b,
        .num_inputs = 2,
        .inputs = {{boxes, ROIS, 1, 1, 4, ROIS, 0},
                   {deltas, ROIS, 1, 1, 4 * CLASSES, ROIS, 0}},
        .weights = weights};
    tape_case_check(&result, &c);
    check_sums(g->name, "out", &result.out, g->out);
    check_sums(g->name, "box_gradient", &result.gradients[0], g->boxes);
    check_sums(g->name, "delta_gradient", &result.gradients[1], g->deltas);
    tape_result_free(&result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stage_bridge");
    TCase *tests = tcase_create("stage_bridge");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, deltas_of_places);
    tcase_add_test(tests, random_cases);
    tcase_add_loop_test(tests, by_hand, 0,
                        sizeof hand_cases / sizeof *hand_cases);
    tcase_add_test(tests, background_without_deltas);
    tcase_add_loop_test(tests, gradient_by_hand, 0, 3);
    tcase_add_test(tests, more_boxes);
    tcase_add_test(tests, what_rois_are);
    tcase_add_loop_test(tests, as_torch, 0,
                        sizeof golden_stage_bridge /
                            sizeof *golden_stage_bridge);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

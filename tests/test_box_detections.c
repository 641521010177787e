/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN_DETECTIONS
#include "compute/activation.h"
#include "detector/settings.h"
#include "tests/golden/detectron2_golden.h"
#include "tests/golden/geometry_inputs.h"
#include "tests/planned_run.h"

enum { ROIS = 24, SCORES = 6, MAX_OUT = 40 };

static const struct det_extent image = {125, 93};

struct outcome {
    int32_t count;
    struct det_box boxes[MAX_OUT];
    float scores[MAX_OUT];
    int32_t labels[MAX_OUT];
};

/* The preset's rule for a predictor of so many columns. */
static struct det_detection_config config_of(const char *preset, int32_t scores,
                                             int32_t delta_classes)
{
    struct det_settings settings;
    const struct det_network network = {.backbone.kind = DET_BACKBONE_FPN,
                                        .num_scores = scores,
                                        .num_delta_classes = delta_classes};
    det_settings_init(&settings, det_preset_find(preset), &network);
    return settings.detections;
}

/* Of `count` RoIs, with room for `capacity`; nothing is written to them. */
static struct det_box_predictions
predictions_of(const struct det_detection_config *config,
               const struct det_box *rois, float *scores, float *deltas,
               int32_t count, int32_t capacity)
{
    const struct det_class_layout *classes = &config->reading.classes;
    struct det_box_predictions p = {
        rois,
        {.data = scores, .n = count, .h = 1, .w = 1, .capacity = capacity},
        {.data = deltas, .n = count, .h = 1, .w = 1, .capacity = capacity}};
    p.scores.c = classes->num_scores;
    p.deltas.c = 4 * classes->num_delta_classes;
    return p;
}

static struct outcome select_all(const struct det_detection_config *config,
                                 const struct det_box_predictions *predictions)
{
    struct planned_run run;
    struct det_detections found;
    struct outcome out;
    planned_run_plan(&run);
    planned_run_check(&run, det_detections_select(&run.compute, &found, config,
                                                  predictions, image));
    det_detections_give(&run.compute, &found);
    planned_run_begin(&run);
    planned_run_check(&run, det_detections_select(&run.compute, &found, config,
                                                  predictions, image));
    ck_assert_int_le(found.count, MAX_OUT);
    out.count = found.count;
    for (int32_t i = 0; i < out.count; i++) {
        out.boxes[i] = found.boxes[i];
        out.scores[i] = found.scores[i];
        out.labels[i] = found.labels[i];
    }
    det_detections_give(&run.compute, &found);
    planned_run_end(&run);
    return out;
}

static void check_box(int32_t index, struct det_box box, const float *expected)
{
    const float values[4] = {box.x1, box.y1, box.x2, box.y2};
    for (int i = 0; i < 4; i++)
        ck_assert_msg(fabsf(values[i] - expected[i]) <= 1e-4f,
                      "detection %d: coordinate %d is %.9g, expected %.9g",
                      index, i, (double)values[i], (double)expected[i]);
}

/* ------------------------------------------------------------------- golden */

static void softmax(float *logits)
{
    struct planned_run run;
    const struct det_tensor tensor = {.data = logits,
                                      .n = ROIS,
                                      .h = 1,
                                      .w = 1,
                                      .c = SCORES,
                                      .capacity = ROIS};
    planned_run_plan(&run);
    planned_run_begin(&run);
    planned_run_check(&run, det_softmax(&run.compute, &tensor));
    planned_run_end(&run);
}

struct golden_case {
    const char *preset;
    uint32_t seed;
    int32_t delta_classes;
    const float *boxes, *scores;
    const int32_t *labels;
    size_t count;
};

#define EXPECTED(name)                                                         \
    golden_detections_##name##_boxes, golden_detections_##name##_scores,       \
        golden_detections_##name##_labels,                                     \
        sizeof golden_detections_##name##_labels / sizeof(int32_t)

static const struct golden_case golden_cases[] = {
    {"torchvision", 41, SCORES, EXPECTED(torchvision)},
    {"torchvision-double", 41, SCORES, EXPECTED(torchvision)},
    {"detectron2", 42, SCORES - 1, EXPECTED(detectron2)},
    {"detectron2", 42, 1, EXPECTED(agnostic)},
};

START_TEST(as_the_references)
{
    const struct golden_case *c = &golden_cases[_i];
    struct random_numbers random = {c->seed};
    struct det_box rois[ROIS];
    float scores[ROIS * SCORES], deltas[ROIS * SCORES * 4];
    random_boxes(&random, rois, ROIS, 90, 60);
    for (size_t i = 0; i < ROIS * SCORES; i++)
        scores[i] = random_uniform(&random, -3, 3);
    for (int32_t i = 0; i < ROIS * 4 * c->delta_classes; i++)
        deltas[i] = random_uniform(&random, -2, 2);
    softmax(scores);
    struct det_detection_config config =
        config_of(c->preset, SCORES, c->delta_classes);
    config.max_detections = 20;
    const struct det_box_predictions predictions =
        predictions_of(&config, rois, scores, deltas, ROIS, ROIS);
    const struct outcome out = select_all(&config, &predictions);
    ck_assert_int_eq(out.count, (int32_t)c->count);
    for (int32_t i = 0; i < out.count; i++) {
        ck_assert_int_eq(out.labels[i], c->labels[i]);
        ck_assert_float_eq_tol(out.scores[i], c->scores[i], 1e-6f);
        check_box(i, out.boxes[i], c->boxes + (ptrdiff_t)4 * i);
    }
}
END_TEST

/* ------------------------------------------------------------------ by hand */

enum { SMALL = 3 }; /* columns of scores: two classes and the background */

static const struct system {
    const char *preset;
    int32_t background, first, second; /* columns */
    int32_t delta_classes;
} systems[] = {{"torchvision", 0, 1, 2, 3},
               {"detectron2", 2, 0, 1, 2},
               /* as neither has it: no deltas for a background in front */
               {"torchvision", 0, 1, 2, 2},
               {"caffe", 0, 1, 2, 3}};

/* Two RoIs that do not overlap. */
struct hand {
    const struct system *system;
    struct det_box rois[2];
    float scores[2][SMALL];
    float deltas[2 * 4 * SMALL]; /* as many as the system has */
    struct det_detection_config config;
};

static void init_hand(struct hand *hand, int system)
{
    *hand = (struct hand){.system = &systems[system],
                          .rois = {{10, 10, 30, 50}, {60, 20, 100, 40}}};
    hand->config =
        config_of(systems[system].preset, SMALL, systems[system].delta_classes);
}

static float *delta_of(struct hand *hand, int32_t roi, int32_t label)
{
    const int32_t classes = hand->system->delta_classes;
    const int32_t row =
        classes == SMALL || hand->system->background == 2 ? label : label - 1;
    return hand->deltas + (ptrdiff_t)4 * (roi * classes + row);
}

static struct outcome select_hand(struct hand *hand, int32_t count)
{
    const struct det_box_predictions predictions = predictions_of(
        &hand->config, hand->rois, &hand->scores[0][0], hand->deltas, count, 2);
    return select_all(&hand->config, &predictions);
}

START_TEST(preset_values)
{
    struct hand hand;
    init_hand(&hand, _i);
    const struct det_detection_config *c = &hand.config;
    ck_assert(c->score_threshold == 0.05f);
    ck_assert(c->nms_threshold == 0.5);
    ck_assert_int_eq(c->max_detections, 100);
    ck_assert(c->reading.coder.weights.x == 10 &&
              c->reading.coder.weights.y == 10);
    ck_assert(c->reading.coder.weights.w == 5 &&
              c->reading.coder.weights.h == 5);
    ck_assert_float_eq_tol(c->reading.coder.size_limit, logf(1000.0f / 16.0f),
                           1e-6f);
    ck_assert_int_eq(c->reading.classes.background, hand.system->background);
}
END_TEST

START_TEST(threshold_is_exclusive)
{
    struct hand hand;
    init_hand(&hand, _i);
    hand.scores[0][hand.system->first] = 0.05f;
    hand.scores[1][hand.system->first] = nextafterf(0.05f, 1);
    const struct outcome out = select_hand(&hand, 2);
    ck_assert_int_eq(out.count, 1);
    check_box(0, out.boxes[0], (const float[]){60, 20, 100, 40});
}
END_TEST

START_TEST(background_is_no_detection)
{
    struct hand hand;
    init_hand(&hand, _i);
    hand.scores[0][hand.system->background] = 0.9f;
    hand.scores[1][hand.system->second] = 0.3f;
    const struct outcome out = select_hand(&hand, 2);
    ck_assert_int_eq(out.count, 1);
    ck_assert_int_eq(out.labels[0], hand.system->second);
}
END_TEST

/* Each class has deltas of its own, divided by 10, 10, 5 and 5. */
START_TEST(deltas_of_the_class)
{
    struct hand hand;
    init_hand(&hand, _i);
    hand.scores[0][hand.system->first] = 0.4f;
    hand.scores[0][hand.system->second] = 0.5f;
    delta_of(&hand, 0, hand.system->first)[0] = 10; /* by a width of 20 */
    delta_of(&hand, 0, hand.system->second)[1] = 2; /* by 8 of 40 */
    delta_of(&hand, 0, hand.system->second)[2] = 5 * logf(2);
    const struct outcome out = select_hand(&hand, 2);
    ck_assert_int_eq(out.count, 2);
    ck_assert_int_eq(out.labels[0], hand.system->second);
    check_box(0, out.boxes[0], (const float[]){0, 18, 40, 58});
    check_box(1, out.boxes[1], (const float[]){30, 10, 50, 50});
}
END_TEST

START_TEST(deltas_without_the_background)
{
    struct hand hand;
    init_hand(&hand, 2);
    hand.scores[0][hand.system->second] = 0.5f;
    delta_of(&hand, 0, hand.system->second)[0] = 10;
    const struct outcome out = select_hand(&hand, 1);
    ck_assert_int_eq(out.count, 1);
    check_box(0, out.boxes[0], (const float[]){30, 10, 50, 50});
}
END_TEST

START_TEST(growth_is_limited_and_clipped)
{
    struct hand hand;
    init_hand(&hand, _i);
    hand.rois[0] = (struct det_box){60, 45, 61, 46};
    hand.scores[0][hand.system->first] = 0.4f;
    delta_of(&hand, 0, hand.system->first)[2] = 1000;
    delta_of(&hand, 0, hand.system->first)[3] = 5 * logf(200);
    hand.scores[1][hand.system->first] = 0.3f;
    delta_of(&hand, 1, hand.system->first)[2] = 1000;
    const struct outcome out = select_hand(&hand, 2);
    ck_assert_int_eq(out.count, 2);
    check_box(0, out.boxes[0], (const float[]){29.25f, 14.25f, 91.75f, 76.75f});
    check_box(1, out.boxes[1], (const float[]){0, 20, 125, 40});
}
END_TEST

/* torchvision drops sides below 0.01; Detectron2 keeps even empty boxes here
 * and drops those when it goes back to the photo. */
START_TEST(small_boxes)
{
    struct hand hand;
    init_hand(&hand, _i);
    hand.rois[0] = (struct det_box){10, 10, 10.009f, 50};
    hand.rois[1] = (struct det_box){60, 20, 60.011f, 40};
    hand.scores[0][hand.system->first] = 0.4f;
    hand.scores[1][hand.system->first] = 0.3f;
    ck_assert_int_eq(select_hand(&hand, 2).count, _i == 0 ? 1 : 2);
    hand.rois[0].x2 = 10;
    ck_assert_int_eq(select_hand(&hand, 2).count, _i == 0 ? 1 : 2);
}
END_TEST

START_TEST(nms_within_a_class)
{
    struct hand hand;
    init_hand(&hand, _i);
    hand.rois[1] = (struct det_box){10, 11, 30, 51};
    hand.scores[0][hand.system->first] = 0.4f;
    hand.scores[1][hand.system->first] = 0.6f;
    hand.scores[1][hand.system->second] = 0.1f;
    hand.scores[0][hand.system->second] = 0.2f;
    const struct outcome out = select_hand(&hand, 2);
    ck_assert_int_eq(out.count, 2);
    ck_assert_int_eq(out.labels[0], hand.system->first);
    check_box(0, out.boxes[0], (const float[]){10, 11, 30, 51});
    ck_assert_int_eq(out.labels[1], hand.system->second);
    check_box(1, out.boxes[1], (const float[]){10, 10, 30, 50});
}
END_TEST

/* IoU of exactly the threshold does not suppress. */
START_TEST(nms_threshold_is_exclusive)
{
    struct hand hand;
    init_hand(&hand, _i);
    hand.rois[0] = (struct det_box){0, 0, 64, 32};
    hand.rois[1] = (struct det_box){0, 0, 32, 32};
    hand.scores[0][hand.system->first] = 0.4f;
    hand.scores[1][hand.system->first] = 0.6f;
    ck_assert_int_eq(select_hand(&hand, 2).count, 2);
    hand.rois[1].x2 = 33;
    ck_assert_int_eq(select_hand(&hand, 2).count, 1);
}
END_TEST

START_TEST(nms_across_classes)
{
    struct hand hand;
    init_hand(&hand, _i);
    hand.rois[1] = (struct det_box){10, 11, 30, 51};
    hand.scores[0][hand.system->first] = 0.4f;
    hand.scores[1][hand.system->second] = 0.6f;
    ck_assert_int_eq(select_hand(&hand, 2).count, 2);
    hand.config.across_classes = true;
    const struct outcome out = select_hand(&hand, 2);
    ck_assert_int_eq(out.count, 1);
    ck_assert_int_eq(out.labels[0], hand.system->second);
}
END_TEST

/* IoU 1/2: under NMS' threshold, and a neighbour that votes. */
START_TEST(kept_boxes_are_voted_on)
{
    struct hand hand;
    init_hand(&hand, _i);
    hand.rois[0] = (struct det_box){0, 0, 60, 30};
    hand.rois[1] = (struct det_box){0, 0, 30, 30};
    hand.scores[0][hand.system->first] = 0.6f;
    hand.scores[1][hand.system->first] = 0.3f;
    hand.config.vote_threshold = 0.5;
    const struct outcome out = select_hand(&hand, 2);
    ck_assert_int_eq(out.count, 2);
    check_box(0, out.boxes[0], (const float[]){0, 0, 50, 30});
    check_box(1, out.boxes[1], (const float[]){0, 0, 50, 30});
    ck_assert(out.scores[0] == 0.6f);
    hand.config.vote_threshold = 0.51;
    check_box(0, select_hand(&hand, 2).boxes[0], (const float[]){0, 0, 60, 30});
}
END_TEST

START_TEST(soft_nms_lowers_scores)
{
    struct hand hand;
    init_hand(&hand, _i);
    hand.rois[0] = (struct det_box){0, 0, 60, 30};
    hand.rois[1] = (struct det_box){0, 0, 45, 30};
    hand.scores[0][hand.system->first] = 0.6f;
    hand.scores[1][hand.system->first] = 0.4f;
    ck_assert_int_eq(select_hand(&hand, 2).count, 1);
    hand.config.suppression = DET_SUPPRESSION_LINEAR;
    const struct outcome out = select_hand(&hand, 2);
    ck_assert_int_eq(out.count, 2);
    ck_assert_float_eq_tol(out.scores[1], 0.1f, 1e-6f);
    hand.config.score_threshold = 0.11f;
    ck_assert_int_eq(select_hand(&hand, 2).count, 1);
}
END_TEST

/* Equal scores: RoI by RoI, class by class. */
START_TEST(ties_and_the_limit)
{
    struct hand hand;
    init_hand(&hand, _i);
    for (int roi = 0; roi < 2; roi++) {
        hand.scores[roi][hand.system->first] = 0.25f;
        hand.scores[roi][hand.system->second] = 0.25f;
    }
    hand.config.max_detections = 3;
    const struct outcome out = select_hand(&hand, 2);
    ck_assert_int_eq(out.count, 3);
    const int32_t labels[] = {hand.system->first, hand.system->second,
                              hand.system->first};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(out.labels[i], labels[i]);
        ck_assert(out.boxes[i].x1 == (i < 2 ? 10.0f : 60.0f));
    }
}
END_TEST

/* py-faster-rcnn: sides are x2 - x1 + 1, deltas are taken as they are, and
 * whatever scores as the last detection stays. */
START_TEST(caffe_rules)
{
    struct hand hand;
    init_hand(&hand, 3);
    for (int roi = 0; roi < 2; roi++) {
        hand.scores[roi][1] = 0.25f;
        hand.scores[roi][2] = 0.25f;
    }
    hand.scores[0][2] = 0.3f;
    delta_of(&hand, 1, 2)[2] = 5; /* 41 exp(5) pixels */
    hand.config.max_detections = 2;
    struct outcome out = select_hand(&hand, 2);
    ck_assert_int_eq(out.count, 4);
    ck_assert_int_eq(out.labels[0], 2);
    check_box(0, out.boxes[0], (const float[]){10, 10, 31, 51});
    check_box(2, out.boxes[2], (const float[]){60, 20, 101, 41});
    check_box(3, out.boxes[3], (const float[]){0, 20, 125, 41});
    hand.config.max_detections = 1;
    ck_assert_int_eq(select_hand(&hand, 2).count, 1);

    /* RoIs that become 0..10 and 0..4 by 0..10: (5 / 11) of it. */
    hand.rois[0] = (struct det_box){0, 0, 9, 9};
    hand.rois[1] = (struct det_box){0, 0, 3, 9};
    delta_of(&hand, 1, 2)[2] = 0;
    hand.config.max_detections = 100;
    hand.config.nms_threshold = 0.454;
    ck_assert_int_eq(select_hand(&hand, 2).count, 2);
    hand.config.nms_threshold = 0.455;
    ck_assert_int_eq(select_hand(&hand, 2).count, 4);
}
END_TEST

START_TEST(not_finite)
{
    struct hand hand;
    init_hand(&hand, _i);
    hand.scores[0][hand.system->first] = NAN;
    hand.scores[0][hand.system->second] = NAN;
    hand.scores[1][hand.system->first] = 0.5f;
    delta_of(&hand, 1, hand.system->first)[3] = NAN;
    ck_assert_int_eq(select_hand(&hand, 2).count, 0);
}
END_TEST

START_TEST(too_many_pairs)
{
    struct planned_run run;
    struct hand hand;
    struct det_detections found;
    init_hand(&hand, _i);
    hand.config.reading.classes.num_scores = 65536;
    const struct det_box_predictions predictions =
        predictions_of(&hand.config, NULL, NULL, NULL, 32768, 32768);
    planned_run_plan(&run);
    ck_assert_int_eq(det_detections_select(&run.compute, &found, &hand.config,
                                           &predictions, image),
                     DET_ERROR_LIMIT);
}
END_TEST

START_TEST(no_rois)
{
    struct hand hand;
    init_hand(&hand, _i);
    hand.scores[0][hand.system->first] = 0.5f;
    ck_assert_int_eq(select_hand(&hand, 0).count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("box_detections");
    TCase *golden = tcase_create("golden");
    tcase_add_loop_test(golden, as_the_references, 0,
                        sizeof golden_cases / sizeof golden_cases[0]);
    suite_add_tcase(suite, golden);
    TCase *hand = tcase_create("by hand");
    const TTest *const tests[] = {preset_values,
                                  threshold_is_exclusive,
                                  background_is_no_detection,
                                  deltas_of_the_class,
                                  growth_is_limited_and_clipped,
                                  small_boxes,
                                  nms_within_a_class,
                                  nms_threshold_is_exclusive,
                                  nms_across_classes,
                                  kept_boxes_are_voted_on,
                                  soft_nms_lowers_scores,
                                  ties_and_the_limit,
                                  not_finite,
                                  too_many_pairs,
                                  no_rois};
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_loop_test(hand, tests[i], 0, 2);
    tcase_add_test(hand, caffe_rules);
    tcase_add_test(hand, deltas_without_the_background);
    suite_add_tcase(suite, hand);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#define GOLDEN_PROPOSALS
#include "detector/settings.h"
#include "tests/golden/detectron2_golden.h"
#include "tests/golden/geometry_inputs.h"
#include "tests/planned_run.h"

static const struct det_extent image = {125, 93}; /* of 128 x 96 padded */

/* ------------------------------------------------------------------- inputs */

static float *random_floats(struct random_numbers *random, size_t count,
                            float low, float high)
{
    float *values = malloc(count * sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (size_t i = 0; i < count; i++)
        values[i] = random_uniform(random, low, high);
    return values;
}

static struct det_tensor map_of(float *data, int32_t h, int32_t w, int32_t c)
{
    return (struct det_tensor){
        .data = data, .n = 1, .h = h, .w = w, .c = c, .capacity = 1};
}

struct inputs {
    int count;
    struct det_cell_anchors anchors[DET_MAX_LEVELS];
    struct det_proposal_level levels[DET_MAX_LEVELS];
};

static void init_level(struct inputs *inputs, int level,
                       const struct det_preset *preset, bool pyramid,
                       struct random_numbers *random, float low, float high)
{
    static const int32_t sides[][2] = {
        {24, 32}, {12, 16}, {6, 8}, {3, 4}, {2, 2}};
    const int32_t h = pyramid ? sides[level][0] : 6;
    const int32_t w = pyramid ? sides[level][1] : 8;
    const struct det_anchor_config config = {
        .num_sizes = pyramid ? 1 : 5,
        .sizes = {(float)(32 << level), 64, 128, 256, 512},
        .num_ratios = 3,
        .ratios = {0.5f, 1, 2},
        .rule = preset->anchor_rule};
    struct det_cell_anchors *anchors = &inputs->anchors[level];
    struct det_proposal_level *out = &inputs->levels[level];
    det_cell_anchors_init(anchors, &config, preset->anchor_order);
    const int32_t stride = pyramid ? 4 << level : 16;
    const size_t count = (size_t)h * (size_t)w * (size_t)anchors->count;
    out->anchors = anchors;
    out->stride = preset->anchor_stride == DET_STRIDE_OF_LEVEL
                      ? (struct det_anchor_stride){stride, stride}
                      : (struct det_anchor_stride){96 / h, 128 / w};
    out->output.logits =
        map_of(random_floats(random, count, low, high), h, w, anchors->count);
    out->output.deltas = map_of(random_floats(random, 4 * count, -1, 1), h, w,
                                4 * anchors->count);
}

static void free_inputs(struct inputs *inputs)
{
    for (int i = 0; i < inputs->count; i++) {
        free(inputs->levels[i].output.logits.data);
        free(inputs->levels[i].output.deltas.data);
    }
}

static struct det_proposal_config config_of(const char *preset, bool pyramid)
{
    struct det_settings settings;
    const struct det_network network = {
        .backbone.kind = pyramid ? DET_BACKBONE_FPN : DET_BACKBONE_C4};
    det_settings_init(&settings, det_preset_find(preset), &network);
    return settings.proposals;
}

/* ------------------------------------------------------------------ running */

enum { MAX_OUT = 40 };

struct outcome {
    int32_t count;
    struct det_box boxes[MAX_OUT];
};

static void select_once(struct planned_run *run, struct det_proposals *out,
                        const struct det_proposal_config *config,
                        const struct inputs *inputs)
{
    planned_run_check(run, det_proposals_select(&run->compute, out, config,
                                                inputs->levels, inputs->count,
                                                image));
    ck_assert_int_eq(out->capacity, config->post_nms);
}

static struct outcome select_all(const struct det_proposal_config *config,
                                 const struct inputs *inputs)
{
    struct planned_run run;
    struct det_proposals proposals;
    struct outcome out;
    planned_run_plan(&run);
    select_once(&run, &proposals, config, inputs);
    det_proposals_give(&run.compute, &proposals);
    planned_run_begin(&run);
    select_once(&run, &proposals, config, inputs);
    ck_assert_int_le(proposals.count, MAX_OUT);
    out.count = proposals.count;
    for (int32_t i = 0; i < out.count; i++)
        out.boxes[i] = proposals.boxes[i];
    det_proposals_give(&run.compute, &proposals);
    planned_run_end(&run);
    return out;
}

static void check_boxes(const char *what, const struct outcome *actual,
                        const float *expected, size_t numbers)
{
    ck_assert_msg(actual->count == (int32_t)(numbers / 4),
                  "%s: %d proposals, expected %zu", what, actual->count,
                  numbers / 4);
    for (int32_t i = 0; i < actual->count; i++) {
        const struct det_box *box = &actual->boxes[i];
        const float values[4] = {box->x1, box->y1, box->x2, box->y2};
        for (int j = 0; j < 4; j++)
            ck_assert_msg(fabsf(values[j] - expected[4 * i + j]) <= 1e-4f,
                          "%s, proposal %d: coordinate %d is %.9g, expected "
                          "%.9g",
                          what, i, j, (double)values[j],
                          (double)expected[4 * i + j]);
    }
}

struct golden_case {
    const char *preset;
    bool pyramid;
    uint32_t seed;
    float low, high; /* logits */
    int32_t pre_nms, post_nms;
    const float *expected;
    size_t numbers;
};

#define EXPECTED(name) name, sizeof name / sizeof name[0]

static const struct golden_case golden_cases[] = {
    {"torchvision", true, 21, -4, 4, 40, 30,
     EXPECTED(golden_proposals_torchvision_plain)},
    {"torchvision-double", true, 21, -4, 4, 40, 30,
     EXPECTED(golden_proposals_torchvision_plain)},
    {"detectron2", true, 21, -4, 4, 40, 30,
     EXPECTED(golden_proposals_detectron2_plain)},
    /* Most of these logits have a sigmoid of 1: torchvision, which ranks by
     * it, orders them by level; Detectron2 ranks by the logit. */
    {"torchvision", true, 22, 14, 24, 40, 30,
     EXPECTED(golden_proposals_torchvision_high)},
    {"detectron2", true, 22, 14, 24, 40, 30,
     EXPECTED(golden_proposals_detectron2_high)},
    {"torchvision", false, 23, -4, 4, 150, 20,
     EXPECTED(golden_proposals_torchvision_single)},
    {"detectron2", false, 23, -4, 4, 150, 20,
     EXPECTED(golden_proposals_detectron2_single)},
};

START_TEST(as_the_references)
{
    const struct golden_case *c = &golden_cases[_i];
    struct random_numbers random = {c->seed};
    struct inputs inputs = {.count = c->pyramid ? 5 : 1};
    for (int i = 0; i < inputs.count; i++)
        init_level(&inputs, i, det_preset_find(c->preset), c->pyramid, &random,
                   c->low, c->high);
    struct det_proposal_config config = config_of(c->preset, c->pyramid);
    config.pre_nms = c->pre_nms;
    config.post_nms = c->post_nms;
    const struct outcome out = select_all(&config, &inputs);
    check_boxes(c->preset, &out, c->expected, c->numbers);
    free_inputs(&inputs);
}
END_TEST

/* ------------------------------------------------------------------ by hand */

enum { PLACES = 4 };

/* One level of 1 x 4 places with one anchor of 16 x 16, 40 pixels apart, so
 * that none overlaps another. */
struct row {
    float logits[PLACES];
    float deltas[PLACES][4];
    struct inputs inputs;
};

static void init_row(struct row *row)
{
    const struct det_anchor_config config = {
        .num_sizes = 1, .sizes = {16}, .num_ratios = 1, .ratios = {1}};
    *row = (struct row){.inputs.count = 1};
    det_cell_anchors_init(&row->inputs.anchors[0], &config,
                          DET_ANCHORS_BY_SIZE);
    row->inputs.levels[0] = (struct det_proposal_level){
        .anchors = &row->inputs.anchors[0],
        .stride = {40, 40},
        .output = {map_of(row->logits, 1, PLACES, 1),
                   map_of(&row->deltas[0][0], 1, PLACES, 4)}};
}

static const char *const presets[] = {"torchvision", "detectron2"};

START_TEST(ties_keep_their_order)
{
    struct row row;
    init_row(&row);
    const struct det_proposal_config config = config_of(presets[_i], true);
    const struct outcome out = select_all(&config, &row.inputs);
    const float expected[] = {0,  0, 8,  8, 32,  0, 48,  8,
                              72, 0, 88, 8, 112, 0, 125, 8};
    check_boxes("ties", &out, EXPECTED(expected));
}
END_TEST

START_TEST(best_first_and_limits)
{
    struct row row;
    init_row(&row);
    const float logits[] = {-1, 2, 1, 3};
    for (int i = 0; i < PLACES; i++)
        row.logits[i] = logits[i];
    struct det_proposal_config config = config_of(presets[_i], true);
    const float expected[] = {112, 0, 125, 8, 32, 0, 48, 8,
                              72,  0, 88,  8, 0,  0, 8,  8};
    struct outcome out = select_all(&config, &row.inputs);
    check_boxes("all", &out, expected, 16);
    config.pre_nms = 3;
    out = select_all(&config, &row.inputs);
    check_boxes("best 3 before NMS", &out, expected, 12);
    config.post_nms = 1;
    out = select_all(&config, &row.inputs);
    check_boxes("best 1 after NMS", &out, expected, 4);
}
END_TEST

/* Neither system may crash; Detectron2 drops what is not finite. */
START_TEST(not_finite)
{
    struct row row;
    init_row(&row);
    const struct det_proposal_config config = config_of(presets[_i], true);
    row.logits[0] = NAN;
    row.deltas[1][_i] = NAN;
    row.deltas[2][2] = 1e30f; /* limited: 62.5 times as wide */
    row.deltas[3][0] = -INFINITY;
    const struct outcome out = select_all(&config, &row.inputs);
    const float expected[] = {0, 0, 125, 8};
    check_boxes("finite", &out, EXPECTED(expected));
}
END_TEST

START_TEST(nothing_is_left)
{
    struct row row;
    init_row(&row);
    const struct det_proposal_config config = config_of(presets[_i], true);
    for (int i = 0; i < PLACES; i++)
        row.deltas[i][1] = -10; /* above the image */
    const struct outcome out = select_all(&config, &row.inputs);
    ck_assert_int_eq(out.count, 0);
}
END_TEST

START_TEST(one_anchor)
{
    struct row row;
    init_row(&row);
    row.inputs.levels[0].output.logits.w = 1;
    row.inputs.levels[0].output.deltas.w = 1;
    const struct det_proposal_config config = config_of(presets[_i], true);
    const struct outcome out = select_all(&config, &row.inputs);
    const float expected[] = {0, 0, 8, 8};
    check_boxes("one", &out, EXPECTED(expected));
}
END_TEST

START_TEST(no_anchor)
{
    struct row row;
    init_row(&row);
    row.inputs.levels[0].output.logits.h = 0;
    row.inputs.levels[0].output.deltas.h = 0;
    const struct det_proposal_config config = config_of(presets[_i], true);
    const struct outcome out = select_all(&config, &row.inputs);
    ck_assert_int_eq(out.count, 0);
}
END_TEST

/* torchvision keeps sides of 1e-3 and more, Detectron2 all above 0. */
START_TEST(least_size)
{
    struct row row;
    init_row(&row);
    const float least = 1e-3f;
    row.deltas[0][0] = -0.5f + least / 32; /* x2 = 0.0005 after clipping */
    row.deltas[1][0] = -3.0f;              /* x2 = 0 */
    row.deltas[2][1] = 0.5f;               /* 0 to 16 */
    row.deltas[3][1] = -0.5f + 3 * least / 32;
    const struct det_proposal_config config = config_of(presets[_i], true);
    const struct outcome out = select_all(&config, &row.inputs);
    const float tv[] = {72, 0, 88, 16, 112, 0, 125, 0.0015f};
    const float d2[] = {0, 0, 0.0005f, 8, 72, 0, 88, 16, 112, 0, 125, 0.0015f};
    if (_i == 0)
        check_boxes("torchvision", &out, EXPECTED(tv));
    else
        check_boxes("detectron2", &out, EXPECTED(d2));
}
END_TEST

/* py-faster-rcnn: an anchor from -8 to 8 has 17 pixels and becomes one from -8
 * to 9; after clipping 10 rows are left.  Boxes that are too small do not take
 * the places of others. */
START_TEST(caffe_filters_first)
{
    static const float logits[] = {3, 2, 1, 0};
    struct row row;
    init_row(&row);
    for (int i = 0; i < PLACES; i++)
        row.logits[i] = logits[i];
    row.deltas[0][3] = -3; /* 17 exp(-3) and 1 rows */
    struct det_proposal_config config = config_of("caffe", false);
    ck_assert_int_eq(config.pre_nms, 6000);
    config.pre_nms = 2;
    config.min_size = 10;
    const float expected[] = {32, 0, 49, 9, 72, 0, 89, 9};
    struct outcome out = select_all(&config, &row.inputs);
    check_boxes("filtered first", &out, expected, 8);
    config.filters_first = false;
    out = select_all(&config, &row.inputs);
    check_boxes("filtered last", &out, expected, 4);
    config.filters_first = true;
    config.min_size = 10.001f;
    out = select_all(&config, &row.inputs);
    ck_assert_int_eq(out.count, 0);
}
END_TEST

/* The same box twice: suppressed within a level, not between levels. */
START_TEST(levels_are_apart)
{
    struct row row;
    init_row(&row);
    row.deltas[1][0] = -2.5f; /* onto the first */
    row.logits[1] = -1;
    row.inputs.levels[1] = row.inputs.levels[0];
    row.inputs.count = 2;
    const struct det_proposal_config config = config_of(presets[_i], true);
    const struct outcome out = select_all(&config, &row.inputs);
    const float expected[] = {0, 0, 8, 8, 72, 0, 88, 8, 112, 0, 125, 8,
                              0, 0, 8, 8, 72, 0, 88, 8, 112, 0, 125, 8};
    check_boxes("two levels", &out, EXPECTED(expected));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("proposals");
    TCase *golden = tcase_create("golden");
    tcase_add_loop_test(golden, as_the_references, 0,
                        sizeof golden_cases / sizeof golden_cases[0]);
    suite_add_tcase(suite, golden);
    TCase *hand = tcase_create("by hand");
    const TTest *const tests[] = {ties_keep_their_order,
                                  best_first_and_limits,
                                  not_finite,
                                  nothing_is_left,
                                  one_anchor,
                                  no_anchor,
                                  least_size,
                                  levels_are_apart};
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_loop_test(hand, tests[i], 0, 2);
    tcase_add_test(hand, caffe_filters_first);
    suite_add_tcase(suite, hand);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/class_candidates.h"
#include "tests/ops_harness.h"
#include "tests/planned_run.h"

enum { RANDOM_CASES = 200, TIMEOUT = 600 /* seconds */ };

struct class_case {
    const char *name;
    int32_t rois, spare; /* RoIs, and room for more of them */
    int32_t scores, background, delta_classes;
    float threshold, min_size;
    bool caffe; /* sides are counted with 1 more */
    /* Of every so many: NaN, infinite numbers; 0: none. */
    int32_t strange_every;
    int32_t peaks; /* exclusive: so many columns have equal shares of 1; 0: they
                      are random numbers */
    int32_t room;  /* for each RoI; 0: all columns */
};

/* Each RoI's begin at another column. */
static void share_one(struct det_class_candidates *op, int32_t peaks)
{
    const int32_t columns = op->scores.c;
    for (int32_t r = 0; r < op->scores.n; r++)
        for (int32_t k = 0; k < columns; k++)
            op->scores.data[r * columns + (r + k) % columns] =
                k < peaks ? 1.0f / (float)peaks : 0.0f;
    op->exclusive = true;
}

static void make_strange(float *values, int64_t count, int32_t every)
{
    static const float strange[] = {NAN, INFINITY, -INFINITY};
    for (int64_t i = 0; every > 0 && i < count; i += every)
        values[i] = strange[i % 3];
}

/* Scores are multiples of 1/8, so that some are at a threshold. */
static struct det_class_candidates op_of(const struct class_case *c,
                                         struct det_random *random)
{
    struct det_class_candidates op = {
        .scores = det_random_tensor(random, c->rois, 1, 1, c->scores),
        .deltas =
            det_random_tensor(random, c->rois, 1, 1, 4 * c->delta_classes),
        .reading = {.classes = {c->scores, c->background, c->delta_classes},
                    .coder = {.weights = {10, 10, 5, 5},
                              .size_limit = DET_DELTA_SIZE_LIMIT}},
        .score_threshold = c->threshold,
        .min_size = c->min_size,
        .extent = {200, 150}};
    struct det_box *rois =
        malloc(((size_t)c->rois + 1) * sizeof(struct det_box));
    ck_assert_ptr_nonnull(rois);
    for (int64_t i = 0; i < det_tensor_count(&op.scores); i++)
        op.scores.data[i] = rintf(8 * op.scores.data[i]) / 8;
    for (int64_t i = 0; i < det_tensor_count(&op.deltas); i++)
        op.deltas.data[i] *= 9;
    if (c->peaks > 0)
        share_one(&op, c->peaks);
    make_strange(op.scores.data, det_tensor_count(&op.scores),
                 c->strange_every);
    make_strange(op.deltas.data, det_tensor_count(&op.deltas),
                 5 * c->strange_every);
    for (int32_t r = 0; r < c->rois; r++) {
        const float x = 200 * det_random_float(random);
        const float y = 150 * det_random_float(random);
        rois[r] = (struct det_box){x, y, x + 50, y + 40};
    }
    op.rois = rois;
    op.scores.capacity = op.deltas.capacity = c->rois + c->spare;
    if (c->caffe)
        op.reading.coder.counting = DET_BOX_INCLUSIVE;
    return op;
}

/* Where the deltas of a column are; -1: of the background's. */
static int32_t delta_row(const struct class_case *c, int32_t label)
{
    if (label == c->background)
        return -1;
    if (c->delta_classes == 1)
        return 0;
    return c->delta_classes == c->scores || label < c->background ? label
                                                                  : label - 1;
}

static void check_one(const char *name, const struct det_candidates *out,
                      int32_t at, int32_t roi, int32_t label, float score,
                      struct det_box box)
{
    ck_assert_msg(at < *out->count, "%s: only %d candidates", name,
                  *out->count);
    ck_assert_msg(out->places[at] == roi && out->groups[at] == label,
                  "%s: number %d is class %d of RoI %d, not %d of %d", name, at,
                  out->groups[at], out->places[at], label, roi);
    ck_assert_msg(out->scores[at] == score &&
                      memcmp(&out->boxes[at], &box, sizeof box) == 0,
                  "%s: class %d of RoI %d is another box", name, label, roi);
}

static void compare(const struct class_case *c,
                    const struct det_class_candidates *op)
{
    int32_t at = 0;
    for (int32_t i = 0; i < c->rois * c->scores; i++) {
        const int32_t roi = i / c->scores, label = i % c->scores;
        const int32_t row = delta_row(c, label);
        const float score = op->scores.data[i];
        if (row < 0 || !(score > c->threshold))
            continue;
        const float *d = op->deltas.data + 4 * (roi * c->delta_classes + row);
        const struct det_box decoded =
            det_delta_decode(&op->reading.coder, op->rois[roi],
                             (struct det_delta){d[0], d[1], d[2], d[3]});
        const struct det_box box = det_box_clip(decoded, op->extent);
        if (det_box_is_finite(decoded) && box.x2 - box.x1 >= c->min_size &&
            box.y2 - box.y1 >= c->min_size)
            check_one(c->name, &op->out, at++, roi, label, score, box);
    }
    ck_assert_msg(*op->out.count == at, "%s: %d candidates, expected %d",
                  c->name, *op->out.count, at);
}

static void free_op(struct det_class_candidates *op)
{
    struct det_box *rois;
    memcpy(&rois, &op->rois, sizeof rois);
    free(rois);
    free(op->scores.data);
    free(op->deltas.data);
}

static void check_case(const struct class_case *c, struct det_random *random)
{
    struct planned_run run;
    struct det_class_candidates op = op_of(c, random);
    planned_run_plan(&run);
    planned_run_check(&run, det_class_candidates(&run.compute, &op));
    ck_assert_int_eq(op.out.capacity,
                     (c->rois + c->spare) * (c->room ? c->room : c->scores));
    det_candidates_give(&run.compute, &op.out);
    planned_run_begin(&run);
    planned_run_check(&run, det_class_candidates(&run.compute, &op));
    compare(c, &op);
    det_candidates_give(&run.compute, &op.out);
    planned_run_end(&run);
    free_op(&op);
}

static const struct class_case cases[] = {
    {"torchvision", 100, 0, 21, 0, 21, 0.5f, .min_size = 0.01f},
    {"Detectron2", 100, 3, 21, 20, 20, 0.5f, .min_size = 0},
    {"one box for all classes", 100, 0, 21, 20, 1, 0.5f, .min_size = 0},
    {"no background's box in front", 100, 0, 21, 0, 20, 0.5f, .min_size = 0},
    {"Caffe", 100, 0, 21, 0, 21, 0.5f, .min_size = 0, .caffe = true},
    {"no RoI", 0, 5, 21, 0, 21, 0.5f, .min_size = 0.01f},
    {"no room", 0, 0, 21, 0, 21, 0.5f, .min_size = 0.01f},
    {"one RoI", 1, 0, 3, 0, 3, -1, .min_size = 0},
    {"all of them", 60, 0, 81, 0, 81, -2, .min_size = -1000},
    {"none of them", 60, 0, 81, 0, 81, 1, .min_size = 0},
    {"all too small", 60, 0, 81, 0, 81, 0, .min_size = 1000},
    {"strange numbers", 90, 0, 21, 0, 21, 0.25f, .min_size = 0.01f,
     .strange_every = 3},
    {"nothing but those", 9, 0, 21, 0, 21, 0.25f, .min_size = 0.01f,
     .strange_every = 1},
    {"19 classes of a RoI", 70, 3, 91, 90, 90, 0.05f, .min_size = -1000,
     .peaks = 19, .room = 20},
    {"two of a RoI", 70, 3, 91, 90, 90, 0.5f, .min_size = -1000, .peaks = 1,
     .room = 2},
    {"all classes are few enough", 70, 0, 18, 17, 17, 0.05f, .min_size = 0,
     .peaks = 17},
    {"no threshold", 20, 0, 91, 90, 90, 0, .min_size = -1000, .peaks = 91},
};

START_TEST(listed)
{
    struct det_random random = {(uint64_t)_i};
    check_case(&cases[_i], &random);
}
END_TEST

START_TEST(any)
{
    struct det_random random = {31};
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct class_case c = {.name = "random",
                               .rois = det_random_int(&random, 0, 70),
                               .spare = det_random_int(&random, 0, 9),
                               .scores = det_random_int(&random, 2, 40)};
        const int32_t layouts[] = {c.scores, c.scores - 1, 1};
        c.background = det_random_bool(&random) ? 0 : c.scores - 1;
        c.delta_classes = det_random_choice(&random, layouts, 3);
        c.threshold = rintf(8 * det_random_float(&random)) / 8;
        c.min_size = 20 * det_random_float(&random);
        c.caffe = det_random_bool(&random);
        c.strange_every = det_random_bool(&random) ? 7 : 0;
        check_case(&c, &random);
    }
}
END_TEST

/* Scores that do not add up to 1 after all: the first ones. */
START_TEST(as_many_as_there_is_room_for)
{
    static const struct class_case c = {
        "too many",        30,         0,        91, 0, 91, 0.5f,
        .min_size = -1000, .peaks = 1, .room = 2};
    struct det_random random = {9};
    struct planned_run run;
    struct det_class_candidates op = op_of(&c, &random);
    for (int64_t i = 0; i < det_tensor_count(&op.scores); i++)
        op.scores.data[i] = 0.75f;
    planned_run_plan(&run);
    planned_run_check(&run, det_class_candidates(&run.compute, &op));
    det_candidates_give(&run.compute, &op.out);
    planned_run_begin(&run);
    planned_run_check(&run, det_class_candidates(&run.compute, &op));
    ck_assert_int_eq(*op.out.count, 60);
    for (int32_t i = 0; i < 60; i++) {
        ck_assert_int_eq(op.out.places[i], 0);
        ck_assert_int_eq(op.out.groups[i], i + 1);
    }
    det_candidates_give(&run.compute, &op.out);
    planned_run_end(&run);
    free_op(&op);
}
END_TEST

START_TEST(refused)
{
    struct det_random random = {3};
    struct planned_run run;
    struct det_class_candidates op = op_of(&cases[0], &random), wrong;
    planned_run_plan(&run);
    wrong = op;
    wrong.reading.classes.num_scores = 20;
    ck_assert_int_eq(det_class_candidates(&run.compute, &wrong),
                     DET_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(run.message.text, "for 20 scores"));
    wrong = op;
    wrong.deltas.n = 99;
    ck_assert_int_eq(det_class_candidates(&run.compute, &wrong),
                     DET_ERROR_ARGUMENT);
    wrong = op;
    wrong.scores.capacity = INT32_MAX / 21 + 1;
    ck_assert_int_eq(det_class_candidates(&run.compute, &wrong),
                     DET_ERROR_LIMIT);
    free_op(&op);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_class_candidates");
    TCase *tcase = tcase_create("class_candidates");
    tcase_set_timeout(tcase, TIMEOUT);
    tcase_add_loop_test(tcase, listed, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tcase, any);
    tcase_add_test(tcase, as_many_as_there_is_room_for);
    tcase_add_test(tcase, refused);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

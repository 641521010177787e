/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/engine.h"
#include "compute/nms.h"
#include "tests/ops_harness.h"
#include "tests/planned_run.h"

enum { RANDOM_CASES = 200, TIMEOUT = 600 /* seconds */ };

struct nms_case {
    const char *name;
    int32_t count, spare; /* candidates, and room for more of them */
    int32_t groups;
    int32_t levels; /* scores are multiples of 1 / levels */
    float extent, side;
    bool across_groups;
    struct det_nms_options options;
    /* Of every so many boxes: NaN, infinite scores; 0: of none. */
    int32_t nan_every, infinite_every;
};

/* Boxes of the host. */
struct list {
    void *block;
    struct det_candidates of;
};

static struct list make_list(int32_t capacity)
{
    struct list list = {malloc(det_candidates_size(capacity)), {0}};
    ck_assert_ptr_nonnull(list.block);
    memset(list.block, 0xA5, det_candidates_size(capacity));
    det_candidates_place(&list.of, list.block, capacity);
    return list;
}

static float unit(struct det_random *random)
{
    return 0.5f + 0.5f * det_random_float(random);
}

static struct list random_list(const struct nms_case *c,
                               struct det_random *random)
{
    struct list list = make_list(c->count + c->spare);
    struct det_candidates *in = &list.of;
    *in->count = c->count;
    for (int32_t i = 0; i < c->count; i++) {
        const float x = unit(random) * c->extent, y = unit(random) * c->extent;
        in->boxes[i] = (struct det_box){x, y, x + unit(random) * c->side,
                                        y + unit(random) * c->side};
        in->scores[i] = (float)det_random_int(random, -c->levels, c->levels) /
                        (float)c->levels;
        if (c->nan_every && i % c->nan_every == 0)
            in->scores[i] = NAN;
        if (c->infinite_every && i % c->infinite_every == 1)
            in->scores[i] = i % 2 ? INFINITY : -INFINITY;
        in->groups[i] = det_random_int(random, 0, c->groups - 1);
        in->places[i] = 3 * i;
    }
    return list;
}

/* ---------------------------------------------------------------- reference */

static const float *sorted_by; /* of qsort */

/* NaN last, equal ones by index. */
static int order(const void *a, const void *b)
{
    const int32_t i = *(const int32_t *)a, j = *(const int32_t *)b;
    const float x = sorted_by[i], y = sorted_by[j];
    if (isnan(x) != isnan(y))
        return isnan(x) ? 1 : -1;
    if (!isnan(x) && x != y)
        return x > y ? -1 : 1;
    return i < j ? -1 : 1;
}

static bool offsets(const struct nms_case *c)
{
    if (c->across_groups)
        return false;
    return c->options.batching == DET_NMS_OFFSET ||
           (c->options.batching == DET_NMS_LIKE_TORCHVISION &&
            c->count <= 1000);
}

static float highest(const struct det_candidates *in)
{
    const float *values = &in->boxes[0].x1;
    float most = -INFINITY;
    for (int32_t i = 0; i < 4 * *in->count; i++)
        most = values[i] > most ? values[i] : most;
    return most;
}

static struct det_box moved(struct det_box b, float by)
{
    return (struct det_box){b.x1 + by, b.y1 + by, b.x2 + by, b.y2 + by};
}

static float overlap(struct det_box a, struct det_box b, float longer)
{
    const float w = fminf(a.x2, b.x2) - fmaxf(a.x1, b.x1) + longer;
    const float h = fminf(a.y2, b.y2) - fmaxf(a.y1, b.y1) + longer;
    const float inter = fmaxf(0, w) * fmaxf(0, h);
    const float areas = (a.x2 - a.x1 + longer) * (a.y2 - a.y1 + longer) +
                        (b.x2 - b.x1 + longer) * (b.y2 - b.y1 + longer);
    return inter / (areas - inter);
}

/* One after the other, each against all that were kept. */
static int32_t reference(int32_t *keep, const struct nms_case *c,
                         const struct det_candidates *in)
{
    const float step = offsets(c) ? highest(in) + 1 : 0;
    const size_t limit = c->options.limit;
    int32_t *ranks = malloc(((size_t)c->count + 1) * sizeof *ranks);
    struct det_box *boxes = malloc(((size_t)c->count + 1) * sizeof *boxes);
    int32_t kept = 0;
    for (int32_t i = 0; i < c->count; i++) {
        ranks[i] = i;
        boxes[i] = moved(in->boxes[i], (float)in->groups[i] * step);
    }
    sorted_by = in->scores;
    qsort(ranks, (size_t)c->count, sizeof *ranks, order);
    for (int32_t r = 0; r < c->count; r++) {
        const int32_t i = ranks[r];
        bool gone = limit > 0 && (size_t)kept >= limit &&
                    !(c->options.limit_keeps_ties &&
                      in->scores[i] >= in->scores[keep[limit - 1]]);
        for (int32_t k = 0; k < kept && !gone; k++)
            gone = (c->across_groups || offsets(c) ||
                    in->groups[i] == in->groups[keep[k]]) &&
                   (double)overlap(boxes[keep[k]], boxes[i],
                                   (float)c->options.counting) >
                       c->options.iou_threshold;
        if (!gone)
            keep[kept++] = i;
    }
    free(ranks);
    free(boxes);
    return kept;
}

static void compare(const struct nms_case *c, const struct det_candidates *in,
                    const struct det_candidates *out)
{
    int32_t *keep = malloc(((size_t)c->count + 1) * sizeof *keep);
    const int32_t kept = reference(keep, c, in);
    ck_assert_msg(*out->count == kept, "%s: %d kept, expected %d", c->name,
                  *out->count, kept);
    for (int32_t i = 0; i < kept; i++) {
        const int32_t k = keep[i];
        ck_assert_msg(
            out->places[i] == in->places[k] &&
                out->groups[i] == in->groups[k] &&
                memcmp(&out->scores[i], &in->scores[k], sizeof *in->scores) ==
                    0 &&
                memcmp(&out->boxes[i], &in->boxes[k], sizeof *in->boxes) == 0,
            "%s: number %d is candidate %d, expected %d", c->name, i,
            out->places[i] / 3, k);
    }
    free(keep);
}

/* ------------------------------------------------------------------ running */

static struct det_candidates_nms op_of(const struct nms_case *c,
                                       const struct det_candidates *in)
{
    return (struct det_candidates_nms){
        .in = *in, .across_groups = c->across_groups, .options = c->options};
}

static void check_list(const struct nms_case *c, const struct list *list)
{
    struct planned_run run;
    struct det_candidates_nms op = op_of(c, &list->of);
    planned_run_plan(&run);
    planned_run_check(&run, det_candidates_nms(&run.compute, &op));
    det_candidates_give(&run.compute, &op.out);
    planned_run_begin(&run);
    planned_run_check(&run, det_candidates_nms(&run.compute, &op));
    compare(c, &list->of, &op.out);
    det_candidates_give(&run.compute, &op.out);
    planned_run_end(&run);
}

static void check_case(const struct nms_case *c, struct det_random *random)
{
    const struct list list = random_list(c, random);
    check_list(c, &list);
    free(list.block);
}

#define BOXES .levels = 100, .extent = 100, .side = 40, .groups = 3
#define IOU .iou_threshold = 0.5

static const struct nms_case cases[] = {
    {"nothing", 0, 0, BOXES, .options = {IOU}},
    {"nothing, with room", 0, 70, BOXES, .options = {IOU, .limit = 3}},
    {"one", 1, 0, BOXES, .options = {IOU}},
    {"one word", 64, 0, BOXES, .options = {IOU}},
    {"one more", 65, 3, BOXES, .options = {IOU}},
    {"fewer than the limit", 20, 0, BOXES, .options = {IOU, .limit = 500}},
    {"the limit", 300, 0, BOXES, .options = {IOU, .limit = 7}},
    {"the limit at a word's end", 300, 0, .levels = 100, .extent = 1e5f,
     .side = 4, .groups = 3, .options = {IOU, .limit = 64}},
    {"ties", 200, 0, .levels = 1, .extent = 300, .side = 40, .groups = 2,
     .options = {IOU, .limit = 50}},
    {"ties with the last are kept", 200, 0, .levels = 2, .extent = 300,
     .side = 40, .groups = 2,
     .options = {IOU, .limit = 20, .limit_keeps_ties = true}},
    {"ties, few", 200, 9, .levels = 20, .extent = 300, .side = 40, .groups = 2,
     .options = {IOU, .limit = 20, .limit_keeps_ties = true,
                 .batching = DET_NMS_PER_CLASS}},
    {"one suppresses all", 500, 0, .levels = 9, .extent = 0, .side = 0,
     .groups = 1,
     .options = {.iou_threshold = 0.5, .counting = DET_BOX_INCLUSIVE}},
    {"empty boxes", 70, 0, .levels = 9, .extent = 5, .side = 0, .groups = 2,
     .options = {IOU}},
    {"NaN", 100, 0, BOXES, .options = {IOU}, .nan_every = 3},
    {"NaN only", 100, 0, BOXES,
     .options = {IOU, .limit = 4, .limit_keeps_ties = true}, .nan_every = 1},
    {"infinite scores", 100, 0, BOXES, .options = {IOU}, .infinite_every = 3},
    {"inclusive", 400, 0, BOXES,
     .options = {IOU, .counting = DET_BOX_INCLUSIVE}},
    {"across groups", 400, 0, BOXES, .across_groups = true, .options = {IOU}},
    {"1000 go by offsets", 1000, 0, .levels = 500, .extent = 900, .side = 90,
     .groups = 5, .options = {.iou_threshold = 0.7, .limit = 300}},
    {"1001 by group", 1001, 500, .levels = 500, .extent = 900, .side = 90,
     .groups = 5, .options = {.iou_threshold = 0.7, .limit = 300}},
    {"offsets", 2500, 0, .levels = 5000, .extent = 900, .side = 90, .groups = 5,
     .options = {IOU, .batching = DET_NMS_OFFSET}},
    {"more than a tile to sort", 4800, 300, .levels = 3000, .extent = 1300,
     .side = 200, .groups = 5,
     .options = {.iou_threshold = 0.7, .limit = 1000}},
    {"more than a chunk", 9000, 0, .levels = 3000, .extent = 2000, .side = 90,
     .groups = 1, .options = {IOU, .limit = 5000}},
    {"full in the first of three", 17000, 0, .levels = 3000, .extent = 4000,
     .side = 90, .groups = 4, .options = {IOU, .limit = 100}},
    {"room for more than a chunk", 30, 9000, BOXES, .options = {IOU}},
};

START_TEST(listed)
{
    struct det_random random = {(uint64_t)_i};
    check_case(&cases[_i], &random);
}
END_TEST

START_TEST(any)
{
    static const int32_t batchings[] = {DET_NMS_LIKE_TORCHVISION,
                                        DET_NMS_OFFSET, DET_NMS_PER_CLASS};
    struct det_random random = {77};
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct nms_case c = {.name = "random",
                             .count = det_random_int(&random, 0, 400),
                             .spare = det_random_int(&random, 0, 40),
                             .groups = det_random_int(&random, 1, 6),
                             .levels = det_random_int(&random, 1, 300),
                             .extent = 50.0f + 300.0f * unit(&random),
                             .side = 60};
        c.across_groups = det_random_bool(&random);
        c.nan_every = det_random_bool(&random) ? 11 : 0;
        c.options.iou_threshold = 0.1 + 0.8 * (double)unit(&random);
        c.options.limit = (size_t)det_random_int(&random, 0, 60);
        c.options.limit_keeps_ties = det_random_bool(&random);
        c.options.batching =
            (enum det_nms_batching)det_random_choice(&random, batchings, 3);
        c.options.counting =
            det_random_bool(&random) ? DET_BOX_INCLUSIVE : DET_BOX_CONTINUOUS;
        check_case(&c, &random);
    }
}
END_TEST

/* ------------------------------------------- as a network runs, with a view */

struct viewed {
    const struct nms_case *c;
    struct list list;
};

static det_status run_viewed(struct det_compute *compute, void *user)
{
    const struct viewed *v = user;
    struct det_candidates in, view;
    const int32_t capacity = v->list.of.capacity;
    DET_TRY(det_candidates_take(compute, &in, capacity));
    if (!det_planning(compute))
        DET_TRY(compute->ops->to_device(compute, in.count, v->list.block,
                                        det_candidates_size(capacity)));
    struct det_candidates_nms op = op_of(v->c, &in);
    DET_TRY(det_candidates_nms(compute, &op));
    det_candidates_give(compute, &in);
    DET_TRY(det_candidates_view_take(compute, &view, &op.out));
    if (!det_planning(compute))
        compare(v->c, &v->list.of, &view);
    det_candidates_view_give(compute, &view);
    det_candidates_give(compute, &op.out);
    return DET_OK;
}

/* Few, which come over with their count, and many, of which the rest comes
 * behind it. */
START_TEST(views)
{
    static const struct nms_case sizes[] = {
        {"few", 900, 100, BOXES, .options = {IOU, .limit = 40}},
        {"many", 6000, 100, .levels = 100, .extent = 4000, .side = 40,
         .groups = 3, .options = {IOU}},
        {"none of many", 0, 6000, BOXES, .options = {IOU}},
        {"few of many", 900, 6000, BOXES,
         .options = {IOU, .limit = 40, .limit_keeps_ties = true}},
        {"as many as come over at once", 4096, 100, .levels = 100,
         .extent = 1e6f, .side = 4, .groups = 3, .options = {IOU}},
        {"one more", 4097, 100, .levels = 100, .extent = 1e6f, .side = 4,
         .groups = 3, .options = {IOU}}};
    struct det_random random = {5};
    struct det_message message = {0};
    struct det_engine engine;
    struct viewed v = {.c = &sizes[_i]};
    const struct det_engine_options options = {
        .device = getenv("DETECT_TEST_DEVICE"), .threads = 1};
    v.list = random_list(v.c, &random);
    ck_assert_msg(det_engine_create(&engine, &options, &message) == DET_OK,
                  "%s", message.text);
    ck_assert_msg(det_engine_run(&engine, run_viewed, &v) == DET_OK, "%s",
                  message.text);
    det_engine_destroy(&engine);
    free(v.list.block);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_nms");
    TCase *tcase = tcase_create("nms");
    tcase_set_timeout(tcase, TIMEOUT);
    tcase_add_loop_test(tcase, listed, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tcase, any);
    tcase_add_loop_test(tcase, views, 0, 6);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

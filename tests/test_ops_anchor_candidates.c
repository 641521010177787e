/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/logistic.h"
#include "compute/anchor_candidates.h"
#include "tests/ops_harness.h"
#include "tests/planned_run.h"

enum { RANDOM_CASES = 100, TIMEOUT = 600 /* seconds */ };

/* What the logits are like. */
enum kind { ANY, TIES, TWO_VALUES, NOT_FINITE, SIMILAR };

struct anchor_case {
    const char *name;
    int levels;
    int32_t side, anchors; /* of the first level; half of it for each other */
    int32_t classes, which;
    int32_t most;
    enum kind kind;
    float min_size;
    bool exclusive, filters_first, by_logit;
    bool caffe; /* sides are counted with 1 more */
};

static float logit_of(enum kind kind, struct det_random *random)
{
    const float value = 8 * det_random_float(random);
    switch (kind) {
    case TIES:
        return -1.5f;
    case TWO_VALUES:
        return det_random_bool(random) ? 0.0f : -0.0f;
    case SIMILAR:
        return 20.0f + (float)det_random_int(random, 0, 40) * 0x1p-18f;
    case NOT_FINITE:
        switch (det_random_int(random, 0, 4)) {
        case 0:
            return NAN;
        case 1:
            return det_random_bool(random) ? INFINITY : -INFINITY;
        default:
            return value;
        }
    case ANY:
        break;
    }
    return value;
}

static void init_level(struct det_anchor_level *level, int index,
                       const struct anchor_case *c, struct det_random *random)
{
    const int32_t side = c->side >> index, step = 4 << index;
    *level = (struct det_anchor_level){
        .first = c->which * c->anchors,
        .anchors = {.count = c->anchors},
        .stride = {step, step + 1},
        .deltas = det_random_tensor(random, 1, side, side,
                                    4 * c->classes * c->anchors)};
    level->logits =
        det_random_tensor(random, 1, side, side, c->classes * c->anchors);
    for (int64_t i = 0; i < det_tensor_count(&level->logits); i++)
        level->logits.data[i] = logit_of(c->kind, random);
    if (c->kind == NOT_FINITE)
        for (int64_t i = 0; i < det_tensor_count(&level->deltas); i += 13)
            level->deltas.data[i] = i % 2 ? NAN : INFINITY;
    for (int32_t a = 0; a < c->anchors; a++) {
        const float w = 8.0f + 5.0f * (float)a, h = 30.0f - (float)a;
        level->anchors.boxes[a] = (struct det_box){-w, -h, w, h};
    }
}

static struct det_anchor_candidates op_of(const struct anchor_case *c,
                                          struct det_random *random)
{
    struct det_anchor_candidates op = {
        .num_levels = c->levels,
        .most = c->most,
        .min_size = c->min_size,
        .min_size_exclusive = c->exclusive,
        .filters_first = c->filters_first,
        .rank_by_logit = c->by_logit,
        .coder = {.weights = {1, 1, 1, 1},
                  .size_limit = c->caffe ? INFINITY : DET_DELTA_SIZE_LIMIT,
                  .counting =
                      c->caffe ? DET_BOX_INCLUSIVE : DET_BOX_CONTINUOUS},
        .extent = {(float)(c->side * 4 - 3), (float)(c->side * 3)}};
    for (int i = 0; i < c->levels; i++)
        init_level(&op.levels[i], i, c, random);
    return op;
}

static void free_levels(struct det_anchor_candidates *op)
{
    for (int i = 0; i < op->num_levels; i++) {
        free(op->levels[i].logits.data);
        free(op->levels[i].deltas.data);
    }
}

/* ---------------------------------------------------------------- reference */

struct anchor {
    float rank, logit;
    int32_t index;
    struct det_box box;
    bool large;
};

static int order(const void *a, const void *b)
{
    const struct anchor *x = a, *y = b;
    if (isnan(x->rank) != isnan(y->rank))
        return isnan(x->rank) ? 1 : -1;
    if (!isnan(x->rank) && x->rank != y->rank)
        return x->rank > y->rank ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

static bool is_large(const struct det_anchor_candidates *op, struct det_box b)
{
    const float longer = op->coder.counting == DET_BOX_INCLUSIVE ? 1 : 0;
    const float w = b.x2 - b.x1 + longer, h = b.y2 - b.y1 + longer;
    return op->min_size_exclusive ? w > op->min_size && h > op->min_size
                                  : w >= op->min_size && h >= op->min_size;
}

/* All of a level, sorted. */
static struct anchor *sorted(const struct det_anchor_candidates *op, int index,
                             int32_t *count)
{
    const struct det_anchor_level *level = &op->levels[index];
    const int32_t a = level->anchors.count, c = level->logits.c;
    *count = level->logits.h * level->logits.w * a;
    struct anchor *all = malloc(((size_t)*count + 1) * sizeof *all);
    ck_assert_ptr_nonnull(all);
    for (int32_t i = 0; i < *count; i++) {
        const int32_t at = i / a * c + level->first + i % a;
        const float *d = level->deltas.data + 4 * at;
        const struct det_delta delta = {d[0], d[1], d[2], d[3]};
        const struct det_box anchor =
            det_anchor_at(&level->anchors, level->stride, level->logits.w, i);
        struct anchor *one = &all[i];
        *one = (struct anchor){.logit = level->logits.data[at], .index = i};
        one->box = det_box_clip(det_delta_decode(&op->coder, anchor, delta),
                                op->extent);
        one->large = is_large(op, one->box);
        one->rank = op->filters_first && !one->large ? -INFINITY : one->logit;
    }
    qsort(all, (size_t)*count, sizeof *all, order);
    return all;
}

static void check_one(const char *name, const struct det_candidates *out,
                      int32_t at, int level, const struct anchor *expected,
                      bool by_logit)
{
    const float score =
        by_logit ? expected->logit : det_logistic(expected->logit);
    ck_assert_msg(at < *out->count, "%s: only %d candidates", name,
                  *out->count);
    ck_assert_msg(out->groups[at] == level &&
                      out->places[at] == expected->index,
                  "%s: number %d is anchor %d of level %d, not %d of %d", name,
                  at, out->places[at], out->groups[at], expected->index, level);
    ck_assert_msg(
        memcmp(&out->boxes[at], &expected->box, sizeof expected->box) == 0 &&
            out->scores[at] == score,
        "%s: anchor %d of level %d is another box", name, expected->index,
        level);
}

static void compare(const char *name, const struct det_anchor_candidates *op)
{
    int32_t at = 0;
    for (int i = 0; i < op->num_levels; i++) {
        int32_t count;
        struct anchor *all = sorted(op, i, &count);
        for (int32_t k = 0; k < count && k < op->most; k++)
            if (all[k].large && isfinite(all[k].logit))
                check_one(name, &op->out, at++, i, &all[k], op->rank_by_logit);
        free(all);
    }
    ck_assert_msg(*op->out.count == at, "%s: %d candidates, expected %d", name,
                  *op->out.count, at);
}

/* ------------------------------------------------------------------ running */

static void check_case(const struct anchor_case *c, struct det_random *random)
{
    struct planned_run run;
    struct det_anchor_candidates op = op_of(c, random);
    planned_run_plan(&run);
    planned_run_check(&run, det_anchor_candidates(&run.compute, &op));
    det_candidates_give(&run.compute, &op.out);
    planned_run_begin(&run);
    planned_run_check(&run, det_anchor_candidates(&run.compute, &op));
    compare(c->name, &op);
    det_candidates_give(&run.compute, &op.out);
    planned_run_end(&run);
    free_levels(&op);
}

#define FPN .levels = 5, .side = 48, .anchors = 3, .classes = 1
#define C4 .levels = 1, .side = 20, .anchors = 15, .classes = 1

static const struct anchor_case cases[] = {
    {"a pyramid", FPN, .most = 300, .min_size = 1e-3f},
    {"by logit", FPN, .most = 300, .exclusive = true, .by_logit = true},
    {"fewer than wanted", FPN, .most = 100000, .min_size = 1},
    {"one of each level", FPN, .most = 1, .min_size = 1},
    {"one map", C4, .most = 700, .min_size = 2},
    {"one anchor", .levels = 1, .side = 1, .anchors = 1, .classes = 1,
     .most = 5},
    {"no map", .levels = 0, .side = 1, .anchors = 1, .classes = 1, .most = 5},
    {"ties", FPN, .kind = TIES, .most = 77, .min_size = 1},
    {"ties only at the end", C4, .kind = TWO_VALUES, .most = 3000},
    {"-0 and +0", C4, .kind = TWO_VALUES, .most = 100},
    {"similar", C4, .kind = SIMILAR, .most = 1000},
    {"similar, by logit", C4, .kind = SIMILAR, .most = 1000, .by_logit = true},
    {"not finite", FPN, .kind = NOT_FINITE, .most = 200, .min_size = 1},
    {"not finite, nearly all", C4, .kind = NOT_FINITE, .most = 5990},
    {"too small", C4, .most = 300, .min_size = 1000},
    {"many too small", C4, .most = 300, .min_size = 50},
    {"small ones go first", C4, .most = 300, .min_size = 50,
     .filters_first = true},
    {"small ones go first, all", C4, .most = 300, .min_size = 1000,
     .filters_first = true},
    {"Caffe", C4, .most = 600, .min_size = 16, .filters_first = true,
     .caffe = true},
    {"of each class", .levels = 1, .side = 9, .anchors = 4, .classes = 7,
     .which = 3, .most = 50, .min_size = 1},
    {"of the last class", .levels = 1, .side = 9, .anchors = 4, .classes = 7,
     .which = 6, .most = 50, .min_size = 30, .filters_first = true},
    {"more than a tile to sort", .levels = 1, .side = 60, .anchors = 15,
     .classes = 1, .most = 12000, .min_size = 1},
    {"many ties to sort", .levels = 2, .side = 60, .anchors = 9, .classes = 1,
     .kind = TIES, .most = 9000, .min_size = 1},
};

START_TEST(listed)
{
    struct det_random random = {(uint64_t)_i};
    check_case(&cases[_i], &random);
}
END_TEST

START_TEST(any)
{
    struct det_random random = {99};
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct anchor_case c = {.name = "random",
                                .levels = det_random_int(&random, 1, 5),
                                .side = det_random_int(&random, 16, 40),
                                .anchors = det_random_int(&random, 1, 6),
                                .classes = det_random_int(&random, 1, 3),
                                .most = det_random_int(&random, 1, 900)};
        c.which = det_random_int(&random, 0, c.classes - 1);
        c.kind = (enum kind)det_random_int(&random, ANY, SIMILAR);
        c.min_size = (float)det_random_int(&random, 0, 60);
        c.exclusive = det_random_bool(&random);
        c.filters_first = det_random_bool(&random);
        c.by_logit = det_random_bool(&random);
        c.caffe = det_random_bool(&random);
        check_case(&c, &random);
    }
}
END_TEST

START_TEST(refused)
{
    struct det_random random = {3};
    struct planned_run run;
    const struct anchor_case c = {C4, .most = 5};
    struct det_anchor_candidates op = op_of(&c, &random), wrong;
    planned_run_plan(&run);
    wrong = op;
    wrong.levels[0].first = 1;
    ck_assert_int_eq(det_anchor_candidates(&run.compute, &wrong),
                     DET_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(run.message.text, "15 anchors"));
    wrong = op;
    wrong.levels[0].deltas.c = 15;
    ck_assert_int_eq(det_anchor_candidates(&run.compute, &wrong),
                     DET_ERROR_ARGUMENT);
    wrong = op;
    wrong.levels[0].logits.h = wrong.levels[0].deltas.h = INT32_MAX;
    ck_assert_int_eq(det_anchor_candidates(&run.compute, &wrong),
                     DET_ERROR_LIMIT);
    free_levels(&op);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_anchor_candidates");
    TCase *tcase = tcase_create("anchor_candidates");
    tcase_set_timeout(tcase, TIMEOUT);
    tcase_add_loop_test(tcase, listed, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tcase, any);
    tcase_add_test(tcase, refused);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

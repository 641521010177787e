/* SPDX-License-Identifier: MIT */
/* Box voting, and the RoIs of the next round. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#define GOLDEN_VOTING
#include "roi/box_voting.h"
#include "roi/refined_rois.h"
#include "tests/golden/geometry_inputs.h"
#include "tests/golden/procedure_golden.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void check_box(struct det_box box, const float *expected,
                      float tolerance)
{
    const float values[4] = {box.x1, box.y1, box.x2, box.y2};
    for (int i = 0; i < 4; i++)
        ck_assert_msg(fabsf(values[i] - expected[i]) <= tolerance,
                      "coordinate %d is %.9g, expected %.9g", i,
                      (double)values[i], (double)expected[i]);
}

/* ------------------------------------------------------------------- voting */

enum { CROWD = 60 };

START_TEST(votes_as_calculated_independently)
{
    static const float *const expected[] = {golden_voted_5, golden_voted_2};
    static const double thresholds[] = {0.5, 0.2};
    struct random_numbers random = {52};
    struct det_box boxes[CROWD], voted[CROWD];
    float scores[CROWD];
    int32_t classes[CROWD];
    random_boxes(&random, boxes, CROWD, 120, 90);
    for (size_t i = 0; i < CROWD; i++) {
        scores[i] = random_uniform(&random, 0.01f, 1);
        voted[i] = boxes[i];
    }
    random_classes(&random, classes, CROWD, 3);
    const struct det_nms_input voters = {boxes, scores, classes, CROWD};
    det_box_vote(voted, classes, CROWD, &voters, thresholds[_i],
                 DET_BOX_CONTINUOUS);
    for (size_t i = 0; i < CROWD; i++)
        check_box(voted[i], expected[_i] + 4 * i, 1e-4f);
}
END_TEST

/* Three boxes over each other; the third has IoU 1/2 with the first, exactly
 * the threshold, and the fourth is of another class. */
static const struct det_box pile[] = {
    {0, 0, 20, 10}, {0, 0, 20, 20}, {0, 0, 10, 10}, {0, 0, 20, 10}};
static const float pile_scores[] = {0.5f, 0.25f, 0.25f, 1};
static const int32_t pile_classes[] = {1, 1, 1, 2};
static const struct det_nms_input pile_voters = {pile, pile_scores,
                                                 pile_classes, 4};

START_TEST(a_vote_by_hand)
{
    struct det_box box = pile[0];
    det_box_vote(&box, pile_classes, 1, &pile_voters, 0.5, DET_BOX_CONTINUOUS);
    check_box(box, (const float[]){0, 0, 17.5f, 12.5f}, 1e-6f);
    box = pile[0];
    det_box_vote(&box, pile_classes, 1, &pile_voters, 0.500001,
                 DET_BOX_CONTINUOUS);
    check_box(box, (const float[]){0, 0, 20, 10}, 0);
    box = pile[0]; /* everybody of the class */
    det_box_vote(&box, pile_classes, 1, &pile_voters, 0, DET_BOX_CONTINUOUS);
    check_box(box, (const float[]){0, 0, 17.5f, 12.5f}, 1e-6f);
}
END_TEST

/* Counted with their last pixels, 20 x 10 and 20 x 20 overlap by more than a
 * half: 231 of 441. */
START_TEST(votes_of_inclusive_boxes)
{
    struct det_box box = pile[0];
    det_box_vote(&box, pile_classes, 1, &pile_voters, 0.53, DET_BOX_INCLUSIVE);
    check_box(box, (const float[]){0, 0, 20, 10}, 0);
    det_box_vote(&box, pile_classes, 1, &pile_voters, 0.52, DET_BOX_INCLUSIVE);
    check_box(box, (const float[]){0, 0, 17.5f, 12.5f}, 1e-6f);
}
END_TEST

START_TEST(nobody_votes)
{
    const struct det_box empty = {3, 3, 3, 3};
    const struct det_nms_input voters = {&empty, pile_scores, pile_classes, 1};
    struct det_box box = empty;
    det_box_vote(&box, pile_classes, 1, &voters, 0.5, DET_BOX_CONTINUOUS);
    check_box(box, (const float[]){3, 3, 3, 3}, 0);
    det_box_vote(&box, pile_classes, 0, &voters, 0.5, DET_BOX_CONTINUOUS);
}
END_TEST

/* ---------------------------------------------------------------- next round
 */

enum { SCORES = 3, ROIS = 2 };

static const struct det_extent image = {100, 80};

/* Background first or last, deltas for it or not, or one for all. */
static const struct det_class_layout layouts[] = {{SCORES, 0, SCORES},
                                                  {SCORES, 2, SCORES - 1},
                                                  {SCORES, 0, SCORES - 1},
                                                  {SCORES, 0, 1}};

struct round {
    struct det_box rois[ROIS];
    float scores[ROIS][SCORES];
    float deltas[ROIS * 4 * SCORES];
    struct det_box_reading reading;
    struct det_box out[ROIS];
};

static void init_round(struct round *r, int layout)
{
    *r = (struct round){
        .rois = {{10, 10, 30, 50}, {60, 20, 90, 40}},
        .reading = {.classes = layouts[layout],
                    .coder = {{10, 10, 5, 5}, DET_DELTA_SIZE_LIMIT}}};
}

/* The first or the second class. */
static int32_t column(const struct round *r, int which)
{
    return r->reading.classes.background == 0 ? which + 1 : which;
}

static float *delta_of(struct round *r, int32_t roi, int which)
{
    const struct det_class_layout *c = &r->reading.classes;
    const int32_t row = c->num_delta_classes == 1        ? 0
                        : c->num_delta_classes == SCORES ? column(r, which)
                                                         : which;
    return r->deltas + 4 * (roi * c->num_delta_classes + row);
}

static struct det_tensor rows_of(float *data, int32_t columns)
{
    return (struct det_tensor){.data = data,
                               .n = ROIS,
                               .h = 1,
                               .w = 1,
                               .c = columns,
                               .capacity = ROIS};
}

static int32_t next(struct round *r, float least)
{
    const struct det_box_predictions predictions = {
        r->rois, rows_of(&r->scores[0][0], SCORES),
        rows_of(r->deltas, 4 * r->reading.classes.num_delta_classes)};
    return det_refined_rois(r->out, &predictions, &r->reading, least, image);
}

START_TEST(best_class_moves_the_box)
{
    struct round r;
    init_round(&r, _i);
    r.scores[0][column(&r, 0)] = 0.2f;
    r.scores[0][column(&r, 1)] = 0.3f;
    delta_of(&r, 0, 0)[0] = -99;
    delta_of(&r, 0, 1)[0] = 10; /* by a width of 20 */
    ck_assert_int_eq(next(&r, 0.05f), 1);
    check_box(r.out[0], (const float[]){30, 10, 50, 50}, 1e-5f);
}
END_TEST

START_TEST(background_and_low_scores_rest)
{
    struct round r;
    init_round(&r, _i);
    r.scores[0][r.reading.classes.background] = 0.94f;
    r.scores[0][column(&r, 0)] = 0.05f; /* not above it */
    r.scores[1][r.reading.classes.background] = 0.5f;
    r.scores[1][column(&r, 0)] = 0.5f;
    ck_assert_int_eq(next(&r, 0.05f), 1);
    check_box(r.out[0], (const float[]){60, 20, 90, 40}, 1e-5f);
    ck_assert_int_eq(next(&r, 0), 2);
}
END_TEST

START_TEST(clipped_and_never_empty)
{
    struct round r;
    init_round(&r, _i);
    r.scores[0][column(&r, 0)] = r.scores[1][column(&r, 0)] = 0.9f;
    delta_of(&r, 0, 0)[1] = 1000; /* out of the image */
    delta_of(&r, 1, 0)[2] = 1000; /* wider than it */
    ck_assert_int_eq(next(&r, 0.05f), 1);
    check_box(r.out[0], (const float[]){0, 20, 100, 40}, 1e-5f);
    delta_of(&r, 1, 0)[2] = NAN;
    ck_assert_int_eq(next(&r, 0.05f), 0);
    r.scores[0][column(&r, 0)] = NAN;
    ck_assert_int_eq(next(&r, 0.05f), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("refinement");
    TCase *voting = tcase_create("voting");
    tcase_add_loop_test(voting, votes_as_calculated_independently, 0, 2);
    tcase_add_test(voting, a_vote_by_hand);
    tcase_add_test(voting, votes_of_inclusive_boxes);
    tcase_add_test(voting, nobody_votes);
    suite_add_tcase(suite, voting);
    TCase *rounds = tcase_create("next round");
    const TTest *const tests[] = {best_class_moves_the_box,
                                  background_and_low_scores_rest,
                                  clipped_and_never_empty};
    for (size_t i = 0; i < COUNT(tests); i++)
        tcase_add_loop_test(rounds, tests[i], 0, (int)COUNT(layouts));
    suite_add_tcase(suite, rounds);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

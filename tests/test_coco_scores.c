/* SPDX-License-Identifier: MIT */
/*
 * The evaluator on cases that can be worked by hand, and on COCO's published
 * answers (which lie outside the repository).  tests/parity compares every cell
 * with pycocotools.
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/coco_json.h"
#include "eval/coco_scores.h"

#define PUBLISHED SOURCE_ROOT "/../shared/data/coco_eval/"

struct judged {
    struct det_dataset dataset;
    struct det_results results;
    struct det_coco_scores scores;
};

static void judge(struct judged *j, const char *annotations,
                  const char *results, const struct det_coco_protocol *protocol)
{
    struct det_message message = {.text = ""};
    det_status status = det_coco_json_parse(&j->dataset, annotations,
                                            strlen(annotations), &message);
    if (status == DET_OK)
        status = det_coco_results_parse(&j->results, results, strlen(results),
                                        &j->dataset, &message);
    if (status == DET_OK)
        status = det_coco_evaluate(&j->scores, &j->dataset, &j->results,
                                   protocol, 2, &message);
    if (status != DET_OK)
        ck_abort_msg("%s", message.text);
}

static void drop(struct judged *j)
{
    det_coco_scores_destroy(&j->scores);
    det_results_clear(&j->results);
    det_dataset_clear(&j->dataset);
}

/* The 12 numbers in the order of COCOeval.summarize. */
static void check_numbers(const char *annotations, const char *results,
                          const double expected[DET_COCO_NUMBERS])
{
    struct judged j = {0};
    struct det_coco_protocol protocol;
    det_coco_protocol_init(&protocol, DET_EVAL_BOXES);
    struct det_coco_number lines[DET_COCO_MOST_NUMBERS];
    ck_assert_uint_eq(det_coco_numbers(lines, &protocol), DET_COCO_NUMBERS);
    judge(&j, annotations, results, &protocol);
    for (size_t i = 0; i < DET_COCO_NUMBERS; i++) {
        const double number = det_coco_mean(&j.scores, &lines[i]);
        if (!(fabs(number - expected[i]) <= 1e-12))
            ck_abort_msg("number %zu is %.17g, not %.17g", i, number,
                         expected[i]);
    }
    drop(&j);
}

#define SET(annotations)                                                       \
    "{\"images\":[{\"id\":7},{\"id\":3}],\"categories\":[{\"id\":5}],"         \
    "\"annotations\":[" annotations "]}"
/* a box of 40 x 40 pixels: medium */
#define TRUTH(id, image, x, more)                                              \
    "{\"id\":" #id ",\"image_id\":" #image ",\"category_id\":5,\"area\":1600," \
    "\"bbox\":[" #x ",0,40,40]" more "}"
#define FOUND(image, x, score)                                                 \
    "{\"image_id\":" #image ",\"category_id\":5,\"score\":" #score             \
    ",\"bbox\":[" #x ",0,40,40]}"

START_TEST(nothing_to_find)
{
    const double none[DET_COCO_NUMBERS] = {-1, -1, -1, -1, -1, -1,
                                           -1, -1, -1, -1, -1, -1};
    check_numbers(SET(""), "[" FOUND(7, 0, 0.5) "]", none);
    check_numbers(SET(""), "[]", none);
    /* only a crowd */
    check_numbers(SET(TRUTH(1, 7, 0, ",\"iscrowd\":1")),
                  "[" FOUND(7, 0, 0.5) "]", none);
}
END_TEST

START_TEST(nothing_found)
{
    const double numbers[DET_COCO_NUMBERS] = {0, 0, 0, -1, 0, -1,
                                              0, 0, 0, -1, 0, -1};
    check_numbers(SET(TRUTH(1, 7, 0, "")), "[]", numbers);
}
END_TEST

START_TEST(all_found)
{
    const double numbers[DET_COCO_NUMBERS] = {1, 1, 1, -1, 1, -1,
                                              1, 1, 1, -1, 1, -1};
    check_numbers(SET(TRUTH(1, 7, 0, "") "," TRUTH(2, 3, 9, "")),
                  "[" FOUND(3, 9, 0.1) "," FOUND(7, 0, 0.9) "]", numbers);
}
END_TEST

/* cocoeval takes a match with id 0 for none. */
START_TEST(id_zero_is_never_found)
{
    const double numbers[DET_COCO_NUMBERS] = {0, 0, 0, -1, 0, -1,
                                              0, 0, 0, -1, 0, -1};
    check_numbers(SET(TRUTH(0, 7, 0, "")), "[" FOUND(7, 0, 0.9) "]", numbers);
}
END_TEST

/* A miss before the hit halves the precision; the second of two objects is
 * not found: 51 recalls of 1/2 (up to 0.5), 50 of 0. */
START_TEST(half_found)
{
    const double ap = 51 * 0.5 / 101;
    const double numbers[DET_COCO_NUMBERS] = {ap,  ap,  ap,  -1, ap,  -1,
                                              0.5, 0.5, 0.5, -1, 0.5, -1};
    check_numbers(SET(TRUTH(1, 7, 0, "") "," TRUTH(2, 3, 9, "")),
                  "[" FOUND(3, 200, 0.9) "," FOUND(7, 0, 0.8) "]", numbers);
}
END_TEST

/* Shifted by 10 of 40 columns: IoU 30 / 50 = 0.6 exactly, which .5, .55 and
 * .6 accept.  At the others nothing is found. */
START_TEST(iou_on_the_threshold)
{
    const double numbers[DET_COCO_NUMBERS] = {0.3, 1,   0,   -1, 0.3, -1,
                                              0.3, 0.3, 0.3, -1, 0.3, -1};
    check_numbers(SET(TRUTH(1, 7, 0, "")), "[" FOUND(7, 10, 0.9) "]", numbers);
}
END_TEST

/* A crowd takes any number of objects, which then count for nothing, but for
 * the one that an image is allowed by AR1. */
START_TEST(crowd_absorbs)
{
    const double numbers[DET_COCO_NUMBERS] = {1, 1, 1, -1, 1, -1,
                                              0, 1, 1, -1, 1, -1};
    check_numbers(
        SET(TRUTH(1, 7, 0, "") "," TRUTH(2, 7, 100, ",\"iscrowd\":1")),
        "[" FOUND(7, 100, 0.9) "," FOUND(7, 100, 0.8) "," FOUND(7, 0, 0.7) "]",
        numbers);
}
END_TEST

/* The same object found twice: the second is a false positive, behind. */
START_TEST(found_twice)
{
    const double numbers[DET_COCO_NUMBERS] = {1, 1, 1, -1, 1, -1,
                                              1, 1, 1, -1, 1, -1};
    check_numbers(SET(TRUTH(1, 7, 0, "")),
                  "[" FOUND(7, 0, 0.9) "," FOUND(7, 0, 0.8) "]", numbers);
}
END_TEST

/* Equal scores stay in the order of images by id, not of the file: image 3's
 * miss comes before image 7's hit. */
START_TEST(ties_go_by_image)
{
    const double numbers[DET_COCO_NUMBERS] = {0.5, 0.5, 0.5, -1, 0.5, -1,
                                              1,   1,   1,   -1, 1,   -1};
    check_numbers(SET(TRUTH(1, 7, 0, "")),
                  "[" FOUND(7, 0, 0.5) "," FOUND(3, 0, 0.5) "]", numbers);
}
END_TEST

/* 1024 and 9216 pixels belong to two ranges. */
START_TEST(area_edges)
{
    struct judged j = {0};
    struct det_coco_protocol protocol;
    det_coco_protocol_init(&protocol, DET_EVAL_BOXES);
    judge(&j,
          "{\"images\":[{\"id\":1}],\"categories\":[{\"id\":1}],"
          "\"annotations\":[{\"id\":1,\"image_id\":1,\"category_id\":1,"
          "\"area\":1024,\"bbox\":[0,0,32,32]}]}",
          "[{\"image_id\":1,\"category_id\":1,\"score\":1,"
          "\"bbox\":[0,0,32,32]}]",
          &protocol);
    for (size_t a = 0; a < 4; a++)
        ck_assert_double_eq(
            j.scores.recall[det_recall_at(&j.scores, 0, 0, a, 2)],
            a == 3 ? -1 : 1);
    drop(&j);
}
END_TEST

START_TEST(thresholds_are_numpys)
{
    struct det_coco_protocol p;
    det_coco_protocol_init(&p, DET_EVAL_BOXES);
    static const double ious[] = {
        0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.8999999999999999, 0.95};
    for (int i = 0; i < 10; i++)
        ck_assert_double_eq(p.ious[i], ious[i]);
    int above = 0;
    for (int i = 0; i <= 100; i++) {
        ck_assert_double_eq_tol(p.recalls[i], i / 100.0, 2e-16);
        above += p.recalls[i] > i / 100.0;
    }
    ck_assert_int_eq(above, 10);
    ck_assert_double_eq(p.recalls[35], 0.35000000000000003);
    ck_assert_double_eq(p.recalls[100], 1.0);
}
END_TEST

/* ------------------------------------------------------- published answers */

/* pycocotools 2.0 prints these for its own fake results. */
static const double published[2][DET_COCO_NUMBERS] = {
    {0.50458069872496281, 0.69697272472995775, 0.57298166699048236,
     0.58562572094104426, 0.51939969480367199, 0.5013978986347466,
     0.38681277964578054, 0.59367957628420032, 0.59535298287760696,
     0.63981096261134418, 0.56642059789943089, 0.56429059829059824},
    {0.31954527585764331, 0.56228839725216362, 0.29892653412086789,
     0.38737403159978367, 0.3101827240336949, 0.32693390710051384,
     0.26822972257115335, 0.41544868114906369, 0.41683949921988178,
     0.46944986227542368, 0.37675922666197265, 0.38147150997150997}};

START_TEST(published_answers)
{
    static const char *names[] = {"bbox", "segm"};
    char path[1024];
    struct judged j = {0};
    struct det_coco_protocol protocol;
    struct det_message message = {.text = ""};
    const det_status status = det_coco_json_open(
        &j.dataset, PUBLISHED "instances_val2014_100.json", &message);
    if (status == DET_ERROR_READ) {
        printf("skipped: " PUBLISHED " is not here\n");
        return;
    }
    snprintf(path, sizeof path,
             PUBLISHED "instances_val2014_fake%s100_results.json", names[_i]);
    det_coco_protocol_init(&protocol, _i ? DET_EVAL_MASKS : DET_EVAL_BOXES);
    if (status != DET_OK ||
        det_coco_results_open(&j.results, path, &j.dataset, &message) !=
            DET_OK ||
        det_coco_evaluate(&j.scores, &j.dataset, &j.results, &protocol, 2,
                          &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    struct det_coco_number lines[DET_COCO_MOST_NUMBERS];
    ck_assert_uint_eq(det_coco_numbers(lines, &protocol), DET_COCO_NUMBERS);
    for (size_t i = 0; i < DET_COCO_NUMBERS; i++)
        ck_assert_double_eq_tol(det_coco_mean(&j.scores, &lines[i]),
                                published[_i][i], 1e-12);
    drop(&j);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("coco_scores");
    TCase *tests = tcase_create("coco_scores");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, nothing_to_find);
    tcase_add_test(tests, nothing_found);
    tcase_add_test(tests, all_found);
    tcase_add_test(tests, id_zero_is_never_found);
    tcase_add_test(tests, half_found);
    tcase_add_test(tests, iou_on_the_threshold);
    tcase_add_test(tests, crowd_absorbs);
    tcase_add_test(tests, found_twice);
    tcase_add_test(tests, ties_go_by_image);
    tcase_add_test(tests, area_edges);
    tcase_add_test(tests, thresholds_are_numpys);
    tcase_add_loop_test(tests, published_answers, 0, 2);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

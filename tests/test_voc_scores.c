/* SPDX-License-Identifier: MIT */
/* VOC's rules on cases that can be worked by hand. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/coco_json.h"
#include "eval/voc_scores.h"

#define SET(annotations)                                                       \
    "{\"images\":[{\"id\":1,\"width\":99,\"height\":99},{\"id\":2}],"          \
    "\"categories\":[{\"id\":5},{\"id\":2}],\"annotations\":[" annotations     \
    "]}"
#define TRUTH(id, image, x)                                                    \
    "{\"id\":" #id ",\"image_id\":" #image ",\"category_id\":5,\"area\":100,"  \
    "\"bbox\":[" #x ",0,10,10],\"segmentation\":[[" #x ",0," #x                \
    ",10,20,10,20,0]]}"
#define FOUND(image, x, score)                                                 \
    "{\"image_id\":" #image ",\"category_id\":5,\"score\":" #score             \
    ",\"bbox\":[" #x ",0,10,10]}"
static const char two_objects[] = SET(TRUTH(1, 1, 0) "," TRUTH(2, 2, 0));

struct voc_case {
    const char *annotations, *results;
    int difficult; /* place of an annotation, or -1 */
    struct det_voc_protocol protocol;
    double ap;
};

static void check_case(const struct voc_case *c)
{
    struct det_dataset dataset;
    struct det_results results = {0};
    struct det_voc_scores scores;
    struct det_message message = {.text = ""};
    det_status status = det_coco_json_parse(&dataset, c->annotations,
                                            strlen(c->annotations), &message);
    if (status == DET_OK && c->difficult >= 0)
        dataset.annotations[c->difficult].is_difficult = true;
    if (status == DET_OK)
        status = det_coco_results_parse(&results, c->results,
                                        strlen(c->results), &dataset, &message);
    if (status == DET_OK)
        status = det_voc_evaluate(&scores, &dataset, &results, &c->protocol,
                                  &message);
    if (status != DET_OK)
        ck_abort_msg("%s", message.text);
    ck_assert_uint_eq(scores.num_categories, 2);
    ck_assert_double_eq(scores.ap[0], -1); /* category 2 has no object */
    ck_assert_int_eq(dataset.categories[scores.categories[1]].id, 5);
    ck_assert_double_eq_tol(scores.ap[1], c->ap, 1e-12);
    ck_assert_double_eq_tol(det_voc_mean(&scores), c->ap, 1e-12);
    det_voc_scores_destroy(&scores);
    det_results_clear(&results);
    det_dataset_clear(&dataset);
}

#define BOXES(points)                                                          \
    {                                                                          \
        .average = points, .iou = 0.5                                          \
    }

/* Hit, miss, hit: precision 1, 1/2, 2/3 at recall 1/2, 1/2, 1. */
static const char hit_miss_hit[] =
    "[" FOUND(1, 0, 0.9) "," FOUND(1, 60, 0.8) "," FOUND(2, 0, 0.7) "]";

START_TEST(worked_by_hand)
{
    static const struct voc_case cases[] = {
        {two_objects, "[]", -1, BOXES(DET_VOC_AREA), 0},
        {two_objects, hit_miss_hit, -1, BOXES(DET_VOC_AREA),
         0.5 * 1 + 0.5 * 2 / 3},
        /* recalls 0 to 0.5 at 1, six of them; 0.6 to 1 at 2/3 */
        {two_objects, hit_miss_hit, -1, BOXES(DET_VOC_11_POINTS),
         (6 * 1 + 5 * 2.0 / 3) / 11},
        /* the second is difficult: one object, found at once; the miss and
         * the difficult one come after */
        {two_objects, hit_miss_hit, 1, BOXES(DET_VOC_AREA), 1},
        /* the first is difficult: nothing, miss, hit: 1/2 */
        {two_objects, hit_miss_hit, 0, BOXES(DET_VOC_AREA), 0.5},
        /* found twice: the second is a false alarm; then the other */
        {two_objects,
         "[" FOUND(1, 0, 0.9) "," FOUND(1, 1, 0.8) "," FOUND(2, 0, 0.7) "]", -1,
         BOXES(DET_VOC_AREA), 0.5 * 1 + 0.5 * 2 / 3},
        /* equal scores stay in the results' order, not the images' */
        {two_objects, "[" FOUND(2, 60, 0.5) "," FOUND(1, 0, 0.5) "]", -1,
         BOXES(DET_VOC_AREA), 0.25},
        {two_objects, "[" FOUND(2, 0, 0.5) "," FOUND(1, 60, 0.5) "]", -1,
         BOXES(DET_VOC_AREA), 0.5},
        /* IoU 1/3 is no hit at 1/3 for boxes: above, not at */
        {SET(TRUTH(1, 1, 0)),
         "[" FOUND(1, 5, 0.9) "]",
         -1,
         {.average = DET_VOC_AREA, .iou = 5 * 10.0 / 150},
         0},
        {SET(TRUTH(1, 1, 0)),
         "[" FOUND(1, 5, 0.9) "]",
         -1,
         {.average = DET_VOC_AREA, .iou = 0.333},
         1},
    };
    check_case(&cases[_i]);
}
END_TEST

#define IMAGENET                                                               \
    {                                                                          \
        .matching = DET_VOC_IMAGENET, .average = DET_VOC_AREA, .iou = 0.5      \
    }

/* A box of 10 x 10 needs 100 / 400 only; what was found before is no longer
 * there; difficult objects are like others. */
START_TEST(imagenet)
{
    static const struct voc_case cases[] = {
        /* IoU 50 / 150 */
        {SET(TRUTH(1, 1, 0)), "[" FOUND(1, 5, 0.9) "]", -1, IMAGENET, 1},
        /* IoU 30 / 170 */
        {SET(TRUTH(1, 1, 0)), "[" FOUND(1, 7, 0.9) "]", -1, IMAGENET, 0},
        /* both lie nearest to the first; the second takes the other */
        {SET(TRUTH(1, 1, 0) "," TRUTH(2, 1, 4)),
         "[" FOUND(1, 0, 0.9) "," FOUND(1, 1, 0.8) "]", -1, IMAGENET, 1},
        {SET(TRUTH(1, 1, 0) "," TRUTH(2, 1, 4)),
         "[" FOUND(1, 0, 0.9) "," FOUND(1, 1, 0.8) "]", -1, BOXES(DET_VOC_AREA),
         0.5},
        {two_objects, hit_miss_hit, 1, IMAGENET, 0.5 * 1 + 0.5 * 2 / 3},
    };
    check_case(&cases[_i]);
}
END_TEST

/* Masks: 10 of the 20 columns of the truth; a hit at exactly 1/2. */
START_TEST(masks)
{
    const struct voc_case at = {
        SET(TRUTH(1, 1, 0)),
        "[{\"image_id\":1,\"category_id\":5,\"score\":0.9,"
        "\"segmentation\":[[0,0,0,10,10,10,10,0]]}]",
        -1,
        {.task = DET_EVAL_MASKS, .average = DET_VOC_11_POINTS, .iou = 0.5},
        1};
    struct voc_case above = at;
    above.protocol.iou = 0.7;
    above.ap = 0;
    check_case(&at);
    check_case(&above);
}
END_TEST

/* 3 of 10 found, then nothing: the recall 0.3 does not reach numpy's
 * 0.30000000000000004. */
START_TEST(numpys_recalls)
{
    char annotations[4096], results[1024];
    size_t size = 0;
    size += (size_t)snprintf(
        annotations, sizeof annotations,
        "{\"images\":[{\"id\":1},{\"id\":2}],"
        "\"categories\":[{\"id\":5},{\"id\":2}],\"annotations\":[");
    for (int i = 0; i < 10; i++)
        size += (size_t)snprintf(annotations + size, sizeof annotations - size,
                                 "%s{\"id\":%d,\"image_id\":1,\"category_id\":"
                                 "5,\"area\":1,\"bbox\":[%d,0,10,10]}",
                                 i ? "," : "", i + 1, 20 * i);
    snprintf(annotations + size, sizeof annotations - size, "]}");
    snprintf(results, sizeof results, "[%s,%s,%s]", FOUND(1, 0, 0.9),
             FOUND(1, 20, 0.8), FOUND(1, 40, 0.7));
    const struct voc_case c = {annotations, results, -1,
                               BOXES(DET_VOC_11_POINTS), 3.0 / 11};
    check_case(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("voc_scores");
    TCase *tests = tcase_create("voc_scores");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, worked_by_hand, 0, 10);
    tcase_add_loop_test(tests, imagenet, 0, 5);
    tcase_add_test(tests, masks);
    tcase_add_test(tests, numpys_recalls);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

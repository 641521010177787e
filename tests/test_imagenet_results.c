/* SPDX-License-Identifier: MIT */
/* The texts that are sent in to ImageNet's challenges. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/coco_json.h"
#include "datasets/coco_results.h"

/* Out of order: ids of categories, names of images. */
#define SET(annotations)                                                       \
    "{\"images\":[{\"id\":1,\"file_name\":\"a/n2.JPEG\"},"                     \
    "{\"id\":2,\"file_name\":\"b/n1.JPEG\"}],"                                 \
    "\"categories\":[{\"id\":30},{\"id\":10},{\"id\":20}],"                    \
    "\"annotations\":[" annotations "]}"
static const char boxes[] =
    SET("{\"id\":1,\"image_id\":1,\"category_id\":10,\"bbox\":[0,0,4,4]}");
static const char classes[] =
    SET("{\"id\":1,\"image_id\":1,\"category_id\":10}");

struct guess {
    uint32_t image, category;
    double score, x, w; /* x NaN: no box */
};

struct text_case {
    const char *annotations, *text;
    size_t count;
    struct guess expected[6];
};

static const struct text_case cases[] = {
    /* labels: places by id; lines: images by name */
    {classes,
     "3 1\n2\n",
     3,
     {{1, 0, 1, NAN, 0}, {1, 1, 0.5, NAN, 0}, {0, 2, 1, NAN, 0}}},
    {boxes, "3\n2", 2, {{1, 0, 1, NAN, 0}, {0, 2, 1, NAN, 0}}},
    /* nothing said of an image; 0 is nothing; 4 is a class nobody has */
    {classes, "1\n\n", 1, {{1, 1, 1, NAN, 0}}},
    {classes,
     " \t\r\n1 4 0\t0\r\n",
     2,
     {{0, 1, 1, NAN, 0}, {0, DET_NO_INDEX, 0.5, NAN, 0}}},
    /* boxes: corners are inside, from 1 on */
    {boxes,
     "1 1 1 10 20 2 5 5 5 5\n3 2 2 3 3\n",
     3,
     {{1, 1, 1, 0, 10}, {1, 2, 0.5, 4, 1}, {0, 0, 1, 1, 2}}},
    /* five numbers: a box where boxes are true and the corners in order ... */
    {boxes, "1 1 1 2 3\n2 1 1 2 3", 2, {{1, 1, 1, 0, 2}, {0, 2, 1, 0, 2}}},
    /* ... else labels */
    {boxes,
     "1 3 1 2 3\n2",
     6,
     {{1, 1, 1, NAN, 0},
      {1, 0, 0.5, NAN, 0},
      {1, 1, 1 / 3.0, NAN, 0},
      {1, 2, 0.25, NAN, 0},
      {1, 0, 0.2, NAN, 0},
      {0, 2, 1, NAN, 0}}},
    {boxes,
     "\n1 3 1 2 3",
     5,
     {{0, 1, 1, NAN, 0},
      {0, 0, 0.5, NAN, 0},
      {0, 1, 1 / 3.0, NAN, 0},
      {0, 2, 0.25, NAN, 0},
      {0, 0, 0.2, NAN, 0}}},
    {classes,
     "1 1 1 2 3\n",
     0, /* one line for two images */
     {{0}}},
};

static det_status parse(struct det_results *results,
                        struct det_dataset *dataset, const char *annotations,
                        const char *text, struct det_message *message)
{
    ck_assert_int_eq(
        det_coco_json_parse(dataset, annotations, strlen(annotations), message),
        DET_OK);
    return det_coco_results_parse(results, text, strlen(text), dataset,
                                  message);
}

START_TEST(right)
{
    const struct text_case *c = &cases[_i];
    struct det_dataset dataset;
    struct det_results results = {0};
    struct det_message message = {.text = ""};
    const det_status status =
        parse(&results, &dataset, c->annotations, c->text, &message);
    ck_assert_int_eq(status, c->count ? DET_OK : DET_ERROR_DATASET);
    ck_assert_uint_eq(results.count, c->count);
    for (size_t i = 0; i < c->count; i++) {
        const struct det_found_object *o = &results.objects[i];
        const struct guess *e = &c->expected[i];
        ck_assert_uint_eq(o->image, e->image);
        ck_assert_uint_eq(o->category, e->category);
        ck_assert_double_eq(o->score, e->score);
        ck_assert_int_eq(isnan(o->box[0]), isnan(e->x));
        if (!isnan(e->x)) {
            ck_assert_double_eq(o->box[0], e->x);
            ck_assert_double_eq(o->box[2], e->w);
        }
    }
    det_results_clear(&results);
    det_dataset_clear(&dataset);
}
END_TEST

START_TEST(refused)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"1\n", "1 lines; there are 2 images"},
        {"1\n2\n3\n", "3 lines; there are 2 images"},
        {"1\n2 x\n", "line 2: expected numbers"},
        {"1\n2x\n", "line 2: expected numbers"},
        {"1\n1e99\n", "line 2: expected numbers"},
        {"1\n2.5\n", "line 2: a label is no whole number"},
        {"1\n-1\n", "line 2: a label is no whole number"},
        {"1\n1e999\n", "line 2: expected numbers"},
    };
    struct det_dataset dataset;
    struct det_results results = {0};
    struct det_message message = {.text = ""};
    ck_assert_int_eq(parse(&results, &dataset, boxes, bad[_i].text, &message),
                     DET_ERROR_DATASET);
    ck_assert_msg(strstr(message.text, bad[_i].message), "%s", message.text);
    ck_assert_uint_eq(results.count, 0);
    det_results_clear(&results);
    det_dataset_clear(&dataset);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("imagenet_results");
    TCase *tests = tcase_create("imagenet_results");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, right, 0, sizeof cases / sizeof *cases);
    tcase_add_loop_test(tests, refused, 0, 8);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: MIT */
/* Samples of single regions, from a picture whose colours say where they are.
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/eval_case.h"
#include "train/region_sample.h"

enum { WIDTH = 200, HEIGHT = 100, SIDE = 32, SAMPLES = 400 };

/* The true box and what is proposed: one that matches, one that does not. */
static const struct det_box truth = {20, 10, 60, 50};
static const struct det_box match = {24, 12, 64, 52};
static const struct det_box other = {120.5f, 40, 180, 90};

static uint8_t planes[3][HEIGHT][WIDTH];
static struct eval_case data;
static struct det_guesses proposals;
static struct det_image_cache cache;
static struct det_sample_order order;
static struct det_message message;
static const uint32_t images[1] = {0};

/* Red is x, green is y. */
static void paint(void)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            planes[0][y][x] = (uint8_t)x;
            planes[1][y][x] = (uint8_t)(2 * y);
        }
}

static void open_data(const char *annotations, const char *results)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{\"images\":[{\"id\":1,\"width\":200,\"height\":100}],"
             "\"categories\":[{\"id\":1,\"name\":\"a\"},"
             "{\"id\":2,\"name\":\"b\"}],\"annotations\":[%s]}",
             annotations);
    paint();
    eval_case_make(&data, text, results);
    data.dataset.images[0].planes = planes[0][0];
    ck_assert_int_eq(
        det_image_groups_init(&data.dataset.groups, &data.dataset, &message),
        DET_OK);
    ck_assert_int_eq(det_guesses_make(&proposals, &data.dataset, &data.results,
                                      NULL, &message),
                     DET_OK);
    ck_assert_int_eq(
        det_image_cache_create(&cache, &data.dataset, "", 0, &message), DET_OK);
    ck_assert_int_eq(det_sample_order_create(&order, 1, 5, &message), DET_OK);
}

static void close_data(void)
{
    det_sample_order_destroy(&order);
    det_image_cache_destroy(&cache);
    det_guesses_destroy(&proposals);
    eval_case_drop(&data);
}

static det_status make(struct det_sample *out, uint64_t place, bool flip)
{
    struct det_region_source source = {.cache = &cache,
                                       .order = &order,
                                       .images = images,
                                       .proposals = &proposals,
                                       .augment = {.side = SIDE, .flip = flip},
                                       .seed = 3};
    size_t image;
    return det_region_sample(&source, place, out, &image, &message);
}

/* Where a region lies that would have this at column and row 0 and the last. */
static bool shows(const struct det_sample *s, struct det_box box, bool mirrored)
{
    const uint8_t *first = s->pixels;
    const uint8_t *last = s->pixels + 3 * (SIDE * SIDE - 1);
    const float x1 = floorf(box.x1), x2 = ceilf(box.x2);
    const float left = mirrored ? last[0] : first[0];
    const float right = mirrored ? first[0] : last[0];
    return fabsf(left - x1) <= 2 && fabsf(right - x2) <= 2 &&
           fabsf((float)first[1] / 2 - box.y1) <= 2 &&
           fabsf((float)last[1] / 2 - box.y2) <= 2;
}

/* The true box as the square sees it. */
static bool is_object(const struct det_sample *s, struct det_box region,
                      bool mirrored)
{
    const float x = SIDE / (region.x2 - region.x1);
    const float y = SIDE / (region.y2 - region.y1);
    const struct det_box box = s->objects[0].box;
    float x1 = (truth.x1 - region.x1) * x, x2 = (truth.x2 - region.x1) * x;
    if (mirrored) {
        const float left = SIDE - x2;
        x2 = SIDE - x1;
        x1 = left;
    }
    return fabsf(box.x1 - x1) < 1e-4f && fabsf(box.x2 - x2) < 1e-4f &&
           fabsf(box.y1 - (truth.y1 - region.y1) * y) < 1e-4f &&
           fabsf(box.y2 - (truth.y2 - region.y1) * y) < 1e-4f;
}

#define BOX(class, box)                                                        \
    "{\"id\":1,\"image_id\":1,\"category_id\":" class ",\"area\":1,"           \
                                                      "\"iscrowd\":0,"         \
                                                      "\"bbox\":" box "}"
#define PROPOSAL(class, box)                                                   \
    "{\"image_id\":1,\"category_id\":" class ",\"score\":0.5,\"bbox\":" box "}"

START_TEST(half_of_them_match)
{
    int matching = 0, of_truth = 0, mirrors = 0;
    open_data(
        BOX("2", "[20,10,40,40]"),
        "[" PROPOSAL("2", "[24,12,40,40]") "," PROPOSAL(
            "2", "[120.5,40,59.5,50]") "," PROPOSAL("1", "[0,0,10,10]") "]");
    for (uint64_t place = 0; place < SAMPLES; place++) {
        struct det_sample s;
        ck_assert_int_eq(make(&s, place, true), DET_OK);
        ck_assert_int_eq(s.label, 1);
        const bool mirrored = s.pixels[0] > s.pixels[3 * (SIDE - 1)];
        mirrors += mirrored;
        if (s.num_objects == 0)
            ck_assert(shows(&s, other, mirrored));
        else if (shows(&s, truth, mirrored)) {
            ck_assert(is_object(&s, truth, mirrored));
            of_truth++;
        } else {
            ck_assert(shows(&s, match, mirrored));
            ck_assert(is_object(&s, match, mirrored));
        }
        matching += s.num_objects == 1;
        det_sample_destroy(&s);
    }
    /* 5 standard deviations */
    ck_assert_int_lt(abs(matching - SAMPLES / 2), 50);
    ck_assert_int_lt(abs(mirrors - SAMPLES / 2), 50);
    ck_assert_int_lt(abs(of_truth - matching / 2), 36);
    close_data();
}
END_TEST

START_TEST(true_boxes_are_enough)
{
    open_data(BOX("2", "[20,10,40,40]"), "[]");
    for (uint64_t place = 0; place < 20; place++) {
        struct det_sample s;
        ck_assert_int_eq(make(&s, place, false), DET_OK);
        ck_assert_uint_eq(s.num_objects, 1);
        ck_assert(is_object(&s, truth, false));
        det_sample_destroy(&s);
    }
    close_data();
}
END_TEST

/* An image of boxes without a size, of crowds, or outside teaches nothing. */
START_TEST(nothing_to_learn)
{
    static const char *const bad[] = {
        BOX("2", "[20,10,0,40]"), BOX("2", "[300,10,40,40]"),
        BOX("9", "[20,10,40,40]"),
        "{\"id\":1,\"image_id\":1,\"category_id\":2,\"area\":1,\"iscrowd\":1,"
        "\"segmentation\":{\"size\":[100,200],\"counts\":[20000]},"
        "\"bbox\":[20,10,40,40]}"};
    struct det_sample s;
    open_data(bad[_i], "[" PROPOSAL("2", "[24,12,40,40]") "]");
    ck_assert_int_eq(make(&s, 0, false), DET_ERROR_DATASET);
    ck_assert_ptr_null(s.pixels);
    ck_assert(strstr(message.text, "no box"));
    close_data();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("region_sample");
    TCase *tests = tcase_create("region_sample");
    tcase_add_test(tests, half_of_them_match);
    tcase_add_test(tests, true_boxes_are_enough);
    tcase_add_loop_test(tests, nothing_to_learn, 0, 4);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

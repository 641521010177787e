/* SPDX-License-Identifier: MIT */
/*
 * Test-time augmentation of a whole model.  Values against torchvision's parts:
 * tests/parity/torchvision_procedure.py.
 * usage: test_augmented_run MODEL
 */
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/detect.h"

enum { WIDTH = 83, HEIGHT = 60, MOST = 40 };

static const char *model_path;
static det_context *context;
static det_model *model;

static void set_up(void)
{
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    ck_assert_msg(det_model_load(context, model_path, &model) == DET_OK, "%s",
                  det_context_message(context));
}

static void tear_down(void)
{
    det_model_destroy(&model);
    det_context_destroy(&context);
}

/* A photo, or its mirror image. */
static void make_photo(uint8_t samples[HEIGHT][WIDTH][3], bool mirrored)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < 3; c++)
                samples[y][mirrored ? WIDTH - 1 - x : x][c] =
                    (uint8_t)(x * x / 9 + 3 * y * (c + 1) + x * y / 7);
}

static det_result *look(const det_session_options *options, bool mirrored)
{
    static uint8_t samples[HEIGHT][WIDTH][3];
    const det_pixels pixels = {samples[0][0], WIDTH, HEIGHT, sizeof samples[0],
                               DET_PIXEL_RGB8};
    det_session *session;
    det_result *result;
    make_photo(samples, mirrored);
    ck_assert_msg(det_session_create(model, options, &session) == DET_OK, "%s",
                  det_context_message(context));
    ck_assert_msg(det_session_run(session, &pixels, &result) == DET_OK, "%s",
                  det_session_message(session));
    det_session_destroy(&session);
    return result;
}

static det_session_options options_of(const int32_t *scales, size_t count)
{
    det_session_options options;
    det_session_options_init(&options);
    options.scales = scales;
    options.scale_count = count;
    options.min_size = 96;
    options.max_size = 160;
    options.proposals = 60;
    options.max_detections = MOST;
    options.score_threshold = 0.0;
    return options;
}

static bool pixel_at(const det_mask *mask, int x, int y)
{
    uint64_t end = 0;
    const uint64_t pixel = (uint64_t)x * HEIGHT + (uint64_t)y;
    for (size_t i = 0; i < mask->count; i++) {
        end += mask->counts[i];
        if (pixel < end)
            return i % 2;
    }
    return false;
}

/* Pixels in which two masks differ, one of them mirrored or not. */
static int difference(const det_mask *a, const det_mask *b, bool mirrored)
{
    int count = 0;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            count += pixel_at(a, x, y) !=
                     pixel_at(b, mirrored ? WIDTH - 1 - x : x, y);
    return count;
}

/* The detection that is the same, seen in a mirror or not; NULL: none. */
static const det_detection *partner(const det_result *result,
                                    const det_detection *d, bool mirrored)
{
    for (size_t i = 0; i < det_result_count(result); i++) {
        const det_detection *e = det_result_detection(result, i);
        const float x = mirrored ? (float)WIDTH - e->x - e->w : e->x;
        if (e->label == d->label && fabsf(e->score - d->score) < 1e-4f &&
            fabsf(x - d->x) < 0.01f && fabsf(e->y - d->y) < 0.01f &&
            fabsf(e->w - d->w) < 0.01f && fabsf(e->h - d->h) < 0.01f)
            return e;
    }
    return NULL;
}

static void compare(const det_result *a, const det_result *b, bool mirrored)
{
    const size_t count = det_result_count(a);
    size_t found = 0;
    ck_assert_uint_eq(det_result_count(b), count);
    ck_assert_uint_gt(count, 10);
    for (size_t i = 0; i < count; i++) {
        const det_detection *d = det_result_detection(a, i);
        const det_detection *e = partner(b, d, mirrored);
        if (!e)
            continue;
        found++;
        ck_assert_ptr_nonnull(d->mask);
        ck_assert_ptr_nonnull(e->mask);
        /* Pasting goes by whole pixels, not the same ones in a mirror; masks
         * that were not turned back would differ in half of the box. */
        ck_assert_double_le(difference(d->mask, e->mask, mirrored),
                            mirrored ? 10 + 0.35 * (double)(d->w * d->h) : 3);
    }
    /* Neighbours in score can change places at the limit. */
    ck_assert_uint_ge(found, count - 1);
}

/* All views of the mirror image are those of the photo, mirrored. */
START_TEST(mirror_image)
{
    static const int32_t scales[] = {72, 96};
    const det_session_options options = options_of(scales, 2);
    det_result *plain = look(&options, false), *turned = look(&options, true);
    compare(plain, turned, true);
    det_result_destroy(&plain);
    det_result_destroy(&turned);
}
END_TEST

/* One view is what the model sees with that size. */
START_TEST(one_view)
{
    static const int32_t scale[] = {84};
    det_session_options options = options_of(scale, 1);
    options.not_mirrored = 1;
    det_result *view = look(&options, false);
    options.scale_count = 0;
    options.min_size = 84;
    options.max_size = 140; /* 160 * 84 / 96 */
    det_result *plain = look(&options, false);
    compare(plain, view, false);
    det_result_destroy(&plain);
    det_result_destroy(&view);
}
END_TEST

/* Twice in the same session, and the size that was planned does not stay. */
START_TEST(again)
{
    static const int32_t scales[] = {64, 96};
    const det_session_options options = options_of(scales, 2);
    static uint8_t samples[HEIGHT][WIDTH][3];
    const det_pixels pixels = {samples[0][0], WIDTH, HEIGHT, sizeof samples[0],
                               DET_PIXEL_RGB8};
    det_session *session;
    det_result *results[2];
    make_photo(samples, false);
    ck_assert_int_eq(det_session_create(model, &options, &session), DET_OK);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(det_session_run(session, &pixels, &results[i]),
                         DET_OK);
    compare(results[0], results[1], false);
    ck_assert(det_result_stage_cost(results[0], DET_STAGE_BACKBONE).gflop > 0);
    for (int i = 0; i < 2; i++)
        det_result_destroy(&results[i]);
    det_session_destroy(&session);
}
END_TEST

static void check_refused(const det_session_options *options,
                          const char *message)
{
    det_session *session;
    ck_assert_int_eq(det_session_create(model, options, &session),
                     DET_ERROR_ARGUMENT);
    ck_assert_msg(strstr(det_context_message(context), message), "%s",
                  det_context_message(context));
}

START_TEST(refused)
{
    static const int32_t falling[] = {96, 64}, many[17] = {16};
    det_session_options options = options_of(falling, 2);
    check_refused(&options, "each larger than the last");
    options = options_of(many, 17);
    check_refused(&options, "it must be 1 to 16");
    options = options_of(NULL, 2);
    check_refused(&options, "it must be 1 to 16");
    options = options_of(falling, 1);
    options.scale_merge = DET_SCALE_MERGE_POOLED;
    check_refused(&options, "no single map");
}
END_TEST

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    model_path = argv[1];
    Suite *suite = suite_create("augmented_run");
    TCase *tests = tcase_create("augmented_run");
    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, mirror_image);
    tcase_add_test(tests, one_view);
    tcase_add_test(tests, again);
    tcase_add_test(tests, refused);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

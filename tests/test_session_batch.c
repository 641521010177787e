/* SPDX-License-Identifier: MIT */
/*
 * Several photos at once: of one size they have the answers that each has
 * alone, to the last bit; of several sizes they are padded to the largest.
 * usage: test_session_batch MODEL...
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/detect.h"
#include "tests/same_results.h"

enum { MOST_MODELS = 8, PHOTOS = 3, SIDE = 96 };

static const char *paths[MOST_MODELS];
static int num_paths;

struct photo {
    uint8_t samples[SIDE * SIDE * 3];
    det_pixels pixels;
};

static void make_photo(struct photo *photo, int seed, int32_t width,
                       int32_t height)
{
    uint32_t state = (uint32_t)seed * 2654435761u + 1;
    for (int32_t i = 0; i < width * height * 3; i++) {
        const int32_t x = i / 3 % width, y = i / 3 / width;
        state = state * 1664525u + 1013904223u;
        photo->samples[i] =
            (uint8_t)(((x + seed * y) * 3 + (int32_t)(state >> 28)) & 255);
    }
    photo->pixels = (det_pixels){photo->samples, width, height,
                                 3 * (size_t)width, DET_PIXEL_RGB8};
}

static det_session_options quick_options(void)
{
    det_session_options options;
    det_session_options_init(&options);
    options.threads = 2;
    options.min_size = 48;
    options.max_size = 64;
    options.proposals = 20;
    options.max_detections = 5;
    options.score_threshold = 0.0;
    options.in_order = 1; /* or another algorithm may be faster for several */
    return options;
}

/* A session of the model of one test. */
struct fixture {
    det_context *context;
    det_model *model;
    det_session *session;
    struct photo photos[PHOTOS];
    det_pixels pixels[PHOTOS];
    det_result *together[PHOTOS], *alone[PHOTOS];
};

static void open_fixture(struct fixture *f, const char *path,
                         const det_session_options *options)
{
    *f = (struct fixture){0};
    ck_assert_int_eq(det_context_create(&f->context), DET_OK);
    ck_assert_int_eq(det_model_load(f->context, path, &f->model), DET_OK);
    ck_assert_msg(det_session_create(f->model, options, &f->session) == DET_OK,
                  "%s", det_context_message(f->context));
}

static void close_fixture(struct fixture *f)
{
    for (int i = 0; i < PHOTOS; i++) {
        det_result_destroy(&f->together[i]);
        det_result_destroy(&f->alone[i]);
    }
    det_session_destroy(&f->session);
    det_model_destroy(&f->model);
    det_context_destroy(&f->context);
}

static void check_run(const struct fixture *f, det_status status)
{
    ck_assert_msg(status == DET_OK, "%s", det_session_message(f->session));
}

static void run_both_ways(struct fixture *f)
{
    for (int i = 0; i < PHOTOS; i++)
        f->pixels[i] = f->photos[i].pixels;
    check_run(
        f, det_session_run_batch(f->session, f->pixels, PHOTOS, f->together));
    for (int i = 0; i < PHOTOS; i++)
        check_run(f, det_session_run(f->session, &f->pixels[i], &f->alone[i]));
}

static void check_one_size(const char *path, const det_session_options *options)
{
    struct fixture f;
    open_fixture(&f, path, options);
    for (int i = 0; i < PHOTOS; i++)
        make_photo(&f.photos[i], i, 80, 60);
    run_both_ways(&f);
    for (int i = 0; i < PHOTOS; i++)
        same_results_check(f.together[i], f.alone[i]);
    ck_assert(det_result_detection(f.together[0], 0)->score !=
              det_result_detection(f.together[1], 0)->score);
    close_fixture(&f);
}

START_TEST(photos_of_one_size)
{
    const det_session_options options = quick_options();
    check_one_size(paths[_i], &options);
}
END_TEST

START_TEST(with_refinement)
{
    det_session_options options = quick_options();
    options.refinements = 1;
    check_one_size(paths[0], &options);
}
END_TEST

START_TEST(soft_nms)
{
    det_session_options options = quick_options();
    options.suppression = DET_SUPPRESSION_GAUSSIAN;
    check_one_size(paths[0], &options);
}
END_TEST

/* The first model has a pyramid: it looks at each photo in views. */
START_TEST(views_go_one_by_one)
{
    static const int32_t scales[] = {32, 48};
    det_session_options options = quick_options();
    options.scales = scales;
    options.scale_count = 2;
    check_one_size(paths[0], &options);
}
END_TEST

/* As large as all others in both directions: nothing is padded. */
START_TEST(the_largest_is_as_alone)
{
    const det_session_options options = quick_options();
    struct fixture f;
    open_fixture(&f, paths[_i], &options);
    make_photo(&f.photos[0], 1, 30, 70);
    make_photo(&f.photos[1], 2, 60, 60);
    make_photo(&f.photos[2], 3, 90, 20);
    run_both_ways(&f);
    make_photo(&f.photos[0], 1, 64, 64);
    for (int i = 0; i < PHOTOS; i++) {
        det_result_destroy(&f.together[i]);
        det_result_destroy(&f.alone[i]);
    }
    run_both_ways(&f);
    same_results_check(f.together[0], f.alone[0]);
    for (int i = 0; i < PHOTOS; i++)
        for (size_t k = 0; k < det_result_count(f.together[i]); k++) {
            const det_detection *d = det_result_detection(f.together[i], k);
            ck_assert(d->x >= 0 &&
                      d->x + d->w <= (float)f.pixels[i].width + 1e-3f);
            ck_assert(d->y >= 0 &&
                      d->y + d->h <= (float)f.pixels[i].height + 1e-3f);
        }
    close_fixture(&f);
}
END_TEST

/* What was in `results` before is not the library's to read or to leave. */
static void fill(det_result **results, size_t count)
{
    static char something;
    for (size_t i = 0; i < count; i++)
        results[i] = (det_result *)(void *)&something;
}

static void check_empty(det_result *const *results, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ck_assert_ptr_null(results[i]);
}

START_TEST(what_is_refused)
{
    const det_session_options options = quick_options();
    static det_pixels many[DET_MOST_IMAGES + 1];
    static det_result *results[DET_MOST_IMAGES + 1];
    struct fixture f;
    open_fixture(&f, paths[0], &options);
    ck_assert_int_eq(det_session_run_batch(f.session, many, 0, results),
                     DET_OK);
    ck_assert_int_eq(det_session_run_batch(f.session, NULL, 1, results),
                     DET_ERROR_ARGUMENT);
    ck_assert_int_eq(det_session_run_batch(f.session, many, 1, NULL),
                     DET_ERROR_ARGUMENT);
    ck_assert_int_eq(det_session_run_batch(NULL, many, 1, results),
                     DET_ERROR_ARGUMENT);
    ck_assert_int_eq(
        det_session_run_batch(f.session, many, DET_MOST_IMAGES + 1, results),
        DET_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(det_session_message(f.session), "at most 64"));
    close_fixture(&f);
}
END_TEST

static int cancel_pasting(void *user, det_stage stage)
{
    (void)user;
    return stage == DET_STAGE_PASTE;
}

/* A photo that is none, and a run that is cancelled: no result is left. */
START_TEST(failures_leave_nothing)
{
    det_session_options options = quick_options();
    struct fixture f;
    options.progress = cancel_pasting;
    open_fixture(&f, paths[0], &options);
    for (int i = 0; i < PHOTOS; i++) {
        make_photo(&f.photos[i], i, 80, 60);
        f.pixels[i] = f.photos[i].pixels;
    }
    fill(f.together, PHOTOS);
    ck_assert_int_eq(
        det_session_run_batch(f.session, f.pixels, PHOTOS, f.together),
        DET_ERROR_CANCELLED);
    check_empty(f.together, PHOTOS);
    f.pixels[1].width = 0;
    fill(f.together, PHOTOS);
    ck_assert_int_eq(
        det_session_run_batch(f.session, f.pixels, PHOTOS, f.together),
        DET_ERROR_ARGUMENT);
    check_empty(f.together, PHOTOS);
    close_fixture(&f);
}
END_TEST

int main(int argc, char **argv)
{
    for (int i = 1; i < argc && num_paths < MOST_MODELS; i++)
        paths[num_paths++] = argv[i];
    if (num_paths == 0)
        return EXIT_FAILURE;
    Suite *suite = suite_create("session_batch");
    TCase *tcase = tcase_create("session_batch");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, photos_of_one_size, 0, num_paths);
    tcase_add_loop_test(tcase, the_largest_is_as_alone, 0, num_paths);
    tcase_add_test(tcase, with_refinement);
    tcase_add_test(tcase, soft_nms);
    tcase_add_test(tcase, views_go_one_by_one);
    tcase_add_test(tcase, what_is_refused);
    tcase_add_test(tcase, failures_leave_nothing);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

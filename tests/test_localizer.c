/* SPDX-License-Identifier: MIT */
/*
 * detect/localize.h as a program that links the library sees it.  What it finds
 * is compared with torch's in tests/parity/localization.py.
 * usage: test_localizer CLASSIFIER LOCALIZER RESCORER
 */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/localize.h"
#include "tests/test_folder.h"

enum { WIDTH = 90, HEIGHT = 70, CLASSES = 10 };

static const char *paths[3];
static det_context *context;
static det_model *classifier, *model, *rescorer;

static void set_up(void)
{
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    ck_assert_int_eq(det_model_load(context, paths[0], &classifier), DET_OK);
    ck_assert_int_eq(det_model_load(context, paths[1], &model), DET_OK);
    ck_assert_int_eq(det_model_load(context, paths[2], &rescorer), DET_OK);
}

static void tear_down(void)
{
    det_model_destroy(&classifier);
    det_model_destroy(&model);
    det_model_destroy(&rescorer);
    det_context_destroy(&context);
}

/* [HEIGHT, WIDTH, bytes]: the same colours in any format. */
static void paint(uint8_t *out, size_t bytes)
{
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        for (size_t k = 0; k < bytes; k++)
            out[i * bytes + k] =
                k == 3 ? 255 : (uint8_t)(i / WIDTH * 3 ^ i % WIDTH * (k + 2));
}

static det_localizer *make(bool rescores, int32_t scale)
{
    const int32_t scales[] = {scale};
    const det_model *const models[] = {model}, *const rescorers[] = {rescorer};
    det_localizer_options options;
    det_localizer *localizer;
    det_localizer_options_init(&options);
    options.threads = 1;
    options.scales = scales;
    options.scale_count = 1;
    ck_assert_int_eq(det_localizer_create(models, 1, rescorers, rescores,
                                          &options, &localizer),
                     DET_OK);
    return localizer;
}

/* The best box is the first of all, and what is alone is as beside others. */
START_TEST(best_of_each_class)
{
    static uint8_t samples[WIDTH * HEIGHT * 3];
    static const int32_t labels[] = {7, 0, 7};
    const det_pixels pixels = {samples, WIDTH, HEIGHT, 3 * WIDTH,
                               DET_PIXEL_RGB8};
    det_detection boxes[3], all[40], few[2];
    size_t count;
    paint(samples, 3);
    det_localizer *localizer = make(false, 64);
    ck_assert_int_eq(det_localizer_run(localizer, &pixels, labels, 3, boxes),
                     DET_OK);
    ck_assert_int_eq(
        det_localizer_propose(localizer, &pixels, 7, all, 40, &count), DET_OK);
    ck_assert_uint_gt(count, 1);
    for (size_t i = 1; i < count; i++)
        ck_assert_float_ge(all[i - 1].score, all[i].score);
    ck_assert_mem_eq(&boxes[0], &all[0], sizeof boxes[0]);
    ck_assert_mem_eq(&boxes[2], &all[0], sizeof boxes[0]);
    ck_assert_int_eq(boxes[1].label, 0);
    ck_assert_int_eq(
        det_localizer_propose(localizer, &pixels, 7, few, 2, &count), DET_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_mem_eq(few, all, sizeof few);
    ck_assert_int_eq(det_localizer_run(localizer, &pixels, NULL, 0, NULL),
                     DET_OK);
    det_localizer_destroy(&localizer);
    ck_assert_ptr_null(localizer);
}
END_TEST

/* A region is cut out of any format's bytes. */
START_TEST(formats)
{
    static uint8_t rgb[WIDTH * HEIGHT * 3], rgba[WIDTH * HEIGHT * 4];
    static const int32_t labels[] = {4};
    const det_pixels three = {rgb, WIDTH, HEIGHT, 3 * WIDTH, DET_PIXEL_RGB8};
    const det_pixels four = {rgba, WIDTH, HEIGHT, 4 * WIDTH, DET_PIXEL_RGBA8};
    det_detection a, b;
    paint(rgb, 3);
    paint(rgba, 4);
    det_localizer *localizer = make(true, 64);
    ck_assert_int_eq(det_localizer_run(localizer, &three, labels, 1, &a),
                     DET_OK);
    ck_assert_int_eq(det_localizer_run(localizer, &four, labels, 1, &b),
                     DET_OK);
    ck_assert_mem_eq(&a, &b, sizeof a);
    const det_pixels gray = {rgb, WIDTH, HEIGHT, WIDTH, DET_PIXEL_GRAY8};
    ck_assert_int_eq(det_localizer_run(localizer, &gray, labels, 1, &a),
                     DET_OK);
    det_localizer_destroy(&localizer);
}
END_TEST

START_TEST(small_and_long_photos)
{
    static const struct {
        int32_t width, height;
    } sizes[] = {{1, 1}, {1, 40}, {300, 2}, {7, 9}};
    static uint8_t samples[600 * 3];
    static const int32_t labels[] = {1};
    const int32_t w = sizes[_i].width, h = sizes[_i].height;
    const det_pixels pixels = {samples, w, h, 3 * (size_t)w, DET_PIXEL_RGB8};
    det_detection box;
    det_localizer *localizer = make(true, 16);
    ck_assert_int_eq(det_localizer_run(localizer, &pixels, labels, 1, &box),
                     DET_OK);
    ck_assert(box.x >= 0 && box.y >= 0 && box.x + box.w <= (float)w &&
              box.y + box.h <= (float)h && box.score >= 0 && box.score <= 1);
    det_localizer_destroy(&localizer);
}
END_TEST

START_TEST(wrong_labels)
{
    static uint8_t samples[WIDTH * HEIGHT * 3];
    static const int32_t labels[] = {-1, CLASSES};
    const det_pixels pixels = {samples, WIDTH, HEIGHT, 3 * WIDTH,
                               DET_PIXEL_RGB8};
    det_detection box;
    det_localizer *localizer = make(false, 64);
    ck_assert_int_eq(
        det_localizer_run(localizer, &pixels, &labels[_i], 1, &box),
        DET_ERROR_ARGUMENT);
    ck_assert(strstr(det_localizer_message(localizer), "0 to 9 are possible"));
    det_localizer_destroy(&localizer);
}
END_TEST

/* The models and options of a call that is refused. */
static det_status create(const det_model *first, const det_model *second,
                         const det_model *judge,
                         const det_localizer_options *options)
{
    const det_model *const models[] = {first, second};
    const det_model *const rescorers[] = {judge};
    det_localizer *localizer;
    const det_status status = det_localizer_create(
        models, second ? 2 : 1, rescorers, judge != NULL, options, &localizer);
    ck_assert_ptr_null(localizer);
    return status;
}

START_TEST(wrong_models)
{
    ck_assert_int_eq(create(classifier, NULL, NULL, NULL), DET_ERROR_MODEL);
    ck_assert_int_eq(create(model, rescorer, NULL, NULL), DET_ERROR_MODEL);
    ck_assert_int_eq(create(model, NULL, model, NULL), DET_ERROR_MODEL);
    ck_assert(
        strstr(det_context_message(context), "does not judge single boxes"));
    det_classifier *out;
    const det_model *const mixed[] = {classifier, model};
    ck_assert_int_eq(det_classifier_create_ensemble(mixed, 2, NULL, &out),
                     DET_ERROR_MODEL);
    const det_model *many[9];
    for (int i = 0; i < 9; i++)
        many[i] = classifier;
    ck_assert_int_eq(det_classifier_create_ensemble(many, 9, NULL, &out),
                     DET_ERROR_ARGUMENT);
    ck_assert(strstr(det_context_message(context), "1 to 8 are possible"));
}
END_TEST

START_TEST(wrong_options)
{
    static const int32_t scales[] = {200};
    det_localizer_options options;
    det_localizer_options_init(&options);
    options.views = DET_VIEWS_TEN;
    ck_assert_int_eq(create(model, NULL, NULL, &options), DET_ERROR_ARGUMENT);
    det_localizer_options_init(&options);
    options.proposals = -1;
    ck_assert_int_eq(create(model, NULL, NULL, &options), DET_ERROR_ARGUMENT);
    det_localizer_options_init(&options);
    options.views = DET_VIEWS_CENTER; /* the middle is 224 wide */
    options.scales = scales;
    options.scale_count = 1;
    ck_assert_int_eq(create(model, NULL, NULL, &options), DET_ERROR_ARGUMENT);
    options.views = DET_VIEWS_FULL;
    options.scale_count = 0;
    ck_assert_int_eq(create(model, NULL, NULL, &options), DET_ERROR_ARGUMENT);
    options.struct_size = 0;
    ck_assert_int_eq(create(model, NULL, NULL, &options), DET_ERROR_ARGUMENT);
}
END_TEST

static int stops_at_last(void *user)
{
    int *rest = user;
    return *rest == 0 || --*rest == 0;
}

/* In the middle of the work, before and after which it does what it does
 * without. */
/* The rescorer's file with all biases of its deltas `bias`. */
static void write_mover(const char *path, float bias)
{
    static const char name[] = "\"roi_heads.box_predictor.bbox_pred.bias\"";
    char *bytes;
    size_t size;
    uint64_t header;
    long long first, end;
    FILE *file = fopen(paths[2], "rb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    size = (size_t)ftell(file);
    rewind(file);
    bytes = calloc(size + 1, 1);
    ck_assert_uint_eq(fread(bytes, 1, size, file), size);
    fclose(file);
    memcpy(&header, bytes, sizeof header);
    char *entry = memmem(bytes + 8, header, name, sizeof name - 1);
    ck_assert_ptr_nonnull(entry);
    entry = strstr(entry, "\"data_offsets\":[");
    ck_assert_int_eq(
        sscanf(entry, "\"data_offsets\":[%lld,%lld]", &first, &end), 2);
    for (; first < end; first += 4)
        memcpy(bytes + 8 + header + first, &bias, sizeof bias);
    file = fopen(path, "wb");
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
    free(bytes);
}

/* A box that goes out of the photo, or nowhere (infinite deltas), stays. */
START_TEST(boxes_stay_in_the_photo)
{
    static const float biases[] = {40.0f, -40.0f, 3e38f};
    static const int32_t labels[] = {1, 2};
    static uint8_t rgb[WIDTH * HEIGHT * 3];
    const det_pixels pixels = {rgb, WIDTH, HEIGHT, 3 * (size_t)WIDTH,
                               DET_PIXEL_RGB8};
    struct test_folder folder;
    char path[TEST_FOLDER_PATH];
    det_detection boxes[2];
    test_folder_create(&folder);
    test_folder_path(path, &folder, "mover.safetensors");
    write_mover(path, biases[_i]);
    det_model_destroy(&rescorer);
    ck_assert_int_eq(det_model_load(context, path, &rescorer), DET_OK);
    paint(rgb, 3);
    det_localizer *localizer = make(true, 64);
    ck_assert_int_eq(det_localizer_run(localizer, &pixels, labels, 2, boxes),
                     DET_OK);
    for (int i = 0; i < 2; i++) {
        const det_detection *b = &boxes[i];
        ck_assert_msg(b->w > 0.0f && b->h > 0.0f, "%g x %g", (double)b->w,
                      (double)b->h);
        ck_assert(b->x >= 0.0f && b->y >= 0.0f && b->x + b->w <= WIDTH &&
                  b->y + b->h <= HEIGHT);
        ck_assert(b->score >= 0.0f && b->score <= 1.0f);
    }
    det_localizer_destroy(&localizer);
    test_folder_remove(&folder);
}
END_TEST

START_TEST(stops_when_asked)
{
    static const int32_t classes[] = {0, 1}, scales[] = {64};
    static uint8_t rgb[WIDTH * HEIGHT * 3];
    const det_pixels pixels = {rgb, WIDTH, HEIGHT, 3 * (size_t)WIDTH,
                               DET_PIXEL_RGB8};
    const det_model *const models[] = {model}, *const rescorers[] = {rescorer};
    det_detection first[2], again[2];
    det_localizer_options options;
    det_localizer *localizer;
    int rest = 1 << 30;
    paint(rgb, 3);
    det_localizer_options_init(&options);
    options.threads = 1;
    options.scales = scales;
    options.scale_count = 1;
    options.stop = stops_at_last;
    options.user = &rest;
    ck_assert_int_eq(
        det_localizer_create(models, 1, rescorers, 1, &options, &localizer),
        DET_OK);
    ck_assert_int_eq(det_localizer_run(localizer, &pixels, classes, 2, first),
                     DET_OK);
    const int asked = (1 << 30) - rest;
    ck_assert_int_gt(asked, 10);
    for (int part = 0; part < 4; part++) {
        rest = 1 + (asked - 1) * part / 3;
        ck_assert_int_eq(
            det_localizer_run(localizer, &pixels, classes, 2, again),
            DET_ERROR_CANCELLED);
    }
    rest = 1 << 30;
    ck_assert_int_eq(det_localizer_run(localizer, &pixels, classes, 2, again),
                     DET_OK);
    for (int i = 0; i < 2; i++)
        ck_assert_float_eq(first[i].score, again[i].score);
    det_localizer_destroy(&localizer);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc != 4)
        return EXIT_FAILURE;
    for (int i = 0; i < 3; i++)
        paths[i] = argv[1 + i];
    Suite *suite = suite_create("localizer");
    TCase *tests = tcase_create("localizer");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, best_of_each_class);
    tcase_add_test(tests, formats);
    tcase_add_loop_test(tests, small_and_long_photos, 0, 4);
    tcase_add_loop_test(tests, boxes_stay_in_the_photo, 0, 3);
    tcase_add_loop_test(tests, wrong_labels, 0, 2);
    tcase_add_test(tests, wrong_models);
    tcase_add_test(tests, wrong_options);
    tcase_add_test(tests, stops_when_asked);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

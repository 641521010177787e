/* SPDX-License-Identifier: MIT */
/* Classifiers, localizers and rescorers in halves say nearly what they say as
 * floats on the CPU.
 * usage: test_half_looks CLASSIFIER LOCALIZER RESCORER */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "detect/localize.h"

enum { WIDTH = 70, HEIGHT = 60, CLASSES = 10 };

static const char *paths[3];
static det_context *context;
static uint8_t samples[WIDTH * HEIGHT * 3];
static const det_pixels pixels = {samples, WIDTH, HEIGHT, 3 * WIDTH,
                                  DET_PIXEL_RGB8};

static const det_precision precisions[] = {DET_PRECISION_BF16,
                                           DET_PRECISION_FP16};
/* Of scores, by precision. */
static const double apart[] = {0.03, 0.004};

static void set_up(void)
{
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    for (size_t i = 0; i < WIDTH * HEIGHT; i++)
        for (size_t k = 0; k < 3; k++)
            samples[3 * i + k] = (uint8_t)(i / WIDTH * 3 ^ i % WIDTH * (k + 2));
}

static void tear_down(void)
{
    det_context_destroy(&context);
}

/* On the CPU where that is fp32. */
static det_model *load(const char *path, det_precision precision)
{
    det_model *model;
    const char *device = precision == DET_PRECISION_FP32 ? "cpu" : "cuda";
    ck_assert_msg(det_model_load_with_precision(context, path, device,
                                                precision, &model) == DET_OK,
                  "%s", det_context_message(context));
    return model;
}

/* ------------------------------------------------------------------- classes
 */

static void classify(float probabilities[CLASSES], det_precision precision,
                     det_views views)
{
    det_model *model = load(paths[0], precision);
    det_classifier_options options;
    det_classifier *classifier;
    det_classifier_options_init(&options);
    options.threads = 1;
    options.views = views;
    ck_assert_msg(det_classifier_create(model, &options, &classifier) == DET_OK,
                  "%s", det_context_message(context));
    ck_assert_int_eq(det_model_label_count(model), CLASSES);
    ck_assert_msg(det_classifier_run(classifier, &pixels, probabilities) ==
                      DET_OK,
                  "%s", det_classifier_message(classifier));
    det_classifier_destroy(&classifier);
    det_model_destroy(&model);
}

START_TEST(names)
{
    const det_views views = _i / 2 ? DET_VIEWS_FULL : DET_VIEWS_CENTER;
    float floats[CLASSES], halves[CLASSES];
    double sum = 0.0;
    bool same = true;
    classify(floats, DET_PRECISION_FP32, views);
    classify(halves, precisions[_i % 2], views);
    for (int k = 0; k < CLASSES; k++) {
        ck_assert_double_eq_tol((double)halves[k], (double)floats[k],
                                apart[_i % 2]);
        same &= halves[k] == floats[k];
        sum += (double)halves[k];
    }
    ck_assert_double_eq_tol(sum, 1.0, 1e-5);
    ck_assert(!same); /* or nothing was rounded */
}
END_TEST

/* --------------------------------------------------------------------- boxes
 */

enum { ASKED = 2 /* classes */ };

static void localize(det_detection boxes[ASKED], det_precision precision,
                     bool rescores)
{
    static const int32_t scale = 64, classes[ASKED] = {3, 7};
    det_model *model = load(paths[1], precision);
    det_model *rescorer = load(paths[2], precision);
    const det_model *const models[] = {model}, *const rescorers[] = {rescorer};
    det_localizer_options options;
    det_localizer *localizer;
    det_localizer_options_init(&options);
    options.threads = 1;
    options.scales = &scale;
    options.scale_count = 1;
    options.proposals = 1;
    ck_assert_msg(det_localizer_create(models, 1, rescorers, rescores, &options,
                                       &localizer) == DET_OK,
                  "%s", det_context_message(context));
    ck_assert_msg(
        det_localizer_run(localizer, &pixels, classes, ASKED, boxes) == DET_OK,
        "%s", det_localizer_message(localizer));
    det_localizer_destroy(&localizer);
    det_model_destroy(&model);
    det_model_destroy(&rescorer);
}

/* A box that has moved may have another pixel at its border: the rescorer is
 * shown another picture then. */
START_TEST(places)
{
    const bool rescores = _i / 2 > 0;
    det_detection floats[ASKED], halves[ASKED];
    localize(floats, DET_PRECISION_FP32, rescores);
    localize(halves, precisions[_i % 2], rescores);
    for (int k = 0; k < ASKED; k++)
        ck_assert_double_eq_tol((double)halves[k].score,
                                (double)floats[k].score,
                                rescores ? 0.03 : apart[_i % 2]);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc != 4)
        return EXIT_FAILURE;
    memcpy(paths, argv + 1, sizeof paths);
    Suite *suite = suite_create("half looks");
    TCase *tcase = tcase_create("half looks");
    tcase_set_timeout(tcase, 300);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, names, 0, 4);
    tcase_add_loop_test(tcase, places, 0, 4);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

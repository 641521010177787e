/* SPDX-License-Identifier: MIT */
/* A photo that needs more memory than the GPU has: the session says so and goes
 * on with smaller ones.  usage: test_memory MODEL */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "detect/detect.h"
#include "tests/cuda/fake_gpu.h"

enum { SHORT = 32, LONG = 96, ALL = 8 };

static const char *model_path;

/* A photo of any sides, whose samples are all alike. */
static det_status look_at(det_session *session, int32_t width, int32_t height,
                          size_t *found)
{
    static const uint8_t samples[SHORT * LONG * 3];
    const det_pixels pixels = {samples, width, height, 3 * (size_t)width,
                               DET_PIXEL_RGB8};
    det_result *result;
    const det_status status = det_session_run(session, &pixels, &result);
    *found = status == DET_OK ? det_result_count(result) : 0;
    det_result_destroy(&result);
    return status;
}

static det_session *open_session(det_context *context, det_model **model)
{
    det_session_options options;
    det_session *session;
    ck_assert_msg(det_model_load_on(context, model_path, "cuda", model) ==
                      DET_OK,
                  "%s", det_context_message(context));
    det_session_options_init(&options);
    options.min_size = SHORT;
    options.max_size = LONG;
    options.score_threshold = 0.0;
    options.proposals = 20;
    options.max_detections = ALL;
    ck_assert_int_eq(det_session_create(*model, &options, &session), DET_OK);
    return session;
}

START_TEST(a_session_goes_on)
{
    det_context *context;
    det_model *model;
    size_t before, after;
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    det_session *session = open_session(context, &model);
    ck_assert_int_eq(look_at(session, SHORT, SHORT, &before), DET_OK);
    ck_assert_uint_gt(before, 0);
    fake_gpu_set(1, fake_gpu_used() + 1);
    ck_assert_int_eq(look_at(session, LONG, SHORT, &after), DET_ERROR_MEMORY);
    const char *text = det_session_message(session);
    ck_assert_msg(strstr(text, "MiB were asked for") &&
                      strstr(text, "% of the pixels fit (--min-size"),
                  "%s", text);
    ck_assert_int_eq(look_at(session, SHORT, SHORT, &after), DET_OK);
    ck_assert_uint_eq(after, before);
    fake_gpu_set(1, (size_t)8 << 30);
    det_session_destroy(&session);
    det_model_destroy(&model);
    det_context_destroy(&context);
    ck_assert_uint_eq(fake_gpu_used(), 0);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    model_path = argv[1];
    Suite *suite = suite_create("memory");
    TCase *tcase = tcase_create("memory");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, a_session_goes_on);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

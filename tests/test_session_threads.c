/* SPDX-License-Identifier: MIT */
/*
 * One model and one context, a session for each thread: the answers are the
 * bytes that a session alone gives, and each thread has its own messages.
 * usage: test_session_threads MODEL
 */
#include <check.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/detect.h"
#include "tests/same_results.h"

enum { THREADS = 2, RUNS = 3, WIDTH = 80, HEIGHT = 60 };

static const char *model_path;

struct worker {
    det_context *context;
    const det_model *model;
    int seed;
    det_result *results[RUNS];
    bool good;
};

static void make_samples(uint8_t *samples, size_t size, int seed)
{
    uint32_t state = (uint32_t)seed * 2654435761u + 1;
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525u + 1013904223u;
        samples[i] = (uint8_t)((i / 3 % WIDTH * 3 + (state >> 28)) & 255);
    }
}

static bool run_session(struct worker *worker)
{
    uint8_t samples[WIDTH * HEIGHT * 3];
    det_session_options options;
    det_session *session = NULL;
    const det_pixels pixels = {samples, WIDTH, HEIGHT, 3 * WIDTH,
                               DET_PIXEL_RGB8};
    det_session_options_init(&options);
    options.threads = 1;
    options.min_size = 48;
    options.max_size = 64;
    options.proposals = 20;
    options.max_detections = 5;
    options.score_threshold = 0.0;
    bool good = det_session_create(worker->model, &options, &session) == DET_OK;
    for (int run = 0; good && run < RUNS; run++) {
        make_samples(samples, sizeof samples, worker->seed + run);
        good =
            det_session_run(session, &pixels, &worker->results[run]) == DET_OK;
    }
    det_session_destroy(&session);
    return good;
}

/* An error of this thread, with a text of its own. */
static bool fail_on_purpose(const struct worker *worker)
{
    char path[64];
    det_model *model = NULL;
    snprintf(path, sizeof path, "/nonexistent/%d", worker->seed);
    return det_model_load(worker->context, path, &model) == DET_ERROR_READ &&
           strncmp(det_context_message(worker->context), path, strlen(path)) ==
               0;
}

static void *work(void *user)
{
    struct worker *worker = user;
    worker->good = true;
    for (int i = 0; i < 50; i++)
        worker->good &= fail_on_purpose(worker);
    worker->good &= run_session(worker);
    worker->good &= fail_on_purpose(worker);
    return NULL;
}

static void destroy_results(struct worker *worker)
{
    for (int run = 0; run < RUNS; run++)
        det_result_destroy(&worker->results[run]);
}

START_TEST(same_answers_as_alone)
{
    det_context *context;
    det_model *model;
    struct worker workers[THREADS] = {0}, alone[THREADS] = {0};
    pthread_t threads[THREADS];
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    ck_assert_int_eq(det_model_load(context, model_path, &model), DET_OK);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){context, model, 100 * i, {NULL}, false};
        alone[i] = workers[i];
        ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &workers[i]),
                         0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_msg(workers[i].good, "thread %d", i);
        ck_assert(run_session(&alone[i]));
        for (int run = 0; run < RUNS; run++)
            same_results_check(workers[i].results[run], alone[i].results[run]);
        destroy_results(&workers[i]);
        destroy_results(&alone[i]);
    }
    ck_assert_str_eq(det_context_message(context), "");
    det_model_destroy(&model);
    det_context_destroy(&context);
}
END_TEST

/* However many threads pack the weights, they are the same. */
START_TEST(threads_of_loading)
{
    static const int32_t counts[THREADS] = {1, 3};
    struct worker workers[THREADS] = {0};
    det_context *context;
    det_model *models[THREADS];
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    ck_assert_int_eq(det_context_set_threads(NULL, 1), DET_ERROR_ARGUMENT);
    ck_assert_int_eq(det_context_set_threads(context, -1), DET_ERROR_ARGUMENT);
    ck_assert_int_eq(det_context_set_threads(context, 257), DET_ERROR_ARGUMENT);
    ck_assert_str_eq(det_context_message(context),
                     "threads is 257; it must be between 0 and 256");
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(det_context_set_threads(context, counts[i]), DET_OK);
        ck_assert_int_eq(det_model_load(context, model_path, &models[i]),
                         DET_OK);
        workers[i] = (struct worker){context, models[i], 7, {NULL}, false};
        ck_assert(run_session(&workers[i]));
    }
    ck_assert_int_eq(det_context_set_threads(context, 0), DET_OK);
    for (int run = 0; run < RUNS; run++)
        same_results_check(workers[0].results[run], workers[1].results[run]);
    for (int i = 0; i < THREADS; i++) {
        destroy_results(&workers[i]);
        det_model_destroy(&models[i]);
    }
    det_context_destroy(&context);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    model_path = argv[1];
    TCase *tests = tcase_create("tests");
    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, same_answers_as_alone);
    tcase_add_test(tests, threads_of_loading);
    Suite *suite = suite_create("session_threads");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * detect/measure.h, and batches of a classifier, as a program that links the
 * library sees them.
 * usage: test_measure MODEL CLASSIFIER
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/classify.h"
#include "detect/measure.h"

enum { WIDTH = 90, HEIGHT = 70, IMAGES = 3, MOST_CALLS = 400 };

static const char *paths[2];
static det_context *context;
static det_model *model, *classifier;

static void set_up(void)
{
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    ck_assert_int_eq(det_model_load(context, paths[0], &model), DET_OK);
    ck_assert_int_eq(det_model_load(context, paths[1], &classifier), DET_OK);
}

static void tear_down(void)
{
    det_model_destroy(&model);
    det_model_destroy(&classifier);
    det_context_destroy(&context);
}

static det_pixels paint(uint8_t *samples, unsigned seed)
{
    for (unsigned i = 0; i < WIDTH * HEIGHT * 3; i++)
        samples[i] = (uint8_t)((i / WIDTH * (seed + 2)) ^ (i % WIDTH * 5));
    return (det_pixels){samples, WIDTH, HEIGHT, 3 * WIDTH, DET_PIXEL_RGB8};
}

/* ------------------------------------------------------------------- layers */

struct log {
    det_layer_cost costs[MOST_CALLS];
    int calls;
    double seconds, gflop;
};

static void note(void *user, const det_layer_cost *cost)
{
    struct log *log = user;
    ck_assert_int_lt(log->calls, MOST_CALLS);
    log->costs[log->calls++] = *cost;
    log->seconds += cost->seconds;
    log->gflop += cost->gflop;
}

static double product(const int32_t shape[4])
{
    return (double)shape[0] * shape[1] * shape[2] * shape[3];
}

/* Winograd's, along an axis: 6 for 4 outputs, 5 for 3; with stride 2, 9 and 7.
 */
static int32_t points(int32_t inputs, int32_t outputs)
{
    const int32_t tiles = (outputs + 3) / 4, missing = 4 * tiles - outputs;
    const int32_t threes = missing < tiles ? missing : tiles;
    return inputs == outputs ? 6 * tiles - threes : 9 * tiles - 2 * threes;
}

/* The formulas, again, from what the cost says. */
static void check_cost(const det_layer_cost *c)
{
    const double products = (double)c->out[0] * points(c->in[1], c->out[1]) *
                            points(c->in[2], c->out[2]);
    ck_assert_uint_gt(strlen(c->name), 0);
    ck_assert_double_ge(c->seconds, 0.0);
    ck_assert_double_gt(c->gflop, 0.0);
    if (strcmp(c->algorithm, "winograd") == 0) {
        ck_assert_int_eq(c->kernel, 3);
        ck_assert_double_eq_tol(c->done_gflop,
                                2e-9 * products * c->in[3] * c->out[3], 1e-12);
        ck_assert_double_eq_tol(c->gflop, 2e-9 * 9 * product(c->out) * c->in[3],
                                1e-12);
        return;
    }
    ck_assert_double_eq(c->done_gflop, c->gflop);
    if (strcmp(c->algorithm, "pointwise") == 0) {
        ck_assert_int_eq(c->kernel, 1);
        ck_assert_double_eq_tol(c->gflop, 2e-9 * product(c->out) * c->in[3],
                                1e-12);
    } else if (strcmp(c->algorithm, "linear") == 0) {
        ck_assert_double_eq_tol(c->gflop, 2e-9 * product(c->in) * c->out[3],
                                1e-12);
    } else if (strcmp(c->algorithm, "transposed") == 0) {
        ck_assert_int_eq(c->out[1], 2 * c->in[1]);
    } else if (strcmp(c->algorithm, "select") == 0) {
        ck_assert_int_eq(c->out[3], 1);
    } else {
        ck_assert_str_eq(c->algorithm, "direct");
    }
}

static const det_layer_cost *find(const struct log *log, const char *name)
{
    for (int i = 0; i < log->calls; i++)
        if (strcmp(log->costs[i].name, name) == 0)
            return &log->costs[i];
    ck_abort_msg("%s was not seen", name);
    return NULL;
}

static det_session *open_session(int in_order)
{
    det_session_options options;
    det_session *session;
    det_session_options_init(&options);
    options.threads = 2;
    options.min_size = 70;
    options.max_size = 100;
    options.proposals = 30;
    options.max_detections = 5;
    options.score_threshold = 0.0;
    options.in_order = in_order;
    ck_assert_int_eq(det_session_create(model, &options, &session), DET_OK);
    return session;
}

/* All work is some layer's, and all layers are within the stages. */
static void check_sums(const struct log *log, const det_result *result)
{
    double seconds = 0.0, gflop = 0.0;
    for (int s = 0; s < DET_STAGE_COUNT; s++) {
        seconds += det_result_stage_cost(result, (det_stage)s).seconds;
        gflop += det_result_stage_cost(result, (det_stage)s).gflop;
    }
    ck_assert_double_eq_tol(log->gflop, gflop, 1e-9 * gflop);
    ck_assert_double_gt(log->seconds, 0.0);
    ck_assert_double_le(log->seconds, seconds);
}

START_TEST(layers_of_a_detector)
{
    static uint8_t samples[WIDTH * HEIGHT * 3];
    const det_pixels pixels = paint(samples, 1);
    static struct log log;
    det_result *plain, *watched, *again;
    det_session *session = open_session(0);
    ck_assert_int_eq(det_session_run(session, &pixels, &plain), DET_OK);
    ck_assert_int_eq(det_session_watch_layers(session, note, &log), DET_OK);
    ck_assert_int_eq(log.calls, 0);
    ck_assert_int_eq(det_session_run(session, &pixels, &watched), DET_OK);
    for (int i = 0; i < log.calls; i++)
        check_cost(&log.costs[i]);
    check_sums(&log, watched);
    const det_layer_cost *first = find(&log, "backbone.body.conv1");
    ck_assert_int_eq(first->kernel, 7);
    ck_assert_int_eq(first->in[3], 3);
    ck_assert_str_eq(first->algorithm, "direct");
    ck_assert_str_eq(find(&log, "backbone.body.layer1.0.conv1")->algorithm,
                     "winograd");
    ck_assert_str_eq(find(&log, "roi_heads.box_head.fc6")->algorithm, "linear");
    ck_assert_str_eq(
        find(&log, "roi_heads.mask_predictor.mask_fcn_logits")->algorithm,
        "select");

    /* Looking changes nothing. */
    ck_assert_uint_gt(det_result_count(plain), 0);
    ck_assert_uint_eq(det_result_count(plain), det_result_count(watched));
    for (size_t i = 0; i < det_result_count(plain); i++)
        ck_assert_mem_eq(det_result_detection(plain, i),
                         det_result_detection(watched, i),
                         offsetof(det_detection, mask));

    const int calls = log.calls;
    ck_assert_int_eq(det_session_watch_layers(session, NULL, NULL), DET_OK);
    ck_assert_int_eq(det_session_run(session, &pixels, &again), DET_OK);
    ck_assert_int_eq(log.calls, calls);
    det_result_destroy(&plain);
    det_result_destroy(&watched);
    det_result_destroy(&again);
    det_session_destroy(&session);
}
END_TEST

START_TEST(layers_in_order)
{
    static uint8_t samples[WIDTH * HEIGHT * 3];
    const det_pixels pixels = paint(samples, 1);
    static struct log log;
    det_result *result;
    det_session *session = open_session(1);
    ck_assert_int_eq(det_session_watch_layers(session, note, &log), DET_OK);
    ck_assert_int_eq(det_session_run(session, &pixels, &result), DET_OK);
    for (int i = 0; i < log.calls; i++) {
        check_cost(&log.costs[i]);
        ck_assert_str_ne(log.costs[i].algorithm, "winograd");
    }
    det_result_destroy(&result);
    det_session_destroy(&session);
    ck_assert_int_eq(det_session_watch_layers(NULL, note, &log),
                     DET_ERROR_ARGUMENT);
}
END_TEST

/* ------------------------------------------------------------------ batches */

static det_classifier *open_classifier(det_views views)
{
    static const int32_t scales[] = {40, 36};
    det_classifier_options options;
    det_classifier *c;
    det_classifier_options_init(&options);
    options.threads = 2;
    options.views = views;
    options.scales = scales;
    options.scale_count = 2;
    ck_assert_int_eq(det_classifier_create(classifier, &options, &c), DET_OK);
    return c;
}

/* Images of other sizes and formats, too; rounding may differ where another
 * algorithm is faster for more images. */
START_TEST(batch_is_its_images)
{
    static uint8_t samples[IMAGES][WIDTH * HEIGHT * 3];
    det_pixels images[IMAGES];
    const int32_t labels = det_model_label_count(classifier);
    float *one = calloc((size_t)labels, sizeof *one);
    float *all = calloc((size_t)labels * IMAGES, sizeof *all);
    det_classifier *c = open_classifier((det_views)_i);
    for (unsigned i = 0; i < IMAGES; i++)
        images[i] = paint(samples[i], i);
    images[1].width = HEIGHT - 10;
    images[2].format = DET_PIXEL_BGR8;
    ck_assert_int_eq(det_classifier_run_batch(c, images, IMAGES, all), DET_OK);
    for (int i = 0; i < IMAGES; i++) {
        float sum = 0.0f;
        ck_assert_int_eq(det_classifier_run(c, &images[i], one), DET_OK);
        for (int32_t k = 0; k < labels; k++) {
            ck_assert_float_eq_tol(all[i * labels + k], one[k], 1e-5f);
            sum += all[i * labels + k];
        }
        ck_assert_float_eq_tol(sum, 1.0f, 1e-5f);
    }
    ck_assert_int_ne(memcmp(all, all + labels, sizeof *all * (size_t)labels),
                     0);
    det_classifier_destroy(&c);
    free(one);
    free(all);
}
END_TEST

START_TEST(wrong_batches)
{
    static uint8_t samples[WIDTH * HEIGHT * 3];
    det_pixels images[2] = {paint(samples, 1), paint(samples, 1)};
    float room[64];
    det_classifier *c = open_classifier(DET_VIEWS_CENTER);
    ck_assert_int_eq(det_classifier_run_batch(c, images, 0, room),
                     DET_ERROR_ARGUMENT);
    ck_assert_str_eq(det_classifier_message(c),
                     "a batch of 0 images; 1 to 1024 are possible");
    ck_assert_int_eq(
        det_classifier_run_batch(c, images, DET_MOST_BATCH + 1, room),
        DET_ERROR_ARGUMENT);
    ck_assert_int_eq(det_classifier_run_batch(c, NULL, 1, room),
                     DET_ERROR_ARGUMENT);
    images[1].width = 0;
    ck_assert_int_eq(det_classifier_run_batch(c, images, 2, room),
                     DET_ERROR_ARGUMENT);
    det_classifier_destroy(&c);
}
END_TEST

START_TEST(costs_of_a_classifier)
{
    static uint8_t samples[WIDTH * HEIGHT * 3];
    const det_pixels pixels = paint(samples, 1);
    const det_pixels images[IMAGES] = {pixels, pixels, pixels};
    static struct log log;
    float room[64 * IMAGES];
    det_classifier *c = open_classifier(DET_VIEWS_CENTER);
    ck_assert_int_le(det_model_label_count(classifier), 64);
    ck_assert_double_eq(
        det_classifier_stage_cost(c, DET_STAGE_BACKBONE).seconds, 0.0);
    ck_assert_int_eq(det_classifier_run(c, &pixels, room), DET_OK);
    const double gflop = det_classifier_stage_cost(c, DET_STAGE_BACKBONE).gflop;
    ck_assert_double_gt(gflop, 0.0);
    ck_assert_int_eq(det_classifier_watch_layers(c, note, &log), DET_OK);
    ck_assert_int_eq(det_classifier_run_batch(c, images, IMAGES, room), DET_OK);
    const det_stage_cost cost =
        det_classifier_stage_cost(c, DET_STAGE_BACKBONE);
    ck_assert_double_eq_tol(cost.gflop, IMAGES * gflop, 1e-9 * gflop);
    ck_assert_double_eq_tol(log.gflop, cost.gflop, 1e-9 * gflop);
    ck_assert_double_le(log.seconds, cost.seconds);
    ck_assert_double_gt(det_classifier_stage_cost(c, DET_STAGE_RESIZE).seconds,
                        0.0);
    ck_assert_double_eq(det_classifier_stage_cost(c, DET_STAGE_RPN).seconds,
                        0.0);
    ck_assert_double_eq(det_classifier_stage_cost(c, DET_STAGE_COUNT).seconds,
                        0.0);
    for (int i = 0; i < log.calls; i++) {
        check_cost(&log.costs[i]);
        ck_assert_int_eq(log.costs[i].in[0], IMAGES);
    }
    ck_assert_str_eq(log.costs[log.calls - 1].name, "fc");
    det_classifier_destroy(&c);
}
END_TEST

/* -------------------------------------------------------------------- limit */

START_TEST(limit_of_the_cpu)
{
    det_cpu_limit limit;
    ck_assert_int_eq(det_cpu_limit_measure(1, &limit), DET_OK);
    ck_assert_int_eq(limit.threads, 1);
    ck_assert_double_gt(limit.gflops, 0.1);
    ck_assert_double_lt(limit.gflops, 1e4);
    ck_assert_uint_gt(strlen(limit.vectors), 0);
    ck_assert_int_eq(det_cpu_limit_measure(0, &limit), DET_OK);
    ck_assert_int_ge(limit.threads, 1);
    ck_assert_int_eq(det_cpu_limit_measure(-1, &limit), DET_ERROR_ARGUMENT);
    ck_assert_double_eq(limit.gflops, 0.0);
    ck_assert_int_eq(det_cpu_limit_measure(257, &limit), DET_ERROR_ARGUMENT);
    ck_assert_int_eq(det_cpu_limit_measure(1, NULL), DET_ERROR_ARGUMENT);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc != 3)
        return EXIT_FAILURE;
    paths[0] = argv[1];
    paths[1] = argv[2];
    Suite *suite = suite_create("measure");
    TCase *tests = tcase_create("measure");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, layers_of_a_detector);
    tcase_add_test(tests, layers_in_order);
    tcase_add_loop_test(tests, batch_is_its_images, DET_VIEWS_CENTER,
                        DET_VIEWS_FULL + 1);
    tcase_add_test(tests, wrong_batches);
    tcase_add_test(tests, costs_of_a_classifier);
    tcase_add_test(tests, limit_of_the_cpu);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

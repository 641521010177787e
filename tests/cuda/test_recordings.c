/* SPDX-License-Identifier: MIT */
/*
 * Parts of programs that the emulated GPU records and plays: the answers are
 * those of the CPU each time, whatever fails on the way.
 * usage: test_recordings MODEL
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "compute/activation.h"
#include "compute/engine.h"
#include "compute/gather.h"
#include "compute/pool.h"
#include "compute/recording.h"
#include "detect/detect.h"
#include "tests/cuda/fake_gpu.h"
#include "tests/same_results.h"

enum { SIDE = 6, CHANNELS = 4, COUNT = SIDE * SIDE * CHANNELS };

static const char *model_path;

/* What is wrong inside a recorded part. */
enum fault { NO_FAULT, READS_HOST, WAITS, FAILS };

/* A map of `first`, first + 1, ... becomes the sum of what a recorded part
 * makes of it. */
struct part {
    const char *name;
    float first;
    enum fault fault;
    int32_t more; /* memory that the program takes before, bytes */
    int32_t index;
    float sum;
};

static det_status make_map(struct det_compute *compute, const struct part *part,
                           struct det_tensor *out)
{
    DET_TRY(det_host_tensor_take(compute, out, 1, SIDE, SIDE, CHANNELS));
    for (int i = 0; !det_planning(compute) && i < COUNT; i++)
        out->data[i] = (part->first + (float)i) / COUNT;
    return det_tensor_move_to_device(compute, out);
}

static det_status recorded(struct det_compute *compute, struct part *part,
                           struct det_tensor *map, struct det_tensor *view)
{
    const struct det_gather gather = {
        .in = *map, .index = part->fault == READS_HOST ? &part->index : NULL};
    struct det_gather op = gather;
    DET_TRY(det_gather(compute, &op, 1, 1));
    DET_TRY(det_softmax(compute, &op.out));
    if (part->fault == WAITS)
        DET_TRY(det_wait(compute));
    if (part->fault == FAILS && !det_planning(compute))
        return det_fail(compute->message, DET_ERROR_FORMAT, "on purpose");
    return det_host_view_take(compute, view, &op.out);
}

static det_status run_part(struct det_compute *compute, void *user)
{
    struct part *part = user;
    struct det_tensor map, view;
    void *more;
    DET_TRY(det_arena_take(compute->arena, &more, (size_t)part->more + 1, 1,
                           compute->message));
    DET_TRY(make_map(compute, part, &map));
    DET_TRY(det_recording_begin(compute, part->name, strlen(part->name) + 1));
    DET_TRY(recorded(compute, part, &map, &view));
    DET_TRY(det_recording_end(compute));
    DET_TRY(det_wait(compute));
    part->sum = 0.0f;
    for (int i = 0; !det_planning(compute) && i < COUNT; i++)
        part->sum += (float)(i % 7) * view.data[i];
    return DET_OK;
}

static struct det_message message;
static struct det_engine cpu, gpu;

static void open_engines(void)
{
    struct det_engine_options options = {.threads = 1};
    ck_assert_int_eq(det_engine_create(&cpu, &options, &message), DET_OK);
    options.device = "cuda";
    ck_assert_int_eq(det_engine_create(&gpu, &options, &message), DET_OK);
}

static void close_engines(void)
{
    det_engine_destroy(&cpu);
    det_engine_destroy(&gpu);
    ck_assert_uint_eq(fake_gpu_used(), 0);
}

/* On both; what is to be done again each time is planned once. */
static void check_part(struct part *part)
{
    ck_assert_int_eq(det_engine_run(&cpu, run_part, part), DET_OK);
    const float expected = part->sum;
    ck_assert_msg(det_engine_run(&gpu, run_part, part) == DET_OK, "%s",
                  message.text);
    ck_assert_float_eq_tol(part->sum, expected, 1e-5f);
    ck_assert_str_eq(message.text, "");
}

/* Calls while a part runs `times` times, with other numbers each time. */
static int count_calls(const char *call, struct part *part, int times)
{
    const int before = fake_gpu_calls(call);
    for (int i = 0; i < times; i++) {
        part->first += 3.0f;
        check_part(part);
    }
    return fake_gpu_calls(call) - before;
}

START_TEST(played_from_the_third_run_on)
{
    struct part part = {.name = "a"};
    ck_assert_int_eq(count_calls("cudaStreamBeginCapture", &part, 1), 0);
    ck_assert_int_eq(count_calls("cudaStreamBeginCapture", &part, 1), 1);
    ck_assert_int_eq(count_calls("launch", &part, 3), 0);
    ck_assert_int_eq(count_calls("cudaGraphLaunch", &part, 3), 3);
}
END_TEST

START_TEST(each_name_has_its_own)
{
    struct part a = {.name = "a"}, b = {.name = "another"};
    for (int i = 0; i < 3; i++) {
        a.first += 1.0f;
        b.first -= 1.0f;
        check_part(&a);
        check_part(&b);
    }
    ck_assert_int_eq(count_calls("launch", &a, 1), 0);
    ck_assert_int_eq(count_calls("launch", &b, 1), 0);
}
END_TEST

/* More names than there is room for: the oldest is forgotten. */
START_TEST(many_names)
{
    char name[8] = "p00";
    struct part part = {.name = name};
    for (int i = 0; i < 3 * 100; i++) {
        name[1] = (char)('0' + i / 3 % 10);
        name[2] = (char)('0' + i / 3 / 10);
        part.first = (float)i;
        check_part(&part);
    }
    ck_assert_int_eq(count_calls("launch", &part, 1), 0);
    memcpy(name, "p00", 4);
    ck_assert_int_gt(count_calls("launch", &part, 1), 0);
}
END_TEST

/* What was recorded is of no use where memory is another. */
START_TEST(memory_that_moved)
{
    struct part part = {.name = "a"};
    count_calls("launch", &part, 3);
    struct part larger = {.name = "b", .more = 1 << 22};
    check_part(&larger);
    ck_assert_int_gt(count_calls("launch", &part, 1), 0);
    count_calls("launch", &part, 1);
    ck_assert_int_eq(count_calls("launch", &part, 1), 0);
}
END_TEST

/* Parts that cannot be recorded run as they are, and nobody is told. */
START_TEST(what_cannot_be_recorded)
{
    struct part part = {.name = "a", .fault = _i ? WAITS : READS_HOST};
    ck_assert_int_eq(count_calls("cudaStreamBeginCapture", &part, 5), 1);
    ck_assert_int_eq(count_calls("cudaGraphLaunch", &part, 2), 0);
}
END_TEST

static const char *const recording_calls[] = {
    "cudaStreamBeginCapture", "cudaStreamEndCapture", "cudaGraphInstantiate"};

START_TEST(a_recording_that_fails)
{
    struct part part = {.name = "a"};
    check_part(&part);
    fake_gpu_fail(recording_calls[_i], 0);
    check_part(&part);
    fake_gpu_fail(NULL, 0);
    ck_assert_int_gt(count_calls("launch", &part, 3), 0);
}
END_TEST

/* The device may be too full for a graph: the part runs as it is, then and
 * later. */
START_TEST(playing_that_fails)
{
    struct part part = {.name = "a"};
    count_calls("launch", &part, 1 + _i);
    fake_gpu_fail("cudaGraphLaunch", 0);
    check_part(&part);
    fake_gpu_fail(NULL, 0);
    ck_assert_int_eq(count_calls("cudaGraphLaunch", &part, 3), 0);
}
END_TEST

static int stop_while_capturing(void *user)
{
    int *asked = user;
    (*asked)++;
    return gpu.compute.recording;
}

/* Whom it calls might ask the device for something. */
START_TEST(nobody_is_asked_while_recording)
{
    struct part part = {.name = "a"};
    int asked = 0;
    gpu.compute.stop = stop_while_capturing;
    gpu.compute.stop_user = &asked;
    ck_assert_int_eq(count_calls("cudaStreamBeginCapture", &part, 3), 1);
    ck_assert_int_gt(asked, 0);
}
END_TEST

/* An error of the program's is its own, and ends the recording. */
START_TEST(a_program_that_fails)
{
    struct part part = {.name = "a"};
    check_part(&part);
    part.fault = FAILS;
    ck_assert_int_eq(det_engine_run(&gpu, run_part, &part), DET_ERROR_FORMAT);
    ck_assert_str_eq(message.text, "on purpose");
    message.text[0] = 0;
    part.fault = NO_FAULT;
    ck_assert_int_eq(count_calls("cudaGraphLaunch", &part, 2), 2);
}
END_TEST

/* ----------------------------------------------------------------- a session
 */

enum { WIDTH = 64, HEIGHT = 48, PHOTOS = 3 };

static void make_samples(uint8_t *samples, int seed)
{
    for (int i = 0; i < WIDTH * HEIGHT * 3; i++)
        samples[i] = (uint8_t)((i / 3 % WIDTH * 3 + i * seed % 91) & 255);
}

static det_session *open_session(const det_model *model)
{
    det_session *session;
    det_session_options options;
    det_session_options_init(&options);
    options.min_size = 32;
    options.max_size = 64;
    options.proposals = 10;
    options.max_detections = 4;
    options.score_threshold = 0.0;
    ck_assert_int_eq(det_session_create(model, &options, &session), DET_OK);
    return session;
}

static det_result *look(det_session *session, int seed, int32_t height)
{
    static uint8_t samples[WIDTH * HEIGHT * 3];
    const det_pixels pixels = {samples, WIDTH, height, 3 * WIDTH,
                               DET_PIXEL_RGB8};
    det_result *result;
    make_samples(samples, seed);
    ck_assert_msg(det_session_run(session, &pixels, &result) == DET_OK, "%s",
                  det_session_message(session));
    return result;
}

static void check_same(det_result *a, det_result *b)
{
    same_results_check(a, b);
    det_result_destroy(&a);
    det_result_destroy(&b);
}

/* Photos of two sizes in turns, the third of each from recordings, are what a
 * session sees that has not looked at any before. */
START_TEST(a_session_plays)
{
    det_context *context;
    det_model *model;
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    ck_assert_msg(det_model_load_on(context, model_path, "cuda", &model) ==
                      DET_OK,
                  "%s", det_context_message(context));
    det_session *session = open_session(model);
    const int before = fake_gpu_calls("cudaGraphLaunch");
    for (int i = 0; i < 2 * PHOTOS; i++) {
        const int32_t height = i % 2 ? HEIGHT : HEIGHT / 2;
        det_session *fresh = open_session(model);
        check_same(look(session, i, height), look(fresh, i, height));
        det_session_destroy(&fresh);
    }
    /* Two parts, of two sizes, from the second photo on; the larger size moved
     * the memory of the smaller. */
    ck_assert_int_ge(fake_gpu_calls("cudaGraphLaunch") - before,
                     2 * 2 * (PHOTOS - 2));
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
    Suite *suite = suite_create("recordings");
    TCase *parts = tcase_create("parts"), *whole = tcase_create("session");
    tcase_add_checked_fixture(parts, open_engines, close_engines);
    tcase_add_test(parts, played_from_the_third_run_on);
    tcase_add_test(parts, each_name_has_its_own);
    tcase_add_test(parts, many_names);
    tcase_add_test(parts, memory_that_moved);
    tcase_add_loop_test(parts, what_cannot_be_recorded, 0, 2);
    tcase_add_loop_test(parts, a_recording_that_fails, 0, 3);
    tcase_add_loop_test(parts, playing_that_fails, 0, 3);
    tcase_add_test(parts, nobody_is_asked_while_recording);
    tcase_add_test(parts, a_program_that_fails);
    tcase_add_test(whole, a_session_plays);
    tcase_set_timeout(parts, 120);
    tcase_set_timeout(whole, 240);
    suite_add_tcase(suite, parts);
    suite_add_tcase(suite, whole);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

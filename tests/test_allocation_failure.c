/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of the library fails once, and then all from it on: each
 * call ends in a status, nothing leaks, and the handle works afterwards.
 * usage: test_allocation_failure MODEL [TRAINING_STEP]
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "detect/eval.h"
#include "detect/train.h"
#include "tests/counted_allocations.h"
#include "tests/test_folder.h"

enum { WIDTH = 64, HEIGHT = 48 };

static const char *model_path;
static size_t training_step = 17; /* a run takes long */
static uint8_t samples[WIDTH * HEIGHT * 3];

static det_pixels test_pixels(void)
{
    for (size_t i = 0; i < sizeof samples; i++)
        samples[i] = (uint8_t)(i * i / 7 + i);
    return (det_pixels){.data = samples,
                        .width = WIDTH,
                        .height = HEIGHT,
                        .stride = 3 * WIDTH,
                        .format = DET_PIXEL_RGB8};
}

static det_session_options quick_options(void)
{
    det_session_options options;
    det_session_options_init(&options);
    options.threads = 1;
    options.min_size = 48;
    options.max_size = 64;
    options.proposals = 20;
    options.max_detections = 3;
    options.score_threshold = 0.0;
    return options;
}

/* One thing to do from start to end; everything it makes is gone after it. */
struct attempt {
    det_status (*run)(void *state);
    void *state;
    const char *what;
};

static size_t try_once(const struct attempt *attempt, size_t n, bool for_ever)
{
    const long live = counted_allocations_live();
    counted_allocations_fail(n, for_ever);
    const det_status status = attempt->run(attempt->state);
    counted_allocations_stop();
    const size_t used = counted_allocations();
    ck_assert_msg(status == DET_OK || status == DET_ERROR_MEMORY,
                  "%s: allocation %zu: %s", attempt->what, n,
                  det_status_name(status));
    if (n > 0 && used >= n && for_ever)
        ck_assert_msg(status == DET_ERROR_MEMORY,
                      "%s: allocation %zu failed and nobody noticed",
                      attempt->what, n);
    ck_assert_msg(counted_allocations_live() == live,
                  "%s: allocation %zu: %ld blocks leaked", attempt->what, n,
                  counted_allocations_live() - live);
    return used;
}

/* Each allocation that a run without failures makes, or every `step`-th. */
static void try_some(const struct attempt *attempt, size_t step)
{
    const size_t count = try_once(attempt, 0, false);
    ck_assert_msg(count > 0, "%s: allocates nothing?", attempt->what);
    for (size_t n = 1; n <= count; n += step) {
        try_once(attempt, n, false);
        try_once(attempt, n, true);
    }
    printf("%s: %zu allocations\n", attempt->what, count);
}

static void try_all(const struct attempt *attempt)
{
    try_some(attempt, 1);
}

/* ------------------------------------------------------------------ attempts
 */

static det_status load_model(void *state)
{
    det_context *context = NULL;
    det_model *model = NULL;
    det_status status = det_context_create(&context);
    (void)state;
    if (status == DET_OK)
        status = det_model_load(context, model_path, &model);
    counted_allocations_stop();
    if (status != DET_OK)
        ck_assert_ptr_null(model);
    det_model_destroy(&model);
    det_context_destroy(&context);
    return status;
}

/* A model that is refused late makes messages on the way. */
static det_status load_nothing(void *state)
{
    det_context *context = NULL;
    det_model *model = NULL;
    (void)state;
    det_status status = det_context_create(&context);
    if (status == DET_OK) {
        status = det_model_load(context, "/nonexistent", &model);
        counted_allocations_stop();
        ck_assert(status == DET_ERROR_READ || status == DET_ERROR_MEMORY);
        status = status == DET_ERROR_READ ? DET_OK : status;
    }
    det_context_destroy(&context);
    return status;
}

static det_status run_session(void *state)
{
    const det_session_options options = quick_options();
    const det_pixels pixels = test_pixels();
    det_session *session = NULL;
    det_result *result = NULL;
    det_status status = det_session_create(state, &options, &session);
    if (status == DET_OK)
        status = det_session_run(session, &pixels, &result);
    counted_allocations_stop();
    if (status != DET_OK)
        ck_assert_ptr_null(result);
    det_result_destroy(&result);
    det_session_destroy(&session);
    return status;
}

/* A session that ran out of memory is whole: the next run gives the answer. */
static det_status run_again(void *state)
{
    const det_pixels pixels = test_pixels();
    det_result *result = NULL;
    const det_status status = det_session_run(state, &pixels, &result);
    det_result_destroy(&result);
    counted_allocations_stop();
    if (status == DET_ERROR_MEMORY) {
        ck_assert_int_eq(det_session_run(state, &pixels, &result), DET_OK);
        ck_assert_uint_gt(det_result_count(result), 0);
        det_result_destroy(&result);
    }
    return status;
}

/* -------------------------------------------------------------------- tests */

START_TEST(loading)
{
    const struct attempt nothing = {load_nothing, NULL, "a missing model"};
    const struct attempt model = {load_model, NULL, "a model"};
    try_all(&nothing);
    try_all(&model);
}
END_TEST

static void open_model(det_context **context, det_model **model)
{
    ck_assert_int_eq(det_context_create(context), DET_OK);
    ck_assert_int_eq(det_model_load(*context, model_path, model), DET_OK);
}

START_TEST(detecting)
{
    det_context *context;
    det_model *model;
    open_model(&context, &model);
    const struct attempt attempt = {run_session, model, "one detection"};
    try_all(&attempt);
    det_model_destroy(&model);
    det_context_destroy(&context);
}
END_TEST

START_TEST(session_survives)
{
    det_context *context;
    det_model *model;
    det_session *session;
    const det_session_options options = quick_options();
    open_model(&context, &model);
    ck_assert_int_eq(det_session_create(model, &options, &session), DET_OK);
    run_again(session);
    counted_allocations_fail(0, false);
    run_again(session);
    const size_t count = counted_allocations();
    ck_assert_uint_gt(count, 0); /* results */
    for (size_t n = 1; n <= count; n++) {
        counted_allocations_fail(n, true);
        ck_assert_int_eq(run_again(session), DET_ERROR_MEMORY);
    }
    det_session_destroy(&session);
    det_model_destroy(&model);
    det_context_destroy(&context);
}
END_TEST

/* ------------------------------------------------- no allocation in a network
 */

struct stage_counts {
    size_t at[DET_STAGE_COUNT]; /* allocations when the stage began */
};

static int note_stage(void *user, det_stage stage)
{
    struct stage_counts *counts = user;
    counts->at[stage] = counted_allocations();
    return 0;
}

START_TEST(network_allocates_nothing)
{
    det_context *context;
    det_model *model;
    det_session *session;
    struct stage_counts counts = {{0}};
    const det_pixels pixels = test_pixels();
    det_session_options options = quick_options();
    options.progress = note_stage;
    options.progress_user = &counts;
    open_model(&context, &model);
    ck_assert_int_eq(det_session_create(model, &options, &session), DET_OK);
    for (int run = 0; run < 3; run++) {
        det_result *result = NULL;
        counted_allocations_fail(0, false);
        const det_status status = det_session_run(session, &pixels, &result);
        counted_allocations_stop();
        ck_assert_int_eq(status, DET_OK);
        ck_assert_uint_gt(det_result_count(result), 0);
        ck_assert_msg(run == 0 || counts.at[DET_STAGE_RESIZE] == 0,
                      "run %d: %zu allocations before the network", run,
                      counts.at[DET_STAGE_RESIZE]);
        ck_assert_msg(counts.at[DET_STAGE_RESIZE] == counts.at[DET_STAGE_PASTE],
                      "run %d: %zu allocations in the network", run,
                      counts.at[DET_STAGE_PASTE] - counts.at[DET_STAGE_RESIZE]);
        ck_assert_uint_gt(counted_allocations(), 0); /* results */
        det_result_destroy(&result);
    }
    det_session_destroy(&session);
    det_model_destroy(&model);
    det_context_destroy(&context);
}
END_TEST

/* --------------------------------------------------------------- evaluation */

static char data_folder[] = "/tmp/allocation-XXXXXX";

static const char *data_path(char out[64], const char *name)
{
    snprintf(out, 64, "%s/%s", data_folder, name);
    return out;
}

static void write_data(const char *name, const char *text)
{
    char path[64];
    FILE *file = fopen(data_path(path, name), "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

#define OBJECT "\"image_id\":1,\"category_id\":1,\"bbox\":[1,1,4,4],"
#define SQUARE "\"segmentation\":[[1,1,5,1,5,5,1,5],[7,7,9,7,9,9]]"

static void make_data(void)
{
    ck_assert_ptr_nonnull(mkdtemp(data_folder));
    write_data("truth.json",
               "{\"images\":[{\"id\":1,\"width\":12,\"height\":12,"
               "\"file_name\":\"a.jpg\"},{\"id\":2}],\"categories\":[{"
               "\"id\":1,\"name\":\"one\"},{\"id\":2}],"
               "\"annotations\":[{" OBJECT "\"id\":1,\"area\":16," SQUARE
               "}]}");
    write_data("found.json",
               "[{" OBJECT "\"score\":0.5," SQUARE "},"
               "{" OBJECT "\"score\":0.25,\"segmentation\":{\"size\":"
               "[12,12],\"counts\":[13,4,127]}}]");
    write_data("found.txt", "\n1 2 2 5 5 2 1 1 1 1\n");
}

static det_status judge(det_context *context, const det_dataset *dataset,
                        const det_results *results, det_rules rules)
{
    const int last =
        rules == DET_RULES_COCO ? DET_TASK_LOCALIZATION : DET_TASK_SEGM;
    for (int task = DET_TASK_BBOX; task <= last; task++) {
        det_evaluate_options options;
        det_evaluation *evaluation = NULL;
        det_evaluate_options_init(&options);
        options.task = (det_task)task;
        options.rules = rules;
        options.threads = 1;
        const det_status status =
            det_evaluate(context, dataset, results, &options, &evaluation);
        det_evaluation_destroy(&evaluation);
        if (status != DET_OK)
            return status;
    }
    return DET_OK;
}

static det_status evaluate(void *state)
{
    char truth[64], found[64];
    det_context *context = NULL;
    det_dataset *dataset = NULL;
    det_results *results = NULL;
    det_status status = det_context_create(&context);
    (void)state;
    if (status == DET_OK)
        status = det_dataset_load(context, data_path(truth, "truth.json"), NULL,
                                  &dataset);
    if (status == DET_OK)
        status = det_results_load(context, dataset,
                                  data_path(found, "found.json"), &results);
    if (status == DET_OK)
        status =
            det_results_append(context, results, data_path(found, "found.txt"));
    for (int rules = DET_RULES_COCO;
         status == DET_OK && rules <= DET_RULES_IMAGENET; rules++)
        status = judge(context, dataset, results, (det_rules)rules);
    counted_allocations_stop();
    det_results_destroy(&results);
    det_dataset_destroy(&dataset);
    det_context_destroy(&context);
    return status;
}

START_TEST(evaluating)
{
    char path[64];
    make_data();
    try_all(&(struct attempt){evaluate, NULL, "evaluate"});
    remove(data_path(path, "truth.json"));
    remove(data_path(path, "found.json"));
    remove(data_path(path, "found.txt"));
    rmdir(data_folder);
}
END_TEST

/* ------------------------------------------------------------------ training
 */

static det_status make_scenes(det_context *context, det_dataset **out)
{
    det_scene_options options;
    det_scene_options_init(&options);
    options.width = options.height = 32;
    options.min_objects = 1;
    options.max_objects = 2;
    return det_scenes_make(context, &options, 3, out);
}

static det_status generate(void *state)
{
    det_context *context = NULL;
    det_dataset *scenes = NULL;
    det_status status = det_context_create(&context);
    (void)state;
    if (status == DET_OK)
        status = make_scenes(context, &scenes);
    counted_allocations_stop();
    det_dataset_destroy(&scenes);
    det_context_destroy(&context);
    return status;
}

START_TEST(generating)
{
    try_all(&(struct attempt){generate, NULL, "scenes"});
}
END_TEST

/* A step, a validation, a checkpoint that is read again, a model. */
static det_status use_trainer(det_trainer *trainer, const char *run)
{
    char model[96];
    int found;
    snprintf(model, sizeof model, "%s/model.safetensors", run);
    det_status status = det_trainer_step(trainer);
    if (status == DET_OK)
        status = det_trainer_validate(trainer);
    if (status == DET_OK)
        status = det_trainer_save(trainer, run);
    if (status == DET_OK)
        status = det_trainer_resume(trainer, run, &found);
    if (status == DET_OK && !found)
        status = DET_ERROR_READ;
    return status == DET_OK ? det_trainer_export(trainer, model) : status;
}

static det_status train(void *state)
{
    static const char *const settings[] = {"batch=2", "workers=1", "threads=1",
                                           "iterations=1"};
    det_context *context = NULL;
    det_dataset *scenes = NULL;
    det_trainer *trainer = NULL;
    det_train_options options;
    det_status status = det_context_create(&context);
    if (status == DET_OK)
        status = make_scenes(context, &scenes);
    det_train_options_init(&options);
    options.architecture = "resnet20";
    options.data = options.validation = scenes;
    options.images = options.validation_images = "";
    options.settings = settings;
    options.setting_count = sizeof settings / sizeof settings[0];
    if (status == DET_OK)
        status = det_trainer_create(context, &options, &trainer);
    if (status == DET_OK)
        status = use_trainer(trainer, state);
    det_trainer_destroy(&trainer); /* ends the threads that allocate */
    counted_allocations_stop();
    det_dataset_destroy(&scenes);
    det_context_destroy(&context);
    return status;
}

START_TEST(training)
{
    struct test_folder folder;
    test_folder_create(&folder);
    try_some(&(struct attempt){train, folder.path, "train"}, training_step);
    test_folder_remove(&folder);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 3)
        return 2;
    model_path = argv[1];
    if (argc == 3)
        training_step = (size_t)strtoul(argv[2], NULL, 10);
    TCase *tests = tcase_create("tests");
    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, evaluating);
    tcase_add_test(tests, generating);
    tcase_add_test(tests, training);
    tcase_add_test(tests, loading);
    tcase_add_test(tests, detecting);
    tcase_add_test(tests, session_survives);
    tcase_add_test(tests, network_allocates_nothing);
    Suite *suite = suite_create("allocation_failure");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

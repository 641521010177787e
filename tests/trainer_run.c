/* SPDX-License-Identifier: MIT */
#include "tests/trainer_run.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/test_tree.h"

enum { MOST_SETTINGS = 24 };

void trainer_run_open(det_context **context, det_dataset **data,
                      const struct test_folder *folder, const char *name)
{
    char path[TEST_FOLDER_PATH];
    test_folder_path(path, folder, name);
    ck_assert_int_eq(det_context_create(context), DET_OK);
    ck_assert_msg(det_dataset_load(*context, path, NULL, data) == DET_OK, "%s",
                  det_context_message(*context));
}

void trainer_run_close(det_context **context, det_dataset **data,
                       struct test_folder *folder)
{
    det_dataset_destroy(data);
    det_context_destroy(context);
    test_tree_remove(folder);
}

det_trainer *trainer_run_create(det_context *context,
                                const struct trainer_request *request)
{
    const char *settings[MOST_SETTINGS];
    char text[512];
    det_train_options options;
    det_trainer *trainer;
    det_train_options_init(&options);
    snprintf(text, sizeof text, "%s %s", request->settings[0],
             request->settings[1]);
    char *rest = text, *next;
    while ((next = strsep(&rest, " ")) != NULL) {
        ck_assert_uint_lt(options.setting_count, MOST_SETTINGS);
        if (*next)
            settings[options.setting_count++] = next;
    }
    options.architecture = request->architecture;
    options.data = options.validation = request->data;
    options.images = options.validation_images = request->images;
    options.init = request->init;
    options.settings = settings;
    options.device = request->device;
    options.precision = request->precision;
    ck_assert_msg(det_trainer_create(context, &options, &trainer) == DET_OK,
                  "%s: %s", request->settings[1], det_context_message(context));
    return trainer;
}

void trainer_run_steps(det_trainer *trainer, int64_t times)
{
    for (int64_t i = 0; i < times; i++)
        ck_assert_msg(det_trainer_step(trainer) == DET_OK, "%s",
                      det_trainer_message(trainer));
}

double trainer_run_metric(const det_trainer *trainer, const char *wanted)
{
    const char *name;
    double value;
    for (size_t i = 0; det_trainer_metric(trainer, i, &name, &value); i++)
        if (strcmp(name, wanted) == 0)
            return value;
    ck_abort_msg("no metric %s", wanted);
    return 0.0;
}

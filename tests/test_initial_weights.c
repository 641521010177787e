/* SPDX-License-Identifier: MIT */
/* What a detector begins with when it is given a classifier's weights. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/test_folder.h"
#include "train/initial_weights.h"
#include "weights/safetensors.h"

enum { MOST = 24 };

struct row {
    const char *name; /* in the file */
    int32_t file_rank;
    int64_t file_shape[4];
    const char *into; /* array of the detector */
    int32_t rank;
    int32_t shape[4];
    size_t taken; /* numbers that the array has after it */
};

/* 24 numbers each */
static const struct row rows[] = {
    {"layer4.0.conv1.weight",
     4,
     {2, 3, 2, 2},
     "roi_heads.box_head.layer4.0.conv1.weight",
     4,
     {2, 3, 2, 2},
     24},
    {"backbone.body.layer4.0.conv1.weight",
     4,
     {2, 3, 2, 2},
     "backbone.body.layer4.0.conv1.weight",
     4,
     {2, 3, 2, 2},
     24},
    {"backbone.body.fc6.weight",
     4,
     {2, 3, 2, 2},
     "roi_heads.box_head.fc6.weight",
     2,
     {2, 12},
     24},
    {"backbone.body.fc7.weight",
     4,
     {4, 6, 1, 1},
     "roi_heads.box_head.fc7.weight",
     2,
     {4, 6},
     24},
    {"backbone.body.fc7.bias",
     1,
     {24},
     "roi_heads.box_head.fc7.bias",
     1,
     {24},
     24},
    {"backbone.body.fc6.weight",
     4,
     {2, 3, 2, 2},
     "roi_heads.box_head.fc6.weight",
     2,
     {3, 8},
     0},
    {"layer4.0.conv1.weight",
     4,
     {2, 3, 2, 2},
     "roi_heads.box_head.layer4.0.conv2.weight",
     4,
     {2, 3, 2, 2},
     0},
    /* only what moves may change its shape */
    {"backbone.body.layer3.0.conv1.weight",
     4,
     {2, 3, 2, 2},
     "backbone.body.layer3.0.conv1.weight",
     2,
     {2, 12},
     0},
};

static void write_file(const char *path, const struct row *row,
                       const float *values)
{
    struct det_message message = {0};
    char name[64];
    snprintf(name, sizeof name, "%s", row->name);
    struct det_weight weight = {.name = name,
                                .dtype = DET_DTYPE_F32,
                                .rank = row->file_rank,
                                .data = (const uint8_t *)(const void *)values};
    memcpy(weight.shape, row->file_shape, sizeof row->file_shape);
    ck_assert(det_weight_set_contiguous(&weight));
    const struct det_safetensors_item item = {.name = row->name,
                                              .weight = &weight};
    ck_assert_int_eq(det_safetensors_write(path, &item, 1, NULL, 0, &message),
                     DET_OK);
}

START_TEST(classifiers_into_detectors)
{
    const struct row *row = &rows[_i];
    float file[MOST], values[MOST] = {0};
    struct det_message message = {0};
    struct test_folder folder;
    char path[TEST_FOLDER_PATH];
    struct det_train_array array = {
        .name = row->into, .value = values, .count = MOST, .rank = row->rank};
    memcpy(array.shape, row->shape, sizeof row->shape);
    struct det_parameters parameters = {.arrays = &array, .num_arrays = 1};
    for (int i = 0; i < MOST; i++)
        file[i] = (float)(i + 1);
    test_folder_create(&folder);
    test_folder_path(path, &folder, "classifier.safetensors");
    write_file(path, row, file);
    ck_assert_int_eq(det_initial_weights_read(&parameters, path, &message),
                     row->taken ? DET_OK : DET_ERROR_MODEL);
    for (size_t i = 0; i < MOST; i++)
        ck_assert_float_eq(values[i], i < row->taken ? file[i] : 0.0f);
    test_folder_remove(&folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("initial_weights");
    TCase *tcase = tcase_create("initial_weights");
    tcase_add_loop_test(tcase, classifiers_into_detectors, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

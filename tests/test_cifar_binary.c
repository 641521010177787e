/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/cifar_binary.h"
#include "detect/data.h"
#include "tests/test_tree.h"

enum { PIXELS = 3072, RECORD = 3073, FINE_RECORD = 3074 };

static struct test_folder folder;
static struct det_message message;
static struct det_dataset set;

static void setup(void)
{
    test_folder_create(&folder);
    message.text[0] = 0;
}

static void teardown(void)
{
    det_dataset_clear(&set);
    test_tree_remove(&folder);
}

static uint8_t pixel(size_t record, size_t at)
{
    return (uint8_t)(at * 7 + at / 251 + record * 31);
}

/* Records whose labels are given; `coarse` puts a byte in front of each. */
static void put(const char *name, const uint8_t *labels, size_t count,
                bool coarse, size_t cut)
{
    const size_t record = coarse ? FINE_RECORD : RECORD;
    uint8_t *bytes = malloc(count * record + 1);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < count; i++) {
        uint8_t *at = bytes + i * record;
        at[0] = 19;
        at[coarse] = labels[i];
        for (size_t k = 0; k < PIXELS; k++)
            at[coarse + 1 + k] = pixel(i, k);
    }
    test_tree_put(&folder, name, bytes, count * record - cut);
    free(bytes);
}

static det_status open_path(const char *name, int classes, const char *list)
{
    char path[TEST_FOLDER_PATH];
    test_folder_path(path, &folder, name);
    det_dataset_clear(&set);
    return det_cifar_open(&set, classes, path, list, &message);
}

static void refuse(const char *name, int classes, const char *list,
                   const char *text)
{
    ck_assert_int_eq(open_path(name, classes, list), DET_ERROR_DATASET);
    if (!strstr(message.text, text))
        ck_abort_msg("\"%s\" is not in \"%s\"", text, message.text);
}

START_TEST(a_file)
{
    static const uint8_t labels[] = {9, 0, 6};
    put("a.bin", labels, 3, false, 0);
    ck_assert_int_eq(open_path("a.bin", 10, NULL), DET_OK);
    ck_assert_uint_eq(set.num_categories, 10);
    ck_assert_str_eq(set.categories[6].name, "frog");
    ck_assert_int_eq(set.categories[0].id, 0);
    ck_assert_uint_eq(set.num_images, 3);
    ck_assert_str_eq(set.images[2].file_name, "a.bin#2");
    ck_assert_uint_eq(set.num_annotations, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct det_annotation *a = &set.annotations[i];
        ck_assert_uint_eq(a->image, i);
        ck_assert_uint_eq(a->category, labels[i]);
        ck_assert(isnan(a->box[0]) && isnan(a->area));
        ck_assert_int_eq(set.images[i].width, 32);
        for (size_t k = 0; k < PIXELS; k++)
            ck_assert_uint_eq(set.images[i].planes[k], pixel(i, k));
    }
}
END_TEST

START_TEST(a_folder)
{
    static const uint8_t one[] = {1}, two[] = {2, 3}, test[] = {4};
    put("data_batch_2.bin", two, 2, false, 0);
    put("data_batch_1.bin", one, 1, false, 0);
    put("test_batch.bin", test, 1, false, 0);
    put("other.bin", test, 1, false, 5);
    ck_assert_int_eq(open_path(".", 10, NULL), DET_OK);
    ck_assert_uint_eq(set.num_images, 3);
    ck_assert_str_eq(set.images[0].file_name, "data_batch_1.bin#0");
    ck_assert_str_eq(set.images[2].file_name, "data_batch_2.bin#1");
    ck_assert_int_eq(open_path(".", 10, "test"), DET_OK);
    ck_assert_uint_eq(set.num_images, 1);
    ck_assert_uint_eq(set.annotations[0].category, 4);
    refuse(".", 10, "val", "train (data_batch*.bin) or test");
    test_tree_put_text(&folder, "batches.meta.txt",
                       "null\r\neins\nzwei\ndrei\nvier\nf\nsechs\ns\na\nn\n\n");
    ck_assert_int_eq(open_path(".", 10, "test"), DET_OK);
    ck_assert_str_eq(set.categories[0].name, "null");
    ck_assert_str_eq(set.categories[4].name, "vier");
    test_tree_put_text(&folder, "batches.meta.txt", "one\n\ntwo\n");
    refuse(".", 10, "test", "batches.meta.txt: line 2: ");
}
END_TEST

START_TEST(a_hundred_classes)
{
    static const uint8_t labels[] = {99, 0, 52};
    put("train.bin", labels, 3, true, 0);
    put("test.bin", labels, 1, true, 0);
    ck_assert_int_eq(open_path(".", 100, NULL), DET_OK);
    ck_assert_uint_eq(set.num_categories, 100);
    ck_assert_uint_eq(set.num_images, 3);
    ck_assert_str_eq(set.categories[set.annotations[0].category].name, "worm");
    ck_assert_str_eq(set.categories[set.annotations[2].category].name,
                     "oak_tree");
    ck_assert_uint_eq(set.images[1].planes[0], pixel(1, 0));
    ck_assert_int_eq(open_path(".", 100, "test"), DET_OK);
    ck_assert_uint_eq(set.num_images, 1);
    static const uint8_t wrong[] = {1, 100};
    put("train.bin", wrong, 2, true, 0);
    refuse(".", 100, NULL, "train.bin: byte 3075: label 100; 0 to 99");
}
END_TEST

START_TEST(refused)
{
    static const uint8_t labels[] = {9, 9, 10};
    put("a.bin", labels, 2, false, 1);
    refuse("a.bin", 10, NULL, "a.bin: 6145 bytes");
    ck_assert_ptr_nonnull(strstr(message.text, "cut at byte 3073"));
    put("a.bin", labels, 3, false, 0);
    refuse("a.bin", 10, NULL, "a.bin: byte 6146: label 10; 0 to 9");
    ck_assert_uint_eq(set.num_images, 0);
    put("a.bin", labels, 0, false, 0);
    refuse("a.bin", 10, NULL, "a.bin: 0 bytes");
    refuse(".", 10, NULL, "no data_batch*.bin");
    ck_assert_int_eq(open_path("nowhere.bin", 10, NULL), DET_ERROR_READ);
}
END_TEST

START_TEST(recognised)
{
    static const uint8_t labels[] = {9, 0};
    char path[TEST_FOLDER_PATH];
    put("a.bin", labels, 2, false, 0);
    put("b.bin", labels, 2, true, 0);
    put("c.bin", labels, 2, false, 3);
    put("ten/test_batch.bin", labels, 1, false, 0);
    put("hundred/train.bin", labels, 1, true, 0);
    static const struct {
        const char *name;
        int classes;
    } rows[] = {{"a.bin", 10},    {"b.bin", 100}, {"c.bin", 0}, {"ten", 10},
                {"hundred", 100}, {".", 0},       {"gone", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_folder_path(path, &folder, rows[i].name);
        ck_assert_int_eq(det_cifar_is_one(path), rows[i].classes);
    }
}
END_TEST

/* Through the public calls: recognised, and pixels come interleaved, whatever
 * folder is given. */
static void check_image(det_context *context, const det_dataset *loaded,
                        size_t index, const char *images)
{
    det_image *image;
    ck_assert_int_eq(
        det_dataset_load_image(context, loaded, index, images, NULL, &image),
        DET_OK);
    const det_pixels p = det_image_pixels(image);
    ck_assert_int_eq(p.width, 32);
    ck_assert_int_eq(p.height, 32);
    ck_assert_int_eq(p.format, DET_PIXEL_RGB8);
    const uint8_t *rgb = p.data;
    for (size_t y = 0; y < 32; y++)
        for (size_t x = 0; x < 32; x++)
            for (size_t c = 0; c < 3; c++)
                ck_assert_uint_eq(rgb[y * p.stride + 3 * x + c],
                                  pixel(index, c * 1024 + y * 32 + x));
    det_image_destroy(&image);
}

START_TEST(public_calls)
{
    static const uint8_t labels[] = {3, 5};
    det_context *context;
    det_dataset *loaded;
    char path[TEST_FOLDER_PATH];
    put("batch.bin", labels, 2, false, 0);
    test_folder_path(path, &folder, "batch.bin");
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    ck_assert_int_eq(det_dataset_load(context, path, NULL, &loaded), DET_OK);
    ck_assert(det_dataset_is_classification(loaded));
    ck_assert_str_eq(det_dataset_folder(loaded), path);
    check_image(context, loaded, 1, NULL);
    check_image(context, loaded, 0, "/nowhere");
    det_dataset_destroy(&loaded);
    det_context_destroy(&context);
}
END_TEST

/* The first labels that CIFAR-10 is known by. */
START_TEST(real_batch)
{
    static const char *const first[] = {"frog", "truck", "truck", "deer",
                                        "automobile"};
    const char *data = getenv("DETECT_TEST_DATA");
    char path[4096];
    snprintf(path, sizeof path, "%s",
             data ? data : SOURCE_ROOT "/../shared/data");
    strncat(path, "/cifar10/data_batch_1_first4000.bin",
            sizeof path - strlen(path) - 1);
    FILE *file = fopen(path, "rb");
    if (!file) {
        printf("%s is not there: skipped\n", path);
        return;
    }
    fclose(file);
    if (det_cifar_open(&set, 10, path, NULL, &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    ck_assert_uint_eq(set.num_images, 4000);
    for (size_t i = 0; i < 5; i++)
        ck_assert_str_eq(set.categories[set.annotations[i].category].name,
                         first[i]);
    ck_assert_uint_eq(set.images[0].planes[0], 59); /* R, G, B of the corner */
    ck_assert_uint_eq(set.images[0].planes[1024], 62);
    ck_assert_uint_eq(set.images[0].planes[2048], 63);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cifar_binary");
    TCase *tests = tcase_create("cifar_binary");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_file);
    tcase_add_test(tests, a_folder);
    tcase_add_test(tests, a_hundred_classes);
    tcase_add_test(tests, refused);
    tcase_add_test(tests, recognised);
    tcase_add_test(tests, public_calls);
    tcase_add_test(tests, real_batch);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

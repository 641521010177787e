/* SPDX-License-Identifier: MIT */
/* What is written is what is read; a file is complete or is not there. */
#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/test_folder.h"
#include "weights/half.h"
#include "weights/safetensors.h"

/* Bits that a conversion would change: NaNs with payloads, subnormals, -0. */
static const uint32_t bits[6] = {0x7fc00001, 0xff800001, 0x00000001,
                                 0x80000000, 0x7f7fffff, 0xff800000};
static const uint16_t halves[4] = {0x3c00, 0xbc00, 0x0001, 0x7bff};
static const float tall[6] = {0, 1, 2, 3, 4, 5};

struct model {
    struct det_weight weights[5];
    struct det_safetensors_item items[5];
};

static const struct det_safetensors_pair metadata[] = {
    {"format", "x 1"},
    {"quote\"back\\slash", "line\nend\ttab\x01\x1f\x7f"},
    {"utf8", "\xc3\xa9\xf0\x9f\x98\x80"},
    {"", ""},
};
enum { METADATA = sizeof metadata / sizeof *metadata };

static struct det_weight weight(enum det_dtype dtype, const void *data,
                                int64_t rows, int64_t columns)
{
    struct det_weight w = {
        .dtype = dtype, .rank = 2, .shape = {rows, columns}, .data = data};
    ck_assert(det_weight_set_contiguous(&w));
    return w;
}

static void make_model(struct model *model)
{
    static const char *const names[] = {"bits", "half \"\\\n\xc3\xa9", "turned",
                                        "nothing", "scalar"};
    model->weights[0] = weight(DET_DTYPE_F32, bits, 2, 3);
    model->weights[1] = weight(DET_DTYPE_F16, halves, 4, 1);
    model->weights[2] = weight(DET_DTYPE_F32, tall, 2, 3); /* of [3, 2] */
    model->weights[2].stride[0] = 1;
    model->weights[2].stride[1] = 2;
    model->weights[3] = weight(DET_DTYPE_I64, NULL, 0, 9);
    model->weights[4] = weight(DET_DTYPE_F32, tall + 5, 1, 1);
    model->weights[4].rank = 0;
    for (size_t i = 0; i < 5; i++)
        model->items[i] = (struct det_safetensors_item){
            .name = names[i], .weight = &model->weights[i]};
}

static det_status write_model(const char *path, struct det_message *message)
{
    struct model model;
    make_model(&model);
    return det_safetensors_write(path, model.items, 5, metadata, METADATA,
                                 message);
}

static void check_model(const char *path)
{
    static const float half_values[4] = {1, -1, 0x1p-24f, 65504};
    static const float turned[6] = {0, 2, 4, 1, 3, 5};
    struct det_message message = {0};
    struct det_weights read;
    struct model model;
    make_model(&model);
    ck_assert_msg(det_safetensors_open(&read, path, &message) == DET_OK, "%s",
                  message.text);
    ck_assert_uint_eq(read.count, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct det_weight *w = &read.items[i]; /* the same order */
        ck_assert_str_eq(w->name, model.items[i].name);
        ck_assert_int_eq(w->dtype, DET_DTYPE_F32);
        ck_assert_int_eq(w->rank, model.weights[i].rank);
        ck_assert_mem_eq(w->shape, model.weights[i].shape,
                         (size_t)w->rank * sizeof *w->shape);
    }
    ck_assert_uint_eq((uintptr_t)read.items[0].data % 64, 0);
    ck_assert_mem_eq(read.items[0].data, bits, sizeof bits);
    ck_assert_mem_eq(read.items[1].data, half_values, sizeof half_values);
    ck_assert_mem_eq(read.items[2].data, turned, sizeof turned);
    ck_assert_mem_eq(read.items[4].data, tall + 5, sizeof *tall);
    ck_assert_uint_eq(read.num_metadata, METADATA);
    for (size_t i = 0; i < METADATA; i++)
        ck_assert_str_eq(det_weights_metadata(&read, metadata[i].key),
                         metadata[i].value);
    det_weights_destroy(&read);
}

START_TEST(round_trip)
{
    struct det_message message = {0};
    struct test_folder folder;
    char path[TEST_FOLDER_PATH];
    test_folder_create(&folder);
    test_folder_path(path, &folder, "m");
    for (int again = 0; again < 2; again++) { /* the second one replaces */
        ck_assert_int_eq(write_model(path, &message), DET_OK);
        check_model(path);
        ck_assert_uint_eq(test_folder_count(&folder), 1);
    }
    test_folder_remove(&folder);
}
END_TEST

START_TEST(written_as_halves)
{
    static const float values[3] = {1.0f, -0.333333f, 6e-8f};
    static const float expected[3] = {1.0f, -0.333251953125f, 0x1p-24f};
    struct det_message message = {0};
    struct det_weights read;
    struct test_folder folder;
    char path[TEST_FOLDER_PATH];
    const struct det_weight w = weight(DET_DTYPE_F32, values, 3, 1);
    const struct det_weight after = weight(DET_DTYPE_F32, tall, 2, 3);
    const struct det_safetensors_item items[] = {
        {.name = "odd", .weight = &w, .half = true},
        {.name = "single", .weight = &after}};
    test_folder_create(&folder);
    test_folder_path(path, &folder, "m");
    ck_assert_int_eq(
        det_safetensors_write(path, items, 2, metadata, METADATA, &message),
        DET_OK);
    ck_assert_int_eq(det_safetensors_open(&read, path, &message), DET_OK);
    ck_assert_int_eq(read.items[0].dtype, DET_DTYPE_F16);
    ck_assert_int_eq(read.items[1].dtype, DET_DTYPE_F32);
    ck_assert_uint_ne((uintptr_t)read.items[1].data % sizeof(float), 0);
    ck_assert_int_eq(det_weights_make_floats(&read, &message), DET_OK);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(read.items[i].dtype, DET_DTYPE_F32);
        ck_assert_uint_eq((uintptr_t)read.items[i].data % sizeof(float), 0);
    }
    ck_assert_mem_eq(read.items[0].data, expected, sizeof expected);
    ck_assert_mem_eq(read.items[1].data, tall, sizeof tall);
    det_weights_destroy(&read);
    test_folder_remove(&folder);
}
END_TEST

START_TEST(too_large_for_a_half)
{
    static const float values[2] = {65519.0f, -65520.0f};
    struct det_message message = {0};
    struct test_folder folder;
    char path[TEST_FOLDER_PATH];
    const struct det_weight w = weight(DET_DTYPE_F32, values, 2, 1);
    const struct det_safetensors_item item = {
        .name = "large", .weight = &w, .half = true};
    test_folder_create(&folder);
    test_folder_path(path, &folder, "m");
    ck_assert_int_eq(
        det_safetensors_write(path, &item, 1, metadata, METADATA, &message),
        DET_ERROR_MODEL);
    ck_assert_str_eq(message.text,
                     "tensor \"large\": element 1, -65520, is too "
                     "large for half precision");
    ck_assert_uint_eq(test_folder_count(&folder), 0);
    test_folder_remove(&folder);
}
END_TEST

/* Every half comes back, and what lies between two goes to the nearer one, of
 * two equally near to the even one. */
START_TEST(halves_are_the_nearest)
{
    for (uint32_t h = 0; h < 0x7c00; h++) {
        const float low = det_half_to_float((uint16_t)h);
        ck_assert_uint_eq(det_float_to_half(low), h);
        ck_assert_uint_eq(det_float_to_half(-low), h | 0x8000);
        const float high =
            h == 0x7bff ? 65536.0f : det_half_to_float((uint16_t)(h + 1));
        const float middle = low + (high - low) / 2.0f;
        ck_assert_uint_eq(det_float_to_half(middle), h + (h & 1));
        ck_assert_uint_eq(det_float_to_half(nextafterf(middle, low)), h);
        ck_assert_uint_eq(det_float_to_half(nextafterf(middle, high)), h + 1);
    }
    ck_assert_uint_eq(det_float_to_half(INFINITY), 0x7c00);
    ck_assert_uint_eq(det_float_to_half(NAN) & 0x7fff, 0x7e00);
}
END_TEST

START_TEST(nothing_to_write)
{
    struct det_message message = {0};
    struct det_weights read;
    struct test_folder folder;
    char path[TEST_FOLDER_PATH];
    test_folder_create(&folder);
    test_folder_path(path, &folder, "m");
    ck_assert_int_eq(det_safetensors_write(path, NULL, 0, NULL, 0, &message),
                     DET_OK);
    ck_assert_int_eq(det_safetensors_open(&read, path, &message), DET_OK);
    ck_assert_uint_eq(read.count, 0);
    det_weights_destroy(&read);
    test_folder_remove(&folder);
}
END_TEST

/* A header that the reader would refuse is not written. */
START_TEST(header_too_large)
{
    struct det_message message = {0};
    struct test_folder folder;
    char path[TEST_FOLDER_PATH];
    const size_t size = 5 << 20;
    char *value = malloc(size);
    ck_assert_ptr_nonnull(value);
    memset(value, 'x', size);
    value[size - 1] = 0;
    const struct det_safetensors_pair large = {"k", value};
    test_folder_create(&folder);
    test_folder_path(path, &folder, "m");
    ck_assert_int_eq(det_safetensors_write(path, NULL, 0, &large, 1, &message),
                     DET_ERROR_LIMIT);
    ck_assert_uint_eq(test_folder_count(&folder), 0);
    free(value);
    test_folder_remove(&folder);
}
END_TEST

/* -------------------------------------------------------- it cannot be written
 */

static void check_unwritable(const char *path, const char *reason)
{
    struct det_message message = {0};
    ck_assert_int_eq(write_model(path, &message), DET_ERROR_WRITE);
    ck_assert_msg(strncmp(message.text, path, strlen(path)) == 0 &&
                      strstr(message.text, reason),
                  "%s", message.text);
}

START_TEST(no_folder)
{
    struct test_folder folder;
    char path[TEST_FOLDER_PATH];
    test_folder_create(&folder);
    test_folder_path(path, &folder, "none/m");
    check_unwritable(path, "No such file or directory");
    test_folder_remove(&folder);
}
END_TEST

START_TEST(locked_folder)
{
    struct test_folder folder;
    char path[TEST_FOLDER_PATH];
    const uid_t self = geteuid();
    test_folder_create(&folder);
    test_folder_path(path, &folder, "m");
    chmod(folder.path, 0555);
    if (self == 0) /* whom no permission stops */
        ck_assert_int_eq(seteuid(65534), 0);
    check_unwritable(path, "Permission denied");
    if (self == 0)
        ck_assert_int_eq(seteuid(0), 0);
    chmod(folder.path, 0755);
    ck_assert_uint_eq(test_folder_count(&folder), 0);
    test_folder_remove(&folder);
}
END_TEST

/* Not even a rename may put a file in the place of these. */
START_TEST(no_regular_file)
{
    struct stat about;
    struct test_folder folder;
    char path[TEST_FOLDER_PATH];
    test_folder_create(&folder);
    test_folder_path(path, &folder, "pipe");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    check_unwritable(path, "not a regular file");
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert(S_ISFIFO(about.st_mode));
    check_unwritable(folder.path, "not a regular file");
    ck_assert_uint_eq(test_folder_count(&folder), 1);
    test_folder_remove(&folder);
}
END_TEST

/* A disk that is full after any number of bytes: an old file stays as it is,
 * and there is no other. */
START_TEST(disk_full)
{
    struct rlimit before;
    struct stat about;
    struct det_message message = {0};
    struct test_folder folder;
    char path[TEST_FOLDER_PATH];
    test_folder_create(&folder);
    test_folder_path(path, &folder, "m");
    ck_assert_int_eq(write_model(path, &message), DET_OK);
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN); /* write() then fails with EFBIG */
    for (rlim_t room = 0; room < (rlim_t)about.st_size; room += 13) {
        const struct rlimit limit = {room, before.rlim_max};
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
        const det_status status = write_model(path, &message);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
        ck_assert_int_eq(status, DET_ERROR_WRITE);
        ck_assert_msg(strstr(message.text, "File too large"), "%s",
                      message.text);
        ck_assert_uint_eq(test_folder_count(&folder), 1);
        check_model(path);
    }
    test_folder_remove(&folder);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("tests");
    tcase_add_test(tests, round_trip);
    tcase_add_test(tests, written_as_halves);
    tcase_add_test(tests, too_large_for_a_half);
    tcase_add_test(tests, halves_are_the_nearest);
    tcase_add_test(tests, nothing_to_write);
    tcase_add_test(tests, header_too_large);
    tcase_add_test(tests, no_folder);
    tcase_add_test(tests, locked_folder);
    tcase_add_test(tests, no_regular_file);
    tcase_add_test(tests, disk_full);
    Suite *suite = suite_create("weights_safetensors_write");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

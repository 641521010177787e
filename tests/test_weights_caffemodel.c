/* SPDX-License-Identifier: MIT */
/*
 * Caffe's files against the values they were written with
 * (tests/fuzz/make_corpus_caffemodel.py), files that lie, and files that were
 * cut off at every byte.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/weight_corpus.h"
#include "weights/protobuf.h"
#include "weights/read.h"

#define CORPUS SOURCE_ROOT "/tests/fuzz/corpus/caffemodel/"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------ wire format */

START_TEST(fields)
{
    static const uint8_t data[] = {
        0x08, 0xac, 0x02,                         /* 1: 300 */
        0x12, 0x02, 'h',  'i',                    /* 2: "hi" */
        0x1d, 1,    2,    3,    4,                /* 3: 4 bytes */
        0x21, 1,    2,    3,    4,    5, 6, 7, 8, /* 4: 8 bytes */
        0xa2, 0x06, 0x02, 0x38, 0x05,             /* 100: {7: 5} */
    };
    struct det_message message = {.text = ""};
    struct det_protobuf reader, inner;
    struct det_protobuf_field f;
    bool found;
    det_protobuf_init(&reader, data, sizeof data, &message);
    ck_assert_int_eq(det_protobuf_next(&reader, &f, &found), DET_OK);
    ck_assert(found && f.number == 1 && f.value == 300 && f.at == 0);
    ck_assert_int_eq(det_protobuf_next(&reader, &f, &found), DET_OK);
    ck_assert(f.number == 2 && f.size == 2 && memcmp(f.data, "hi", 2) == 0);
    ck_assert_int_eq(det_protobuf_next(&reader, &f, &found), DET_OK);
    ck_assert(f.number == 3 && f.size == 4 && f.data == data + 8);
    ck_assert_int_eq(det_protobuf_next(&reader, &f, &found), DET_OK);
    ck_assert(f.number == 4 && f.size == 8 && f.at == 12);
    ck_assert_int_eq(det_protobuf_next(&reader, &f, &found), DET_OK);
    ck_assert(f.number == 100 && f.size == 2);
    ck_assert_int_eq(det_protobuf_enter(&inner, &reader, &f), DET_OK);
    ck_assert_int_eq(det_protobuf_next(&inner, &f, &found), DET_OK);
    ck_assert(found && f.number == 7 && f.value == 5 && f.at == 24);
    ck_assert_int_eq(det_protobuf_next(&inner, &f, &found), DET_OK);
    ck_assert(!found);
    ck_assert_int_eq(det_protobuf_next(&reader, &f, &found), DET_OK);
    ck_assert(!found);
}
END_TEST

START_TEST(varints)
{
    static const struct {
        uint8_t data[11];
        size_t size;
        bool good;
        uint64_t value;
    } rows[] = {
        {{0}, 1, true, 0},
        {{0x7f}, 1, true, 127},
        {{0x80, 0x01}, 2, true, 128},
        {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
         10,
         true,
         UINT64_MAX},
        /* one bit too many, one byte too many, no end, nothing */
        {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02},
         10,
         false,
         0},
        {{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01},
         11,
         false,
         0},
        {{0x80}, 1, false, 0},
        {{0}, 0, false, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t value = 0;
        size_t at = 0;
        const bool good =
            det_varint_read(&value, rows[i].data, rows[i].size, &at);
        ck_assert_msg(good == rows[i].good, "row %zu", i);
        ck_assert_uint_le(at, rows[i].size);
        if (good)
            ck_assert_uint_eq(value, rows[i].value);
    }
}
END_TEST

/* -------------------------------------------------------------- good files */

#define SIX                                                                    \
    {                                                                          \
        0, 1, 2, 3, 4, 5                                                       \
    }

static const struct {
    const char *file;
    struct weight_array arrays[3];
} good_files[] = {
    {"layer",
     {{"conv1.0", DET_DTYPE_F32, 2, {2, 3}, SIX},
      {"conv1.1", DET_DTYPE_F32, 1, {2}, {0.5, -0.5}}}},
    {"layers",
     {{"fc6.0", DET_DTYPE_F32, 4, {1, 1, 2, 3}, SIX},
      {"fc6.1", DET_DTYPE_F32, 4, {1, 1, 1, 2}, {0.5, -0.5}}}},
    {"single", {{"a/b.0", DET_DTYPE_F32, 2, {2, 3}, SIX}}},
    {"double", {{"a.0", DET_DTYPE_F64, 1, {6}, SIX}}},
    {"single_double", {{"a.0", DET_DTYPE_F64, 2, {3, 2}, SIX}}},
    {"pieces", {{"a.0", DET_DTYPE_F32, 2, {2, 3}, SIX}}},
    {"name_last", {{"late.0", DET_DTYPE_F32, 2, {2, 3}, SIX}}},
    {"scalar", {{"a.0", DET_DTYPE_F32, 0, {0}, {7}}}},
    {"mean", {{"mean", DET_DTYPE_F32, 4, {1, 3, 1, 2}, SIX}}},
    {"mean_shape", {{"mean", DET_DTYPE_F32, 4, {1, 3, 1, 2}, SIX}}},
};

START_TEST(good)
{
    weight_corpus_check(CORPUS, good_files[_i].file, good_files[_i].arrays,
                        COUNT(good_files[_i].arrays), "caffemodel");
}
END_TEST

/* --------------------------------------------------------------- refusals */

static void check_refused(const void *data, size_t size, det_status expected,
                          const char *said)
{
    struct det_weights weights;
    struct det_message message = {.text = ""};
    uint8_t *exact = malloc(size + 1);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, data, size);
    const det_status status =
        det_weights_read_memory(&weights, exact, size, &message);
    if (status != expected || !strstr(message.text, said))
        ck_abort_msg("status %d, \"%s\", which does not say \"%s\"",
                     (int)status, message.text, said);
    free(exact);
}

static const struct {
    const char *file, *said;
} bad_files[] = {
    {"no_blobs", "none of its layers has a blob"},
    {"count", "byte 20: blob \"a.0\" has shape [2 x 2] and 6 numbers"},
    {"no_data", "blob \"a.0\" has shape [2 x 3] and 0 numbers"},
    {"rank", "blob \"a.0\" has more than 8 dimensions"},
    {"product", "blob \"a.0\" is too large"},
    {"product_zero", "blob \"a.0\" is too large"},
    {"negative", "a side of blob \"a.0\" is -2"},
    {"halves", "blob \"a.0\" holds 6 bytes of wire type 2, which are not "
               "numbers of 4 bytes"},
    {"two_gigabytes", "byte 5: field 100 says that it has 2147483648 bytes; 3 "
                      "are left"},
    {"exabytes", "byte 5: field 100 says that it has 18446744073709551615"},
    {"endless", "byte 8: a number without an end"},
    {"group", "byte 8: field 7 has wire type 3, a group"},
    {"wire", "byte 8: field 7 has wire type 6, which there is not"},
    {"field_zero", "byte 8: not a field of a protocol buffer"},
    {"zero_in_name", "byte 8: a layer's name of 3 bytes"},
    {"long_name", "a layer's name of 201 bytes"},
    {"deep", "blob \".0\" has shape [] and 0 numbers"},
};

START_TEST(bad)
{
    size_t size;
    uint8_t *data = weight_corpus_read(&size, CORPUS, bad_files[_i].file);
    check_refused(data, size, DET_ERROR_MODEL, bad_files[_i].said);
    free(data);
}
END_TEST

/* A file that was cut off is a smaller network or an error, never a crash. */
START_TEST(cut_off)
{
    size_t size, refused = 0;
    uint8_t *data = weight_corpus_read(&size, CORPUS, good_files[_i].file);
    for (size_t length = 0; length < size; length++) {
        struct det_weights weights;
        struct det_message message = {.text = ""};
        uint8_t *exact = malloc(length + 1);
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, data, length);
        if (det_weights_read_memory(&weights, exact, length, &message) ==
            DET_OK) {
            det_weights_destroy(&weights);
        } else {
            ck_assert_str_ne(message.text, "");
            refused++;
        }
        free(exact);
    }
    ck_assert_uint_gt(refused, 0);
    free(data);
}
END_TEST

START_TEST(strangers)
{
    static const char net[] = "name: \"VGG\"\nlayer {\n}\n";
    check_refused(net, sizeof net - 1, DET_ERROR_MODEL, "a .prototxt");
    check_refused("\x08\x07\x12\x07pytorch", 11, DET_ERROR_MODEL, "ONNX");
}
END_TEST

static det_status read_many(size_t layers)
{
    static const uint8_t layer[] = {0xa2, 0x06, 0x08, 0x3a, 0x06, 0x2a,
                                    0x04, 0,    0,    0x80, 0x3f};
    struct det_weights weights;
    struct det_message message = {.text = ""};
    uint8_t *data = malloc(layers * sizeof layer);
    ck_assert_ptr_nonnull(data);
    for (size_t i = 0; i < layers; i++)
        memcpy(data + i * sizeof layer, layer, sizeof layer);
    const det_status status = det_weights_read_memory(
        &weights, data, layers * sizeof layer, &message);
    free(data);
    return status;
}

/* Arrays cost more memory than the bytes that declare them. */
START_TEST(too_many)
{
    ck_assert_int_eq(read_many(2), DET_ERROR_MODEL); /* of one name */
    ck_assert_int_eq(read_many(65537), DET_ERROR_LIMIT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("weights_caffemodel");
    TCase *tcase = tcase_create("caffemodel");
    tcase_add_test(tcase, fields);
    tcase_add_test(tcase, varints);
    tcase_add_loop_test(tcase, good, 0, COUNT(good_files));
    tcase_add_loop_test(tcase, bad, 0, COUNT(bad_files));
    tcase_add_loop_test(tcase, cut_off, 0, COUNT(good_files));
    tcase_add_test(tcase, strangers);
    tcase_add_test(tcase, too_many);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: MIT */
/*
 * Caffe's .caffemodel.h5 against the values they were written with by the HDF5
 * library (tests/fuzz/make_corpus_hdf5.py, tools/golden/hdf5_layers.py), files
 * that lie, files that were cut off at every byte, and files in which any byte
 * is another one.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/random.h"
#include "tests/golden/hdf5_layers.h"
#include "tests/weight_corpus.h"
#include "weights/read.h"

#define CORPUS SOURCE_ROOT "/tests/fuzz/corpus/hdf5/"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* -------------------------------------------------------------- good files */

#define SIX                                                                    \
    {                                                                          \
        0, 1, 2, 3, 4, 5                                                       \
    }
#define HALVES                                                                 \
    {                                                                          \
        0.5, -0.5                                                              \
    }

static const struct {
    const char *file;
    struct weight_array arrays[13];
} good_files[] = {
    {"layer",
     {{"conv1.0", DET_DTYPE_F32, 2, {2, 3}, SIX},
      {"conv1.1", DET_DTYPE_F32, 1, {2}, HALVES}}},
    {"nested",
     {{"rpn_conv.0", DET_DTYPE_F32, 1, {6}, SIX},
      {"rpn_conv/3x3.0", DET_DTYPE_F32, 4, {1, 2, 1, 3}, SIX},
      {"rpn_conv/3x3.1", DET_DTYPE_F32, 1, {2}, HALVES},
      {"rpn_conv/1x1/b.0", DET_DTYPE_F32, 1, {2}, HALVES}}},
    {"shared", {{"conv1.0", DET_DTYPE_F32, 1, {6}, SIX}}},
    {"double", {{"a.0", DET_DTYPE_F64, 1, {6}, SIX}}},
    {"scalar", {{"a.0", DET_DTYPE_F32, 0, {0}, {7}}}},
    {"twelve",
     {{"a.0", DET_DTYPE_F32, 1, {1}, {0}},
      {"a.1", DET_DTYPE_F32, 1, {1}, {1}},
      {"a.2", DET_DTYPE_F32, 1, {1}, {2}},
      {"a.3", DET_DTYPE_F32, 1, {1}, {3}},
      {"a.4", DET_DTYPE_F32, 1, {1}, {4}},
      {"a.5", DET_DTYPE_F32, 1, {1}, {5}},
      {"a.6", DET_DTYPE_F32, 1, {1}, {6}},
      {"a.7", DET_DTYPE_F32, 1, {1}, {7}},
      {"a.8", DET_DTYPE_F32, 1, {1}, {8}},
      {"a.9", DET_DTYPE_F32, 1, {1}, {9}},
      {"a.10", DET_DTYPE_F32, 1, {1}, {10}},
      {"a.11", DET_DTYPE_F32, 1, {1}, {11}}}},
    {"levels",
     {{"layer00.0", DET_DTYPE_F32, 1, {2}, HALVES},
      {"layer09.0", DET_DTYPE_F32, 1, {2}, HALVES},
      {"layer18.0", DET_DTYPE_F32, 1, {2}, HALVES},
      {"layer27.0", DET_DTYPE_F32, 1, {2}, HALVES}}},
    {"no_numbers", {{"a.0", DET_DTYPE_F32, 2, {0, 3}, {0}}}},
    {"compact", {{"a.0", DET_DTYPE_F32, 2, {2, 3}, SIX}}},
    {"growing",
     {{"a.0", DET_DTYPE_F32, 2, {2, 3}, SIX},
      {"a.1", DET_DTYPE_F32, 1, {2}, HALVES}}},
    {"gradients", {{"a.0", DET_DTYPE_F32, 1, {2}, HALVES}}},
    {"version_1", {{"a.0", DET_DTYPE_F32, 1, {6}, SIX}}},
};

START_TEST(good)
{
    weight_corpus_check(CORPUS, good_files[_i].file, good_files[_i].arrays,
                        COUNT(good_files[_i].arrays), "caffemodel");
}
END_TEST

/* Every tenth of 200 layers has a blob, of its number and a half more. */
START_TEST(many_layers)
{
    static uint8_t data[HDF5_LAYERS_SIZE];
    uLongf size = sizeof data;
    struct det_weights weights;
    struct det_message message = {.text = ""};
    ck_assert_int_eq(uncompress(data, &size, hdf5_layers, sizeof hdf5_layers),
                     Z_OK);
    ck_assert_uint_eq(size, sizeof data);
    if (det_weights_read_memory(&weights, data, size, &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    ck_assert_uint_eq(weights.count, HDF5_LAYERS / 10);
    for (size_t i = 0; i < weights.count; i++) {
        char name[32];
        snprintf(name, sizeof name, "layer%03zu.0", 10 * i);
        weight_array_check(
            &weights.items[i],
            &(struct weight_array){name,
                                   DET_DTYPE_F32,
                                   1,
                                   {2},
                                   {10.0 * (double)i, 10.0 * (double)i + 0.5}});
        ck_assert_msg(weights.items[i].data >= data &&
                          weights.items[i].data < data + size,
                      "the data of blob %zu were copied", i);
    }
    det_weights_destroy(&weights);
}
END_TEST

/* --------------------------------------------------------------- refusals */

static const struct {
    const char *file, *said;
} bad_files[] = {
    /* what the library writes, but not as Caffe */
    {"no_blobs", "none of its layers has a blob"},
    {"keras", "an HDF5 file without a group \"data\""},
    {"data_layer", "an HDF5 file without a group \"data\""},
    {"blob_in_data", "byte 976: \"/data/0\" is not a numbered blob"},
    {"blob_name", "byte 1320: \"/data/a/00\" is not a numbered blob"},
    {"long_name", "byte 1504: a layer's name of 201 bytes; at most 200"},
    {"big_endian", "byte 1096: blob \"a.0\" holds big-endian numbers of 4 "
                   "bytes; IEEE's little-endian ones"},
    {"half", "byte 1096: blob \"a.0\" holds floating-point numbers of 2 bytes"},
    {"integers", "byte 1096: blob \"a.0\" is of type class 0"},
    {"chunked", "byte 1144: blob \"a.0\" is stored in chunks (layout class 2): "
                "store it without chunks"},
    {"virtual", "byte 1144: data layout of version 4"},
    {"unwritten", "the numbers of blob \"a.0\" were never written"},
    {"large_side", "byte 1072: a side of blob \"a.0\" is 2147483648"},
    {"large_zero", "blob \"a.0\" is too large"},
    {"rank", "byte 1064: blob \"a.0\" has 9 dimensions; at most 8"},
    {"null", "byte 1064: blob \"a.0\" has a dataspace of version 2 and kind 2"},
    {"soft_link", "byte 1000: \"b\" is a link to another name"},
    {"circle", "byte 1056: object header: more bytes are used than the file "
               "has"},
    {"named_type", "byte 1144: a datatype that lies in another object"},
    {"latest", "a superblock of version 3; 0 and 1 are read: write it with "
               "libver \"earliest\""},
    {"tracked", "byte 352: an object header of version 2"},
    /* what was changed afterwards */
    {"offset_sizes", "addresses of 4 and lengths of 8 bytes; only 8"},
    {"base", "an HDF5 file that begins at byte 512"},
    {"longer", "an HDF5 file of 2073 bytes of which 2072 are here"},
    {"root_outside", "byte 1099511627776: object header of 16 bytes is not in "
                     "the file of 2072 bytes"},
    {"root_wraps", "byte 18446744073709551608: object header of 16 bytes is"},
    {"heap_signature", "byte 488: local heap does not begin with \"HEAP\""},
    {"heap_version", "byte 492: local heap of version 1"},
    {"heap_exabytes", "local heap's data of 18446744073709551615 bytes is not"},
    {"heap_outside", "byte 2072: local heap's data of 88 bytes is not"},
    {"tree_signature", "byte 392: B-tree's node does not begin with \"TREE\""},
    {"tree_kind", "byte 392: a B-tree's node of kind 1"},
    {"tree_level", "byte 952: B-tree's node does not begin with \"TREE\""},
    {"tree_count", "byte 416: B-tree's node of 1048560 bytes is not"},
    {"tree_right_self", "more bytes are used than the file has"},
    {"tree_child_self", "byte 392: a B-tree's node of level 1 below one of "
                        "level 1"},
    {"symbols_signature", "byte 952: symbol table node does not begin with"},
    {"symbols_count", "byte 960: symbol table node of 2621400 bytes is not"},
    {"symbols_name", "byte 960: a name at 4294967296 of the 88 bytes"},
    {"symbols_object", "\"/data/a\" is not a numbered blob"},
    {"name_without_end", "byte 960: a name at 8 of the 88 bytes of names does "
                         "not end there"},
    {"type_exponent", "byte 1096: blob \"a.0\" holds floating-point numbers "
                      "of 4 bytes; IEEE's"},
    {"type_short", "byte 1104: datatype ends too early"},
    {"layout_version", "byte 1144: data layout of version 4; version 3"},
    {"layout_class", "byte 1144: blob \"a.0\" is stored in chunks"},
    {"layout_outside", "byte 2049: blob of 24 bytes is not in the file"},
    {"layout_size", "byte 2048: blob \"a.0\" has 6 numbers of F32 and 23 "
                    "bytes for them"},
    {"space_version", "byte 1064: blob \"a.0\" has a dataspace of version 3"},
    {"space_side", "byte 2048: blob \"a.0\" has 5 numbers of F32 and 24"},
    {"message_size", "byte 1064: object header ends too early"},
    {"continuation_self", "byte 368: object header's continuation: more bytes"},
    {"continuation_outside", "byte 6848: object header's continuation of 168"},
};

START_TEST(bad)
{
    size_t size;
    struct det_weights weights;
    struct det_message message = {.text = ""};
    uint8_t *data = weight_corpus_read(&size, CORPUS, bad_files[_i].file);
    const det_status status =
        det_weights_read_memory(&weights, data, size, &message);
    if (status != DET_ERROR_MODEL || !strstr(message.text, bad_files[_i].said))
        ck_abort_msg("%s: status %d, \"%s\", which does not say \"%s\"",
                     bad_files[_i].file, (int)status, message.text,
                     bad_files[_i].said);
    free(data);
}
END_TEST

START_TEST(changed_in_transfer)
{
    static const char text[] = "\x89HDF\n\x1a\n";
    struct det_weights weights;
    struct det_message message = {.text = ""};
    ck_assert_int_eq(det_weights_read_memory(&weights, (const uint8_t *)text,
                                             sizeof text - 1, &message),
                     DET_ERROR_MODEL);
    ck_assert_ptr_nonnull(strstr(message.text, "as a text"));
}
END_TEST

/* ------------------------------------------------------------ damaged files */

/* A file is read or refused in one line; what was read can be used. */
static bool read_or_refuse(const uint8_t *data, size_t size)
{
    struct det_weights weights;
    struct det_message message = {.text = ""};
    float values[WEIGHT_ARRAY_ELEMENTS];
    if (det_weights_read_memory(&weights, data, size, &message) != DET_OK) {
        ck_assert_str_ne(message.text, "");
        return false;
    }
    for (size_t i = 0; i < weights.count; i++)
        if (det_weight_count(&weights.items[i]) <= WEIGHT_ARRAY_ELEMENTS)
            det_weight_copy_f32(values, &weights.items[i]);
    det_weights_destroy(&weights);
    return true;
}

/* The superblock says how long the file is. */
START_TEST(cut_off)
{
    size_t size;
    uint8_t *data = weight_corpus_read(&size, CORPUS, good_files[_i].file);
    ck_assert(read_or_refuse(data, size));
    for (size_t length = 1; length < size; length++) {
        uint8_t *exact = malloc(length);
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, data, length);
        ck_assert_msg(!read_or_refuse(exact, length), "%zu bytes", length);
        free(exact);
    }
    free(data);
}
END_TEST

START_TEST(every_byte_changed)
{
    static const uint8_t changes[] = {0x01, 0x80, 0xff};
    size_t size, refused = 0;
    uint8_t *data = weight_corpus_read(&size, CORPUS, good_files[_i].file);
    for (size_t at = 0; at < size; at++) {
        const uint8_t change = changes[at % COUNT(changes)];
        data[at] ^= change;
        refused += !read_or_refuse(data, size);
        data[at] ^= change;
    }
    ck_assert_uint_gt(refused, 0);
    ck_assert(read_or_refuse(data, size)); /* it is as it was */
    free(data);
}
END_TEST

/* Several at once, so that one mistake may hide another. */
START_TEST(random_bytes_changed)
{
    enum { TURNS = 1000, MOST_CHANGES = 8 };
    struct det_random random = det_random_of(1, "bytes", (uint64_t)_i);
    size_t size, refused = 0;
    uint8_t *data = weight_corpus_read(&size, CORPUS, good_files[_i].file);
    uint8_t *changed = malloc(size);
    ck_assert_ptr_nonnull(changed);
    for (int turn = 0; turn < TURNS; turn++) {
        memcpy(changed, data, size);
        const uint64_t changes = 1 + det_random_below(&random, MOST_CHANGES);
        for (uint64_t i = 0; i < changes; i++)
            changed[det_random_below(&random, size)] =
                (uint8_t)det_random_below(&random, 256);
        refused += !read_or_refuse(changed, size);
    }
    ck_assert_uint_gt(refused, 0);
    free(changed);
    free(data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("weights_hdf5");
    TCase *tcase = tcase_create("hdf5");
    tcase_add_loop_test(tcase, good, 0, COUNT(good_files));
    tcase_add_test(tcase, many_layers);
    tcase_add_loop_test(tcase, bad, 0, COUNT(bad_files));
    tcase_add_test(tcase, changed_in_transfer);
    suite_add_tcase(suite, tcase);
    TCase *damage = tcase_create("damage");
    tcase_set_timeout(damage, 60);
    tcase_add_loop_test(damage, cut_off, 0, COUNT(good_files));
    tcase_add_loop_test(damage, every_byte_changed, 0, COUNT(good_files));
    tcase_add_loop_test(damage, random_bytes_changed, 0, COUNT(good_files));
    suite_add_tcase(suite, damage);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: MIT */
/*
 * torch's and numpy's files against the values they were written with
 * (tests/fuzz/make_corpus_pickle.py), hostile pickles, damaged files, and real
 * weights of strangers.
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/weight_corpus.h"
#include "weights/read.h"

#define CORPUS SOURCE_ROOT "/tests/fuzz/corpus/pickle/"
#define STRANGERS SOURCE_ROOT "/../shared/data/weights/cifar10_resnet/"

enum { PATH_BYTES = 1024 };

/* --------------------------------------------------------------- good files */

static const struct weight_array torch_arrays[] = {
    {"a", DET_DTYPE_F32, 2, {2, 3}, {0, 1, 2, 3, 4, 5}},
    {"b", DET_DTYPE_F32, 2, {3, 2}, {0, 3, 1, 4, 2, 5}}, /* a view, turned */
    {"c", DET_DTYPE_F32, 1, {2}, {2, 3}},                /* a view, cut */
    {"half", DET_DTYPE_F16, 1, {6}, {0, 1, 2, 3, 4, 5}},
    {"bf16", DET_DTYPE_BF16, 1, {6}, {0, 1, 2, 3, 4, 5}},
    {"count", DET_DTYPE_I64, 0, {0}, {7}},
    {"empty", DET_DTYPE_F32, 2, {0, 3}, {0}},
    {"mask", DET_DTYPE_BOOL, 1, {6}, {0, 0, 0, 1, 1, 1}},
    {"parameter", DET_DTYPE_F32, 1, {6}, {0, 1, 2, 3, 4, 5}},
    {NULL, 0, 0, {0}, {0}}};
static const struct weight_array one_array[] = {
    {"w", DET_DTYPE_F32, 1, {2}, {1, 1}}, {NULL, 0, 0, {0}, {0}}};
static const struct weight_array numpy_arrays[] = {
    {"c", DET_DTYPE_F32, 2, {2, 3}, {1, 1, 1, 1, 1, 1}},
    {"f", DET_DTYPE_F64, 2, {2, 3}, {1, 1, 1, 1, 1, 1}},
    {"h", DET_DTYPE_F16, 1, {2}, {1, 2}},
    {"i", DET_DTYPE_I64, 1, {1}, {3}},
    {NULL, 0, 0, {0}, {0}}};

static const struct {
    const char *file;
    const struct weight_array *arrays;
} good_files[] = {
    {"zip", torch_arrays},       {"legacy", torch_arrays},
    {"zip_small", one_array},    {"legacy_small", one_array},
    {"zip_deflated", one_array}, {"checkpoint", one_array},
    {"optimizer", one_array},    {"numpy2", numpy_arrays},
    {"numpy3", numpy_arrays},    {"numpy4", numpy_arrays},
    {"numpy5", numpy_arrays},
};

START_TEST(good)
{
    weight_corpus_check(CORPUS, good_files[_i].file, good_files[_i].arrays,
                        SIZE_MAX, NULL);
}
END_TEST

/* --------------------------------------------------------------- refusals */

static void check_refused(const void *data, size_t size, const char *said)
{
    struct det_weights weights;
    struct det_message message = {.text = ""};
    uint8_t *exact = malloc(size + 1);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact + 1, data, size);
    const det_status status =
        det_weights_read_memory(&weights, exact + 1, size, &message);
    if (status != DET_ERROR_MODEL || !strstr(message.text, said))
        ck_abort_msg("status %d, \"%s\", which does not say \"%s\"",
                     (int)status, message.text, said);
    free(exact);
}

static const struct {
    const char *file, *said;
} bad_files[] = {
    {"big_endian", "byte 225: a big-endian array"},
    {"zip_big_endian", "big-endian machine"},
    {"zip_script", "TorchScript"},
    {"not_a_dict", "a list, not a dict"},
    {"python2", "no tensors"},
    {"values", "no tensors"},
    {"system", "byte 2: \"os.system\" is code"},
    {"evaluate", "\"builtins.eval\" is code"},
    {"memo", "byte 3: memo index 2147483647"},
    {"depth", "byte 1001"},
    {"itself", "a list, not a dict"},
};

START_TEST(bad)
{
    size_t size;
    uint8_t *data = weight_corpus_read(&size, CORPUS, bad_files[_i].file);
    check_refused(data, size, bad_files[_i].said);
    free(data);
}
END_TEST

#define PICKLE(bytes) bytes, sizeof bytes - 1
#define FLOATS                                                                 \
    "((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0kX\3\0\0\0cpuK\4NtQ"
#define VIEW "ctorch._utils\n_rebuild_tensor_v2\n" FLOATS

/* What each says, at which byte where one is to blame. */
static const struct {
    const char *data;
    size_t size;
    const char *said;
} hostile[] = {
    {PICKLE("\x80\2"), "truncated"},
    {PICKLE("\x80\2\x80\6."), "protocol 6"},
    {PICKLE("\x80\2i."), "opcode 0x69"},      /* INST: makes objects */
    {PICKLE("\x80\2o."), "opcode 0x6f"},      /* OBJ */
    {PICKLE("\x80\2\x82\1."), "opcode 0x82"}, /* EXT1: a registry's code */
    {PICKLE("\x80\2P1\n."), "opcode 0x50"},   /* PERSID */
    {PICKLE("\x80\2\x92."), "opcode 0x92"},   /* NEWOBJ_EX */
    {PICKLE("\x80\2\x97."), "opcode 0x97"},   /* NEXT_BUFFER */
    {PICKLE("\x80\2."), "byte 2"},            /* STOP on an empty stack */
    {PICKLE("\x80\2"
            "0."),
     "byte 2"},
    {PICKLE("\x80\2t."), "byte 2"}, /* no mark */
    {PICKLE("\x80\2R."), "byte 2"},
    {PICKLE("\x80\2NNR."), "a call of"},
    {PICKLE("\x80\2N\x85R."), "byte 4"},
    {PICKLE("\x80\2h\0."), "memo entry 0"},
    {PICKLE("\x80\2j\377\377\377\377."), "memo entry 4294967295"},
    {PICKLE("\x80\2X\377\377\377\377."), "4294967295"},
    {PICKLE("\x80\2X\377\377\377\177."), "truncated"},
    {PICKLE("\x80\2T\0\0\0\200."), "2147483648"},
    {PICKLE("\x80\4\x8d\377\377\377\377\377\377\377\377."), "truncated"},
    {PICKLE("\x80\4\x8e\0\0\0\0\0\0\0\200."), "truncated"},
    {PICKLE("\x80\4\x95\377\377\377\377\377\377\377\377."), "frame"},
    {PICKLE("\x80\2\x8a\377\1."), "truncated"},
    {PICKLE("\x80\2\x8b\377\377\377\377."), "4294967295"},
    {PICKLE("\x80\2I12x\n."), "not an integer"},
    {PICKLE("\x80\2I99999999999999999999\n."), "not an integer"},
    {PICKLE("\x80\2I1"), "line without an end"},
    {PICKLE("\x80\2ctorch\n"), "line without an end"},
    {PICKLE("\x80\2cposix\nsystem\n."), "\"posix.system\" is code"},
    {PICKLE("\x80\2c__builtin__\nexec\n."), "\"__builtin__.exec\" is code"},
    {PICKLE("\x80\2ctorch\nload\n."), "\"torch.load\" is code"},
    {PICKLE("\x80\2ctorch\nFloatStorage.__init__\n."), "is code"},
    {PICKLE("\x80\4\x8c\2os\x8c\6system\x93."), "\"os.system\" is code"},
    {PICKLE("\x80\4NN\x93."), "not a str"},
    {PICKLE("\x80\2ctorch\nFloatStorage\n)R."), "not to be called"},
    {PICKLE("\x80\2NQ."), "persistent id"},
    {PICKLE("\x80\2]N"
            "b."),
     "no state"},
    {PICKLE("\x80\2](Nu."), "items for a dict"},
    {PICKLE("\x80\2}Na."), "items for a list"},
    {PICKLE("\x80\2}(Nu."), "has no value"},
    {PICKLE("\x80\2" VIEW "K\0K\5\x85K\1\x85\x89NtR."), "beyond its storage"},
    {PICKLE("\x80\2" VIEW "K\1K\4\x85K\1\x85\x89NtR."), "beyond its storage"},
    {PICKLE("\x80\2" VIEW "K\0K\2\x85K\4\x85\x89NtR."), "beyond its storage"},
    {PICKLE("\x80\2" VIEW "J\377\377\377\377K\1\x85K\1\x85\x89NtR."), "_v2"},
    {PICKLE("\x80\2" VIEW "K\0J\377\377\377\377\x85K\1\x85\x89NtR."), ">= 0"},
    {PICKLE("\x80\2" VIEW "K\0K\1\x85J\377\377\377\377\x85\x89NtR."), ">= 0"},
    {PICKLE("\x80\2" VIEW "K\0K\1\x85K\1K\1\x86\x89NtR."), "strides"},
    {PICKLE("\x80\2" VIEW "K\0(K\1K\1K\1K\1K\1K\1K\1K\1K\1tK\1\x85\x89NtR."),
     "9 dimensions"},
    {PICKLE("\x80\2" VIEW "K\0N\x85N\x85\x89NtR."), "byte"},
    {PICKLE("\x80\2}X\1\0\0\0w" VIEW "K\0K\4\x85K\1\x85\x89NtRs."),
     "the data of tensor \"w\" are not in the file"},
};

START_TEST(hostile_pickles)
{
    check_refused(hostile[_i].data, hostile[_i].size, hostile[_i].said);
}
END_TEST

/* A short file that asks for 2^80 elements by strides of 0. */
START_TEST(elements_overflow)
{
    static const char side[] = "\x8a\6\0\0\0\0\0\1"; /* 2^40 */
    char pickle[512];
    size_t size = 0;
#define PUT(bytes, length)                                                     \
    (memcpy(pickle + size, bytes, length), size += (length))
    PUT("\x80\2}X\1\0\0\0w", 9);
    PUT(VIEW, sizeof VIEW - 1);
    PUT("K\0", 2);
    PUT(side, sizeof side - 1);
    PUT(side, sizeof side - 1);
    PUT("\x86K\0K\0\x86\x89NtRs.", 12);
    check_refused(pickle, size, "a tensor reaches beyond");
}
END_TEST

/* ----------------------------------------------------------------- damage */

/* Read `size` bytes, which may be accepted or refused, with a text. */
static void survive(const uint8_t *data, size_t size)
{
    struct det_weights weights;
    struct det_message message = {.text = ""};
    if (det_weights_read_memory(&weights, data, size, &message) == DET_OK)
        det_weights_destroy(&weights);
    else
        ck_assert_str_ne(message.text, "");
}

START_TEST(truncated)
{
    size_t size;
    uint8_t *data = weight_corpus_read(&size, CORPUS, good_files[_i].file);
    for (size_t i = 0; i < size; i++) {
        struct det_weights weights;
        struct det_message message = {.text = ""};
        uint8_t *exact = malloc(i + 1);
        ck_assert_ptr_nonnull(exact);
        memcpy(exact + 1, data, i);
        if (det_weights_read_memory(&weights, exact + 1, i, &message) == DET_OK)
            ck_abort_msg("%zu of %zu bytes are enough", i, size);
        ck_assert_str_ne(message.text, "");
        free(exact);
    }
    free(data);
}
END_TEST

START_TEST(damaged)
{
    static const uint8_t flips[] = {0x01, 0x80, 0xff};
    size_t size;
    uint8_t *data = weight_corpus_read(&size, CORPUS, good_files[_i].file);
    for (size_t i = 0; i < size * sizeof flips; i++) {
        data[i / sizeof flips] ^= flips[i % sizeof flips];
        survive(data, size);
        data[i / sizeof flips] ^= flips[i % sizeof flips];
    }
    free(data);
}
END_TEST

/* --------------------------------------------------------- strangers' files */

/* akamaster/pytorch_resnet_cifar10; the numbers are torch.load's. */
static const struct {
    const char *file;
    size_t tensors, elements;
    double sum; /* of all elements */
    const char *name;
    float first, last; /* of the array of that name */
} strangers[] = {
    {"resnet20-12fca82f.th", 97, 271098, 139.7826495598208,
     "module.conv1.weight", -0.13818146288394928f, 0.3087101876735687f},
    {"resnet44-014dd654.th", 217, 661754, 1107.7914794927265,
     "module.linear.bias", 0.06990382075309753f, -0.08431301265954971f},
};

START_TEST(strangers_weights)
{
    char path[PATH_BYTES];
    struct det_weights weights;
    struct det_message message = {.text = ""};
    snprintf(path, sizeof path, STRANGERS "%s", strangers[_i].file);
    const det_status status = det_weights_read(&weights, path, &message);
    if (status == DET_ERROR_READ) {
        printf("skipped: %s is not here\n", path);
        return;
    }
    if (status != DET_OK)
        ck_abort_msg("%s", message.text);
    double sum = 0;
    size_t elements = 0;
    for (size_t i = 0; i < weights.count; i++) {
        const size_t count = det_weight_count(&weights.items[i]);
        float *values = malloc(count * sizeof *values);
        ck_assert_ptr_nonnull(values);
        det_weight_copy_f32(values, &weights.items[i]);
        for (size_t k = 0; k < count; k++)
            sum += (double)values[k];
        if (strcmp(weights.items[i].name, strangers[_i].name) == 0) {
            ck_assert_float_eq(values[0], strangers[_i].first);
            ck_assert_float_eq(values[count - 1], strangers[_i].last);
        }
        elements += count;
        free(values);
    }
    ck_assert_ptr_nonnull(det_weights_find(&weights, strangers[_i].name));
    ck_assert_uint_eq(weights.count, strangers[_i].tensors);
    ck_assert_uint_eq(elements, strangers[_i].elements);
    ck_assert_double_eq_tol(sum, strangers[_i].sum, 1e-6);
    det_weights_destroy(&weights);
}
END_TEST

int main(void)
{
    const int good_count = sizeof good_files / sizeof *good_files;
    Suite *suite = suite_create("weights_pickle");
    TCase *tests = tcase_create("weights_pickle");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, good, 0, good_count);
    tcase_add_loop_test(tests, bad, 0, sizeof bad_files / sizeof *bad_files);
    tcase_add_loop_test(tests, hostile_pickles, 0,
                        sizeof hostile / sizeof *hostile);
    tcase_add_test(tests, elements_overflow);
    tcase_add_loop_test(tests, truncated, 0, good_count);
    tcase_add_loop_test(tests, damaged, 0, good_count);
    tcase_add_loop_test(tests, strangers_weights, 0, 2);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

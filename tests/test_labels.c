/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/class_names.h"
#include "detector/labels.h"

static void check_names(const char *text, size_t length,
                        const char *const *expected, int32_t count)
{
    struct det_message message = {0};
    struct det_labels labels;
    ck_assert_msg(det_labels_parse(&labels, text, length, count, &message) ==
                      DET_OK,
                  "%s", message.text);
    ck_assert_int_eq(labels.count, count);
    for (int32_t i = 0; i < count; i++)
        ck_assert_str_eq(labels.names[i], expected[i]);
    det_labels_destroy(&labels);
    ck_assert_ptr_null(labels.text);
    ck_assert_ptr_null(labels.names);
}

START_TEST(line_ends)
{
    static const char *const expected[] = {"cat", "wild dog", "bird"};
    static const char *const texts[] = {"cat\nwild dog\nbird",
                                        "cat\nwild dog\nbird\n",
                                        "cat\r\nwild dog\r\nbird\r\n"};
    check_names(texts[_i], strlen(texts[_i]), expected, 3);
}
END_TEST

START_TEST(empty_names_count)
{
    static const char *const expected[] = {"", "cat", ""};
    check_names("\ncat\n\n", 6, expected, 3);
    check_names("\r\ncat\r\n\r\n", 9, expected, 3);
}
END_TEST

/* The text need not end in 0. */
START_TEST(length_is_kept)
{
    static const char *const expected[] = {"ab", "c"};
    check_names("ab\ncd\ne", 4, expected, 2);
}
END_TEST

START_TEST(counts_must_agree)
{
    static const int32_t counts[] = {0, 1, 2, 4};
    struct det_message message = {0};
    struct det_labels labels;
    ck_assert_int_eq(
        det_labels_parse(&labels, "a\nb\nc\n", 6, counts[_i], &message),
        DET_ERROR_MODEL);
    ck_assert_ptr_nonnull(strstr(message.text, "3 class names"));
    ck_assert_ptr_null(labels.text);
}
END_TEST

/* torchvision's models have COCO's ids with their holes, background first;
 * Detectron2's have 80 classes in a row. */
START_TEST(coco_names)
{
    static char text[DET_CLASS_NAMES_SIZE];
    struct det_message message = {0};
    struct det_labels labels;
    size_t length = det_class_names_for(text, sizeof text, 91, true);
    ck_assert_uint_gt(length, 0);
    ck_assert_int_eq(
        det_labels_parse(&labels, text, strlen(text), 91, &message), DET_OK);
    ck_assert_str_eq(labels.names[1], "person");
    ck_assert_str_eq(labels.names[11], "fire hydrant");
    ck_assert_str_eq(labels.names[13], "stop sign");
    ck_assert_str_eq(labels.names[90], "toothbrush");
    det_labels_destroy(&labels);
    /* py-faster-rcnn's: in a row behind the background */
    length = det_class_names_for(text, sizeof text, 81, true);
    ck_assert_uint_gt(length, 0);
    ck_assert_int_eq(
        det_labels_parse(&labels, text, strlen(text), 81, &message), DET_OK);
    ck_assert_str_eq(labels.names[1], "person");
    ck_assert_str_eq(labels.names[12], "stop sign");
    ck_assert_str_eq(labels.names[80], "toothbrush");
    det_labels_destroy(&labels);

    length = det_class_names_for(text, sizeof text, 80, false);
    ck_assert_uint_gt(length, 0);
    ck_assert_int_eq(
        det_labels_parse(&labels, text, strlen(text), 80, &message), DET_OK);
    ck_assert_str_eq(labels.names[0], "person");
    ck_assert_str_eq(labels.names[10], "fire hydrant");
    ck_assert_str_eq(labels.names[11], "stop sign");
    ck_assert_str_eq(labels.names[79], "toothbrush");
    det_labels_destroy(&labels);
    ck_assert_uint_eq(det_class_names_for(text, sizeof text, 7, false), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("labels");
    TCase *tcase = tcase_create("labels");
    tcase_add_loop_test(tcase, line_ends, 0, 3);
    tcase_add_test(tcase, empty_names_count);
    tcase_add_test(tcase, length_is_kept);
    tcase_add_loop_test(tcase, counts_must_agree, 0, 4);
    tcase_add_test(tcase, coco_names);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

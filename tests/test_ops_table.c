/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "compute/ops.h"

START_TEST(every_slot_is_filled)
{
    /* The table is nothing but pointers, so that new slots are seen too. */
    const struct det_ops *ops = det_ops_for("cpu");
    ck_assert_ptr_nonnull(ops);
    ck_assert_str_eq(ops->device, "cpu");
    const size_t slots = sizeof *ops / sizeof(void *);
    ck_assert_uint_eq(slots * sizeof(void *), sizeof *ops);
    ck_assert_uint_ge(slots, 17);
    for (size_t i = 0; i < slots; i++)
        ck_assert_msg(((const void *const *)(const void *)ops)[i] != NULL,
                      "slot %zu is empty", i);
}
END_TEST

START_TEST(unknown_devices)
{
    ck_assert_ptr_null(det_ops_for(""));
    ck_assert_ptr_null(det_ops_for("CPU"));
    ck_assert_ptr_null(det_ops_for("cpu:0"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_table");
    TCase *tests = tcase_create("table");
    tcase_add_test(tests, every_slot_is_filled);
    tcase_add_test(tests, unknown_devices);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

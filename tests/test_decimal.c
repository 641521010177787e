/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "tests/ops_harness.h"

/* The same bits as strtod's, all characters taken. */
static void check_same(const char *text)
{
    double value = -1.0;
    const size_t size = strlen(text);
    char *exact = malloc(size); /* no final 0: a read past it is caught */
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, text, size);
    const size_t length = det_decimal_read(&value, exact, size);
    const double expected = strtod(text, NULL);
    if (length != size || memcmp(&value, &expected, sizeof value) != 0)
        ck_abort_msg("%s: %zu characters, %a instead of %a", text, length,
                     value, expected);
    free(exact);
}

START_TEST(listed)
{
    static const char *texts[] = {
        "0", "-0", "0.0", "-0.0", "1", "-1", "0.1", "123456789", "1e0", "1e22",
        "1e23", "1E+5", "1e-5", "0.30000000000000004", "9007199254740993",
        "9007199254740992.5", "18446744073709551615", "18446744073709551616",
        "99999999999999999999999", "0.000000000000000000000000001",
        "1.7976931348623157e308", "1.7976931348623159e308", "1e309", "1e999",
        "-1e999", "5e-324", "2e-324", "1e-999", "2.2250738585072011e-308",
        /* between two doubles, and a hair from there */
        "1.00000000000000011102230246251565404",
        "1.00000000000000011102230246251565403",
        "1.00000000000000011102230246251565405", "0.1e1", "0e5", "0.0e999",
        "0.9999999999999999", "258.15", "0.236", "123.45600000000001"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_same(texts[i]);
}
END_TEST

START_TEST(random_numbers)
{
    struct det_random random = {1};
    char text[64];
    for (int i = 0; i < 2000000; i++) {
        const uint64_t bits = det_random_bits(&random);
        if (i % 3 == 0) {
            const double value = (double)(bits >> 11) * 0x1p-53;
            snprintf(text, sizeof text, "%.*g", 15 + i % 4, value * 640);
        } else if (i % 3 == 1) {
            snprintf(text, sizeof text, "%" PRIu64 ".%0*" PRIu64,
                     bits >> (24 + i % 40), 1 + i % 9,
                     det_random_bits(&random) % 1000000000);
        } else {
            snprintf(text, sizeof text, "%.17ge%d", (double)bits * 0x1p-64,
                     i % 600 - 300);
            if (strchr(text, 'e') != strrchr(text, 'e'))
                continue;
        }
        check_same(text);
    }
}
END_TEST

START_TEST(refused)
{
    static const char *texts[] = {"",    "-",   "+1",  ".5",   "1.",  "01",
                                  "-01", "1e",  "1e+", "nan",  "inf", "NaN",
                                  "--1", "-.5", "e5",  "1.e5", " 1",  "x"};
    double value;
    ck_assert_uint_eq(det_decimal_read(&value, texts[_i], strlen(texts[_i])),
                      0);
}
END_TEST

START_TEST(ends_where_the_number_does)
{
    double value;
    ck_assert_uint_eq(det_decimal_read(&value, "12,5", 4), 2);
    ck_assert_double_eq(value, 12);
    ck_assert_uint_eq(det_decimal_read(&value, "1.5]", 4), 3);
    ck_assert_uint_eq(det_decimal_read(&value, "12345", 3), 3);
    ck_assert_double_eq(value, 123);
    char text[DET_DECIMAL_LONGEST + 1];
    memset(text, '7', sizeof text);
    ck_assert_uint_eq(det_decimal_read(&value, text, sizeof text - 1),
                      sizeof text - 1);
    ck_assert_uint_eq(det_decimal_read(&value, text, sizeof text), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decimal");
    TCase *tests = tcase_create("decimal");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, listed);
    tcase_add_test(tests, random_numbers);
    tcase_add_loop_test(tests, refused, 0, 18);
    tcase_add_test(tests, ends_where_the_number_does);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

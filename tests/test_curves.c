/* SPDX-License-Identifier: MIT */
/* curves.svg: reading metrics back, round axes, panels. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "apps/chart.h"
#include "tests/test_folder.h"

/* Valid until the next one. */
static const struct metrics_table *read_text(const char *text)
{
    static struct metrics_table table;
    struct test_folder folder;
    char path[TEST_FOLDER_PATH];
    test_folder_create(&folder);
    test_folder_path(path, &folder, "metrics.jsonl");
    FILE *file = fopen(path, "w");
    ck_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
    metrics_table_free(&table);
    ck_assert(metrics_table_read(&table, path));
    test_folder_remove(&folder);
    return &table;
}

START_TEST(lines_are_read)
{
    const struct metrics_table *t =
        read_text("{\"iteration\":20,\"lr\":0.5,\"bbox/AP\":1e-3}\n"
                  "{\"iteration\": 40, \"lr\": null, \"x\": -2}\n"
                  "{\"iteration\":60,\"lr\":0.25}\n");
    ck_assert_uint_eq(t->count, 3);
    ck_assert_str_eq(t->series[0].name, "lr");
    ck_assert_uint_eq(t->series[0].count, 2);
    ck_assert_double_eq(t->series[0].points[1].at, 60.0);
    ck_assert_double_eq(t->series[0].points[1].value, 0.25);
    ck_assert_str_eq(t->series[1].name, "bbox/AP");
    ck_assert_double_eq(t->series[2].points[0].value, -2.0);
    ck_assert_double_eq(t->last, 60.0);
}
END_TEST

/* Whatever is no whole line counts for nothing. */
START_TEST(other_lines_are_passed_over)
{
    static const char *const lines[] = {
        "\n",
        "{}\n",
        "[1]\n",
        "{\"lr\":1,\"iteration\":9}\n",
        "{\"iteration\":-1,\"lr\":1}\n",
        "{\"iteration\":null,\"lr\":1}\n",
        "{\"iteration\":30,\"lr\":1,}\n",
        "{\"iteration\":30,\"lr\":1}}\n",
        "{\"iteration\":30,\"lr\":\"1\"}\n",
        "{\"iteration\":30,\"l\\\"r\":1}\n",
        "{\"iteration\":30,\"\":1}\n",
        "{\"iteration\":30,\"lr\":1}",
        "{\"iteration\":30,\"lr\"",
        "{\"iteration\":10,\"lr\":1}\n", /* goes back */
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, "{\"iteration\":20,\"lr\":0.5}\n%s",
                 lines[i]);
        const struct metrics_table *t = read_text(text);
        ck_assert_msg(t->count == 1 && t->series[0].count == 1 &&
                          t->last == 20.0,
                      "line %zu: %s", i, lines[i]);
    }
}
END_TEST

START_TEST(too_much_is_left_out)
{
    enum { NAMES = 100, SIZE = 1 << 17 };
    char *text = calloc(1, SIZE);
    ck_assert_ptr_nonnull(text);
    size_t length = (size_t)snprintf(text, SIZE, "{\"iteration\":1");
    for (int i = 0; i < NAMES; i++)
        length += (size_t)snprintf(text + length, SIZE - length,
                                   ",\"name%d\":%d", i, i);
    length += (size_t)snprintf(text + length, SIZE - length, "}\n");
    ck_assert_uint_eq(read_text(text)->count, METRICS_MOST_SERIES);

    memset(text, ' ', SIZE - 1); /* a line that is longer than any of ours */
    memcpy(text, "{\"iteration\":1,\"lr\":1", 21);
    memcpy(text + SIZE - 3, "}\n", 2);
    ck_assert_uint_eq(read_text(text)->count, 0);
    free(text);

    struct metrics_table none;
    ck_assert(!metrics_table_read(&none, "/nowhere/none"));
}
END_TEST

static void check_ticks(double low, double high, bool is_log, int wanted,
                        const char *expected)
{
    struct chart_scale scale = {low, high, is_log};
    struct chart_ticks ticks;
    char text[512] = "", number[CHART_NUMBER_SIZE];
    chart_scale_round(&scale, wanted);
    chart_scale_ticks(&ticks, &scale, wanted);
    for (size_t i = 0; i < ticks.count; i++) {
        chart_number(number, ticks.values[i]);
        strncat(text, i ? " " : "", sizeof text - strlen(text) - 1);
        strncat(text, number, sizeof text - strlen(text) - 1);
    }
    ck_assert_str_eq(text, expected);
    const double little = 1e-9 * (scale.high - scale.low);
    ck_assert_double_le(scale.low, low + little);
    ck_assert_double_ge(scale.high, high - little);
    ck_assert_double_eq_tol(chart_scale_place(&scale, scale.low), 0.0, 1e-9);
    ck_assert_double_eq_tol(chart_scale_place(&scale, scale.high), 1.0, 1e-9);
}

START_TEST(ticks_are_round)
{
    check_ticks(0.0, 2.34, false, 5, "0 0.5 1 1.5 2 2.5");
    check_ticks(0.0, 96.0, false, 5, "0 20 40 60 80 100");
    check_ticks(-0.3, 0.31, false, 5, "-0.3 -0.2 -0.1 0 0.1 0.2 0.3 0.4");
    check_ticks(5.1, 12.07, false, 5, "4 6 8 10 12 14");
    check_ticks(0.0, 63900.0, false, 6,
                "0 10,000 20,000 30,000 40,000 50,000 60,000 70,000");
    check_ticks(0.03, 1.7, true, 5, "0.02 0.05 0.1 0.2 0.5 1 2");
    check_ticks(1e-7, 0.1, true, 5, "1e-07 1e-06 1e-05 0.0001 0.001 0.01 0.1");
    check_ticks(1.0, 100.0, true, 5, "1 2 5 10 20 50 100");
}
END_TEST

START_TEST(numbers)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.0, "0"},
                 {-0.0, "0"},
                 {0.0125, "0.0125"},
                 {999.0, "999"},
                 {1000.0, "1,000"},
                 {-2500.0, "-2,500"},
                 {1234567.0, "1,234,567"},
                 {1e15, "1e+15"},
                 {1e-5, "1e-05"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[CHART_NUMBER_SIZE];
        chart_number(text, cases[i].value);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

/* Hard ranges: one point, all equal, zeros, huge. */
START_TEST(panels_are_drawn)
{
    static const double values[][3] = {
        {1.0, 1.0, 1.0},      {0.0, 0.0, 0.0},    {-1.0, 0.0, 1.0},
        {1e-300, 1.0, 1e300}, {5.0, 0.001, 1e-6}, {1e30, 1e30, 1e30},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        for (size_t count = 1; count <= 3; count++) {
            struct metrics_point points[3];
            for (size_t k = 0; k < count; k++)
                points[k] = (struct metrics_point){(double)k, values[i][k]};
            const struct metrics_series series = {
                .name = "a<b", .points = points, .count = count};
            const struct chart chart = {.title = "a & b",
                                        .width = 500,
                                        .height = 300,
                                        .lines = {{&series, CHART_SMOOTHED}},
                                        .count = 1,
                                        .factor = 1,
                                        .log_ratio = 10,
                                        .last = 2,
                                        .epoch = 1};
            char *text = NULL;
            size_t size;
            FILE *out = open_memstream(&text, &size);
            ck_assert(out && chart_draw(out, &chart) && fclose(out) == 0);
            ck_assert_ptr_null(strstr(text, "nan"));
            ck_assert_ptr_null(strstr(text, "inf"));
            ck_assert_ptr_nonnull(strstr(text, "a&#60;b"));
            ck_assert_uint_lt(size, 10000);
            free(text);
        }
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("tests");
    tcase_add_test(tests, lines_are_read);
    tcase_add_test(tests, other_lines_are_passed_over);
    tcase_add_test(tests, too_much_is_left_out);
    tcase_add_test(tests, ticks_are_round);
    tcase_add_test(tests, numbers);
    tcase_add_test(tests, panels_are_drawn);
    Suite *suite = suite_create("curves");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

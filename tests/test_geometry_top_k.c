/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define GOLDEN_TOP_K
#include "geometry/top_k.h"
#include "tests/golden/geometry_golden.h"
#include "tests/golden/geometry_inputs.h"

enum { MAX_COUNT = 300000, GUARD = -77 };

static float scores[MAX_COUNT];
static int32_t indices[MAX_COUNT + 1];
static int32_t expected[MAX_COUNT];

static size_t run_top_k(size_t count, size_t k)
{
    /* Exactly as large as promised, for the address sanitizer to check. */
    void *scratch = malloc(det_top_k_scratch_size(count, k));
    ck_assert_ptr_nonnull(scratch);
    for (size_t i = 0; i <= count; i++)
        indices[i] = GUARD;
    const size_t found = det_top_k(indices, scores, count, k, scratch);
    free(scratch);
    ck_assert_uint_eq(found, k < count ? k : count);
    ck_assert_int_eq(indices[found], GUARD);
    return found;
}

/* The rule in its plainest form. */
static int compare(const void *a, const void *b)
{
    const int32_t i = *(const int32_t *)a;
    const int32_t j = *(const int32_t *)b;
    const bool i_nan = isnan(scores[i]);
    const bool j_nan = isnan(scores[j]);
    if (i_nan != j_nan)
        return i_nan ? 1 : -1;
    if (!i_nan && scores[i] != scores[j])
        return scores[i] > scores[j] ? -1 : 1;
    return i < j ? -1 : 1;
}

static void check_against_sort(size_t count, size_t k)
{
    const size_t found = run_top_k(count, k);
    for (size_t i = 0; i < count; i++)
        expected[i] = (int32_t)i;
    qsort(expected, count, sizeof *expected, compare);
    for (size_t i = 0; i < found; i++)
        ck_assert_msg(indices[i] == expected[i],
                      "count %zu, k %zu, rank %zu: %d, expected %d", count, k,
                      i, (int)indices[i], (int)expected[i]);
}

START_TEST(by_hand)
{
    const float values[] = {-0.0f, NAN, -INFINITY, 3,    0.0f,
                            3,     -1,  INFINITY,  -NAN, 1e-40f};
    static const int32_t order[] = {7, 3, 5, 9, 0, 4, 6, 2, 1, 8};
    enum { COUNT = sizeof order / sizeof *order };
    for (size_t i = 0; i < COUNT; i++)
        scores[i] = values[i];
    for (size_t k = 0; k <= COUNT + 1; k++) {
        const size_t found = run_top_k(COUNT, k);
        for (size_t i = 0; i < found; i++)
            ck_assert_int_eq(indices[i], order[i]);
    }
}
END_TEST

START_TEST(nothing)
{
    ck_assert_uint_eq(run_top_k(0, 0), 0);
    ck_assert_uint_eq(run_top_k(0, 5), 0);
    ck_assert_uint_eq(run_top_k(5, 0), 0);
}
END_TEST

START_TEST(as_torch)
{
    enum { COUNT = sizeof golden_top_k / sizeof *golden_top_k };
    struct random_numbers random = {13};
    random_scores(&random, scores, 3000, 257);
    for (size_t i = 0; i < 3000; i++)
        scores[i] -= 0.5f;
    ck_assert_uint_eq(run_top_k(3000, COUNT), COUNT);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_int_eq(indices[i], golden_top_k[i]);
}
END_TEST

START_TEST(small_sizes)
{
    struct random_numbers random = {5};
    for (size_t count = 1; count < 130; count += 7) {
        for (size_t i = 0; i < count; i++)
            scores[i] = random_uniform(&random, -2, 2);
        scores[count / 2] = scores[0];
        scores[count / 3] = NAN;
        for (size_t k = 1; k <= count; k += 5)
            check_against_sort(count, k);
        check_against_sort(count, count);
    }
}
END_TEST

START_TEST(all_equal)
{
    for (size_t i = 0; i < 5000; i++)
        scores[i] = -1.5f;
    run_top_k(5000, 777);
    for (int32_t i = 0; i < 777; i++)
        ck_assert_int_eq(indices[i], i);
}
END_TEST

START_TEST(only_nan)
{
    for (size_t i = 0; i < 100; i++)
        scores[i] = NAN;
    scores[60] = -INFINITY;
    check_against_sort(100, 1);
    check_against_sort(100, 50);
}
END_TEST

START_TEST(as_many_as_a_large_image_has)
{
    struct random_numbers random = {6};
    for (size_t i = 0; i < MAX_COUNT; i++)
        scores[i] =
            random_uniform(&random, -9, 1) * random_uniform(&random, 0, 1);
    for (size_t i = 0; i < MAX_COUNT; i += 1000)
        scores[i] = 0.125f; /* ties */
    check_against_sort(160000, 1000);
    check_against_sort(MAX_COUNT, 12000);
}
END_TEST

START_TEST(neighbouring_floats)
{
    /* Alike in all but the last bits of the key. */
    struct random_numbers random = {7};
    for (size_t i = 0; i < 20000; i++)
        scores[i] = 1 + (float)(random_bits(&random) % 2000) * 0x1p-23f;
    check_against_sort(20000, 300);
    for (size_t i = 0; i < 20000; i++)
        scores[i] = -scores[i];
    check_against_sort(20000, 300);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("geometry_top_k");
    TCase *tests = tcase_create("top_k");
    tcase_add_test(tests, by_hand);
    tcase_add_test(tests, nothing);
    tcase_add_test(tests, as_torch);
    tcase_add_test(tests, small_sizes);
    tcase_add_test(tests, all_equal);
    tcase_add_test(tests, only_nan);
    tcase_add_test(tests, as_many_as_a_large_image_has);
    tcase_add_test(tests, neighbouring_floats);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: MIT */
/* Counting and splitting. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/coco_json.h"
#include "datasets/split.h"
#include "datasets/stats.h"

static const char small_set[] =
    "{\"images\":[{\"id\":5,\"width\":99,\"height\":99},{\"id\":6},{\"id\":9}],"
    "\"categories\":[{\"id\":3,\"name\":\"x\"},{\"id\":8,\"name\":\"y\"},"
    "{\"id\":1,\"name\":\"none\"}],\"annotations\":["
    "{\"id\":1,\"image_id\":5,\"category_id\":3,\"area\":1023.9,"
    "\"bbox\":[0,0,40,40]},"
    "{\"id\":2,\"image_id\":5,\"category_id\":3,\"area\":1024,"
    "\"bbox\":[0,0,40,80]},"
    "{\"id\":3,\"image_id\":5,\"category_id\":8,\"bbox\":[0,0,96,96]},"
    "{\"id\":4,\"image_id\":9,\"category_id\":8,\"area\":7,\"iscrowd\":1,"
    "\"bbox\":[0,0,4,4]},"
    "{\"id\":5,\"image_id\":77,\"category_id\":8,\"bbox\":[0,0,4,4]},"
    "{\"id\":6,\"image_id\":9,\"category_id\":77,\"bbox\":[0,0,4,4]}]}";

static size_t bin(const struct det_dataset_stats *stats, det_histogram which,
                  const char *name)
{
    const char *at;
    for (size_t i = 0; (at = det_stats_bin_name(which, i)); i++)
        if (strcmp(at, name) == 0)
            return stats->bins[which][i];
    ck_abort_msg("no bin is called %s", name);
    return 0;
}

START_TEST(counts)
{
    struct det_dataset dataset;
    struct det_dataset_stats stats;
    ck_assert_int_eq(
        det_coco_json_parse(&dataset, small_set, strlen(small_set), NULL),
        DET_OK);
    ck_assert_int_eq(det_stats_measure(&stats, &dataset, NULL), DET_OK);
    const det_category_stats *t = &stats.total, *x = &stats.categories[0],
                             *y = &stats.categories[1];
    ck_assert_uint_eq(t->objects, 3);
    ck_assert_uint_eq(t->crowds, 1);
    ck_assert_uint_eq(t->images, 2);
    ck_assert_uint_eq(t->small, 1);
    ck_assert_uint_eq(t->medium, 1);
    ck_assert_uint_eq(t->large, 1); /* the box's area stands for none */
    ck_assert_uint_eq(x->objects, 2);
    ck_assert_uint_eq(x->images, 1);
    ck_assert_double_eq_tol(x->mean_area, (1023.9 + 1024) / 2, 1e-9);
    ck_assert_uint_eq(y->objects, 1);
    ck_assert_uint_eq(y->crowds, 1);
    ck_assert_uint_eq(y->images, 2);
    ck_assert_uint_eq(stats.categories[2].objects, 0);
    ck_assert_double_eq(stats.categories[2].mean_area, 0);
    ck_assert_uint_eq(bin(&stats, DET_HISTOGRAM_ASPECT, "1:1 - 3:2"), 2);
    ck_assert_uint_eq(bin(&stats, DET_HISTOGRAM_ASPECT, "1:2 - 2:3"), 1);
    ck_assert_uint_eq(bin(&stats, DET_HISTOGRAM_PER_IMAGE, "0"), 2);
    ck_assert_uint_eq(bin(&stats, DET_HISTOGRAM_PER_IMAGE, "3 - 4"), 1);
    ck_assert_uint_eq(bin(&stats, DET_HISTOGRAM_SIZE, "16 - 32"), 1);
    ck_assert_uint_eq(bin(&stats, DET_HISTOGRAM_SIZE, "32 - 64"), 1);
    ck_assert_uint_eq(bin(&stats, DET_HISTOGRAM_SIZE, "96 - 128"), 1);
    det_stats_clear(&stats);
    det_dataset_clear(&dataset);
}
END_TEST

/* ---------------------------------------------------------------- splitting */

enum { IMAGES = 101 };

/* Images of ids 1.. in order, or the last first. */
static void make_images(struct det_dataset *out, bool backwards)
{
    *out = (struct det_dataset){0};
    for (int i = 0; i < IMAGES; i++) {
        const struct det_data_image image = {
            .id = backwards ? IMAGES - i : i + 1, .file_name = ""};
        ck_assert_int_eq(det_dataset_add_image(out, &image, NULL), DET_OK);
    }
}

START_TEST(splits_by_seed)
{
    const double fractions[] = {0.6, 0.3, 0.1};
    struct det_dataset forth, back;
    uint32_t a[IMAGES], b[IMAGES], other[IMAGES];
    size_t sizes[4] = {0}, same = 0;
    make_images(&forth, false);
    make_images(&back, true);
    ck_assert_int_eq(det_split_images(a, &forth, fractions, 3, 7, NULL),
                     DET_OK);
    ck_assert_int_eq(det_split_images(b, &back, fractions, 3, 7, NULL), DET_OK);
    ck_assert_int_eq(det_split_images(other, &forth, fractions, 3, 8, NULL),
                     DET_OK);
    for (int i = 0; i < IMAGES; i++) {
        ck_assert_uint_eq(a[i], b[IMAGES - 1 - i]); /* whatever the order */
        ck_assert_uint_le(a[i], 2);
        sizes[a[i]]++;
        same += a[i] == other[i];
    }
    ck_assert_uint_eq(sizes[0], 61);
    ck_assert_uint_eq(sizes[1], 30);
    ck_assert_uint_eq(sizes[2], 10);
    ck_assert_uint_lt(same, IMAGES - 20);
    det_dataset_clear(&forth);
    det_dataset_clear(&back);
}
END_TEST

START_TEST(splits_with_a_rest)
{
    const double fraction = 0.25;
    struct det_dataset set;
    uint32_t parts[IMAGES];
    size_t taken = 0;
    make_images(&set, false);
    ck_assert_int_eq(det_split_images(parts, &set, &fraction, 1, 0, NULL),
                     DET_OK);
    for (int i = 0; i < IMAGES; i++)
        taken += parts[i] == 0;
    ck_assert_uint_eq(taken, 25);
    det_dataset_clear(&set);
}
END_TEST

START_TEST(refuses_fractions)
{
    const double bad[][2] = {{0.5, 0.6}, {0, 0.5}, {-0.1, 0.5}, {NAN, 0.5}};
    struct det_dataset set;
    uint32_t parts[IMAGES];
    make_images(&set, false);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(det_split_images(parts, &set, bad[i], 2, 0, NULL),
                         DET_ERROR_ARGUMENT);
    det_dataset_clear(&set);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("data_stats");
    TCase *tests = tcase_create("stats");
    tcase_add_test(tests, counts);
    tcase_add_test(tests, splits_by_seed);
    tcase_add_test(tests, splits_with_a_rest);
    tcase_add_test(tests, refuses_fractions);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

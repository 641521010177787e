/* SPDX-License-Identifier: MIT */
/* A team's pieces: each is taken once, first one's own. */
#include <check.h>
#include <omp.h>
#include <stdlib.h>

#include "compute/cpu/shares_cpu.h"

static const int64_t counts[] = {0, 1, 2, 3, 7, 64, 1001};
enum { COUNTS = sizeof counts / sizeof *counts, MOST = 1001 };

/* Alone in a team it gets its own run in order, then the others', the last
 * first. */
START_TEST(one_takes_all)
{
    for (int threads = 1; threads <= 5; threads++)
        for (int i = 0; i < COUNTS; i++) {
            const int thread = threads - 1;
            const int64_t all = counts[i], own = all * thread / threads;
            struct det_shares shares;
            bool taken[MOST] = {false};
            int64_t piece;
            det_shares_init(&shares, all, threads);
            for (int64_t n = 0; n < all; n++) {
                ck_assert(det_shares_take(&shares, thread, &piece));
                ck_assert(piece >= 0 && piece < all && !taken[piece]);
                taken[piece] = true;
                if (n < all - own)
                    ck_assert_int_eq(piece, own + n);
            }
            ck_assert(!det_shares_take(&shares, thread, &piece));
        }
}
END_TEST

/* Who comes last finds what is left, who is early gets no more than there is.
 */
START_TEST(together)
{
    for (int round = 0; round < 200; round++) {
        const int threads = 1 + round % 8;
        const int64_t all = counts[round % COUNTS];
        struct det_shares shares;
        int taken[MOST] = {0};
        det_shares_init(&shares, all, threads);
#pragma omp parallel num_threads(threads)
        for (int64_t piece;
             det_shares_take(&shares, omp_get_thread_num(), &piece);) {
#pragma omp atomic
            taken[piece]++;
        }
        for (int64_t i = 0; i < all; i++)
            ck_assert_int_eq(taken[i], 1);
    }
}
END_TEST

/* A team smaller than was wanted leaves nothing. */
START_TEST(absent_threads)
{
    struct det_shares shares;
    int64_t piece, count = 0;
    det_shares_init(&shares, 100, 10000);
    for (int thread = 3; det_shares_take(&shares, thread, &piece);)
        count++;
    ck_assert_int_eq(count, 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shares");
    TCase *tests = tcase_create("shares");
    tcase_add_test(tests, one_takes_all);
    tcase_add_test(tests, together);
    tcase_add_test(tests, absent_threads);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

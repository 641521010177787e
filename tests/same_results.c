/* SPDX-License-Identifier: MIT */
#include "tests/same_results.h"

#include <check.h>

static void check_same_mask(const det_mask *a, const det_mask *b)
{
    if (!a || !b) {
        ck_assert_ptr_eq(a, b);
        return;
    }
    ck_assert_uint_eq(a->count, b->count);
    ck_assert_mem_eq(a->counts, b->counts, a->count * sizeof *a->counts);
}

void same_results_check(const det_result *a, const det_result *b)
{
    ck_assert_uint_gt(det_result_count(a), 0);
    ck_assert_uint_eq(det_result_count(a), det_result_count(b));
    for (size_t i = 0; i < det_result_count(a); i++) {
        const det_detection *x = det_result_detection(a, i);
        const det_detection *y = det_result_detection(b, i);
        ck_assert_int_eq(x->label, y->label);
        ck_assert(x->score == y->score && x->x == y->x && x->y == y->y &&
                  x->w == y->w && x->h == y->h);
        check_same_mask(x->mask, y->mask);
    }
}

/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "compute/blas_core.h"
#include "detect/measure.h"

START_TEST(old_cores_are_named)
{
    static const struct {
        const char *core, *on_avx2, *on_avx512; /* NULL: none is better */
    } cases[] = {
        {"Prescott", "Haswell", "SkylakeX"},
        {"Nehalem", "Haswell", "SkylakeX"},
        {"Sandybridge", "Haswell", "SkylakeX"},
        {"Haswell", NULL, NULL},
        {"Zen", NULL, NULL},
        {"SkylakeX", NULL, NULL},
        {"of next year", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *core = cases[i].core;
        ck_assert_ptr_null(det_blas_better_core(core, DET_BLAS_OLD_VECTORS));
        ck_assert_pstr_eq(det_blas_better_core(core, DET_BLAS_AVX2),
                          cases[i].on_avx2);
        ck_assert_pstr_eq(det_blas_better_core(core, DET_BLAS_AVX512),
                          cases[i].on_avx512);
    }
}
END_TEST

START_TEST(core_of_this_process)
{
    const det_cpu_blas blas = det_cpu_blas_read();
    ck_assert_pstr_eq(blas.core, det_blas_core());
    ck_assert_uint_gt(strlen(blas.core), 0);
    ck_assert_pstr_eq(blas.better, det_blas_better_core(
                                       blas.core, det_blas_vectors_of_cpu()));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("blas_core");
    TCase *tests = tcase_create("blas core");
    tcase_add_test(tests, old_cores_are_named);
    tcase_add_test(tests, core_of_this_process);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

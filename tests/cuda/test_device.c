/* SPDX-License-Identifier: MIT */
/* What the emulated GPU lets fail: each call of the vendor's becomes a status
 * with a text, nothing is lost, and the session goes on. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "compute/cuda/device_cuda.h"
#include "compute/engine.h"
#include "maskseg/mask_runs.h"
#include "tests/cuda/fake_gpu.h"
#include "tests/cuda/small_net.h"

static det_status run_on(const char *device, struct small_net *net,
                         struct det_message *message)
{
    struct det_engine engine;
    const struct det_engine_options options = {.device = device, .threads = 1};
    det_status status = det_engine_create(&engine, &options, message);
    if (status == DET_OK)
        status = small_net_prepare(net, &engine);
    if (status == DET_OK)
        status = det_engine_run(&engine, small_net_run, net);
    small_net_release(net, &engine);
    det_engine_destroy(&engine);
    return status;
}

/* One that failed leaves the engine good for the next. */
static bool fails_once(struct det_engine *engine, struct small_net *net,
                       const char *call, int after)
{
    fake_gpu_fail(call, after);
    const det_status status = det_engine_run(engine, small_net_run, net);
    fake_gpu_fail(NULL, 0);
    ck_assert_msg(det_engine_run(engine, small_net_run, net) == DET_OK,
                  "%s %d: then %s", call, after, engine->compute.message->text);
    return status != DET_OK;
}

static void good_run(float *sum)
{
    struct det_message message = {0};
    struct small_net net = {0};
    ck_assert_msg(run_on("cuda", &net, &message) == DET_OK, "%s", message.text);
    *sum = net.sum;
    ck_assert_uint_eq(fake_gpu_used(), 0);
}

START_TEST(as_the_cpu)
{
    struct det_message message = {0};
    struct small_net net = {0};
    float sum;
    ck_assert_int_eq(run_on("cpu", &net, &message), DET_OK);
    good_run(&sum);
    ck_assert_float_eq_tol(sum, net.sum, 1e-3f);
    ck_assert_float_gt(sum, 1.0f);
}
END_TEST

/* The first calls of each name, one after the other: until a run in which none
 * failed any more. */
static const struct {
    const char *call;
    det_status status;
} failures[] = {{"cudaMalloc", DET_ERROR_MEMORY},
                {"cudaMallocHost", DET_ERROR_MEMORY},
                {"cudaMemcpyAsync", DET_ERROR_DEVICE},
                {"cudaStreamSynchronize", DET_ERROR_DEVICE},
                {"launch", DET_ERROR_DEVICE},
                {"cudaEventCreate", DET_ERROR_DEVICE},
                {"cudaStreamCreate", DET_ERROR_DEVICE},
                {"cudnnCreate", DET_ERROR_DEVICE},
                {"cublasLtCreate", DET_ERROR_DEVICE}};

enum { PASTING_CALLS = 5 /* the first of them */ };

START_TEST(each_call_may_fail)
{
    const char *call = failures[_i].call;
    bool failed = true;
    float before, after;
    int count = 0;
    good_run(&before);
    for (int n = 0; failed; n++) {
        struct det_message message = {0};
        struct small_net net = {0};
        fake_gpu_fail(call, n);
        const det_status status = run_on("cuda", &net, &message);
        failed = status != DET_OK;
        if (failed) {
            ck_assert_msg(status == failures[_i].status, "%s %d: %s", call, n,
                          message.text);
            ck_assert_msg(strstr(message.text, "CU") ||
                              strstr(message.text, "cu"),
                          "%s %d: \"%s\"", call, n, message.text);
            count++;
        }
        ck_assert_msg(fake_gpu_used() == 0, "%s %d: %zu bytes lost", call, n,
                      fake_gpu_used());
    }
    fake_gpu_fail(NULL, 0);
    ck_assert_int_gt(count, 0);
    good_run(&after);
    ck_assert_float_eq(before, after);
}
END_TEST

static const char *const while_running[] = {
    "cudaMalloc", "cudaMallocHost", "cudaMemcpyAsync", "cudaStreamSynchronize",
    "cudnnBackendExecute"};

START_TEST(the_engine_goes_on)
{
    const char *call = while_running[_i];
    const struct det_engine_options options = {.device = "cuda", .threads = 1};
    bool failed = true;
    int count = 0;
    float sum;
    good_run(&sum);
    for (int n = 0; failed; n++) {
        struct det_message message = {0};
        struct det_engine engine;
        struct small_net net = {0};
        ck_assert_int_eq(det_engine_create(&engine, &options, &message),
                         DET_OK);
        ck_assert_int_eq(small_net_prepare(&net, &engine), DET_OK);
        failed = fails_once(&engine, &net, call, n);
        ck_assert_float_eq_tol(net.sum, sum, 1e-3f);
        count += failed;
        small_net_release(&net, &engine);
        det_engine_destroy(&engine);
        ck_assert_uint_eq(fake_gpu_used(), 0);
    }
    /* Another kernel is taken where one fails. */
    ck_assert_int_eq(count > 0, strcmp(call, "cudnnBackendExecute") != 0);
}
END_TEST

/* The sum alone is computed then, and what follows it apart. */
START_TEST(a_fused_plan_that_fails)
{
    float fused, apart;
    good_run(&fused);
    fake_gpu_fail("cudnnBackendFinalize", _i);
    good_run(&apart);
    fake_gpu_fail(NULL, 0);
    ck_assert_float_eq_tol(fused, apart, 1e-3f);
}
END_TEST

START_TEST(no_plan_at_all)
{
    struct det_message message = {0};
    struct small_net net = {0};
    fake_gpu_refuse_all(true);
    ck_assert_int_eq(run_on("cuda", &net, &message), DET_ERROR_DEVICE);
    ck_assert_ptr_nonnull(strstr(message.text, "no kernel for a 3 x 3"));
    fake_gpu_refuse_all(false);
    ck_assert_uint_eq(fake_gpu_used(), 0);
}
END_TEST

START_TEST(without_fused_kernels)
{
    float fused, apart;
    good_run(&fused);
    fake_gpu_refuse_fused(true);
    good_run(&apart);
    fake_gpu_refuse_fused(false);
    ck_assert_float_eq_tol(fused, apart, 1e-3f);
}
END_TEST

enum { MASK = 14, PHOTO = 300 };

/* One mask of ones, of a box of so many pixels a side. */
struct pasting {
    struct det_mask_paster paster;
    float side;
    uint64_t area; /* that was set */
};

static det_status paste(struct det_compute *compute, void *user)
{
    struct pasting *p = user;
    struct det_tensor masks;
    struct det_rle rle = {0};
    const struct det_mask_place place = {0, {0, 0, p->side, p->side}};
    DET_TRY(det_host_tensor_take(compute, &masks, 1, MASK, MASK, 1));
    for (int i = 0; !det_planning(compute) && i < MASK * MASK; i++)
        masks.data[i] = 1.0f;
    DET_TRY(det_tensor_move_to_device(compute, &masks));
    const struct det_placed_masks placed = {.masks = masks,
                                            .places = &place,
                                            .count = 1,
                                            .rule = DET_PASTE_TORCHVISION,
                                            .width = PHOTO,
                                            .height = PHOTO,
                                            .out = &rle};
    if (!det_planning(compute))
        DET_TRY(det_mask_runs(compute, &p->paster, &placed, 1));
    const det_mask view = det_rle_view(&rle);
    p->area = det_mask_area(&view);
    det_rle_destroy(&rle);
    det_tensor_give(compute, &masks);
    return DET_OK;
}

/* A small mask, and one that needs more memory, again where it failed. */
static int count_failures(struct det_engine *engine, struct pasting *p,
                          det_status expected)
{
    int count = 0;
    for (p->side = 20.0f; p->side <= 290.0f; p->side += 270.0f) {
        det_status status = det_engine_run(engine, paste, p);
        if (status != DET_OK) {
            ck_assert_int_eq(status, expected);
            ck_assert_str_ne(engine->compute.message->text, "");
            count++;
            status = det_engine_run(engine, paste, p);
        }
        ck_assert_int_eq(status, DET_OK);
        ck_assert_uint_ge(p->area, (uint64_t)(0.9f * p->side * p->side));
    }
    return count;
}

/* Those that pasting makes: an engine that failed goes on with its memory. */
START_TEST(each_call_of_pasting_may_fail)
{
    const char *call = failures[_i].call;
    int failed = 1, count = 0;
    for (int n = 0; failed > 0; n++) {
        struct det_message message = {0};
        struct det_engine engine;
        struct pasting p = {.area = 0};
        const struct det_engine_options options = {.device = "cuda",
                                                   .threads = 1};
        ck_assert_int_eq(det_engine_create(&engine, &options, &message),
                         DET_OK);
        fake_gpu_fail(call, n);
        failed = count_failures(&engine, &p, failures[_i].status);
        count += failed;
        fake_gpu_fail(NULL, 0);
        det_engine_destroy(&engine);
        det_mask_paster_destroy(&p.paster);
        ck_assert_uint_eq(fake_gpu_used(), 0);
    }
    ck_assert_int_gt(count, 0);
}
END_TEST

static det_status run_half(struct det_compute *compute, void *user)
{
    struct det_tensor in, view;
    float **seen = user;
    DET_TRY(det_host_tensor_take(compute, &in, 1, SMALL_NET_SIDE,
                                 SMALL_NET_SIDE, SMALL_NET_IN));
    if (!det_planning(compute))
        in.data[0] = 3.0f;
    DET_TRY(det_tensor_move_to_device(compute, &in));
    DET_TRY(det_host_view_take(compute, &view, &in));
    if (!det_planning(compute)) {
        *seen = view.data;
        view.data[0] = 0.0f;
        return det_fail(compute->message, DET_ERROR_FORMAT, "half the way");
    }
    det_host_view_give(compute, &view);
    det_tensor_give(compute, &in);
    return DET_OK;
}

/* What a run that failed had asked for does not arrive in the next one. */
START_TEST(a_failed_run_is_over)
{
    struct det_message message = {0};
    struct det_engine engine;
    const struct det_engine_options options = {.device = "cuda", .threads = 1};
    float *seen = NULL;
    ck_assert_int_eq(det_engine_create(&engine, &options, &message), DET_OK);
    ck_assert_int_eq(det_engine_run(&engine, run_half, &seen),
                     DET_ERROR_FORMAT);
    ck_assert_str_eq(message.text, "half the way");
    ck_assert_float_eq(seen[0], 3.0f);
    det_engine_destroy(&engine);
    ck_assert_uint_eq(fake_gpu_used(), 0);
}
END_TEST

START_TEST(without_a_gpu)
{
    struct det_message message = {0};
    struct small_net net = {0};
    fake_gpu_set(0, 0);
    ck_assert_int_eq(run_on("cuda", &net, &message), DET_ERROR_DEVICE);
    ck_assert_ptr_nonnull(strstr(message.text, "no GPU"));
    fake_gpu_set(1, (size_t)8 << 30);
}
END_TEST

/* The message says how much was asked for, what there is and what fits. */
START_TEST(too_little_memory)
{
    struct det_message message = {0};
    struct small_net net = {0};
    float sum;
    fake_gpu_set(1, (size_t)1 << 20);
    ck_assert_int_eq(run_on("cuda", &net, &message), DET_ERROR_MEMORY);
    ck_assert_msg(strstr(message.text, "64 MiB were asked for") &&
                      strstr(message.text, "1 MiB left of 1 MiB") &&
                      strstr(message.text, " 2 % of the pixels"),
                  "%s", message.text);
    fake_gpu_set(1, (size_t)8 << 30);
    good_run(&sum);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("device");
    TCase *tcase = tcase_create("device");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, as_the_cpu);
    tcase_add_loop_test(tcase, each_call_may_fail, 0,
                        (int)(sizeof failures / sizeof *failures));
    tcase_add_loop_test(tcase, each_call_of_pasting_may_fail, 0, PASTING_CALLS);
    tcase_add_loop_test(tcase, the_engine_goes_on, 0,
                        (int)(sizeof while_running / sizeof *while_running));
    tcase_add_loop_test(tcase, a_fused_plan_that_fails, 0, 12);
    tcase_add_test(tcase, no_plan_at_all);
    tcase_add_test(tcase, without_fused_kernels);
    tcase_add_test(tcase, a_failed_run_is_over);
    tcase_add_test(tcase, without_a_gpu);
    tcase_add_test(tcase, too_little_memory);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

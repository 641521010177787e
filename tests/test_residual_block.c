/* SPDX-License-Identifier: MIT */
/* A bottleneck's last convolution writes to where its shortcut lies, if nobody
 * else has that. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "backbone/residual_block.h"
#include "tests/ops_harness.h"
#include "tests/planned_run.h"
#include "tests/random_layers.h"

enum { CHANNELS = 64, WIDTH = 16, H = 9, W = 7 };

struct net {
    struct det_residual_block block;
    struct random_layers layers;
    struct det_tensor map;
};

static det_status seed_layer(void *user, const struct det_layer_names *names,
                             struct det_conv_layer *layer)
{
    struct net *net = user;
    (void)names;
    return random_layers_add(&net->layers, det_ops_for("cpu"), layer);
}

static void make(struct net *net, int32_t stride)
{
    const struct det_residual_block_config config = {.bottleneck = true,
                                                     .in_channels = CHANNELS,
                                                     .width = WIDTH,
                                                     .out_channels = CHANNELS,
                                                     .stride = stride,
                                                     .dilation = 1,
                                                     .groups = 1,
                                                     .norm_eps = 1e-5f};
    const struct det_layer_visitor visitor = {seed_layer, net};
    *net = (struct net){.layers = {.random = {3}}};
    det_residual_block_init(&net->block, &config);
    ck_assert_int_eq(det_residual_block_visit_layers(&net->block, "", &visitor),
                     DET_OK);
    net->map = det_random_tensor(&net->layers.random, 2, H, W, CHANNELS);
}

static void destroy(struct net *net)
{
    random_layers_free(&net->layers);
    free(net->map.data);
}

/* Who has the block's input, `in`, besides the caller. */
enum sharing { NOBODY_ELSE, ANOTHER, THE_CALLER };

static det_status forward(struct det_compute *compute, const struct net *net,
                          enum sharing sharing, struct det_tensor *in,
                          struct det_tensor *out)
{
    DET_TRY(det_tensor_take_like(compute, in, &net->map, H, W, CHANNELS));
    if (!det_planning(compute))
        memcpy(in->data, net->map.data, det_tensor_bytes(in));
    struct det_tensor taken = *in;
    if (sharing == THE_CALLER)
        return det_residual_block_forward(compute, &net->block, out, in);
    if (sharing == ANOTHER)
        *in = det_tensor_hold(compute, &taken);
    return det_residual_block_forward_take(compute, &net->block, out, &taken);
}

struct outcome {
    size_t peak; /* of memory */
    bool in_place, unchanged;
    float out[2 * H * W * CHANNELS];
};

static void run(struct outcome *outcome, const struct net *net,
                enum sharing sharing, bool in_order)
{
    struct planned_run run;
    struct det_tensor in, out;
    planned_run_plan(&run);
    for (int real = 0; real < 2; real++) {
        run.compute.ops = det_ops_for("cpu");
        run.compute.threads = 1;
        run.compute.in_order = in_order;
        planned_run_check(&run, forward(&run.compute, net, sharing, &in, &out));
        outcome->peak = run.arena.peak;
        if (real) {
            outcome->in_place = out.data == in.data;
            outcome->unchanged =
                memcmp(in.data, net->map.data, det_tensor_bytes(&in)) == 0;
            memcpy(outcome->out, out.data, det_tensor_bytes(&out));
        }
        if (sharing != NOBODY_ELSE)
            det_tensor_give(&run.compute, &in);
        det_tensor_give(&run.compute, &out);
        if (!real)
            planned_run_begin(&run);
    }
    planned_run_end(&run);
}

START_TEST(identity)
{
    static struct outcome alone, shared, kept, in_order;
    struct net net;
    make(&net, 1);
    run(&alone, &net, NOBODY_ELSE, false);
    run(&shared, &net, ANOTHER, false);
    run(&kept, &net, THE_CALLER, false);
    run(&in_order, &net, NOBODY_ELSE, true);
    ck_assert(alone.in_place);
    ck_assert(!shared.in_place && shared.unchanged);
    ck_assert(!kept.in_place && kept.unchanged);
    ck_assert(!in_order.in_place);
    ck_assert_uint_lt(alone.peak, shared.peak);
    ck_assert_mem_eq(alone.out, shared.out, sizeof alone.out);
    ck_assert_mem_eq(alone.out, kept.out, sizeof alone.out);
    destroy(&net);
}
END_TEST

/* A projection is the block's own, whoever has its input. */
START_TEST(projection)
{
    static struct outcome alone, kept, in_order;
    struct net net;
    make(&net, 2);
    run(&alone, &net, NOBODY_ELSE, false);
    run(&kept, &net, THE_CALLER, false);
    run(&in_order, &net, THE_CALLER, true);
    ck_assert(kept.unchanged);
    ck_assert_uint_lt(kept.peak, in_order.peak);
    ck_assert_mem_eq(alone.out, kept.out, sizeof alone.out);
    destroy(&net);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("residual_block");
    TCase *tests = tcase_create("residual_block");
    tcase_add_test(tests, identity);
    tcase_add_test(tests, projection);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

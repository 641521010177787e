/* SPDX-License-Identifier: MIT */
/*
 * Caffe's pools in the networks, by hand: the convolutions are made to pass
 * their first channel on, so that what comes out are maxima of the image.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backbone/backbone.h"
#include "base/memory.h"
#include "tests/planned_run.h"

enum { MAX_BLOCKS = 128 };

/* Memory of the layers. */
struct layers {
    void *blocks[MAX_BLOCKS];
    size_t count;
};

static float *take_floats(struct layers *layers, size_t count, float fill)
{
    float *floats;
    struct det_message message = {.text = ""};
    ck_assert_uint_lt(layers->count, MAX_BLOCKS);
    ck_assert_int_eq(
        det_allocate_aligned(&floats, count, sizeof *floats, &message), DET_OK);
    layers->blocks[layers->count++] = floats;
    for (size_t i = 0; i < count; i++)
        floats[i] = fill;
    return floats;
}

static void free_layers(struct layers *layers)
{
    while (layers->count)
        free(layers->blocks[--layers->count]);
}

/* Input channel 0's middle becomes output channel 0; of fc6 its first place. */
static det_status pass_on(void *user, const struct det_layer_names *names,
                          struct det_conv_layer *layer)
{
    struct layers *layers = user;
    const struct det_conv_shape *s = &layer->shape;
    const size_t k = (size_t)s->out_channels;
    float *weight = take_floats(
        layers, k * (size_t)(s->in_channels * s->kernel_h * s->kernel_w), 0);
    const bool fc6 = strstr(names->conv, "fc6") != NULL;
    weight[fc6 ? 0 : s->kernel_h / 2 * s->kernel_w + s->kernel_w / 2] = 1;
    layer->weight.value = weight;
    layer->bias.value = layer->norm_bias.value = layer->norm_mean.value =
        take_floats(layers, k, 0);
    layer->norm_weight.value = layer->norm_variance.value =
        take_floats(layers, k, 1);
    struct det_compute compute = {.ops = det_ops_for("cpu"), .threads = 2};
    return det_conv_layer_prepare(
        &compute, layer,
        take_floats(layers, det_conv_layer_prepared_count(layer, &compute), 0));
}

/* Pixel (y, x) of channel 0; different everywhere, rising along both axes. */
static float pixel(int32_t y, int32_t x)
{
    return (float)(1000 * y + x + 1);
}

static det_status take_image(struct det_compute *compute,
                             struct det_tensor *image, int32_t h, int32_t w)
{
    DET_TRY(det_tensor_take(compute, image, 1, h, w, 3));
    for (int32_t i = 0; !det_planning(compute) && i < h * w; i++) {
        image->data[3 * i] = pixel(i / w, i % w);
        image->data[3 * i + 1] = image->data[3 * i + 2] = -1;
    }
    return DET_OK;
}

static det_status run_vgg(struct planned_run *run, const struct det_vgg *vgg,
                          struct det_tensor *out, int32_t h, int32_t w)
{
    struct det_tensor image;
    DET_TRY(take_image(&run->compute, &image, h, w));
    return det_vgg_forward(&run->compute, vgg, out, &image);
}

/* Place (y, x) of a map of this stride is the maximum, which is the last
 * pixel, of a square of the image that may hang over its end. */
static void check_map(const struct det_tensor *map, int32_t h, int32_t w,
                      int32_t stride)
{
    for (int32_t y = 0; y < map->h; y++)
        for (int32_t x = 0; x < map->w; x++) {
            const int32_t last_y = stride * (y + 1) - 1;
            const int32_t last_x = stride * (x + 1) - 1;
            const float expected =
                pixel(last_y < h ? last_y : h - 1, last_x < w ? last_x : w - 1);
            ck_assert_float_eq(map->data[((int64_t)y * map->w + x) * map->c],
                               expected);
        }
}

/* 33 = 2 * 16 + 1 rows make 3; 1 column makes 1. */
START_TEST(vgg_detector)
{
    static const int32_t sides[][4] = {
        {33, 32, 3, 2}, {16, 17, 1, 2}, {1, 1, 1, 1}, {600, 1, 38, 1}};
    const struct det_vgg_config config = {.channels = 1};
    struct layers layers = {.count = 0};
    const struct det_layer_visitor visitor = {pass_on, &layers};
    struct det_vgg vgg;
    det_vgg_init(&vgg, &config);
    ck_assert_int_eq(det_vgg_out_channels(&vgg), 8);
    ck_assert_int_eq(det_vgg_visit_layers(&vgg, "", &visitor), DET_OK);
    for (size_t i = 0; i < 4; i++) {
        const int32_t *s = sides[i];
        struct planned_run run;
        struct det_tensor map;
        planned_run_plan(&run);
        planned_run_check(&run, run_vgg(&run, &vgg, &map, s[0], s[1]));
        det_tensor_give(&run.compute, &map);
        planned_run_begin(&run);
        planned_run_check(&run, run_vgg(&run, &vgg, &map, s[0], s[1]));
        ck_assert_int_eq(map.h, s[2]);
        ck_assert_int_eq(map.w, s[3]);
        check_map(&map, s[0], s[1], 16);
        det_tensor_give(&run.compute, &map);
        planned_run_end(&run);
    }
    free_layers(&layers);
}
END_TEST

/* 224 x 288 pixels are 7 x 9 places of pool5: fc6 sees 1 x 3 times 7 x 7 of
 * them, here the first of each. */
START_TEST(vgg_classifier)
{
    const struct det_vgg_config config = {.channels = 1, .fc_channels = 2};
    struct layers layers = {.count = 0};
    const struct det_layer_visitor visitor = {pass_on, &layers};
    struct planned_run run;
    struct det_tensor map;
    struct det_vgg vgg;
    det_vgg_init(&vgg, &config);
    ck_assert_int_eq(det_vgg_visit_layers(&vgg, "", &visitor), DET_OK);
    planned_run_plan(&run);
    planned_run_check(&run, run_vgg(&run, &vgg, &map, 224, 288));
    det_tensor_give(&run.compute, &map);
    planned_run_begin(&run);
    planned_run_check(&run, run_vgg(&run, &vgg, &map, 224, 288));
    ck_assert(map.h == 1 && map.w == 3 && map.c == 2);
    check_map(&map, 224, 288, 32);
    det_tensor_give(&run.compute, &map);
    planned_run_end(&run);

    planned_run_plan(&run);
    ck_assert_int_eq(run_vgg(&run, &vgg, &map, 300, 192), DET_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(run.message.text, "too small for VGG-16"));
    free_layers(&layers);
}
END_TEST

/* conv1 keeps every second pixel; the pool's windows begin at its places 0, 2,
 * 4... without padding (Caffe) and at -1, 1, 3... with it (torch): the maxima
 * are at 2, 4, 6... or 1, 3, 5... */
START_TEST(resnet_stem)
{
    const enum det_stem_pool rules[] = {DET_STEM_POOL_CEIL,
                                        DET_STEM_POOL_PADDED};
    for (int i = 0; i < 2; i++) {
        const struct det_resnet_config config = {.depth = 18,
                                                 .groups = 1,
                                                 .width_per_group = 64,
                                                 .stem_channels = 4,
                                                 .stem_pool = rules[i]};
        struct layers layers = {.count = 0};
        const struct det_layer_visitor visitor = {pass_on, &layers};
        struct planned_run run;
        struct det_tensor image, map;
        struct det_resnet resnet;
        planned_run_plan(&run);
        planned_run_check(&run,
                          det_resnet_init(&resnet, &config, &run.message));
        det_resnet_visit_stem(&resnet, "", &visitor);
        planned_run_check(&run, take_image(&run.compute, &image, 224, 16));
        planned_run_check(
            &run, det_resnet_stem_forward(&run.compute, &resnet, &map, &image));
        det_tensor_give(&run.compute, &map);
        planned_run_begin(&run);
        planned_run_check(&run, take_image(&run.compute, &image, 224, 16));
        planned_run_check(
            &run, det_resnet_stem_forward(&run.compute, &resnet, &map, &image));
        ck_assert(map.h == 56 && map.w == 4);
        for (int32_t y = 0; y < 56; y++)
            for (int32_t x = 0; x < 4; x++) {
                int32_t py = 2 * y + (i == 0 ? 2 : 1);
                int32_t px = 2 * x + (i == 0 ? 2 : 1);
                py = py < 112 ? py : 111;
                px = px < 8 ? px : 7;
                ck_assert_float_eq(map.data[(y * 4 + x) * 4],
                                   pixel(2 * py, 2 * px));
            }
        det_tensor_give(&run.compute, &map);
        planned_run_end(&run);
        det_resnet_destroy(&resnet);
        free_layers(&layers);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ceil_pools");
    TCase *tcase = tcase_create("pools");
    tcase_add_test(tcase, vgg_detector);
    tcase_add_test(tcase, vgg_classifier);
    tcase_add_test(tcase, resnet_stem);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

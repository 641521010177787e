/* SPDX-License-Identifier: MIT */
/* Detectron's names, of whole networks too, and its norms. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detector/import_detectron.h"
#include "detector/network.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

START_TEST(names)
{
    static const struct {
        const char *name, *target; /* NULL: no parameter */
    } rows[] = {
        {"conv1_w", "backbone.body.conv1.weight"},
        {"res_conv1_bn_s", "backbone.body.bn1.weight"},
        {"res_conv1_bn_b", "backbone.body.bn1.bias"},
        {"res2_0_branch1_w", "backbone.body.layer1.0.downsample.0.weight"},
        {"res2_0_branch1_bn_s", "backbone.body.layer1.0.downsample.1.weight"},
        {"res4_22_branch2b_w", "backbone.body.layer3.22.conv2.weight"},
        {"res5_2_branch2c_bn_b", "backbone.body.layer4.2.bn3.bias"},
        {"fpn_inner_res5_2_sum_w", "backbone.fpn.inner_blocks.3.0.weight"},
        {"fpn_inner_res4_22_sum_lateral_b",
         "backbone.fpn.inner_blocks.2.0.bias"},
        {"fpn_res2_2_sum_w", "backbone.fpn.layer_blocks.0.0.weight"},
        {"conv_rpn_fpn2_w", "rpn.head.conv.0.0.weight"},
        {"rpn_cls_logits_fpn2_b", "rpn.head.cls_logits.bias"},
        {"fc6_w", "roi_heads.box_head.fc6.weight"},
        {"_[mask]_fcn4_b", "roi_heads.mask_head.3.0.bias"},
        {"conv5_mask_w", "roi_heads.mask_predictor.conv5_mask.weight"},
        {"conv1_w_momentum", NULL},
        {"conv1_b", NULL},
        {"lr", NULL},
        {"res2_0_branch2d_w", "res2_0_branch2d_w"},
        {"res2_0_branch2a_x", "res2_0_branch2a_x"},
        {"fpn_res6_0_sum_w", "fpn_res6_0_sum_w"},
        {"kps_score_w", "kps_score_w"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[DET_NAME_SIZE] = "";
        const bool kept = det_rename_detectron(out, rows[i].name);
        ck_assert_msg(kept == (rows[i].target != NULL), "%s", rows[i].name);
        if (kept)
            ck_assert_str_eq(out, rows[i].target);
    }
}
END_TEST

/* ----------------------------------------------------------- whole networks */

enum { MAX_NAMES = 2048 };

struct parameters {
    size_t count;
    char names[MAX_NAMES][DET_NAME_SIZE];
    bool used[MAX_NAMES];
};

static det_status add_parameter(void *user, const char *name,
                                struct det_parameter *parameter)
{
    struct parameters *p = user;
    (void)parameter;
    ck_assert_uint_lt(p->count, MAX_NAMES);
    /* Mean and variance are made, not named. */
    if (!strstr(name, ".running_"))
        snprintf(p->names[p->count++], DET_NAME_SIZE, "%s", name);
    return DET_OK;
}

static void use(struct parameters *p, const char *name)
{
    char out[DET_NAME_SIZE];
    ck_assert(det_rename_detectron(out, name));
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->names[i], out) == 0) {
            ck_assert_msg(!p->used[i], "%s twice", name);
            p->used[i] = true;
            return;
        }
    ck_abort_msg("%s becomes %s, which no layer has", name, out);
}

static void use_parts(struct parameters *p, const char *layer,
                      const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char name[2 * DET_NAME_SIZE];
        snprintf(name, sizeof name, "%s%s", layer, parts[i]);
        use(p, name);
    }
}

static const char *const plain_parts[] = {"_w", "_b"};
static const char *const norm_parts[] = {"_w", "_bn_s", "_bn_b"};

static void use_trunk(struct parameters *p, int depth)
{
    static const char *const branches[] = {"1", "2a", "2b", "2c"};
    const int blocks[] = {3, 4, depth == 50 ? 6 : 23, 3};
    use(p, "conv1_w");
    use(p, "res_conv1_bn_s");
    use(p, "res_conv1_bn_b");
    for (int stage = 2; stage <= 5; stage++)
        for (int block = 0; block < blocks[stage - 2]; block++)
            for (int b = block == 0 ? 0 : 1; b < 4; b++) {
                char layer[64];
                snprintf(layer, sizeof layer, "res%d_%d_branch%s", stage, block,
                         branches[b]);
                use_parts(p, layer, norm_parts, 3);
            }
    for (int stage = 2; stage <= 5; stage++) {
        char layer[64];
        const int last = blocks[stage - 2] - 1;
        snprintf(layer, sizeof layer, "fpn_inner_res%d_%d_sum%s", stage, last,
                 stage == 5 ? "" : "_lateral");
        use_parts(p, layer, plain_parts, 2);
        snprintf(layer, sizeof layer, "fpn_res%d_%d_sum", stage, last);
        use_parts(p, layer, plain_parts, 2);
    }
}

static void use_heads(struct parameters *p, bool masks)
{
    static const char *const layers[] = {"conv_rpn_fpn2",
                                         "rpn_cls_logits_fpn2",
                                         "rpn_bbox_pred_fpn2",
                                         "fc6",
                                         "fc7",
                                         "cls_score",
                                         "bbox_pred",
                                         "_[mask]_fcn1",
                                         "_[mask]_fcn2",
                                         "_[mask]_fcn3",
                                         "_[mask]_fcn4",
                                         "conv5_mask",
                                         "mask_fcn_logits"};
    for (size_t i = 0; i < (masks ? COUNT(layers) : 7); i++)
        use_parts(p, layers[i], plain_parts, 2);
}

START_TEST(whole_networks)
{
    const struct det_architecture *a;
    int files = 0;
    for (size_t i = 0; (a = det_architecture_at(i)) != NULL; i++) {
        static struct parameters parameters;
        struct det_message message = {.text = ""};
        struct det_network network;
        if (strcmp(a->preset, "detectron") != 0)
            continue;
        const struct det_network_config config = {
            .architecture = a,
            .preset = det_preset_find("detectron"),
            .num_scores = 81,
            .num_delta_classes = 81};
        memset(&parameters, 0, sizeof parameters);
        ck_assert_int_eq(det_network_init(&network, &config, &message), DET_OK);
        det_network_visit_parameters(&network, add_parameter, &parameters);
        use_trunk(&parameters, a->depth);
        use_heads(&parameters, a->masks);
        for (size_t n = 0; n < parameters.count; n++)
            ck_assert_msg(parameters.used[n], "%s: nothing is %s", a->name,
                          parameters.names[n]);
        det_network_destroy(&network);
        files++;
    }
    ck_assert_int_eq(files, 8);
}
END_TEST

/* ------------------------------------------------------------------ tensors */

static void put(struct det_weights *file, char *name, const float *values,
                int64_t count)
{
    struct det_message message = {.text = ""};
    struct det_weight weight = {.name = name,
                                .dtype = DET_DTYPE_F32,
                                .rank = 1,
                                .shape = {count},
                                .stride = {1},
                                .data = (const uint8_t *)values};
    ck_assert_int_eq(det_weights_add(file, &weight, &message), DET_OK);
}

static void check(const struct det_weight *weight, const char *name, float a,
                  float b)
{
    float values[2];
    ck_assert_str_eq(weight->name, name);
    ck_assert_uint_eq(det_weight_count(weight), 2);
    det_weight_copy_f32(values, weight);
    ck_assert_float_eq(values[0], a);
    ck_assert_float_eq(values[1], b);
}

/* A scale and a shift become a norm of mean 0 and variance 1. */
START_TEST(affine_norms)
{
    static const float scale[] = {2, 3}, shift[] = {4, 5};
    struct det_weights file = {0}, out;
    struct det_message message = {.text = ""};
    put(&file, (char[]){"res_conv1_bn_s"}, scale, 2);
    put(&file, (char[]){"res_conv1_bn_b"}, shift, 2);
    put(&file, (char[]){"res_conv1_bn_s_momentum"}, shift, 2);
    ck_assert_int_eq(det_weights_finish(&file, &message), DET_OK);
    ck_assert(det_weights_are_detectron(&file));
    ck_assert_int_eq(det_import_detectron(&out, &file, &message), DET_OK);
    ck_assert_uint_eq(out.count, 4);
    check(&out.items[0], "backbone.body.bn1.weight", 2, 3);
    check(&out.items[1], "backbone.body.bn1.running_mean", 0, 0);
    check(&out.items[2], "backbone.body.bn1.running_var", 1, 1);
    check(&out.items[3], "backbone.body.bn1.bias", 4, 5);
    det_weights_destroy(&out);
    det_weights_destroy(&file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("import_detectron");
    TCase *tcase = tcase_create("import");
    tcase_add_test(tcase, names);
    tcase_add_test(tcase, whole_networks);
    tcase_add_test(tcase, affine_norms);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

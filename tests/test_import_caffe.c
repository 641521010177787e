/* SPDX-License-Identifier: MIT */
/*
 * Caffe's layers: names of whole published networks against the networks' own
 * tables, and blobs worked out by hand.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detector/caffe_names.h"
#include "detector/import_caffe.h"
#include "detector/network.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------ single names */

START_TEST(names)
{
    static const struct {
        const char *name;
        bool detector;
        enum det_caffe_role role;
        const char *target;
    } rows[] = {
        {"conv1", false, DET_CAFFE_NORMED, "backbone.body.conv1"},
        {"bn_conv1", false, DET_CAFFE_STATISTICS, "backbone.body.bn1"},
        {"scale_conv1", false, DET_CAFFE_SCALE, "backbone.body.bn1"},
        {"res2a_branch1", false, DET_CAFFE_NORMED,
         "backbone.body.layer1.0.downsample.0"},
        {"bn2a_branch1", false, DET_CAFFE_STATISTICS,
         "backbone.body.layer1.0.downsample.1"},
        {"scale3d_branch2c", false, DET_CAFFE_SCALE,
         "backbone.body.layer2.3.bn3"},
        {"res4f_branch2b", false, DET_CAFFE_NORMED,
         "backbone.body.layer3.5.conv2"},
        {"res4b_branch2a", false, DET_CAFFE_NORMED,
         "backbone.body.layer3.1.conv1"},
        {"res4b1_branch2a", false, DET_CAFFE_NORMED,
         "backbone.body.layer3.1.conv1"},
        {"bn4b35_branch2a", false, DET_CAFFE_STATISTICS,
         "backbone.body.layer3.35.bn1"},
        {"fc1000", false, DET_CAFFE_LINEAR, "fc"},
        {"conv5_3", false, DET_CAFFE_CONV, "backbone.body.conv5_3"},
        {"fc6", false, DET_CAFFE_LINEAR_MAP, "backbone.body.fc6"},
        {"fc6", true, DET_CAFFE_LINEAR, "roi_heads.box_head.fc6"},
        {"fc8", false, DET_CAFFE_LINEAR, "fc"},
        {"fc8", true, DET_CAFFE_OTHER, ""},
        {"rpn_conv/3x3", true, DET_CAFFE_CONV, "rpn.head.conv.0.0"},
        {"rpn_conv_3x3", true, DET_CAFFE_CONV, "rpn.head.conv.0.0"},
        {"rpn_cls_score", true, DET_CAFFE_TWO_CLASS, "rpn.head.cls_logits"},
        {"rpn_cls_score", false, DET_CAFFE_OTHER, ""},
        /* no such stage, block, branch or part */
        {"res6a_branch2a", false, DET_CAFFE_OTHER, ""},
        {"res1a_branch2a", false, DET_CAFFE_OTHER, ""},
        {"res2A_branch2a", false, DET_CAFFE_OTHER, ""},
        {"res2b0_branch2a", false, DET_CAFFE_OTHER, ""},
        {"res2a_branch2d", false, DET_CAFFE_OTHER, ""},
        {"res2a_branch2a_x", false, DET_CAFFE_OTHER, ""},
        {"res2a", false, DET_CAFFE_OTHER, ""},
        {"conv1_1x", false, DET_CAFFE_OTHER, ""},
        {"conv1_", false, DET_CAFFE_OTHER, ""},
        {"", false, DET_CAFFE_OTHER, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct det_caffe_layer layer;
        det_caffe_layer_find(&layer, rows[i].name, rows[i].detector);
        ck_assert_msg(layer.role == rows[i].role &&
                          strcmp(layer.target, rows[i].target) == 0,
                      "%s is %d %s", rows[i].name, (int)layer.role,
                      layer.target);
    }
}
END_TEST

/* ----------------------------------------------------------- whole networks */

enum { MAX_NAMES = 2048 };

struct parameters {
    size_t count;
    char names[MAX_NAMES][DET_NAME_SIZE];
    bool used[MAX_NAMES];
    int convs;
};

static det_status add_parameter(void *user, const char *name,
                                struct det_parameter *parameter)
{
    struct parameters *p = user;
    (void)parameter;
    ck_assert_uint_lt(p->count, MAX_NAMES);
    snprintf(p->names[p->count++], DET_NAME_SIZE, "%s", name);
    return DET_OK;
}

static void use(struct parameters *p, const char *target, const char *part)
{
    char name[2 * DET_NAME_SIZE];
    snprintf(name, sizeof name, "%s%s", target, part);
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->names[i], name) == 0) {
            ck_assert_msg(!p->used[i], "%s twice", name);
            p->used[i] = true;
            return;
        }
    ck_abort_msg("no parameter %s", name);
}

static void use_layer(struct parameters *p, const char *name, bool detector)
{
    struct det_caffe_layer layer;
    det_caffe_layer_find(&layer, name, detector);
    switch (layer.role) {
    case DET_CAFFE_OTHER:
        ck_abort_msg("%s is unknown", name);
    case DET_CAFFE_NORMED:
        use(p, layer.target, ".weight");
        p->convs++;
        break;
    case DET_CAFFE_STATISTICS:
        use(p, layer.target, ".running_mean");
        use(p, layer.target, ".running_var");
        break;
    default:
        use(p, layer.target, ".weight");
        use(p, layer.target, ".bias");
    }
}

static void use_normed(struct parameters *p, const char *name, const char *rest)
{
    static const char *const parts[] = {"res", "bn", "scale"};
    for (int i = 0; i < 3; i++) {
        char layer[2 * DET_NAME_SIZE];
        snprintf(layer, sizeof layer, "%s%s%s", parts[i], name, rest);
        use_layer(p, layer, false);
    }
}

/* Stages 2 to 5 by the rules of the three prototxts. */
static void use_stages(struct parameters *p, int depth)
{
    const int blocks[] = {3, depth == 152 ? 8 : 4,
                          depth == 50    ? 6
                          : depth == 101 ? 23
                                         : 36,
                          3};
    for (int stage = 2; stage <= 5; stage++)
        for (int block = 0; block < blocks[stage - 2]; block++) {
            char name[32];
            const bool lettered =
                depth == 50 || block == 0 || stage == 2 || stage == 5;
            if (lettered)
                snprintf(name, sizeof name, "%d%c", stage, 'a' + block);
            else
                snprintf(name, sizeof name, "%db%d", stage, block);
            if (block == 0)
                use_normed(p, name, "_branch1");
            use_normed(p, name, "_branch2a");
            use_normed(p, name, "_branch2b");
            use_normed(p, name, "_branch2c");
        }
}

static void use_resnet(struct parameters *p, int depth)
{
    use_layer(p, "conv1", false);
    use_layer(p, "bn_conv1", false);
    use_layer(p, "scale_conv1", false);
    use_stages(p, depth);
    use_layer(p, "fc1000", false);
    ck_assert_int_eq(p->convs, depth == 50 ? 53 : depth == 101 ? 104 : 155);
}

static void use_mnc(struct parameters *p)
{
    static const char *const layers[] = {"fc6_maskest", "mask_pred", "fc6_mask",
                                         "fc7_mask", "seg_cls_score"};
    for (size_t i = 0; i < COUNT(layers); i++)
        use_layer(p, layers[i], true);
}

static void use_vgg(struct parameters *p, bool detector)
{
    static const char *const convs[] = {
        "conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1",
        "conv3_2", "conv3_3", "conv4_1", "conv4_2", "conv4_3",
        "conv5_1", "conv5_2", "conv5_3", "fc6",     "fc7"};
    static const char *const heads[] = {"rpn_conv/3x3", "rpn_cls_score",
                                        "rpn_bbox_pred", "cls_score",
                                        "bbox_pred"};
    for (size_t i = 0; i < COUNT(convs); i++)
        use_layer(p, convs[i], detector);
    for (size_t i = 0; detector && i < COUNT(heads); i++)
        use_layer(p, heads[i], detector);
    if (!detector)
        use_layer(p, "fc8", detector);
}

START_TEST(whole_networks)
{
    const struct det_architecture *a;
    int files = 0;
    for (size_t i = 0; (a = det_architecture_at(i)) != NULL; i++) {
        static struct parameters parameters;
        struct det_message message = {.text = ""};
        struct det_network network;
        if (strcmp(a->preset, "caffe") != 0)
            continue;
        const struct det_network_config config = {.architecture = a,
                                                  .preset =
                                                      det_preset_find("caffe"),
                                                  .num_scores = 21,
                                                  .num_delta_classes = 21};
        memset(&parameters, 0, sizeof parameters);
        ck_assert_int_eq(det_network_init(&network, &config, &message), DET_OK);
        det_network_visit_parameters(&network, add_parameter, &parameters);
        if (a->backbone == DET_BACKBONE_VGG16)
            use_vgg(&parameters, det_architecture_detects(a));
        else
            use_resnet(&parameters, a->depth);
        if (a->cascade)
            use_mnc(&parameters);
        for (size_t n = 0; n < parameters.count; n++)
            ck_assert_msg(parameters.used[n], "%s: nothing is %s", a->name,
                          parameters.names[n]);
        det_network_destroy(&network);
        files++;
    }
    ck_assert_int_eq(files, 6);
}
END_TEST

/* --------------------------------------------------------------- by hand */

struct file {
    struct det_weights weights, out;
    struct det_message message;
};

static void put(struct file *f, char *name, const float *values, int64_t a,
                int64_t b, int64_t c, int64_t d)
{
    struct det_weight weight = {.name = name,
                                .dtype = DET_DTYPE_F32,
                                .rank = d   ? 4
                                        : b ? 2
                                            : 1,
                                .shape = {a, b, c, d},
                                .data = (const uint8_t *)values};
    ck_assert(det_weight_set_contiguous(&weight));
    ck_assert_int_eq(det_weights_add(&f->weights, &weight, &f->message),
                     DET_OK);
}

static det_status import(struct file *f)
{
    ck_assert_int_eq(det_weights_finish(&f->weights, &f->message), DET_OK);
    return det_import_caffe(&f->out, &f->weights, &f->message);
}

static void close_file(struct file *f)
{
    det_weights_destroy(&f->out);
    det_weights_destroy(&f->weights);
}

static void check_values(const struct file *f, size_t index, const char *name,
                         const float *values, int64_t rows, int32_t rank)
{
    float found[16];
    ck_assert_uint_lt(index, f->out.count);
    const struct det_weight *weight = &f->out.items[index];
    ck_assert_str_eq(weight->name, name);
    ck_assert_int_eq(weight->rank, rank);
    ck_assert_int_eq(weight->shape[0], rows);
    const size_t count = det_weight_count(weight);
    ck_assert_uint_le(count, COUNT(found));
    det_weight_copy_f32(found, weight);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(found[i] == values[i], "%s: %zu is %g, not %g", name, i,
                      (double)found[i], (double)values[i]);
}

static const float ones[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

/* Sums of 4: means 0.5 and -1, variances 2 and 0.25; a bias of 3 and 1 in
 * front of them, as ResNet-50's conv1 has. */
START_TEST(batch_norm_with_bias)
{
    static const float bias[] = {3, 1}, means[] = {2, -4}, factor[] = {4};
    static const float variances[] = {8, 1}, gamma[] = {5, 6}, beta[] = {7, 8};
    struct file f = {.message = {.text = ""}};
    put(&f, (char[]){"conv1.0"}, ones, 2, 1, 1, 1);
    put(&f, (char[]){"conv1.1"}, bias, 2, 0, 0, 0);
    put(&f, (char[]){"bn_conv1.0"}, means, 2, 0, 0, 0);
    put(&f, (char[]){"bn_conv1.1"}, variances, 2, 0, 0, 0);
    put(&f, (char[]){"bn_conv1.2"}, factor, 1, 0, 0, 0);
    put(&f, (char[]){"scale_conv1.0"}, gamma, 2, 0, 0, 0);
    put(&f, (char[]){"scale_conv1.1"}, beta, 2, 0, 0, 0);
    ck_assert_int_eq(import(&f), DET_OK);
    ck_assert_uint_eq(f.out.count, 5);
    check_values(&f, 0, "backbone.body.conv1.weight", ones, 2, 4);
    check_values(&f, 1, "backbone.body.bn1.running_mean",
                 (const float[]){-2.5f, -2}, 2, 1);
    check_values(&f, 2, "backbone.body.bn1.running_var",
                 (const float[]){2, 0.25f}, 2, 1);
    check_values(&f, 3, "backbone.body.bn1.weight", gamma, 2, 1);
    check_values(&f, 4, "backbone.body.bn1.bias", beta, 2, 1);
    close_file(&f);
}
END_TEST

/* A factor of 0 means that nothing was summed (batch_norm_layer.cpp). */
START_TEST(batch_norm_of_nothing)
{
    static const float means[] = {2, -4}, factor[] = {0};
    struct file f = {.message = {.text = ""}};
    put(&f, (char[]){"res2a_branch2a.0"}, ones, 2, 1, 1, 1);
    put(&f, (char[]){"bn2a_branch2a.0"}, means, 2, 0, 0, 0);
    put(&f, (char[]){"bn2a_branch2a.1"}, ones, 2, 0, 0, 0);
    put(&f, (char[]){"bn2a_branch2a.2"}, factor, 1, 0, 0, 0);
    ck_assert_int_eq(import(&f), DET_OK);
    check_values(&f, 1, "backbone.body.layer1.0.bn1.running_mean",
                 (const float[]){0, 0}, 2, 1);
    check_values(&f, 2, "backbone.body.layer1.0.bn1.running_var",
                 (const float[]){0, 0}, 2, 1);
    close_file(&f);
}
END_TEST

/* Rows of 2 anchors: background, then object. */
START_TEST(two_classes)
{
    static const float weight[] = {1, 2, 3, 4, 10, 20, 30, 40};
    static const float bias[] = {1, 2, 5, 7};
    struct file f = {.message = {.text = ""}};
    put(&f, (char[]){"rpn_cls_score.0"}, weight, 4, 2, 1, 1);
    put(&f, (char[]){"rpn_cls_score.1"}, bias, 4, 0, 0, 0);
    put(&f, (char[]){"cls_score.0"}, ones, 3, 2, 0, 0);
    put(&f, (char[]){"cls_score.1"}, ones, 3, 0, 0, 0);
    ck_assert_int_eq(import(&f), DET_OK);
    check_values(&f, 0, "rpn.head.cls_logits.weight",
                 (const float[]){9, 18, 27, 36}, 2, 4);
    check_values(&f, 1, "rpn.head.cls_logits.bias", (const float[]){4, 5}, 2,
                 1);
    check_values(&f, 2, "roi_heads.box_predictor.cls_score.weight", ones, 3, 2);
    close_file(&f);
}
END_TEST

/* Weights of 1 x 1 x N x K, as Caffe wrote them before 2015. */
START_TEST(old_shapes)
{
    static const float weight[] = {1, 2, 3, 4, 5, 6};
    struct file f = {.message = {.text = ""}};
    put(&f, (char[]){"fc8.0"}, weight, 1, 1, 3, 2);
    put(&f, (char[]){"fc8.1"}, weight, 1, 1, 1, 3);
    put(&f, (char[]){"fc7.0"}, weight, 1, 1, 2, 3);
    put(&f, (char[]){"fc7.1"}, weight, 1, 1, 1, 2);
    ck_assert_int_eq(import(&f), DET_OK);
    check_values(&f, 0, "fc.weight", weight, 3, 2);
    check_values(&f, 1, "fc.bias", weight, 3, 1);
    check_values(&f, 2, "backbone.body.fc7.weight", weight, 2, 4);
    ck_assert_int_eq(f.out.items[2].shape[1], 3);
    check_values(&f, 3, "backbone.body.fc7.bias", weight, 2, 1);
    close_file(&f);
}
END_TEST

START_TEST(unknown_layers_keep_their_names)
{
    struct file f = {.message = {.text = ""}};
    put(&f, (char[]){"loss1/fc.0"}, ones, 2, 2, 0, 0);
    ck_assert_int_eq(import(&f), DET_OK);
    ck_assert_uint_eq(f.out.count, 1);
    check_values(&f, 0, "loss1/fc.0", ones, 2, 2);
    close_file(&f);
}
END_TEST

/* A layer by name, and what is wrong with it. */
static const struct {
    char name[24];
    size_t blobs;
    int64_t shapes[4][4];
    const char *said;
} wrong[] = {
    {"conv1", 3, {{2, 1, 1, 1}, {2}, {2}}, "\"conv1\" has 3 blobs; 2 are"},
    {"conv1_1", 1, {{2, 1, 1, 1}}, "\"conv1_1\" has 1 blobs; 2 are"},
    {"scale_conv1", 1, {{2}}, "\"scale_conv1\" has 1 blobs; 2 are"},
    {"bn_conv1", 2, {{2}, {2}}, "\"bn_conv1\" has 2 blobs; 3 are"},
    {"bn_conv1", 3, {{2}, {2}, {2}}, "a factor of 2 numbers"},
    {"fc1000", 2, {{2, 1, 2, 2}, {2}}, "weights of 4 dimensions are not"},
    {"fc6", 2, {{1, 10}, {1}}, "10 columns are no map of 7 x 7"},
};

START_TEST(wrong_blobs)
{
    struct file f = {.message = {.text = ""}};
    for (size_t b = 0; b < wrong[_i].blobs; b++) {
        const int64_t *s = wrong[_i].shapes[b];
        char name[32];
        snprintf(name, sizeof name, "%s.%zu", wrong[_i].name, b);
        put(&f, name, ones, s[0], s[1], s[2], s[3]);
    }
    ck_assert_int_eq(import(&f), DET_ERROR_MODEL);
    if (!strstr(f.message.text, wrong[_i].said))
        ck_abort_msg("\"%s\" does not say \"%s\"", f.message.text,
                     wrong[_i].said);
    close_file(&f);
}
END_TEST

START_TEST(wrong_bias_or_halves)
{
    struct file f = {.message = {.text = ""}};
    put(&f, (char[]){"conv1.0"}, ones, 2, 1, 1, 1);
    put(&f, (char[]){"conv1.1"}, ones, 3, 0, 0, 0);
    put(&f, (char[]){"bn_conv1.0"}, ones, 2, 0, 0, 0);
    put(&f, (char[]){"bn_conv1.1"}, ones, 2, 0, 0, 0);
    put(&f, (char[]){"bn_conv1.2"}, ones, 1, 0, 0, 0);
    ck_assert_int_eq(import(&f), DET_ERROR_MODEL);
    ck_assert_ptr_nonnull(
        strstr(f.message.text, "2 means for the 3 biases of \"conv1\""));
    close_file(&f);
    put(&f, (char[]){"cls_score.0"}, ones, 2, 2, 0, 0);
    put(&f, (char[]){"cls_score.1"}, ones, 2, 0, 0, 0);
    put(&f, (char[]){"rpn_cls_score.0"}, ones, 3, 1, 1, 1);
    put(&f, (char[]){"rpn_cls_score.1"}, ones, 3, 0, 0, 0);
    ck_assert_int_eq(import(&f), DET_ERROR_MODEL);
    ck_assert_ptr_nonnull(strstr(f.message.text, "two scores for each anchor"));
    close_file(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("import_caffe");
    TCase *tcase = tcase_create("import");
    tcase_add_test(tcase, names);
    tcase_add_test(tcase, whole_networks);
    tcase_add_test(tcase, batch_norm_with_bias);
    tcase_add_test(tcase, batch_norm_of_nothing);
    tcase_add_test(tcase, two_classes);
    tcase_add_test(tcase, old_shapes);
    tcase_add_test(tcase, unknown_layers_keep_their_names);
    tcase_add_loop_test(tcase, wrong_blobs, 0, COUNT(wrong));
    tcase_add_test(tcase, wrong_bias_or_halves);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

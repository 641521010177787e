/* SPDX-License-Identifier: MIT */
/*
 * Names of published weight files against the networks' own tables.  Whole
 * lists of a file's names are made here from the sources' rules: each must
 * become a parameter of the network, each parameter must be named once.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detector/import.h"
#include "detector/network.h"

typedef enum det_rename (*rename_fn)(char out[DET_NAME_SIZE], const char *name);

/* ------------------------------------------------------------ single names */

struct pair {
    const char *from, *to; /* NULL: ignored */
};

static void check_pairs(rename_fn rename, const struct pair *pairs,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char out[DET_NAME_SIZE] = "";
        const enum det_rename result = rename(out, pairs[i].from);
        ck_assert_msg((result == DET_RENAME_IGNORE) == (pairs[i].to == NULL),
                      "%s", pairs[i].from);
        if (pairs[i].to)
            ck_assert_str_eq(out, pairs[i].to);
    }
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

START_TEST(torchvision_names)
{
    static const struct pair pairs[] = {
        /* files of before 0.13 */
        {"backbone.fpn.inner_blocks.0.weight",
         "backbone.fpn.inner_blocks.0.0.weight"},
        {"backbone.fpn.layer_blocks.3.bias",
         "backbone.fpn.layer_blocks.3.0.bias"},
        {"rpn.head.conv.weight", "rpn.head.conv.0.0.weight"},
        {"roi_heads.mask_head.mask_fcn1.weight",
         "roi_heads.mask_head.0.0.weight"},
        {"roi_heads.mask_head.mask_fcn4.bias", "roi_heads.mask_head.3.0.bias"},
        /* today's, v2 among them */
        {"backbone.fpn.inner_blocks.0.0.weight",
         "backbone.fpn.inner_blocks.0.0.weight"},
        {"backbone.fpn.layer_blocks.1.1.running_var",
         "backbone.fpn.layer_blocks.1.1.running_var"},
        {"rpn.head.conv.1.0.bias", "rpn.head.conv.1.0.bias"},
        {"roi_heads.box_head.0.0.weight", "roi_heads.box_head.0.0.weight"},
        {"roi_heads.box_head.5.weight", "roi_heads.box_head.5.weight"},
        {"roi_heads.mask_head.2.1.running_mean",
         "roi_heads.mask_head.2.1.running_mean"},
        {"backbone.body.layer4.0.downsample.1.running_mean",
         "backbone.body.layer4.0.downsample.1.running_mean"},
        /* classifiers, DataParallel */
        {"conv1.weight", "backbone.body.conv1.weight"},
        {"layer1.0.bn3.bias", "backbone.body.layer1.0.bn3.bias"},
        {"fc.weight", "fc.weight"},
        {"module.layer3.5.conv2.weight", "backbone.body.layer3.5.conv2.weight"},
        {"backbone.layer2.0.downsample.0.weight",
         "backbone.body.layer2.0.downsample.0.weight"},
        {"backbone.body.bn1.num_batches_tracked", NULL},
        {"something.else", "something.else"}};
    check_pairs(det_rename_torchvision, pairs, COUNT(pairs));
}
END_TEST

START_TEST(detectron2_names)
{
    static const struct pair pairs[] = {
        {"backbone.bottom_up.stem.conv1.norm.running_var",
         "backbone.body.bn1.running_var"},
        {"backbone.res4.22.conv3.norm.weight",
         "backbone.body.layer3.22.bn3.weight"},
        {"backbone.bottom_up.res3.0.shortcut.weight",
         "backbone.body.layer2.0.downsample.0.weight"},
        {"backbone.fpn_lateral2.weight",
         "backbone.fpn.inner_blocks.0.0.weight"},
        {"backbone.fpn_output5.bias", "backbone.fpn.layer_blocks.3.0.bias"},
        {"roi_heads.box_head.fc1.weight", "roi_heads.box_head.fc6.weight"},
        {"roi_heads.mask_head.mask_fcn4.weight",
         "roi_heads.mask_head.3.0.weight"},
        {"roi_heads.res5.2.conv1.norm.bias",
         "roi_heads.box_head.layer4.2.bn1.bias"},
        {"proposal_generator.anchor_generator.cell_anchors.0", NULL},
        {"pixel_mean", NULL},
        {"pixel_std", NULL},
        /* ImageNet files of Caffe2 */
        {"conv1_w", "backbone.body.conv1.weight"},
        {"conv1_b", NULL},
        {"res_conv1_bn_gamma", "backbone.body.bn1.weight"},
        {"res_conv1_bn_beta", "backbone.body.bn1.bias"},
        {"res2_0_branch1_w", "backbone.body.layer1.0.downsample.0.weight"},
        {"res2_0_branch1_bn_running_var",
         "backbone.body.layer1.0.downsample.1.running_var"},
        {"res5_2_branch2c_bn_beta", "backbone.body.layer4.2.bn3.bias"},
        {"res4_22_branch2b_w", "backbone.body.layer3.22.conv2.weight"},
        {"fc1000_w", "fc.weight"},
        {"fc1000_b", "fc.bias"},
        {"res2_0_branch2a_w_momentum", NULL},
        /* no such branch or part */
        {"res2_0_branch2d_w", "res2_0_branch2d_w"},
        {"res2_0_branch1_x", "res2_0_branch1_x"},
        {"backbone.res2.0.conv1", "backbone.res2.0.conv1"},
        {"", ""}};
    check_pairs(det_rename_detectron2, pairs, COUNT(pairs));
}
END_TEST

/* -------------------------------------------------------------- whole files */

enum { MAX_NAMES = 8192 };

struct names {
    size_t count;
    char text[MAX_NAMES][DET_NAME_SIZE];
    bool used[MAX_NAMES];
};

static det_status add_parameter(void *user, const char *name,
                                struct det_parameter *parameter)
{
    struct names *names = user;
    (void)parameter;
    ck_assert_uint_lt(names->count, MAX_NAMES);
    snprintf(names->text[names->count++], DET_NAME_SIZE, "%s", name);
    return DET_OK;
}

static void init_network(struct det_network *network,
                         const struct det_architecture *a)
{
    struct det_message message = {0};
    const struct det_preset *preset = det_preset_find(a->preset);
    const struct det_network_config config = {
        .architecture = a,
        .preset = preset,
        .num_scores = preset->background_first ? 91 : 81,
        .num_delta_classes = preset->background_has_deltas ? 91 : 80};
    ck_assert_int_eq(det_network_init(network, &config, &message), DET_OK);
}

/* A file under check: `names` are the network's. */
struct file {
    rename_fn rename;
    struct names *names;
};

static void add_name(const struct file *file, const char *name)
{
    char out[DET_NAME_SIZE];
    ck_assert_int_eq(file->rename(out, name), DET_RENAME_KEEP);
    for (size_t i = 0; i < file->names->count; i++) {
        if (strcmp(file->names->text[i], out) != 0)
            continue;
        ck_assert_msg(!file->names->used[i], "%s is %s once more", name, out);
        file->names->used[i] = true;
        return;
    }
    ck_abort_msg("%s becomes %s, which no layer has", name, out);
}

static void add_parts(const struct file *file, const char *owner,
                      const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char name[2 * DET_NAME_SIZE];
        snprintf(name, sizeof name, "%s%s", owner, parts[i]);
        add_name(file, name);
    }
}

static const char *const plain_parts[] = {".weight", ".bias"};
static const char *const zoo_parts[] = {".weight", ".norm.weight", ".norm.bias",
                                        ".norm.running_mean",
                                        ".norm.running_var"};
static const char *const caffe2_parts[] = {
    "_w", "_bn_gamma", "_bn_beta", "_bn_running_mean", "_bn_running_var"};

static void add_plain(const struct file *file, const char *const *owners,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_parts(file, owners[i], plain_parts, COUNT(plain_parts));
}

/* Stages 2..last of Detectron2's "<prefix>res2.0.conv1" or of Caffe2's
 * "res2_0_branch2a"; `depth` 50 or 101. */
static void add_stages(const struct file *file, const char *prefix, bool caffe2,
                       int first, int last, int depth)
{
    static const char *const zoo[] = {"shortcut", "conv1", "conv2", "conv3"};
    static const char *const branches[] = {"1", "2a", "2b", "2c"};
    const int blocks[] = {3, 4, depth == 50 ? 6 : 23, 3};
    for (int stage = first; stage <= last; stage++)
        for (int block = 0; block < blocks[stage - 2]; block++)
            for (int conv = block == 0 ? 0 : 1; conv < 4; conv++) {
                char owner[DET_NAME_SIZE];
                if (caffe2)
                    snprintf(owner, sizeof owner, "res%d_%d_branch%s", stage,
                             block, branches[conv]);
                else
                    snprintf(owner, sizeof owner, "%sres%d.%d.%s", prefix,
                             stage, block, zoo[conv]);
                add_parts(file, owner, caffe2 ? caffe2_parts : zoo_parts, 5);
            }
}

static const char *const zoo_rpn[] = {
    "proposal_generator.rpn_head.conv",
    "proposal_generator.rpn_head.objectness_logits",
    "proposal_generator.rpn_head.anchor_deltas",
    "roi_heads.box_predictor.cls_score", "roi_heads.box_predictor.bbox_pred"};
static const char *const zoo_fcs[] = {"roi_heads.box_head.fc1",
                                      "roi_heads.box_head.fc2"};
static const char *const zoo_mask_convs[] = {
    "roi_heads.mask_head.mask_fcn1", "roi_heads.mask_head.mask_fcn2",
    "roi_heads.mask_head.mask_fcn3", "roi_heads.mask_head.mask_fcn4"};
static const char *const zoo_masks[] = {"roi_heads.mask_head.deconv",
                                        "roi_heads.mask_head.predictor"};
static const char *const zoo_fpn[] = {
    "backbone.fpn_lateral2", "backbone.fpn_lateral3", "backbone.fpn_lateral4",
    "backbone.fpn_lateral5", "backbone.fpn_output2",  "backbone.fpn_output3",
    "backbone.fpn_output4",  "backbone.fpn_output5"};

static void add_zoo_file(const struct file *file,
                         const struct det_architecture *a)
{
    const bool pyramid = a->backbone == DET_BACKBONE_FPN;
    const bool c4 = a->backbone == DET_BACKBONE_C4;
    const char *trunk = pyramid ? "backbone.bottom_up." : "backbone.";
    char stem[DET_NAME_SIZE];
    snprintf(stem, sizeof stem, "%sstem.conv1", trunk);
    add_parts(file, stem, zoo_parts, COUNT(zoo_parts));
    add_stages(file, trunk, false, 2, c4 ? 4 : 5, a->depth);
    add_plain(file, zoo_rpn, COUNT(zoo_rpn));
    if (c4)
        add_stages(file, "roi_heads.", false, 5, 5, a->depth);
    else
        add_plain(file, zoo_fcs, COUNT(zoo_fcs));
    if (pyramid)
        add_plain(file, zoo_fpn, COUNT(zoo_fpn));
    if (a->masks && !c4)
        add_plain(file, zoo_mask_convs, COUNT(zoo_mask_convs));
    if (a->masks)
        add_plain(file, zoo_masks, COUNT(zoo_masks));
}

static void add_caffe2_file(const struct file *file,
                            const struct det_architecture *a)
{
    static const char *const rest[] = {"conv1_w",
                                       "res_conv1_bn_gamma",
                                       "res_conv1_bn_beta",
                                       "res_conv1_bn_running_mean",
                                       "res_conv1_bn_running_var",
                                       "fc1000_w",
                                       "fc1000_b"};
    for (size_t i = 0; i < COUNT(rest); i++)
        add_name(file, rest[i]);
    add_stages(file, "", true, 2, 5, a->depth);
}

START_TEST(detectron2_files)
{
    const struct det_architecture *a;
    int files = 0;
    for (size_t i = 0; (a = det_architecture_at(i)) != NULL; i++) {
        static struct names names;
        const struct file file = {det_rename_detectron2, &names};
        struct det_network network;
        if (strcmp(a->preset, "detectron2") != 0)
            continue;
        memset(&names, 0, sizeof names);
        init_network(&network, a);
        ck_assert_int_eq(
            det_network_visit_parameters(&network, add_parameter, &names),
            DET_OK);
        if (!det_architecture_detects(a))
            add_caffe2_file(&file, a);
        else
            add_zoo_file(&file, a);
        for (size_t n = 0; n < names.count; n++)
            ck_assert_msg(names.used[n], "%s: %s has no name", a->name,
                          names.text[n]);
        det_network_destroy(&network);
        files++;
    }
    ck_assert_int_eq(files, 16);
}
END_TEST

/* Every torchvision name of today is its own. */
START_TEST(torchvision_files)
{
    const struct det_architecture *a;
    for (size_t i = 0; (a = det_architecture_at(i)) != NULL; i++) {
        static struct names names;
        struct det_network network;
        if (strcmp(a->preset, "torchvision") != 0)
            continue;
        memset(&names, 0, sizeof names);
        init_network(&network, a);
        ck_assert_int_eq(
            det_network_visit_parameters(&network, add_parameter, &names),
            DET_OK);
        for (size_t n = 0; n < names.count; n++) {
            char out[DET_NAME_SIZE];
            ck_assert_int_eq(det_rename_torchvision(out, names.text[n]),
                             DET_RENAME_KEEP);
            ck_assert_str_eq(out, names.text[n]);
        }
        det_network_destroy(&network);
    }
}
END_TEST

/* ------------------------------------------------------------- recognition */

struct shapes {
    size_t count;
    struct det_import_tensor tensors[MAX_NAMES];
    struct det_weight weights[MAX_NAMES];
};

static det_status add_shape(void *user, const char *name,
                            struct det_parameter *parameter)
{
    struct shapes *shapes = user;
    ck_assert_uint_lt(shapes->count, MAX_NAMES);
    struct det_weight *weight = &shapes->weights[shapes->count];
    struct det_import_tensor *tensor = &shapes->tensors[shapes->count++];
    snprintf(tensor->name, DET_NAME_SIZE, "%s", name);
    tensor->weight = weight;
    weight->rank = parameter->rank;
    for (int32_t i = 0; i < parameter->rank; i++)
        weight->shape[i] = parameter->shape[i];
    return DET_OK;
}

static int compare_names(const void *a, const void *b)
{
    const struct det_import_tensor *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* CIFAR's plain nets have the parameters of the residual ones. */
static bool is_right(const struct det_architecture *a,
                     const struct det_architecture *found)
{
    return found == a ||
           (found && a->shortcuts == DET_SHORTCUTS_PLAIN &&
            found->shortcuts == DET_SHORTCUTS_A && found->depth == a->depth);
}

/* Names and shapes tell every other architecture of a system apart. */
START_TEST(architectures_are_recognised)
{
    const struct det_architecture *a;
    for (size_t i = 0; (a = det_architecture_at(i)) != NULL; i++) {
        static struct shapes shapes;
        struct det_network network;
        memset(&shapes, 0, sizeof shapes);
        init_network(&network, a);
        ck_assert_int_eq(
            det_network_visit_parameters(&network, add_shape, &shapes), DET_OK);
        qsort(shapes.tensors, shapes.count, sizeof shapes.tensors[0],
              compare_names);
        const struct det_import import = {.tensors = shapes.tensors,
                                          .count = shapes.count,
                                          .preset = a->preset};
        const struct det_architecture *found = det_recognise(&import);
        ck_assert_msg(is_right(a, found), "%s is taken for %s", a->name,
                      found ? found->name : "none");
        det_network_destroy(&network);
    }
}
END_TEST

START_TEST(systems_are_told_apart)
{
    static const struct {
        const char *name;
        bool detectron2;
    } rows[] = {{"proposal_generator.rpn_head.conv.weight", true},
                {"backbone.bottom_up.stem.conv1.weight", true},
                {"backbone.stem.conv1.weight", true},
                {"res_conv1_bn_gamma", true},
                {"backbone.body.conv1.weight", false},
                {"conv1.weight", false},
                {"rpn.head.conv.weight", false}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        char first[] = "something", second[DET_NAME_SIZE];
        struct det_weight items[] = {{.name = first}, {.name = second}};
        snprintf(second, sizeof second, "%s", rows[i].name);
        const struct det_weights weights = {.items = items, .count = 2};
        ck_assert_msg(det_names_are_detectron2(&weights) == rows[i].detectron2,
                      "%s", rows[i].name);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("import_names");
    TCase *tcase = tcase_create("names");
    tcase_add_test(tcase, torchvision_names);
    tcase_add_test(tcase, detectron2_names);
    tcase_add_test(tcase, detectron2_files);
    tcase_add_test(tcase, torchvision_files);
    tcase_add_test(tcase, architectures_are_recognised);
    tcase_add_test(tcase, systems_are_told_apart);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: MIT */
/* Every value of every preset, from the sources and not from the table. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "detector/metadata.h"
#include "detector/preset.h"
#include "detector/settings.h"

/* What only Caffe's programs do. */
static void check_not_caffe(const struct det_preset *p)
{
    ck_assert_int_eq(p->stem_pool, DET_STEM_POOL_PADDED);
    ck_assert_int_eq(p->box_counting, DET_BOX_CONTINUOUS);
    ck_assert(p->delta_size_limit == 4.135166556742356f); /* log(1000 / 16) */
    ck_assert(p->box_delta_weights.x == 10 && p->box_delta_weights.y == 10);
    ck_assert(p->box_delta_weights.w == 5 && p->box_delta_weights.h == 5);
    ck_assert(!p->rpn_min_size_in_photo && !p->rpn_filters_first);
    ck_assert(!p->rpn_clips_to_padding && !p->decodes_last_pixel);
    ck_assert_int_eq(p->roi_kind, DET_ROI_ALIGN);
    ck_assert_int_eq(p->nms_batching, DET_NMS_LIKE_TORCHVISION);
    ck_assert(!p->max_detections_keeps_ties && !p->decodes_in_photo);
}

/* torchvision 0.14 models/detection, file by file */
static void check_torchvision(const struct det_preset *p)
{
    /* faster_rcnn.py FasterRCNN.__init__, transforms of ObjectDetection */
    ck_assert_int_eq(p->resize, DET_RESIZE_TORCH);
    ck_assert_int_eq(p->min_size, 800);
    ck_assert_int_eq(p->max_size, 1333);
    ck_assert(!p->bgr);
    ck_assert(p->unit == 255);
    ck_assert(p->mean[0] == 0.485f && p->mean[1] == 0.456f);
    ck_assert(p->mean[2] == 0.406f);
    ck_assert(p->std[0] == 0.229f && p->std[1] == 0.224f);
    ck_assert(p->std[2] == 0.225f);
    /* transform.py batch_images: size_divisible 32 for every network */
    ck_assert(p->pads_single_map);
    /* anchor_utils.py: base_anchors.round(), image_size // grid_size */
    ck_assert_int_eq(p->anchor_rule, DET_ANCHORS_ROUNDED);
    ck_assert_int_eq(p->anchor_order, DET_ANCHORS_BY_RATIO);
    ck_assert_int_eq(p->anchor_stride, DET_STRIDE_IMAGE_OVER_MAP);
    /* rpn.py: rpn_pre_nms_top_n_test, rpn_post_nms_top_n_test, rpn_nms_thresh,
     * min_size 1e-3, ranked after the sigmoid */
    ck_assert_int_eq(p->pre_nms_fpn, 1000);
    ck_assert_int_eq(p->post_nms_fpn, 1000);
    ck_assert_int_eq(p->pre_nms_single, 1000);
    /* not torchvision's: Ren et al. 2015, section 4.1 */
    ck_assert_int_eq(p->post_nms_single, 300);
    ck_assert(p->rpn_nms_threshold == 0.7);
    ck_assert(p->rpn_min_size == 1e-3f);
    ck_assert(!p->rpn_min_size_exclusive);
    ck_assert(!p->rpn_ranks_by_logit);
    /* MultiScaleRoIAlign(sampling_ratio=2), poolers.py */
    ck_assert(!p->roi_aligned);
    ck_assert_int_eq(p->roi_sampling, 2);
    ck_assert_int_eq(p->level_rule, DET_LEVEL_TORCHVISION);
    ck_assert(p->roi_scale_inferred);
    /* roi_heads.py postprocess_detections */
    ck_assert(p->background_first);
    ck_assert(p->background_has_deltas);
    ck_assert(p->score_threshold == 0.05f);
    ck_assert(p->nms_threshold == 0.5);
    ck_assert_int_eq(p->max_detections, 100);
    ck_assert(p->min_box_size == 1e-2f);
    /* roi_heads.py paste_masks_in_image */
    ck_assert_int_eq(p->paste, DET_PASTE_TORCHVISION);
    check_not_caffe(p);
}

START_TEST(torchvision)
{
    const struct det_preset *p = det_preset_find("torchvision");
    ck_assert_ptr_nonnull(p);
    ck_assert_str_eq(p->name, "torchvision");
    ck_assert_int_eq(p->size_rule, DET_SIZE_FLOOR_FLOAT);
    check_torchvision(p);
}
END_TEST

START_TEST(torchvision_double)
{
    const struct det_preset *p = det_preset_find("torchvision-double");
    ck_assert_ptr_nonnull(p);
    ck_assert_str_eq(p->name, "torchvision-double");
    ck_assert_int_eq(p->size_rule, DET_SIZE_FLOOR_DOUBLE);
    check_torchvision(p);
}
END_TEST

START_TEST(detectron2)
{
    const struct det_preset *p = det_preset_find("detectron2");
    ck_assert_ptr_nonnull(p);
    ck_assert_str_eq(p->name, "detectron2");
    /* config/defaults.py INPUT.*_SIZE_TEST, FORMAT, MODEL.PIXEL_MEAN, _STD;
     * data/transforms ResizeShortestEdge, ResizeTransform */
    ck_assert_int_eq(p->resize, DET_RESIZE_PILLOW);
    ck_assert_int_eq(p->size_rule, DET_SIZE_HALF_UP);
    ck_assert_int_eq(p->min_size, 800);
    ck_assert_int_eq(p->max_size, 1333);
    ck_assert(p->bgr);
    ck_assert(p->unit == 1);
    ck_assert(p->mean[0] == 103.53f && p->mean[1] == 116.28f);
    ck_assert(p->mean[2] == 123.675f);
    ck_assert(p->std[0] == 1 && p->std[1] == 1 && p->std[2] == 1);
    /* backbone.py size_divisibility 0; only fpn.py has 32 */
    ck_assert(!p->pads_single_map);
    /* anchor_generator.py */
    ck_assert_int_eq(p->anchor_rule, DET_ANCHORS_EXACT);
    ck_assert_int_eq(p->anchor_order, DET_ANCHORS_BY_SIZE);
    ck_assert_int_eq(p->anchor_stride, DET_STRIDE_OF_LEVEL);
    /* MODEL.RPN.*_NMS_TOPK_TEST, Base-RCNN-FPN.yaml; proposal_utils.py */
    ck_assert_int_eq(p->pre_nms_fpn, 1000);
    ck_assert_int_eq(p->post_nms_fpn, 1000);
    ck_assert_int_eq(p->pre_nms_single, 6000);
    ck_assert_int_eq(p->post_nms_single, 1000);
    ck_assert(p->rpn_nms_threshold == 0.7);
    ck_assert(p->rpn_min_size == 0);
    ck_assert(p->rpn_min_size_exclusive);
    ck_assert(p->rpn_ranks_by_logit);
    /* ROI_BOX_HEAD.POOLER_TYPE ROIAlignV2, POOLER_SAMPLING_RATIO 0 */
    ck_assert(p->roi_aligned);
    ck_assert_int_eq(p->roi_sampling, 0);
    ck_assert_int_eq(p->level_rule, DET_LEVEL_DETECTRON2);
    ck_assert(!p->roi_scale_inferred);
    /* fast_rcnn.py; ROI_HEADS.SCORE_THRESH_TEST, NMS_THRESH_TEST,
     * TEST.DETECTIONS_PER_IMAGE */
    ck_assert(!p->background_first);
    ck_assert(!p->background_has_deltas);
    ck_assert(p->score_threshold == 0.05f);
    ck_assert(p->nms_threshold == 0.5);
    ck_assert_int_eq(p->max_detections, 100);
    ck_assert(p->min_box_size == 0);
    /* layers/mask_ops.py */
    ck_assert_int_eq(p->paste, DET_PASTE_DETECTRON2);
    check_not_caffe(p);
}
END_TEST

START_TEST(caffe)
{
    const struct det_preset *p = det_preset_find("caffe");
    ck_assert_ptr_nonnull(p);
    /* py-faster-rcnn lib/fast_rcnn/config.py and test.py _get_image_blob */
    ck_assert_int_eq(p->resize, DET_RESIZE_OPENCV);
    ck_assert_int_eq(p->size_rule, DET_SIZE_ONE_FACTOR);
    ck_assert_int_eq(p->min_size, 600);
    ck_assert_int_eq(p->max_size, 1000);
    ck_assert(p->bgr && p->unit == 1);
    ck_assert(p->mean[0] == 102.9801f && p->mean[1] == 115.9465f);
    ck_assert(p->mean[2] == 122.7717f);
    ck_assert(p->std[0] == 1 && p->std[1] == 1 && p->std[2] == 1);
    ck_assert(!p->pads_single_map);
    /* deep-residual-networks' pool1: no pad, and Caffe rounds up */
    ck_assert_int_eq(p->stem_pool, DET_STEM_POOL_CEIL);
    /* bbox_transform.py, train.py */
    ck_assert_int_eq(p->box_counting, DET_BOX_INCLUSIVE);
    ck_assert(isinf(p->delta_size_limit) && !p->decodes_last_pixel);
    ck_assert(p->box_delta_weights.x == 1 && p->box_delta_weights.y == 1);
    ck_assert(p->box_delta_weights.w == 1 && p->box_delta_weights.h == 1);
    /* rpn/generate_anchors.py, rpn/proposal_layer.py */
    ck_assert_int_eq(p->anchor_rule, DET_ANCHORS_OF_BASE);
    ck_assert_int_eq(p->anchor_order, DET_ANCHORS_BY_RATIO);
    ck_assert_int_eq(p->anchor_stride, DET_STRIDE_OF_LEVEL);
    ck_assert_int_eq(p->pre_nms_single, 6000);
    ck_assert_int_eq(p->post_nms_single, 300);
    ck_assert(p->rpn_nms_threshold == (double)0.7f);
    ck_assert(p->rpn_min_size == 16 && !p->rpn_min_size_exclusive);
    ck_assert(p->rpn_min_size_in_photo && p->rpn_filters_first);
    ck_assert(!p->rpn_ranks_by_logit);
    /* VGG16/faster_rcnn_end2end/test.prototxt: roi_pool5, spatial_scale */
    ck_assert_int_eq(p->roi_kind, DET_ROI_POOL);
    ck_assert(!p->roi_scale_inferred);
    /* test.py test_net: a float32 of 0.3 is kept, not suppressed */
    ck_assert(p->background_first && p->background_has_deltas);
    ck_assert(p->score_threshold == 0.05f);
    ck_assert(p->nms_threshold == (double)0.3f);
    ck_assert_int_eq(p->nms_batching, DET_NMS_PER_CLASS);
    ck_assert_int_eq(p->max_detections, 100);
    ck_assert(p->max_detections_keeps_ties && p->decodes_in_photo);
    ck_assert(p->min_box_size == 0);
}
END_TEST

START_TEST(detectron)
{
    const struct det_preset *p = det_preset_find("detectron");
    ck_assert_ptr_nonnull(p);
    /* utils/blob.py prep_im_for_blob, im_list_to_blob, get_image_blob */
    ck_assert_int_eq(p->resize, DET_RESIZE_OPENCV);
    ck_assert_int_eq(p->size_rule, DET_SIZE_ONE_FACTOR);
    ck_assert_int_eq(p->min_size, 800);
    ck_assert_int_eq(p->max_size, 1333);
    ck_assert(p->bgr && p->unit == 1 && !p->pads_single_map);
    ck_assert(p->mean[0] == 102.9801f && p->mean[1] == 115.9465f);
    ck_assert(p->mean[2] == 122.7717f && p->std[0] == 1);
    ck_assert(p->rpn_clips_to_padding);
    /* modeling/ResNet.py basic_bn_stem: pool1 with pad=1 */
    ck_assert_int_eq(p->stem_pool, DET_STEM_POOL_PADDED);
    /* utils/boxes.py bbox_transform */
    ck_assert_int_eq(p->box_counting, DET_BOX_INCLUSIVE);
    ck_assert(p->decodes_last_pixel);
    ck_assert(p->delta_size_limit == 4.135166556742356f);
    ck_assert(p->box_delta_weights.x == 10 && p->box_delta_weights.h == 5);
    /* modeling/generate_anchors.py, ops/generate_proposals.py */
    ck_assert_int_eq(p->anchor_rule, DET_ANCHORS_OF_BASE);
    ck_assert_int_eq(p->anchor_order, DET_ANCHORS_BY_RATIO);
    ck_assert_int_eq(p->anchor_stride, DET_STRIDE_OF_LEVEL);
    ck_assert_int_eq(p->pre_nms_fpn, 1000);
    ck_assert_int_eq(p->post_nms_fpn, 1000);
    ck_assert(p->rpn_min_size == 1 && !p->rpn_min_size_exclusive);
    ck_assert(!p->rpn_min_size_in_photo && !p->rpn_filters_first);
    ck_assert(!p->rpn_ranks_by_logit);
    /* utils/cython_nms.pyx: >=, of float32 */
    ck_assert(p->rpn_nms_threshold == (double)nextafterf(0.7f, 0));
    ck_assert(p->nms_threshold == (double)nextafterf(0.5f, 0));
    /* e2e_*-FPN_*.yaml, modeling/FPN.py */
    ck_assert_int_eq(p->roi_kind, DET_ROI_ALIGN);
    ck_assert(!p->roi_aligned && p->roi_sampling == 2);
    ck_assert_int_eq(p->level_rule, DET_LEVEL_DETECTRON);
    ck_assert(!p->roi_scale_inferred);
    /* core/test.py box_results_with_nms_and_limit, segm_results */
    ck_assert(p->background_first && p->background_has_deltas);
    ck_assert(p->score_threshold == 0.05f);
    ck_assert_int_eq(p->nms_batching, DET_NMS_PER_CLASS);
    ck_assert_int_eq(p->max_detections, 100);
    ck_assert(p->max_detections_keeps_ties && p->decodes_in_photo);
    ck_assert_int_eq(p->paste, DET_PASTE_TORCHVISION);
}
END_TEST

START_TEST(names)
{
    static const char *const expected[] = {"torchvision", "torchvision-double",
                                           "detectron2", "caffe", "detectron"};
    for (size_t i = 0; i < 5; i++)
        ck_assert_str_eq(det_preset_name(i), expected[i]);
    ck_assert_ptr_null(det_preset_name(5));
    ck_assert_ptr_null(det_preset_name(SIZE_MAX));
    ck_assert_ptr_null(det_preset_find("Detectron2"));
    ck_assert_ptr_null(det_preset_find(""));
}
END_TEST

/* Networks and the numbers that differ between a pyramid and one map. */
START_TEST(settings_of_networks)
{
    static const struct {
        const char *preset;
        enum det_backbone_kind kind;
        int32_t pre, post, pad;
    } rows[] = {{"torchvision", DET_BACKBONE_FPN, 1000, 1000, 32},
                {"torchvision", DET_BACKBONE_C4, 1000, 300, 32},
                {"detectron2", DET_BACKBONE_FPN, 1000, 1000, 32},
                {"detectron2", DET_BACKBONE_C4, 6000, 1000, 1},
                {"detectron2", DET_BACKBONE_DC5, 6000, 1000, 1},
                {"caffe", DET_BACKBONE_C4, 6000, 300, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct det_settings settings;
        const struct det_network network = {.backbone.kind = rows[i].kind};
        det_settings_init(&settings, det_preset_find(rows[i].preset), &network);
        ck_assert_int_eq(settings.proposals.pre_nms, rows[i].pre);
        ck_assert_int_eq(settings.proposals.post_nms, rows[i].post);
        ck_assert_int_eq(settings.pad_multiple, rows[i].pad);
        ck_assert(settings.proposals.coder.weights.x == 1);
        ck_assert(settings.proposals.coder.weights.h == 1);
        ck_assert_int_eq(settings.rois.kind, settings.preset.roi_kind);
    }
}
END_TEST

/* What an architecture changes of its preset. */
START_TEST(architectures)
{
    const struct det_architecture *a;
    for (size_t i = 0; (a = det_architecture_at(i)) != NULL; i++)
        ck_assert_msg(det_preset_find(a->preset) != NULL, "%s", a->name);
    a = det_architecture_find("mask_rcnn_X_101_32x8d_FPN");
    const struct det_metadata x101 =
        det_metadata_default(a, det_preset_find(a->preset));
    /* faster_rcnn_X_101_32x8d_FPN_3x.yaml */
    ck_assert(!a->stride_in_1x1 && a->groups == 32 && a->width_per_group == 8);
    ck_assert(x101.preset.std[0] == 57.375f && x101.preset.std[1] == 57.12f);
    ck_assert(x101.preset.std[2] == 58.395f);
    a = det_architecture_find("faster_rcnn_R_101_C4");
    ck_assert(a->stride_in_1x1 && a->groups == 1 && a->norm_eps == 1e-5f);
    ck_assert(a->box_head == DET_BOX_HEAD_CONV5 && a->mask_convs == 0);
    /* torchvision's builders of v1 call overwrite_eps(model, 0.0) */
    ck_assert(det_architecture_find("maskrcnn_resnet50_fpn")->norm_eps == 0);
    ck_assert(det_architecture_find("maskrcnn_resnet50_fpn_v2")->norm_eps ==
              1e-5f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("presets");
    TCase *tcase = tcase_create("presets");
    tcase_add_test(tcase, torchvision);
    tcase_add_test(tcase, torchvision_double);
    tcase_add_test(tcase, detectron2);
    tcase_add_test(tcase, caffe);
    tcase_add_test(tcase, detectron);
    tcase_add_test(tcase, names);
    tcase_add_test(tcase, settings_of_networks);
    tcase_add_test(tcase, architectures);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

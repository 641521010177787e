/* SPDX-License-Identifier: MIT */
#include "detector/class_proposals.h"

enum { STRIDE = 32 };

/* What the network sees of the resized photo. */
struct window {
    struct det_view_size size; /* of all of it */
    int32_t y, x;
};

static det_status look_through(struct det_compute *compute,
                               const struct det_class_proposals *look,
                               struct window *window, struct det_tensor *out)
{
    const struct det_preset *p = &look->model->preset;
    struct det_tensor whole;
    window->size = det_view_size_for(look->scale, look->pixels->height,
                                     look->pixels->width);
    DET_TRY(det_view_resize(compute, out, p, look->pixels, window->size));
    if (look->views == DET_VIEWS_FULL)
        return det_tensor_round(compute, out);
    whole = *out;
    window->y = det_view_middle(window->size.h - p->crop_size);
    window->x = det_view_middle(window->size.w - p->crop_size);
    DET_TRY(det_views_cut(compute, out, &whole, look->views, p->crop_size));
    det_tensor_give(compute, &whole);
    return DET_OK;
}

static void keep(struct det_scored_boxes *found,
                 const struct det_proposals *proposals,
                 const struct det_class_proposals *look,
                 const struct window *window)
{
    const float across = (float)look->pixels->width / (float)window->size.w;
    const float down = (float)look->pixels->height / (float)window->size.h;
    for (int32_t i = 0; i < proposals->count && found->count < found->capacity;
         i++) {
        struct det_box box = proposals->boxes[i];
        box.x1 += (float)window->x;
        box.x2 += (float)window->x;
        box.y1 += (float)window->y;
        box.y2 += (float)window->y;
        found->boxes[found->count] = det_box_stretched(box, across, down);
        found->scores[found->count++] = proposals->scores[i];
    }
}

static det_status propose(struct det_compute *compute,
                          const struct det_class_proposals *look,
                          const struct window *window,
                          const struct det_rpn_output *all, size_t which,
                          struct det_extent extent)
{
    const struct det_network *network = &look->model->network;
    const struct det_proposal_level level = {.anchors = &network->anchors[0],
                                             .stride = {STRIDE, STRIDE},
                                             .output = *all,
                                             .which = look->classes[which]};
    struct det_proposals proposals;
    DET_TRY(det_proposals_select(compute, &proposals, look->config, &level, 1,
                                 extent));
    if (!det_planning(compute))
        keep(&look->found[which], &proposals, look, window);
    det_proposals_give(compute, &proposals);
    return DET_OK;
}

det_status det_class_proposals_find(struct det_compute *compute, void *user)
{
    const struct det_class_proposals *look = user;
    const struct det_network *network = &look->model->network;
    struct window window = {0};
    struct det_feature_maps features;
    struct det_rpn_output output;
    struct det_tensor image;
    DET_TRY(look_through(compute, look, &window, &image));
    const struct det_extent extent = {(float)image.w, (float)image.h};
    DET_TRY(
        det_backbone_forward(compute, &network->backbone, &features, &image));
    DET_TRY(det_rpn_head_forward(compute, &network->rpn_head, &output,
                                 &features.maps[0]));
    det_feature_maps_give(compute, &features);
    for (size_t i = 0; i < look->count; i++)
        DET_TRY(propose(compute, look, &window, &output, i, extent));
    det_rpn_output_give(compute, &output);
    return DET_OK;
}

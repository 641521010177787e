/* SPDX-License-Identifier: MIT */
#include "eval/coco_protocol.h"

enum { IOUS = 10 };

void det_linspace(double *out, double from, double to, size_t count)
{
    const double step = count > 1 ? (to - from) / (double)(count - 1) : 0.0;
    for (size_t i = 0; i < count; i++)
        out[i] = (double)i * step + from;
    if (count > 1)
        out[count - 1] = to;
}

void det_coco_protocol_init(struct det_coco_protocol *out,
                            enum det_eval_task task)
{
    static const double farthest = 1e5 * 1e5;
    *out = (struct det_coco_protocol){
        .task = task,
        .num_ious = IOUS,
        .areas = {{"all", 0, farthest},
                  {"small", 0, 32 * 32},
                  {"medium", 32 * 32, 96 * 96},
                  {"large", 96 * 96, farthest}},
        .num_areas = 4,
        .max_detections = {1, 10, 100},
        .num_limits = 3,
    };
    det_linspace(out->ious, 0.5, 0.95, IOUS);
    det_linspace(out->recalls, 0.0, 1.0, DET_EVAL_RECALLS);
}

void det_lvis_protocol_init(struct det_coco_protocol *out,
                            enum det_eval_task task)
{
    det_coco_protocol_init(out, task);
    out->max_detections[0] = 300;
    out->num_limits = 1;
    out->federated = true;
}

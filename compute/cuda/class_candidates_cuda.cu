/* SPDX-License-Identifier: MIT */
/* compute/cpu/class_candidates_cpu.c, one thread for each pair. */
#include "compute/cuda/compact_cuda.h"

extern "C" {
#include "compute/class_rule.h"
}

struct scored_pairs {
    struct det_class_candidates op;

    __device__ bool make(struct det_candidate *out, int64_t slot) const
    {
        out->place = (int32_t)det_quotient(slot, op.scores.c);
        out->group = (int32_t)(slot - (int64_t)out->place * op.scores.c);
        return det_class_propose(&out->box, &out->score, &op, out->place,
                                 out->group);
    }
};

extern "C" {

size_t det_class_candidates_scratch_cuda(const struct det_class_candidates *op)
{
    const int64_t pairs = (int64_t)op->scores.capacity * op->scores.c;
    return (size_t)det_compact_tiles(pairs) * sizeof(int32_t);
}

det_status det_class_candidates_cuda(struct det_compute *compute,
                                     const struct det_class_candidates *op,
                                     void *scratch)
{
    struct scored_pairs source = {*op};
    DET_TRY(det_stage_array(compute, &source.op.rois, op->rois,
                            (size_t)op->scores.n * sizeof *op->rois));
    det_compact(compute, source, det_tensor_count(&op->scores),
                (int32_t *)scratch, &op->out);
    return det_launched(compute, "class_candidates");
}

} /* extern "C" */

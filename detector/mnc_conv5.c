/* SPDX-License-Identifier: MIT */
#include "detector/mnc_conv5.h"

#include "compute/spatial_mean.h"

static det_status run(struct det_compute *compute, const void *user,
                      struct det_tensor *out, struct det_tensor *features)
{
    const struct det_network *network = user;
    struct det_tensor map;
    DET_TRY(det_resnet_stage_forward_take(
        compute, &network->backbone.resnet.stages[DET_RESNET_CONV5], &map,
        features));
    DET_TRY(det_spatial_mean(compute, out, &map));
    det_tensor_give(compute, &map);
    return DET_OK;
}

struct det_mnc_conv5 det_mnc_conv5_of(const struct det_network *network)
{
    return (struct det_mnc_conv5){.run = run, .user = network};
}

/* SPDX-License-Identifier: MIT */
#include "detector/classifier.h"

#include "compute/spatial_mean.h"

det_status det_classifier_forward(struct det_compute *compute,
                                  const struct det_network *network,
                                  struct det_tensor *logits,
                                  struct det_tensor *image)
{
    struct det_feature_maps features;
    struct det_tensor mean;
    DET_TRY(
        det_backbone_forward(compute, &network->backbone, &features, image));
    DET_TRY(det_spatial_mean(compute, &mean, &features.maps[0]));
    det_feature_maps_give(compute, &features);
    return det_conv_layer_forward_take(compute, &network->fc, logits, &mean);
}

/* SPDX-License-Identifier: MIT */
/*
 * Layers of Caffe's published networks: KaimingHe/deep-residual-networks
 * prototxt/ResNet-{50,101,152}-deploy.prototxt, VGG_ILSVRC_16_layers,
 * py-faster-rcnn models/{pascal_voc,coco}/VGG16 and MNC models/VGG16/mnc_5stage.
 */
#ifndef DETECTOR_CAFFE_NAMES_H
#define DETECTOR_CAFFE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compute/parameter.h"

enum det_caffe_role {
    DET_CAFFE_OTHER,      /* nothing that a network here has */
    DET_CAFFE_NORMED,     /* a convolution before a BatchNorm layer, which takes
                             up its bias when it has one */
    DET_CAFFE_CONV,       /* a convolution with a bias */
    DET_CAFFE_LINEAR,     /* an inner product */
    DET_CAFFE_LINEAR_MAP, /* ... that becomes a convolution of its map */
    DET_CAFFE_STATISTICS, /* BatchNorm: mean, variance, factor */
    DET_CAFFE_SCALE,      /* Scale behind it: gamma, beta */
    DET_CAFFE_TWO_CLASS   /* scores of background, then object, per anchor */
};

struct det_caffe_layer {
    enum det_caffe_role role;
    char target[DET_NAME_SIZE]; /* the network's layer, without ".weight" */
    char
        normed[DET_NAME_SIZE]; /* STATISTICS: Caffe's name of the convolution */
    int32_t side;              /* LINEAR_MAP: of the kernel */
};

/* What a layer of this name is.  fc6 and fc7 are the box head's in a detector
 * and the backbone's in a classifier. */
void det_caffe_layer_find(struct det_caffe_layer *out, const char *name,
                          bool detector);

#endif

/* SPDX-License-Identifier: MIT */
/* conv5_x of a C4 network as both pathways of a cascade's head.  The two share
 * it, as all regions of Faster R-CNN do: Dai, He and Sun 2016 do not say what
 * the entry of 2015 put in the place of VGG-16's fc6 and fc7. */
#ifndef DETECTOR_MNC_CONV5_H
#define DETECTOR_MNC_CONV5_H

#include "detector/network.h"

/* Refers to the network. */
struct det_mnc_conv5 det_mnc_conv5_of(const struct det_network *network);

#endif

/* SPDX-License-Identifier: MIT */
/* Caffe's mean of a data set's images, of which the networks here subtract one
 * number for each channel. */
#ifndef DETECTOR_MEAN_IMAGE_H
#define DETECTOR_MEAN_IMAGE_H

#include "base/message.h"

/* The means over all places of a .binaryproto of [1, 3, H, W], in its order of
 * channels, which is the network's.  DET_ERROR_MODEL for another file; messages
 * begin with the path. */
det_status det_mean_image_read(float mean[3], const char *path,
                               struct det_message *message);

#endif

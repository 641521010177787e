/* SPDX-License-Identifier: MIT */
/* PASCAL VOC's 20 classes (devkit 2007), alphabetical, behind background. */
#include "datasets/class_names.h"

const char det_voc_names[] =
    "__background__\n"
    "aeroplane\n"
    "bicycle\n"
    "bird\n"
    "boat\n"
    "bottle\n"
    "bus\n"
    "car\n"
    "cat\n"
    "chair\n"
    "cow\n"
    "diningtable\n"
    "dog\n"
    "horse\n"
    "motorbike\n"
    "person\n"
    "pottedplant\n"
    "sheep\n"
    "sofa\n"
    "train\n"
    "tvmonitor\n";

/* SPDX-License-Identifier: MIT */
/* Any weight file: the container is recognised by its content. */
#ifndef WEIGHTS_READ_H
#define WEIGHTS_READ_H

#include "weights/weights.h"

/* safetensors, torch .pth (zip or legacy), Detectron2 and Detectron .pkl,
 * .caffemodel, .caffemodel.h5, .binaryproto.  Messages begin with the path. */
det_status det_weights_read(struct det_weights *out, const char *path,
                            struct det_message *message);

/* The same from memory, which must outlive `out`. */
det_status det_weights_read_memory(struct det_weights *out,
                                   const uint8_t *data, size_t size,
                                   struct det_message *message);

#endif

/* SPDX-License-Identifier: MIT */
/* The Semantic Boundaries Dataset (Hariharan et al., ICCV 2011): instance
 * masks of PASCAL VOC's photos in MATLAB's files, inst/NAME.mat. */
#ifndef DATASETS_SBD_MASKS_H
#define DATASETS_SBD_MASKS_H

#include "datasets/dataset.h"

/*
 * Read FOLDER/inst/NAME.mat for each NAME of FOLDER/LIST.txt, or all of them,
 * sorted by name, when `list` is NULL.  Images are NAME.jpg, with ids from 1
 * on; categories are the 20 of VOC.  An object is a value of
 * GTinst.Segmentation (1 is the first), its class the number at that place of
 * GTinst.Categories; one without a pixel is left out.  Boxes are those around
 * the masks, areas their pixels.  DET_ERROR_DATASET: "inst/NAME.mat: byte N:
 * <what>".
 */
det_status det_sbd_open(struct det_dataset *out, const char *folder,
                        const char *list, struct det_message *message);

bool det_sbd_is_one(const char *folder);

/* The same of one file in memory, appended to `out` as its next image. */
det_status det_sbd_parse(struct det_dataset *out, const char *name,
                         const uint8_t *mat, size_t size,
                         struct det_message *message);

#endif

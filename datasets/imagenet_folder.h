/* SPDX-License-Identifier: MIT */
/* ImageNet's (ILSVRC 2015 and later) boxes: the object detection and the
 * localization data, whose XML files are of PASCAL VOC's form. */
#ifndef DATASETS_IMAGENET_FOLDER_H
#define DATASETS_IMAGENET_FOLDER_H

#include "datasets/dataset.h"

enum det_imagenet_kind { DET_IMAGENET_DET, DET_IMAGENET_LOC };

/*
 * Read FOLDER/Annotations/DET or CLS-LOC; they may also lie in FOLDER/ILSVRC.
 * `list` names ImageSets/KIND/LIST.txt, whose lines begin with an image's name
 * ("val", "train_1", "train_loc"; the images are in the folder that the list's
 * name has in front of "_"), or, where there is no such file, a folder of
 * Annotations/KIND, all XML files of which are read; NULL: all of Annotations.
 * An image of a list that has no XML file is one without objects, as the
 * development kit says; a list of such alone is DET_ERROR_DATASET.
 *
 * Images are called [ILSVRC/]Data/KIND/.../NAME.JPEG by their XML file's place,
 * whatever is in it; ids count from 1.  Categories are WordNet ids in the order
 * of their bytes, from id 1 on: those of LOC_synset_mapping.txt ("n01440764
 * tench, Tinca tinca"; localization) or map_det.txt ("n02672831 1 accordion";
 * also in devkit/data) with the names they have there, and those that occur
 * besides.  Boxes: see datasets/voc_xml.h.
 */
det_status det_imagenet_open(struct det_dataset *out,
                             enum det_imagenet_kind kind, const char *folder,
                             const char *list, struct det_message *message);

bool det_imagenet_is_one(const char *folder, enum det_imagenet_kind kind);

#endif

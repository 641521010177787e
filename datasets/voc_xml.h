/* SPDX-License-Identifier: MIT */
/* PASCAL VOC's annotations: one XML file for each image. */
#ifndef DATASETS_VOC_XML_H
#define DATASETS_VOC_XML_H

#include "datasets/dataset.h"

/*
 * Read FOLDER/Annotations/NAME.xml for each NAME of
 * FOLDER/ImageSets/Main/LIST.txt, or all of them, sorted by name, when `list`
 * is NULL.  ImageNet's DET and LOC files are of the same form.
 *
 * Images get the ids 1, 2, ... in that order.  Categories are the 20 of VOC, in
 * their order, when there are no others; else those that occur, by name, from
 * id 1 on.  VOC counts pixels from 1 and a box's last ones belong to it:
 * x = xmin - 1, w = xmax - xmin + 1.  Parts of objects are no objects.  Where
 * there is a FOLDER/SegmentationObject/NAME.png, objects have masks; where
 * there is a folder FOLDER/inst, it is SBD's and datasets/sbd_masks.h reads it.
 *
 * An XML file that declares entities is refused, and no file outside the folder
 * is read.  DET_ERROR_DATASET: "NAME.xml: line N: <what>".
 */
det_status det_voc_open(struct det_dataset *out, const char *folder,
                        const char *list, struct det_message *message);

/* The same of one file in memory, appended to `out` as its next image;
 * `name` stands for a missing <filename>, with ".jpg" behind it.  Category ids
 * are places in `names`, which grows; det_voc_open numbers them anew. */
struct det_voc_names {
    const char **items; /* texts of the data set */
    size_t count, capacity;
};
det_status det_voc_parse(struct det_dataset *out, struct det_voc_names *names,
                         const char *name, const char *xml, size_t size,
                         struct det_message *message);

#endif

/* SPDX-License-Identifier: MIT */
/* Images for classification in a folder for each class. */
#ifndef DATASETS_IMAGE_FOLDER_H
#define DATASETS_IMAGE_FOLDER_H

#include "datasets/dataset.h"

/*
 * Read FOLDER/CLASS/.../NAME.jpg, .jpeg or .png (in any case), or
 * FOLDER/LIST/CLASS/... when `list` is not NULL.  Without it a FOLDER whose
 * folders train, val and test (or training, valid, validation, testing) hold
 * folders in their turn is refused, unless there is only one such.
 *
 * Classes are the names of the folders in the order of their bytes, with ids
 * from 0, images the files by folder and name (see datasets/folder_walk.h):
 * the numbers are those of torchvision's ImageFolder.  Each image has one
 * annotation without a box or an area; its size is not known.  A class may be
 * empty, all of them may not.  What begins with a dot is passed over, a
 * symbolic link to a folder is DET_ERROR_DATASET.
 */
det_status det_image_folder_open(struct det_dataset *out, const char *folder,
                                 const char *list, struct det_message *message);

/* Whether it looks like one: folders that hold images, or lists of them, and
 * nothing that other formats have. */
bool det_image_folder_is_one(const char *folder);

#endif

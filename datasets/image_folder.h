/* SPDX-License-Identifier: MIT */
/* Images for classification in a folder for each class. */
#ifndef DATASETS_IMAGE_FOLDER_H
#define DATASETS_IMAGE_FOLDER_H

#include "datasets/dataset.h"

/* Read FOLDER/CLASS/.../NAME.jpg, .jpeg or .png, or FOLDER/LIST/CLASS/... when
 * `list` is not NULL; without it a FOLDER whose folders hold class folders
 * ("train", "val") is refused, unless there is only one.  Classes are in the
 * order of their names, as torchvision's ImageFolder has them, with ids from
 * 0; each image has one annotation without a box.  Symbolic links and names
 * that begin with a dot are passed over. */
det_status det_image_folder_open(struct det_dataset *out, const char *folder,
                                 const char *list,
                                 struct det_message *message);

/* Whether it looks like one: folders that hold images, or folders of them. */
bool det_image_folder_is_one(const char *folder);

#endif

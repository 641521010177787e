/* SPDX-License-Identifier: MIT */
/* Names of files to write, one for each image, made from what a data set
 * calls it.  A data set comes from anywhere: no name may lead out of the
 * folder that is written to. */
#ifndef DATASETS_OUTPUT_NAMES_H
#define DATASETS_OUTPUT_NAMES_H

#include "datasets/dataset.h"

struct det_output_names {
    const char **stems; /* [images]: no two are equal; no '/', never "..",
                           no leading '.', no control characters, not empty */
    struct det_text_pool texts;
};

/* The last part of the file name without its ending ("a/b.jpg" gives "b", but
 * "data.bin#7" all of it),
 * with "-2", "-3", ... behind it where names meet. */
det_status det_output_names_init(struct det_output_names *out,
                                 const struct det_dataset *dataset,
                                 struct det_message *message);
void det_output_names_destroy(struct det_output_names *names);

/* "FOLDER/SUB/STEM.EXT" (without "SUB/" when `sub` is ""), the caller's to
 * free(). */
det_status det_output_path(char **out, const char *folder, const char *sub,
                           const char *stem, const char *extension,
                           struct det_message *message);

/* Make the folder, and `sub` in it unless that is ""; they may be there.
 * DET_ERROR_WRITE. */
det_status det_output_folder(const char *folder, const char *sub,
                             struct det_message *message);

#endif

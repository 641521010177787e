/* SPDX-License-Identifier: MIT */
/*
 * Folders and files beneath a folder, at any depth that is sensible.  No
 * symbolic link to a folder is followed: one that led up again would never
 * end, and one that led away would bring in what is not of the data set.
 */
#ifndef DATASETS_FOLDER_WALK_H
#define DATASETS_FOLDER_WALK_H

#include <stdbool.h>

#include "datasets/folder_list.h"

enum { DET_DEEPEST_FOLDER = 16 };

/* Names of the folders in ROOT/SUB (`sub` may be "", and has no ".."), sorted
 * by their bytes, without those that begin with a dot.  A symbolic link to a
 * folder is DET_ERROR_DATASET: a class that is silently left out changes the
 * numbers of the others. */
det_status det_folder_walk_folders(struct det_folder_list *out,
                                   const char *root, const char *sub,
                                   struct det_message *message);

/*
 * Files beneath ROOT/SUB whose names end in one of `extensions` (in any case;
 * NULL behind the last), as "SUB/.../NAME".  Hidden ones are left out, also
 * hidden folders.  The order is that of torchvision's ImageFolder: by folder,
 * then by name, each by its bytes.  Links to files are listed (base/beneath.h
 * looks where they lead); links to folders and folders deeper than
 * DET_DEEPEST_FOLDER below SUB are DET_ERROR_DATASET.
 * *others is the number of other files; may be NULL.
 */
det_status det_folder_walk_files(struct det_folder_list *out, size_t *others,
                                 const char *root, const char *sub,
                                 const char *const *extensions,
                                 struct det_message *message);

/* Is there a folder ROOT/SUB that is no symbolic link beneath ROOT? */
bool det_folder_walk_has(const char *root, const char *sub);

#endif

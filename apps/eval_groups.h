/* SPDX-License-Identifier: MIT */
/* Which images of a data set are looked at, and which of them together. */
#ifndef APPS_EVAL_GROUPS_H
#define APPS_EVAL_GROUPS_H

#include "apps/eval_options.h"

/* A batch is padded to its largest image, which moves boxes: so that a run that
 * goes on finds what it would have found in one go, groups are cut at fixed
 * places of the list of all images that are wanted, and one that was not done
 * to its end is looked at whole again. */
struct eval_groups {
    size_t *images; /* [count], group by group, each but the last of `size` */
    size_t count, size;
    size_t before; /* images that were done before ... */
    size_t left;   /* ... and that are still to be done */
};

/* Of a data set's `images`, of which those that are judged are done.  False: no
 * memory. */
bool eval_groups_open(struct eval_groups *out,
                      const struct eval_options *options, size_t images,
                      const uint8_t *judged);
void eval_groups_close(struct eval_groups *groups);

/* Images of the group that begins at `first`. */
size_t eval_groups_size(const struct eval_groups *groups, size_t first);

#endif

/* SPDX-License-Identifier: MIT */
/* Running statistics are updated while a step is on its way; one that is given
 * up needs them as they were. */
#ifndef TRAIN_STATISTICS_H
#define TRAIN_STATISTICS_H

#include "train/parameters.h"

struct det_statistics {
    float *values; /* of all running means and variances, in order */
    const struct det_ops *ops; /* whose memory of the host it is */
};

det_status det_statistics_create(struct det_statistics *out,
                                 const struct det_parameters *parameters,
                                 const struct det_compute *compute);
/* After the device has been waited for. */
void det_statistics_destroy(struct det_statistics *statistics);

/* Of the parameters where the newer ones are; a device is not waited for. */
det_status det_statistics_keep(struct det_statistics *statistics,
                               const struct det_parameters *parameters,
                               struct det_compute *compute);
det_status det_statistics_put_back(const struct det_statistics *statistics,
                                   struct det_parameters *parameters,
                                   struct det_compute *compute);

#endif

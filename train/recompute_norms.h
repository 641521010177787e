/* SPDX-License-Identifier: MIT */
/*
 * The statistics of batch norms computed anew over images, with the batches'
 * own statistics in the forward: what He et al. 2015 (Deep residual learning,
 * appendix A) do between pre-training and fine-tuning, in which they are fixed.
 */
#ifndef TRAIN_RECOMPUTE_NORMS_H
#define TRAIN_RECOMPUTE_NORMS_H

#include "train/trainer.h"

/* Over the first config.recompute_norms images of the run's order, rounded up
 * to whole batches: mean and unbiased variance become the means of those of all
 * batches.  With batch_norm these are the norms that learn, else all.  The same
 * weights give the same bits, whatever the statistics were. */
det_status det_recompute_norms(det_trainer *trainer);

#endif

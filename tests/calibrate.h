/* SPDX-License-Identifier: MIT */
/*
 * Make random weights detect something.
 *
 * Straight from a generator they detect nothing: through so many layers the
 * outputs hardly differ from place to place.  So the network is run on one
 * made-up picture, and each layer, the first time that it runs, has its output
 * brought to a mean of 0 and a spread of its own: batch norms get the
 * statistics that training would have measured, and predictors spread wide
 * enough to decide.
 */
#ifndef TESTS_CALIBRATE_H
#define TESTS_CALIBRATE_H

#include "detector/preset.h"
#include "tests/seeded_layers.h"

/* Not for classifiers.  The numbers come from float sums and so agree between
 * machines to about six digits, not to the last bit. */
det_status seeded_layers_calibrate(struct seeded_layers *layers,
                                   const struct det_network *network,
                                   const struct det_preset *preset,
                                   struct det_message *message);

#endif

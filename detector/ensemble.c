/* SPDX-License-Identifier: MIT */
#include "detector/ensemble.h"

#include <string.h>

#include "detector/committee.h"

static det_status differ(const char *what, struct det_message *message)
{
    return det_fail(message, DET_ERROR_ARGUMENT,
                    "the models of an ensemble differ in their %s", what);
}

static bool have_same_size(const struct det_settings *a,
                           const struct det_settings *b)
{
    return a->preset.min_size == b->preset.min_size &&
           a->preset.max_size == b->preset.max_size &&
           a->pad_multiple == b->pad_multiple;
}

static bool have_same_masks(const struct det_network *a,
                            const struct det_network *b)
{
    return a->architecture->masks == b->architecture->masks &&
           a->mask_side == b->mask_side &&
           (a->backbone.kind == DET_BACKBONE_C4) ==
               (b->backbone.kind == DET_BACKBONE_C4);
}

det_status det_ensemble_check(const struct det_model *a,
                              const struct det_settings *a_settings,
                              const struct det_model *b,
                              const struct det_settings *b_settings,
                              struct det_message *message)
{
    if (a->network.architecture->cascade || b->network.architecture->cascade)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "cascades do not decide together with other models");
    if (strcmp(a->preset.name, b->preset.name) != 0)
        return differ("presets", message);
    if (!det_committee_agrees(a, b))
        return differ("classes", message);
    if (a_settings->detections.reading.classes.num_delta_classes !=
        b_settings->detections.reading.classes.num_delta_classes)
        return differ("box regressors: of each class, or one for all", message);
    if (!have_same_masks(&a->network, &b->network))
        return differ("masks", message);
    if (a_settings->num_scales != b_settings->num_scales)
        return differ("use of scales: one pools its regions from them, the "
                      "other looks at the photo again",
                      message);
    if (!have_same_size(a_settings, b_settings))
        return differ("image sizes; give min_size and max_size", message);
    return DET_OK;
}

static bool same_trunk(const struct det_model *a, const struct det_model *b)
{
    if (a->ops != b->ops || a->trunk_count != b->trunk_count)
        return false;
    return a->ops->shares_memory ? memcmp(a->prepared, b->prepared,
                                          a->trunk_count * sizeof(float)) == 0
                                 : a->trunk_digest == b->trunk_digest;
}

bool det_ensemble_shares_trunk(const struct det_model *a,
                               const struct det_model *b)
{
    const struct det_preset *p = &a->preset, *q = &b->preset;
    return a->network.architecture == b->network.architecture &&
           memcmp(p->mean, q->mean, sizeof p->mean) == 0 &&
           memcmp(p->std, q->std, sizeof p->std) == 0 && same_trunk(a, b);
}

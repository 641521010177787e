/* SPDX-License-Identifier: MIT */
/* torchvision's names, of files saved before 0.13 and after: FPN blocks, RPN
 * and mask head used to be bare convolutions ("inner_blocks.0.weight") and are
 * now sequences ("inner_blocks.0.0.weight"). */
#include <stdio.h>
#include <string.h>

#include "detector/import.h"

/* What follows the prefix, or NULL. */
static const char *rest_of(const char *text, const char *prefix)
{
    const size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

static bool ends_with(const char *text, const char *suffix)
{
    const size_t length = strlen(text), end = strlen(suffix);
    return length >= end && strcmp(text + length - end, suffix) == 0;
}

/* "<prefix><number>.<rest>" with a rest without further dots: the number and
 * the rest, else false. */
static bool numbered(const char *name, const char *prefix, int *number,
                     const char **rest)
{
    int length = 0;
    const char *digits = rest_of(name, prefix);
    if (!digits || sscanf(digits, "%2d.%n", number, &length) != 1 ||
        length == 0)
        return false;
    *rest = digits + length;
    return strchr(*rest, '.') == NULL;
}

static bool rename_bare_convolution(char out[DET_NAME_SIZE], const char *name)
{
    static const char *const blocks[] = {"backbone.fpn.inner_blocks.",
                                         "backbone.fpn.layer_blocks."};
    const char *rest;
    int number;
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        if (numbered(name, blocks[i], &number, &rest)) {
            snprintf(out, DET_NAME_SIZE, "%s%d.0.%s", blocks[i], number, rest);
            return true;
        }
    if (numbered(name, "roi_heads.mask_head.mask_fcn", &number, &rest)) {
        snprintf(out, DET_NAME_SIZE, "roi_heads.mask_head.%d.0.%s", number - 1,
                 rest);
        return true;
    }
    rest = rest_of(name, "rpn.head.conv.");
    if (!rest || strchr(rest, '.'))
        return false;
    snprintf(out, DET_NAME_SIZE, "rpn.head.conv.0.0.%s", rest);
    return true;
}

/* Where a ResNet's own names begin: a bare classifier, or the trunk of a C4
 * model, which has no "body". */
static const char *resnet_name(const char *name)
{
    static const char *const parts[] = {"conv1.",  "bn1.",    "layer1.",
                                        "layer2.", "layer3.", "layer4."};
    const char *inside = rest_of(name, "backbone.");
    if (inside)
        name = inside;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (rest_of(name, parts[i]))
            return name;
    return NULL;
}

enum det_rename det_rename_torchvision(char out[DET_NAME_SIZE],
                                       const char *name)
{
    const char *parallel = rest_of(name, "module."); /* from DataParallel */
    if (parallel)
        name = parallel;
    if (ends_with(name, ".num_batches_tracked"))
        return DET_RENAME_IGNORE;
    if (rename_bare_convolution(out, name))
        return DET_RENAME_KEEP;
    const char *linear = rest_of(name, "linear."); /* of CIFAR's, published */
    if (linear)
        snprintf(out, DET_NAME_SIZE, "fc.%s", linear);
    else if (resnet_name(name))
        snprintf(out, DET_NAME_SIZE, "backbone.body.%s", resnet_name(name));
    else
        snprintf(out, DET_NAME_SIZE, "%s", name);
    return DET_RENAME_KEEP;
}

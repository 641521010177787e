/* SPDX-License-Identifier: MIT */
/*
 * usage: tide_numbers bbox|segm ANNOTATIONS.json RESULTS.json
 *
 * Writes to stdout with 17 digits, one a line: the AP, the gains of AP without
 * Cls, Loc, Both, Dupe, Bkg, Miss, false positives and false negatives, the
 * number of errors of the first six.
 */
#include <stdio.h>
#include <string.h>

#include "datasets/coco_json.h"
#include "eval/tide.h"

static void add(void *user, const struct det_scene *scene)
{
    det_tide_add(user, scene);
}

static void print(const struct det_tide *tide)
{
    printf("%.17g\n", tide->ap);
    for (int kind = DET_TIDE_CLASS; kind < DET_TIDE_KINDS; kind++)
        printf("%.17g\n", tide->gains[kind]);
    printf("%.17g\n%.17g\n", tide->false_positive, tide->false_negative);
    for (int kind = DET_TIDE_CLASS; kind < DET_TIDE_KINDS; kind++)
        printf("%zu\n", tide->counts[kind]);
}

int main(int argc, char **argv)
{
    static struct det_message message;
    struct det_dataset dataset;
    struct det_results results = {0};
    struct det_tide tide = {0};
    if (argc < 4)
        return 2;
    const struct det_scene_rules rules = {
        .task = strcmp(argv[1], "segm") == 0 ? DET_EVAL_MASKS : DET_EVAL_BOXES,
        .threads = 2};
    det_status status = det_coco_json_open(&dataset, argv[2], &message);
    if (status == DET_OK)
        status = det_coco_results_open(&results, argv[3], &dataset, &message);
    if (status == DET_OK)
        status = det_tide_init(&tide, &dataset, &results, &rules, &message);
    if (status == DET_OK)
        status =
            det_scene_each(&dataset, &results, &rules, add, &tide, &message);
    if (status == DET_OK)
        status = det_tide_finish(&tide, &message);
    if (status == DET_OK)
        print(&tide);
    else
        fprintf(stderr, "%s\n", message.text);
    det_tide_destroy(&tide);
    det_results_clear(&results);
    det_dataset_clear(&dataset);
    return status != DET_OK;
}

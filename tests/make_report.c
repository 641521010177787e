/* SPDX-License-Identifier: MIT */
/*
 * usage: make_report bbox|segm ANNOTATIONS.json RESULTS.json FOLDER
 *                    [IMAGES|- [OTHER_RESULTS.json]]
 *
 * Writes FOLDER/index.html.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/coco_json.h"
#include "eval/report.h"

static det_status write_report(char **argv, int argc,
                               struct det_dataset *dataset,
                               struct det_results results[2],
                               struct det_message *message)
{
    struct det_report report = {.dataset = dataset,
                                .num_runs = argc > 6 ? 2 : 1,
                                .title = "Results of a test",
                                .least_score = -1,
                                .threads = 2};
    det_coco_protocol_init(&report.protocol, strcmp(argv[1], "segm") == 0
                                                 ? DET_EVAL_MASKS
                                                 : DET_EVAL_BOXES);
    if (argc > 5 && strcmp(argv[5], "-") != 0)
        report.images = argv[5];
    DET_TRY(det_coco_json_open(dataset, argv[2], message));
    for (size_t i = 0; i < report.num_runs; i++) {
        const char *path = argv[i ? 6 : 3];
        const char *slash = strrchr(path, '/');
        DET_TRY(det_coco_results_open(&results[i], path, dataset, message));
        report.runs[i].name = slash ? slash + 1 : path;
        report.runs[i].results = &results[i];
    }
    return det_report_write(&report, argv[4], message);
}

int main(int argc, char **argv)
{
    static struct det_message message;
    struct det_dataset dataset = {0};
    struct det_results results[2] = {{0}};
    if (argc < 5) {
        fprintf(stderr, "usage: make_report bbox|segm ANNOTATIONS RESULTS "
                        "FOLDER [IMAGES|- [OTHER_RESULTS]]\n");
        return EXIT_FAILURE;
    }
    const det_status status =
        write_report(argv, argc, &dataset, results, &message);
    if (status != DET_OK)
        fprintf(stderr, "make_report: %s\n", message.text);
    for (int i = 0; i < 2; i++)
        det_results_clear(&results[i]);
    det_dataset_clear(&dataset);
    return status != DET_OK;
}

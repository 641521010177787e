/* SPDX-License-Identifier: MIT */
/*
 * usage: coco_cells bbox|segm ANNOTATIONS.json RESULTS.json OUT
 *                   [LIMITS|lvis [without-categories [IOUS]]]
 *
 * Writes every cell of precision, scores and recall as doubles to OUT, and the
 * 12 numbers to stdout with 17 digits.  LIMITS are like 1,10,100; so are IOUS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/coco_json.h"
#include "eval/coco_scores.h"

static void read_limits(struct det_coco_protocol *protocol, char *text)
{
    protocol->num_limits = 0;
    for (char *word = strtok(text, ","); word; word = strtok(NULL, ","))
        protocol->max_detections[protocol->num_limits++] = atoi(word);
}

static void read_ious(struct det_coco_protocol *protocol, char *text)
{
    protocol->num_ious = 0;
    for (char *word = strtok(text, ","); word; word = strtok(NULL, ","))
        protocol->ious[protocol->num_ious++] = atof(word);
}

static void write_cells(const struct det_coco_scores *s, FILE *file)
{
    const struct det_coco_protocol *p = &s->protocol;
    const size_t cells =
        p->num_ious * s->num_categories * p->num_areas * p->num_limits;
    fwrite(s->precision, sizeof(double), cells * DET_EVAL_RECALLS, file);
    fwrite(s->scores, sizeof(double), cells * DET_EVAL_RECALLS, file);
    fwrite(s->recall, sizeof(double), cells, file);
}

int main(int argc, char **argv)
{
    static struct det_message message;
    struct det_dataset dataset;
    struct det_results results = {0};
    struct det_coco_scores scores;
    struct det_coco_protocol protocol;
    if (argc < 5)
        return 2;
    const enum det_eval_task task =
        strcmp(argv[1], "segm") == 0 ? DET_EVAL_MASKS : DET_EVAL_BOXES;
    det_coco_protocol_init(&protocol, task);
    if (argc > 5 && strcmp(argv[5], "lvis") == 0)
        det_lvis_protocol_init(&protocol, task);
    else if (argc > 5)
        read_limits(&protocol, argv[5]);
    protocol.without_categories = argc > 6 && argv[6][0] == '1';
    if (argc > 7)
        read_ious(&protocol, argv[7]);
    det_status status = det_coco_json_open(&dataset, argv[2], &message);
    if (status == DET_OK)
        status = det_coco_results_open(&results, argv[3], &dataset, &message);
    if (status == DET_OK)
        status = det_coco_evaluate(&scores, &dataset, &results, &protocol, 2,
                                   &message);
    if (status != DET_OK) {
        fprintf(stderr, "%s\n", message.text);
        return 1;
    }
    FILE *file = fopen(argv[4], "wb");
    if (!file)
        return 1;
    write_cells(&scores, file);
    struct det_coco_number lines[DET_COCO_MOST_NUMBERS];
    const size_t count = det_coco_numbers(lines, &protocol);
    for (size_t i = 0; i < count; i++)
        printf("%.17g\n", det_coco_mean(&scores, &lines[i]));
    det_coco_scores_destroy(&scores);
    det_results_clear(&results);
    det_dataset_clear(&dataset);
    return fclose(file) != 0;
}

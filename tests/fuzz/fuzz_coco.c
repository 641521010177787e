/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a COCO annotation file, as a results file, and as the text of a
 * mask: read, draw what can be drawn, judge.  Traps on a refusal without a text
 * and on a mask whose runs do not fill it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/coco_json.h"
#include "eval/coco_scores.h"
#include "eval/localization.h"
#include "eval/top_k.h"

enum { LARGEST_SIDE = 2048, SIDE = 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_message(const struct det_message *message)
{
    if (message->text[0] == '\0')
        __builtin_trap();
}

static void check_mask(struct det_rle *rle)
{
    uint64_t pixels = 0;
    for (size_t i = 0; i < rle->count; i++)
        pixels += rle->counts[i];
    const det_mask mask = det_rle_view(rle);
    if (pixels != (uint64_t)rle->width * (uint64_t)rle->height ||
        det_mask_area(&mask) > pixels)
        __builtin_trap();
    det_rle_bounding_box(&mask);
    det_rle_destroy(rle);
}

static void draw(const struct det_segmentation *segmentation, int32_t width,
                 int32_t height)
{
    struct det_segmentation_scratch scratch = {0};
    struct det_message message = {.text = ""};
    struct det_rle mask;
    if (det_segmentation_mask(&mask, &scratch, segmentation, width, height,
                              &message) == DET_OK)
        check_mask(&mask);
    else
        check_message(&message);
    det_segmentation_scratch_destroy(&scratch);
}

static void judge(const struct det_dataset *dataset,
                  const struct det_results *results)
{
    struct det_message message = {.text = ""};
    for (int task = DET_EVAL_BOXES; task <= DET_EVAL_MASKS; task++) {
        struct det_coco_protocol protocol;
        struct det_coco_scores scores;
        det_coco_protocol_init(&protocol, (enum det_eval_task)task);
        if (det_coco_evaluate(&scores, dataset, results, &protocol, 1,
                              &message) == DET_OK)
            det_coco_scores_destroy(&scores);
        else
            check_message(&message);
    }
}

static void judge_classes(const struct det_dataset *dataset,
                          const struct det_results *results)
{
    const struct det_localization rule = {.k = 5, .iou = 0.5};
    struct det_message message = {.text = ""};
    struct det_guesses guesses;
    struct det_class_hits hits;
    if (det_guesses_make(&guesses, dataset, results, NULL, &message) != DET_OK)
        __builtin_trap();
    if (det_top_k_count(&hits, &guesses, 5, &message) != DET_OK)
        __builtin_trap();
    det_class_hits_destroy(&hits);
    if (det_localization_count(&hits, &guesses, &rule, &message) == DET_OK)
        det_class_hits_destroy(&hits);
    else
        check_message(&message);
    det_guesses_destroy(&guesses);
}

static bool is_small(const struct det_dataset *dataset)
{
    for (size_t i = 0; i < dataset->num_images; i++)
        if (dataset->images[i].width > LARGEST_SIDE ||
            dataset->images[i].height > LARGEST_SIDE)
            return false;
    return dataset->num_categories < 64;
}

static void as_annotations(const char *text, size_t size)
{
    struct det_dataset dataset;
    struct det_results nothing = {0};
    struct det_message message = {.text = ""};
    if (det_coco_json_parse(&dataset, text, size, &message) != DET_OK) {
        check_message(&message);
        return;
    }
    for (size_t i = 0; i < dataset.num_annotations; i++)
        draw(&dataset.annotations[i].segmentation, SIDE, SIDE);
    if (is_small(&dataset)) {
        judge(&dataset, &nothing);
        judge_classes(&dataset, &nothing);
    }
    det_dataset_clear(&dataset);
}

static void as_results(const char *text, size_t size)
{
    static const char truth[] =
        "{\"images\":[{\"id\":1,\"width\":12,\"height\":12}],"
        "\"categories\":[{\"id\":1}],\"annotations\":[{\"id\":1,\"area\":16,"
        "\"image_id\":1,\"category_id\":1,\"bbox\":[1,1,4,4],"
        "\"segmentation\":[[1,1,5,1,5,5,1,5]]}]}";
    struct det_dataset dataset;
    struct det_results results = {0};
    struct det_message message = {.text = ""};
    if (det_coco_json_parse(&dataset, truth, sizeof truth - 1, &message) !=
        DET_OK)
        __builtin_trap();
    if (det_coco_results_parse(&results, text, size, &dataset, &message) ==
        DET_OK) {
        judge(&dataset, &results);
        judge_classes(&dataset, &results);
    } else {
        check_message(&message);
    }
    det_results_clear(&results);
    det_dataset_clear(&dataset);
}

static void as_mask(const char *text, size_t size)
{
    struct det_message message = {.text = ""};
    struct det_rle mask;
    if (det_rle_parse(&mask, text, size, SIDE, SIDE, &message) == DET_OK)
        check_mask(&mask);
    else
        check_message(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    as_annotations(text, size);
    as_results(text, size);
    as_mask(text, size);
    return 0;
}

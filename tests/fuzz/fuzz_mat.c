/* SPDX-License-Identifier: MIT */
/* Any bytes as a MAT-file of SBD's form: masks are drawn.  Traps on a refusal
 * without a text and on a mask whose runs do not fill it or leave its box. */
#include <stdint.h>
#include <stdlib.h>

#include "datasets/mat_file.h"
#include "datasets/sbd_masks.h"

enum { INFLATED = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_message(const struct det_message *message)
{
    if (message->text[0] == '\0')
        __builtin_trap();
}

static void check_mask(const struct det_annotation *a,
                       const struct det_data_image *image)
{
    struct det_segmentation_scratch scratch = {0};
    struct det_message message = {.text = ""};
    struct det_rle rle;
    if (det_segmentation_mask(&rle, &scratch, &a->segmentation, image->width,
                              image->height, &message) != DET_OK)
        __builtin_trap();
    const det_mask mask = det_rle_view(&rle);
    if (rle.width != image->width || rle.height != image->height ||
        (double)det_mask_area(&mask) != a->area || a->area < 1 ||
        a->area > a->box[2] * a->box[3] || a->box[0] < 0 || a->box[1] < 0 ||
        a->box[0] + a->box[2] > image->width ||
        a->box[1] + a->box[3] > image->height)
        __builtin_trap();
    det_rle_destroy(&rle);
    det_segmentation_scratch_destroy(&scratch);
}

static void as_objects(const uint8_t *data, size_t size)
{
    struct det_dataset dataset = {0};
    struct det_message message = {.text = ""};
    if (det_sbd_parse(&dataset, "name", data, size, &message) != DET_OK)
        check_message(&message);
    else if (dataset.num_images != 1)
        __builtin_trap();
    for (size_t i = 0; dataset.num_images && i < dataset.num_annotations; i++)
        check_mask(&dataset.annotations[i], &dataset.images[0]);
    det_dataset_clear(&dataset);
}

/* Every number of an array is read. */
static void as_numbers(const uint8_t *data, size_t size)
{
    struct det_mat_variable variable;
    struct det_message message = {.text = ""};
    double sum = 0;
    if (det_mat_find(&variable, data, size, "x", INFLATED, &message) !=
        DET_OK) {
        check_message(&message);
        if (variable.inflated)
            __builtin_trap();
        return;
    }
    const struct det_mat_array *array = &variable.array;
    for (size_t i = 0; array->type && i < array->rows * array->columns; i++)
        sum += det_mat_number(array, i);
    if (sum == 0.123)
        abort(); /* so that the sum is wanted */
    det_mat_variable_destroy(&variable);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    as_objects(data, size);
    as_numbers(data, size);
    return 0;
}

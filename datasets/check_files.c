/* SPDX-License-Identifier: MIT */
#include "datasets/check_files.h"

#include <unistd.h>

#include "base/beneath.h"
#include "datasets/picture_size.h"

static det_status judge_size(struct det_findings *findings,
                             const struct det_data_image *image,
                             const struct det_picture_size *size)
{
    const bool is_turned = size->orientation >= 5; /* by a quarter */
    const int32_t width = is_turned ? size->height : size->width;
    const int32_t height = is_turned ? size->width : size->height;
    if (image->width <= 0 || image->height <= 0 ||
        (image->width == width && image->height == height))
        return DET_OK;
    const bool was_not_turned =
        image->width == size->width && image->height == size->height;
    return det_findings_add_detail(
        findings, was_not_turned ? DET_FIND_IMAGE_TURNED : DET_FIND_IMAGE_SIZE,
        image->id, "%.200s is %d x %d, the annotations say %d x %d",
        image->file_name, width, height, image->width, image->height);
}

static det_status check_file(struct det_findings *findings,
                             const struct det_data_image *image,
                             const char *folder)
{
    struct det_message reason = {.text = ""};
    struct det_picture_size size;
    int descriptor;
    det_status status =
        det_beneath_open_file(&descriptor, folder, image->file_name, &reason);
    if (status == DET_ERROR_MEMORY)
        return det_fail(findings->message, status, "%s", reason.text);
    if (status != DET_OK)
        return det_findings_add_detail(findings, DET_FIND_IMAGE_MISSING,
                                       image->id, "%.400s", reason.text);
    status = det_picture_size_read(&size, descriptor, &reason);
    close(descriptor);
    if (status == DET_ERROR_MEMORY)
        return det_fail(findings->message, status, "%s", reason.text);
    if (status != DET_OK)
        return det_findings_add_detail(findings, DET_FIND_IMAGE_BROKEN,
                                       image->id, "%.200s: %.200s",
                                       image->file_name, reason.text);
    return judge_size(findings, image, &size);
}

det_status det_check_files(struct det_findings *findings,
                           const struct det_dataset *dataset,
                           const char *folder)
{
    for (size_t i = 0; i < dataset->num_images; i++)
        if (!dataset->images[i].planes)
            DET_TRY(check_file(findings, &dataset->images[i], folder));
    return DET_OK;
}

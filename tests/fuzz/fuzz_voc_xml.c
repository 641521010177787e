/* SPDX-License-Identifier: MIT */
/* Any bytes as a VOC annotation.  Traps on a refusal without a text. */
#include <stdint.h>
#include <stdlib.h>

#include "datasets/voc_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct det_dataset dataset = {0};
    struct det_voc_names names = {0};
    struct det_message message = {.text = ""};
    const det_status status = det_voc_parse(&dataset, &names, "name",
                                            (const char *)data, size, &message);
    if ((status == DET_OK) != (dataset.num_images == 1) ||
        (status != DET_OK && message.text[0] == '\0'))
        __builtin_trap();
    free(names.items);
    det_dataset_clear(&dataset);
    return 0;
}

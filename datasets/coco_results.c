/* SPDX-License-Identifier: MIT */
#include "datasets/coco_results.h"

#include <stdlib.h>

#include "base/memory.h"
#include "datasets/coco_object.h"
#include "datasets/imagenet_results.h"

det_status det_results_put(struct det_results *results,
                           const struct det_found_object *object,
                           struct det_message *message)
{
    if (results->count == results->capacity) {
        const size_t capacity =
            results->capacity ? 2 * results->capacity : 1024;
        if (capacity > DET_NO_INDEX)
            return det_fail(message, DET_ERROR_LIMIT, "more than %zu objects",
                            results->count);
        DET_TRY(det_reallocate(&results->objects, capacity, sizeof *object,
                               message));
        results->capacity = capacity;
    }
    results->objects[results->count++] = *object;
    results->without_category += object->category == DET_NO_INDEX;
    return DET_OK;
}

static det_status read_file(struct det_object_reader *reader)
{
    if (det_json_peek(&reader->json) == '{')
        return det_json_fail(&reader->json, reader->json.at,
                             "an object, as annotations are; results are a "
                             "list");
    DET_TRY(det_object_read_list(reader));
    return det_json_end(&reader->json);
}

det_status det_coco_results_parse(struct det_results *results, const char *text,
                                  size_t size,
                                  const struct det_dataset *dataset,
                                  struct det_message *message)
{
    struct det_object_reader reader;
    det_object_reader_init(&reader, text, size, dataset, results, message);
    results->dataset = dataset;
    const size_t count = results->count, without = results->without_category;
    const det_status status =
        det_imagenet_results_are(text, size)
            ? det_imagenet_results_parse(results, text, size, dataset, message)
            : read_file(&reader);
    if (status != DET_OK) {
        results->count = count;
        results->without_category = without;
    }
    return status;
}

det_status det_coco_results_open(struct det_results *results, const char *path,
                                 const struct det_dataset *dataset,
                                 struct det_message *message)
{
    struct det_mapping mapping;
    DET_TRY(det_reallocate(&results->mappings, results->num_mappings + 1,
                           sizeof mapping, message));
    DET_TRY(det_mapping_open(&mapping, path, message));
    const det_status status = det_coco_results_parse(
        results, (const char *)mapping.data, mapping.size, dataset, message);
    if (status != DET_OK) {
        det_mapping_close(&mapping);
        det_message_prefix(message, path);
        return status;
    }
    results->mappings[results->num_mappings++] = mapping;
    return DET_OK;
}

void det_results_clear(struct det_results *results)
{
    free(results->objects);
    for (size_t i = 0; i < results->num_mappings; i++)
        det_mapping_close(&results->mappings[i]);
    free(results->mappings);
    det_text_pool_destroy(&results->texts);
    *results = (struct det_results){0};
}

/* ------------------------------------------------------------------ writing */

det_status det_coco_results_write(const struct det_results *results,
                                  const struct det_dataset *dataset,
                                  const char *path, struct det_message *message)
{
    struct det_safe_file file;
    const char *before = "[\n";
    DET_TRY(det_safe_file_open(&file, path, message));
    for (size_t i = 0; i < results->count; i++) {
        if (results->objects[i].category == DET_NO_INDEX)
            continue; /* it would be judged as nothing again */
        fputs(before, file.stream);
        det_object_write(file.stream, dataset, &results->objects[i]);
        before = ",\n";
    }
    fputs(before[0] == '[' ? "[]\n" : "\n]\n", file.stream);
    return det_safe_file_commit(&file);
}

/* SPDX-License-Identifier: MIT */
#include "datasets/results_journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "datasets/coco_fields.h"
#include "datasets/coco_object.h"
#include "datasets/text_writer.h"

/* ------------------------------------------------------------------ reading */

static det_status read_member(struct det_object_reader *r, uint32_t *image)
{
    struct det_json_span key;
    DET_TRY(det_coco_key(&r->json, &key));
    if (det_json_span_is(key, "image_id"))
        return det_object_read_image(r, image);
    if (det_json_span_is(key, "objects"))
        return det_object_read_list(r);
    return det_json_skip(&r->json, NULL);
}

static det_status read_line(struct det_object_reader *r, uint8_t *done)
{
    uint32_t image = DET_NO_INDEX;
    bool more = true;
    DET_TRY(det_json_expect(&r->json, '{'));
    while (more) {
        DET_TRY(read_member(r, &image));
        DET_TRY(det_json_next(&r->json, '}', &more));
    }
    if (image == DET_NO_INDEX)
        return det_json_fail(&r->json, r->json.at, "a line without an image");
    done[image] = 1;
    return DET_OK;
}

/* All whole lines behind the first; *end is behind the last of them. */
static det_status read_lines(struct det_journal *j, uint8_t *done,
                             const struct det_mapping *mapping,
                             const char *header, size_t *end)
{
    const char *text = (const char *)mapping->data;
    const size_t first = strlen(header);
    struct det_object_reader reader;
    if (mapping->size <= first || memcmp(text, header, first) != 0 ||
        text[first] != '\n')
        return det_fail(j->message, DET_ERROR_DATASET,
                        "left by another run (other annotations, model or "
                        "settings); remove it, or name another file");
    const char *last = memrchr(text, '\n', mapping->size);
    *end = (size_t)(last - text) + 1;
    det_object_reader_init(&reader, text, *end, j->results->dataset, j->results,
                           j->message);
    reader.json.at = first + 1;
    while (det_json_peek(&reader.json) != '\0' ||
           reader.json.at < reader.json.size)
        DET_TRY(read_line(&reader, done));
    return DET_OK;
}

/* What segmentations point into must not change: the file is only ever made
 * longer, or cut where no whole line was. */
static det_status read_file(struct det_journal *j, uint8_t *done,
                            const char *header, size_t *end)
{
    struct det_mapping mapping;
    struct det_results *results = j->results;
    const size_t count = results->count;
    DET_TRY(det_reallocate(&results->mappings, results->num_mappings + 1,
                           sizeof mapping, j->message));
    DET_TRY(det_mapping_open(&mapping, j->path, j->message));
    const det_status status = read_lines(j, done, &mapping, header, end);
    if (status != DET_OK) {
        results->count = count;
        det_mapping_close(&mapping);
        det_message_prefix(j->message, j->path);
        return status;
    }
    results->mappings[results->num_mappings++] = mapping;
    return DET_OK;
}

/* ------------------------------------------------------------------ opening */

static det_status fail_write(const struct det_journal *j)
{
    return det_fail(j->message, DET_ERROR_WRITE, "%s: cannot be written: %s",
                    j->path, strerror(errno));
}

static det_status open_stream(struct det_journal *j, const char *header,
                              size_t end)
{
    j->stream = fopen(j->path, "ae");
    if (!j->stream)
        return fail_write(j);
    if (end && ftruncate(fileno(j->stream), (off_t)end) != 0)
        return fail_write(j);
    if (!end && (fputs(header, j->stream) < 0 || fputc('\n', j->stream) < 0 ||
                 fflush(j->stream) != 0))
        return fail_write(j);
    return DET_OK;
}

static det_status open_journal(struct det_journal *j, const char *path,
                               const char *header, uint8_t *done)
{
    struct stat info;
    size_t end = 0;
    DET_TRY(det_copy_text(&j->path, path, j->message));
    if (stat(path, &info) == 0 && info.st_size > 0)
        DET_TRY(read_file(j, done, header, &end));
    j->written = j->results->count;
    return open_stream(j, header, end);
}

det_status det_results_journal_open(struct det_journal *out, const char *path,
                                    const char *header,
                                    const struct det_dataset *dataset,
                                    struct det_results *results, uint8_t *done,
                                    struct det_message *message)
{
    *out = (struct det_journal){.results = results, .message = message};
    results->dataset = dataset;
    const det_status status = open_journal(out, path, header, done);
    if (status != DET_OK)
        det_results_journal_close(out, false);
    return status;
}

det_status det_results_journal_write(struct det_journal *journal,
                                     uint32_t image)
{
    const struct det_results *results = journal->results;
    const struct det_dataset *dataset = results->dataset;
    FILE *out = journal->stream;
    const char *before = "";
    det_put(out, "{\"image_id\":%" PRId64 ",\"objects\":[",
            dataset->images[image].id);
    for (; journal->written < results->count; journal->written++) {
        const struct det_found_object *object =
            &results->objects[journal->written];
        if (object->category == DET_NO_INDEX)
            continue;
        fputs(before, out);
        det_object_write(out, dataset, object);
        before = ",";
    }
    fputs("]}\n", out);
    return fflush(out) == 0 && !ferror(out) ? DET_OK : fail_write(journal);
}

void det_results_journal_close(struct det_journal *journal, bool finished)
{
    if (journal->stream)
        fclose(journal->stream);
    if (journal->path && finished)
        unlink(journal->path);
    free(journal->path);
    *journal = (struct det_journal){0};
}

/* SPDX-License-Identifier: MIT */
#include "train/checkpoint.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/memory.h"
#include "datasets/folder_list.h"
#include "weights/safetensors.h"

static const char prefix[] = "checkpoint-", suffix[] = ".safetensors";
static const char model_name[] = "model.safetensors";
static const char momentum_prefix[] = "momentum/";
static const char average_prefix[] = "average/";
static const char loss_scale_key[] = "loss_scale";

/* With the longest prefix. */
typedef char array_name[DET_NAME_SIZE + sizeof momentum_prefix];

/* ----------------------------------------------------------- arrays in a file
 */

/* All arrays of a checkpoint: the network's, their averages, the momenta. */
struct contents {
    struct det_safetensors_item *items;
    struct det_weight *weights;
    array_name *names; /* of those with a prefix */
    size_t count, num_names;
};

static void destroy_contents(struct contents *c)
{
    free(c->items);
    free(c->weights);
    free(c->names);
}

static void add_array(struct contents *c, const char *name, const float *value,
                      size_t count, int32_t rank, const int32_t *shape)
{
    struct det_weight *w = &c->weights[c->count];
    *w = (struct det_weight){
        .dtype = DET_DTYPE_F32, .rank = rank, .data = (const uint8_t *)value};
    for (int32_t i = 0; i < rank; i++)
        w->shape[i] = shape ? shape[i] : (int64_t)count;
    det_weight_set_contiguous(w);
    c->items[c->count].name = name;
    c->items[c->count].weight = w;
    c->count++;
}

static void add_prefixed(struct contents *c, const char *before,
                         const char *name, const float *value, size_t count)
{
    char *text = c->names[c->num_names++];
    snprintf(text, sizeof(array_name), "%s%s", before, name);
    add_array(c, text, value, count, 1, NULL);
}

static det_status list_contents(struct contents *out,
                                const struct det_parameters *p,
                                struct det_message *message)
{
    const size_t averages = p->averages ? p->num_arrays : 0;
    const size_t prefixed = averages + p->num_trained;
    const size_t count = p->num_arrays + prefixed;
    *out = (struct contents){0};
    DET_TRY(det_allocate(&out->items, count, sizeof *out->items, message));
    DET_TRY(det_allocate(&out->weights, count, sizeof *out->weights, message));
    DET_TRY(det_allocate(&out->names, prefixed, sizeof *out->names, message));
    for (size_t i = 0; i < p->num_arrays; i++)
        add_array(out, p->arrays[i].name, p->arrays[i].value,
                  p->arrays[i].count, p->arrays[i].rank, p->arrays[i].shape);
    for (size_t i = 0; i < averages; i++)
        add_prefixed(out, average_prefix, p->arrays[i].name,
                     det_parameters_result(p, &p->arrays[i]),
                     p->arrays[i].count);
    for (size_t i = 0; i < p->num_trained; i++)
        add_prefixed(out, momentum_prefix, p->trained[i].name,
                     p->trained[i].momentum, p->trained[i].count);
    return DET_OK;
}

/* CRC-32 of an array's bytes, going on from `sum`. */
static uLong add_sum(uLong sum, const uint8_t *data, size_t floats)
{
    size_t rest = floats * sizeof(float);
    while (rest > 0) {
        const uInt part = rest < UINT_MAX / 2 ? (uInt)rest : UINT_MAX / 2;
        sum = crc32(sum, data, part);
        data += part;
        rest -= part;
    }
    return sum;
}

static uLong sum_contents(const struct contents *c)
{
    uLong sum = crc32(0, NULL, 0);
    for (size_t i = 0; i < c->count; i++)
        sum =
            add_sum(sum, c->weights[i].data, det_weight_count(&c->weights[i]));
    return sum;
}

/* -------------------------------------------------------------------- names */

static det_status make_path(char out[PATH_MAX], const char *run,
                            const char *name, struct det_message *message)
{
    const int length = snprintf(out, PATH_MAX, "%s/%s", run, name);
    if (length >= 0 && length < PATH_MAX)
        return DET_OK;
    return det_fail(message, DET_ERROR_WRITE, "%s: the name is too long", run);
}

/* -1 when it is none. */
static int64_t iteration_of(const char *name)
{
    int64_t iteration;
    int used = 0;
    if (strncmp(name, prefix, strlen(prefix)) != 0 ||
        sscanf(name + strlen(prefix), "%12" SCNd64 "%n", &iteration, &used) !=
            1 ||
        strcmp(name + strlen(prefix) + used, suffix) != 0)
        return -1;
    return iteration;
}

/* Older ones; failures do not matter. */
static void remove_old(const char *run, int64_t newest, int keep)
{
    struct det_folder_list list;
    char path[PATH_MAX];
    if (det_folder_list_read(&list, run, "safetensors", NULL) != DET_OK)
        return;
    int newer = 0;
    for (size_t i = list.count; i-- > 0;) {
        const int64_t iteration = iteration_of(list.names[i]);
        if (iteration < 0 || iteration > newest || newer++ < keep)
            continue;
        if (make_path(path, run, list.names[i], NULL) == DET_OK)
            unlink(path);
    }
    det_folder_list_destroy(&list);
}

/* What a killed save or export has left; failures do not matter. */
static void remove_temporary(const char *run)
{
    struct det_folder_list list;
    char path[PATH_MAX];
    if (det_folder_list_read(&list, run, "tmp", NULL) != DET_OK)
        return;
    for (size_t i = 0; i < list.count; i++)
        if ((strncmp(list.names[i], prefix, strlen(prefix)) == 0 ||
             strncmp(list.names[i], model_name, strlen(model_name)) == 0) &&
            make_path(path, run, list.names[i], NULL) == DET_OK)
            unlink(path);
    det_folder_list_destroy(&list);
}

/* ------------------------------------------------------------------- saving */

/* The scale of losses, the steps that it has held and those left out; empty
 * where there is none. */
typedef char scale_text[80];

static void write_scale(scale_text out, const struct det_loss_scale *scale)
{
    out[0] = 0;
    if (scale->adapts)
        snprintf(out, sizeof(scale_text), "%.17g %" PRId64 " %" PRId64,
                 scale->value, scale->good, scale->skipped);
}

static det_status write_file(const char *path, const struct contents *contents,
                             const struct det_checkpoint *checkpoint,
                             struct det_message *message)
{
    char iteration[24], sum[24];
    scale_text scale;
    snprintf(iteration, sizeof iteration, "%" PRId64, checkpoint->iteration);
    snprintf(sum, sizeof sum, "%08lx", sum_contents(contents));
    write_scale(scale, &checkpoint->loss_scale);
    const struct det_safetensors_pair pairs[] = {
        {"format", "libdetect checkpoint 1"},
        {"iteration", iteration},
        {"crc32", sum},
        {"settings", checkpoint->settings},
        {loss_scale_key, scale}};
    const size_t count = sizeof pairs / sizeof pairs[0] - (scale[0] ? 0 : 1);
    return det_safetensors_write(path, contents->items, contents->count, pairs,
                                 count, message);
}

det_status det_checkpoint_save(const char *run,
                               const struct det_parameters *parameters,
                               const struct det_checkpoint *checkpoint,
                               int keep, struct det_message *message)
{
    struct contents contents;
    char name[64], path[PATH_MAX];
    snprintf(name, sizeof name, "%s%08" PRId64 "%s", prefix,
             checkpoint->iteration, suffix);
    DET_TRY(make_path(path, run, name, message));
    det_status status = list_contents(&contents, parameters, message);
    if (status == DET_OK)
        status = write_file(path, &contents, checkpoint, message);
    destroy_contents(&contents);
    if (status == DET_OK)
        remove_old(run, checkpoint->iteration, keep);
    return status;
}

/* ------------------------------------------------------------------ loading */

static det_status check_file(const struct det_weights *weights,
                             struct det_message *message)
{
    const char *format = det_weights_metadata(weights, "format");
    const char *wanted = det_weights_metadata(weights, "crc32");
    char sum[24];
    if (!format || strcmp(format, "libdetect checkpoint 1") != 0 || !wanted)
        return det_fail(message, DET_ERROR_MODEL, "not a checkpoint");
    uLong all = crc32(0, NULL, 0);
    for (size_t i = 0; i < weights->count; i++)
        if (weights->items[i].dtype == DET_DTYPE_F32)
            all = add_sum(all, weights->items[i].data,
                          det_weight_count(&weights->items[i]));
    snprintf(sum, sizeof sum, "%08lx", all);
    if (strcmp(sum, wanted) != 0)
        return det_fail(message, DET_ERROR_MODEL,
                        "its data have the checksum %s, not %s: the file is "
                        "damaged",
                        sum, wanted);
    return DET_OK;
}

static det_status open_whole(struct det_weights *out, const char *path,
                             struct det_message *message)
{
    *out = (struct det_weights){0};
    DET_TRY(det_safetensors_open(out, path, message));
    const det_status status = check_file(out, message);
    if (status != DET_OK)
        det_weights_destroy(out);
    return status;
}

/* The newest whole file of the list, its items NULL when there is no file.  A
 * damaged one is passed over for the one before; that all are is an error,
 * since to begin again would be to lose the run. */
static det_status open_newest_of(struct det_weights *out, const char *run,
                                 const struct det_folder_list *list,
                                 struct det_message *message)
{
    det_status status = DET_OK;
    *out = (struct det_weights){0};
    for (size_t i = list->count; i-- > 0 && !out->items;) {
        char path[PATH_MAX];
        if (iteration_of(list->names[i]) < 0)
            continue;
        DET_TRY(make_path(path, run, list->names[i], message));
        status = open_whole(out, path, message);
        if (status == DET_ERROR_MEMORY)
            return status; /* the file may be sound */
        if (status != DET_OK)
            det_log(message, DET_LOG_WARNING, "%s: passed over: %s", path,
                    message->text);
    }
    return status;
}

static det_status open_newest(struct det_weights *out, const char *run,
                              struct det_message *message)
{
    struct det_folder_list list;
    DET_TRY(det_folder_list_read(&list, run, "safetensors", message));
    const det_status status = open_newest_of(out, run, &list, message);
    det_folder_list_destroy(&list);
    return status;
}

static det_status copy_array(float *out, const struct det_weights *weights,
                             const char *name, size_t count,
                             struct det_message *message)
{
    const struct det_weight *weight = det_weights_find(weights, name);
    if (!weight || det_weight_count(weight) != count)
        return det_fail(message, DET_ERROR_MODEL,
                        "the checkpoint is of another network: \"%s\" %s", name,
                        weight ? "has another size" : "is missing");
    det_weight_copy_f32(out, weight);
    return DET_OK;
}

static det_status copy_prefixed(float *out, const struct det_weights *weights,
                                const char *before, const char *name,
                                size_t count, struct det_message *message)
{
    array_name text;
    snprintf(text, sizeof text, "%s%s", before, name);
    return copy_array(out, weights, text, count, message);
}

static det_status copy_all(struct det_parameters *p,
                           const struct det_weights *weights,
                           struct det_message *message)
{
    for (size_t i = 0; i < p->num_arrays; i++)
        DET_TRY(copy_array(p->arrays[i].value, weights, p->arrays[i].name,
                           p->arrays[i].count, message));
    for (size_t i = 0; p->averages && i < p->num_arrays; i++) {
        const struct det_train_array *array = &p->arrays[i];
        DET_TRY(copy_prefixed(p->averages + (array->value - p->values), weights,
                              average_prefix, array->name, array->count,
                              message));
    }
    for (size_t i = 0; i < p->num_trained; i++)
        DET_TRY(copy_prefixed(p->trained[i].momentum, weights, momentum_prefix,
                              p->trained[i].name, p->trained[i].count,
                              message));
    return DET_OK;
}

static det_status read_scale(struct det_loss_scale *out,
                             const struct det_weights *weights,
                             struct det_message *message)
{
    const char *text = det_weights_metadata(weights, loss_scale_key);
    struct det_loss_scale read = {.adapts = true};
    if (!out->adapts || !text)
        return DET_OK;
    if (sscanf(text, "%lf %" SCNd64 " %" SCNd64, &read.value, &read.good,
               &read.skipped) != 3 ||
        !det_loss_scale_is_valid(&read))
        return det_fail(message, DET_ERROR_MODEL,
                        "the checkpoint's %s is \"%.80s\"", loss_scale_key,
                        text);
    *out = read;
    return DET_OK;
}

det_status det_checkpoint_load(const char *run,
                               struct det_parameters *parameters,
                               struct det_checkpoint *checkpoint, bool *found,
                               struct det_message *message)
{
    struct det_weights weights;
    remove_temporary(run);
    DET_TRY(open_newest(&weights, run, message));
    *found = weights.items != NULL;
    if (!*found)
        return DET_OK;
    const char *iteration = det_weights_metadata(&weights, "iteration");
    checkpoint->iteration = iteration ? strtoll(iteration, NULL, 10) : 0;
    det_status status = read_scale(&checkpoint->loss_scale, &weights, message);
    if (status == DET_OK)
        status = copy_all(parameters, &weights, message);
    det_weights_destroy(&weights);
    return status;
}

det_status det_checkpoint_settings(char **out, const char *run,
                                   struct det_message *message)
{
    struct det_weights weights;
    *out = NULL;
    DET_TRY(open_newest(&weights, run, message));
    if (!weights.items)
        return DET_OK;
    const char *text = det_weights_metadata(&weights, "settings");
    const det_status status = det_copy_text(out, text ? text : "", message);
    det_weights_destroy(&weights);
    return status;
}

/* SPDX-License-Identifier: MIT */
#include "datasets/output_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

/* Room is left for an ending and for a temporary file's. */
enum { LONGEST_STEM = 160, STEM_SIZE = LONGEST_STEM + 32 };

static size_t clean_stem(char out[STEM_SIZE],
                         const struct det_data_image *image)
{
    const char *slash = strrchr(image->file_name, '/');
    const char *name = slash ? slash + 1 : image->file_name;
    const char *dot = strrchr(name, '.');
    if (dot && strchr(dot, '#')) /* then comes a place in that file */
        dot = NULL;
    size_t length = dot && dot != name ? (size_t)(dot - name) : strlen(name);
    if (length > LONGEST_STEM)
        length = LONGEST_STEM;
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)name[i];
        out[i] = c < 0x20 || c == 0x7f || c == '\\' ? '_' : (char)c;
    }
    out[length] = 0;
    if (out[0] == '.' || out[0] == '-') /* hidden, or taken for an option */
        out[0] = '_';
    if (length == 0)
        length = (size_t)snprintf(out, STEM_SIZE, "image-%lld",
                                  (long long)image->id);
    return length;
}

/* FNV-1a.  Two names of one value are treated as if they were equal. */
static int64_t hash(const char *text)
{
    uint64_t sum = 0xcbf29ce484222325u;
    for (; *text; text++)
        sum = (sum ^ (unsigned char)*text) * 0x100000001b3u;
    return (int64_t)sum;
}

/* One counter serves all names that meet, or a million equal ones would try a
 * million numbers each. */
static det_status name_image(struct det_output_names *names,
                             struct det_id_index *taken, size_t index,
                             const struct det_data_image *image,
                             unsigned *counter, struct det_message *message)
{
    char stem[STEM_SIZE];
    const size_t length = clean_stem(stem, image);
    uint32_t earlier;
    DET_TRY(det_id_index_add(taken, &earlier, hash(stem), (uint32_t)index,
                             message));
    while (earlier != DET_NO_INDEX) {
        snprintf(stem + length, STEM_SIZE - length, "-%u", ++*counter);
        DET_TRY(det_id_index_add(taken, &earlier, hash(stem), (uint32_t)index,
                                 message));
    }
    return det_text_pool_add(&names->texts, &names->stems[index], stem,
                             strlen(stem), message);
}

det_status det_output_names_init(struct det_output_names *out,
                                 const struct det_dataset *dataset,
                                 struct det_message *message)
{
    struct det_id_index taken = {0};
    unsigned counter = 1;
    *out = (struct det_output_names){0};
    det_status status = det_allocate(&out->stems, dataset->num_images,
                                     sizeof *out->stems, message);
    for (size_t i = 0; i < dataset->num_images && status == DET_OK; i++)
        status =
            name_image(out, &taken, i, &dataset->images[i], &counter, message);
    det_id_index_destroy(&taken);
    if (status != DET_OK)
        det_output_names_destroy(out);
    return status;
}

void det_output_names_destroy(struct det_output_names *names)
{
    free(names->stems);
    det_text_pool_destroy(&names->texts);
    *names = (struct det_output_names){0};
}

det_status det_output_path(char **out, const char *folder, const char *sub,
                           const char *stem, const char *extension,
                           struct det_message *message)
{
    const size_t size = strlen(folder) + strlen(sub) + strlen(stem) +
                        strlen(extension) + sizeof "//.";
    DET_TRY(det_allocate(out, size, 1, message));
    snprintf(*out, size, "%s/%s%s%s%s%s", folder, sub, *sub ? "/" : "", stem,
             *extension ? "." : "", extension);
    return DET_OK;
}

static det_status make_one(const char *path, struct det_message *message)
{
    struct stat about;
    if (mkdir(path, 0777) == 0)
        return DET_OK;
    const int error = errno;
    if (error == EEXIST && stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return DET_OK;
    return det_fail(message, DET_ERROR_WRITE, "%s: cannot make the folder: %s",
                    path, strerror(error));
}

/* Every folder on the way to FOLDER/SUB. */
det_status det_output_folder(const char *folder, const char *sub,
                             struct det_message *message)
{
    char *path;
    DET_TRY(det_output_path(&path, folder, "", sub, "", message));
    det_status status = DET_OK;
    for (char *c = path + 1; *c && status == DET_OK; c++) {
        if (*c != '/' || c[1] == 0 || c[-1] == '/')
            continue;
        *c = 0;
        status = make_one(path, message);
        *c = '/';
    }
    if (status == DET_OK)
        status = make_one(path, message);
    free(path);
    return status;
}

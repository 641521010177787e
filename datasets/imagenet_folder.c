/* SPDX-License-Identifier: MIT */
#include "datasets/imagenet_folder.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/memory.h"
#include "datasets/folder_walk.h"
#include "datasets/voc_xml.h"

enum { MOST_XML = 16 << 20, MOST_LIST = 256 << 20, LONGEST_ID = 63 };

static const char *const xml_endings[] = {"xml", NULL};

struct reader {
    struct det_dataset *out;
    const char *folder;
    const char *base; /* "" or "ILSVRC/" */
    const char *kind; /* "DET" */
    bool is_det;
    struct det_voc_names names;
    size_t files; /* XML files that were there */
    struct det_message *message;
};

static const char *kind_name(enum det_imagenet_kind kind)
{
    return kind == DET_IMAGENET_DET ? "DET" : "CLS-LOC";
}

/* BASE/WHAT/KIND/NAME ENDING below the folder. */
static det_status make_path(char out[PATH_MAX], const struct reader *r,
                            const char *what, const char *name,
                            const char *ending)
{
    const int length = snprintf(out, PATH_MAX, "%s%s/%s%s%s%s", r->base, what,
                                r->kind, *name ? "/" : "", name, ending);
    if (length >= 0 && length < PATH_MAX)
        return DET_OK;
    return det_fail(r->message, DET_ERROR_DATASET,
                    "%s/%.200s...: the name is too long", what, name);
}

/* ------------------------------------------------------------------- images */

/* The last image is called by its place, not by what its file says. */
static det_status name_image(struct reader *r, const char *name)
{
    char path[PATH_MAX];
    DET_TRY(make_path(path, r, "Data", name, ".JPEG"));
    return det_text_pool_add(&r->out->texts,
                             &r->out->images[r->out->num_images - 1].file_name,
                             path, strlen(path), r->message);
}

static det_status read_xml(struct reader *r, const char *path, const char *name)
{
    uint8_t *xml;
    size_t size;
    DET_TRY(
        det_beneath_read(&xml, &size, r->folder, path, MOST_XML, r->message));
    const det_status status = det_voc_parse(
        r->out, &r->names, "image", (const char *)xml, size, r->message);
    free(xml);
    if (status != DET_OK) {
        det_message_prefix(r->message, path);
        return status;
    }
    r->files++;
    return name_image(r, name);
}

/* Is there nothing of this name?  What is there and cannot be opened, such as
 * a link that leads out, is no image without objects. */
static bool is_absent(const struct reader *r, const char *path)
{
    char whole[PATH_MAX];
    struct stat about;
    const int length = snprintf(whole, sizeof whole, "%s/%s", r->folder, path);
    return length >= 0 && length < PATH_MAX && !strstr(path, "..") &&
           lstat(whole, &about) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

/* `name` is below Annotations/KIND and Data/KIND, without its ending. */
static det_status read_image(struct reader *r, const char *name)
{
    char path[PATH_MAX];
    int file;
    DET_TRY(make_path(path, r, "Annotations", name, ".xml"));
    const det_status status =
        det_beneath_open_file(&file, r->folder, path, r->message);
    if (status == DET_OK) {
        close(file);
        return read_xml(r, path, name);
    }
    if (!is_absent(r, path))
        return status;
    const struct det_data_image image = {.id = (int64_t)r->out->num_images + 1,
                                         .file_name = ""};
    DET_TRY(det_dataset_add_image(r->out, &image, r->message));
    return name_image(r, name);
}

/* --------------------------------------------------------------- which ones */

/* Every XML file of Annotations/KIND/PART. */
static det_status read_folder(struct reader *r, const char *part)
{
    struct det_folder_list files;
    char path[PATH_MAX];
    DET_TRY(make_path(path, r, "Annotations", "", ""));
    const size_t skipped = strlen(path) + 1;
    DET_TRY(make_path(path, r, "Annotations", part, ""));
    DET_TRY(det_folder_walk_files(&files, NULL, r->folder, path, xml_endings,
                                  r->message));
    det_status status = DET_OK;
    for (size_t i = 0; status == DET_OK && i < files.count; i++) {
        const char *name = files.names[i] + skipped;
        snprintf(path, sizeof path, "%.*s",
                 (int)(strlen(name) - strlen(".xml")), name);
        status = read_image(r, path);
    }
    det_folder_list_destroy(&files);
    return status;
}

/* "train" of "train_loc" and the first word of a line: "train/NAME". */
static det_status read_line(struct reader *r, const char *list,
                            const char *line)
{
    char name[PATH_MAX];
    const int part = (int)strcspn(list, "_");
    const int size = (int)strcspn(line, " \t\r\n");
    if (size == 0)
        return DET_OK;
    const int length =
        snprintf(name, sizeof name, "%.*s/%.*s", part, list, size, line);
    if (length < 0 || length >= PATH_MAX)
        return det_fail(r->message, DET_ERROR_DATASET,
                        "%s.txt: a name of %d bytes", list, size);
    return read_image(r, name);
}

static det_status read_lines(struct reader *r, const char *list, char *text)
{
    while (*text) {
        char *end = text + strcspn(text, "\n");
        const bool is_last = *end == 0;
        *end = 0;
        text += strspn(text, " \t\r");
        DET_TRY(read_line(r, list, text));
        text = is_last ? end : end + 1;
    }
    return DET_OK;
}

/* A whole text file with a final 0, or NULL when it is not there. */
static det_status read_text(char **out, const struct reader *r,
                            const char *path, size_t limit)
{
    uint8_t *data;
    size_t size;
    int file;
    *out = NULL;
    if (det_beneath_open_file(&file, r->folder, path, NULL) != DET_OK)
        return DET_OK;
    close(file);
    DET_TRY(det_beneath_read(&data, &size, r->folder, path, limit, r->message));
    const det_status status = det_reallocate(&data, size + 1, 1, r->message);
    if (status != DET_OK) {
        free(data);
        return status;
    }
    data[size] = 0;
    *out = (char *)data;
    return DET_OK;
}

static det_status read_list(struct reader *r, const char *list)
{
    char path[PATH_MAX], *text;
    if (strchr(list, '/') || list[0] == '.' || list[0] == 0)
        return det_fail(r->message, DET_ERROR_ARGUMENT,
                        "\"%s\" is not a name of a list", list);
    DET_TRY(make_path(path, r, "ImageSets", list, ".txt"));
    DET_TRY(read_text(&text, r, path, MOST_LIST));
    if (text) {
        const det_status status = read_lines(r, list, text);
        free(text);
        return status;
    }
    DET_TRY(make_path(path, r, "Annotations", list, ""));
    if (det_folder_walk_has(r->folder, path))
        return read_folder(r, list);
    return det_fail(r->message, DET_ERROR_DATASET,
                    "there is neither %sImageSets/%s/%s.txt nor "
                    "%sAnnotations/%s/%s",
                    r->base, r->kind, list, r->base, r->kind, list);
}

/* ------------------------------------------------------------------ classes */

struct class
{
    const char *id;   /* WordNet's */
    const char *name; /* NULL: not said */
    size_t place;     /* among those that occurred, or SIZE_MAX */
};

struct classes {
    struct class *items;
    size_t count;
};

static int by_id(const void *a, const void *b)
{
    const struct class *x = a, *y = b;
    const int order = strcmp(x->id, y->id);
    if (order || !x->name == !y->name)
        return order;
    return x->name ? -1 : 1; /* the one with a name first */
}

/* "n02672831 1 accordion" or "n01440764 tench, Tinca tinca" to two texts. */
static bool split_line(const struct reader *r, char *line, struct class *out)
{
    line += strspn(line, " \t\r");
    line[strcspn(line, "\r")] = 0;
    const size_t length = strcspn(line, " \t");
    char *name = line + length;
    if (length == 0 || length > LONGEST_ID || *name == 0)
        return false;
    *name++ = 0;
    name += strspn(name, " \t");
    if (r->is_det) { /* the number of the development kit */
        name += strspn(name, "0123456789");
        name += strspn(name, " \t");
    }
    *out = (struct class){.id = line, .name = name, .place = SIZE_MAX};
    return *name != 0;
}

static size_t count_lines(const char *text)
{
    size_t count = 1;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

/* The lines of `text` (may be NULL) and what occurred, by id. */
static det_status gather(struct classes *out, const struct reader *r,
                         char *text)
{
    const size_t most = (text ? count_lines(text) : 0) + r->names.count;
    DET_TRY(det_allocate(&out->items, most, sizeof *out->items, r->message));
    for (char *line = text; line && *line;) {
        char *end = line + strcspn(line, "\n");
        char *next = *end ? end + 1 : end;
        *end = 0;
        out->count += split_line(r, line, &out->items[out->count]);
        line = next;
    }
    for (size_t i = 0; i < r->names.count; i++)
        out->items[out->count++] =
            (struct class){.id = r->names.items[i], .place = i};
    qsort(out->items, out->count, sizeof *out->items, by_id);
    return DET_OK;
}

static det_status number_classes(struct reader *r,
                                 const struct classes *classes)
{
    int64_t *ids;
    DET_TRY(det_allocate(&ids, r->names.count, sizeof *ids, r->message));
    det_status status = DET_OK;
    for (size_t i = 0; status == DET_OK && i < classes->count; i++) {
        const struct class *c = &classes->items[i];
        const struct det_data_category category = {
            .id = (int64_t)r->out->num_categories + 1,
            .name = c->name ? c->name : c->id,
            .supercategory = ""};
        if (i == 0 || strcmp(c->id, c[-1].id) != 0)
            status = det_dataset_add_category(r->out, &category, r->message);
        if (c->place != SIZE_MAX)
            ids[c->place] = (int64_t)r->out->num_categories;
    }
    for (size_t i = 0; status == DET_OK && i < r->out->num_annotations; i++)
        r->out->annotations[i].category_id =
            ids[r->out->annotations[i].category_id];
    free(ids);
    return status;
}

static det_status read_mapping(char **out, const struct reader *r)
{
    static const char *const det[] = {"map_det.txt", "devkit/data/map_det.txt",
                                      "ILSVRC/devkit/data/map_det.txt", NULL};
    static const char *const loc[] = {"LOC_synset_mapping.txt",
                                      "ILSVRC/LOC_synset_mapping.txt", NULL};
    *out = NULL;
    for (const char *const *path = r->is_det ? det : loc; !*out && *path;
         path++)
        DET_TRY(read_text(out, r, *path, MOST_XML));
    return DET_OK;
}

static det_status settle_classes(struct reader *r)
{
    struct classes classes = {0};
    char *text;
    DET_TRY(read_mapping(&text, r));
    det_status status = gather(&classes, r, text);
    if (status == DET_OK)
        status = number_classes(r, &classes);
    free(classes.items);
    free(text);
    return status;
}

/* ----------------------------------------------------------------- the whole
 */

static const char *find_base(const char *folder, enum det_imagenet_kind kind)
{
    static const char *const bases[] = {"", "ILSVRC/"};
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        char path[64];
        snprintf(path, sizeof path, "%sAnnotations/%s", bases[i],
                 kind_name(kind));
        if (det_folder_walk_has(folder, path))
            return bases[i];
    }
    return NULL;
}

static det_status read_all(struct reader *r, const char *list)
{
    DET_TRY(list ? read_list(r, list) : read_folder(r, ""));
    if (r->files == 0)
        return det_fail(r->message, DET_ERROR_DATASET,
                        "%sAnnotations/%s: no XML file%s%s", r->base, r->kind,
                        list ? " of the list " : "", list ? list : "");
    return settle_classes(r);
}

det_status det_imagenet_open(struct det_dataset *out,
                             enum det_imagenet_kind kind, const char *folder,
                             const char *list, struct det_message *message)
{
    struct reader r = {.out = out,
                       .folder = folder,
                       .base = find_base(folder, kind),
                       .kind = kind_name(kind),
                       .is_det = kind == DET_IMAGENET_DET,
                       .message = message};
    *out = (struct det_dataset){0};
    if (!r.base)
        return det_fail(message, DET_ERROR_DATASET,
                        "%s: there is no folder Annotations/%s", folder,
                        r.kind);
    const det_status status = read_all(&r, list);
    free(r.names.items);
    if (status == DET_OK)
        det_dataset_finish(out);
    else
        det_dataset_clear(out);
    return status;
}

bool det_imagenet_is_one(const char *folder, enum det_imagenet_kind kind)
{
    return find_base(folder, kind) != NULL;
}

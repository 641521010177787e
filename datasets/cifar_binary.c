/* SPDX-License-Identifier: MIT */
#include "datasets/cifar_binary.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/beneath.h"
#include "base/memory.h"
#include "datasets/folder_list.h"

enum { SIDE = 32, PIXELS = 3 * SIDE * SIDE, MOST_NAMES = 1 << 16 };

static const size_t largest_file = (size_t)1 << 30;

/* What differs between CIFAR-10 and CIFAR-100. */
struct kind {
    size_t label_bytes; /* the last one is the label */
    int classes;
    const char *train, *test; /* how the names of files begin */
    const char *names_file;
    const char *names; /* those of the authors' names_file */
};

static const char names_10[] = "airplane\nautomobile\nbird\ncat\ndeer\ndog\n"
                               "frog\nhorse\nship\ntruck\n";

static const char names_100[] =
    "apple\naquarium_fish\nbaby\nbear\nbeaver\nbed\nbee\nbeetle\nbicycle\n"
    "bottle\nbowl\nboy\nbridge\nbus\nbutterfly\ncamel\ncan\ncastle\n"
    "caterpillar\ncattle\nchair\nchimpanzee\nclock\ncloud\ncockroach\ncouch\n"
    "crab\ncrocodile\ncup\ndinosaur\ndolphin\nelephant\nflatfish\nforest\n"
    "fox\ngirl\nhamster\nhouse\nkangaroo\nkeyboard\nlamp\nlawn_mower\n"
    "leopard\nlion\nlizard\nlobster\nman\nmaple_tree\nmotorcycle\nmountain\n"
    "mouse\nmushroom\noak_tree\norange\norchid\notter\npalm_tree\npear\n"
    "pickup_truck\npine_tree\nplain\nplate\npoppy\nporcupine\npossum\n"
    "rabbit\nraccoon\nray\nroad\nrocket\nrose\nsea\nseal\nshark\nshrew\n"
    "skunk\nskyscraper\nsnail\nsnake\nspider\nsquirrel\nstreetcar\n"
    "sunflower\nsweet_pepper\ntable\ntank\ntelephone\ntelevision\ntiger\n"
    "tractor\ntrain\ntrout\ntulip\nturtle\nwardrobe\nwhale\nwillow_tree\n"
    "wolf\nwoman\nworm\n";

static const struct kind cifar_10 = {.label_bytes = 1,
                                     .classes = 10,
                                     .train = "data_batch",
                                     .test = "test_batch",
                                     .names_file = "batches.meta.txt",
                                     .names = names_10};
static const struct kind cifar_100 = {.label_bytes = 2,
                                      .classes = 100,
                                      .train = "train",
                                      .test = "test",
                                      .names_file = "fine_label_names.txt",
                                      .names = names_100};

static size_t record_size(const struct kind *kind)
{
    return kind->label_bytes + PIXELS;
}

struct reading {
    struct det_dataset *out;
    const struct kind *kind;
    const char *folder;
    struct det_message *message;
};

/* ------------------------------------------------------------------ classes */

static det_status add_classes(struct reading *r, const char *text)
{
    for (int64_t id = 0; id < r->kind->classes; id++) {
        const size_t length = strcspn(text, "\r\n");
        char name[64];
        if (length == 0 || length >= sizeof name)
            return det_fail(r->message, DET_ERROR_DATASET,
                            "%s: line %d: a name of 1 to 63 bytes should be "
                            "there",
                            r->kind->names_file, (int)id + 1);
        snprintf(name, sizeof name, "%.*s", (int)length, text);
        const struct det_data_category category = {
            .id = id, .name = name, .supercategory = ""};
        DET_TRY(det_dataset_add_category(r->out, &category, r->message));
        text += length;
        text += strspn(text, "\r");
        text += *text == '\n';
    }
    return DET_OK;
}

static det_status read_classes(struct reading *r)
{
    uint8_t *data;
    size_t size;
    char *text;
    if (det_beneath_read(&data, &size, r->folder, r->kind->names_file,
                         MOST_NAMES, NULL) != DET_OK)
        return add_classes(r, r->kind->names);
    det_status status = det_allocate(&text, size + 1, 1, r->message);
    if (status == DET_OK) {
        memcpy(text, data, size);
        status = add_classes(r, text);
        free(text);
    }
    free(data);
    return status;
}

/* ------------------------------------------------------------------ records */

static det_status add_record(struct reading *r, const uint8_t *record,
                             const char *file, size_t index)
{
    char name[NAME_MAX + 32];
    const int64_t id = (int64_t)r->out->num_images + 1;
    const int label = record[r->kind->label_bytes - 1];
    if (label >= r->kind->classes)
        return det_fail(r->message, DET_ERROR_DATASET,
                        "%s: byte %zu: label %d; 0 to %d are possible", file,
                        index * record_size(r->kind) + r->kind->label_bytes - 1,
                        label, r->kind->classes - 1);
    snprintf(name, sizeof name, "%s#%zu", file, index);
    const struct det_data_image image = {.id = id,
                                         .width = SIDE,
                                         .height = SIDE,
                                         .file_name = name,
                                         .planes =
                                             record + r->kind->label_bytes};
    const struct det_annotation annotation = {.id = id,
                                              .image_id = id,
                                              .category_id = label,
                                              .box = {NAN, NAN, NAN, NAN},
                                              .area = NAN};
    DET_TRY(det_dataset_add_image(r->out, &image, r->message));
    return det_dataset_add_annotation(r->out, &annotation, r->message);
}

static det_status read_file(struct reading *r, const char *file)
{
    const size_t record = record_size(r->kind);
    uint8_t *data;
    size_t size;
    DET_TRY(det_beneath_read(&data, &size, r->folder, file, largest_file,
                             r->message));
    det_status status = det_dataset_keep_block(r->out, data, r->message);
    if (status == DET_OK && (size == 0 || size % record != 0))
        status = det_fail(r->message, DET_ERROR_DATASET,
                          "%s: %zu bytes; records have %zu, and the last one "
                          "is cut at byte %zu",
                          file, size, record, size / record * record);
    for (size_t i = 0; status == DET_OK && i < size / record; i++)
        status = add_record(r, data + i * record, file, i);
    return status;
}

/* ----------------------------------------------------------------- the whole
 */

static det_status read_folder(struct reading *r, const char *list)
{
    const bool test = list && strcmp(list, "test") == 0;
    const char *begin = test ? r->kind->test : r->kind->train;
    struct det_folder_list files;
    if (list && !test && strcmp(list, "train") != 0)
        return det_fail(r->message, DET_ERROR_DATASET,
                        "there is no list \"%s\": train (%s*.bin) or test "
                        "(%s*.bin)",
                        list, r->kind->train, r->kind->test);
    DET_TRY(read_classes(r));
    DET_TRY(det_folder_list_read(&files, r->folder, "bin", r->message));
    det_status status = DET_OK;
    for (size_t i = 0; status == DET_OK && i < files.count; i++)
        if (strncmp(files.names[i], begin, strlen(begin)) == 0)
            status = read_file(r, files.names[i]);
    det_folder_list_destroy(&files);
    if (status == DET_OK && r->out->num_images == 0)
        return det_fail(r->message, DET_ERROR_DATASET, "no %s*.bin there",
                        begin);
    return status;
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* "FOLDER/" and NAME of a path. */
static det_status split_path(char **folder, const char **name, const char *path,
                             struct det_message *message)
{
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    DET_TRY(det_copy_text(folder, slash ? path : "./", message));
    if (slash)
        (*folder)[slash + 1 - path] = 0;
    return DET_OK;
}

static det_status read_path(struct reading *r, const char *path,
                            const char *list)
{
    char *folder;
    const char *name;
    r->folder = path;
    if (is_folder(path))
        return read_folder(r, list);
    DET_TRY(split_path(&folder, &name, path, r->message));
    r->folder = folder;
    det_status status = read_classes(r);
    if (status == DET_OK)
        status = read_file(r, name);
    free(folder);
    return status;
}

det_status det_cifar_open(struct det_dataset *out, int classes,
                          const char *path, const char *list,
                          struct det_message *message)
{
    struct reading r = {.out = out,
                        .kind = classes == 100 ? &cifar_100 : &cifar_10,
                        .message = message};
    *out = (struct det_dataset){0};
    const det_status status = read_path(&r, path, list);
    if (status == DET_OK)
        det_dataset_finish(out);
    else
        det_dataset_clear(out);
    return status;
}

static bool has_file(const char *folder, const char *name)
{
    char path[PATH_MAX];
    struct stat about;
    const int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    return length >= 0 && length < PATH_MAX && stat(path, &about) == 0 &&
           S_ISREG(about.st_mode);
}

int det_cifar_is_one(const char *path)
{
    const char *dot = strrchr(path, '.');
    struct stat about;
    if (stat(path, &about) != 0)
        return 0;
    if (S_ISDIR(about.st_mode))
        return has_file(path, "data_batch_1.bin") ||
                       has_file(path, "test_batch.bin")
                   ? 10
               : has_file(path, "train.bin") || has_file(path, "test.bin") ? 100
                                                                           : 0;
    if (!dot || strcmp(dot, ".bin") != 0 || about.st_size <= 0)
        return 0;
    /* 3073 x 3074 bytes are 9 MB; what fits both is taken for the better
     * known */
    return about.st_size % (off_t)record_size(&cifar_10) == 0    ? 10
           : about.st_size % (off_t)record_size(&cifar_100) == 0 ? 100
                                                                 : 0;
}

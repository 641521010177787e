/* SPDX-License-Identifier: MIT */
/*
 * usage: compare_detections REFERENCE.json OURS.jsonl [PERCENT] [-v]
 *
 * REFERENCE.json: {"photos": [{"file", "height", "width", "boxes": [[x1, y1,
 * x2, y2]...], "scores", "labels", "masks": [RLE...]}...]}.  OURS.jsonl: what
 * `detect --format=jsonl` prints.  Photos go together by file name without
 * folder and extension.  Prints one line and succeeds when at least PERCENT
 * (99.5) of the reference are matched and no more than 100 - PERCENT are extra.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "eval/agreement.h"

static void die(const char *what, const char *where)
{
    fprintf(stderr, "compare_detections: %s: %s\n", where, what);
    exit(2);
}

static char *read_text(const char *path)
{
    static struct det_message message;
    uint8_t *data;
    size_t size;
    if (det_file_read(&data, &size, path, (size_t)1 << 30, &message) != DET_OK)
        die("cannot be read", path);
    char *text = realloc(data, size + 1);
    if (!text)
        die("no memory", path);
    text[size] = '\0';
    return text;
}

/* "a/b/photo.jpg" and "photo.png" are the same photo. */
static bool same_photo(const char *a, const char *b)
{
    const char *x = strrchr(a, '/'), *y = strrchr(b, '/');
    x = x ? x + 1 : a;
    y = y ? y + 1 : b;
    return strcspn(x, ".") == strcspn(y, ".") &&
           strncmp(x, y, strcspn(x, ".")) == 0;
}

static double number_at(const cJSON *array, int index)
{
    const cJSON *item = cJSON_GetArrayItem(array, index);
    if (!cJSON_IsNumber(item))
        die("a number is missing", "JSON");
    return item->valuedouble;
}

static void read_mask(struct det_found *found, const cJSON *rle)
{
    static struct det_message message;
    const char *counts =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(rle, "counts"));
    const cJSON *size = cJSON_GetObjectItemCaseSensitive(rle, "size");
    if (!counts)
        return;
    if (det_rle_parse(&found->mask, counts, strlen(counts),
                      (int32_t)number_at(size, 1), (int32_t)number_at(size, 0),
                      &message) != DET_OK)
        die(message.text, "mask");
    found->has_mask = true;
}

static struct det_found_list make_list(size_t count)
{
    struct det_found_list list = {calloc(count ? count : 1, sizeof *list.items),
                                  count};
    if (!list.items)
        die("no memory", "JSON");
    return list;
}

static struct det_found_list read_reference(const cJSON *photo)
{
    const cJSON *boxes = cJSON_GetObjectItemCaseSensitive(photo, "boxes");
    const cJSON *scores = cJSON_GetObjectItemCaseSensitive(photo, "scores");
    const cJSON *labels = cJSON_GetObjectItemCaseSensitive(photo, "labels");
    const cJSON *masks = cJSON_GetObjectItemCaseSensitive(photo, "masks");
    const cJSON *box;
    struct det_found_list list = make_list((size_t)cJSON_GetArraySize(boxes));
    int i = 0;
    cJSON_ArrayForEach(box, boxes)
    {
        struct det_found *found = &list.items[i];
        found->label = (int)number_at(labels, i);
        found->score = number_at(scores, i);
        for (int k = 0; k < 4; k++)
            found->box[k] = number_at(box, k);
        read_mask(found, cJSON_GetArrayItem(masks, i));
        i++;
    }
    return list;
}

static struct det_found_list read_ours(const cJSON *photo)
{
    const cJSON *objects = cJSON_GetObjectItemCaseSensitive(photo, "objects");
    const cJSON *object;
    struct det_found_list list = make_list((size_t)cJSON_GetArraySize(objects));
    struct det_found *found = list.items;
    cJSON_ArrayForEach(object, objects)
    {
        const cJSON *box = cJSON_GetObjectItemCaseSensitive(object, "bbox");
        found->label = (int)cJSON_GetNumberValue(
            cJSON_GetObjectItemCaseSensitive(object, "category_id"));
        found->score = cJSON_GetNumberValue(
            cJSON_GetObjectItemCaseSensitive(object, "score"));
        for (int k = 0; k < 4; k++)
            found->box[k] =
                number_at(box, k) + (k < 2 ? 0.0 : number_at(box, k - 2));
        read_mask(found,
                  cJSON_GetObjectItemCaseSensitive(object, "segmentation"));
        found++;
    }
    return list;
}

static char *file_of(const cJSON *photo)
{
    char *file =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(photo, "file"));
    if (!file)
        die("a photo without a file name", "JSON");
    return file;
}

static void describe_miss(void *user, const struct det_found *a,
                          const struct det_found *nearest)
{
    printf("%s: missed label %d score %.5f box %.2f,%.2f,%.2f,%.2f",
           (const char *)user, a->label, a->score, a->box[0], a->box[1],
           a->box[2], a->box[3]);
    if (nearest)
        printf("; nearest: score %+.5f, side %.3f, mask IoU %.4f%s",
               nearest->score - a->score, det_found_distance(a, nearest),
               det_found_mask_iou(a, nearest), nearest->used ? ", taken" : "");
    putchar('\n');
}

static void compare_photo(struct det_agreement *agreement,
                          const cJSON *reference, const cJSON *ours,
                          bool verbose)
{
    struct det_found_list theirs = read_reference(reference);
    struct det_found_list mine = read_ours(ours);
    char *file = file_of(reference);
    det_agreement_add(agreement, &theirs, &mine, verbose ? describe_miss : NULL,
                      file);
    det_found_list_destroy(&theirs);
    det_found_list_destroy(&mine);
}

/* One photo a line; each must be one of the reference. */
static size_t compare_lines(struct det_agreement *agreement,
                            const cJSON *photos, char *lines, bool verbose)
{
    size_t compared = 0;
    for (char *line = strtok_r(lines, "\n", &lines); line;
         line = strtok_r(NULL, "\n", &lines), compared++) {
        const cJSON *photo;
        cJSON *ours = cJSON_Parse(line);
        bool found = false;
        cJSON_ArrayForEach(photo, photos)
        {
            if (found || !same_photo(file_of(photo), file_of(ours)))
                continue;
            compare_photo(agreement, photo, ours, verbose);
            found = true;
        }
        if (!found)
            die("a photo that the reference has not", file_of(ours));
        cJSON_Delete(ours);
    }
    return compared;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: compare_detections REFERENCE.json OURS.jsonl "
              "[PERCENT] [-v]\n",
              stderr);
        return 2;
    }
    const double percent = argc > 3 ? strtod(argv[3], NULL) : 99.5;
    const bool verbose = argc > 4 && strcmp(argv[4], "-v") == 0;
    struct det_agreement a = {0};
    char *text = read_text(argv[1]), *lines = read_text(argv[2]);
    cJSON *root = cJSON_Parse(text);
    const cJSON *photos = cJSON_GetObjectItemCaseSensitive(root, "photos");
    const size_t compared = compare_lines(&a, photos, lines, verbose);
    if (compared != (size_t)cJSON_GetArraySize(photos))
        die("photos are missing", argv[2]);
    const double all = a.reference ? (double)a.reference : 1.0;
    const double matched = 100.0 * (double)a.matched / all;
    const double extra = 100.0 * (double)a.extra / all;
    printf("%zu photos, %zu detections, %.2f %% matched, %.2f %% extra, box "
           "sides within %.4f px, scores within %.6f\n",
           compared, a.reference, matched, extra, a.worst_box, a.worst_score);
    cJSON_Delete(root);
    free(text);
    free(lines);
    return a.reference == 0 || matched < percent || extra > 100.0 - percent;
}

/* SPDX-License-Identifier: MIT */
#include "datasets/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "datasets/check_files.h"
#include "datasets/check_masks.h"
#include "datasets/finding.h"

/* COCO's size ranges, both ends included (cocoeval.py, Params). */
static const double small_to = 32 * 32, medium_to = 96 * 96;

/* How far a box may reach beyond its image, pixels: rounding does that. */
static const double tolerance = 1.0;

struct checking {
    const struct det_dataset *dataset;
    struct det_findings found;
    struct det_message *message;
    size_t *objects, *crowds; /* by category */
    size_t *annotations;      /* by image */
    size_t small, medium, large;
    bool is_classification; /* boxes are not missed */
};

/* ------------------------------------------------------------- annotations */

static bool has_number(const double box[4], bool (*is)(double))
{
    return is(box[0]) || is(box[1]) || is(box[2]) || is(box[3]);
}

static bool is_nan(double x)
{
    return isnan(x);
}

static bool is_not_finite(double x)
{
    return !isfinite(x);
}

static det_status check_box_place(struct checking *c,
                                  const struct det_annotation *a)
{
    const struct det_data_image *image = &c->dataset->images[a->image];
    const double *b = a->box, w = image->width, h = image->height;
    if (w <= 0 || h <= 0)
        return DET_OK;
    const enum det_finding_kind kind =
        b[0] >= w || b[1] >= h || b[0] + b[2] <= 0 || b[1] + b[3] <= 0
            ? DET_FIND_BOX_OUTSIDE
            : DET_FIND_BOX_STICKS_OUT;
    if (kind == DET_FIND_BOX_STICKS_OUT && b[0] >= -tolerance &&
        b[1] >= -tolerance && b[0] + b[2] <= w + tolerance &&
        b[1] + b[3] <= h + tolerance)
        return DET_OK;
    return det_findings_add_detail(
        &c->found, kind, a->id, "[%.6g, %.6g, %.6g, %.6g] in %d x %d", b[0],
        b[1], b[2], b[3], image->width, image->height);
}

static det_status check_box(struct checking *c, const struct det_annotation *a)
{
    const double *b = a->box;
    if (has_number(b, is_not_finite)) {
        const bool is_missing = has_number(b, is_nan);
        det_findings_add(
            &c->found,
            is_missing ? DET_FIND_BOX_MISSING : DET_FIND_BOX_NOT_FINITE, a->id);
        return DET_OK;
    }
    if (b[2] <= 0 || b[3] <= 0)
        return det_findings_add_detail(&c->found, DET_FIND_BOX_EMPTY, a->id,
                                       "[%.6g, %.6g, %.6g, %.6g]", b[0], b[1],
                                       b[2], b[3]);
    return a->image == DET_NO_INDEX ? DET_OK : check_box_place(c, a);
}

static det_status check_area(struct checking *c, const struct det_annotation *a)
{
    const double box = a->box[2] * a->box[3];
    if (isnan(a->area)) {
        det_findings_add(&c->found, DET_FIND_AREA_MISSING, a->id);
        return DET_OK;
    }
    if (a->area < 0)
        det_findings_add(&c->found, DET_FIND_AREA_BELOW_ZERO, a->id);
    else if (a->area == 0)
        det_findings_add(&c->found, DET_FIND_AREA_ZERO, a->id);
    else if (box > 0 && a->area > 1.05 * box + 2)
        /* a mask may have more pixels than a tight box around its outline */
        return det_findings_add_detail(&c->found, DET_FIND_AREA_TOO_LARGE,
                                       a->id, "%.6g in a box of %.6g", a->area,
                                       box);
    return DET_OK;
}

static void count(struct checking *c, const struct det_annotation *a)
{
    if (a->image != DET_NO_INDEX)
        c->annotations[a->image]++;
    if (a->image == DET_NO_INDEX || a->category == DET_NO_INDEX)
        return;
    if (a->is_crowd) {
        c->crowds[a->category]++;
        return;
    }
    c->objects[a->category]++;
    c->small += a->area >= 0 && a->area <= small_to;
    c->medium += a->area >= small_to && a->area <= medium_to;
    c->large += a->area >= medium_to;
}

static det_status check_annotation(struct checking *c,
                                   const struct det_annotation *a)
{
    if (a->id == 0)
        det_findings_add(&c->found, DET_FIND_ANNOTATION_ID_ZERO, 0);
    if (a->image == DET_NO_INDEX)
        DET_TRY(det_findings_add_detail(&c->found, DET_FIND_IMAGE_UNKNOWN,
                                        a->id, "image_id %lld",
                                        (long long)a->image_id));
    if (a->category == DET_NO_INDEX)
        DET_TRY(det_findings_add_detail(&c->found, DET_FIND_CATEGORY_UNKNOWN,
                                        a->id, "category_id %lld",
                                        (long long)a->category_id));
    count(c, a);
    if (c->is_classification)
        return DET_OK;
    DET_TRY(check_box(c, a));
    DET_TRY(check_area(c, a));
    return DET_OK;
}

/* ------------------------------------------------------------ what is twice */

static int by_id(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static det_status check_ids(struct checking *c)
{
    const struct det_dataset *d = c->dataset;
    int64_t *ids;
    DET_TRY(det_allocate(&ids, d->num_annotations, sizeof *ids, c->message));
    for (size_t i = 0; i < d->num_annotations; i++)
        ids[i] = d->annotations[i].id;
    qsort(ids, d->num_annotations, sizeof *ids, by_id);
    for (size_t i = 1; i < d->num_annotations; i++)
        if (ids[i] == ids[i - 1])
            det_findings_add(&c->found, DET_FIND_ANNOTATION_ID_TWICE, ids[i]);
    free(ids);
    return DET_OK;
}

/* Of two objects of one class in one image: by their boxes. */
static int by_place(const void *a, const void *b)
{
    const struct det_annotation *x = *(struct det_annotation *const *)a;
    const struct det_annotation *y = *(struct det_annotation *const *)b;
    if (x->image != y->image)
        return x->image < y->image ? -1 : 1;
    if (x->category != y->category)
        return x->category < y->category ? -1 : 1;
    for (int i = 0; i < 4; i++)
        if (x->box[i] != y->box[i])
            return x->box[i] < y->box[i] ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static bool is_same_object(const struct det_annotation *a,
                           const struct det_annotation *b)
{
    return a->image == b->image && a->category == b->category &&
           memcmp(a->box, b->box, sizeof a->box) == 0;
}

static det_status check_copies(struct checking *c)
{
    const struct det_dataset *d = c->dataset;
    const struct det_annotation **all;
    size_t n = 0;
    DET_TRY(det_allocate(&all, d->num_annotations, sizeof *all, c->message));
    for (size_t i = 0; i < d->num_annotations; i++) {
        const struct det_annotation *a = &d->annotations[i];
        if (a->image != DET_NO_INDEX && a->category != DET_NO_INDEX &&
            !a->is_crowd && !has_number(a->box, is_not_finite))
            all[n++] = a;
    }
    qsort(all, n, sizeof *all, by_place);
    for (size_t i = 1; i < n; i++)
        if (is_same_object(all[i - 1], all[i]))
            det_findings_add(&c->found, DET_FIND_OBJECT_TWICE, all[i]->id);
    free(all);
    return DET_OK;
}

struct named {
    const char *name;
    int64_t id;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    return order ? order : x->id < y->id ? -1 : x->id > y->id;
}

static det_status check_names(struct checking *c, struct named *names, size_t n,
                              enum det_finding_kind none,
                              enum det_finding_kind twice)
{
    qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; i < n; i++) {
        if (names[i].name[0] == 0)
            det_findings_add(&c->found, none, names[i].id);
        else if (i && strcmp(names[i].name, names[i - 1].name) == 0)
            DET_TRY(det_findings_add_detail(&c->found, twice, names[i].id,
                                            "%.200s", names[i].name));
    }
    return DET_OK;
}

static det_status check_all_names(struct checking *c)
{
    const struct det_dataset *d = c->dataset;
    const size_t most =
        d->num_images > d->num_categories ? d->num_images : d->num_categories;
    struct named *names;
    DET_TRY(det_allocate(&names, most, sizeof *names, c->message));
    for (size_t i = 0; i < d->num_images; i++)
        names[i] = (struct named){d->images[i].file_name, d->images[i].id};
    det_status status =
        check_names(c, names, d->num_images, DET_FIND_IMAGE_NO_NAME,
                    DET_FIND_IMAGE_NAME_TWICE);
    for (size_t i = 0; i < d->num_categories; i++)
        names[i] = (struct named){d->categories[i].name, d->categories[i].id};
    if (status == DET_OK)
        status =
            check_names(c, names, d->num_categories, DET_FIND_CATEGORY_NO_NAME,
                        DET_FIND_CATEGORY_NAME_TWICE);
    free(names);
    return status;
}

/* ------------------------------------------------------- the set as a whole */

static void take_repeated(struct det_finding *finding,
                          const struct det_repeated_ids *repeated)
{
    finding->count = repeated->count;
    while (finding->id_count < repeated->count &&
           finding->id_count < DET_REPEATED_KEPT &&
           finding->id_count < DET_FINDING_IDS) {
        finding->ids[finding->id_count] = repeated->first[finding->id_count];
        finding->id_count++;
    }
}

static det_status check_categories(struct checking *c, size_t *objects)
{
    const struct det_dataset *d = c->dataset;
    for (size_t i = 0; i < d->num_categories; i++) {
        const struct det_data_category *category = &d->categories[i];
        *objects += c->objects[i];
        if (category->id == 0 && !c->is_classification)
            det_findings_add(&c->found, DET_FIND_CATEGORY_ID_ZERO, 0);
        if (c->objects[i])
            continue;
        DET_TRY(
            det_findings_add_detail(&c->found,
                                    c->crowds[i] ? DET_FIND_CATEGORY_ONLY_CROWD
                                                 : DET_FIND_CATEGORY_UNUSED,
                                    category->id, "%.200s", category->name));
    }
    return DET_OK;
}

static det_status check_whole(struct checking *c)
{
    const struct det_dataset *d = c->dataset;
    size_t objects = 0;
    take_repeated(&c->found.of[DET_FIND_IMAGE_ID_TWICE], &d->repeated_images);
    take_repeated(&c->found.of[DET_FIND_CATEGORY_ID_TWICE],
                  &d->repeated_categories);
    DET_TRY(check_categories(c, &objects));
    for (size_t i = 0; i < d->num_images; i++) {
        if (!c->is_classification &&
            (d->images[i].width <= 0 || d->images[i].height <= 0))
            det_findings_add(&c->found, DET_FIND_IMAGE_NO_SIZE,
                             d->images[i].id);
        if (c->annotations[i] == 0)
            det_findings_add(&c->found, DET_FIND_IMAGE_UNUSED, d->images[i].id);
    }
    c->found.of[DET_FIND_NO_IMAGES].count = d->num_images == 0;
    c->found.of[DET_FIND_NO_CATEGORIES].count = d->num_categories == 0;
    c->found.of[DET_FIND_NO_OBJECTS].count = objects == 0;
    c->found.of[DET_FIND_NO_BOXES].count = c->is_classification;
    if (c->is_classification)
        return DET_OK;
    c->found.of[DET_FIND_NO_SMALL].count = objects && c->small == 0;
    c->found.of[DET_FIND_NO_MEDIUM].count = objects && c->medium == 0;
    c->found.of[DET_FIND_NO_LARGE].count = objects && c->large == 0;
    return DET_OK;
}

/* ------------------------------------------------------------------- report */

static det_status check_all(struct checking *c, const char *folder)
{
    const struct det_dataset *d = c->dataset;
    DET_TRY(det_allocate(&c->objects, d->num_categories, sizeof *c->objects,
                         c->message));
    DET_TRY(det_allocate(&c->crowds, d->num_categories, sizeof *c->crowds,
                         c->message));
    DET_TRY(det_allocate(&c->annotations, d->num_images, sizeof *c->annotations,
                         c->message));
    for (size_t i = 0; i < d->num_annotations; i++)
        DET_TRY(check_annotation(c, &d->annotations[i]));
    DET_TRY(check_ids(c));
    DET_TRY(check_copies(c));
    DET_TRY(check_all_names(c));
    DET_TRY(check_whole(c));
    if (!c->is_classification)
        DET_TRY(det_check_masks(&c->found, d));
    return folder ? det_check_files(&c->found, d, folder) : DET_OK;
}

/* The kinds are in order of severity. */
static det_status fill_report(struct det_check_report *report,
                              struct det_findings *found)
{
    DET_TRY(det_allocate(&report->findings, DET_FIND_KINDS,
                         sizeof *report->findings, found->message));
    for (int kind = 0; kind < DET_FIND_KINDS; kind++) {
        det_finding *finding = &found->of[kind];
        if (finding->count == 0)
            continue;
        det_finding_describe(finding, (enum det_finding_kind)kind);
        report->findings[report->count++] = *finding;
    }
    return DET_OK;
}

det_status det_check_dataset(struct det_check_report *report,
                             const struct det_dataset *dataset,
                             const char *folder, struct det_message *message)
{
    struct checking *c;
    DET_TRY(det_allocate(&c, 1, sizeof *c, message));
    c->dataset = dataset;
    c->is_classification = det_dataset_lacks_boxes(dataset);
    c->message = message;
    c->found.message = message;
    c->found.texts = &report->texts;
    det_status status = check_all(c, folder);
    if (status == DET_OK)
        status = fill_report(report, &c->found);
    if (status != DET_OK)
        det_check_report_clear(report);
    free(c->objects);
    free(c->crowds);
    free(c->annotations);
    free(c);
    return status;
}

void det_check_report_clear(struct det_check_report *report)
{
    free(report->findings);
    det_text_pool_destroy(&report->texts);
    *report = (struct det_check_report){0};
}

/* SPDX-License-Identifier: MIT */
#include "datasets/stats.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* A bin holds what is below `end`. */
struct bin {
    double end;
    const char *name;
};

static const struct bin aspects[] = {
    {1 / 4.0, "below 1:4"},
    {1 / 3.0, "1:4 - 1:3"},
    {1 / 2.0, "1:3 - 1:2"},
    {2 / 3.0, "1:2 - 2:3"},
    {1, "2:3 - 1:1"},
    {3 / 2.0, "1:1 - 3:2"},
    {2, "3:2 - 2:1"},
    {3, "2:1 - 3:1"},
    {4, "3:1 - 4:1"},
    {INFINITY, "4:1 and above"},
    {0, NULL},
};

static const struct bin numbers[] = {
    {1, "0"},          {2, "1"},
    {3, "2"},          {5, "3 - 4"},
    {9, "5 - 8"},      {17, "9 - 16"},
    {33, "17 - 32"},   {65, "33 - 64"},
    {101, "65 - 100"}, {INFINITY, "101 and above"},
    {0, NULL},
};

static const struct bin sizes[] = {
    {8, "below 8"},     {16, "8 - 16"},     {32, "16 - 32"},
    {64, "32 - 64"},    {96, "64 - 96"},    {128, "96 - 128"},
    {256, "128 - 256"}, {512, "256 - 512"}, {INFINITY, "512 and above"},
    {0, NULL},
};

static const struct bin *const histograms[DET_HISTOGRAMS] = {
    [DET_HISTOGRAM_ASPECT] = aspects,
    [DET_HISTOGRAM_PER_IMAGE] = numbers,
    [DET_HISTOGRAM_SIZE] = sizes,
};

const char *det_stats_bin_name(det_histogram histogram, size_t index)
{
    if ((unsigned)histogram >= DET_HISTOGRAMS)
        return NULL;
    for (size_t i = 0; i < index; i++)
        if (!histograms[histogram][i].name)
            return NULL;
    return histograms[histogram][index].name;
}

static void put(struct det_dataset_stats *stats, det_histogram histogram,
                double value)
{
    const struct bin *bins = histograms[histogram];
    size_t i = 0;
    while (bins[i + 1].name && !(value < bins[i].end))
        i++;
    stats->bins[histogram][i]++;
}

/* ------------------------------------------------------------------ objects */

/* The file's area, or the box's; NaN when neither is of use. */
static double area_of(const struct det_annotation *a)
{
    const double box = a->box[2] * a->box[3];
    return isfinite(a->area) && a->area >= 0 ? a->area
           : isfinite(box) && box >= 0       ? box
                                             : NAN;
}

/* mean_area is a sum until the end. */
static void add_object(det_category_stats *s, double area)
{
    s->objects++;
    if (isnan(area))
        return;
    s->mean_area += area;
    s->small += area < 32 * 32;
    s->medium += area >= 32 * 32 && area < 96 * 96;
    s->large += area >= 96 * 96;
}

static void measure_object(struct det_dataset_stats *out,
                           const struct det_annotation *a)
{
    const double area = area_of(a);
    add_object(&out->total, area);
    add_object(&out->categories[a->category], area);
    if (!isnan(area))
        put(out, DET_HISTOGRAM_SIZE, sqrt(area));
    if (a->box[2] > 0 && a->box[3] > 0)
        put(out, DET_HISTOGRAM_ASPECT, a->box[2] / a->box[3]);
}

static void finish(det_category_stats *s)
{
    const size_t measured = s->small + s->medium + s->large;
    s->mean_area = measured ? s->mean_area / (double)measured : 0;
}

/* ------------------------------------------------------------------- images */

static int by_image_and_category(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Pairs of an image and a category, each counted once. */
static void count_images(struct det_dataset_stats *out, uint64_t *pairs,
                         size_t count)
{
    qsort(pairs, count, sizeof *pairs, by_image_and_category);
    for (size_t i = 0; i < count; i++) {
        if (i && pairs[i] == pairs[i - 1])
            continue;
        out->categories[pairs[i] & UINT32_MAX].images++;
        out->total.images += i == 0 || pairs[i] >> 32 != pairs[i - 1] >> 32;
    }
}

static det_status measure(struct det_dataset_stats *out,
                          const struct det_dataset *dataset, uint64_t *pairs,
                          size_t *objects)
{
    size_t count = 0;
    for (size_t i = 0; i < dataset->num_annotations; i++) {
        const struct det_annotation *a = &dataset->annotations[i];
        if (a->image == DET_NO_INDEX || a->category == DET_NO_INDEX)
            continue;
        pairs[count++] = (uint64_t)a->image << 32 | a->category;
        if (a->is_crowd) {
            out->total.crowds++;
            out->categories[a->category].crowds++;
            continue;
        }
        objects[a->image]++;
        measure_object(out, a);
    }
    count_images(out, pairs, count);
    for (size_t i = 0; i < dataset->num_images; i++)
        put(out, DET_HISTOGRAM_PER_IMAGE, (double)objects[i]);
    finish(&out->total);
    for (size_t i = 0; i < out->count; i++)
        finish(&out->categories[i]);
    return DET_OK;
}

static det_status prepare(struct det_dataset_stats *out,
                          const struct det_dataset *dataset,
                          struct det_message *message)
{
    DET_TRY(det_allocate(&out->categories, dataset->num_categories,
                         sizeof *out->categories, message));
    out->count = dataset->num_categories;
    out->total.id = -1;
    out->total.name = "";
    for (size_t i = 0; i < out->count; i++) {
        out->categories[i].id = dataset->categories[i].id;
        out->categories[i].name = dataset->categories[i].name;
    }
    return DET_OK;
}

det_status det_stats_measure(struct det_dataset_stats *out,
                             const struct det_dataset *dataset,
                             struct det_message *message)
{
    uint64_t *pairs = NULL;
    size_t *objects = NULL;
    det_status status;
    *out = (struct det_dataset_stats){0};
    DET_TRY_OR_FAIL(prepare(out, dataset, message));
    DET_TRY_OR_FAIL(
        det_allocate(&pairs, dataset->num_annotations, sizeof *pairs, message));
    DET_TRY_OR_FAIL(
        det_allocate(&objects, dataset->num_images, sizeof *objects, message));
    DET_TRY_OR_FAIL(measure(out, dataset, pairs, objects));
fail:
    free(pairs);
    free(objects);
    if (status != DET_OK)
        det_stats_clear(out);
    return status;
}

void det_stats_clear(struct det_dataset_stats *stats)
{
    free(stats->categories);
    *stats = (struct det_dataset_stats){0};
}

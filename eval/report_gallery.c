/* SPDX-License-Identifier: MIT */
#include "eval/report_gallery.h"

#include <math.h>
#include <stdlib.h>

#include "base/beneath.h"
#include "eval/coco_overlaps.h"
#include "eval/crop.h"
#include "eval/report_worst.h"
#include "image/image.h"

enum { MOST_FILE = 1 << 28, MOST_PIXELS = 1 << 27 };
enum { DIGITS = 4, PLACE_DIGITS = 1, MARGIN = 12, LEAST_SIDE = 48 };

struct gallery {
    struct det_page_writer *w;
    const struct det_report *report;
    const struct det_report_analysis *analysis;
    const struct det_report_classes *classes;
    struct det_shape_maker maker;
    uint32_t image;     /* the one that is open, or DET_NO_INDEX */
    det_image *picture; /* NULL: cannot be read */
    struct det_message *message;
};

/* -------------------------------------------------------------------- photos
 */

/* What cannot be read becomes a grey tile; the reason does not matter here. */
static det_image *read_picture(const struct gallery *g, uint32_t image)
{
    uint8_t *data;
    size_t size;
    det_image *picture = NULL;
    const char *name = g->report->dataset->images[image].file_name;
    if (!g->report->images || det_beneath_read(&data, &size, g->report->images,
                                               name, MOST_FILE, NULL) != DET_OK)
        return NULL;
    if (det_image_decode(&picture, data, size, MOST_PIXELS, NULL) != DET_OK)
        picture = NULL;
    free(data);
    return picture;
}

static void open_picture(struct gallery *g, uint32_t image)
{
    if (g->image == image)
        return;
    det_image_destroy(&g->picture);
    g->picture = read_picture(g, image);
    g->image = image;
}

/* The size that boxes refer to; 0 when nobody knows it. */
static void image_size(const struct gallery *g, int32_t size[2])
{
    const struct det_data_image *image = &g->report->dataset->images[g->image];
    const det_pixels pixels = det_image_pixels(g->picture);
    size[0] = image->width ? image->width : pixels.width;
    size[1] = image->height ? image->height : pixels.height;
}

/* -------------------------------------------------------------------- shapes
 */

/* The two objects an error is about. */
struct pair {
    struct det_shape found, truth;
    bool has_found, has_truth;
};

static bool is_drawable(const struct det_shape *shape)
{
    for (int i = 0; i < 4; i++)
        if (!(fabs(shape->box[i]) < 1e6))
            return false;
    return true;
}

/* A shape that cannot be made is not shown. */
static void load_pair(struct gallery *g, struct pair *out,
                      const struct det_worst *worst)
{
    const struct det_dataset *dataset = g->report->dataset;
    const struct det_results *results = g->analysis->run->results;
    const bool missed = worst->kind == DET_TIDE_MISSED;
    const uint32_t truth =
        missed ? worst->place : g->analysis->tide.found[worst->place].truth;
    *out = (struct pair){.has_found = false};
    if (!missed)
        out->has_found =
            det_shape_of_found(&out->found, &g->maker, dataset,
                               &results->objects[worst->place]) == DET_OK &&
            is_drawable(&out->found);
    if (truth != DET_NO_INDEX)
        out->has_truth =
            det_shape_of_truth(&out->truth, &g->maker, dataset,
                               &dataset->annotations[truth]) == DET_OK &&
            is_drawable(&out->truth);
}

static void drop_pair(struct pair *pair)
{
    det_rle_destroy(&pair->found.mask);
    det_rle_destroy(&pair->truth.mask);
}

/* -------------------------------------------------------------------- region
 */

static void extend(double span[4], const double box[4])
{
    span[0] = fmin(span[0], box[0]);
    span[1] = fmin(span[1], box[1]);
    span[2] = fmax(span[2], box[0] + box[2]);
    span[3] = fmax(span[3], box[1] + box[3]);
}

/* Round [low, high] with a margin to whole pixels of 0..size (0: no limit). */
static void clip_side(int32_t *begin, int32_t *length, double low, double high,
                      int32_t size)
{
    const double margin =
        fmax(MARGIN + 0.2 * (high - low), (LEAST_SIDE - (high - low)) / 2);
    double from = floor(low - margin), to = ceil(high + margin);
    if (size > 0) {
        from = fmin(fmax(from, 0), size - 1);
        to = fmax(fmin(to, size), from + 1);
    }
    *begin = (int32_t)from;
    *length = (int32_t)(to - from);
}

static struct det_region region_of(const struct gallery *g,
                                   const struct pair *pair)
{
    struct det_region region;
    double span[4] = {INFINITY, INFINITY, -INFINITY, -INFINITY};
    int32_t size[2];
    if (pair->has_found)
        extend(span, pair->found.box);
    if (pair->has_truth)
        extend(span, pair->truth.box);
    image_size(g, size);
    clip_side(&region.x, &region.w, span[0], span[2], size[0]);
    clip_side(&region.y, &region.h, span[1], span[3], size[1]);
    return region;
}

/* --------------------------------------------------------------------- JSON */

static void put_box(struct det_page_writer *w, const double box[4])
{
    det_page_open(w, '[');
    for (int i = 0; i < 4; i++)
        det_page_number(w, box[i], PLACE_DIGITS);
    det_page_close(w, ']');
}

static det_status put_shape(struct gallery *g, const char *key,
                            const struct det_shape *shape, uint32_t class,
                            const struct det_region *region)
{
    struct det_page_writer *w = g->w;
    det_page_key(w, key);
    det_page_open(w, '{');
    det_page_key(w, "class");
    det_page_integer(w, g->classes->page[class]);
    det_page_key(w, "box");
    put_box(w, shape->box);
    if (g->report->protocol.task == DET_EVAL_MASKS) {
        const det_mask mask = det_rle_view(&shape->mask);
        int32_t columns, rows;
        char *path;
        det_crop_size(region, &columns, &rows);
        DET_TRY(
            det_outline_path(&path, &mask, region, columns, rows, g->message));
        det_page_key(w, "path");
        det_page_string(w, path);
        free(path);
    }
    det_page_close(w, '}');
    return DET_OK;
}

/* The picture's own size may differ from the one that boxes refer to. */
static struct det_region region_in(const struct gallery *g,
                                   const det_pixels *pixels,
                                   const struct det_region *region)
{
    int32_t size[2];
    image_size(g, size);
    const double sx = (double)pixels->width / size[0];
    const double sy = (double)pixels->height / size[1];
    struct det_region in = {(int32_t)(region->x * sx),
                            (int32_t)(region->y * sy), 0, 0};
    in.w = (int32_t)((region->x + region->w) * sx + 0.5) - in.x;
    in.h = (int32_t)((region->y + region->h) * sy + 0.5) - in.y;
    in.x = in.x < pixels->width ? in.x : pixels->width - 1;
    in.y = in.y < pixels->height ? in.y : pixels->height - 1;
    in.w = in.w < 1 ? 1 : in.w;
    in.h = in.h < 1 ? 1 : in.h;
    in.w = in.w < pixels->width - in.x ? in.w : pixels->width - in.x;
    in.h = in.h < pixels->height - in.y ? in.h : pixels->height - in.y;
    return in;
}

static det_status put_picture(struct gallery *g,
                              const struct det_region *region)
{
    uint8_t *data;
    size_t size;
    if (!g->picture)
        return DET_OK;
    const det_pixels pixels = det_image_pixels(g->picture);
    const struct det_region part = region_in(g, &pixels, region);
    DET_TRY(det_crop_jpeg(&data, &size, &pixels, &part, g->message));
    det_page_key(g->w, "jpeg");
    det_page_base64(g->w, data, size);
    free(data);
    return DET_OK;
}

static void put_words(struct gallery *g, const struct det_worst *worst,
                      const struct det_region *region)
{
    struct det_page_writer *w = g->w;
    const struct det_data_image *image =
        &g->report->dataset->images[worst->image];
    char id[24];
    const double box[4] = {region->x, region->y, region->w, region->h};
    det_page_key(w, "kind");
    det_page_string(w, det_tide_name(worst->kind));
    det_page_key(w, "image");
    det_page_string(w, image->file_name);
    /* As text: a page's numbers have 53 bits. */
    snprintf(id, sizeof id, "%lld", (long long)image->id);
    det_page_key(w, "id");
    det_page_string(w, id);
    det_page_key(w, "region");
    put_box(w, box);
    if (worst->kind == DET_TIDE_MISSED)
        return;
    det_page_key(w, "score");
    det_page_number(w, g->analysis->tide.found[worst->place].score, DIGITS);
    det_page_key(w, "iou");
    det_page_number(w, g->analysis->tide.found[worst->place].iou, DIGITS);
}

static det_status put_pair(struct gallery *g, const struct det_worst *worst,
                           const struct pair *pair)
{
    const struct det_tide *tide = &g->analysis->tide;
    const bool missed = worst->kind == DET_TIDE_MISSED;
    const struct det_region region = region_of(g, pair);
    det_page_open(g->w, '{');
    put_words(g, worst, &region);
    if (pair->has_found)
        DET_TRY(put_shape(g, "found", &pair->found,
                          tide->found[worst->place].class, &region));
    if (pair->has_truth) {
        const uint32_t truth =
            missed ? worst->place : tide->found[worst->place].truth;
        DET_TRY(put_shape(g, "truth", &pair->truth, tide->truths[truth].class,
                          &region));
    }
    DET_TRY(put_picture(g, &region));
    det_page_close(g->w, '}');
    return DET_OK;
}

static det_status put_one(struct gallery *g, const struct det_worst *worst)
{
    struct pair pair;
    det_status status = DET_OK;
    open_picture(g, worst->image);
    load_pair(g, &pair, worst);
    if (pair.has_found || pair.has_truth)
        status = put_pair(g, worst, &pair);
    drop_pair(&pair);
    return status;
}

static det_status put_all(struct gallery *g, const struct det_worst *worst,
                          size_t count)
{
    det_page_key(g->w, "gallery");
    det_page_open(g->w, '[');
    for (size_t i = 0; i < count && g->w->status == DET_OK; i++)
        DET_TRY(put_one(g, &worst[i]));
    det_page_close(g->w, ']');
    return DET_OK;
}

det_status det_report_put_gallery(struct det_page_writer *w,
                                  const struct det_report *report,
                                  const struct det_report_analysis *analysis,
                                  const struct det_report_classes *classes,
                                  size_t most, struct det_message *message)
{
    const struct det_results *results = analysis->run->results;
    struct gallery g = {
        .w = w,
        .report = report,
        .analysis = analysis,
        .classes = classes,
        .maker = {.task = report->protocol.task,
                  .results_have_boxes =
                      results->count > 0 && !isnan(results->objects[0].box[0])},
        .image = DET_NO_INDEX,
        .message = message};
    struct det_worst *worst;
    size_t count;
    DET_TRY(det_worst_choose(&worst, &count, most, &analysis->tide,
                             report->dataset, results, message));
    const det_status status = put_all(&g, worst, count);
    det_image_destroy(&g.picture);
    det_segmentation_scratch_destroy(&g.maker.scratch);
    free(worst);
    return status;
}

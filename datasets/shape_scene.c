/* SPDX-License-Identifier: MIT */
#include "datasets/shape_scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "datasets/shape_paint.h"
#include "datasets/shape_raster.h"

enum { PLACINGS = 25, NOBODY = -1, LEAST_PIXELS = 60 };

/* Of the shorter side. */
static const double least_radius = 0.055, most_radius = 0.24;
/* Of an object that must stay in sight, and in the picture. */
static const double least_in_sight = 0.5, least_inside = 0.7;

/* An object before it is painted. */
struct placed {
    size_t shape;
    double x, y, radius; /* pixels */
    struct det_outline outline;
    struct det_coverage coverage;
    int64_t pixels, in_sight; /* with more than half of them covered */
};

struct making {
    const struct det_shape_scene_config *config;
    struct det_random random;
    float *canvas;  /* [height, width, 3] */
    int32_t *owner; /* [height, width], index of an object or NOBODY */
    struct placed *placed;
    int32_t count;
    float light[2]; /* unit vector towards the light */
    struct det_message *message;
};

static double between(struct making *m, double low, double high)
{
    return low + (high - low) * det_random_uniform(&m->random);
}

static float *pixel(const struct making *m, int32_t x, int32_t y)
{
    return m->canvas + 3 * ((int64_t)y * m->config->width + x);
}

static int32_t *owner_of(const struct making *m, int32_t x, int32_t y)
{
    return m->owner + (int64_t)y * m->config->width + x;
}

/* ------------------------------------------------------------------- ground */

static void random_colour(struct making *m, float out[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = (float)between(m, 0.05, 0.95);
}

static void paint_ground(struct making *m)
{
    float colour[3];
    random_colour(m, colour);
    const float period = (float)between(m, 8.0, 90.0);
    const struct det_paint paint = det_paint_random(&m->random, colour, period);
    for (int32_t y = 0; y < m->config->height; y++)
        for (int32_t x = 0; x < m->config->width; x++)
            det_paint_at(pixel(m, x, y), &paint, (float)x, (float)y);
}

/* ------------------------------------------------------------------ placing */

/* Turned, stretched and moved; one in two is mirrored where it may be turned
 * freely. */
static void choose_pose(struct making *m, struct placed *p)
{
    const double side = fmin(m->config->width, m->config->height);
    const double turn = det_shape_turn(p->shape);
    const double angle = between(m, -turn, turn);
    const double stretch = exp(between(m, -0.25, 0.25));
    const double mirror =
        turn > 3.0 && det_random_below(&m->random, 2) ? -1.0 : 1.0;
    p->radius =
        side * least_radius * pow(most_radius / least_radius, between(m, 0, 1));
    p->x = between(m, 0.0, m->config->width);
    p->y = between(m, 0.0, m->config->height);
    const double c = cos(angle), s = sin(angle);
    for (int32_t i = 0; i < p->outline.ends[p->outline.contours - 1]; i++) {
        double *at = p->outline.xy[i];
        const double x = mirror * at[0] * stretch, y = at[1] / stretch;
        at[0] = p->x + p->radius * (c * x - s * y);
        at[1] = p->y + p->radius * (s * x + c * y);
    }
}

static double outline_area(const struct det_outline *o)
{
    double area = 0.0;
    for (int32_t c = 0, first = 0; c < o->contours; first = o->ends[c++]) {
        double twice = 0.0;
        for (int32_t i = first; i < o->ends[c]; i++) {
            const double *a = o->xy[i];
            const double *b = o->xy[i + 1 < o->ends[c] ? i + 1 : first];
            twice += a[0] * b[1] - a[1] * b[0];
        }
        area += (c ? -0.5 : 0.5) * fabs(twice); /* a second one is a hole */
    }
    return area;
}

/* Call the function for each pixel of which the object covers half. */
static void each_pixel(struct making *m, const struct placed *p,
                       void (*fn)(struct making *, int32_t *owner))
{
    const struct det_coverage *c = &p->coverage;
    for (int32_t y = 0; y < c->h; y++)
        for (int32_t x = 0; x < c->w; x++)
            if (c->part[(int64_t)y * c->w + x] > 0.5f)
                fn(m, owner_of(m, c->x + x, c->y + y));
}

static void take_from_owner(struct making *m, int32_t *owner)
{
    m->placed[m->count].pixels++;
    if (*owner != NOBODY)
        m->placed[*owner].in_sight--;
}

static void give_to_owner(struct making *m, int32_t *owner)
{
    if (*owner != NOBODY)
        m->placed[*owner].in_sight++;
}

static void own(struct making *m, int32_t *owner)
{
    *owner = m->count;
}

/* Whether everything is still to be seen with the new object there; if not,
 * what it hides is given back. */
static bool fits(struct making *m, struct placed *p)
{
    bool good;
    p->pixels = 0;
    each_pixel(m, p, take_from_owner);
    p->in_sight = p->pixels;
    good = p->pixels >= LEAST_PIXELS &&
           (double)p->pixels >= least_inside * outline_area(&p->outline);
    for (int32_t i = 0; i < m->count && good; i++)
        good = (double)m->placed[i].in_sight >=
               least_in_sight * (double)m->placed[i].pixels;
    if (!good)
        each_pixel(m, p, give_to_owner);
    return good;
}

static det_status place(struct making *m, bool *placed)
{
    struct placed *p = &m->placed[m->count];
    *placed = false;
    for (int i = 0; i < PLACINGS && !*placed; i++) {
        p->shape = det_random_below(&m->random, det_shape_count());
        det_shape_outline(&p->outline, p->shape);
        choose_pose(m, p);
        det_coverage_destroy(&p->coverage);
        DET_TRY(det_outline_coverage(&p->coverage, &p->outline,
                                     m->config->width, m->config->height,
                                     m->message));
        *placed = fits(m, p);
    }
    return DET_OK;
}

/* ----------------------------------------------------------------- painting */

/* The canvas's mean colour under the object. */
static void colour_below(const struct making *m, const struct placed *p,
                         float out[3])
{
    const struct det_coverage *c = &p->coverage;
    float weight = 1e-6f;
    memset(out, 0, 3 * sizeof *out);
    for (int32_t y = 0; y < c->h; y++)
        for (int32_t x = 0; x < c->w; x++) {
            const float part = c->part[(int64_t)y * c->w + x];
            const float *at = pixel(m, c->x + x, c->y + y);
            for (int i = 0; i < 3; i++)
                out[i] += part * at[i];
            weight += part;
        }
    for (int i = 0; i < 3; i++)
        out[i] /= weight;
}

/* Far enough from what is below to be seen. */
static void choose_colour(struct making *m, const struct placed *p,
                          float out[3])
{
    float below[3], distance = 0.0f;
    colour_below(m, p, below);
    for (int i = 0; i < 30 && distance < 0.35f; i++) {
        random_colour(m, out);
        distance = sqrtf((out[0] - below[0]) * (out[0] - below[0]) +
                         (out[1] - below[1]) * (out[1] - below[1]) +
                         (out[2] - below[2]) * (out[2] - below[2]));
    }
}

/* The object's outline moved away from the light, darkening what is there. */
static det_status paint_shadow(struct making *m, const struct placed *p)
{
    struct det_outline moved = p->outline;
    struct det_coverage shadow;
    const double depth = between(m, 0.03, 0.14) * p->radius;
    const float darkness = (float)between(m, 0.15, 0.55);
    for (int32_t i = 0; i < moved.ends[moved.contours - 1]; i++)
        for (int k = 0; k < 2; k++)
            moved.xy[i][k] -= depth * (double)m->light[k];
    DET_TRY(det_outline_coverage(&shadow, &moved, m->config->width,
                                 m->config->height, m->message));
    for (int32_t y = 0; y < shadow.h; y++)
        for (int32_t x = 0; x < shadow.w; x++) {
            float *at = pixel(m, shadow.x + x, shadow.y + y);
            const float part = shadow.part[(int64_t)y * shadow.w + x];
            for (int i = 0; i < 3; i++)
                at[i] *= 1.0f - darkness * part;
        }
    det_coverage_destroy(&shadow);
    return DET_OK;
}

/* Brighter towards the light. */
static float shade(const struct making *m, const struct placed *p, float x,
                   float y, float relief)
{
    const float u = (x - (float)p->x) / (float)p->radius;
    const float v = (y - (float)p->y) / (float)p->radius;
    return 1.0f + relief * (u * m->light[0] + v * m->light[1]);
}

static det_status paint_object(struct making *m, const struct placed *p)
{
    const struct det_coverage *c = &p->coverage;
    float colour[3];
    choose_colour(m, p, colour);
    const float period = (float)(p->radius * between(m, 0.15, 0.8));
    const struct det_paint paint = det_paint_random(&m->random, colour, period);
    const float relief = (float)between(m, 0.0, 0.4);
    if (det_random_below(&m->random, 4) > 0)
        DET_TRY(paint_shadow(m, p));
    for (int32_t y = 0; y < c->h; y++)
        for (int32_t x = 0; x < c->w; x++) {
            const float px = (float)(c->x + x), py = (float)(c->y + y);
            const float part = c->part[(int64_t)y * c->w + x];
            float *at = pixel(m, c->x + x, c->y + y), own_colour[3];
            if (part == 0.0f)
                continue;
            det_paint_at(own_colour, &paint, px, py);
            const float lit = shade(m, p, px, py, relief);
            for (int i = 0; i < 3; i++)
                at[i] += part * (own_colour[i] * lit - at[i]);
        }
    return DET_OK;
}

/* Objects that lie below are painted first; owners follow. */
static det_status place_all(struct making *m)
{
    const struct det_shape_scene_config *c = m->config;
    const uint64_t range = (uint64_t)(c->max_objects - c->min_objects) + 1;
    const int32_t wanted =
        c->min_objects + (int32_t)det_random_below(&m->random, range);
    DET_TRY(det_allocate(&m->placed, (size_t)wanted + 1, sizeof *m->placed,
                         m->message));
    for (int32_t i = 0; i < wanted; i++) {
        bool placed;
        DET_TRY(place(m, &placed));
        if (!placed)
            continue;
        each_pixel(m, &m->placed[m->count], own);
        DET_TRY(paint_object(m, &m->placed[m->count]));
        m->count++;
    }
    return DET_OK;
}

/* -------------------------------------------------------------------- camera
 */

/* A light that falls off, blur, noise, 8 bits. */
static void expose(struct making *m, uint8_t *out)
{
    const int32_t w = m->config->width, h = m->config->height;
    const float fall = (float)between(m, 0.0, 0.35);
    const float gain = (float)between(m, 0.75, 1.15);
    const float noise =
        (float)(det_random_below(&m->random, 3) ? between(m, 0, 0.04) : 0.0);
    const int32_t reach = det_random_below(&m->random, 3) == 0;
    for (int32_t y = 0; y < h; y++)
        for (int32_t x = 0; x < w; x++, out += 3) {
            const int32_t x1 = x > 0 ? x - reach : x,
                          y1 = y > 0 ? y - reach : y;
            const float *a = pixel(m, x, y), *b = pixel(m, x1, y);
            const float *c = pixel(m, x, y1), *d = pixel(m, x1, y1);
            const float u = 2.0f * (float)x / (float)w - 1.0f;
            const float v = 2.0f * (float)y / (float)h - 1.0f;
            const float lit =
                gain * (1.0f + fall * (u * m->light[0] + v * m->light[1]));
            for (int i = 0; i < 3; i++) {
                const float mean = 0.25f * (a[i] + b[i] + c[i] + d[i]);
                const float grain =
                    noise > 0.0f ? noise * (float)det_random_normal(&m->random)
                                 : 0.0f;
                const float value = 255.0f * (mean * lit + grain) + 0.5f;
                out[i] = (uint8_t)fminf(fmaxf(value, 0.0f), 255.0f);
            }
        }
}

/* -------------------------------------------------------------------- masks */

/* `seen` is room for a byte of each pixel. */
static det_status mask_of(struct det_rle *out, const struct making *m,
                          int32_t object, uint8_t *seen)
{
    const int32_t w = m->config->width, h = m->config->height;
    for (int64_t i = 0; i < (int64_t)w * h; i++)
        seen[i] = m->owner[i] == object;
    return det_rle_encode(out, seen, (size_t)w, w, h, m->message);
}

static det_status list_objects(struct making *m, struct det_shape_scene *out)
{
    uint8_t *seen;
    DET_TRY(det_allocate(&out->objects, (size_t)m->count + 1,
                         sizeof *out->objects, m->message));
    DET_TRY(det_allocate(&seen, (size_t)m->config->width,
                         (size_t)m->config->height, m->message));
    det_status status = DET_OK;
    for (int32_t i = 0; status == DET_OK && i < m->count; i++) {
        out->objects[i].shape = m->placed[i].shape;
        status = mask_of(&out->objects[i].mask, m, i, seen);
        out->count += status == DET_OK;
    }
    free(seen);
    return status;
}

/* ----------------------------------------------------------------- the whole
 */

static det_status make(struct making *m, struct det_shape_scene *out)
{
    const size_t pixels = (size_t)m->config->width * (size_t)m->config->height;
    DET_TRY(
        det_allocate(&m->canvas, pixels, 3 * sizeof *m->canvas, m->message));
    DET_TRY(det_allocate(&m->owner, pixels, sizeof *m->owner, m->message));
    DET_TRY(det_allocate(&out->pixels, pixels, 3, m->message));
    for (size_t i = 0; i < pixels; i++)
        m->owner[i] = NOBODY;
    const double angle = between(m, 0.0, 2.0 * M_PI);
    m->light[0] = (float)cos(angle);
    m->light[1] = (float)sin(angle);
    paint_ground(m);
    DET_TRY(place_all(m));
    expose(m, out->pixels);
    return list_objects(m, out);
}

det_status det_shape_scene_make(struct det_shape_scene *out,
                                const struct det_shape_scene_config *config,
                                uint64_t index, struct det_message *message)
{
    struct making m = {.config = config,
                       .random = det_random_of(config->seed, "scene", index),
                       .message = message};
    *out = (struct det_shape_scene){0};
    const det_status status = make(&m, out);
    for (int32_t i = 0; m.placed && i <= m.count; i++)
        det_coverage_destroy(&m.placed[i].coverage);
    free(m.placed);
    free(m.canvas);
    free(m.owner);
    if (status != DET_OK)
        det_shape_scene_destroy(out);
    return status;
}

void det_shape_scene_destroy(struct det_shape_scene *scene)
{
    for (size_t i = 0; i < scene->count; i++)
        det_rle_destroy(&scene->objects[i].mask);
    free(scene->objects);
    free(scene->pixels);
    *scene = (struct det_shape_scene){0};
}

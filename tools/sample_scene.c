/* SPDX-License-Identifier: MIT */
/*
 * usage: sample_scene OUT.jpg [SAMPLES [WIDTH HEIGHT]]
 *
 * Paints docs/sample.jpg: a kitchen table by a window, by path tracing of
 * signed distances.  The same numbers every time; not part of the build:
 *
 *     gcc -O3 -march=native -ffast-math -fopenmp -o sample_scene \
 *         tools/sample_scene.c -ljpeg -lm
 *     ./sample_scene docs/sample.jpg 120
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

typedef struct {
    float x, y, z;
} vec;

static vec v3(float x, float y, float z)
{
    return (vec){x, y, z};
}
static vec add(vec a, vec b)
{
    return v3(a.x + b.x, a.y + b.y, a.z + b.z);
}
static vec sub(vec a, vec b)
{
    return v3(a.x - b.x, a.y - b.y, a.z - b.z);
}
static vec mul(vec a, vec b)
{
    return v3(a.x * b.x, a.y * b.y, a.z * b.z);
}
static vec times(vec a, float s)
{
    return v3(a.x * s, a.y * s, a.z * s);
}
static float dot(vec a, vec b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}
static float len(vec a)
{
    return sqrtf(dot(a, a));
}
static vec unit(vec a)
{
    return times(a, 1.0f / len(a));
}
static vec mix(vec a, vec b, float t)
{
    return add(times(a, 1 - t), times(b, t));
}
static float clampf(float x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}
static float step_to(float a, float b, float x)
{
    const float t = clampf((x - a) / (b - a));
    return t * t * (3 - 2 * t);
}

/* ------------------------------------------------------------------- random */

static uint32_t hash(uint32_t x)
{
    x = (x ^ x >> 16) * 0x7feb352du;
    x = (x ^ x >> 15) * 0x846ca68bu;
    return x ^ x >> 16;
}

static float next(uint32_t *state)
{
    *state = *state * 747796405u + 2891336453u;
    return (float)(hash(*state) >> 8) * 0x1p-24f;
}

static float lattice(int x, int y, int z)
{
    return (float)(hash((uint32_t)x * 73856093u ^ (uint32_t)y * 19349663u ^
                        (uint32_t)z * 83492791u) >>
                   8) *
           0x1p-24f;
}

static float noise(vec p)
{
    const float fx = floorf(p.x), fy = floorf(p.y), fz = floorf(p.z);
    const float u = step_to(0, 1, p.x - fx), v = step_to(0, 1, p.y - fy);
    const float w = step_to(0, 1, p.z - fz);
    float sum = 0;
    for (int i = 0; i < 8; i++)
        sum += lattice((int)fx + (i & 1), (int)fy + (i >> 1 & 1),
                       (int)fz + (i >> 2)) *
               (i & 1 ? u : 1 - u) * (i & 2 ? v : 1 - v) * (i & 4 ? w : 1 - w);
    return sum;
}

static float clouds(vec p)
{
    return 0.5f * noise(p) + 0.25f * noise(times(p, 2.1f)) +
           0.13f * noise(times(p, 4.3f)) + 0.07f * noise(times(p, 8.9f));
}

/* -------------------------------------------------------------------- shapes
 */

enum thing {
    NOTHING,
    TABLE,
    WALL,
    MUG,
    COFFEE,
    BOWL,
    ORANGE,
    APPLE,
    STEM,
    BOTTLE,
    BOOK,
    FRAME
};

static vec turn(vec p, float angle)
{
    const float c = cosf(angle), s = sinf(angle);
    return v3(c * p.x + s * p.z, p.y, -s * p.x + c * p.z);
}

static float box(vec p, vec half, float round)
{
    const vec q = v3(fabsf(p.x) - half.x + round, fabsf(p.y) - half.y + round,
                     fabsf(p.z) - half.z + round);
    const vec out = v3(fmaxf(q.x, 0), fmaxf(q.y, 0), fmaxf(q.z, 0));
    return len(out) + fminf(fmaxf(q.x, fmaxf(q.y, q.z)), 0) - round;
}

/* Upright, standing on y = 0, edges rounded. */
static float cylinder(vec p, float radius, float height, float round)
{
    const float a = sqrtf(p.x * p.x + p.z * p.z) - radius + round;
    const float b = fabsf(p.y - height / 2) - height / 2 + round;
    return fminf(fmaxf(a, b), 0) + hypotf(fmaxf(a, 0), fmaxf(b, 0)) - round;
}

static float smooth_min(float a, float b, float k)
{
    const float h = fmaxf(k - fabsf(a - b), 0) / k;
    return fminf(a, b) - h * h * k / 4;
}

static float mug(vec p)
{
    const vec h = turn(p, 0.75f);
    const float ring =
        hypotf(hypotf(h.x - 0.5f, h.y - 0.5f) - 0.26f, h.z * 0.8f);
    float d = smooth_min(cylinder(p, 0.46f, 1.0f, 0.05f), ring - 0.06f, 0.05f);
    const vec in = sub(p, v3(0, 0.08f, 0));
    return fmaxf(d, -cylinder(in, 0.405f, 1.4f, 0.05f));
}

static float bottle(vec p)
{
    const float body = cylinder(p, 0.36f, 1.75f, 0.1f);
    const float neck = cylinder(p, 0.125f, 2.75f, 0.03f);
    const float lip = cylinder(sub(p, v3(0, 2.62f, 0)), 0.155f, 0.12f, 0.03f);
    return fminf(smooth_min(body, neck, 0.5f), lip);
}

static float bowl(vec p)
{
    const vec q = sub(p, v3(0, 0.95f, 0));
    const float shell = fabsf(len(q) - 0.93f) - 0.03f;
    const float foot = cylinder(p, 0.42f, 0.1f, 0.03f);
    return fminf(fmaxf(shell, q.y + 0.35f), foot);
}

static float apple(vec p)
{
    const float r = hypotf(p.x, p.z);
    const float dent = 0.16f * expf(-r * r * 22) + 0.04f * r;
    return (len(v3(p.x, p.y * 1.06f + (p.y > 0 ? dent : -dent * 0.5f), p.z)) -
            0.4f) *
           0.8f;
}

static const vec mug_at = {-1.05f, 0, 0.75f}, bottle_at = {-0.35f, 0, -1.0f};
static const vec bowl_at = {1.15f, 0, -0.15f}, apple_at = {0.1f, 0.385f, 1.15f};
static const vec book_at = {-2.3f, 0.14f, -0.45f};
static const vec oranges[] = {{0.85f, 0.52f, -0.02f},
                              {1.45f, 0.55f, 0.08f},
                              {1.17f, 0.56f, -0.52f},
                              {1.12f, 0.98f, -0.12f},
                              {1.2f, 0.335f, 1.3f}};

static void nearer(float *best, enum thing *which, float d, enum thing thing)
{
    if (d < *best) {
        *best = d;
        *which = thing;
    }
}

/* Distance from p to the nearest thing. */
static float scene(vec p, enum thing *which)
{
    float best = p.y;
    *which = TABLE;
    nearer(&best, which, p.z + 3.2f, WALL);
    vec q = sub(p, mug_at);
    float bound = len(sub(q, v3(0.1f, 0.5f, 0))) - 0.95f;
    if (bound < best) {
        nearer(&best, which, bound > 0.2f ? bound : mug(q), MUG);
        if (bound < 0.2f)
            nearer(&best, which, cylinder(q, 0.42f, 0.8f, 0.01f), COFFEE);
    }
    nearer(&best, which, bottle(sub(p, bottle_at)), BOTTLE);
    nearer(&best, which, bowl(sub(p, bowl_at)), BOWL);
    nearer(&best, which, apple(sub(p, apple_at)), APPLE);
    q = sub(p, add(apple_at, v3(0.02f + 0.1f * (p.y - 0.7f), 0.2f, 0)));
    nearer(&best, which, cylinder(q, 0.02f, 0.3f, 0.01f), STEM);
    for (int i = 0; i < 5; i++)
        nearer(&best, which, len(sub(p, oranges[i])) - 0.335f, ORANGE);
    q = turn(sub(p, book_at), 0.35f);
    nearer(&best, which, box(q, v3(0.75f, 0.14f, 0.55f), 0.02f), BOOK);
    q = sub(p, v3(1.9f, 2.75f, -3.18f));
    nearer(&best, which, box(q, v3(0.95f, 0.75f, 0.06f), 0.02f), FRAME);
    return best;
}

/* ----------------------------------------------------------------- materials
 */

struct surface {
    vec colour;
    float gloss;     /* reflectance of the coat looking straight at it */
    float roughness; /* spread of its reflections */
};

static struct surface wood(vec p)
{
    const float plank = floorf(p.x / 0.9f + 40);
    const float shade = lattice((int)plank, 3, 1);
    const vec g = v3(p.x * 7, plank * 9, p.z * 0.6f);
    const float warp = clouds(g);
    const float ring = 0.5f + 0.5f * sinf(38 * warp + p.x * 5);
    const float pores = noise(v3(p.x * 90, plank, p.z * 4));
    vec c = mix(v3(0.30f, 0.14f, 0.06f), v3(0.52f, 0.29f, 0.14f),
                ring * 0.55f + shade * 0.4f);
    const float edge = fabsf(p.x / 0.9f - floorf(p.x / 0.9f) - 0.5f);
    c = times(c, (0.82f + 0.18f * pores) * (edge > 0.492f ? 0.35f : 1.0f));
    return (struct surface){c, 0.035f, 0.10f + 0.10f * pores};
}

static struct surface surface_at(enum thing thing, vec p)
{
    vec q;
    switch (thing) {
    case TABLE:
        return wood(p);
    case MUG: {
        q = sub(p, mug_at);
        const float stripe =
            step_to(0.70f, 0.71f, q.y) - step_to(0.80f, 0.81f, q.y);
        const float bare = 1 - step_to(0.06f, 0.075f, q.y);
        vec c = mix(v3(0.05f, 0.27f, 0.33f), v3(0.85f, 0.83f, 0.76f), stripe);
        c = hypotf(q.x, q.z) < 0.43f ? v3(0.8f, 0.78f, 0.72f) : c;
        return (struct surface){mix(c, v3(0.6f, 0.45f, 0.32f), bare), 0.05f,
                                0.03f};
    }
    case COFFEE:
        return (struct surface){v3(0.05f, 0.022f, 0.01f), 0.03f, 0.01f};
    case BOWL: {
        const float line =
            step_to(0.47f, 0.475f, p.y) - step_to(0.53f, 0.535f, p.y);
        return (struct surface){
            mix(v3(0.8f, 0.79f, 0.76f), v3(0.1f, 0.16f, 0.4f), line), 0.05f,
            0.03f};
    }
    case ORANGE:
        return (struct surface){mix(v3(0.80f, 0.19f, 0.008f),
                                    v3(0.84f, 0.27f, 0.012f),
                                    noise(times(p, 3))),
                                0.04f, 0.18f};
    case APPLE: {
        q = sub(p, apple_at);
        const float streak = noise(v3(atan2f(q.z, q.x) * 9, q.y * 1.5f, 7));
        const float green = step_to(0.12f, 0.34f, q.y + 0.12f * streak);
        return (struct surface){
            mix(mix(v3(0.5f, 0.02f, 0.025f), v3(0.68f, 0.13f, 0.05f), streak),
                v3(0.6f, 0.55f, 0.12f), green * 0.75f),
            0.045f, 0.07f};
    }
    case STEM:
        return (struct surface){v3(0.15f, 0.08f, 0.03f), 0.02f, 0.4f};
    case BOTTLE: {
        q = turn(sub(p, bottle_at), -0.35f);
        const float a = fabsf(atan2f(q.x, q.z));
        if (q.y > 2.3f)
            return (struct surface){v3(0.28f, 0.03f, 0.05f), 0.05f, 0.12f};
        if (q.y > 0.35f && q.y < 1.3f && a < 1.15f) {
            const int ink = (q.y > 0.95f && q.y < 1.08f && a < 0.7f) ||
                            (q.y > 0.80f && q.y < 0.83f && a < 0.5f) ||
                            (q.y > 0.42f && q.y < 0.45f) || q.y > 1.24f;
            return (struct surface){ink ? v3(0.25f, 0.12f, 0.08f)
                                        : v3(0.78f, 0.73f, 0.6f),
                                    0.02f, 0.4f};
        }
        return (struct surface){v3(0.012f, 0.03f, 0.014f), 0.06f, 0.015f};
    }
    case BOOK:
        q = turn(sub(p, book_at), 0.35f);
        if (fabsf(q.y) < 0.105f && (q.x > -0.72f))
            return (struct surface){
                times(v3(0.75f, 0.7f, 0.6f),
                      0.75f + 0.25f * noise(v3(1, q.y * 160, 1))),
                0, 0.5f};
        return (struct surface){v3(0.42f, 0.05f, 0.06f), 0.04f, 0.25f};
    case FRAME:
        q = sub(p, v3(1.9f, 2.75f, 0));
        if (fabsf(q.x) > 0.86f || fabsf(q.y) > 0.66f)
            return (struct surface){v3(0.10f, 0.06f, 0.035f), 0.04f, 0.2f};
        if (fabsf(q.x) > 0.68f || fabsf(q.y) > 0.48f)
            return (struct surface){v3(0.78f, 0.77f, 0.73f), 0, 0.5f};
        return (struct surface){
            q.y < -0.12f + 0.16f * clouds(v3(q.x * 3, 1, 2))
                ? mix(v3(0.13f, 0.24f, 0.10f), v3(0.3f, 0.33f, 0.12f),
                      clouds(times(q, 9)))
                : mix(v3(0.62f, 0.68f, 0.74f), v3(0.3f, 0.45f, 0.65f),
                      clouds(times(q, 4))),
            0, 0.5f};
    default:
        return (struct surface){
            times(v3(0.62f, 0.60f, 0.53f), 0.93f + 0.07f * clouds(times(p, 6))),
            0, 0.5f};
    }
}

/* --------------------------------------------------------------------- light
 */

/* A window of 2 x 3 panes in the plane x = WINDOW_X. */
#define WINDOW_X (-4.6f)
static const float window_y = 2.6f, window_z = 0.9f, half_y = 1.5f,
                   half_z = 1.6f;

/* Light that comes through the window's point (y, z), 0 at its bars. */
static vec daylight(float y, float z)
{
    const float a = (y - window_y) / half_y, b = (z - window_z) / half_z;
    if (fabsf(a) > 1 || fabsf(b) > 1 || fabsf(b) < 0.04f ||
        fabsf(fabsf(a) - 0.34f) < 0.03f)
        return v3(0, 0, 0);
    return times(
        mix(v3(0.75f, 0.85f, 0.8f), v3(1.0f, 1.05f, 1.15f), clampf(a + 0.6f)),
        15.0f);
}

/* What a ray that leaves the scene sees: the window, or the dim room. */
static vec room(vec from, vec way, int window)
{
    if (window && way.x < 0) {
        const float t = (WINDOW_X - from.x) / way.x;
        const vec light = daylight(from.y + t * way.y, from.z + t * way.z);
        if (light.x > 0)
            return light;
    }
    return times(
        mix(v3(0.30f, 0.26f, 0.22f), v3(0.5f, 0.48f, 0.45f), clampf(way.y)),
        0.55f);
}

/* -------------------------------------------------------------------- tracing
 */

static float march(vec from, vec way, float limit, enum thing *which)
{
    float t = 0;
    for (int i = 0; i < 160 && t < limit; i++) {
        const float d = scene(add(from, times(way, t)), which);
        if (d < 4e-4f)
            return t;
        t += d;
    }
    *which = NOTHING;
    return limit;
}

static vec normal_at(vec p, enum thing thing)
{
    const float e = 1e-3f;
    enum thing unused;
    vec n = unit(v3(scene(v3(p.x + e, p.y, p.z), &unused) -
                        scene(v3(p.x - e, p.y, p.z), &unused),
                    scene(v3(p.x, p.y + e, p.z), &unused) -
                        scene(v3(p.x, p.y - e, p.z), &unused),
                    scene(v3(p.x, p.y, p.z + e), &unused) -
                        scene(v3(p.x, p.y, p.z - e), &unused)));
    const float bumps = thing == ORANGE ? 0.22f : thing == TABLE ? 0.02f : 0;
    if (bumps > 0) {
        const vec q = times(p, thing == ORANGE ? 32 : 14);
        n = unit(
            add(n, times(v3(noise(q) - 0.5f, noise(add(q, v3(9, 0, 0))) - 0.5f,
                            noise(add(q, v3(0, 9, 0))) - 0.5f),
                         bumps)));
    }
    return n;
}

static vec in_sphere(uint32_t *state)
{
    const float z = 2 * next(state) - 1, a = 6.2831853f * next(state);
    const float r = sqrtf(1 - z * z);
    return v3(r * cosf(a), r * sinf(a), z);
}

/* Light of one random point of the window on a matt surface. */
static vec lit(vec p, vec n, uint32_t *state)
{
    const vec at = v3(WINDOW_X, window_y + half_y * (2 * next(state) - 1),
                      window_z + half_z * (2 * next(state) - 1));
    const vec light = daylight(at.y, at.z);
    const vec way = sub(at, p);
    const float distance = len(way), facing = dot(n, way) / distance;
    enum thing hit;
    if (facing <= 0 || light.x <= 0)
        return v3(0, 0, 0);
    march(p, times(way, 1 / distance), distance - 0.01f, &hit);
    if (hit != NOTHING)
        return v3(0, 0, 0);
    const float area = 4 * half_y * half_z, lean = -way.x / distance;
    return times(light,
                 facing * lean * area / (3.14159f * distance * distance));
}

static vec trace(vec from, vec way, uint32_t *state)
{
    vec sum = v3(0, 0, 0), share = v3(1, 1, 1);
    int sees_window = 1; /* not after a matt surface: lit() has counted it */
    for (int bounce = 0; bounce < 5; bounce++) {
        enum thing thing;
        const float t = march(from, way, 14, &thing);
        if (thing == NOTHING)
            return add(sum, mul(share, room(from, way, sees_window)));
        const vec p = add(from, times(way, t)), n = normal_at(p, thing);
        const struct surface s = surface_at(thing, p);
        const float away = 1 - fabsf(dot(n, way));
        const float mirror =
            s.gloss > 0 ? s.gloss + (0.9f - s.roughness * 1.6f) * away * away *
                                        away * away * away
                        : 0;
        from = add(p, times(n, 2e-3f));
        /* The first reflection is tried more often than its share: the window
         * seen in a glaze is rare and bright. */
        const float try =
            mirror > 0 && bounce == 0 ? fmaxf(mirror, 0.3f) : mirror;
        if (next(state) < try) {
            share = times(share, mirror / try);
            way = sub(way, times(n, 2 * dot(n, way)));
            way = unit(
                add(way, times(in_sphere(state), s.roughness * next(state))));
            if (dot(way, n) < 0)
                way = sub(way, times(n, 2 * dot(way, n)));
            continue;
        }
        share = times(mul(share, s.colour), (1 - mirror) / (1 - try));
        sum = add(sum, mul(share, lit(from, n, state)));
        way = unit(add(n, times(in_sphere(state), 0.999f)));
        sees_window = 0;
    }
    return sum;
}

/* ------------------------------------------------------------------ the photo
 */

struct photo {
    int width, height, samples;
    vec *light; /* [height, width] */
};

/* A lens with a little blur out of focus, at the eye of who stands there. */
static vec expose(const struct photo *photo, int x, int y)
{
    const vec eye = v3(0.35f, 2.35f, 5.6f), target = v3(-0.1f, 0.78f, 0);
    const vec ahead = unit(sub(target, eye));
    const vec right = unit(v3(-ahead.z, 0, ahead.x));
    const vec up = v3(right.y * ahead.z - right.z * ahead.y,
                      right.z * ahead.x - right.x * ahead.z,
                      right.x * ahead.y - right.y * ahead.x);
    const float focus = len(sub(v3(-0.2f, 0.5f, 0.8f), eye));
    uint32_t state = hash((uint32_t)(y * photo->width + x) + 77u);
    vec sum = v3(0, 0, 0);
    for (int i = 0; i < photo->samples; i++) {
        /* A tent two pixels wide: a lens is never as sharp as its sensor. */
        const float dx = next(&state) + next(&state) - 0.5f;
        const float dy = next(&state) + next(&state) - 0.5f;
        const float u = (((float)x + dx) / (float)photo->width - 0.5f) * 0.92f;
        const float v =
            (((float)y + dy) / (float)photo->height - 0.5f) * -0.69f;
        const vec far =
            times(add(ahead, add(times(right, u), times(up, v))), focus);
        const float r = 0.035f * sqrtf(next(&state)),
                    a = 6.2831853f * next(&state);
        const vec lens = add(times(right, r * cosf(a)), times(up, r * sinf(a)));
        const vec light = trace(add(eye, lens), unit(sub(far, lens)), &state);
        const float most = fmaxf(light.x, fmaxf(light.y, light.z));
        sum = add(sum, most > 6 ? times(light, 6 / most) : light);
    }
    return times(sum, 1.0f / (float)photo->samples);
}

/* Film: a soft shoulder, darker corners, grain; gamma of sRGB. */
static uint8_t develop(float light, float corner, uint32_t *state)
{
    const float x = light * (1 - 0.35f * corner) * 1.15f;
    const float film =
        clampf(x * (2.51f * x + 0.03f) / (x * (2.43f * x + 0.59f) + 0.14f));
    const float grain = next(state) + next(state) + next(state) - 1.5f;
    return (uint8_t)(255 * clampf(powf(film, 1 / 2.2f) + 0.014f * grain) +
                     0.5f);
}

static void write_jpeg(const struct photo *photo, FILE *file)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    uint8_t *row = malloc(3 * (size_t)photo->width);
    uint32_t state = 5;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, file);
    jpeg.image_width = (JDIMENSION)photo->width;
    jpeg.image_height = (JDIMENSION)photo->height;
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 88, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    for (int y = 0; row && y < photo->height; y++) {
        for (int x = 0; x < photo->width; x++) {
            const vec c = photo->light[y * photo->width + x];
            const float u = 2 * (float)x / (float)photo->width - 1;
            const float v = 2 * (float)y / (float)photo->height - 1;
            const float corner = (u * u + v * v) * 0.5f;
            row[3 * x] = develop(c.x, corner, &state);
            row[3 * x + 1] = develop(c.y, corner, &state);
            row[3 * x + 2] = develop(c.z, corner, &state);
        }
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    free(row);
}

int main(int argc, char **argv)
{
    struct photo photo = {640, 480, 64, NULL};
    if (argc > 2)
        photo.samples = atoi(argv[2]);
    if (argc > 4) {
        photo.width = atoi(argv[3]);
        photo.height = atoi(argv[4]);
    }
    FILE *file = argc > 1 ? fopen(argv[1], "wb") : NULL;
    photo.light =
        calloc((size_t)photo.width * (size_t)photo.height, sizeof *photo.light);
    if (!file || !photo.light) {
        fprintf(stderr,
                "usage: sample_scene OUT.jpg [SAMPLES [WIDTH HEIGHT]]\n");
        return 2;
    }
#pragma omp parallel for schedule(dynamic, 4)
    for (int y = 0; y < photo.height; y++)
        for (int x = 0; x < photo.width; x++)
            photo.light[y * photo.width + x] = expose(&photo, x, y);
    write_jpeg(&photo, file);
    free(photo.light);
    return fclose(file) != 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * The measurement behind docs/layout.md: the convolutions of ResNet-50-FPN and
 * the RoI features of a 640 x 480 photo, with maps in NHWC and in NCHW order.
 *
 *     cc -O3 -march=native tools/measure_layout.c -o measure_layout \
 *         $(pkg-config --cflags --libs openblas) -lm && ./measure_layout
 *
 * Both orders get the same matrix product (OpenBLAS) behind patches gathered
 * in the order that suits them, which is the plain way to a fast convolution
 * in either; a 1x1 convolution needs no patches in either.  Orders take turns,
 * ROUNDS times; the least time of each counts.
 */
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 5, ROIS = 1000, SIDE = 7, SAMPLES = 2 };

struct layer {
    const char *name;
    int h, w, c, k, kernel, stride;
    int count; /* of such layers in the network */
};

static const struct layer layers[] = {
    {"conv1 7x7/2", 800, 1088, 3, 64, 7, 2, 1},
    {"conv2 1x1 64-64", 200, 272, 64, 64, 1, 1, 1},
    {"conv2 1x1 256-64", 200, 272, 256, 64, 1, 1, 2},
    {"conv2 3x3", 200, 272, 64, 64, 3, 1, 3},
    {"conv2 1x1 64-256", 200, 272, 64, 256, 1, 1, 4},
    {"conv3 3x3", 100, 136, 128, 128, 3, 1, 4},
    {"conv3 1x1 512-128", 100, 136, 512, 128, 1, 1, 3},
    {"conv3 1x1 128-512", 100, 136, 128, 512, 1, 1, 4},
    {"conv4 3x3", 50, 68, 256, 256, 3, 1, 6},
    {"conv4 1x1 1024-256", 50, 68, 1024, 256, 1, 1, 5},
    {"conv4 1x1 256-1024", 50, 68, 256, 1024, 1, 1, 6},
    {"conv5 3x3", 25, 34, 512, 512, 3, 1, 3},
    {"conv5 1x1 2048-512", 25, 34, 2048, 512, 1, 1, 2},
    {"conv5 1x1 512-2048", 25, 34, 512, 2048, 1, 1, 3},
    {"FPN and RPN 3x3, P2", 200, 272, 256, 256, 3, 1, 2},
    {"FPN and RPN 3x3, P3", 100, 136, 256, 256, 3, 1, 2},
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *random_floats(size_t count)
{
    float *values = malloc(count * sizeof *values);
    if (!values)
        exit(1);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)rand() / (float)RAND_MAX - 0.5f;
    return values;
}

/* -------------------------------------------------------------- convolution */

struct problem {
    struct layer l;
    int out_h, out_w, pad;
    size_t places, taps;
    float *map, *weight, *patches, *out;
};

static void gather_nhwc(const struct problem *p)
{
    const struct layer *l = &p->l;
    float *to = p->patches;
    for (int y = 0; y < p->out_h; y++)
        for (int x = 0; x < p->out_w; x++)
            for (int i = 0; i < l->kernel; i++)
                for (int j = 0; j < l->kernel; j++, to += l->c) {
                    const int sy = y * l->stride + i - p->pad;
                    const int sx = x * l->stride + j - p->pad;
                    if (sy < 0 || sy >= l->h || sx < 0 || sx >= l->w)
                        memset(to, 0, (size_t)l->c * sizeof *to);
                    else
                        memcpy(to, p->map + (sy * l->w + sx) * l->c,
                               (size_t)l->c * sizeof *to);
                }
}

static void gather_nchw_row(const struct problem *p, float *to,
                            const float *from, int j)
{
    const struct layer *l = &p->l;
    for (int x = 0; x < p->out_w; x++) {
        const int sx = x * l->stride + j - p->pad;
        to[x] = sx < 0 || sx >= l->w ? 0.0f : from[sx];
    }
}

static void gather_nchw(const struct problem *p)
{
    const struct layer *l = &p->l;
    float *to = p->patches;
    for (int c = 0; c < l->c; c++)
        for (int i = 0; i < l->kernel; i++)
            for (int j = 0; j < l->kernel; j++)
                for (int y = 0; y < p->out_h; y++, to += p->out_w) {
                    const int sy = y * l->stride + i - p->pad;
                    if (sy < 0 || sy >= l->h)
                        memset(to, 0, (size_t)p->out_w * sizeof *to);
                    else
                        gather_nchw_row(p, to, p->map + (c * l->h + sy) * l->w,
                                        j);
                }
}

/* out[places, K] = patches[places, taps] x weight[taps, K] */
static void convolve_nhwc(const struct problem *p)
{
    const float *patches = p->map;
    if (p->l.kernel > 1) {
        gather_nhwc(p);
        patches = p->patches;
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)p->places,
                p->l.k, (int)p->taps, 1.0f, patches, (int)p->taps, p->weight,
                p->l.k, 0.0f, p->out, p->l.k);
}

/* out[K, places] = weight[K, taps] x patches[taps, places] */
static void convolve_nchw(const struct problem *p)
{
    const float *patches = p->map;
    if (p->l.kernel > 1) {
        gather_nchw(p);
        patches = p->patches;
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, p->l.k,
                (int)p->places, (int)p->taps, 1.0f, p->weight, (int)p->taps,
                patches, (int)p->places, 0.0f, p->out, (int)p->places);
}

/* ----------------------------------------------------------------- RoIAlign */

struct sample {
    int y, x;
    float weights[4];
};

/* The samples of the bins of a RoI, anywhere on the map. */
static void place_samples(struct sample *samples, int count,
                          const struct layer *l)
{
    const int y = rand() % (l->h - 16), x = rand() % (l->w - 16);
    for (int i = 0; i < count; i++)
        samples[i] = (struct sample){
            y + i / 14, x + i % 14, {0.25f, 0.25f, 0.25f, 0.25f}};
}

static void align_nhwc(const struct problem *p, const struct sample *samples)
{
    const int c = p->l.c, w = p->l.w;
    float *out = p->out;
    for (int bin = 0; bin < SIDE * SIDE; bin++, out += c) {
        memset(out, 0, (size_t)c * sizeof *out);
        for (int s = 0; s < SAMPLES * SAMPLES; s++) {
            const struct sample *at = &samples[bin * SAMPLES * SAMPLES + s];
            const float *a = p->map + (at->y * w + at->x) * c, *b = a + w * c;
            for (int k = 0; k < c; k++)
                out[k] += at->weights[0] * a[k] + at->weights[1] * a[k + c] +
                          at->weights[2] * b[k] + at->weights[3] * b[k + c];
        }
    }
}

static void align_nchw(const struct problem *p, const struct sample *samples)
{
    const int w = p->l.w;
    float *out = p->out;
    for (int k = 0; k < p->l.c; k++) {
        const float *plane = p->map + (size_t)k * (size_t)(p->l.h * w);
        for (int bin = 0; bin < SIDE * SIDE; bin++) {
            float sum = 0.0f;
            for (int s = 0; s < SAMPLES * SAMPLES; s++) {
                const struct sample *at = &samples[bin * SAMPLES * SAMPLES + s];
                const float *a = plane + at->y * w + at->x, *b = a + w;
                sum += at->weights[0] * a[0] + at->weights[1] * a[1] +
                       at->weights[2] * b[0] + at->weights[3] * b[1];
            }
            *out++ = sum;
        }
    }
}

static void align_all(const struct problem *p,
                      void (*align)(const struct problem *,
                                    const struct sample *))
{
    struct sample samples[SIDE * SIDE * SAMPLES * SAMPLES];
    srand(1);
    for (int r = 0; r < ROIS; r++) {
        place_samples(samples, SIDE * SIDE * SAMPLES * SAMPLES, &p->l);
        align(p, samples);
    }
}

static void align_all_nhwc(const struct problem *p)
{
    align_all(p, align_nhwc);
}

static void align_all_nchw(const struct problem *p)
{
    align_all(p, align_nchw);
}

/* ------------------------------------------------------------------- timing */

static struct problem make_problem(const struct layer *l)
{
    struct problem p = {.l = *l, .pad = l->kernel / 2};
    p.out_h = (l->h + 2 * p.pad - l->kernel) / l->stride + 1;
    p.out_w = (l->w + 2 * p.pad - l->kernel) / l->stride + 1;
    p.places = (size_t)p.out_h * (size_t)p.out_w;
    p.taps = (size_t)l->c * (size_t)l->kernel * (size_t)l->kernel;
    p.map = random_floats((size_t)l->h * (size_t)l->w * (size_t)l->c);
    p.weight = random_floats(p.taps * (size_t)l->k);
    p.patches = random_floats(l->kernel > 1 ? p.places * p.taps : 1);
    p.out = random_floats(p.places * (size_t)l->k);
    return p;
}

static void free_problem(struct problem *p)
{
    free(p->map);
    free(p->weight);
    free(p->patches);
    free(p->out);
}

/* Least seconds of both, taking turns. */
static void take_turns(double seconds[2], const struct problem *p,
                       void (*const both[2])(const struct problem *))
{
    seconds[0] = seconds[1] = INFINITY;
    for (int i = 0; i < 2 * ROUNDS; i++) {
        const double start = now();
        both[i % 2](p);
        seconds[i % 2] = fmin(seconds[i % 2], now() - start);
    }
}

static void print_row(const char *name, int count, const double seconds[2])
{
    printf("| %-21s | %5d | %8.2f | %8.2f | %5.2f |\n", name, count,
           1e3 * seconds[0], 1e3 * seconds[1], seconds[1] / seconds[0]);
    fflush(stdout);
}

int main(void)
{
    void (*const convolve[2])(const struct problem *) = {convolve_nhwc,
                                                         convolve_nchw};
    void (*const align[2])(const struct problem *) = {align_all_nhwc,
                                                      align_all_nchw};
    double total[2] = {0.0, 0.0}, seconds[2];
    int count = 0;
    printf("| layer                 | count | NHWC, ms | NCHW, ms | ratio |\n"
           "| --------------------- | ----: | -------: | -------: | ----: |\n");
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        struct problem p = make_problem(&layers[i]);
        take_turns(seconds, &p, convolve);
        print_row(layers[i].name, layers[i].count, seconds);
        count += layers[i].count;
        for (int k = 0; k < 2; k++)
            total[k] += layers[i].count * seconds[k];
        free_problem(&p);
    }
    print_row("all convolutions", count, total);
    struct problem p =
        make_problem(&(struct layer){"", 100, 136, 256, 256, 1, 1, 1});
    take_turns(seconds, &p, align);
    print_row("RoIAlign, 1000 RoIs", 1, seconds);
    free_problem(&p);
    return 0;
}

/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "apps/bench_report.h"
#include "apps/cpu_name.h"
#include "apps/peak_memory.h"
#include "apps/text.h"
#include "detect/measure.h"

static void print_limit(const struct bench_report *report)
{
    const struct bench_limit *limit = report->limit;
    if (limit->vectors)
        printf("threads      %d\nits limit    %.1f GFLOP/s, one thread %.1f "
               "(multiply-adds, %s)\n",
               (int)limit->threads, limit->most, limit->one_thread,
               limit->vectors);
    else
        printf("device       %s, %s\nits limit    %.1f GFLOP/s (products of "
               "large matrices)\n",
               report->device, report->precision, limit->most);
}

static void print_head(const struct bench_report *report)
{
    char cpu[128];
    cpu_name_read(cpu, sizeof cpu);
    fputs("model        ", stdout);
    text_write_field(stdout, report->model);
    printf(" (%s)\nimage        ", report->architecture);
    text_write_field(stdout, report->image ? report->image : "a drawing");
    printf(", %d x %d", (int)report->width, (int)report->height);
    if (report->batch > 1)
        printf(", %zu times", report->batch);
    fputs("\nCPU          ", stdout);
    text_write_field(stdout, cpu);
    printf("\nOpenBLAS     %s\n", det_cpu_blas_read().core);
    print_limit(report);
}

/* GFLOP, GFLOP/s and share, or dashes where nothing is multiplied. */
static void print_rate(const struct bench_rate *rate)
{
    if (rate->gflop > 0.0)
        printf(" %10.3f %8.1f", rate->gflop, rate->gflops);
    else
        printf(" %10s %8s", "-", "-");
    if (rate->gflop > 0.0)
        printf(" %7.1f", 100.0 * rate->share);
    else
        printf(" %7s", "-");
}

static void print_stage(const struct bench_report *report, const char *name,
                        struct bench_series *series, double total_ms)
{
    const struct bench_rate rate =
        bench_rate_of(&series->seconds, series->gflop, report);
    if (!bench_rate_counts(&rate))
        return;
    printf("%-10s %10.2f %10.2f %10.2f %7.1f", name, rate.ms.p50, rate.ms.p95,
           rate.ms.least, total_ms > 0.0 ? 100.0 * rate.ms.p50 / total_ms : 0);
    print_rate(&rate);
    putchar('\n');
}

static void print_stages(const struct bench_report *report,
                         const struct bench_rate *total)
{
    struct bench_times *times = report->times;
    printf("\n%-10s %10s %10s %10s %7s %10s %8s %7s\n", "stage", "p50 ms",
           "p95 ms", "min ms", "share %", "GFLOP", "GFLOP/s", "limit %");
    for (int i = 0; i < BENCH_STAGES; i++)
        print_stage(report, bench_stage_name(i), &times->stages[i],
                    total->ms.p50);
    print_stage(report, "total", &times->total, total->ms.p50);
    printf("runs: %zu, %.3f images/s\npeak memory: %.1f MiB\n", times->runs,
           bench_images_per_second(report, total), peak_memory_mib());
}

/* ------------------------------------------------------------------- layers */

/* "8 x 224 x 224 x 3" */
static void write_shape(char *out, size_t size, const int32_t shape[4])
{
    snprintf(out, size, "%dx%dx%dx%d", (int)shape[0], (int)shape[1],
             (int)shape[2], (int)shape[3]);
}

static int name_width(const struct bench_layers *layers)
{
    int width = (int)sizeof "layer";
    for (size_t i = 0; i < layers->count; i++) {
        const int length = snprintf(NULL, 0, "%s", layers->rows[i].shape.name);
        if (length > width)
            width = length;
    }
    return width;
}

/* The share is that of the products which were really formed. */
static double print_layer(const struct bench_report *report,
                          struct bench_layer *layer, int width)
{
    char in[48], out[48];
    const struct bench_rate direct =
        bench_rate_of(&layer->seconds, layer->gflop, report);
    const struct bench_rate done =
        bench_rate_of(&layer->seconds, layer->done_gflop, report);
    write_shape(in, sizeof in, layer->shape.in);
    write_shape(out, sizeof out, layer->shape.out);
    printf("%-*s %-10s %17s %17s %2d %5zu %9.3f %9.3f %9.3f %8.1f %8.1f", width,
           layer->shape.name, layer->shape.algorithm, in, out,
           (int)layer->shape.kernel, layer->all_calls / report->times->runs,
           direct.ms.p50, direct.ms.p95, direct.gflop, direct.gflops,
           done.gflops);
    printf(" %7.1f\n", 100.0 * done.share);
    return direct.ms.p50;
}

static void print_layers(const struct bench_report *report, double total_ms)
{
    struct bench_layers *layers = report->layers;
    const int width = name_width(layers);
    double sum = 0.0;
    printf("\n%-*s %-10s %17s %17s %2s %5s %9s %9s %9s %8s %8s %7s\n", width,
           "layer", "algorithm", "in", "out", "k", "calls", "p50 ms", "p95 ms",
           "GFLOP", "GFLOP/s", "done/s", "limit %");
    for (size_t i = 0; i < layers->count; i++)
        sum += print_layer(report, &layers->rows[i], width);
    printf("%zu rows, %.2f ms of %.2f; GFLOP as of a direct algorithm, done/s "
           "and the limit's share of the products really formed\n",
           layers->count, sum, total_ms);
}

void bench_table_print(const struct bench_report *report)
{
    struct bench_times *times = report->times;
    const struct bench_rate total =
        bench_rate_of(&times->total.seconds, times->total.gflop, report);
    print_head(report);
    print_stages(report, &total);
    if (report->layers)
        print_layers(report, total.ms.p50);
}

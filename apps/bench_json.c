/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "apps/bench_report.h"
#include "apps/cpu_name.h"
#include "apps/peak_memory.h"
#include "apps/text.h"
#include "detect/measure.h"

/* `,"KEY":"TEXT"` */
static void text(const char *key, const char *value)
{
    printf(",\"%s\":", key);
    text_write_json(stdout, value);
}

static void number(const char *key, double value)
{
    printf(",\"%s\":%.9g", key, value);
}

static void print_limit(const struct bench_limit *limit)
{
    if (!limit->vectors) {
        printf(",\"threads\":null,\"vectors\":null,\"limit_gflops\":"
               "{\"products\":%.9g}",
               limit->most);
        return;
    }
    printf(",\"threads\":%d", (int)limit->threads);
    text("vectors", limit->vectors);
    printf(",\"limit_gflops\":{\"one_thread\":%.9g,\"all_threads\":%.9g}",
           limit->one_thread, limit->most);
}

static void print_head(const struct bench_report *report)
{
    char cpu[128];
    cpu_name_read(cpu, sizeof cpu);
    fputs("{\"program\":\"detect-bench\"", stdout);
    text("cpu", cpu);
    text("openblas", det_cpu_blas_read().core);
    text("device", report->device);
    text("precision", report->precision);
    print_limit(report->limit);
    text("model", report->model);
    text("architecture", report->architecture);
    if (report->image)
        text("photo", report->image);
    else
        fputs(",\"photo\":null", stdout);
    printf(",\"height\":%d,\"width\":%d,\"runs\":%zu,\"batch\":%zu",
           (int)report->height, (int)report->width, report->times->runs,
           report->batch);
}

static void print_times(const struct bench_rate *rate)
{
    printf("\"p50_ms\":%.9g", rate->ms.p50);
    number("p95_ms", rate->ms.p95);
    number("min_ms", rate->ms.least);
}

static void print_total(const struct bench_report *report)
{
    struct bench_series *total = &report->times->total;
    const struct bench_rate rate =
        bench_rate_of(&total->seconds, total->gflop, report);
    fputs(",\"total\":{", stdout);
    print_times(&rate);
    number("images_per_s", bench_images_per_second(report, &rate));
    number("gflop", rate.gflop);
    number("gflops", rate.gflops);
    number("limit_share", rate.share);
    putchar('}');
}

static void print_stages(const struct bench_report *report)
{
    const char *comma = "";
    fputs(",\"stages\":[", stdout);
    for (int i = 0; i < BENCH_STAGES; i++) {
        struct bench_series *series = &report->times->stages[i];
        const struct bench_rate rate =
            bench_rate_of(&series->seconds, series->gflop, report);
        if (!bench_rate_counts(&rate))
            continue;
        printf("%s{\"name\":\"%s\",", comma, bench_stage_name(i));
        print_times(&rate);
        number("gflop", rate.gflop);
        number("gflops", rate.gflops);
        number("limit_share", rate.share);
        putchar('}');
        comma = ",";
    }
    putchar(']');
}

static void shape(const char *key, const int32_t sides[4])
{
    printf(",\"%s\":[%d,%d,%d,%d]", key, (int)sides[0], (int)sides[1],
           (int)sides[2], (int)sides[3]);
}

static void print_layer(const struct bench_report *report,
                        struct bench_layer *layer)
{
    const struct bench_rate direct =
        bench_rate_of(&layer->seconds, layer->gflop, report);
    const struct bench_rate done =
        bench_rate_of(&layer->seconds, layer->done_gflop, report);
    fputs("{\"name\":", stdout);
    text_write_json(stdout, layer->shape.name);
    text("algorithm", layer->shape.algorithm);
    shape("in", layer->shape.in);
    shape("out", layer->shape.out);
    printf(",\"kernel\":%d,\"calls\":%zu,", (int)layer->shape.kernel,
           layer->all_calls / report->times->runs);
    print_times(&direct);
    number("gflop", direct.gflop);
    number("gflops", direct.gflops);
    number("done_gflop", done.gflop);
    number("done_gflops", done.gflops);
    number("limit_share", done.share);
    putchar('}');
}

static void print_layers(const struct bench_report *report)
{
    fputs(",\"layers\":[", stdout);
    for (size_t i = 0; report->layers && i < report->layers->count; i++) {
        if (i > 0)
            putchar(',');
        print_layer(report, &report->layers->rows[i]);
    }
    putchar(']');
}

void bench_json_print(const struct bench_report *report)
{
    print_head(report);
    print_total(report);
    print_stages(report);
    print_layers(report);
    number("peak_memory_mib", peak_memory_mib());
    fputs("}\n", stdout);
}

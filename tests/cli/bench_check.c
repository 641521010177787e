/* SPDX-License-Identifier: MIT */
/*
 * usage: bench_check < JSON
 *
 * What `detect-bench --json` prints: every number is there and they agree with
 * each other.  Of one run (--repeat=1), whose percentiles are its times, also
 * that stages and layers fill it.
 */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 20 };

static int wrong;

static void complain(const char *what, const char *where)
{
    printf("%s: %s\n", where, what);
    wrong++;
}

static double number(const cJSON *object, const char *key, const char *where)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (cJSON_IsNumber(item) && isfinite(item->valuedouble) &&
        item->valuedouble >= 0.0)
        return item->valuedouble;
    complain(key, where);
    return 0.0;
}

static const char *text(const cJSON *object, const char *key, const char *where)
{
    const char *value =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    if (value && *value)
        return value;
    complain(key, where);
    return "";
}

static const cJSON *member(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsArray(item) && !cJSON_IsObject(item))
        complain("is missing", key);
    return item;
}

static bool agree(double a, double b, double share)
{
    return fabs(a - b) <= share * fmax(fabs(a), fabs(b)) + 1e-9;
}

static double limit_of(const cJSON *report)
{
    const cJSON *limit = member(report, "limit_gflops");
    const bool is_of_cpu = strcmp(text(report, "device", "report"), "cpu") == 0;
    const char *most = is_of_cpu ? "all_threads" : "products";
    if (is_of_cpu)
        number(limit, "one_thread", "limit_gflops");
    const double gflops = number(limit, most, "limit_gflops");
    if (gflops <= 0.0)
        complain("is 0", most);
    return gflops;
}

/* Times and rates of a stage or a layer; returns its p50. */
static double check_rates(const cJSON *item, const char *done, double limit,
                          const char *where)
{
    const double p50 = number(item, "p50_ms", where);
    const double p95 = number(item, "p95_ms", where);
    const double least = number(item, "min_ms", where);
    const double gflop = number(item, "gflop", where);
    const double gflops = number(item, "gflops", where);
    const double rate = number(item, done, where);
    const double share = number(item, "limit_share", where);
    if (least > p50 || p50 > p95)
        complain("min, p50 and p95 are not in order", where);
    if (p50 > 0.0 && !agree(gflops, 1e3 * gflop / p50, 1e-6))
        complain("gflops is not gflop by p50_ms", where);
    if (!agree(share, rate / limit, 1e-6))
        complain("limit_share is not what was done by the limit", where);
    return p50;
}

struct sums {
    double ms, gflop;
};

static struct sums check_stages(const cJSON *report, double limit)
{
    struct sums sums = {0};
    const cJSON *stage;
    cJSON_ArrayForEach(stage, member(report, "stages"))
    {
        const char *name = text(stage, "name", "stages");
        sums.ms += check_rates(stage, "gflops", limit, name);
        sums.gflop += number(stage, "gflop", name);
    }
    return sums;
}

static void check_shape(const cJSON *layer, const char *key, const char *where)
{
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(layer, key), *side;
    int sides = 0;
    cJSON_ArrayForEach(side, shape) sides +=
        cJSON_IsNumber(side) && side->valuedouble >= 1.0;
    if (sides != 4)
        complain(key, where);
}

static struct sums check_layers(const cJSON *report, double limit)
{
    struct sums sums = {0};
    const cJSON *layer;
    cJSON_ArrayForEach(layer, member(report, "layers"))
    {
        const char *name = text(layer, "name", "layers");
        const char *algorithm = text(layer, "algorithm", name);
        const double gflop = number(layer, "gflop", name);
        const double done = number(layer, "done_gflop", name);
        sums.ms += check_rates(layer, "done_gflops", limit, name);
        sums.gflop += gflop;
        check_shape(layer, "in", name);
        check_shape(layer, "out", name);
        if (number(layer, "calls", name) < 1.0 ||
            number(layer, "kernel", name) < 1.0)
            complain("calls or kernel is 0", name);
        if (strcmp(algorithm, "winograd") != 0 && !agree(gflop, done, 1e-9))
            complain("more or less is done than a direct algorithm does", name);
    }
    return sums;
}

static void check_total(const cJSON *report, struct sums stages,
                        struct sums layers)
{
    const cJSON *total = member(report, "total");
    const double p50 = number(total, "p50_ms", "total");
    const double batch = number(report, "batch", "report");
    const double each = number(total, "images_per_s", "total");
    const bool one = number(report, "runs", "report") == 1.0;
    if (!agree(each, 1e3 * batch / p50, 1e-6))
        complain("images_per_s is not batch by p50_ms", "total");
    if (!agree(number(total, "gflop", "total"), stages.gflop, 1e-6))
        complain("gflop is not the sum of the stages'", "total");
    if (one && (stages.ms > p50 || stages.ms < 0.7 * p50 - 20.0))
        complain("the stages do not fill it", "total");
    if (layers.ms == 0.0)
        return;
    if (!agree(layers.gflop, stages.gflop, 1e-6))
        complain("gflop is not the sum of the layers'", "total");
    if (one && layers.ms > stages.ms)
        complain("layers take longer than stages", "total");
}

int main(void)
{
    static char room[MOST];
    const size_t size = fread(room, 1, sizeof room - 1, stdin);
    room[size] = 0;
    const char *end = room;
    cJSON *report = cJSON_ParseWithOpts(room, &end, false);
    if (!report || strcmp(end, "\n") != 0) {
        puts("not one JSON object on one line");
        return EXIT_FAILURE;
    }
    if (strcmp(text(report, "program", "report"), "detect-bench") != 0)
        complain("is not detect-bench", "program");
    text(report, "cpu", "report");
    text(report, "openblas", "report");
    text(report, "model", "report");
    text(report, "precision", "report");
    if (strcmp(text(report, "device", "report"), "cpu") == 0) {
        text(report, "vectors", "report");
        if (number(report, "threads", "report") < 1.0)
            complain("is 0", "threads");
    }
    if (number(report, "peak_memory_mib", "report") <= 0.0)
        complain("is 0", "peak_memory_mib");
    const double limit = limit_of(report);
    const struct sums stages = check_stages(report, limit);
    check_total(report, stages, check_layers(report, limit));
    cJSON_Delete(report);
    return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
/* detect-data stats */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/data_job.h"
#include "apps/text.h"

enum { BAR = 24, NAME = 24 };

static const struct {
    const char *key, *title;
} histograms[] = {
    [DET_HISTOGRAM_ASPECT] = {"aspect", "width : height of boxes"},
    [DET_HISTOGRAM_PER_IMAGE] = {"per_image", "objects in an image"},
    [DET_HISTOGRAM_SIZE] = {"size", "root of the area, pixels"},
};

enum { HISTOGRAMS = sizeof histograms / sizeof *histograms };

/* --------------------------------------------------------------------- text */

/* The name cut or padded to so many characters, without control ones. */
static void print_name(const char *name, int columns)
{
    int used = 0;
    while (*name && used < columns) {
        const size_t length = text_utf8_length(name);
        if (length == 0 || (unsigned char)*name < 0x20 || *name == 0x7f)
            putchar('?');
        else
            fwrite(name, 1, length, stdout);
        name += length ? length : 1;
        used++;
    }
    printf("%*s", columns - used, "");
}

/* A bar of at least one mark for what is not 0. */
static void print_bar(size_t count, size_t most)
{
    const size_t marks =
        most ? (count * BAR + most - 1) / most : 0; /* rounded up */
    putchar(marks ? ' ' : '\n');
    for (size_t i = 0; i < marks; i++)
        putchar('#');
    if (marks)
        putchar('\n');
}

static void print_row(const det_category_stats *s, const char *name,
                      size_t most)
{
    print_name(name, NAME);
    printf(" %8zu %6zu %7zu %7zu %7zu %7zu %6.0f", s->objects, s->crowds,
           s->images, s->small, s->medium, s->large, sqrt(s->mean_area));
    print_bar(s->objects, most);
}

static int most_first(const void *a, const void *b)
{
    const det_category_stats *x = a, *y = b;
    if (x->objects != y->objects)
        return x->objects > y->objects ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static void print_classes(const det_category_stats *rows, size_t count,
                          const det_category_stats *total)
{
    printf("%-*s %8s %6s %7s %7s %7s %7s %6s\n", NAME, "class", "objects",
           "crowd", "images", "small", "medium", "large", "side");
    for (size_t i = 0; i < count; i++)
        print_row(&rows[i], rows[i].name[0] ? rows[i].name : "(no name)",
                  rows[0].objects);
    if (count > 1)
        print_row(total, "all", 0);
}

static void print_histogram(const det_dataset_stats *stats, det_histogram which)
{
    det_histogram_bin bin;
    size_t most = 0;
    for (size_t i = 0; det_dataset_stats_bin(stats, which, i, &bin); i++)
        most = bin.count > most ? bin.count : most;
    printf("\n%s\n", histograms[which].title);
    for (size_t i = 0; det_dataset_stats_bin(stats, which, i, &bin); i++) {
        printf("  %-22s %8zu", bin.name, bin.count);
        print_bar(bin.count, most);
    }
}

/* Of a set for classification: there is nothing to be measured. */
static void print_image_classes(const det_category_stats *rows, size_t count)
{
    printf("%-*s %8s\n", NAME, "class", "images");
    for (size_t i = 0; i < count; i++) {
        print_name(rows[i].name[0] ? rows[i].name : "(no name)", NAME);
        printf(" %8zu", rows[i].images);
        print_bar(rows[i].images, rows[0].images);
    }
}

static void print_detection(const struct data_job *job,
                            const det_dataset_stats *stats,
                            const det_category_stats *rows, size_t count)
{
    const size_t images = det_dataset_image_count(job->dataset);
    det_category_stats total;
    det_dataset_stats_total(stats, &total);
    printf(": %zu images (%zu without annotations), %zu objects and %zu crowds "
           "of %zu class%s\n\n",
           images, images - total.images, total.objects, total.crowds, count,
           count == 1 ? "" : "es");
    print_classes(rows, count, &total);
    for (int i = 0; i < HISTOGRAMS; i++)
        print_histogram(stats, (det_histogram)i);
}

static void print_classification(const struct data_job *job,
                                 const det_dataset_stats *stats,
                                 const det_category_stats *rows, size_t count)
{
    const size_t images = det_dataset_image_count(job->dataset);
    det_category_stats total;
    det_dataset_stats_total(stats, &total);
    printf(": %zu images (%zu without a class) of %zu class%s; classification: "
           "no boxes\n\n",
           images, images - total.images, count, count == 1 ? "" : "es");
    print_image_classes(rows, count);
}

static enum exit_code print_text(struct data_job *job,
                                 const det_dataset_stats *stats)
{
    const size_t count = det_dataset_category_count(job->dataset);
    det_category_stats *rows = calloc(count ? count : 1, sizeof *rows);
    if (!rows) {
        console_error(job->console, "out of memory");
        return EXIT_MEMORY;
    }
    for (size_t i = 0; i < count; i++)
        det_dataset_stats_category(stats, i, &rows[i]);
    qsort(rows, count, sizeof *rows, most_first);
    text_write_field(stdout, job->options->annotations);
    if (det_dataset_is_classification(job->dataset))
        print_classification(job, stats, rows, count);
    else
        print_detection(job, stats, rows, count);
    free(rows);
    return EXIT_DONE;
}

/* --------------------------------------------------------------------- JSON */

static void print_json_numbers(const det_category_stats *s)
{
    printf("\"objects\":%zu,\"crowds\":%zu,\"images\":%zu,\"small\":%zu,"
           "\"medium\":%zu,\"large\":%zu,\"mean_area\":%.17g",
           s->objects, s->crowds, s->images, s->small, s->medium, s->large,
           s->mean_area);
}

static void print_json(const struct data_job *job,
                       const det_dataset_stats *stats)
{
    det_category_stats s;
    det_histogram_bin bin;
    det_dataset_stats_total(stats, &s);
    printf("{\"images\":%zu,\"total\":{",
           det_dataset_image_count(job->dataset));
    print_json_numbers(&s);
    fputs("},\n\"categories\":[", stdout);
    for (size_t i = 0; det_dataset_stats_category(stats, i, &s); i++) {
        printf("%s\n{\"id\":%" PRId64 ",\"name\":", i ? "," : "", s.id);
        text_write_json(stdout, s.name);
        putchar(',');
        print_json_numbers(&s);
        putchar('}');
    }
    fputs("],\n\"histograms\":{", stdout);
    for (int h = 0; h < HISTOGRAMS; h++) {
        printf("%s\n\"%s\":[", h ? "," : "", histograms[h].key);
        for (size_t i = 0;
             det_dataset_stats_bin(stats, (det_histogram)h, i, &bin); i++)
            printf("%s{\"bin\":\"%s\",\"count\":%zu}", i ? "," : "", bin.name,
                   bin.count);
        putchar(']');
    }
    puts("}}");
}

enum exit_code data_stats(struct data_job *job)
{
    det_dataset_stats *stats = NULL;
    enum exit_code code = EXIT_DONE;
    const det_status status =
        det_dataset_measure(job->context, job->dataset, &stats);
    if (status != DET_OK)
        return data_report(job, job->options->annotations, status);
    if (job->options->json)
        print_json(job, stats);
    else
        code = print_text(job, stats);
    det_dataset_stats_destroy(&stats);
    return code;
}

/* SPDX-License-Identifier: MIT */
#include "apps/train_metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apps/text.h"
#include "apps/train_run.h"

static const char file_name[] = "metrics.jsonl";

static bool is_validation(const char *name)
{
    const size_t length = strlen(name);
    return strstr(name, "AP") ||
           (length > 4 && strcmp(name + length - 4, "_val") == 0);
}

/* ------------------------------------------------------------------ opening */

static enum exit_code fail(struct console *console, const char *path)
{
    console_error(console, "%s: cannot be written: %s", path, strerror(errno));
    return EXIT_OUTPUT;
}

/* As is_validation, of the names in a line. */
static bool holds_validation(const char *line)
{
    return strstr(line, "_val\":") || strstr(line, "AP");
}

/* Bytes of the lines up to and with `iteration`; *judged: that of the last
 * validation among them. */
static long kept_bytes(FILE *file, int64_t iteration, int64_t *judged)
{
    char *line = NULL;
    size_t size = 0;
    long kept = 0;
    ssize_t length;
    while ((length = getline(&line, &size, file)) > 0) {
        int64_t of;
        if (line[length - 1] != '\n' ||
            sscanf(line, "{\"iteration\":%" SCNd64, &of) != 1 || of > iteration)
            break;
        if (holds_validation(line))
            *judged = of;
        kept += length;
    }
    free(line);
    return kept;
}

enum exit_code train_metrics_open(struct train_metrics *out, const char *run,
                                  int64_t iteration, struct console *console)
{
    *out = (struct train_metrics){.judged = -1};
    const enum exit_code code =
        train_run_path(out->path, run, file_name, console);
    if (code != EXIT_DONE)
        return code;
    out->file = fopen(out->path, "a+e");
    if (!out->file)
        return fail(console, out->path);
    rewind(out->file);
    const long kept = kept_bytes(out->file, iteration, &out->judged);
    if (ftruncate(fileno(out->file), kept) != 0 ||
        fseek(out->file, 0, SEEK_END) != 0)
        return fail(console, out->path);
    return EXIT_DONE;
}

enum exit_code train_metrics_close(struct train_metrics *metrics,
                                   struct console *console)
{
    FILE *file = metrics->file;
    metrics->file = NULL;
    return !file || fclose(file) == 0 ? EXIT_DONE
                                      : fail(console, metrics->path);
}

/* ------------------------------------------------------------------- adding */

static void add(struct train_metrics *m, const char *name, double value)
{
    size_t i = 0;
    while (i < m->count && strcmp(m->items[i].name, name) != 0)
        i++;
    if (i == TRAIN_MOST_METRICS)
        return;
    if (i == m->count) {
        m->items[i].name = name;
        m->items[i].sum = 0.0;
        m->items[i].steps = 0;
        m->count++;
    }
    m->items[i].sum += value;
    m->items[i].last = value;
    m->items[i].steps++;
}

void train_metrics_add(struct train_metrics *metrics,
                       const det_trainer *trainer)
{
    const char *name;
    double value;
    for (size_t i = 0; det_trainer_metric(trainer, i, &name, &value); i++)
        if (!is_validation(name))
            add(metrics, name, value);
}

double train_metrics_mean(const struct train_metrics *metrics, const char *name)
{
    for (size_t i = 0; i < metrics->count; i++)
        if (strcmp(metrics->items[i].name, name) == 0 &&
            metrics->items[i].steps > 0)
            return metrics->items[i].sum / (double)metrics->items[i].steps;
    return NAN;
}

/* ------------------------------------------------------------------ writing */

static void write_number(FILE *file, const char *name, double value)
{
    fputc(',', file);
    text_write_json(file, name);
    if (isfinite(value))
        fprintf(file, ":%.9g", value);
    else
        fputs(":null", file); /* JSON has no NaN */
}

/* The end of a line, which goes out at once: the run may be killed. */
static enum exit_code finish_line(const struct train_metrics *metrics,
                                  struct console *console)
{
    fputs("}\n", metrics->file);
    return fflush(metrics->file) == 0 && !ferror(metrics->file)
               ? EXIT_DONE
               : fail(console, metrics->path);
}

/* Of the last step, not a mean over those since the last line. */
static bool is_state(const char *name)
{
    static const char *const names[] = {"lr", "loss_scale", "skipped_steps"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

enum exit_code train_metrics_write_steps(struct train_metrics *metrics,
                                         int64_t iteration, double eta_seconds,
                                         struct console *console)
{
    FILE *file = metrics->file;
    fprintf(file, "{\"iteration\":%" PRId64, iteration);
    for (size_t i = 0; i < metrics->count; i++) {
        write_number(file, metrics->items[i].name,
                     is_state(metrics->items[i].name)
                         ? metrics->items[i].last
                         : train_metrics_mean(metrics, metrics->items[i].name));
    }
    write_number(file, "eta_seconds", eta_seconds);
    metrics->count = 0;
    return finish_line(metrics, console);
}

enum exit_code train_metrics_write_validation(struct train_metrics *metrics,
                                              const det_trainer *trainer,
                                              struct console *console)
{
    FILE *file = metrics->file;
    const char *name;
    double value;
    fprintf(file, "{\"iteration\":%" PRId64, det_trainer_iteration(trainer));
    for (size_t i = 0; det_trainer_metric(trainer, i, &name, &value); i++)
        if (is_validation(name))
            write_number(file, name, value);
    metrics->judged = det_trainer_iteration(trainer);
    return finish_line(metrics, console);
}

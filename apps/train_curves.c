/* SPDX-License-Identifier: MIT */
#include "apps/train_curves.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "apps/chart.h"
#include "apps/train_run.h"
#include "apps/whole_file.h"

static const double page_width = 1040, page_head = 74, gap = 16;
static const double wide_height = 380, half_height = 300;

enum { MOST_NAMES = 8, PANELS = 6 };

/* A name that ends in '*' stands for all that begin so. */
struct panel_rule {
    const char *title;
    const char *names[MOST_NAMES]; /* in the order of the legend */
    double factor, log_ratio;
};

static const struct panel_rule rules[PANELS] = {
    {"Loss", {"total_loss", "loss_*"}, 1, 12},
    {"Error, %", {"error_val", "error", "error5_val"}, 100, 15},
    {"Average precision",
     {"bbox/AP", "segm/AP", "bbox/AP50", "segm/AP50", "bbox/AP75", "segm/AP75"},
     1,
     1e9},
    {"Learning rate", {"lr"}, 1, 50},
    {"Norm of the gradient", {"gradient_norm"}, 1, 12},
    {"Seconds a step", {"time", "data_time"}, 1, 1e9},
};

/* ------------------------------------------------------------------ choosing
 */

static bool matches(const char *pattern, const char *name)
{
    const char *star = strchr(pattern, '*');
    return star ? strncmp(pattern, name, (size_t)(star - pattern)) == 0
                : strcmp(pattern, name) == 0;
}

static enum chart_line_kind kind_of(const char *name)
{
    if (strstr(name, "AP") || strstr(name, "_val"))
        return CHART_MARKED;
    return strcmp(name, "lr") == 0 ? CHART_EXACT : CHART_SMOOTHED;
}

static void choose_lines(struct chart *chart, const struct panel_rule *rule,
                         const struct metrics_table *table)
{
    for (size_t n = 0; n < MOST_NAMES && rule->names[n]; n++)
        for (size_t i = 0; i < table->count; i++) {
            const struct metrics_series *series = &table->series[i];
            if (matches(rule->names[n], series->name) &&
                chart->count < CHART_MOST_LINES)
                chart->lines[chart->count++] =
                    (struct chart_line){series, kind_of(series->name)};
        }
}

/* The charts that have lines; their number. */
static size_t choose_charts(struct chart out[PANELS],
                            const struct metrics_table *table, double epoch)
{
    size_t count = 0;
    for (size_t i = 0; i < PANELS; i++) {
        struct chart *chart = &out[count];
        *chart = (struct chart){.title = rules[i].title,
                                .factor = rules[i].factor,
                                .log_ratio = rules[i].log_ratio,
                                .last = table->last,
                                .epoch = epoch};
        choose_lines(chart, &rules[i], table);
        count += chart->count > 0;
    }
    return count;
}

/* The first across the page, the others two by two; the height of all. */
static double place_charts(struct chart *charts, size_t count)
{
    const double wide = page_width - 2 * gap, half = (wide - gap) / 2;
    double y = page_head;
    for (size_t i = 0; i < count; i++) {
        struct chart *c = &charts[i];
        const bool is_right = i > 0 && i % 2 == 0;
        const bool is_alone = i == 0 || (!is_right && i + 1 == count);
        c->x = is_right ? 2 * gap + half : gap;
        c->y = y;
        c->width = is_alone ? wide : half;
        c->height = i == 0 ? wide_height : half_height;
        if (is_alone || is_right)
            y += c->height + gap;
    }
    return y;
}

/* ------------------------------------------------------------------- drawing
 */

static void draw_head(FILE *out, const char *architecture,
                      const det_trainer *trainer)
{
    char now[CHART_NUMBER_SIZE], all[CHART_NUMBER_SIZE];
    const double epoch = (double)det_trainer_epoch(trainer);
    const double at = (double)det_trainer_iteration(trainer);
    const double end = (double)det_trainer_iterations(trainer);
    chart_number(now, at);
    chart_number(all, end);
    fprintf(out, "<text class=\"head\" x=\"%.0f\" y=\"34\">", gap + 4);
    chart_text(out, architecture);
    fprintf(out,
            "</text>\n<text class=\"sub\" x=\"%.0f\" y=\"56\">iteration %s of "
            "%s, epoch %.1f of %.1f</text>\n",
            gap + 4, now, all, at / epoch, end / epoch);
}

static bool draw(FILE *out, const struct metrics_table *table,
                 const char *architecture, const det_trainer *trainer)
{
    struct chart charts[PANELS];
    const size_t count =
        choose_charts(charts, table, (double)det_trainer_epoch(trainer));
    const double height = place_charts(charts, count);
    bool good = true;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
            "width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n"
            "<title>Training of ",
            page_width, height, page_width, height);
    chart_text(out, architecture);
    fputs("</title>\n", out);
    chart_style(out);
    fputs("<rect width=\"100%\" height=\"100%\" fill=\"#f6f7f9\"/>\n", out);
    draw_head(out, architecture, trainer);
    for (size_t i = 0; good && i < count; i++)
        good = chart_draw(out, &charts[i]);
    fputs("</svg>\n", out);
    return good;
}

static bool make_text(char **text, size_t *size,
                      const struct metrics_table *table,
                      const char *architecture, const det_trainer *trainer)
{
    FILE *out = open_memstream(text, size);
    if (!out)
        return false;
    const bool good = draw(out, table, architecture, trainer) && !ferror(out);
    if (fclose(out) == 0 && good)
        return true;
    errno = ENOMEM;
    return false;
}

/* ------------------------------------------------------------------- writing
 */

static void warn(struct console *console, const char *path)
{
    console_warn(console, "%s: cannot be written: %s", path, strerror(errno));
}

void train_curves_write(const char *run, const char *architecture,
                        const det_trainer *trainer, struct console *console)
{
    char metrics[PATH_MAX], path[PATH_MAX], *text = NULL;
    size_t size = 0;
    struct metrics_table table;
    if (train_run_path(metrics, run, "metrics.jsonl", console) != EXIT_DONE ||
        train_run_path(path, run, "curves.svg", console) != EXIT_DONE)
        return;
    if (!metrics_table_read(&table, metrics)) {
        warn(console, path);
        return;
    }
    if (table.last > 0 &&
        !(make_text(&text, &size, &table, architecture, trainer) &&
          whole_file_write(path, text, size)))
        warn(console, path);
    free(text);
    metrics_table_free(&table);
}

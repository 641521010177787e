/* SPDX-License-Identifier: MIT */
#include "apps/chart.h"

#include <math.h>
#include <stdlib.h>

/* Room around the lines, and how the legend is set, in px. */
static const double left = 62, right = 28, bottom = 46, header = 36;
static const double inset = 16, legend_row = 18, epoch_room = 28, letter = 6.9;

enum { Y_TICKS = 5, COLUMNS = 360, SMOOTH_PARTS = 50, RARE_PARTS = 40 };

/* Far from each other in hue and in lightness. */
static const char *const colours[CHART_MOST_LINES] = {
    "#2563d0", "#d9730d", "#15803d", "#c026a8",
    "#b91c1c", "#0e8fa3", "#6d4bc3", "#5b6675",
};

/* A panel while it is drawn. */
struct panel {
    FILE *out;
    const struct chart *chart;
    struct chart_scale x_scale, y_scale;
    double x, y, width, height; /* of the lines' area, px */
    double *smooth[CHART_MOST_LINES];
};

void chart_text(FILE *out, const char *text)
{
    for (; *text; text++)
        if (*text == '&' || *text == '<' || *text == '>' || *text == '"')
            fprintf(out, "&#%d;", *text);
        else
            fputc((unsigned char)*text < 0x20 ? '?' : *text, out);
}

void chart_style(FILE *out)
{
    fputs("<style>\n"
          "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,"
          "'DejaVu Sans',sans-serif;font-size:12px;fill:#5b6675}\n"
          ".head{font-size:19px;font-weight:600;fill:#1c2430}\n"
          ".sub{font-size:13px}\n"
          ".title{font-size:14px;font-weight:600;fill:#1c2430}\n"
          ".name{fill:#1c2430}\n"
          ".epoch{font-size:11px;fill:#8792a2}\n"
          ".mid{text-anchor:middle}\n"
          ".end{text-anchor:end}\n"
          ".card{fill:#fff;stroke:#dde2e9}\n"
          ".grid{stroke:#e6eaf0;fill:none}\n"
          ".axis{stroke:#aab3c0;fill:none}\n"
          ".raw{fill:none;stroke-width:1;opacity:.28}\n"
          ".line{fill:none;stroke-width:2.1;stroke-linejoin:round;"
          "stroke-linecap:round}\n"
          "</style>\n",
          out);
}

/* ----------------------------------------------------------------- smoothing
 */

/* Mean of the points up to 1/SMOOTH_PARTS of all before and after; others than
 * CHART_SMOOTHED stay as they are. */
static double *smooth_of(const struct chart_line *line)
{
    const struct metrics_series *series = line->series;
    const size_t count = series->count;
    const size_t reach =
        line->kind == CHART_SMOOTHED ? count / SMOOTH_PARTS : 0;
    double *sums = calloc(count + 1, sizeof *sums);
    double *out = calloc(count, sizeof *out);
    for (size_t i = 0; sums && out && i < count; i++)
        sums[i + 1] = sums[i] + series->points[i].value;
    for (size_t i = 0; sums && out && i < count; i++) {
        const size_t from = i > reach ? i - reach : 0;
        const size_t to = i + reach < count ? i + reach + 1 : count;
        out[i] = (sums[to] - sums[from]) / (double)(to - from);
    }
    free(sums);
    if (sums)
        return out;
    free(out);
    return NULL;
}

static bool smooth_all(struct panel *p)
{
    for (size_t i = 0; i < p->chart->count; i++) {
        p->smooth[i] = smooth_of(&p->chart->lines[i]);
        if (!p->smooth[i])
            return false;
    }
    return true;
}

/* -------------------------------------------------------------------- scales
 */

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Values of all lines, sorted, with free(); NULL: out of memory. */
static double *sort_values(const struct panel *p, bool smooth, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < p->chart->count; i++)
        *count += p->chart->lines[i].series->count;
    double *values = calloc(*count, sizeof *values);
    for (size_t i = 0, used = 0; values && i < p->chart->count; i++)
        for (size_t k = 0; k < p->chart->lines[i].series->count; k++)
            values[used++] = smooth
                                 ? p->smooth[i][k]
                                 : p->chart->lines[i].series->points[k].value;
    if (values)
        qsort(values, *count, sizeof *values, compare);
    return values;
}

/* All of the smooth lines, and of what was measured all but the few ends. */
static struct chart_scale find_range(const double *smooth, const double *raw,
                                     size_t count, double log_ratio)
{
    const size_t few = count / RARE_PARTS, tenth = count / 10;
    struct chart_scale scale = {fmin(smooth[0], raw[few]),
                                fmax(smooth[count - 1], raw[count - 1 - few]),
                                false};
    scale.is_log = scale.low > 0.0 &&
                   smooth[count - 1 - tenth] > log_ratio * smooth[tenth];
    return scale;
}

static void finish_y(struct chart_scale *scale, double factor)
{
    scale->low *= factor;
    scale->high *= factor;
    if (!scale->is_log && scale->low > 0.0 && scale->low < 0.4 * scale->high)
        scale->low = 0.0;
    if (!(scale->high - scale->low > 1e-6 * fabs(scale->high))) {
        const double half = 0.1 * fabs(scale->high) + 1e-6;
        scale->low -= half;
        scale->high += half;
    }
    chart_scale_round(scale, Y_TICKS);
}

static bool find_scales(struct panel *p)
{
    size_t count;
    double *smooth = sort_values(p, true, &count);
    double *raw = sort_values(p, false, &count);
    const bool good = smooth && raw;
    p->x_scale = (struct chart_scale){0.0, p->chart->last, false};
    if (good) {
        p->y_scale = find_range(smooth, raw, count, p->chart->log_ratio);
        finish_y(&p->y_scale, p->chart->factor);
    }
    free(smooth);
    free(raw);
    return good;
}

static double x_of(const struct panel *p, double iteration)
{
    return p->x + p->width * chart_scale_place(&p->x_scale, iteration);
}

/* Far outside values stay near, for the clipping to cut. */
static double y_of(const struct panel *p, double value)
{
    const double place =
        chart_scale_place(&p->y_scale, p->chart->factor * value);
    return p->y + p->height * (1.0 - fmax(-0.2, fmin(1.2, place)));
}

/* -------------------------------------------------------------------- legend
 */

static void legend_value(char out[CHART_NUMBER_SIZE],
                         const struct chart_line *line, const double *smooth,
                         double factor)
{
    snprintf(out, CHART_NUMBER_SIZE, "%.3g",
             factor * smooth[line->series->count - 1]);
}

/* Names with their last values, in as many rows as they need; the number of
 * rows.  Without a file they are counted only. */
static int draw_legend(FILE *out, const struct panel *p)
{
    const struct chart *c = p->chart;
    double x = c->x + inset, y = c->y + header + 8;
    int rows = 1;
    for (size_t i = 0; i < c->count; i++) {
        char value[CHART_NUMBER_SIZE], item[128];
        legend_value(value, &c->lines[i], p->smooth[i], c->factor);
        const double width =
            letter * snprintf(item, sizeof item, "%s %s",
                              c->lines[i].series->name, value) +
            38;
        if (x + width > c->x + c->width && x > c->x + inset) {
            x = c->x + inset;
            y += legend_row;
            rows++;
        }
        if (out)
            fprintf(out,
                    "<path class=\"line\" stroke=\"%s\" d=\"M%.1f %.1fh16\"/>"
                    "<text x=\"%.1f\" y=\"%.1f\"><tspan class=\"name\">",
                    colours[i], x, y - 4, x + 22, y);
        if (out) {
            chart_text(out, c->lines[i].series->name);
            fprintf(out, "</tspan> %s</text>\n", value);
        }
        x += width;
    }
    return rows;
}

/* ---------------------------------------------------------------------- axes
 */

static void draw_y_axis(const struct panel *p)
{
    struct chart_ticks ticks;
    char number[CHART_NUMBER_SIZE];
    chart_scale_ticks(&ticks, &p->y_scale, Y_TICKS);
    for (size_t i = 0; i < ticks.count; i++) {
        const double y =
            p->y +
            p->height * (1.0 - chart_scale_place(&p->y_scale, ticks.values[i]));
        chart_number(number, ticks.values[i]);
        fprintf(p->out,
                "<path class=\"grid\" d=\"M%.1f %.1fh%.1f\"/>"
                "<text class=\"end\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
                p->x, y, p->width, p->x - 8, y + 4, number);
    }
}

/* Iterations below, epochs above. */
static void draw_x_ticks(const struct panel *p, double unit, const char *kind,
                         double y, double mark)
{
    struct chart_ticks ticks;
    char number[CHART_NUMBER_SIZE];
    const struct chart_scale scale = {0.0, p->chart->last / unit, false};
    chart_scale_ticks(&ticks, &scale, (int)(p->width / 95));
    for (size_t i = 0; i < ticks.count; i++) {
        const double x = x_of(p, unit * ticks.values[i]);
        chart_number(number, ticks.values[i]);
        fprintf(p->out,
                "<path class=\"axis\" d=\"M%.1f %.1fv%.1f\"/>"
                "<text class=\"mid%s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
                x, mark < 0 ? p->y : p->y + p->height, mark, kind, x, y,
                number);
    }
}

static void draw_axes(const struct panel *p)
{
    const double base = p->y + p->height;
    draw_y_axis(p);
    fprintf(p->out, "<path class=\"axis\" d=\"M%.1f %.1fv%.1fh%.1f\"/>\n", p->x,
            p->y, p->height, p->width);
    draw_x_ticks(p, 1.0, "", base + 18, 4);
    fprintf(p->out,
            "<text class=\"end\" x=\"%.1f\" y=\"%.1f\">iteration</text>\n",
            p->x + p->width, base + 35);
    if (!(p->chart->last > p->chart->epoch / 5))
        return; /* no tick would be round */
    draw_x_ticks(p, p->chart->epoch, " epoch", p->y - 10, -5);
    fprintf(p->out,
            "<text class=\"epoch end\" x=\"%.1f\" y=\"%.1f\">epoch</text>\n",
            p->x - 12, p->y - 10);
}

/* --------------------------------------------------------------------- lines
 */

static void draw_point(const struct panel *p, bool first, double at,
                       double value)
{
    fprintf(p->out, "%s%.1f %.1f", first ? "M" : "L", x_of(p, at),
            y_of(p, value));
}

/* Of many points the lowest and the highest in a column. */
static void draw_raw(const struct panel *p, const struct metrics_series *series)
{
    const size_t part = 1 + series->count / COLUMNS;
    for (size_t i = 0; i < series->count; i += part) {
        size_t low = i, high = i;
        for (size_t k = i; k < i + part && k < series->count; k++) {
            if (series->points[k].value < series->points[low].value)
                low = k;
            if (series->points[k].value > series->points[high].value)
                high = k;
        }
        const struct metrics_point *a =
            &series->points[low < high ? low : high];
        const struct metrics_point *b =
            &series->points[low < high ? high : low];
        draw_point(p, i == 0, a->at, a->value);
        if (a != b)
            draw_point(p, false, b->at, b->value);
    }
}

static void draw_smooth(const struct panel *p,
                        const struct metrics_series *series,
                        const double *values)
{
    const size_t part = 1 + series->count / COLUMNS, last = series->count - 1;
    for (size_t i = 0; i < last; i += part)
        draw_point(p, i == 0, series->points[i].at, values[i]);
    draw_point(p, last == 0, series->points[last].at, values[last]);
}

static void draw_marks(const struct panel *p,
                       const struct metrics_series *series, const char *colour)
{
    const size_t part = 1 + series->count / COLUMNS;
    const double radius = series->count > 60 ? 1.6 : 3.0;
    for (size_t i = 0; i < series->count; i += part)
        fprintf(p->out,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>\n",
                x_of(p, series->points[i].at), y_of(p, series->points[i].value),
                radius, colour);
}

static void draw_line(const struct panel *p, size_t i)
{
    const struct chart_line *line = &p->chart->lines[i];
    if (line->kind == CHART_SMOOTHED) {
        fprintf(p->out, "<path class=\"raw\" stroke=\"%s\" d=\"", colours[i]);
        draw_raw(p, line->series);
        fputs("\"/>\n", p->out);
    }
    fprintf(p->out, "<path class=\"line\" stroke=\"%s\" d=\"", colours[i]);
    draw_smooth(p, line->series, p->smooth[i]);
    fputs("\"/>\n", p->out);
    if (line->kind == CHART_MARKED)
        draw_marks(p, line->series, colours[i]);
}

/* The first one on top: it is the one looked for. */
static void draw_lines(const struct panel *p)
{
    fprintf(p->out,
            "<svg x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
            "viewBox=\"%.1f %.1f %.1f %.1f\">\n",
            p->x, p->y - 3, p->width + 4, p->height + 6, p->x, p->y - 3,
            p->width + 4, p->height + 6);
    for (size_t i = p->chart->count; i-- > 0;)
        draw_line(p, i);
    fputs("</svg>\n", p->out);
}

/* --------------------------------------------------------------------- panel
 */

static void place(struct panel *p)
{
    const struct chart *c = p->chart;
    const double top =
        header + legend_row * draw_legend(NULL, p) + epoch_room - 6;
    p->x = c->x + left;
    p->y = c->y + top;
    p->width = c->width - left - right;
    p->height = c->height - top - bottom;
}

static void draw_panel(const struct panel *p)
{
    const struct chart *c = p->chart;
    fprintf(p->out,
            "<rect class=\"card\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
            "height=\"%.1f\" rx=\"8\"/>\n"
            "<text class=\"title\" x=\"%.1f\" y=\"%.1f\">",
            c->x, c->y, c->width, c->height, c->x + inset, c->y + 24);
    chart_text(p->out, c->title);
    fprintf(p->out, "%s</text>\n", p->y_scale.is_log ? " (log scale)" : "");
    draw_legend(p->out, p);
    draw_axes(p);
    draw_lines(p);
}

bool chart_draw(FILE *out, const struct chart *chart)
{
    struct panel p = {.out = out, .chart = chart};
    const bool good = smooth_all(&p) && find_scales(&p);
    if (good) {
        place(&p);
        draw_panel(&p);
    }
    for (size_t i = 0; i < chart->count; i++)
        free(p.smooth[i]);
    return good;
}

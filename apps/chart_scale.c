/* SPDX-License-Identifier: MIT */
#include "apps/chart_scale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double little = 1e-9; /* of a step, against rounding */

/* Of a logarithmic scale; the quotient might be infinite. */
static double decades(const struct chart_scale *scale)
{
    return log10(scale->high) - log10(scale->low);
}

double chart_scale_place(const struct chart_scale *scale, double value)
{
    if (!scale->is_log)
        return (value - scale->low) / (scale->high - scale->low);
    if (value <= 0.0)
        return -1.0;
    return (log10(value) - log10(scale->low)) / decades(scale);
}

/* ------------------------------------------------------------------- linear */

static double round_step(const struct chart_scale *scale, int wanted)
{
    const double rough = (scale->high - scale->low) / wanted;
    const double power = pow(10.0, floor(log10(rough)));
    const double digit = rough / power;
    return power * (digit < 1.5   ? 1.0
                    : digit < 3.5 ? 2.0
                    : digit < 7.5 ? 5.0
                                  : 10.0);
}

static void list_linear(struct chart_ticks *out,
                        const struct chart_scale *scale, int wanted)
{
    const double step = round_step(scale, wanted);
    const double first = ceil(scale->low / step - little);
    const double last = floor(scale->high / step + little);
    for (double i = first; i <= last && out->count < CHART_MOST_TICKS; i++)
        out->values[out->count++] = i * step;
}

/* -------------------------------------------------------------- logarithmic */

/* Steps of powers of ten where there are many. */
static int decade_step(const struct chart_scale *scale, int wanted)
{
    return 1 + (int)(decades(scale) / (2.0 * wanted));
}

static bool has_between(const struct chart_scale *scale)
{
    return decades(scale) < 3.2;
}

static void list_logarithmic(struct chart_ticks *out,
                             const struct chart_scale *scale, int wanted)
{
    static const double digits[] = {1.0, 2.0, 5.0};
    const size_t most = has_between(scale) ? 3 : 1;
    const int step = decade_step(scale, wanted);
    const int first = (int)floor(log10(scale->low) + little);
    for (int power = first; pow(10.0, power) <= scale->high; power += step)
        for (size_t i = 0; i < most; i++) {
            const double value = digits[i] * pow(10.0, power);
            if (value >= scale->low * (1.0 - little) &&
                value <= scale->high * (1.0 + little) &&
                out->count < CHART_MOST_TICKS)
                out->values[out->count++] = value;
        }
}

/* The nearest of 1, 2, 5 times a power of ten; only powers where
 * `between` is not set. */
static double round_logarithmic(double value, bool between, bool up)
{
    static const double digits[] = {1.0, 2.0, 5.0, 10.0};
    const double power = pow(10.0, floor(log10(value) + little));
    const bool is_power = value <= power * (1.0 + little);
    double below = power, above = is_power ? power : 10.0 * power;
    for (size_t i = 0; between && i < 4; i++) {
        if (digits[i] * power <= value * (1.0 + little))
            below = digits[i] * power;
        if (digits[3 - i] * power >= value * (1.0 - little))
            above = digits[3 - i] * power;
    }
    return up ? above : below;
}

/* --------------------------------------------------------------------- both */

void chart_scale_ticks(struct chart_ticks *out, const struct chart_scale *scale,
                       int wanted)
{
    out->count = 0;
    if (scale->is_log)
        list_logarithmic(out, scale, wanted);
    else
        list_linear(out, scale, wanted);
}

void chart_scale_round(struct chart_scale *scale, int wanted)
{
    if (scale->is_log) {
        const bool between = has_between(scale);
        scale->low = round_logarithmic(scale->low, between, false);
        scale->high = round_logarithmic(scale->high, between, true);
        return;
    }
    for (int i = 0; i < 2; i++) { /* the wider range may have other ticks */
        const double step = round_step(scale, wanted);
        scale->low = step * floor(scale->low / step + little);
        scale->high = step * ceil(scale->high / step - little);
    }
}

void chart_number(char out[CHART_NUMBER_SIZE], double value)
{
    if (fabs(value) < 1000.0 || fabs(value) >= 1e12) {
        snprintf(out, CHART_NUMBER_SIZE, "%.4g", value + 0.0);
        return;
    }
    char digits[CHART_NUMBER_SIZE];
    const size_t length =
        (size_t)snprintf(digits, sizeof digits, "%.0f", fabs(value));
    size_t used = 0;
    if (value < 0.0)
        out[used++] = '-';
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = 0;
}

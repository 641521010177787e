/* SPDX-License-Identifier: MIT */
#include "detector/metadata.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char format_name[] = "libdetect 1";

struct det_metadata det_metadata_default(const struct det_architecture *a,
                                         const struct det_preset *preset)
{
    struct det_metadata m = {
        .architecture = a, .preset = *preset, .norm_eps = a->norm_eps};
    if (a->min_size)
        m.preset.min_size = a->min_size;
    if (a->max_size)
        m.preset.max_size = a->max_size;
    m.preset.crop_size = a->crop_size;
    if (a->mean)
        memcpy(m.preset.mean, a->mean, sizeof m.preset.mean);
    if (a->std)
        memcpy(m.preset.std, a->std, sizeof m.preset.std);
    return m;
}

/* ------------------------------------------------------------------ reading */

/* Numbers separated by spaces, all of them finite, nothing behind them.  The
 * C locale's point is what det_metadata_format writes; a host program's locale
 * must not change what a file means, so the parser is our own. */
static bool parse_number(const char **text, double *out)
{
    const char *c = *text;
    double value = 0.0, scale = 1.0;
    int digits = 0, exponent = 0, used = 0;
    const bool negative = *c == '-';
    c += negative;
    for (; *c >= '0' && *c <= '9'; c++, digits++)
        value = value * 10.0 + (*c - '0');
    if (*c == '.')
        for (c++; *c >= '0' && *c <= '9'; c++, digits++) {
            value = value * 10.0 + (*c - '0');
            scale *= 10.0;
        }
    if (digits == 0 || digits > 30)
        return false;
    if (*c == 'e') {
        if (sscanf(c, "e%3d%n", &exponent, &used) != 1)
            return false;
        c += used;
    }
    *out = value / scale * pow(10.0, exponent) * (negative ? -1.0 : 1.0);
    *text = c;
    return isfinite(*out);
}

static bool parse_numbers(const char *text, double *out, int count)
{
    for (int i = 0; i < count; i++) {
        if (i > 0 && *text++ != ' ')
            return false;
        if (!parse_number(&text, &out[i]))
            return false;
    }
    return *text == 0;
}

bool det_metadata_is_there(const struct det_weights *weights)
{
    const char *format = det_weights_metadata(weights, "format");
    return format && strncmp(format, "libdetect ", strlen("libdetect ")) == 0;
}

static det_status required(const char **out, const struct det_weights *weights,
                           const char *key, struct det_message *message)
{
    *out = det_weights_metadata(weights, key);
    if (*out)
        return DET_OK;
    return det_fail(message, DET_ERROR_MODEL,
                    "not a model file: its metadata has no \"%s\"; make one "
                    "with detect-convert",
                    key);
}

/* Optional numbers: those of the preset stay when the key is absent. */
static det_status optional_numbers(const struct det_weights *weights,
                                   const char *key, double low, double high,
                                   float *values, int count,
                                   struct det_message *message)
{
    double numbers[3];
    const char *text = det_weights_metadata(weights, key);
    if (!text)
        return DET_OK;
    bool good = parse_numbers(text, numbers, count);
    for (int i = 0; good && i < count; i++)
        good = numbers[i] >= low && numbers[i] <= high;
    if (!good)
        return det_fail(message, DET_ERROR_MODEL,
                        "metadata \"%s\" is \"%s\"; %d number%s between %g "
                        "and %g should be there",
                        key, text, count, count > 1 ? "s" : "", low, high);
    for (int i = 0; i < count; i++)
        values[i] = (float)numbers[i];
    return DET_OK;
}

static det_status optional_size(const struct det_weights *weights,
                                const char *key, int32_t *size,
                                struct det_message *message)
{
    float value = (float)*size;
    DET_TRY(optional_numbers(weights, key, 1.0, 32768.0, &value, 1, message));
    *size = (int32_t)value;
    return DET_OK;
}

static det_status optional_switch(const struct det_weights *weights,
                                  const char *key, bool *value,
                                  struct det_message *message)
{
    const char *text = det_weights_metadata(weights, key);
    if (text && strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
        return det_fail(message, DET_ERROR_MODEL,
                        "metadata \"%s\" is \"%s\"; 0 or 1 should be there",
                        key, text);
    *value = text && text[0] == '1';
    return DET_OK;
}

static det_status read_names(struct det_metadata *out,
                             const struct det_weights *weights,
                             struct det_message *message)
{
    const char *format, *architecture, *preset;
    DET_TRY(required(&format, weights, "format", message));
    DET_TRY(required(&architecture, weights, "architecture", message));
    DET_TRY(required(&preset, weights, "preset", message));
    if (strcmp(format, format_name) != 0)
        return det_fail(message, DET_ERROR_MODEL,
                        "model format \"%s\"; this library reads \"%s\"",
                        format, format_name);
    const struct det_architecture *a = det_architecture_find(architecture);
    if (!a)
        return det_fail(message, DET_ERROR_MODEL,
                        "unknown architecture \"%s\"; detect-convert "
                        "--list-archs names those that are known",
                        architecture);
    const struct det_preset *p = det_preset_find(preset);
    if (!p)
        return det_fail(message, DET_ERROR_MODEL, "unknown preset \"%s\"",
                        preset);
    *out = det_metadata_default(a, p);
    return DET_OK;
}

det_status det_metadata_read(struct det_metadata *out,
                             const struct det_weights *weights,
                             struct det_message *message)
{
    DET_TRY(read_names(out, weights, message));
    struct det_preset *p = &out->preset;
    DET_TRY(optional_size(weights, "min_size", &p->min_size, message));
    DET_TRY(optional_size(weights, "max_size", &p->max_size, message));
    if (!det_architecture_detects(out->architecture))
        DET_TRY(optional_size(weights, "crop_size", &p->crop_size, message));
    DET_TRY(optional_numbers(weights, "mean", -1e6, 1e6, p->mean, 3, message));
    DET_TRY(optional_numbers(weights, "std", 1e-6, 1e6, p->std, 3, message));
    DET_TRY(optional_numbers(weights, "norm_eps", 0.0, 1.0, &out->norm_eps, 1,
                             message));
    if (det_architecture_detects(out->architecture)) {
        DET_TRY(optional_switch(weights, "class_agnostic", &out->class_agnostic,
                                message));
        DET_TRY(optional_switch(weights, "context", &out->context, message));
    }
    out->classes = det_weights_metadata(weights, "classes");
    return DET_OK;
}

/* ------------------------------------------------------------------ writing */

/* %g writes the locale's decimal point; a file must not depend on it. */
static void use_decimal_point(char *text)
{
    for (; *text; text++)
        if (*text == ',')
            *text = '.';
}

static void add_text(struct det_metadata_text *out, const char *key,
                     const char *value)
{
    out->entries[out->count].key = key;
    out->entries[out->count].value = value;
    out->count++;
}

static void add_numbers(struct det_metadata_text *out, const char *key,
                        const float *values, int count)
{
    char *text = out->values[out->count];
    size_t length = 0;
    for (int i = 0; i < count; i++)
        length += (size_t)snprintf(text + length, DET_METADATA_VALUE - length,
                                   i ? " %.9g" : "%.9g", (double)values[i]);
    use_decimal_point(text);
    add_text(out, key, text);
}

void det_metadata_format(struct det_metadata_text *out,
                         const struct det_metadata *metadata)
{
    const struct det_preset *p = &metadata->preset;
    const float min_size = (float)p->min_size, max_size = (float)p->max_size;
    const float crop_size = (float)p->crop_size;
    out->count = 0;
    add_text(out, "format", format_name);
    add_text(out, "architecture", metadata->architecture->name);
    add_text(out, "preset", p->name);
    add_numbers(out, "min_size", &min_size, 1);
    add_numbers(out, "max_size", &max_size, 1);
    if (!det_architecture_detects(metadata->architecture))
        add_numbers(out, "crop_size", &crop_size, 1);
    add_numbers(out, "mean", p->mean, 3);
    add_numbers(out, "std", p->std, 3);
    add_numbers(out, "norm_eps", &metadata->norm_eps, 1);
    if (metadata->class_agnostic)
        add_text(out, "class_agnostic", "1");
    if (metadata->context)
        add_text(out, "context", "1");
    if (metadata->classes)
        add_text(out, "classes", metadata->classes);
}

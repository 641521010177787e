/* SPDX-License-Identifier: MIT */
/*
 * COCO's text of run lengths: from the fourth run on, the difference to the run
 * two before; each number as two's complement in groups of 5 bits, lowest
 * first, bit 5 telling that more follow; each group plus 48.
 */
#include "base/memory.h"
#include "geometry/rle.h"

enum {
    FIRST_CHARACTER = 48,
    GROUP_BITS = 5,
    MORE = 1 << GROUP_BITS,       /* more groups follow */
    SIGN = 1 << (GROUP_BITS - 1), /* in the last group */
    MAX_GROUPS = 7,               /* 35 bits hold any difference */
    LAST_CHARACTER = FIRST_CHARACTER + 2 * MORE - 1,
};

struct reader {
    const char *text;
    size_t length;
    size_t position;
    struct det_message *message;
};

static det_status read_number(int64_t *out, struct reader *reader)
{
    const size_t start = reader->position;
    int64_t number = 0;
    for (int groups = 0; groups < MAX_GROUPS; groups++) {
        if (reader->position == reader->length)
            return det_fail(reader->message, DET_ERROR_FORMAT,
                            "mask text ends within the run that begins at "
                            "position %zu; it is cut short",
                            start);
        const unsigned char c = (unsigned char)reader->text[reader->position];
        if (c < FIRST_CHARACTER || c > LAST_CHARACTER)
            return det_fail(reader->message, DET_ERROR_FORMAT,
                            "mask text has byte %u at position %zu; only "
                            "%d..%d are allowed",
                            (unsigned)c, reader->position, FIRST_CHARACTER,
                            LAST_CHARACTER);
        reader->position++;
        const int group = c - FIRST_CHARACTER;
        number += (int64_t)(group & (MORE - 1)) << (GROUP_BITS * groups);
        if (group & MORE)
            continue;
        if (group & SIGN)
            number -= (int64_t)1 << (GROUP_BITS * (groups + 1));
        *out = number;
        return DET_OK;
    }
    return det_fail(reader->message, DET_ERROR_FORMAT,
                    "mask text has more than %d bytes in the run that begins "
                    "at position %zu",
                    MAX_GROUPS, start);
}

static det_status read_runs(uint32_t *counts, size_t count, uint64_t pixels,
                            struct reader *reader)
{
    uint64_t left = pixels;
    for (size_t i = 0; i < count; i++) {
        const size_t start = reader->position;
        int64_t run = 0;
        DET_TRY(read_number(&run, reader));
        if (i > 2)
            run += counts[i - 2];
        if (run < 0 || (uint64_t)run > left)
            return det_fail(reader->message, DET_ERROR_FORMAT,
                            "mask text has a run of %lld at position %zu, "
                            "where %llu of %llu pixels are left",
                            (long long)run, start, (unsigned long long)left,
                            (unsigned long long)pixels);
        counts[i] = (uint32_t)run;
        left -= (uint64_t)run;
    }
    if (left != 0)
        return det_fail(reader->message, DET_ERROR_FORMAT,
                        "mask text ends at position %zu with %llu of %llu "
                        "pixels left",
                        reader->position, (unsigned long long)left,
                        (unsigned long long)pixels);
    return DET_OK;
}

/* Every number has one byte without the bit that says that more follow; a
 * number without its last byte at the end of the text counts, too, so that
 * reading it reports the fault. */
static size_t count_numbers(const char *text, size_t length)
{
    size_t count = 0;
    bool more = false;
    for (size_t i = 0; i < length; i++) {
        more = (((unsigned char)text[i] - FIRST_CHARACTER) & MORE) != 0;
        count += !more;
    }
    return count + more;
}

det_status det_rle_parse(struct det_rle *out, const char *text, size_t length,
                         int32_t width, int32_t height,
                         struct det_message *message)
{
    *out = (struct det_rle){0};
    uint64_t pixels = 0;
    DET_TRY(det_rle_count_pixels(&pixels, width, height, message));
    struct det_rle rle = {.width = width, .height = height};
    rle.count = count_numbers(text, length);
    DET_TRY(det_allocate(&rle.counts, rle.count, sizeof *rle.counts, message));
    struct reader reader = {.text = text, .length = length, .message = message};
    const det_status status = read_runs(rle.counts, rle.count, pixels, &reader);
    if (status == DET_OK)
        *out = rle;
    else
        det_rle_destroy(&rle);
    return status;
}

/* Where det_mask_text writes, as far as there is room. */
struct writer {
    char *text;
    size_t size;
    size_t length;
};

static void write_number(struct writer *writer, int64_t number)
{
    bool more = true;
    while (more) {
        int group = (int)((uint64_t)number & (MORE - 1));
        number = (number - group) / MORE; /* exact: a shift to the right */
        more = number != ((group & SIGN) ? -1 : 0);
        if (more)
            group |= MORE;
        if (writer->length + 1 < writer->size)
            writer->text[writer->length] = (char)(group + FIRST_CHARACTER);
        writer->length++;
    }
}

size_t det_mask_text(const det_mask *mask, char *text, size_t size)
{
    struct writer writer = {.text = text, .size = text ? size : 0};
    for (size_t i = 0; mask && i < mask->count; i++) {
        int64_t number = mask->counts[i];
        if (i > 2)
            number -= mask->counts[i - 2];
        write_number(&writer, number);
    }
    if (writer.size > 0)
        text[writer.length < size ? writer.length : size - 1] = 0;
    return writer.length;
}

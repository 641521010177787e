/* SPDX-License-Identifier: MIT */
#include "image/exif.h"

#include <stdbool.h>
#include <string.h>

enum { ENTRY_SIZE = 12, TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3 };

struct tiff {
    const uint8_t *data;
    size_t size;
    bool big_endian;
};

static uint32_t get16(const struct tiff *t, size_t at)
{
    const uint8_t *b = t->data + at;
    return t->big_endian ? (uint32_t)(b[0] << 8 | b[1])
                         : (uint32_t)(b[1] << 8 | b[0]);
}

static uint32_t get32(const struct tiff *t, size_t at)
{
    return t->big_endian ? get16(t, at) << 16 | get16(t, at + 2)
                         : get16(t, at + 2) << 16 | get16(t, at);
}

static int directory_orientation(const struct tiff *t, size_t at)
{
    if (at > t->size || t->size - at < 2)
        return 1;
    size_t entries = get16(t, at);
    const size_t room = (t->size - at - 2) / ENTRY_SIZE;
    entries = entries < room ? entries : room;
    for (size_t i = 0; i < entries; i++) {
        const size_t entry = at + 2 + i * ENTRY_SIZE;
        if (get16(t, entry) != TAG_ORIENTATION)
            continue;
        const uint32_t value = get16(t, entry + 8);
        const bool valid = get16(t, entry + 2) == TYPE_SHORT &&
                           get32(t, entry + 4) == 1 && value >= 1 &&
                           value <= 8;
        return valid ? (int)value : 1;
    }
    return 1;
}

int det_exif_orientation(const uint8_t *data, size_t size)
{
    struct tiff t = {.data = data, .size = size};
    if (size < 8)
        return 1;
    if (memcmp(data, "MM\0*", 4) == 0)
        t.big_endian = true;
    else if (memcmp(data, "II*\0", 4) != 0)
        return 1;
    return directory_orientation(&t, get32(&t, 4));
}

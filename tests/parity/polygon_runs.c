/* SPDX-License-Identifier: MIT */
/*
 * usage: polygon_runs < POLYGONS
 *
 * Each line of stdin is "WIDTH HEIGHT X Y X Y ..."; each line of stdout is the
 * mask in COCO's text.
 */
#include <stdio.h>
#include <stdlib.h>

#include "geometry/polygon.h"

enum { MOST_NUMBERS = 4096 };

static int draw_line(char *line, struct det_polygon_scratch *scratch)
{
    static double numbers[MOST_NUMBERS];
    static struct det_message message;
    char *end = line;
    const long width = strtol(end, &end, 10), height = strtol(end, &end, 10);
    size_t count = 0;
    for (char *at = end;; at = end) {
        const double number = strtod(at, &end);
        if (end == at || count == MOST_NUMBERS)
            break;
        numbers[count++] = number;
    }
    struct det_rle rle;
    if (det_polygon_rle(&rle, scratch, numbers, count / 2, (int32_t)width,
                        (int32_t)height, &message) != DET_OK) {
        fprintf(stderr, "%s\n", message.text);
        return 1;
    }
    const det_mask mask = det_rle_view(&rle);
    const size_t size = det_mask_text(&mask, NULL, 0) + 1;
    char *text = malloc(size);
    if (!text)
        return 1;
    det_mask_text(&mask, text, size);
    puts(text);
    free(text);
    det_rle_destroy(&rle);
    return 0;
}

int main(void)
{
    struct det_polygon_scratch scratch = {0};
    char *line = NULL;
    size_t size = 0;
    int status = 0;
    while (status == 0 && getline(&line, &size, stdin) > 0)
        status = draw_line(line, &scratch);
    free(line);
    det_polygon_scratch_destroy(&scratch);
    return status;
}

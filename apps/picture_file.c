/* SPDX-License-Identifier: MIT */
#include "apps/picture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* jpeglib.h needs FILE and size_t before it. */
#include <jpeglib.h>

enum { JPEG_QUALITY = 92 };

enum picture_kind picture_kind_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    if (!dot)
        return PICTURE_UNKNOWN;
    if (strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0)
        return PICTURE_JPEG;
    return strcasecmp(dot, ".png") == 0 ? PICTURE_PNG : PICTURE_UNKNOWN;
}

/* Written under a temporary name in the same folder.  There is no fsync: a
 * picture can be made again, and thousands of them should not wait. */
struct new_file {
    FILE *stream;
    char *temporary_path;
};

static char *temporary_path_for(const char *path)
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    char *temporary;
    /* Not made from the name, which may be as long as names can be. */
    if (asprintf(&temporary, "%.*s.detect-XXXXXX", folder, path) < 0)
        return NULL;
    return temporary;
}

static mode_t usual_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static bool new_file_open(struct new_file *out, const char *path)
{
    *out = (struct new_file){NULL, temporary_path_for(path)};
    if (!out->temporary_path)
        return false;
    int descriptor = mkostemp(out->temporary_path, O_CLOEXEC);
    if (descriptor >= 0) {
        fchmod(descriptor, usual_mode()); /* mkostemp made it private */
        out->stream = fdopen(descriptor, "wb");
        if (out->stream)
            return true;
        int reason = errno;
        close(descriptor);
        unlink(out->temporary_path);
        errno = reason;
    }
    free(out->temporary_path);
    return false;
}

/* Give the file its name when all went `well`, else remove it; errno says
 * what went wrong. */
static bool new_file_close(struct new_file *file, const char *path, bool well)
{
    int reason = errno;
    if (fclose(file->stream) != 0 && well) {
        reason = errno;
        well = false;
    }
    if (well && rename(file->temporary_path, path) != 0) {
        reason = errno;
        well = false;
    }
    if (!well)
        unlink(file->temporary_path);
    free(file->temporary_path);
    errno = reason;
    return well;
}

struct jpeg_error {
    struct jpeg_error_mgr base; /* first: libjpeg hands this one back */
    jmp_buf leave;
    int reason; /* errno */
};

static void leave_on_error(j_common_ptr jpeg)
{
    struct jpeg_error *error = (struct jpeg_error *)(void *)jpeg->err;
    error->reason = errno;
    longjmp(error->leave, 1);
}

static void stay_silent(j_common_ptr jpeg)
{
    (void)jpeg;
}

static void write_rows(struct jpeg_compress_struct *jpeg,
                       cairo_surface_t *surface, uint8_t *row)
{
    const unsigned char *data = cairo_image_surface_get_data(surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    while (jpeg->next_scanline < jpeg->image_height) {
        const unsigned char *bytes = data + jpeg->next_scanline * stride;
        for (size_t x = 0; x < jpeg->image_width; x++) {
            uint32_t pixel;
            memcpy(&pixel, bytes + 4 * x, sizeof pixel);
            row[3 * x + 0] = (uint8_t)(pixel >> 16);
            row[3 * x + 1] = (uint8_t)(pixel >> 8);
            row[3 * x + 2] = (uint8_t)pixel;
        }
        jpeg_write_scanlines(jpeg, &row, 1);
    }
}

static bool write_jpeg(cairo_surface_t *surface, FILE *stream)
{
    struct jpeg_compress_struct jpeg = {0};
    struct jpeg_error error = {0};
    int width = cairo_image_surface_get_width(surface);
    uint8_t *const row = malloc((size_t)width * 3);
    if (!row)
        return false;
    jpeg.err = jpeg_std_error(&error.base);
    error.base.error_exit = leave_on_error;
    error.base.output_message = stay_silent;
    if (setjmp(error.leave)) {
        jpeg_destroy_compress(&jpeg);
        free(row);
        errno = error.reason;
        return false;
    }
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, stream);
    jpeg.image_width = (JDIMENSION)width;
    jpeg.image_height = (JDIMENSION)cairo_image_surface_get_height(surface);
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, JPEG_QUALITY, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    write_rows(&jpeg, surface, row);
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    free(row);
    return true;
}

static cairo_status_t write_bytes(void *stream, const unsigned char *data,
                                  unsigned int length)
{
    return fwrite(data, 1, length, stream) == length ? CAIRO_STATUS_SUCCESS
                                                     : CAIRO_STATUS_WRITE_ERROR;
}

static bool write_png(cairo_surface_t *surface, FILE *stream)
{
    cairo_status_t status =
        cairo_surface_write_to_png_stream(surface, write_bytes, stream);
    if (status == CAIRO_STATUS_NO_MEMORY)
        errno = ENOMEM;
    return status == CAIRO_STATUS_SUCCESS;
}

enum exit_code picture_write(cairo_surface_t *surface, const char *path,
                             struct console *console)
{
    struct new_file file;
    errno = 0;
    cairo_surface_flush(surface);
    bool well = new_file_open(&file, path);
    if (well) {
        bool jpeg = picture_kind_of(path) == PICTURE_JPEG;
        well = jpeg ? write_jpeg(surface, file.stream)
                    : write_png(surface, file.stream);
        well = new_file_close(&file, path, well);
    }
    if (well)
        return EXIT_DONE;
    console_error(console, "%s: cannot be written: %s", path, strerror(errno));
    return errno == ENOMEM ? EXIT_MEMORY : EXIT_OUTPUT;
}

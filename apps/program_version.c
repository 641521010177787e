/* SPDX-License-Identifier: MIT */
#include "apps/program_version.h"

/* jpeglib.h needs FILE and size_t before it. */
#include <cairo.h>
#include <jpeglib.h>

#include "detect/detect.h"

#ifndef DETECT_VERSION
#error "the build gives DETECT_VERSION and DETECT_BUILD"
#endif

void program_version_print(FILE *out, const char *program)
{
    fprintf(out,
            "%s %s\n"
            "libdetect %s\n"
            "build: %s\n"
            "overlays: cairo %s, libjpeg API %d\n",
            program, DETECT_VERSION, det_version(), DETECT_BUILD,
            cairo_version_string(), JPEG_LIB_VERSION);
}

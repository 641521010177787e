/* SPDX-License-Identifier: MIT */
/* The public image calls: options and messages around image/. */
#include "detector/load_image.h"

#include <string.h>

#include "detector/context.h"
#include "image/image.h"

det_status det_image_options_read(det_image_options *out,
                                  const det_image_options *options,
                                  struct det_message *message)
{
    det_image_options_init(out);
    if (!options)
        return DET_OK;
    if (options->struct_size == 0 || options->struct_size > sizeof *out)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "image options of %zu bytes; this library knows %zu: "
                        "call det_image_options_init first",
                        options->struct_size, sizeof *out);
    memcpy(out, options, options->struct_size);
    return DET_OK;
}

det_status det_image_load_file(det_context *context, const char *path,
                               const det_image_options *options,
                               det_image **out)
{
    if (!context || !path || !out)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(context);
    det_image_options o;
    *out = NULL;
    DET_TRY(det_image_options_read(&o, options, message));
    return det_image_read_file(out, path, o.max_pixels, message);
}

det_status det_image_load_memory(det_context *context, const void *data,
                                 size_t size, const det_image_options *options,
                                 det_image **out)
{
    if (!context || (!data && size) || !out)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(context);
    det_image_options o;
    *out = NULL;
    DET_TRY(det_image_options_read(&o, options, message));
    return det_image_decode(out, data, size, o.max_pixels, message);
}

det_status det_image_load_callback(det_context *context, det_read_fn read,
                                   void *user, const det_image_options *options,
                                   det_image **out)
{
    if (!context || !read || !out)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(context);
    det_image_options o;
    *out = NULL;
    DET_TRY(det_image_options_read(&o, options, message));
    return det_image_read_stream(out, read, user, o.max_pixels, message);
}

/* SPDX-License-Identifier: MIT */
#include "apps/input_image.h"

#include <errno.h>
#include <unistd.h>

#include "apps/interrupt.h"

static int64_t read_stdin(void *user, void *buffer, size_t size)
{
    (void)user;
    ssize_t count;
    do
        count = read(STDIN_FILENO, buffer, size);
    while (count < 0 && errno == EINTR && !interrupt_signal());
    return count;
}

const char *input_name(const struct input *input)
{
    return input->is_stdin ? "standard input" : input->path;
}

det_status input_load(det_image **out, det_context *context,
                      const struct input *input,
                      const det_image_options *options)
{
    return input->is_stdin
               ? det_image_load_callback(context, read_stdin, NULL, options,
                                         out)
               : det_image_load_file(context, input->path, options, out);
}

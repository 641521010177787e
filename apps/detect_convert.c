/* SPDX-License-Identifier: MIT */
/* detect-convert: make a model file from weights in other formats. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "apps/console.h"
#include "apps/convert_options.h"
#include "apps/exit_code.h"
#include "apps/prison.h"
#include "apps/standard_files.h"
#include "apps/text.h"

/* Enough for the widest way of unpacking, and for the libraries. */
static const uint64_t memory_factor = 4, memory_base = (uint64_t)2 << 30;

static enum exit_code exit_code_for_weights(det_status status)
{
    switch (status) {
    case DET_ERROR_FORMAT:
    case DET_ERROR_LIMIT:
    case DET_ERROR_NUMERIC:
        return EXIT_MODEL; /* the weights are what is wrong */
    default:
        return exit_code_for_input(status);
    }
}

static enum exit_code report(struct console *console, const char *path,
                             const det_context *context, det_status status)
{
    console_error_about(console, path, det_context_message(context));
    return exit_code_for_weights(status);
}

static void print_weight(void *user, const det_weight_info *info)
{
    FILE *out = user;
    text_write_field(out, info->name);
    fputc('\t', out);
    text_write_field(out, info->dtype);
    fputs("\t[", out);
    for (int32_t i = 0; i < info->rank; i++)
        fprintf(out, "%s%" PRId64, i ? "," : "", info->shape[i]);
    fputs("]\n", out);
}

static enum exit_code list(struct console *console, det_context *context,
                           const struct convert_options *options)
{
    det_status status =
        det_list_weights(context, options->input, print_weight, stdout);
    if (status != DET_OK) {
        fflush(stdout); /* what was found comes before what stopped it */
        return report(console, options->input, context, status);
    }
    return standard_files_flush(console);
}

static void say_what_was_made(struct console *console, det_context *context,
                              const char *path)
{
    det_model *model = NULL;
    if (console->verbosity < 0)
        return;
    if (det_model_load(context, path, &model) != DET_OK) {
        /* A backbone alone, for instance: written, yet not a detector. */
        fprintf(stderr, "%s: written; it cannot detect by itself: %s\n", path,
                det_context_message(context));
        return;
    }
    fprintf(stderr,
            "%s: written: %s, preset %s, %d labels%s\n"
            "Next: detect -m %s photo.jpg\n",
            path, det_model_architecture(model), det_model_preset(model),
            (int)det_model_label_count(model),
            det_model_has_masks(model) ? ", masks" : "", path);
    det_model_destroy(&model);
}

static enum exit_code convert(struct console *console, det_context *context,
                              const struct convert_options *options)
{
    det_status status = det_convert(context, options->input, options->output,
                                    &options->convert);
    if (status != DET_OK)
        return report(console,
                      status == DET_ERROR_WRITE ? options->output
                                                : options->input,
                      context, status);
    say_what_was_made(console, context, options->output);
    return EXIT_DONE;
}

static enum exit_code check_files(struct console *console, uint64_t *size,
                                  const struct convert_options *options)
{
    struct stat in, out;
    if (stat(options->input, &in) != 0) {
        console_error(console, "%s: cannot be opened: %s", options->input,
                      strerror(errno));
        return EXIT_INPUT;
    }
    if (!S_ISREG(in.st_mode)) {
        console_error(console, "%s: not a regular file", options->input);
        return EXIT_INPUT;
    }
    *size = (uint64_t)in.st_size;
    if (options->output && stat(options->output, &out) == 0 &&
        in.st_dev == out.st_dev && in.st_ino == out.st_ino) {
        console_error(console,
                      "--output: %s is the input, which is never overwritten",
                      options->output);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

static enum exit_code work(struct console *console,
                           const struct convert_options *options)
{
    uint64_t size = 0;
    enum exit_code code = check_files(console, &size, options);
    if (code != EXIT_DONE)
        return code;
    det_context *context = NULL;
    code = console_open_context(&context, 0, console);
    if (code != EXIT_DONE)
        return code;
    if (size > (UINT64_MAX - memory_base) / memory_factor ||
        !prison_enter(size * memory_factor + memory_base))
        console_note(console, "the kernel does not let this program give up "
                              "its rights; going on with them");
    code = options->action == CONVERT_LIST ? list(console, context, options)
                                           : convert(console, context, options);
    det_context_destroy(&context);
    return code;
}

int main(int argc, char **argv)
{
    standard_files_hold();
    struct console console = {.program = "detect-convert"};
    struct convert_options options;
    enum exit_code code = convert_options_parse(&options, argc, argv);
    if (code != EXIT_DONE)
        return code;
    console.verbosity = options.verbosity;
    if (options.action == CONVERT_WEIGHTS || options.action == CONVERT_LIST)
        return work(&console, &options);
    convert_options_print(options.action);
    return standard_files_flush(&console);
}

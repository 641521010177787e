/* SPDX-License-Identifier: MIT */
/*
 * Stands in for libFuzzer: hands every file of the folders named on the
 * command line to a harness once, so that what a fuzzer found stays found with
 * any compiler.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LARGEST_INPUT = 1 << 24 };

/* 0, or 1 after a line on stderr. */
static int replay_file(const char *path)
{
    static struct det_message message;
    uint8_t *data;
    size_t size;
    if (det_file_read(&data, &size, path, LARGEST_INPUT, &message) != DET_OK) {
        fprintf(stderr, "%s\n", message.text);
        return 1;
    }
    /* A copy of just this size: a read past the end is one past the block. */
    uint8_t *exact = malloc(size ? size : 1);
    if (exact) {
        memcpy(exact, data, size);
        LLVMFuzzerTestOneInput(exact, size);
    }
    free(data);
    free(exact);
    return exact == NULL;
}

static int replay_folder(const char *folder, int *count)
{
    DIR *entries = opendir(folder);
    int failures = 0;
    if (!entries) {
        perror(folder);
        return 1;
    }
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        failures += replay_file(path);
        ++*count;
    }
    closedir(entries);
    return failures;
}

int main(int argc, char **argv)
{
    int count = 0, failures = 0;
    for (int i = 1; i < argc; i++)
        failures += replay_folder(argv[i], &count);
    printf("%d inputs replayed\n", count);
    return failures != 0 || count == 0;
}

/* SPDX-License-Identifier: MIT */
/* A folder of its own for a test that writes files. */
#ifndef TESTS_TEST_FOLDER_H
#define TESTS_TEST_FOLDER_H

#include <stddef.h>

enum { TEST_FOLDER_PATH = 256 };

struct test_folder {
    char path[TEST_FOLDER_PATH];
};

/* An empty folder below TMPDIR or /tmp. */
void test_folder_create(struct test_folder *out);

/* "<folder>/<name>" */
void test_folder_path(char out[TEST_FOLDER_PATH],
                      const struct test_folder *folder, const char *name);

/* Files in it, hidden ones too. */
size_t test_folder_count(const struct test_folder *folder);

/* Remove it with the files (not folders) in it. */
void test_folder_remove(struct test_folder *folder);

#endif

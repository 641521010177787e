/* SPDX-License-Identifier: MIT */
#include "tests/test_folder.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void test_folder_create(struct test_folder *out)
{
    const char *parent = getenv("TMPDIR");
    snprintf(out->path, sizeof out->path, "%.200s/detect-test-XXXXXX",
             parent && *parent ? parent : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(out->path));
}

void test_folder_path(char out[TEST_FOLDER_PATH],
                      const struct test_folder *folder, const char *name)
{
    const int length =
        snprintf(out, TEST_FOLDER_PATH, "%s/%s", folder->path, name);
    ck_assert_int_lt(length, TEST_FOLDER_PATH);
}

/* Count the entries, and remove them when asked to. */
static size_t visit(const struct test_folder *folder, int remove_them)
{
    size_t count = 0;
    DIR *entries = opendir(folder->path);
    ck_assert_ptr_nonnull(entries);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        char path[2 * TEST_FOLDER_PATH];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder->path, entry->d_name);
        count++;
        if (remove_them)
            remove(path);
    }
    closedir(entries);
    return count;
}

size_t test_folder_count(const struct test_folder *folder)
{
    return visit(folder, 0);
}

void test_folder_remove(struct test_folder *folder)
{
    visit(folder, 1);
    ck_assert_int_eq(rmdir(folder->path), 0);
}

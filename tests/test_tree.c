/* SPDX-License-Identifier: MIT */
#include "tests/test_tree.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { LONGEST = 4096 };

static void path_of(char out[LONGEST], const struct test_folder *folder,
                    const char *name)
{
    const int length = snprintf(out, LONGEST, "%s/%s", folder->path, name);
    ck_assert_int_lt(length, LONGEST);
}

/* The folders in front of the last slash. */
static void make_way(char *path, size_t from)
{
    for (char *c = path + from; *c; c++) {
        if (*c != '/')
            continue;
        *c = 0;
        mkdir(path, 0700);
        *c = '/';
    }
}

void test_tree_put(const struct test_folder *folder, const char *name,
                   const void *data, size_t size)
{
    char path[LONGEST];
    path_of(path, folder, name);
    make_way(path, strlen(folder->path) + 1);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

void test_tree_put_text(const struct test_folder *folder, const char *name,
                        const char *text)
{
    test_tree_put(folder, name, text, strlen(text));
}

void test_tree_make(const struct test_folder *folder, const char *name)
{
    char path[LONGEST];
    path_of(path, folder, name);
    make_way(path, strlen(folder->path) + 1);
    ck_assert_int_eq(mkdir(path, 0700), 0);
}

static int remove_one(const char *path, const struct stat *about, int type,
                      struct FTW *walk)
{
    (void)about;
    (void)type;
    (void)walk;
    return remove(path);
}

void test_tree_remove(struct test_folder *folder)
{
    ck_assert_int_eq(nftw(folder->path, remove_one, 32, FTW_DEPTH | FTW_PHYS),
                     0);
}

/* SPDX-License-Identifier: MIT */
/* Folders in folders for a test that reads them. */
#ifndef TESTS_TEST_TREE_H
#define TESTS_TEST_TREE_H

#include "tests/test_folder.h"

/* Write a file at "a/b/name" below the folder; a and b are made. */
void test_tree_put(const struct test_folder *folder, const char *name,
                   const void *data, size_t size);

/* The same of a text. */
void test_tree_put_text(const struct test_folder *folder, const char *name,
                        const char *text);

/* Make "a/b" and what it is in. */
void test_tree_make(const struct test_folder *folder, const char *name);

/* Remove the folder and all below it. */
void test_tree_remove(struct test_folder *folder);

#endif

/* SPDX-License-Identifier: MIT */
/* Files beneath a folder: both ways of opening them. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "tests/test_folder.h"

/* top/in.txt, top/sub/deep.txt, top/loop -> in.txt, top/out -> ../secret,
 * top/up -> .., top/pipe; secret beside top. */
struct tree {
    struct test_folder folder;
    char top[TEST_FOLDER_PATH];
};

static void write_file(const struct tree *t, const char *name)
{
    char path[TEST_FOLDER_PATH];
    test_folder_path(path, &t->folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("text", file);
    fclose(file);
}

static const char *const folders[] = {"top", "top/sub"};
static const char *const files[] = {"secret", "top/in.txt", "top/sub/deep.txt"};
static const char *const links[][2] = {{"in.txt", "top/loop"},
                                       {"../secret", "top/out"},
                                       {"..", "top/up"},
                                       {"/etc/passwd", "top/abs"}};

static void make_tree(struct tree *t)
{
    char path[TEST_FOLDER_PATH];
    test_folder_create(&t->folder);
    test_folder_path(t->top, &t->folder, "top");
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        test_folder_path(path, &t->folder, folders[i]);
        ck_assert_int_eq(mkdir(path, 0755), 0);
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        write_file(t, files[i]);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        test_folder_path(path, &t->folder, links[i][1]);
        ck_assert_int_eq(symlink(links[i][0], path), 0);
    }
    test_folder_path(path, &t->folder, "top/pipe");
    ck_assert_int_eq(mkfifo(path, 0644), 0);
}

static void drop_tree(struct tree *t)
{
    static const char *const names[] = {
        "top/in.txt", "top/sub/deep.txt", "top/loop", "top/out", "top/up",
        "top/abs",    "top/pipe",         "top/sub",  "top"};
    char path[TEST_FOLDER_PATH];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        test_folder_path(path, &t->folder, names[i]);
        ck_assert_int_eq(remove(path), 0);
    }
    test_folder_remove(&t->folder);
}

typedef det_status (*open_fn)(int *, const char *, const char *,
                              struct det_message *);
static const open_fn ways[2] = {det_beneath_open_file, det_beneath_walk};

START_TEST(inside_is_opened)
{
    struct tree t;
    struct det_message message = {.text = ""};
    static const char *const names[] = {"in.txt", "./in.txt", "sub/deep.txt",
                                        "sub//deep.txt", "sub/./deep.txt"};
    make_tree(&t);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int descriptor;
        if (ways[_i](&descriptor, t.top, names[i], &message) != DET_OK)
            ck_abort_msg("%s", message.text);
        char text[8] = "";
        ck_assert_int_eq(read(descriptor, text, 7), 4);
        ck_assert_str_eq(text, "text");
        close(descriptor);
    }
    drop_tree(&t);
}
END_TEST

START_TEST(outside_is_refused)
{
    struct tree t;
    static const char *const names[] = {
        "",       "/etc/passwd", "../secret",    "sub/../../secret",
        "sub/..", "..",          "out",          "up/secret",
        "abs",    "pipe",        "sub",          "none.txt",
        ".",      "in.txt/x",    "sub/../in.txt"};
    make_tree(&t);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct det_message message = {.text = ""};
        int descriptor = 0;
        if (ways[_i](&descriptor, t.top, names[i], &message) != DET_ERROR_READ)
            ck_abort_msg("'%s' is opened", names[i]);
        ck_assert_int_eq(descriptor, -1);
        ck_assert(strncmp(message.text, t.top, strlen(t.top)) == 0);
    }
    drop_tree(&t);
}
END_TEST

START_TEST(long_names_are_refused)
{
    struct tree t;
    struct det_message message = {.text = ""};
    static char name[6000];
    make_tree(&t);
    memset(name, 'x', sizeof name - 1);
    int descriptor;
    ck_assert_int_eq(ways[_i](&descriptor, t.top, name, &message),
                     DET_ERROR_READ);
    name[300] = 0;
    ck_assert_int_eq(ways[_i](&descriptor, t.top, name, &message),
                     DET_ERROR_READ);
    drop_tree(&t);
}
END_TEST

START_TEST(contents)
{
    struct tree t;
    struct det_message message = {.text = ""};
    uint8_t *data;
    size_t size;
    make_tree(&t);
    ck_assert_int_eq(
        det_beneath_read(&data, &size, t.top, "in.txt", 4, &message), DET_OK);
    ck_assert_uint_eq(size, 4);
    ck_assert_mem_eq(data, "text", 4);
    free(data);
    ck_assert_int_eq(
        det_beneath_read(&data, &size, t.top, "in.txt", 3, &message),
        DET_ERROR_LIMIT);
    ck_assert_ptr_null(data);
    ck_assert_int_eq(
        det_beneath_read(&data, &size, "/no/such", "in.txt", 3, &message),
        DET_ERROR_READ);
    ck_assert_ptr_nonnull(strstr(message.text, "/no/such"));
    drop_tree(&t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("beneath");
    TCase *cases = tcase_create("beneath");
    tcase_add_loop_test(cases, inside_is_opened, 0, 2);
    tcase_add_loop_test(cases, outside_is_refused, 0, 2);
    tcase_add_loop_test(cases, long_names_are_refused, 0, 2);
    tcase_add_test(cases, contents);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/exponential.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/message.h"
#include "tests/test_folder.h"

/* ------------------------------------------------------- checked arithmetic */

START_TEST(checked)
{
    size_t out;
    ck_assert(det_checked_mul(&out, 0, SIZE_MAX) && out == 0);
    ck_assert(det_checked_mul(&out, 1, SIZE_MAX) && out == SIZE_MAX);
    ck_assert(det_checked_mul(&out, SIZE_MAX / 3, 3) && out == SIZE_MAX);
    ck_assert(!det_checked_mul(&out, SIZE_MAX / 3 + 1, 3));
    ck_assert(!det_checked_mul(&out, SIZE_MAX, SIZE_MAX));
    ck_assert(!det_checked_mul(&out, (size_t)1 << 32, (size_t)1 << 32));
    ck_assert(det_checked_add(&out, SIZE_MAX - 1, 1) && out == SIZE_MAX);
    ck_assert(!det_checked_add(&out, SIZE_MAX, 1));
    ck_assert(!det_checked_add(&out, SIZE_MAX, SIZE_MAX));
    ck_assert(det_checked_round_up(&out, 0, 64) && out == 0);
    ck_assert(det_checked_round_up(&out, 1, 64) && out == 64);
    ck_assert(det_checked_round_up(&out, 64, 64) && out == 64);
    ck_assert(det_checked_round_up(&out, 65, 64) && out == 128);
    ck_assert(det_checked_round_up(&out, SIZE_MAX - 63, 64) &&
              out == SIZE_MAX - 63);
    ck_assert(!det_checked_round_up(&out, SIZE_MAX - 62, 64));
    ck_assert(det_checked_round_up(&out, SIZE_MAX, 1) && out == SIZE_MAX);
}
END_TEST

/* -------------------------------------------------------------- exponential */

/* Of every float here and there: the nearest one to e^x, or its neighbour. */
START_TEST(exponential_of_floats)
{
    for (uint32_t bits = 0; bits < UINT32_MAX - 9973; bits += 9973) {
        float x;
        memcpy(&x, &bits, sizeof x);
        if (isnan(x))
            continue;
        const float expected = (float)exp((double)x), actual = det_exp(x);
        if (actual != expected && actual != nextafterf(expected, 0.0f) &&
            actual != nextafterf(expected, INFINITY))
            ck_abort_msg("exp(%.9g) is %.9g, not %.9g", (double)x,
                         (double)actual, (double)expected);
    }
}
END_TEST

START_TEST(exponential_of_limits)
{
    ck_assert(det_exp(0.0f) == 1.0f && det_exp(-0.0f) == 1.0f);
    ck_assert(det_exp(1.0f) == 0x1.5bf0a8p+1f);
    ck_assert(det_exp(INFINITY) == INFINITY && det_exp(-INFINITY) == 0.0f);
    ck_assert(isnan(det_exp(NAN)));
    ck_assert(isfinite(det_exp(0x1.62e42ep6f)));
    ck_assert(isinf(det_exp(0x1.62e43p6f)));
    ck_assert(det_exp(-103.9f) > 0.0f && det_exp(-104.0f) == 0.0f);
}
END_TEST

/* ------------------------------------------------------------------- memory */

START_TEST(memory_is_zeroed_and_aligned)
{
    struct det_message message = {0};
    int *numbers = NULL;
    float *floats;
    char *text;
    ck_assert_int_eq(det_allocate(&numbers, 1000, sizeof *numbers, &message),
                     DET_OK);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(numbers[i], 0);
    numbers[999] = 7;
    ck_assert_int_eq(det_reallocate(&numbers, 2000, sizeof *numbers, &message),
                     DET_OK);
    ck_assert_int_eq(numbers[999], 7);
    numbers[1999] = 8;
    free(numbers);
    for (size_t count = 0; count < 100; count += 33) {
        ck_assert_int_eq(
            det_allocate_aligned(&floats, count, sizeof *floats, &message),
            DET_OK);
        ck_assert_uint_eq((uintptr_t)floats % 64, 0);
        free(floats);
    }
    ck_assert_int_eq(det_copy_text(&text, "", &message), DET_OK);
    ck_assert_str_eq(text, "");
    free(text);
    ck_assert_str_eq(message.text, "");
}
END_TEST

START_TEST(memory_of_nothing)
{
    char *a, *b = NULL;
    ck_assert_int_eq(det_allocate(&a, 0, 8, NULL), DET_OK);
    ck_assert_ptr_nonnull(a);
    ck_assert_int_eq(det_reallocate(&b, 0, 8, NULL), DET_OK);
    ck_assert_ptr_nonnull(b);
    ck_assert_int_eq(det_reallocate(&b, 0, 8, NULL), DET_OK);
    ck_assert_ptr_nonnull(b);
    free(a);
    free(b);
}
END_TEST

START_TEST(memory_overflow)
{
    struct det_message message = {0};
    char *memory = (char *)&message;
    const size_t half = SIZE_MAX / 2 + 1;
    ck_assert_int_eq(det_allocate(&memory, half, 2, &message),
                     DET_ERROR_MEMORY);
    ck_assert_ptr_null(memory);
    ck_assert_msg(strstr(message.text, "out of memory"), "%s", message.text);
    memory = (char *)&message;
    ck_assert_int_eq(det_allocate_aligned(&memory, half, 2, &message),
                     DET_ERROR_MEMORY);
    ck_assert_ptr_null(memory);
    ck_assert_int_eq(det_allocate_aligned(&memory, SIZE_MAX, 1, &message),
                     DET_ERROR_MEMORY);
    ck_assert_ptr_null(memory);
    ck_assert_int_eq(det_allocate(&memory, 4, 1, &message), DET_OK);
    memcpy(memory, "abc", 4);
    ck_assert_int_eq(det_reallocate(&memory, half, 2, &message),
                     DET_ERROR_MEMORY);
    ck_assert_str_eq(memory, "abc"); /* as it was */
    free(memory);
    ck_assert_int_eq(det_allocate(&memory, half, 2, NULL), DET_ERROR_MEMORY);
}
END_TEST

/* ----------------------------------------------------------------- messages */

START_TEST(message_text)
{
    struct det_message message = {0};
    ck_assert_int_eq(det_fail(&message, DET_ERROR_READ, "%s: %d", "a", 7),
                     DET_ERROR_READ);
    ck_assert_str_eq(message.text, "a: 7");
    det_message_prefix(&message, "where");
    ck_assert_str_eq(message.text, "where: a: 7");
    det_fail(&message, DET_ERROR_READ, "again %s", message.text); /* itself */
    ck_assert_str_eq(message.text, "again where: a: 7");
    det_fail(&message, DET_OK, "%s", "");
    ck_assert_str_eq(message.text, "");
    ck_assert_int_eq(det_fail(NULL, DET_ERROR_LIMIT, "%d", 1), DET_ERROR_LIMIT);
    det_message_prefix(NULL, "x");
}
END_TEST

/* One line, whatever a file holds; UTF-8 is left alone. */
START_TEST(message_control_characters)
{
    struct det_message message = {0};
    char all[256];
    for (int i = 0; i < 255; i++)
        all[i] = (char)(i + 1);
    all[255] = 0;
    det_fail(&message, DET_ERROR_MODEL, "%s", all);
    ck_assert_uint_eq(strlen(message.text), 255);
    for (int i = 0; i < 255; i++) {
        const bool control = i + 1 < 0x20 || i + 1 == 0x7f;
        ck_assert_int_eq(message.text[i], control ? '?' : all[i]);
    }
    det_message_prefix(&message, "a\nb");
    ck_assert(strncmp(message.text, "a?b: ", 5) == 0);
}
END_TEST

START_TEST(message_too_long)
{
    struct det_message message = {0};
    char text[3 * DET_MESSAGE_SIZE];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    det_fail(&message, DET_ERROR_MODEL, "%s", text);
    ck_assert_uint_eq(strlen(message.text), DET_MESSAGE_SIZE - 1);
    det_message_prefix(&message, "where");
    ck_assert_uint_eq(strlen(message.text), DET_MESSAGE_SIZE - 1);
    ck_assert(strncmp(message.text, "where: x", 8) == 0);
    det_message_prefix(&message, text);
    ck_assert_uint_eq(strlen(message.text), DET_MESSAGE_SIZE - 1);
}
END_TEST

struct log_line {
    int count;
    det_log_level level;
    char text[DET_MESSAGE_SIZE];
};

static void keep_line(void *user, det_log_level level, const char *text)
{
    struct log_line *line = user;
    line->count++;
    line->level = level;
    snprintf(line->text, sizeof line->text, "%s", text);
}

START_TEST(log_line)
{
    struct log_line line = {0};
    const struct det_message message = {.log = keep_line, .log_user = &line};
    const struct det_message silent = {0};
    det_log(&message, DET_LOG_WARNING, "%d\n%s", 7, "b");
    ck_assert_int_eq(line.count, 1);
    ck_assert_int_eq(line.level, DET_LOG_WARNING);
    ck_assert_str_eq(line.text, "7?b");
    ck_assert_str_eq(message.text, "");
    det_log(&silent, DET_LOG_ERROR, "x");
    det_log(NULL, DET_LOG_ERROR, "x");
}
END_TEST

/* -------------------------------------------------------------------- files */

static struct test_folder folder;
static char path[TEST_FOLDER_PATH];

static void open_folder(void)
{
    test_folder_create(&folder);
    test_folder_path(path, &folder, "f");
}

static void close_folder(void)
{
    test_folder_remove(&folder);
}

static void write_plain(const char *text)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

static void check_message(const struct det_message *message, const char *where,
                          const char *what)
{
    ck_assert_msg(strncmp(message->text, where, strlen(where)) == 0 &&
                      strstr(message->text, what),
                  "\"%s\" should be \"%s: ...%s\"", message->text, where, what);
}

START_TEST(map_file)
{
    struct det_mapping mapping;
    struct det_message message = {0};
    write_plain("abc");
    ck_assert_int_eq(det_mapping_open(&mapping, path, &message), DET_OK);
    ck_assert_uint_eq(mapping.size, 3);
    ck_assert_mem_eq(mapping.data, "abc", 3);
    det_mapping_release(&mapping, mapping.data, mapping.size);
    ck_assert_mem_eq(mapping.data, "abc", 3);
    unlink(path); /* the mapping stays */
    ck_assert_mem_eq(mapping.data, "abc", 3);
    det_mapping_close(&mapping);
    ck_assert_ptr_null(mapping.data);
    det_mapping_close(&mapping);
}
END_TEST

START_TEST(map_nothing)
{
    struct det_mapping mapping;
    struct det_message message = {0};
    write_plain("");
    ck_assert_int_eq(det_mapping_open(&mapping, path, &message), DET_OK);
    ck_assert_uint_eq(mapping.size, 0);
    ck_assert_ptr_null(mapping.data);
    det_mapping_release(&mapping, NULL, 0);
    det_mapping_close(&mapping);
}
END_TEST

/* Whole pages are given back, the bytes stay readable. */
START_TEST(mapping_release)
{
    struct det_mapping mapping;
    struct det_message message = {0};
    FILE *file = fopen(path, "wb");
    for (int i = 0; i < 100000; i++)
        putc(i % 251, file);
    fclose(file);
    ck_assert_int_eq(det_mapping_open(&mapping, path, &message), DET_OK);
    for (size_t begin = 0; begin < 20000; begin += 4999)
        for (size_t size = 0; begin + size <= mapping.size; size += 9973)
            det_mapping_release(&mapping, mapping.data + begin, size);
    for (int i = 0; i < 100000; i++)
        ck_assert(mapping.data[i] == i % 251);
    det_mapping_close(&mapping);
}
END_TEST

/* Memory of others keeps what it holds. */
START_TEST(mapping_release_elsewhere)
{
    enum { SIZE = 1 << 16 };
    static uint8_t other[SIZE];
    struct det_mapping mapping;
    struct det_message message = {0};
    write_plain("abc");
    ck_assert_int_eq(det_mapping_open(&mapping, path, &message), DET_OK);
    memset(other, 7, sizeof other);
    det_mapping_release(&mapping, other, sizeof other);
    det_mapping_release(&mapping, mapping.data, SIZE_MAX);
    det_mapping_release(&(struct det_mapping){0}, other, sizeof other);
    for (size_t i = 0; i < sizeof other; i++)
        ck_assert_uint_eq(other[i], 7);
    det_mapping_close(&mapping);
}
END_TEST

static void check_unmappable(const char *name, const char *what)
{
    struct det_mapping mapping;
    struct det_message message = {0};
    ck_assert_int_eq(det_mapping_open(&mapping, name, &message),
                     DET_ERROR_READ);
    ck_assert_ptr_null(mapping.data);
    check_message(&message, name, what);
}

START_TEST(mapping_refused)
{
    check_unmappable(path, "No such file or directory");
    check_unmappable("", "No such file or directory");
    check_unmappable(folder.path, "not a regular file");
    check_unmappable("/dev/null", "not a regular file");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    check_unmappable(path, "not a regular file"); /* without waiting */
}
END_TEST

/* The reason stands behind even the longest path. */
START_TEST(longest_path)
{
    char longest[4096];
    memset(longest, 'x', sizeof longest);
    for (size_t i = 0; i < sizeof longest; i += 100)
        longest[i] = '/';
    longest[sizeof longest - 1] = 0;
    check_unmappable(longest, "cannot open: No such file or directory");
}
END_TEST

START_TEST(read_file)
{
    uint8_t *data;
    size_t size;
    struct det_message message = {0};
    write_plain("abcd");
    ck_assert_int_eq(det_file_read(&data, &size, path, 4, &message), DET_OK);
    ck_assert_uint_eq(size, 4);
    ck_assert_mem_eq(data, "abcd", 4);
    free(data);
    ck_assert_int_eq(det_file_read(&data, &size, path, 3, &message),
                     DET_ERROR_LIMIT);
    ck_assert_ptr_null(data);
    check_message(&message, path, "limit of 3 bytes");
    ck_assert_int_eq(det_file_read(&data, &size, folder.path, 100, &message),
                     DET_ERROR_READ);
    check_message(&message, folder.path, "Is a directory");
    write_plain("");
    ck_assert_int_eq(det_file_read(&data, &size, path, 0, &message), DET_OK);
    ck_assert_uint_eq(size, 0);
    free(data);
    unlink(path);
    ck_assert_int_eq(det_file_read(&data, &size, path, 3, &message),
                     DET_ERROR_READ);
    check_message(&message, path, "No such file or directory");
    /* endless: stops soon after the limit */
    ck_assert_int_eq(
        det_file_read(&data, &size, "/dev/zero", 1 << 20, &message),
        DET_ERROR_LIMIT);
}
END_TEST

/* -------------------------------------------------------------- safe writing
 */

static void check_file(const char *text)
{
    uint8_t *data;
    size_t size;
    ck_assert_int_eq(det_file_read(&data, &size, path, 100, NULL), DET_OK);
    ck_assert_uint_eq(size, strlen(text));
    ck_assert_mem_eq(data, text, size);
    free(data);
}

START_TEST(safe_file_commit)
{
    struct det_safe_file file;
    struct det_message message = {0};
    for (int again = 0; again < 2; again++) {
        ck_assert_int_eq(det_safe_file_open(&file, path, &message), DET_OK);
        ck_assert_int_eq(det_safe_file_write(&file, "abc", 3), DET_OK);
        ck_assert_int_eq(det_safe_file_write(&file, NULL, 0), DET_OK);
        ck_assert_int_eq(access(path, F_OK), again ? 0 : -1);
        ck_assert_int_eq(det_safe_file_commit(&file), DET_OK);
        det_safe_file_discard(&file); /* nothing left to do */
        check_file("abc");
        ck_assert_uint_eq(test_folder_count(&folder), 1);
    }
}
END_TEST

START_TEST(safe_file_mode)
{
    struct det_safe_file file;
    struct stat about;
    const mode_t mask = umask(027);
    ck_assert_int_eq(det_safe_file_open(&file, path, NULL), DET_OK);
    ck_assert_int_eq(det_safe_file_commit(&file), DET_OK);
    umask(mask);
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert_int_eq(about.st_mode & 0777, 0640);
}
END_TEST

START_TEST(safe_file_discard)
{
    struct det_safe_file file;
    struct det_message message = {0};
    write_plain("old");
    ck_assert_int_eq(det_safe_file_open(&file, path, &message), DET_OK);
    ck_assert_int_eq(det_safe_file_write(&file, "abc", 3), DET_OK);
    ck_assert_uint_eq(test_folder_count(&folder), 2);
    det_safe_file_discard(&file);
    det_safe_file_discard(&file);
    ck_assert_uint_eq(test_folder_count(&folder), 1);
    check_file("old");
}
END_TEST

START_TEST(safe_file_disk_full)
{
    struct det_safe_file file;
    struct det_message message = {0};
    struct rlimit before;
    write_plain("old");
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit = {2, before.rlim_max};
    ck_assert_int_eq(det_safe_file_open(&file, path, &message), DET_OK);
    ck_assert_int_eq(det_safe_file_write(&file, "abc", 3), DET_OK); /* buffer */
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const det_status status = det_safe_file_commit(&file);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert_int_eq(status, DET_ERROR_WRITE);
    check_message(&message, path, "cannot write: File too large");
    ck_assert_uint_eq(test_folder_count(&folder), 1);
    check_file("old");
}
END_TEST

/* The rename fails: a folder took the name meanwhile. */
START_TEST(safe_file_name_taken)
{
    struct det_safe_file file;
    struct det_message message = {0};
    ck_assert_int_eq(det_safe_file_open(&file, path, &message), DET_OK);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(det_safe_file_commit(&file), DET_ERROR_WRITE);
    check_message(&message, path, "Is a directory");
    ck_assert_uint_eq(test_folder_count(&folder), 1);
}
END_TEST

START_TEST(safe_file_refused)
{
    struct det_safe_file file;
    struct det_message message = {0};
    char below[TEST_FOLDER_PATH];
    test_folder_path(below, &folder, "f/below");
    ck_assert_int_eq(det_safe_file_open(&file, below, &message),
                     DET_ERROR_WRITE);
    check_message(&message, below, "cannot create: No such file");
    write_plain("old");
    ck_assert_int_eq(det_safe_file_open(&file, below, &message),
                     DET_ERROR_WRITE);
    check_message(&message, below, "Not a directory");
    ck_assert_int_eq(det_safe_file_open(&file, folder.path, &message),
                     DET_ERROR_WRITE);
    check_message(&message, folder.path, "not a regular file");
    det_safe_file_discard(&file);
    ck_assert_uint_eq(test_folder_count(&folder), 1);
}
END_TEST

/* A temporary file of a run that was killed is in nobody's way. */
START_TEST(safe_file_left_over)
{
    struct det_safe_file first, second;
    ck_assert_int_eq(det_safe_file_open(&first, path, NULL), DET_OK);
    ck_assert_int_eq(det_safe_file_open(&second, path, NULL), DET_OK);
    ck_assert_str_ne(first.temporary_path, second.temporary_path);
    ck_assert_int_eq(det_safe_file_write(&second, "second", 6), DET_OK);
    ck_assert_int_eq(det_safe_file_commit(&second), DET_OK);
    check_file("second");
    det_safe_file_discard(&first);
    ck_assert_uint_eq(test_folder_count(&folder), 1);
}
END_TEST

static TCase *file_tests(void)
{
    TCase *tests = tcase_create("files");
    tcase_add_checked_fixture(tests, open_folder, close_folder);
    tcase_add_test(tests, map_file);
    tcase_add_test(tests, map_nothing);
    tcase_add_test(tests, mapping_release);
    tcase_add_test(tests, mapping_release_elsewhere);
    tcase_add_test(tests, mapping_refused);
    tcase_add_test(tests, longest_path);
    tcase_add_test(tests, read_file);
    tcase_add_test(tests, safe_file_commit);
    tcase_add_test(tests, safe_file_mode);
    tcase_add_test(tests, safe_file_discard);
    tcase_add_test(tests, safe_file_disk_full);
    tcase_add_test(tests, safe_file_name_taken);
    tcase_add_test(tests, safe_file_refused);
    tcase_add_test(tests, safe_file_left_over);
    return tests;
}

int main(void)
{
    TCase *tests = tcase_create("memory and messages");
    tcase_add_test(tests, checked);
    tcase_add_test(tests, exponential_of_floats);
    tcase_add_test(tests, exponential_of_limits);
    tcase_add_test(tests, memory_is_zeroed_and_aligned);
    tcase_add_test(tests, memory_of_nothing);
    tcase_add_test(tests, memory_overflow);
    tcase_add_test(tests, message_text);
    tcase_add_test(tests, message_control_characters);
    tcase_add_test(tests, message_too_long);
    tcase_add_test(tests, log_line);
    Suite *suite = suite_create("base");
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, file_tests());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

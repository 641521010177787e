/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_reader.h"

enum { BASE = 8 }; /* where the text lies in its file */

/* A reader of exactly `size` bytes, so that a sanitizer sees one byte more. */
static struct det_json_reader open_reader(const char *text, size_t size,
                                          struct det_message *message)
{
    char *copy = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, size);
    return (struct det_json_reader){
        .text = copy, .size = size, .base = BASE,
        .refusal = DET_ERROR_MODEL, .message = message};
}

static void close_reader(const struct det_json_reader *reader)
{
    free((void *)(uintptr_t)reader->text);
}

/* The message must begin with this byte of the file. */
static void check_offset(const struct det_message *message, size_t at,
                         const char *text)
{
    char start[32];
    snprintf(start, sizeof start, "byte %zu: ", BASE + at);
    ck_assert_msg(strncmp(message->text, start, strlen(start)) == 0,
                  "%s: \"%s\" should begin with \"%s\"", text, message->text,
                  start);
}

/* ------------------------------------------------------------------ strings */

struct string_case {
    const char *json;
    const char *value; /* NULL: refused... */
    size_t at;         /* ... with this offset; else where the reader stands */
};

#define GOOD(json, value)                                                      \
    {                                                                          \
        json, value, sizeof(json) - 1                                          \
    }
#define BAD(json, at)                                                          \
    {                                                                          \
        json, NULL, at                                                         \
    }

static const struct string_case strings[] = {
    GOOD("\"\"", ""),
    GOOD("\"abc\"", "abc"),
    GOOD(" \t\n\r\"a b\"", "a b"),
    GOOD("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"),
    GOOD("\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac"),
    GOOD("\"\\u0001\\u007f\\u0080\\u07ff\\u0800\\uffff\"",
         "\x01\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"),
    GOOD("\"\\ud800\\udc00\\uDBFF\\uDFFF\"",
         "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
    GOOD("\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80"),
    GOOD("\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\"",
         "\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80"),
    GOOD("\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"",
         "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
    GOOD("\"\x7f\"", "\x7f"), /* DEL is allowed by RFC 8259 */
    GOOD("\"\\\\\"", "\\"),

    BAD("", 0),
    BAD("abc", 0),
    BAD("'abc'", 0),
    BAD("   7", 3),
    BAD("\"", 1),
    BAD("\"abc", 4),
    BAD("\"abc\\\"", 6),
    BAD("\"abc\\", 5),
    /* escapes */
    BAD("\"\\x41\"", 1),
    BAD("\"\\a\"", 1),
    BAD("\"\\'\"", 1),
    BAD("\"\\U0041\"", 1),
    BAD("\"a\\0\"", 2),
    BAD("\"\\\x80\"", 1),
    BAD("\"\\u\"", 1),
    BAD("\"\\u004\"", 1),
    BAD("\"\\u00g1\"", 1),
    BAD("\"\\u 041\"", 1),
    BAD("\"\\u-041\"", 1),
    BAD("\"\\u12", 1),
    BAD("\"\\u0000\"", 1),
    /* surrogates */
    BAD("\"\\ud800\"", 1),
    BAD("\"\\udc00\"", 1),
    BAD("\"\\ud800x\"", 1),
    BAD("\"\\ud800\\n\"", 1),
    BAD("\"\\ud800\\u0041\"", 1),
    BAD("\"\\ud800\\ud800\"", 1),
    BAD("\"\\ud800\\ue000\"", 1),
    BAD("\"\\ud800\\udc0", 1),
    BAD("\"\\udfff\\ud800\"", 1),
    /* control characters */
    BAD("\"a\nb\"", 2),
    BAD("\"\t\"", 1),
    BAD("\"\x1f\"", 1),
    /* UTF-8: overlong, surrogate, too large, cut off, stray */
    BAD("\"\x80\"", 1),
    BAD("\"\xbf\"", 1),
    BAD("\"\xc0\xaf\"", 1),
    BAD("\"\xc1\xbf\"", 1),
    BAD("\"\xe0\x9f\xbf\"", 1),
    BAD("\"\xed\xa0\x80\"", 1),
    BAD("\"\xed\xbf\xbf\"", 1),
    BAD("\"\xf0\x8f\xbf\xbf\"", 1),
    BAD("\"\xf4\x90\x80\x80\"", 1),
    BAD("\"\xf5\x80\x80\x80\"", 1),
    BAD("\"\xf8\x88\x80\x80\x80\"", 1),
    BAD("\"\xfe\"", 1),
    BAD("\"\xff\"", 1),
    BAD("\"a\xc3\"", 2),
    BAD("\"\xc3", 1),
    BAD("\"\xe2\x82\"", 1),
    BAD("\"\xe2\x82", 1),
    BAD("\"\xf0\x9f\x98", 1),
    BAD("\"\xc3\xc3\"", 1),
};

START_TEST(string)
{
    struct det_message message = {0};
    const struct string_case *c = &strings[_i];
    struct det_json_reader reader =
        open_reader(c->json, strlen(c->json), &message);
    char *value;
    const det_status status = det_json_string(&reader, &value);
    if (c->value) {
        ck_assert_msg(status == DET_OK, "%s: %s", c->json, message.text);
        ck_assert_str_eq(value, c->value);
        ck_assert_uint_eq(reader.at, c->at);
    } else {
        ck_assert_msg(status == DET_ERROR_MODEL, "accepted: %s", c->json);
        ck_assert_ptr_null(value);
        check_offset(&message, c->at, c->json);
    }
    free(value);
    close_reader(&reader);
}
END_TEST

START_TEST(zero_byte)
{
    struct det_message message = {0};
    static const char json[] = "\"a\0b\"";
    struct det_json_reader reader =
        open_reader(json, sizeof json - 1, &message);
    char *value;
    ck_assert_int_eq(det_json_string(&reader, &value), DET_ERROR_MODEL);
    check_offset(&message, 2, "a zero byte in a string");
    close_reader(&reader);
}
END_TEST

/* Whatever is cut off, it is refused, and nothing behind the end is read. */
START_TEST(string_truncated)
{
    static const char json[] =
        "\"a\\n\\u00e9\\ud83d\\ude00\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z\"";
    for (size_t size = 0; size < sizeof json - 1; size++) {
        struct det_message message = {0};
        struct det_json_reader reader = open_reader(json, size, &message);
        char *value;
        ck_assert_int_eq(det_json_string(&reader, &value), DET_ERROR_MODEL);
        ck_assert_ptr_null(value);
        ck_assert(strncmp(message.text, "byte ", 5) == 0);
        close_reader(&reader);
    }
}
END_TEST

/* ------------------------------------------------------------------ numbers */

struct number_case {
    const char *json;
    int64_t value; /* -1: refused */
    size_t at;     /* where the reader stands, or the offset of the error */
};

static const struct number_case numbers[] = {
    {"0", 0, 1},
    {"7", 7, 1},
    {" \n42,", 42, 4},
    {"10]", 10, 2},
    {"9223372036854775807", INT64_MAX, 19},
    {"9223372036854775808", -1, 0},
    {"9223372036854775810", -1, 0},
    {"18446744073709551616", -1, 0},
    {"  99999999999999999999999999", -1, 2},
    {"", -1, 0},
    {" ", -1, 1},
    {"-1", -1, 0},
    {"-0", -1, 0},
    {"+1", -1, 0},
    {"01", -1, 0},
    {"00", -1, 0},
    {"1.0", -1, 0},
    {"1.", -1, 0},
    {".5", -1, 0},
    {"1e3", -1, 0},
    {"1E3", -1, 0},
    {"1-", -1, 0},
    {"0x10", 0, 1}, /* the caller then finds the x */
    {"\"1\"", -1, 0},
    {"true", -1, 0},
    {"null", -1, 0},
    {"NaN", -1, 0},
    {"Infinity", -1, 0},
    {"[", -1, 0},
    {"\xd9\xa1", -1, 0}, /* an Arabic 1 */
};

START_TEST(number)
{
    struct det_message message = {0};
    const struct number_case *c = &numbers[_i];
    struct det_json_reader reader =
        open_reader(c->json, strlen(c->json), &message);
    int64_t value;
    const det_status status = det_json_integer(&reader, &value);
    if (c->value >= 0) {
        ck_assert_msg(status == DET_OK, "%s: %s", c->json, message.text);
        ck_assert_int_eq(value, c->value);
        ck_assert_uint_eq(reader.at, c->at);
    } else {
        ck_assert_msg(status == DET_ERROR_MODEL, "accepted: %s", c->json);
        check_offset(&message, c->at, c->json);
    }
    close_reader(&reader);
}
END_TEST

/* ---------------------------------------------------------------- structure */

START_TEST(punctuation)
{
    struct det_message message = {0};
    struct det_json_reader reader = open_reader(" [1 , 2]\n ", 10, &message);
    int64_t value;
    bool more = false;
    ck_assert_int_eq(det_json_peek(&reader), '[');
    ck_assert(!det_json_accept(&reader, '{'));
    ck_assert_int_eq(det_json_expect(&reader, '['), DET_OK);
    ck_assert_int_eq(det_json_integer(&reader, &value), DET_OK);
    ck_assert_int_eq(det_json_next(&reader, ']', &more), DET_OK);
    ck_assert(more);
    ck_assert_int_eq(det_json_integer(&reader, &value), DET_OK);
    ck_assert_int_eq(value, 2);
    ck_assert_int_eq(det_json_next(&reader, ']', &more), DET_OK);
    ck_assert(!more);
    ck_assert_int_eq(det_json_end(&reader), DET_OK);
    ck_assert_int_eq(det_json_peek(&reader), 0);
    ck_assert(!det_json_accept(&reader, ']'));
    ck_assert(!det_json_accept(&reader, 0));
    ck_assert_int_eq(det_json_expect(&reader, ']'), DET_ERROR_MODEL);
    check_offset(&message, 10, "]");
    ck_assert_msg(strstr(message.text, "expected ']'"), "%s", message.text);
    close_reader(&reader);
}
END_TEST

/* Only the four blanks of RFC 8259 are blanks; 0 is not the end. */
START_TEST(blanks)
{
    static const char *const others[] = {"\v1", "\f1",
                                         "\xa0"
                                         "1",
                                         "\xef\xbb\xbf"
                                         "1",
                                         "\0"
                                         "1"};
    static const size_t sizes[] = {2, 2, 2, 4, 2};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct det_message message = {0};
        struct det_json_reader reader =
            open_reader(others[i], sizes[i], &message);
        int64_t value;
        ck_assert_int_eq(det_json_integer(&reader, &value), DET_ERROR_MODEL);
        check_offset(&message, 0, others[i]);
        ck_assert_int_eq(det_json_end(&reader), DET_ERROR_MODEL);
        ck_assert(!det_json_accept(&reader, '1'));
        close_reader(&reader);
    }
}
END_TEST

START_TEST(wrong_separators)
{
    static const char *const texts[] = {";", ":", "}", "", " "};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct det_message message = {0};
        struct det_json_reader reader =
            open_reader(texts[i], strlen(texts[i]), &message);
        bool more = true;
        ck_assert_int_eq(det_json_next(&reader, ']', &more), DET_ERROR_MODEL);
        check_offset(&message, strcmp(texts[i], " ") == 0, texts[i]);
        close_reader(&reader);
    }
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("tests");
    tcase_add_loop_test(tests, string, 0, sizeof strings / sizeof *strings);
    tcase_add_loop_test(tests, number, 0, sizeof numbers / sizeof *numbers);
    tcase_add_test(tests, zero_byte);
    tcase_add_test(tests, string_truncated);
    tcase_add_test(tests, punctuation);
    tcase_add_test(tests, blanks);
    tcase_add_test(tests, wrong_separators);
    Suite *suite = suite_create("json_reader");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

/* SPDX-License-Identifier: MIT */
/* The rules of https://github.com/huggingface/safetensors (README, "Format"),
 * and our own: header at most 4 MiB, at most 4096 metadata keys. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weights/safetensors.h"

enum { LENGTH_SIZE = 8, MEBIBYTE = 1 << 20 };

/* A file in memory, in a block of just its size. */
struct buffer {
    uint8_t *data;
    size_t size;
};

static struct buffer make_buffer(size_t size)
{
    const struct buffer buffer = {malloc(size ? size : 1), size};
    ck_assert_ptr_nonnull(buffer.data);
    return buffer;
}

static void put_length(uint8_t *out, uint64_t length)
{
    for (int i = 0; i < LENGTH_SIZE; i++)
        out[i] = (uint8_t)(length >> (8 * i));
}

static struct buffer make_file(const char *header, const void *data,
                               size_t size)
{
    const size_t length = strlen(header);
    struct buffer file = make_buffer(LENGTH_SIZE + length + size);
    put_length(file.data, length);
    memcpy(file.data + LENGTH_SIZE, header, length);
    if (data)
        memcpy(file.data + LENGTH_SIZE + length, data, size);
    else
        memset(file.data + LENGTH_SIZE + length, 0, size);
    return file;
}

/* Parse and forget; the message must name a byte that the file has. */
static det_status parse_once(const struct buffer *file,
                             struct det_message *message)
{
    struct det_weights weights;
    const det_status status =
        det_safetensors_parse(&weights, file->data, file->size, message);
    if (status == DET_OK) {
        det_weights_destroy(&weights);
        return status;
    }
    size_t at;
    ck_assert_int_eq(status, DET_ERROR_MODEL);
    ck_assert_msg(sscanf(message->text, "byte %zu: ", &at) == 1,
                  "no byte offset: %s", message->text);
    ck_assert_msg(at <= file->size, "%s, of %zu", message->text, file->size);
    ck_assert_ptr_null(weights.items);
    return status;
}

static void check_refused(const struct buffer *file, size_t at,
                          const char *what)
{
    struct det_message message = {0};
    char start[32];
    ck_assert_msg(parse_once(file, &message) != DET_OK, "accepted: %s", what);
    snprintf(start, sizeof start, "byte %zu: ", at);
    ck_assert_msg(strncmp(message.text, start, strlen(start)) == 0 &&
                      strstr(message.text, what),
                  "\"%s\" should be \"%s...%s\"", message.text, start, what);
}

/* -------------------------------------------------------- length of a header
 */

START_TEST(header_length)
{
    static const struct {
        uint64_t length;
        size_t size; /* of the file */
        const char *what;
    } cases[] = {
        {0, 0, "a file of 0 bytes"},
        {0, 1, "a file of 1 bytes"},
        {0, 7, "a file of 7 bytes"},
        {3, 10, "a header of 3 bytes, but the file ends after 2"},
        {2, 8, "a header of 2 bytes, but the file ends after 0"},
        {4 * MEBIBYTE, 10, "but the file ends after 2"},
        {4 * MEBIBYTE + 1, 10, "at most 4194304 are accepted"},
        {UINT64_C(1) << 32, 10, "a header of 4294967296 bytes"},
        {UINT64_C(1) << 63, 10, "a header of 9223372036854775808 bytes"},
        {UINT64_MAX - 7, 10, "a header of 18446744073709551608 bytes"},
        {UINT64_MAX, 10, "a header of 18446744073709551615 bytes"},
    };
    uint8_t bytes[16];
    memset(bytes, ' ', sizeof bytes);
    put_length(bytes, cases[_i].length);
    struct buffer file = make_buffer(cases[_i].size);
    memcpy(file.data, bytes, cases[_i].size);
    check_refused(&file, 0, cases[_i].what);
    free(file.data);
}
END_TEST
enum { HEADER_LENGTHS = 11 };

START_TEST(header_empty)
{
    struct buffer file = make_file("", NULL, 0);
    check_refused(&file, 8, "must begin with '{'");
    free(file.data);
}
END_TEST

/* Exactly 4 MiB is accepted, spaces up to the end. */
START_TEST(header_largest)
{
    struct det_message message = {0};
    struct buffer file = make_buffer(LENGTH_SIZE + 4 * MEBIBYTE + 1);
    memset(file.data, ' ', file.size);
    memcpy(file.data + LENGTH_SIZE, "{}", 2);
    put_length(file.data, 4 * MEBIBYTE);
    file.size--;
    ck_assert_int_eq(parse_once(&file, &message), DET_OK);
    file.size++;
    put_length(file.data, 4 * MEBIBYTE + 1);
    check_refused(&file, 0, "a header of 4194305 bytes");
    free(file.data);
}
END_TEST

/* ------------------------------------------------------------ good and bad */

#define T(name, dtype, shape, offsets)                                         \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape                   \
    ",\"data_offsets\":" offsets "}"
#define A T("a", "F32", "[2,3]", "[0,24]")

static const struct {
    const char *header;
    size_t size; /* of the data */
} good[] = {
    {"{}", 0},
    {"{ }", 0},
    {"{}      ", 0},
    {"{" A "}", 24},
    {"{" A "}\n\t \r", 24},
    {"{ \"a\" : { \"shape\" :\n[ 2 , 3 ] ,\"data_offsets\": [ 0 , 24 ] , "
     "\"dtype\" : \"F32\" } }",
     24},
    {"{\"__metadata__\":{}}", 0},
    {"{\"__metadata__\":{\"\":\"\"}," A "}", 24},
    {"{" A ",\"__metadata__\":{\"k\":\"v\",\"l\":\"v\"}}", 24},
    /* data in another order than the names */
    {"{" T("b", "U8", "[4]", "[4,8]") "," T("a", "F32", "[]", "[0,4]") "}", 8},
    /* scalars, no elements (anywhere), 8 dimensions */
    {"{" T("s", "F64", "[]", "[0,8]") "}", 8},
    {"{" T("z", "F32", "[0]", "[0,0]") "}", 0},
    {"{" A "," T("z", "F32", "[7,0,9]", "[24,24]") "}", 24},
    {"{" T("z", "F64", "[0]", "[4,4]") "," T("a", "U8", "[4]", "[0,4]") "," T(
         "b", "U8", "[2]", "[4,6]") "}",
     6},
    {"{" T("r", "U8", "[1,1,1,2,1,1,1,1]", "[0,2]") "}", 2},
    {"{" T("r", "U8", "[0,9223372036854775807]", "[0,0]") "}", 0},
    /* names */
    {"{" T("", "U8", "[1]", "[0,1]") "}", 1},
    {"{" T("\\u0041\\n", "U8", "[1]", "[0,1]") "}", 1},
    {"{" T("\xc3\xa9", "U8", "[1]", "[0,1]") "}", 1},
    {"{" T("__metadata", "U8", "[1]", "[0,1]") "}", 1},
};

START_TEST(accepted)
{
    struct det_message message = {0};
    struct buffer file = make_file(good[_i].header, NULL, good[_i].size);
    ck_assert_msg(parse_once(&file, &message) == DET_OK, "%s: %s",
                  good[_i].header, message.text);
    free(file.data);
}
END_TEST

/* `at` counts from the start of the header. */
static const struct {
    const char *header;
    size_t size, at;
    const char *what;
} bad[] = {
    /* the outermost object */
    {" {}", 0, 0, "must begin with '{'"},
    {"[]", 0, 0, "must begin with '{'"},
    {"\xef\xbb\xbf{}", 0, 0, "must begin with '{'"},
    {"\"\"", 0, 0, "must begin with '{'"},
    {"{", 0, 1, "expected '\"'"},
    {"{}x", 0, 2, "something follows"},
    {"{}{}", 0, 2, "something follows"},
    {"{}  ,", 0, 4, "something follows"},
    {"{" A ",}", 24, 1 + sizeof A, "expected '\"'"},
    {"{," A "}", 24, 1, "expected '\"'"},
    {"{" A "]", 24, sizeof A, "expected '}'"},
    {"{" A, 24, sizeof A, "expected '}'"},
    {"{a:1}", 0, 1, "expected '\"'"},
    {"{\"a\"}", 0, 4, "expected ':'"},
    {"{\"a\":1}", 0, 5, "expected '{'"},
    {"{\"a\":null}", 0, 5, "expected '{'"},
    {"{\"a\":[]}", 0, 5, "expected '{'"},
    {"{\"a\":{}}", 0, 6, "expected '\"'"},
    {"{\"a\xff\":{}}", 0, 3, "not valid UTF-8"},
    {"{\"a\xc0\xaf\":{}}", 0, 3, "not valid UTF-8"},
    {"{\"a\\u0000\":{}}", 0, 3, "\\u0000"},
    {"{\"a\\ud800\":{}}", 0, 3, "surrogate"},
    {"{\"a\x01\":{}}", 0, 3, "control character"},
    {"{\"a", 0, 3, "string does not end"},
    /* keys that occur twice */
    {"{" A "," T("a", "U8", "[0]", "[24,24]") "}", 24, 1 + sizeof A, "twice"},
    {"{" A "," T("\\u0061", "U8", "[0]", "[0,0]") "}", 24, 1 + sizeof A,
     "twice"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, 19, "twice"},
    {"{\"__metadata__\":{\"k\":\"v\",\"k\":\"v\"}}", 0, 25, "twice"},
    {"{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", 0, 19, "twice"},
    {"{\"a\":{\"shape\":[1],\"shape\":[1]}}", 0, 18, "twice"},
    {"{\"a\":{\"data_offsets\":[0,1],\"data_offsets\":[0,1]}}", 1, 27, "twice"},
    /* metadata */
    {"{\"__metadata__\":[]}", 0, 16, "expected '{'"},
    {"{\"__metadata__\":\"x\"}", 0, 16, "expected '{'"},
    {"{\"__metadata__\":null}", 0, 16, "expected '{'"},
    {"{\"__metadata__\":{\"k\":1}}", 0, 21, "must be strings"},
    {"{\"__metadata__\":{\"k\":null}}", 0, 21, "must be strings"},
    {"{\"__metadata__\":{\"k\":{\"l\":\"v\"}}}", 0, 21, "must be strings"},
    {"{\"__metadata__\":{\"k\":[\"v\"]}}", 0, 21, "must be strings"},
    {"{\"__metadata__\":{\"k\":\"v\",}}", 0, 25, "expected '\"'"},
    /* members of an array */
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, 1, "are needed"},
    {"{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, 1, "are needed"},
    {"{\"a\":{\"shape\":[1],\"data_offsets\":[0,1]}}", 1, 1, "are needed"},
    {"{\"a\":{\"offsets\":[0,1]}}", 1, 6, "belong here"},
    {"{\"a\":{\"Dtype\":\"U8\"}}", 1, 6, "belong here"},
    {"{\"a\":{\"dtype\":1}}", 1, 14, "expected '\"'"},
    {"{" T("a", "F31", "[1]", "[0,4]") "}", 4, 14, "unknown dtype"},
    {"{" T("a", "f32", "[1]", "[0,4]") "}", 4, 14, "unknown dtype"},
    {"{" T("a", "", "[1]", "[0,4]") "}", 4, 14, "unknown dtype"},
    {"{" T("a", "F32 ", "[1]", "[0,4]") "}", 4, 14, "unknown dtype"},
    {"{" T("a", "F8_E5M2", "[1]", "[0,1]") "}", 1, 14, "unknown dtype"},
    /* shapes */
    {"{" T("a", "U8", "{}", "[0,1]") "}", 1, 27, "expected '['"},
    {"{" T("a", "U8", "1", "[0,1]") "}", 1, 27, "expected '['"},
    {"{" T("a", "U8", "[1,]", "[0,1]") "}", 1, 30, "expected a whole"},
    {"{" T("a", "U8", "[[1]]", "[0,1]") "}", 1, 28, "expected a whole"},
    {"{" T("a", "U8", "[-1]", "[0,1]") "}", 1, 28, "not negative"},
    {"{" T("a", "U8", "[1.0]", "[0,1]") "}", 1, 28, "not whole"},
    {"{" T("a", "U8", "[1e0]", "[0,1]") "}", 1, 28, "not whole"},
    {"{" T("a", "U8", "[01]", "[0,1]") "}", 1, 28, "begins with 0"},
    {"{" T("a", "U8", "[\\\"1\\\"]", "[0,1]") "}", 1, 28, "expected a whole"},
    {"{" T("a", "U8", "[18446744073709551617]", "[0,1]") "}", 1, 28,
     "too large"},
    {"{" T("a", "U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]") "}", 1, 44,
     "more than 8 dimensions"},
    {"{" T("a", "U8", "[4294967296,4294967296]", "[0,0]") "}", 0, 1,
     "shape is too large"},
    {"{" T("a", "U8", "[4294967296,4294967297]", "[0,1]") "}", 1, 1,
     "shape is too large"},
    {"{" T("a", "F64", "[2305843009213693952]", "[0,0]") "}", 0, 1,
     "shape is too large"},
    {"{" T("a", "F64", "[4611686018427387905]", "[0,8]") "}", 8, 1,
     "shape is too large"},
    {"{" T("a", "U8", "[0,9223372036854775807,3]", "[0,0]") "}", 0, 1,
     "shape is too large"},
    /* offsets */
    {"{" T("a", "U8", "[1]", "[0]") "}", 1, 48, "expected ','"},
    {"{" T("a", "U8", "[1]", "[0,1,2]") "}", 1, 50, "expected ']'"},
    {"{" T("a", "U8", "[1]", "[]") "}", 1, 47, "expected a whole"},
    {"{" T("a", "U8", "[1]", "[-1,0]") "}", 1, 47, "not negative"},
    {"{" T("a", "U8", "[1]", "[0,1.5]") "}", 1, 49, "not whole"},
    {"{" T("a", "U8", "[1]", "[1,0]") "}", 1, 1, "outside the file"},
    {"{" T("a", "U8", "[1]", "[1,2]") "}", 1, 1, "outside the file"},
    {"{" T("a", "U8", "[1]", "[0,9223372036854775807]") "}", 1, 1,
     "outside the file"},
    {"{" T("a", "U8", "[1]", "[9223372036854775807,9223372036854775807]") "}",
     1, 1, "outside the file"},
    {"{" T("z", "U8", "[0]", "[2,2]") "}", 1, 1, "outside the file"},
    {"{" T("a", "F32", "[1]", "[0,3]") "}", 3, 1, "do not fit"},
    {"{" T("a", "F32", "[1]", "[0,8]") "}", 8, 1, "do not fit"},
    {"{" T("a", "F32", "[]", "[0,0]") "}", 0, 1, "do not fit"},
    {"{" T("z", "F32", "[0]", "[0,4]") "}", 4, 1, "do not fit"},
    /* layout */
    {"{" T("a", "U8", "[1]", "[1,2]") "}", 2, 1, "a hole before"},
    {"{" T("a", "U8", "[1]", "[0,1]") "," T("b", "U8", "[1]", "[2,3]") "}", 3,
     53, "a hole before"},
    {"{" T("a", "U8", "[2]", "[0,2]") "," T("b", "U8", "[2]", "[1,3]") "}", 3,
     53, "overlap"},
    {"{" T("a", "U8", "[2]", "[0,2]") "," T("b", "U8", "[2]", "[0,2]") "}", 2,
     53, "overlap"},
    {"{" T("a", "U8", "[2]", "[0,2]") "," T("z", "U8", "[0]", "[1,1]") "}", 2,
     53, "overlap"},
};

START_TEST(refused)
{
    struct buffer file = make_file(bad[_i].header, NULL, bad[_i].size);
    check_refused(&file, LENGTH_SIZE + bad[_i].at, bad[_i].what);
    free(file.data);
}
END_TEST

START_TEST(bytes_of_no_tensor)
{
    static const char header[] = "{" A "}";
    struct buffer file = make_file(header, NULL, 24 + 5);
    check_refused(&file, LENGTH_SIZE + sizeof header - 1 + 24,
                  "5 bytes that belong to no tensor");
    free(file.data);
    file = make_file("{}", NULL, 1);
    check_refused(&file, 10, "1 bytes that belong to no tensor");
    free(file.data);
}
END_TEST

/* ------------------------------------------------------------ hostile sizes */

/* `count` times `piece` with a number, between `before` and `after`. */
static struct buffer repeat(const char *before, const char *piece,
                            const char *after, size_t count)
{
    char *header = calloc(count + 1, strlen(piece) + 32);
    ck_assert_ptr_nonnull(header);
    size_t length = (size_t)sprintf(header, "%s", before);
    for (size_t i = 0; i < count; i++) {
        length += (size_t)sprintf(header + length, "%s\"%zx", i ? "," : "", i);
        length += (size_t)sprintf(header + length, "%s", piece);
    }
    sprintf(header + length, "%s", after);
    const struct buffer file = make_file(header, NULL, 0);
    free(header);
    return file;
}

/* Each of these must end within the second that a test may take. */
START_TEST(many_keys)
{
    struct det_message message = {0};
    struct buffer file = repeat("{\"__metadata__\":{", "\":\"\"", "}}", 4096);
    ck_assert_int_eq(parse_once(&file, &message), DET_OK);
    free(file.data);
    file = repeat("{\"__metadata__\":{", "\":\"\"", "}}", 350000);
    ck_assert_int_eq(parse_once(&file, &message), DET_ERROR_MODEL);
    ck_assert_msg(strstr(message.text, "more than 4096 metadata keys"), "%s",
                  message.text);
    free(file.data);
}
END_TEST

START_TEST(many_arrays)
{
    struct det_message message = {0};
    static const char piece[] =
        "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
    struct buffer file = repeat("{", piece, "}", 68000);
    ck_assert_int_eq(parse_once(&file, &message), DET_OK);
    free(file.data);
}
END_TEST

START_TEST(deep)
{
    struct det_message message = {0};
    struct buffer file = make_buffer(LENGTH_SIZE + 4 * MEBIBYTE);
    put_length(file.data, 4 * MEBIBYTE);
    for (int kind = 0; kind < 3; kind++) {
        memset(file.data + LENGTH_SIZE, "{[\""[kind], 4 * MEBIBYTE);
        memcpy(file.data + LENGTH_SIZE, "{\"a\":{\"shape\":[", 15);
        ck_assert_int_eq(parse_once(&file, &message), DET_ERROR_MODEL);
        memcpy(file.data + LENGTH_SIZE, "{\"", 2);
        ck_assert_int_eq(parse_once(&file, &message), DET_ERROR_MODEL);
    }
    free(file.data);
}
END_TEST

/* ------------------------------------------------------- damage, everywhere */

static struct buffer sample_file(void)
{
    static const float floats[6] = {1, -2.5f, 0, 3e38f, 1e-45f, -0.0f};
    return make_file("{\"__metadata__\":{\"k\\n\":\"v\\u00e9\xc3\xa9\"}," A
                     "," T("z", "I64", "[0,2]", "[24,24]") "}   ",
                     floats, sizeof floats);
}

START_TEST(truncated)
{
    struct buffer file = sample_file();
    struct det_message message = {0};
    ck_assert_int_eq(parse_once(&file, &message), DET_OK);
    for (size_t size = 0; size < file.size; size++) {
        struct buffer cut = make_buffer(size);
        memcpy(cut.data, file.data, size);
        ck_assert_msg(parse_once(&cut, &message) == DET_ERROR_MODEL,
                      "accepted: %zu bytes of %zu", size, file.size);
        free(cut.data);
    }
    free(file.data);
}
END_TEST

/* Any byte made anything: refused with an offset, or a file that is right. */
START_TEST(damaged)
{
    struct buffer file = sample_file();
    struct det_message message = {0};
    size_t refusals = 0;
    for (size_t at = 0; at < file.size; at++) {
        const uint8_t kept = file.data[at];
        for (int value = 0; value < 256; value++) {
            file.data[at] = (uint8_t)value;
            refusals += parse_once(&file, &message) != DET_OK;
        }
        file.data[at] = kept;
    }
    ck_assert_uint_gt(refusals, 150 * 200);
    free(file.data);
}
END_TEST

/* ------------------------------------------------------------------- values */

static const struct {
    const char *dtype;
    uint8_t bytes[8];
    double value; /* as F32 */
} values[] = {
    {"F64", {0x18, 0x2d, 0x44, 0x54, 0xfb, 0x21, 0x09, 0x40}, 3.14159274101},
    {"F64", {0, 0, 0, 0, 0, 0, 0xf0, 0x7f}, INFINITY},
    {"F64", {0, 0, 0, 0, 0, 0, 0xf8, 0x7f}, NAN},
    {"F32", {0xdb, 0x0f, 0x49, 0x40}, 3.14159274101},
    {"F32", {0, 0, 0x80, 0xff}, -INFINITY},
    {"F32", {1, 0, 0x80, 0x7f}, NAN},
    {"F32", {1, 0, 0, 0}, 0x1p-149},
    {"F16", {0x00, 0x3c}, 1.0},
    {"F16", {0x55, 0x35}, 0x1.554p-2},
    {"F16", {0xff, 0x7b}, 65504.0},
    {"F16", {0x00, 0xfc}, -INFINITY},
    {"F16", {0x00, 0x7c}, INFINITY},
    {"F16", {0x01, 0x7c}, NAN},
    {"F16", {0x00, 0xfe}, NAN},
    {"F16", {0x00, 0x04}, 0x1p-14},
    {"F16", {0xff, 0x03}, 0x1.ff8p-15},
    {"F16", {0x01, 0x00}, 0x1p-24},
    {"F16", {0x01, 0x80}, -0x1p-24},
    {"F16", {0x00, 0x80}, -0.0},
    {"BF16", {0x80, 0x3f}, 1.0},
    {"BF16", {0x49, 0xc0}, -3.140625},
    {"BF16", {0x80, 0x7f}, INFINITY},
    {"BF16", {0x80, 0xff}, -INFINITY},
    {"BF16", {0xc0, 0x7f}, NAN},
    {"BF16", {0x81, 0x7f}, NAN},
    {"BF16", {0x01, 0x00}, 0x1p-133},
    {"BF16", {0x00, 0x80}, -0.0},
    {"I64", {0, 0, 0, 0, 0, 0, 0, 0x80}, -0x1p63},
    {"I64", {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, -1.0},
    {"I32", {0, 0, 0, 0x80}, -0x1p31},
    {"I16", {0xfe, 0xff}, -2.0},
    {"I8", {0x80}, -128.0},
    {"U8", {0xff}, 255.0},
    {"BOOL", {0}, 0.0},
    {"BOOL", {1}, 1.0},
    {"BOOL", {2}, 1.0},
};

static size_t dtype_size(const char *name)
{
    for (int dtype = 0; dtype < DET_DTYPES; dtype++)
        if (strcmp(det_dtype_name((enum det_dtype)dtype), name) == 0)
            return det_dtype_size((enum det_dtype)dtype);
    ck_abort_msg("no dtype %s", name);
    return 0;
}

/* The value stands second, behind a tensor of one byte: not aligned. */
START_TEST(value)
{
    struct det_message message = {0};
    struct det_weights weights;
    char header[256];
    uint8_t data[1 + 2 * 8] = {0};
    float out[2] = {7, 7};
    const size_t size = dtype_size(values[_i].dtype);
    memcpy(data + 1 + size, values[_i].bytes, size);
    snprintf(header, sizeof header,
             "{" T("a", "U8", "[1]",
                   "[0,1]") ",\"v\":{\"dtype\":\"%s\","
                            "\"shape\":[2],\"data_offsets\":[1,%zu]}}",
             values[_i].dtype, 1 + 2 * size);
    struct buffer file = make_file(header, data, 1 + 2 * size);
    ck_assert_int_eq(
        det_safetensors_parse(&weights, file.data, file.size, &message),
        DET_OK);
    det_weight_copy_f32(out, det_weights_find(&weights, "v"));
    const float wanted = (float)values[_i].value;
    ck_assert(out[0] == 0.0f);
    ck_assert_msg(isnan(wanted) ? isnan(out[1])
                                : memcmp(&out[1], &wanted, sizeof wanted) == 0,
                  "%s: %a, expected %a", values[_i].dtype, (double)out[1],
                  (double)wanted);
    const det_status finite = det_weights_check_finite(&weights, &message);
    ck_assert_int_eq(finite, isfinite(wanted) ? DET_OK : DET_ERROR_MODEL);
    if (finite != DET_OK)
        ck_assert_str_eq(message.text,
                         isnan(wanted)
                             ? "tensor \"v\" holds NaN at element 1"
                             : "tensor \"v\" holds an infinity at element 1");
    det_weights_destroy(&weights);
    free(file.data);
}
END_TEST

/* A double that is no float is refused, too: it would become infinite. */
START_TEST(too_large_for_float)
{
    struct det_message message = {0};
    struct det_weights weights;
    const double large = 1e300;
    struct buffer file =
        make_file("{" T("a", "F64", "[]", "[0,8]") "}", &large, sizeof large);
    ck_assert_int_eq(
        det_safetensors_parse(&weights, file.data, file.size, &message),
        DET_OK);
    ck_assert_int_eq(det_weights_check_finite(&weights, &message),
                     DET_ERROR_MODEL);
    det_weights_destroy(&weights);
    free(file.data);
}
END_TEST

/* Sides that overflow together are harmless while another one is 0. */
START_TEST(no_elements_of_huge_sides)
{
    struct det_message message = {0};
    float nothing = 7;
    struct det_weight item = {
        .name = (char[]){"z"},
        .dtype = DET_DTYPE_F32,
        .rank = 3,
        .shape = {0, (INT64_C(1) << 62) - 1, 4},
        .stride = {1, 4, 1},
    };
    const struct det_weights weights = {.items = &item, .count = 1};
    size_t extent = 7;
    ck_assert(det_weight_extent(&extent, &item));
    ck_assert_uint_eq(extent, 0);
    det_weight_copy_f32(&nothing, &item);
    ck_assert(nothing == 7);
    ck_assert_int_eq(det_weights_check_finite(&weights, &message), DET_OK);
}
END_TEST

START_TEST(what_is_read)
{
    struct det_message message = {0};
    struct det_weights weights;
    struct buffer file = sample_file();
    ck_assert_int_eq(
        det_safetensors_parse(&weights, file.data, file.size, &message),
        DET_OK);
    ck_assert_uint_eq(weights.count, 2);
    ck_assert_str_eq(det_weights_metadata(&weights, "k\n"),
                     "v\xc3\xa9\xc3\xa9");
    ck_assert_ptr_null(det_weights_metadata(&weights, "k"));
    ck_assert_ptr_null(det_weights_find(&weights, "b"));
    const struct det_weight *a = det_weights_find(&weights, "a");
    ck_assert_int_eq(a->rank, 2);
    ck_assert_int_eq(a->shape[0], 2);
    ck_assert_int_eq(a->shape[1], 3);
    ck_assert_int_eq(a->stride[0], 3);
    ck_assert_int_eq(a->stride[1], 1);
    ck_assert_uint_eq(det_weight_count(a), 6);
    ck_assert_ptr_eq(a->data, file.data + file.size - 24);
    ck_assert_uint_eq(det_weight_count(det_weights_find(&weights, "z")), 0);
    det_weights_destroy(&weights);
    free(file.data);
}
END_TEST

int main(void)
{
    enum {
        GOOD = sizeof good / sizeof *good,
        BAD = sizeof bad / sizeof *bad,
        VALUES = sizeof values / sizeof *values
    };
    TCase *tests = tcase_create("tests");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, header_length, 0, HEADER_LENGTHS);
    tcase_add_test(tests, header_empty);
    tcase_add_test(tests, header_largest);
    tcase_add_loop_test(tests, accepted, 0, GOOD);
    tcase_add_loop_test(tests, refused, 0, BAD);
    tcase_add_test(tests, bytes_of_no_tensor);
    tcase_add_test(tests, many_keys);
    tcase_add_test(tests, many_arrays);
    tcase_add_test(tests, deep);
    tcase_add_test(tests, truncated);
    tcase_add_test(tests, damaged);
    tcase_add_loop_test(tests, value, 0, VALUES);
    tcase_add_test(tests, too_large_for_float);
    tcase_add_test(tests, no_elements_of_huge_sides);
    tcase_add_test(tests, what_is_read);
    Suite *suite = suite_create("weights_safetensors");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

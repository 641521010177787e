/* SPDX-License-Identifier: MIT */
#include "tests/named_numbers.h"

#include <check.h>
#include <math.h>

#include "tests/cuda/bridge.h"
#include "tests/deviation.h"
#include "tests/ops_harness.h"

struct det_random named_stream(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    return (struct det_random){hash};
}

void named_fill(float *out, const char *name, size_t count, double offset,
                double gain)
{
    struct det_random random = named_stream(name);
    for (size_t i = 0; i < count; i++)
        out[i] = (float)(offset + gain * (double)det_random_float(&random));
}

void named_check(const char *name, const float *values, size_t count,
                 struct named_sums expected, double tolerance)
{
    double dot = 0.0, magnitude = 0.0;
    struct det_random random = named_stream(name);
    for (size_t i = 0; i < count; i++) {
        dot += (double)values[i] * (double)det_random_float(&random);
        magnitude += fabs((double)values[i]);
    }
    const double most =
        fmax(tolerance, det_test_tolerance()) * expected.magnitude + 1e-9;
    deviation_note(name,
                   fabs(dot - expected.dot) / (expected.magnitude + 1e-9));
    ck_assert_msg(fabs(dot - expected.dot) <= most &&
                      fabs(magnitude - expected.magnitude) <= most,
                  "%s: dot %.9g, magnitude %.9g; expected %.9g, %.9g", name,
                  dot, magnitude, expected.dot, expected.magnitude);
}

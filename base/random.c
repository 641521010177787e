/* SPDX-License-Identifier: MIT */
#include "base/random.h"

#include <math.h>

uint64_t det_random_bits(struct det_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* FNV-1a of the name, stirred with seed and index. */
struct det_random det_random_of(uint64_t seed, const char *stream,
                                uint64_t index)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *stream; stream++)
        hash = (hash ^ (unsigned char)*stream) * 0x100000001b3u;
    struct det_random random = {seed};
    random.state = det_random_bits(&random) ^ hash;
    random.state = det_random_bits(&random) ^ index;
    random.state = det_random_bits(&random);
    return random;
}

/* Rejection keeps it unbiased. */
uint64_t det_random_below(struct det_random *random, uint64_t count)
{
    const uint64_t limit = UINT64_MAX - UINT64_MAX % count;
    uint64_t bits;
    do
        bits = det_random_bits(random);
    while (bits >= limit);
    return bits % count;
}

double det_random_uniform(struct det_random *random)
{
    return (double)(det_random_bits(random) >> 11) * 0x1p-53;
}

double det_random_normal(struct det_random *random)
{
    const double u = 1.0 - det_random_uniform(random); /* above 0 */
    const double turn = 2.0 * M_PI * det_random_uniform(random);
    return sqrt(-2.0 * log(u)) * cos(turn);
}

void det_random_permutation(struct det_random *random, uint32_t *out,
                            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const size_t j = (size_t)det_random_below(random, i + 1);
        out[i] = out[j];
        out[j] = (uint32_t)i;
    }
}

/* SPDX-License-Identifier: MIT */
/*
 * Batch norm with the batch's statistics.  It is bound by memory: forward and
 * backward each read their maps twice.  Statistics are taken chunk by chunk, a
 * chunk being small enough to be read again from the cache for its variance,
 * and joined in double (Chan, Golub and LeVeque 1983), in an order that depends
 * on nothing but the number of threads.
 */
#include <math.h>
#include <string.h>

#include "compute/cpu/clones_cpu.h"
#include "compute/cpu/ops_cpu.h"

enum { CHUNK_FLOATS = 8192, LEAST_ROWS = 8 };

/* Rows [first, first + count) of [places, C]. */
struct rows {
    int64_t first, count;
};

static struct rows share_of(int64_t places, int share, int shares)
{
    const int64_t first = places * share / shares;
    return (struct rows){first, places * (share + 1) / shares - first};
}

static int64_t chunk_rows(int32_t channels)
{
    const int64_t rows = CHUNK_FLOATS / channels;
    return rows > LEAST_ROWS ? rows : LEAST_ROWS;
}

static size_t round_to_line(size_t bytes)
{
    return (bytes + 63) & ~(size_t)63;
}

/* Two sums of each channel, of one thread or of all. */
struct sums {
    double *first, *second; /* [C] */
    float *chunk_first, *chunk_second;
};

static size_t sums_size(int32_t channels)
{
    return round_to_line((size_t)channels *
                         (2 * sizeof(double) + 2 * sizeof(float)));
}

static struct sums sums_at(void *scratch, int32_t channels, int share)
{
    unsigned char *own =
        (unsigned char *)scratch + (size_t)share * sums_size(channels);
    double *doubles = (double *)(void *)own;
    float *floats = (float *)(void *)(doubles + 2 * channels);
    return (struct sums){doubles, doubles + channels, floats,
                         floats + channels};
}

static void clear_sums(const struct sums *s, int32_t channels)
{
    memset(s->first, 0, 2 * (size_t)channels * sizeof(double));
}

/* --------------------------------------------------------------- statistics */

/* mean and sum of squares around it, of one chunk */
DET_CPU_CLONES
static void chunk_statistics(float *restrict mean, float *restrict squares,
                             const float *in, int64_t rows, int32_t channels)
{
    memset(mean, 0, (size_t)channels * sizeof *mean);
    memset(squares, 0, (size_t)channels * sizeof *squares);
    for (int64_t i = 0; i < rows; i++)
        for (int32_t k = 0; k < channels; k++)
            mean[k] += in[i * channels + k];
    for (int32_t k = 0; k < channels; k++)
        mean[k] /= (float)rows;
    for (int64_t i = 0; i < rows; i++)
        for (int32_t k = 0; k < channels; k++) {
            const float x = in[i * channels + k] - mean[k];
            squares[k] += x * x;
        }
}

/* (mean, squares) of `have` rows joined with those of `more` others */
static void join(double *mean, double *squares, double have, double other_mean,
                 double other_squares, double more)
{
    const double delta = other_mean - *mean, all = have + more;
    *mean += delta * more / all;
    *squares += other_squares + delta * delta * have * more / all;
}

static void share_statistics(const struct sums *s, const struct det_tensor *in,
                             struct rows rows)
{
    const int32_t channels = in->c;
    const int64_t chunk = chunk_rows(channels);
    clear_sums(s, channels);
    for (int64_t done = 0; done < rows.count; done += chunk) {
        const int64_t rest = rows.count - done;
        const int64_t count = rest < chunk ? rest : chunk;
        chunk_statistics(s->chunk_first, s->chunk_second,
                         in->data + (rows.first + done) * channels, count,
                         channels);
        for (int32_t k = 0; k < channels; k++)
            join(&s->first[k], &s->second[k], (double)done,
                 (double)s->chunk_first[k], (double)s->chunk_second[k],
                 (double)count);
    }
}

static void statistics(int threads, const struct det_batch_norm *op,
                       void *scratch)
{
    const int32_t channels = op->in.c;
    const int64_t places = det_tensor_places(&op->in);
#pragma omp parallel for schedule(static, 1) num_threads(threads)
    for (int i = 0; i < threads; i++) {
        const struct sums s = sums_at(scratch, channels, i);
        share_statistics(&s, &op->in, share_of(places, i, threads));
    }
    const struct sums all = sums_at(scratch, channels, 0);
    for (int i = 1; i < threads; i++) {
        const struct sums s = sums_at(scratch, channels, i);
        const struct rows rows = share_of(places, i, threads);
        for (int32_t k = 0; k < channels && rows.count > 0; k++)
            join(&all.first[k], &all.second[k], (double)rows.first, s.first[k],
                 s.second[k], (double)rows.count);
    }
    for (int32_t k = 0; k < channels; k++) {
        op->mean[k] = (float)all.first[k];
        op->variance[k] = (float)(all.second[k] / (double)places);
    }
}

/* ------------------------------------------------------------------ forward */

DET_CPU_CLONES
static void normalise(float *out, const float *in, const float *residual,
                      const float *restrict scale, const float *restrict shift,
                      int64_t rows, int32_t channels, bool relu)
{
    for (int64_t i = 0; i < rows; i++) {
        for (int32_t k = 0; k < channels; k++)
            out[k] = in[k] * scale[k] + shift[k];
        for (int32_t k = 0; residual && k < channels; k++)
            out[k] += residual[k];
        for (int32_t k = 0; relu && k < channels; k++)
            out[k] = out[k] < 0.0f ? 0.0f : out[k];
        out += channels;
        in += channels;
        residual = residual ? residual + channels : NULL;
    }
}

size_t det_batch_norm_scratch_cpu(const struct det_batch_norm *op, int threads)
{
    return (size_t)threads * sums_size(op->in.c);
}

/* The norm as one product and one sum. */
static void affine(float *scale, float *shift, const float *weight,
                   const float *bias, const float *mean, const float *variance,
                   float eps, int32_t channels)
{
    for (int32_t k = 0; k < channels; k++) {
        scale[k] = weight[k] / sqrtf(variance[k] + eps);
        shift[k] = bias[k] - mean[k] * scale[k];
    }
}

det_status det_batch_norm_again_cpu(struct det_compute *compute,
                                    const struct det_batch_norm *op,
                                    void *scratch)
{
    const int32_t c = op->in.c;
    const int threads = compute->threads;
    float *scale = scratch, *shift = scale + c;
    affine(scale, shift, op->weight, op->bias, op->mean, op->variance, op->eps,
           c);
#pragma omp parallel for schedule(static, 1) num_threads(threads)
    for (int i = 0; i < threads; i++) {
        const struct rows rows =
            share_of(det_tensor_places(&op->in), i, threads);
        const int64_t at = rows.first * c;
        normalise(op->out.data + at, op->in.data + at,
                  op->residual.data ? op->residual.data + at : NULL, scale,
                  shift, rows.count, c, op->relu);
    }
    return DET_OK;
}

det_status det_batch_norm_cpu(struct det_compute *compute,
                              const struct det_batch_norm *op, void *scratch)
{
    statistics(compute->threads, op, scratch);
    return det_batch_norm_again_cpu(compute, op, scratch);
}

/* ----------------------------------------------------------------- backward */

/* What the ReLU let through: by the output, or by scale and shift where the
 * output is not there. */
struct gate {
    const float *out;           /* of the first row at hand, or NULL */
    const float *scale, *shift; /* [C], or NULL */
};

static inline __attribute__((always_inline)) float
pass(const struct gate *gate, float gradient, float in, int64_t at, int32_t k)
{
    if (gate->out)
        return gate->out[at] <= 0.0f ? 0.0f : gradient;
    if (gate->scale)
        return in * gate->scale[k] + gate->shift[k] <= 0.0f ? 0.0f : gradient;
    return gradient;
}

static struct gate gate_at(const struct det_batch_norm_backward *op,
                           const float *forward, int64_t at)
{
    if (op->out.data)
        return (struct gate){.out = op->out.data + at};
    return op->relu
               ? (struct gate){.scale = forward, .shift = forward + op->in.c}
               : (struct gate){0};
}

/* sums of d and of d * (x - mean), where d is the gradient behind the ReLU */
static inline __attribute__((always_inline)) void
add_products(float *restrict sum, float *restrict product,
             const float *gradient, const struct gate *gate, const float *in,
             const float *restrict mean, int64_t rows, int32_t channels)
{
    for (int64_t i = 0; i < rows; i++) {
        const int64_t at = i * channels;
        for (int32_t k = 0; k < channels; k++) {
            const float d = pass(gate, gradient[at + k], in[at + k], at + k, k);
            sum[k] += d;
            product[k] += d * (in[at + k] - mean[k]);
        }
    }
}

DET_CPU_CLONES
static void chunk_products(float *restrict sum, float *restrict product,
                           const float *gradient, const struct gate *gate,
                           const float *in, const float *restrict mean,
                           int64_t rows, int32_t channels)
{
    const struct gate by_out = {.out = gate->out};
    const struct gate by_in = {.scale = gate->scale, .shift = gate->shift};
    const struct gate open = {0};
    memset(sum, 0, (size_t)channels * sizeof *sum);
    memset(product, 0, (size_t)channels * sizeof *product);
    if (gate->out)
        add_products(sum, product, gradient, &by_out, in, mean, rows, channels);
    else if (gate->scale)
        add_products(sum, product, gradient, &by_in, in, mean, rows, channels);
    else
        add_products(sum, product, gradient, &open, in, mean, rows, channels);
}

static void share_products(const struct sums *s,
                           const struct det_batch_norm_backward *op,
                           const float *forward, struct rows rows)
{
    const int32_t c = op->in.c;
    const int64_t chunk = chunk_rows(c);
    clear_sums(s, c);
    for (int64_t done = 0; done < rows.count; done += chunk) {
        const int64_t rest = rows.count - done;
        const int64_t at = (rows.first + done) * c;
        const struct gate gate = gate_at(op, forward, at);
        chunk_products(s->chunk_first, s->chunk_second, op->gradient.data + at,
                       &gate, op->in.data + at, op->mean,
                       rest < chunk ? rest : chunk, c);
        for (int32_t k = 0; k < c; k++) {
            s->first[k] += (double)s->chunk_first[k];
            s->second[k] += (double)s->chunk_second[k];
        }
    }
}

/* gradient = scale * (d - a - (x - mean) * b) */
struct linear_part {
    const float *scale, *a, *b, *mean; /* [C] */
};

DET_CPU_CLONES
static void input_gradient(float *gradient, const struct gate *gate,
                           const float *in, float *residual, bool add,
                           const struct linear_part *part, int64_t rows,
                           int32_t channels)
{
    const float *restrict scale = part->scale, *restrict a = part->a;
    const float *restrict b = part->b, *restrict mean = part->mean;
    const struct gate by_out = {.out = gate->out};
    const struct gate by_in = {.scale = gate->scale, .shift = gate->shift};
    for (int64_t i = 0; i < rows; i++) {
        const int64_t at = i * channels;
        float *g = gradient + at;
        const float *x = in + at;
        if (gate->out)
            for (int32_t k = 0; k < channels; k++)
                g[k] = pass(&by_out, g[k], x[k], at + k, k);
        else if (gate->scale)
            for (int32_t k = 0; k < channels; k++)
                g[k] = pass(&by_in, g[k], x[k], at + k, k);
        if (residual)
            for (int32_t k = 0; k < channels; k++)
                residual[at + k] = (add ? residual[at + k] : 0.0f) + g[k];
        for (int32_t k = 0; k < channels; k++)
            g[k] = scale[k] * (g[k] - a[k] - (x[k] - mean[k]) * b[k]);
    }
}

/* What the sums say of parameters and of the linear part; `room` is [3, C]. */
static struct linear_part finish_sums(const struct det_batch_norm_backward *op,
                                      void *scratch, float *room, int threads)
{
    const int32_t c = op->in.c;
    const double places = (double)det_tensor_places(&op->in);
    const struct sums all = sums_at(scratch, c, 0);
    float *scale = room, *a = scale + c, *b = a + c;
    for (int i = 1; i < threads; i++) {
        const struct sums s = sums_at(scratch, c, i);
        for (int32_t k = 0; k < c; k++) {
            all.first[k] += s.first[k];
            all.second[k] += s.second[k];
        }
    }
    for (int32_t k = 0; k < c; k++) {
        const double inverse =
            1.0 / sqrt((double)op->variance[k] + (double)op->eps);
        scale[k] = (float)((double)op->weight[k] * inverse);
        a[k] = (float)(all.first[k] / places);
        b[k] = (float)(all.second[k] * inverse * inverse / places);
        if (op->weight_gradient)
            op->weight_gradient[k] += (float)(all.second[k] * inverse);
        if (op->bias_gradient)
            op->bias_gradient[k] += (float)all.first[k];
    }
    return (struct linear_part){scale, a, b, op->mean};
}

/* Sums of each thread; scale, a, b; scale and shift of the forward. */
size_t
det_batch_norm_backward_scratch_cpu(const struct det_batch_norm_backward *op,
                                    int threads)
{
    return (size_t)threads * sums_size(op->in.c) +
           5 * (size_t)op->in.c * sizeof(float);
}

det_status det_batch_norm_backward_cpu(struct det_compute *compute,
                                       const struct det_batch_norm_backward *op,
                                       void *scratch)
{
    const int32_t c = op->in.c;
    const int threads = compute->threads;
    const int64_t places = det_tensor_places(&op->in);
    const struct det_gradient *residual = &op->residual;
    float *room = (float *)(void *)((unsigned char *)scratch +
                                    (size_t)threads * sums_size(c));
    float *forward = room + 3 * (size_t)c;
    if (op->relu && !op->out.data)
        affine(forward, forward + c, op->weight, op->bias, op->mean,
               op->variance, op->eps, c);
#pragma omp parallel for schedule(static, 1) num_threads(threads)
    for (int i = 0; i < threads; i++) {
        const struct sums s = sums_at(scratch, c, i);
        share_products(&s, op, forward, share_of(places, i, threads));
    }
    const struct linear_part part = finish_sums(op, scratch, room, threads);
#pragma omp parallel for schedule(static, 1) num_threads(threads)
    for (int i = 0; i < threads; i++) {
        const struct rows rows = share_of(places, i, threads);
        const int64_t at = rows.first * c;
        const struct gate gate = gate_at(op, forward, at);
        input_gradient(op->gradient.data + at, &gate, op->in.data + at,
                       residual->tensor.data ? residual->tensor.data + at
                                             : NULL,
                       residual->add, &part, rows.count, c);
    }
    return DET_OK;
}

#include "recovery/composition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/distribution.h"
#include "base/mem.h"
#include "base/quantile.h"

/* Values between these have ratios, and ratios of their products with a limit, in range. */
#define LEAST 1e-100
#define MOST 1e100

/* --- closure ------------------------------------------------------------------------------------- */

static double
limit_of(const imr_composition_rows_t *rows, size_t i, size_t j)
{
    return rows->limit[(rows->limits_by_row ? i * rows->parts : 0) + j];
}

static int
check_limits(const imr_composition_rows_t *rows, imr_fault_t *fault)
{
    size_t count = rows->limit == NULL ? 0 : rows->parts * (rows->limits_by_row ? rows->n : 1);

    for (size_t k = 0; k < count; k++) {
        double limit = rows->limit[k];

        if (!(limit >= LEAST && limit <= MOST)) {
            return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "limit",
                (int64_t) (rows->limits_by_row ? k / rows->parts : k), limit);
        }
    }
    return IMR_OK;
}

static int
check_row(const imr_composition_rows_t *rows, size_t i, double *sum, imr_fault_t *fault)
{
    const double *value = rows->value + i * rows->parts;

    *sum = 0;
    for (size_t j = 0; j < rows->parts; j++) {
        if (!isfinite(value[j])) {
            return imr_fault(fault, IMR_ERR_NONFINITE, rows->name, (int64_t) i, value[j]);
        }
        if (value[j] < 0) {
            return imr_fault(fault, IMR_ERR_NEGATIVE, rows->name, (int64_t) i, value[j]);
        }
        if (value[j] > 0 && !(value[j] >= LEAST && value[j] <= MOST)) {
            return imr_fault(fault, IMR_ERR_COMPOSITION_RANGE, rows->name, (int64_t) i, value[j]);
        }
        *sum += value[j];
    }
    if (*sum == 0) {
        return imr_fault(fault, IMR_ERR_COMPOSITION_EMPTY, rows->name, (int64_t) i, NAN);
    }
    if (fabs(*sum - rows->total) > IMR_COMPOSITION_TOLERANCE * rows->total) {
        return imr_fault(fault, IMR_ERR_COMPOSITION_SUM, rows->name, (int64_t) i, *sum);
    }
    return IMR_OK;
}

/* Zeros become part of their limit, for which the other values make room in proportion. */
static int
close_row(imr_composition_t *self, const imr_composition_rows_t *rows, size_t i, imr_fault_t *fault)
{
    const double *value = rows->value + i * rows->parts;
    double *share = self->share + i * self->parts, *clr = self->clr + i * self->parts;
    double sum, given = 0, mean = 0;
    int status = check_row(rows, i, &sum, fault);

    if (status != IMR_OK) {
        return status;
    }
    self->replaced[i] = 0;
    for (size_t j = 0; j < self->parts; j++) {
        share[j] = value[j] / sum;
        if (value[j] == 0) {
            if (rows->limit == NULL) {
                return imr_fault(fault, IMR_ERR_COMPOSITION_ZERO, rows->name, (int64_t) i, 0);
            }
            share[j] = IMR_COMPOSITION_OF_LIMIT * limit_of(rows, i, j) / sum;
            given += share[j];
            self->replaced[i]++;
        }
    }
    if (!(given < 0.5)) {
        return imr_fault(
            fault, IMR_ERR_COMPOSITION_LIMIT, "limit", rows->limits_by_row ? (int64_t) i : -1, NAN);
    }
    for (size_t j = 0; j < self->parts; j++) {
        share[j] *= value[j] == 0 ? 1 : 1 - given;
        clr[j] = log(share[j]);
        mean += clr[j] / (double) self->parts;
    }
    for (size_t j = 0; j < self->parts; j++) {
        clr[j] -= mean;
    }
    return IMR_OK;
}

/* --- centre and spread --------------------------------------------------------------------------- */

static void
summarise(imr_composition_t *self)
{
    size_t n = self->n, parts = self->parts;
    double sum = 0, *centre = self->centre;

    self->total_variance = n > 1 ? 0 : NAN;
    for (size_t j = 0; j < parts; j++) {
        centre[j] = 0;
        for (size_t i = 0; i < n; i++) {
            centre[j] += self->clr[i * parts + j] / (double) n;
        }
    }
    for (size_t j = 0; j < parts; j++) {
        for (size_t k = 0; k <= j; k++) {
            double squares = 0;

            for (size_t i = 0; i < n; i++) {
                const double *clr = self->clr + i * parts;
                double from = clr[j] - clr[k] - (centre[j] - centre[k]);

                squares += from * from;
            }
            squares = n > 1 ? squares / (double) (n - 1) : j == k ? 0 : NAN;
            self->variation[j * parts + k] = self->variation[k * parts + j] = squares;
            self->total_variance += squares / (double) parts; /* each pair once */
        }
    }
    for (size_t j = 0; j < parts; j++) {
        sum += centre[j] = exp(centre[j]);
    }
    for (size_t j = 0; j < parts; j++) {
        centre[j] /= sum;
    }
}

int
imr_composition_init(
    imr_composition_t *self, const imr_composition_rows_t *rows, imr_fault_t *fault)
{
    size_t n = rows->n, parts = rows->parts, cells = n * parts;
    double *block;
    int status;

    memset(self, 0, sizeof(*self));
    if (n == 0) {
        return imr_fault(fault, IMR_ERR_NO_PATIENT, rows->name, -1, NAN);
    }
    if (parts < 2) {
        return imr_fault(fault, IMR_ERR_COMPOSITION_PARTS, rows->name, -1, NAN);
    }
    if (!isnan(rows->total) && !(rows->total >= LEAST && rows->total <= MOST)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "total", -1, rows->total);
    }
    status = check_limits(rows, fault);
    if (status != IMR_OK) {
        return status;
    }
    block = imr_malloc(2 * cells + n + parts + parts * parts, sizeof(double));
    if (block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->n = n;
    self->parts = parts;
    self->block = block;
    self->share = block;
    self->clr = self->share + cells;
    self->centre = self->clr + cells;
    self->variation = self->centre + parts;
    self->replaced = (int64_t *) (self->variation + parts * parts);
    for (size_t i = 0; i < n; i++) {
        status = close_row(self, rows, i, fault);
        if (status != IMR_OK) {
            imr_composition_free(self);
            return status;
        }
    }
    summarise(self);
    return IMR_OK;
}

void
imr_composition_free(imr_composition_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- the share of some subsets ------------------------------------------------------------------- */

static int
ascending(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

static double
logit(double share, double rest)
{
    return log(share / rest);
}

static double
back(double logit)
{
    return logit > 0 ? 1 / (1 + exp(-logit)) : exp(logit) / (1 + exp(logit));
}

/* The sign test: the median lies between the k-th values from both ends with the probability that of n
 * fair coins at least k and at most n - k show heads. */
static int
median_limits(imr_composition_share_t *self, const double *sorted, size_t n, double level)
{
    double below = 0;
    size_t k = 0;
    int status;

    self->median = n % 2 ? sorted[n / 2] : 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]);
    self->median_low = 0;
    self->median_high = 1;
    self->achieved_level = 1;
    while (k < (n + 1) / 2) {
        status = imr_binomial_cdf((int64_t) k, (int64_t) n, 0.5, &below);
        if (status != IMR_OK) {
            return status;
        }
        if (2 * below > 1 - level) {
            break;
        }
        self->achieved_level = 1 - 2 * below;
        k++;
    }
    if (k > 0) {
        self->median_low = sorted[k - 1];
        self->median_high = sorted[n - k];
    }
    return IMR_OK;
}

static int
mean_limits(imr_composition_share_t *self, const double *logits, size_t n, double level)
{
    double mean = 0, squares = 0, reach = 0;
    int status;

    for (size_t i = 0; i < n; i++) {
        mean += logits[i] / (double) n;
    }
    for (size_t i = 0; i < n; i++) {
        squares += (logits[i] - mean) * (logits[i] - mean);
    }
    self->mean = back(mean);
    self->low = 0;
    self->high = 1;
    if (n > 1) {
        status = imr_quantile_t(0.5 + 0.5 * level, (double) (n - 1), &reach);
        if (status != IMR_OK) {
            return status;
        }
        reach *= sqrt(squares / (double) (n - 1) / (double) n);
        self->low = back(mean - reach);
        self->high = back(mean + reach);
    }
    return IMR_OK;
}

int
imr_composition_share_init(imr_composition_share_t *self, const imr_composition_t *composition,
    const uint8_t *chosen, double level, imr_fault_t *fault)
{
    size_t n = composition->n, parts = composition->parts, count = 0;
    double *scratch;
    int status;

    memset(self, 0, sizeof(*self));
    if (!(level > 0 && 0.5 + 0.5 * level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    for (size_t j = 0; j < parts; j++) {
        count += chosen[j] != 0;
    }
    if (count == 0 || count == parts) {
        return imr_fault(fault, IMR_ERR_COMPOSITION_CHOICE, "parts", -1, NAN);
    }
    self->block = self->share = imr_malloc(n, sizeof(double));
    scratch = imr_malloc(2 * n, sizeof(double));
    if (self->block == NULL || scratch == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        const double *share = composition->share + i * parts;
        double sum[2] = { 0, 0 };

        for (size_t j = 0; j < parts; j++) {
            sum[chosen[j] != 0] += share[j];
        }
        self->share[i] = scratch[i] = sum[1] / (sum[0] + sum[1]);
        scratch[n + i] = logit(sum[1], sum[0]);
    }
    qsort(scratch, n, sizeof(double), ascending);
    status = median_limits(self, scratch, n, level);
    if (status == IMR_OK) {
        status = mean_limits(self, scratch + n, n, level);
    }
    if (status != IMR_OK) {
        imr_fault(fault, status, "level", -1, level);
    }
out:
    imr_free(scratch);
    if (status != IMR_OK) {
        imr_composition_share_free(self);
    }
    return status;
}

void
imr_composition_share_free(imr_composition_share_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

#include "recovery/repertoire_maturity.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/quantile.h"

/* A sum of fractions this close to a whole number is that number. */
#define WHOLE 1e-9

static int
check_rows(const imr_maturity_rows_t *rows, imr_fault_t *fault)
{
    if (rows->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_ROWS, NULL, -1, NAN);
    }
    for (size_t i = 0; i < rows->n; i++) {
        int64_t row = (int64_t) i;

        if (rows->mutation != NULL && isnan(rows->mutation[i])) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "mutation", row, NAN);
        }
        if (rows->mutation != NULL && !(rows->mutation[i] >= 0 && rows->mutation[i] <= 1)) {
            return imr_fault(fault, IMR_ERR_MUTATION, "mutation", row, rows->mutation[i]);
        }
        if (rows->isotype != NULL && (rows->isotype[i] < 0 || rows->isotype[i] >= IMR_ISOTYPES)) {
            return imr_fault(fault, IMR_ERR_CODE, "isotype", row, (double) rows->isotype[i]);
        }
        if (rows->clone != NULL && (rows->clone[i] < 0 || (uint64_t) rows->clone[i] >= rows->n)) {
            return imr_fault(fault, IMR_ERR_CODE, "clone", row, (double) rows->clone[i]);
        }
        if (rows->sample != NULL
            && (rows->sample[i] < 0 || (uint64_t) rows->sample[i] >= rows->n_samples)) {
            return imr_fault(fault, IMR_ERR_CODE, "sample", row, (double) rows->sample[i]);
        }
    }
    return IMR_OK;
}

/* --- limits ------------------------------------------------------------------------------------ */

/* Clopper and Pearson's limits of `sum` among n clones. Shares within [0, 1] vary at most as much as those
 * of clones that are all or nothing. */
static int
share_limits(double sum, double n, double level, imr_maturity_mean_t *mean)
{
    double tail = (1 - level) / 2;
    int status = IMR_OK;

    sum = fabs(sum - round(sum)) < WHOLE ? round(sum) : sum;
    mean->low = 0;
    mean->high = 1;
    if (sum > 0) {
        status = imr_quantile_beta(tail, sum, n - sum + 1, &mean->low);
    }
    if (status == IMR_OK && sum < n) {
        status = imr_quantile_beta_upper(tail, sum + 1, n - sum, &mean->high);
    }
    return status;
}

static int
mean_limits(double mean, double squares, double n, double level, imr_maturity_mean_t *limits)
{
    double t, half;
    int status;

    /* clones of one rate say nothing of the spread */
    if (!(squares > 0)) {
        return share_limits(mean * n, n, level, limits);
    }
    status = imr_quantile_t((1 + level) / 2, n - 1, &t);
    if (status != IMR_OK) {
        return status;
    }
    half = t * sqrt(squares / (n - 1) / n);
    limits->low = fmax(mean - half, 0);
    limits->high = fmin(mean + half, 1);
    return IMR_OK;
}

/* --- one sample -------------------------------------------------------------------------------- */

typedef struct {
    double mean,
        squares; /* of the clones' rates so far: their mean, and squared distances from it */
    double isotype[IMR_ISOTYPES]; /* sums of the clones' shares */
} sums_t;

/* Rows from `row` to `end` - 1 are one clone's. */
static void
add_clone(const imr_maturity_rows_t *rows, const size_t *row, const size_t *end, double clones,
    sums_t *sums)
{
    double sequences = (double) (end - row), first, rate = 0, step;
    size_t isotype[IMR_ISOTYPES] = { 0 };

    first = rows->mutation == NULL ? 0 : rows->mutation[*row];
    for (; row < end; row++) {
        if (rows->mutation != NULL) {
            rate += rows->mutation[*row] - first;
        }
        if (rows->isotype != NULL) {
            isotype[rows->isotype[*row]]++;
        }
    }
    /* from the first rate on, so that equal rates have exactly their mean */
    rate = first + rate / sequences;
    step = rate - sums->mean;
    sums->mean += step / clones;
    sums->squares += step * (rate - sums->mean);
    for (int k = 0; k < IMR_ISOTYPES; k++) {
        sums->isotype[k] += (double) isotype[k] / sequences;
    }
}

static int
summarise(
    const imr_maturity_rows_t *rows, const sums_t *sums, double level, imr_maturity_t *maturity)
{
    double n = (double) maturity->clones, switched = 0;
    int status = IMR_OK;

    if (rows->mutation != NULL) {
        maturity->mutation.estimate = sums->mean;
        status = mean_limits(sums->mean, sums->squares, n, level, &maturity->mutation);
    }
    if (rows->isotype == NULL) {
        return status;
    }
    for (int k = 0; status == IMR_OK && k < IMR_ISOTYPES; k++) {
        switched += k >= IMR_ISOTYPE_G ? sums->isotype[k] : 0;
        maturity->isotype[k].estimate = sums->isotype[k] / n;
        status = share_limits(sums->isotype[k], n, level, &maturity->isotype[k]);
    }
    maturity->switched.estimate = fmin(switched / n, 1);
    return status == IMR_OK ? share_limits(switched, n, level, &maturity->switched) : status;
}

static imr_maturity_t
unknown(void)
{
    imr_maturity_mean_t none = { NAN, NAN, NAN };
    imr_maturity_t maturity = { 0, 0, none, { none, none, none, none, none }, none };

    return maturity;
}

int
imr_repertoire_maturity(
    const imr_maturity_rows_t *rows, double level, imr_maturity_t *maturity, imr_fault_t *fault)
{
    size_t n = rows->n, *order, i = 0;
    int status = check_rows(rows, fault);

    if (status != IMR_OK) {
        return status;
    }
    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    order = imr_malloc(2 * n + (n > rows->n_samples ? n : rows->n_samples), sizeof(*order));
    if (order == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    imr_repertoire_order(rows->clone, rows->sample, rows->n_samples, n, order);
    for (size_t s = 0; status == IMR_OK && s < rows->n_samples; s++) {
        sums_t sums = { 0 };
        size_t begin = i;

        maturity[s] = unknown();
        while (i < n && (rows->sample == NULL || rows->sample[order[i]] == (int64_t) s)) {
            size_t from = i++;

            while (rows->clone != NULL && i < n && rows->clone[order[i]] == rows->clone[order[from]]
                && (rows->sample == NULL || rows->sample[order[i]] == (int64_t) s)) {
                i++;
            }
            add_clone(rows, order + from, order + i, (double) ++maturity[s].clones, &sums);
        }
        maturity[s].sequences = (int64_t) (i - begin);
        if (maturity[s].clones > 0) {
            status = summarise(rows, &sums, level, &maturity[s]);
        }
    }
    imr_free(order);
    return status == IMR_OK ? IMR_OK : imr_fault(fault, status, "level", -1, level);
}

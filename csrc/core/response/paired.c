#include "response/paired.h"

#include <math.h>

#include "base/distribution.h"
#include "base/quantile.h"
#include "base/solve.h"
#include "response/proportion.h"
#include "response/proportion_test.h"

#define MOST_PATIENTS (INT64_C(1) << 50)

typedef struct {
    int64_t both, first, second, neither;
} table_t;

static int
check_count(int64_t count, const char *name, size_t row, imr_fault_t *fault)
{
    if (count < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, name, (int64_t) row, (double) count);
    }
    if (count > MOST_PATIENTS) {
        return imr_fault(fault, IMR_ERR_COUNT, name, (int64_t) row, (double) count);
    }
    return IMR_OK;
}

static int
read_row(const imr_paired_rows_t *rows, size_t row, table_t *table, imr_fault_t *fault)
{
    int ret;

    table->both = rows->both[row * rows->both_step];
    table->first = rows->first[row * rows->first_step];
    table->second = rows->second[row * rows->second_step];
    table->neither = rows->neither[row * rows->neither_step];
    ret = check_count(table->both, "both", row, fault);
    if (ret == IMR_OK) {
        ret = check_count(table->first, "first", row, fault);
    }
    if (ret == IMR_OK) {
        ret = check_count(table->second, "second", row, fault);
    }
    return ret == IMR_OK ? check_count(table->neither, "neither", row, fault) : ret;
}

/* Limits of one rate, by the methods of response.proportion. */
static int
rate_limits(int64_t events, int64_t n, imr_proportion_method_t method, double level, double *rate,
    double *low, double *high)
{
    imr_proportion_options_t options = { method, IMR_TWO_SIDED, level };
    imr_proportion_memo_t memo = { -1, NULL };

    return imr_proportion(&events, 0, &n, 0, 0, 1, &options, &memo, rate, low, high, NULL);
}

/* --- difference ------------------------------------------------------------------------------- */

typedef struct {
    double first, second, n;
    double centre; /* the estimate, where the score is 0 */
    double square; /* z^2 */
} score_t;

/* Tango: z^2 less the square of the score statistic at a difference. The rate of `second` of the
 * largest likelihood solves a quadratic, written for a difference of 0 or more. */
static double
score_lack(double difference, const void *context)
{
    const score_t *job = context;
    double first = job->first, second = job->second, n = job->n, d = difference;
    double b, product, root, rate, score, variance;

    if (difference == job->centre) {
        return job->square;
    }
    if (difference < 0) {
        first = job->second;
        second = job->first;
        d = -difference;
    }
    b = (2 * n - first + second) * d - first - second;
    product = second * d * (1 - d);
    root = sqrt(b * b + 8 * n * product);
    rate = b > 0 ? 2 * product / (b + root) : (root - b) / (4 * n);
    score = first - second - n * d;
    variance = n * (2 * rate + d * (1 - d));
    return variance > 0 ? job->square - score * (score / variance) : -INFINITY;
}

static int
tango_limits(const table_t *table, double n, double z, double d, double *low, double *high)
{
    score_t job = { (double) table->first, (double) table->second, n, d, z * z };
    int ret = IMR_OK;

    if (d > -1) {
        ret = imr_solve_bracketed(score_lack, &job, d, -1, 0, low);
    }
    if (ret == IMR_OK && d < 1) {
        ret = imr_solve_bracketed(score_lack, &job, d, 1, 0, high);
    }
    return ret;
}

/* Newcombe's method 10: Wilson limits of both rates, joined with their correlation, which is taken
 * nearer to 0 by half a patient when it is positive. */
static int
newcombe_limits(const table_t *table, double level, double d, double *low, double *high)
{
    double a = (double) table->both, b = (double) table->first, c = (double) table->second;
    double rest = (double) table->neither, n = a + b + c + rest;
    double margins = sqrt(a + b) * sqrt(c + rest) * sqrt(a + c) * sqrt(b + rest);
    double cross = a * rest - b * c, phi = 0;
    double p1, low1, high1, p2, low2, high2, down, up;
    int64_t patients = table->both + table->first + table->second + table->neither;
    int ret;

    if (margins > 0) {
        phi = (cross > 0 ? fmax(0, cross - n / 2) : cross) / margins;
    }
    ret = rate_limits(
        table->both + table->first, patients, IMR_PROPORTION_WILSON, level, &p1, &low1, &high1);
    if (ret == IMR_OK) {
        ret = rate_limits(table->both + table->second, patients, IMR_PROPORTION_WILSON, level, &p2,
            &low2, &high2);
    }
    if (ret != IMR_OK) {
        return ret;
    }
    down = (p1 - low1) * (p1 - low1) - 2 * phi * (p1 - low1) * (high2 - p2)
        + (high2 - p2) * (high2 - p2);
    up = (high1 - p1) * (high1 - p1) - 2 * phi * (high1 - p1) * (p2 - low2)
        + (p2 - low2) * (p2 - low2);
    *low = fmax(-1, d - sqrt(fmax(0, down)));
    *high = fmin(1, d + sqrt(fmax(0, up)));
    return IMR_OK;
}

static int
difference_of(const table_t *table, const imr_paired_options_t *options, double z, double *estimate,
    double *low, double *high)
{
    double b = (double) table->first, c = (double) table->second, d, half;
    double n = (double) table->both + b + c + (double) table->neither;

    *estimate = NAN;
    *low = -1;
    *high = 1;
    if (n == 0) {
        return IMR_OK;
    }
    *estimate = d = (b - c) / n;
    switch (options->method) {
        case IMR_PAIRED_NEWCOMBE:
            return newcombe_limits(table, options->level, d, low, high);
        case IMR_PAIRED_WALD:
            half = z * sqrt(fmax(0, b + c - (b - c) * d)) / n;
            *low = fmax(-1, d - half);
            *high = fmin(1, d + half);
            return IMR_OK;
        default:
            break;
    }
    return tango_limits(table, n, z, d, low, high);
}

/* --- odds ratio ------------------------------------------------------------------------------- */

/* Given that a patient changed, the direction is binomial with the odds wanted. The upper limit is
 * the inverse of the lower one of the other direction, so that neither loses digits near 1. */
static int
odds_ratio_of(const table_t *table, const imr_paired_options_t *options, double *estimate,
    double *low, double *high)
{
    imr_proportion_method_t method = options->method == IMR_PAIRED_CONDITIONAL
        ? IMR_PROPORTION_CLOPPER_PEARSON
        : IMR_PROPORTION_MID_P;
    int64_t changes = table->first + table->second;
    double rate, other, above;
    int ret;

    *estimate = changes == 0 ? NAN : (double) table->first / (double) table->second;
    *low = 0;
    *high = INFINITY;
    if (changes == 0) {
        return IMR_OK;
    }
    ret = rate_limits(table->first, changes, method, options->level, &rate, low, &above);
    if (ret == IMR_OK) {
        ret = rate_limits(table->second, changes, method, options->level, &rate, &other, &above);
    }
    if (ret == IMR_OK) {
        *high = (1 - other) / other;
        *low = fmin(*low / (1 - *low), *high); /* they cross by rounding alone, at levels near 0 */
    }
    return ret;
}

static int
is_defined(imr_paired_measure_t measure, imr_paired_method_t method)
{
    int is_odds_ratio = method == IMR_PAIRED_CONDITIONAL || method == IMR_PAIRED_CONDITIONAL_MID_P;

    return (measure == IMR_PAIRED_ODDS_RATIO) == is_odds_ratio;
}

int
imr_paired(const imr_paired_rows_t *rows, size_t begin, size_t end,
    const imr_paired_options_t *options, double *estimate, double *low, double *high,
    imr_fault_t *fault)
{
    double z = NAN;
    int ret;

    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (!is_defined(options->measure, options->method)) {
        return imr_fault(fault, IMR_ERR_MEASURE, "method", -1, NAN);
    }
    ret = imr_quantile_normal((1 - options->level) / 2, &z);
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, "level", -1, options->level);
    }
    for (size_t i = begin; i < end; i++) {
        table_t table;

        ret = read_row(rows, i, &table, fault);
        if (ret != IMR_OK) {
            return ret;
        }
        ret = options->measure == IMR_PAIRED_DIFFERENCE
            ? difference_of(&table, options, -z, &estimate[i], &low[i], &high[i])
            : odds_ratio_of(&table, options, &estimate[i], &low[i], &high[i]);
        if (ret != IMR_OK) {
            return imr_fault(fault, ret, "first", (int64_t) i, (double) table.first);
        }
    }
    return IMR_OK;
}

/* --- tests ------------------------------------------------------------------------------------ */

static int
mcnemar(const table_t *table, int corrected, imr_alternative_t alternative, double *statistic,
    double *pvalue)
{
    double excess = (double) table->first - (double) table->second;
    double changes = (double) table->first + (double) table->second, z;

    *statistic = *pvalue = NAN;
    if (changes == 0) {
        return IMR_OK;
    }
    if (corrected) {
        excess = copysign(fmax(0, fabs(excess) - 1), excess);
    }
    z = excess / sqrt(changes);
    *statistic = z * z;
    switch (alternative) {
        case IMR_GREATER:
            return imr_normal_cdf_upper(z, pvalue);
        case IMR_LESS:
            return imr_normal_cdf(z, pvalue);
        case IMR_TWO_SIDED:
            break;
    }
    return imr_chi_squared_cdf_upper(*statistic, 1, pvalue);
}

int
imr_paired_test(const imr_paired_rows_t *rows, size_t begin, size_t end,
    imr_paired_test_method_t method, imr_alternative_t alternative, double *statistic,
    double *pvalue, imr_fault_t *fault)
{
    const double half = 0.5;

    for (size_t i = begin; i < end; i++) {
        table_t table;
        int ret = read_row(rows, i, &table, fault);

        if (ret != IMR_OK) {
            return ret;
        }
        if (method == IMR_PAIRED_TEST_MCNEMAR || method == IMR_PAIRED_TEST_MCNEMAR_CC) {
            ret = mcnemar(&table, method == IMR_PAIRED_TEST_MCNEMAR_CC, alternative, &statistic[i],
                &pvalue[i]);
        } else {
            int64_t changes = table.first + table.second;

            ret = imr_proportion_test(&table.first, 0, &changes, 0, &half, 0, 0, 1,
                method == IMR_PAIRED_TEST_MID_P ? IMR_PROPORTION_TEST_MID_P
                                                : IMR_PROPORTION_TEST_CENTRAL,
                alternative, &statistic[i], &pvalue[i], NULL);
        }
        if (ret != IMR_OK) {
            return imr_fault(fault, ret, "first", (int64_t) i, (double) table.first);
        }
    }
    return IMR_OK;
}

#include "survival/logrank.h"

#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/quantile.h"
#include "survival/logrank_rows.h"
#include "survival/logrank_weight.h"

#define LARGEST_SCORE 1e9
#define LARGEST_EXPONENT 100.0

/* --- the sums over tables ---------------------------------------------------------------------- */

void
imr_logrank_sums_init(imr_logrank_sums_t *self, size_t groups, const imr_logrank_weights_t *weights)
{
    self->groups = groups;
    self->weights = *weights;
    self->stratum = 0;
    self->pooled = (imr_logrank_pooled_t) { 1, 1 };
    memset(self->events, 0, groups * sizeof(double));
    memset(self->observed, 0, groups * sizeof(double));
    memset(self->expected, 0, groups * sizeof(double));
    memset(self->excess, 0, groups * sizeof(double));
    memset(self->link, 0, groups * groups * sizeof(double));
}

void
imr_logrank_add(imr_logrank_sums_t *self, const imr_logrank_table_t *table)
{
    size_t groups = self->groups;
    double n = table->all_at_risk, d = table->all_events, weight, spread;

    if (table->stratum != self->stratum) {
        self->stratum = table->stratum;
        self->pooled = (imr_logrank_pooled_t) { 1, 1 };
    }
    weight = imr_logrank_weight(&self->pooled, &self->weights, n, d);
    spread = weight * weight * imr_logrank_spread(n, d);
    for (size_t g = 0; g < groups; g++) {
        double share = table->at_risk[g] / n, events = table->events[g];

        self->events[g] += events;
        self->observed[g] += weight * events;
        self->expected[g] += weight * (d * share);
        self->excess[g] += weight * (events - d * share);
        for (size_t h = g + 1; h < groups; h++) {
            self->link[g * groups + h] += spread * share * (table->at_risk[h] / n);
        }
    }
}

void
imr_logrank_covariance(const imr_logrank_sums_t *self, double *covariance)
{
    size_t groups = self->groups;

    memset(covariance, 0, groups * groups * sizeof(*covariance));
    for (size_t g = 0; g < groups; g++) {
        for (size_t h = g + 1; h < groups; h++) {
            double link = self->link[g * groups + h];

            covariance[g * groups + g] += link;
            covariance[h * groups + h] += link;
            covariance[g * groups + h] = covariance[h * groups + g] = link > 0 ? -link : 0;
        }
    }
}

/* Groups leave the network one by one, each handing its links on to those it is linked to (the
 * star-mesh transform, which is one step of Gaussian elimination), and its excess in proportion. */
double
imr_logrank_quadratic(size_t groups, double *link, double *excess, int64_t *df)
{
    double statistic = 0;

    *df = 0;
    for (size_t i = 0; i < groups; i++) {
        const double *from = link + i * groups;
        double sum = 0;

        for (size_t g = i + 1; g < groups; g++) {
            sum += from[g];
        }
        if (!(sum > 0)) { /* the last of its part */
            continue;
        }
        (*df)++;
        statistic += excess[i] * (excess[i] / sum);
        for (size_t g = i + 1; g < groups; g++) {
            double share = from[g] / sum;

            excess[g] += excess[i] * share;
            for (size_t h = g + 1; h < groups; h++) {
                link[g * groups + h] += share * from[h];
            }
        }
    }
    return statistic;
}

double
imr_logrank_linear_variance(size_t groups, const double *link, const double *scores)
{
    double variance = 0;

    for (size_t g = 0; g < groups; g++) {
        for (size_t h = g + 1; h < groups; h++) {
            double gap = scores[h] - scores[g];

            variance += link[g * groups + h] * gap * gap;
        }
    }
    return variance;
}

/* --- the test ---------------------------------------------------------------------------------- */

static int
conclude_linear(
    const imr_logrank_sums_t *sums, const imr_logrank_options_t *options, imr_logrank_test_t *test)
{
    static const double SECOND[] = { 0, 1 };
    const double *scores = options->scores == NULL ? SECOND : options->scores;
    double variance = imr_logrank_linear_variance(sums->groups, sums->link, scores), value = 0;

    /* the excesses sum to 0, so the first score may be taken off all */
    for (size_t g = 1; g < sums->groups; g++) {
        value += (scores[g] - scores[0]) * sums->excess[g];
    }
    if (!(variance > 0)) {
        test->z = 0;
        return IMR_OK;
    }
    test->df = 1;
    test->z = value / sqrt(variance);
    test->statistic = value * (value / variance);
    switch (options->alternative) {
        case IMR_GREATER:
            return imr_normal_cdf_upper(test->z, &test->pvalue);
        case IMR_LESS:
            return imr_normal_cdf(test->z, &test->pvalue);
        case IMR_TWO_SIDED:
        default:
            return imr_chi_squared_cdf_upper(test->statistic, 1, &test->pvalue);
    }
}

/* Peto's one step from 1: log ratio = excess / variance, of variance 1 / variance. */
static int
hazard_ratio(const imr_logrank_sums_t *sums, double level, imr_logrank_test_t *test)
{
    double variance = sums->link[1], z, half;
    int status = imr_quantile_normal((1 - level) / 2, &z);

    test->low = 0;
    test->high = INFINITY;
    if (status == IMR_OK && variance > 0) {
        half = -z / sqrt(variance);
        test->hazard_ratio = exp(sums->excess[1] / variance);
        test->low = exp(sums->excess[1] / variance - half);
        test->high = exp(sums->excess[1] / variance + half);
    }
    return status;
}

int
imr_logrank_conclude(const imr_logrank_sums_t *sums, const imr_logrank_options_t *options,
    imr_logrank_test_t *test, imr_fault_t *fault)
{
    size_t groups = sums->groups;
    int status = IMR_OK;

    *test = (imr_logrank_test_t) { 0, 0, 1, NAN, NAN, NAN, NAN };
    if (groups == 2 || options->scores != NULL) {
        status = conclude_linear(sums, options, test);
    } else {
        double link[IMR_LOGRANK_MOST_GROUPS * IMR_LOGRANK_MOST_GROUPS];
        double excess[IMR_LOGRANK_MOST_GROUPS];

        memcpy(link, sums->link, groups * groups * sizeof(double));
        memcpy(excess, sums->excess, groups * sizeof(double));
        test->statistic = imr_logrank_quadratic(groups, link, excess, &test->df);
        if (test->df > 0) {
            status = imr_chi_squared_cdf_upper(test->statistic, (double) test->df, &test->pvalue);
        }
    }
    if (status == IMR_OK && groups == 2 && options->scores == NULL
        && sums->weights.kind == IMR_LOGRANK_EQUAL) {
        status = hazard_ratio(sums, options->level, test);
    }
    return status == IMR_OK ? status : imr_fault(fault, status, NULL, -1, NAN);
}

static int
check_scores(const imr_logrank_data_t *data, const double *scores, imr_fault_t *fault)
{
    int differ = 0;

    for (size_t g = 0; g < data->groups; g++) {
        if (!(fabs(scores[g]) <= LARGEST_SCORE)) {
            return imr_fault(fault, IMR_ERR_SCORE, "trend", (int64_t) g, scores[g]);
        }
        differ |= scores[g] != scores[0];
    }
    return differ ? IMR_OK : imr_fault(fault, IMR_ERR_SCORES_EQUAL, "trend", 0, scores[0]);
}

int
imr_logrank_check(
    const imr_logrank_data_t *data, const imr_logrank_options_t *options, imr_fault_t *fault)
{
    const double *exponents[] = { &options->weights.rho, &options->weights.gamma };
    static const char *const NAMES[] = { "rho", "gamma" };

    if (data->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_PATIENT, "time", -1, NAN);
    }
    if (data->n > UINT32_MAX) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "time", -1, NAN);
    }
    if (data->groups < 2) {
        return imr_fault(fault, IMR_ERR_ONE_GROUP, "group", -1, NAN);
    }
    if (data->groups > IMR_LOGRANK_MOST_GROUPS) {
        return imr_fault(fault, IMR_ERR_MANY_GROUPS, "group", -1, NAN);
    }
    for (int i = 0; i < 2; i++) {
        double exponent = *exponents[i];

        if (!(exponent >= 0 && exponent <= LARGEST_EXPONENT)) {
            return imr_fault(fault, IMR_ERR_WEIGHT_EXPONENT, NAMES[i], -1, exponent);
        }
    }
    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (options->scores != NULL) {
        return check_scores(data, options->scores, fault);
    }
    if (data->groups > 2 && options->alternative != IMR_TWO_SIDED) {
        return imr_fault(fault, IMR_ERR_DIRECTION, "alternative", -1, NAN);
    }
    return IMR_OK;
}

static void
add(void *context, const imr_logrank_table_t *table)
{
    imr_logrank_add(context, table);
}

int
imr_logrank(const imr_logrank_data_t *data, const imr_logrank_options_t *options,
    imr_logrank_t *self, imr_fault_t *fault)
{
    int status = imr_logrank_check(data, options, fault);

    if (status != IMR_OK) {
        return status;
    }
    imr_logrank_sums_init(&self->sums, data->groups, &options->weights);
    status = imr_logrank_sweep(
        data, options->fix_ties, add, &self->sums, self->patients, &self->merged, fault);
    if (status != IMR_OK) {
        return status;
    }
    return imr_logrank_conclude(&self->sums, options, &self->test, fault);
}

#include "response/trend.h"

#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/mem.h"
#include "response/binomial.h"

#define MOST_PATIENTS (INT64_C(1) << 50)
#define MOST_SCORE 1e9

typedef struct {
    const int64_t *events, *n;
    const double *scores;
    size_t groups;
    double patients, responders;
    double mean; /* of the scores, over patients */
} trend_t;

static int
read_groups(trend_t *self, imr_fault_t *fault)
{
    double sum = 0;

    if (self->groups == 0) {
        return imr_fault(fault, IMR_ERR_NO_ROWS, "events", -1, NAN);
    }
    for (size_t k = 0; k < self->groups; k++) {
        int ret = imr_check_counts(self->events[k], self->n[k], k, fault);

        if (ret != IMR_OK) {
            return ret;
        }
        if (self->n[k] > MOST_PATIENTS) {
            return imr_fault(fault, IMR_ERR_COUNT, "n", (int64_t) k, (double) self->n[k]);
        }
        if (!(fabs(self->scores[k]) <= MOST_SCORE)) {
            return imr_fault(fault, IMR_ERR_SCORE, "scores", (int64_t) k, self->scores[k]);
        }
        self->patients += (double) self->n[k];
        self->responders += (double) self->events[k];
        sum += (double) self->n[k] * self->scores[k];
    }
    self->mean = self->patients > 0 ? sum / self->patients : 0;
    return IMR_OK;
}

static int
cochran_armitage(
    const trend_t *self, imr_alternative_t alternative, double *statistic, double *pvalue)
{
    double rate = self->responders / self->patients, score = 0, variance = 0;

    *statistic = *pvalue = NAN;
    for (size_t k = 0; k < self->groups; k++) {
        double centred = self->scores[k] - self->mean, n = (double) self->n[k];

        score += centred * ((double) self->events[k] - n * rate);
        variance += rate * (1 - rate) * n * centred * centred;
    }
    if (!(variance > 0)) {
        return IMR_OK;
    }
    *statistic = score / sqrt(variance);
    switch (alternative) {
        case IMR_GREATER:
            return imr_normal_cdf_upper(*statistic, pvalue);
        case IMR_LESS:
            return imr_normal_cdf(*statistic, pvalue);
        case IMR_TWO_SIDED:
            break;
    }
    return imr_chi_squared_cdf_upper(*statistic * *statistic, 1, pvalue);
}

/* --- exact: the sum of scores given the margins ----------------------------------------------- */

/* The rarer of responders and non-responders are counted, at scores from 0. */
typedef struct {
    const trend_t *trend;
    int64_t least; /* the score that becomes 0 */
    size_t counted; /* patients of the rarer kind */
    size_t largest; /* the largest possible sum of their scores */
    size_t seen; /* the sum observed */
    int is_mirrored; /* non-responders are counted */
    double *mass; /* of (patients counted, sum), row by row */
    double *weights; /* of 0, 1, ... counted patients in one group */
} table_t;

static int
table_init(table_t *self, const trend_t *trend, imr_fault_t *fault)
{
    double counted = fmin(trend->responders, trend->patients - trend->responders);
    double least = INFINITY, most = -INFINITY, reach = 0, sum = 0;

    self->trend = trend;
    self->is_mirrored = trend->responders > trend->patients - trend->responders;
    self->mass = self->weights = NULL;
    for (size_t k = 0; k < trend->groups; k++) {
        if (trend->scores[k] != floor(trend->scores[k])) {
            imr_fault(fault, IMR_ERR_SCORE_FRACTION, "scores", (int64_t) k, trend->scores[k]);
            return IMR_ERR_SCORE_FRACTION;
        }
        least = fmin(least, trend->scores[k]);
        most = fmax(most, trend->scores[k]);
        reach += fmin(counted, (double) trend->n[k]) + 1;
    }
    if (!((counted + 1) * (counted * (most - least) + 1) * reach <= IMR_TREND_MOST_WORK)) {
        imr_fault(fault, IMR_ERR_TREND_SIZE, "method", -1, NAN);
        return IMR_ERR_TREND_SIZE;
    }
    for (size_t k = 0; k < trend->groups; k++) {
        int64_t here = self->is_mirrored ? trend->n[k] - trend->events[k] : trend->events[k];

        sum += (double) here * (trend->scores[k] - least);
    }
    self->least = (int64_t) least;
    self->counted = (size_t) counted;
    self->largest = (size_t) (counted * (most - least));
    self->seen = (size_t) sum;
    self->mass = imr_calloc((self->counted + 1) * (self->largest + 1), sizeof(double));
    self->weights = imr_malloc(self->counted + 1, sizeof(double));
    if (self->mass == NULL || self->weights == NULL) {
        imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        return IMR_ERR_NOMEM;
    }
    return IMR_OK;
}

static void
table_free(table_t *self)
{
    imr_free(self->mass);
    imr_free(self->weights);
}

/* Adds a group: binomial weights at the common rate, so that nothing overflows; given the total they
 * are hypergeometric. In place, from the largest count down. */
static void
add_group(table_t *self, size_t k, double rate)
{
    size_t n = (size_t) self->trend->n[k], width = self->largest + 1;
    size_t score = (size_t) ((int64_t) self->trend->scores[k] - self->least);

    for (size_t x = 0; x <= n && x <= self->counted; x++) {
        self->weights[x] = imr_exactly((int64_t) x, (int64_t) n, rate);
    }
    for (size_t m = self->counted + 1; m-- > 0;) {
        double *to = self->mass + m * width;

        for (size_t s = 0; s < width; s++) {
            to[s] *= self->weights[0];
        }
        for (size_t x = 1; x <= n && x <= m; x++) {
            const double *from = self->mass + (m - x) * width;

            for (size_t s = x * score; s < width; s++) {
                to[s] += self->weights[x] * from[s - x * score];
            }
        }
    }
}

static int
exact_test(const trend_t *trend, imr_alternative_t alternative, double *pvalue, imr_fault_t *fault)
{
    table_t table = { 0 };
    double lower = 0, upper = 0, far = 0, total = 0, mean, distance;
    const double *mass;
    int ret = table_init(&table, trend, fault);

    if (ret != IMR_OK) {
        goto out;
    }
    table.mass[0] = 1;
    for (size_t k = 0; k < trend->groups && trend->patients > 0; k++) {
        add_group(&table, k, (double) table.counted / trend->patients);
    }
    mass = table.mass + table.counted * (table.largest + 1);
    mean = (trend->mean - (double) table.least) * (double) table.counted;
    distance = fabs((double) table.seen - mean) * (1 - IMR_TIE_TOLERANCE);
    for (size_t s = 0; s <= table.largest; s++) {
        total += mass[s];
        lower += s <= table.seen ? mass[s] : 0;
        upper += s >= table.seen ? mass[s] : 0;
        far += fabs((double) s - mean) >= distance ? mass[s] : 0;
    }
    switch (alternative) {
        case IMR_GREATER:
            far = table.is_mirrored ? lower : upper;
            break;
        case IMR_LESS:
            far = table.is_mirrored ? upper : lower;
            break;
        case IMR_TWO_SIDED:
            break;
    }
    *pvalue = fmin(1, far / total);
out:
    table_free(&table);
    return ret;
}

int
imr_trend_test(const int64_t *events, const int64_t *n, const double *scores, size_t groups,
    imr_trend_method_t method, imr_alternative_t alternative, double *statistic, double *pvalue,
    imr_fault_t *fault)
{
    trend_t trend = { .events = events, .n = n, .scores = scores, .groups = groups };
    int ret = read_groups(&trend, fault);

    if (ret != IMR_OK) {
        return ret;
    }
    if (method == IMR_TREND_EXACT) {
        *statistic = 0;
        for (size_t k = 0; k < groups; k++) {
            *statistic += (double) events[k] * scores[k];
        }
        return exact_test(&trend, alternative, pvalue, fault);
    }
    ret = cochran_armitage(&trend, alternative, statistic, pvalue);
    return ret == IMR_OK ? ret : imr_fault(fault, ret, "events", -1, NAN);
}

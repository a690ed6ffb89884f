#include "response/contrast_unconditional.h"

#include <math.h>

#include "base/mem.h"
#include "base/solve.h"
#include "response/binomial.h"
#include "response/contrast_score.h"

/* Statistics this close are equal. */
static const double tie = 1e-9;

/* The tables at least as extreme as the one seen, for one margin: x2 <= reach[x1]. */
typedef struct {
    int64_t n1, n2;
    double margin, low, high; /* the rate of group 2 runs from low to high */
    int64_t *reach;
    double *weights1, *weights2, *angles, *values;
    int points;
} region_t;

static double
statistic(int64_t x1, int64_t n1, int64_t x2, int64_t n2, double margin)
{
    imr_two_groups_t groups = { .x1 = x1, .n1 = n1, .x2 = x2, .n2 = n2 };
    double z = NAN;

    return imr_contrast_score_statistic(IMR_DIFFERENCE, IMR_CONTRAST_MEE, &groups, margin, &z)
            == IMR_OK
        ? z
        : NAN;
}

/* The statistic grows with x1 and falls with x2, so the region has a staircase for an edge. */
static void
region_find(region_t *self, const imr_two_groups_t *seen, double margin)
{
    double least = statistic(seen->x1, seen->n1, seen->x2, seen->n2, margin);
    int64_t x2 = -1;

    least -= tie * fmax(1, fabs(least));
    self->margin = margin;
    self->low = fmax(0, -margin);
    self->high = fmin(1, 1 - margin);
    for (int64_t x1 = 0; x1 <= self->n1; x1++) {
        while (x2 < self->n2 && statistic(x1, self->n1, x2 + 1, self->n2, margin) >= least) {
            x2++;
        }
        self->reach[x1] = x2;
    }
}

/* The probability of the region at one rate, and its slope in that rate. */
static double
region_probability(const region_t *self, double rate2, double *slope)
{
    double rate1 = fmin(fmax(rate2 + self->margin, 0), 1), sum = 0, up_to = 0;
    double per1 = 1 / (rate1 * (1 - rate1)), per2 = 1 / (1 - rate2);
    int64_t x2 = -1;

    *slope = 0;
    imr_all_exactly(self->n1, rate1, self->weights1);
    imr_all_exactly(self->n2, rate2, self->weights2);
    for (int64_t x1 = 0; x1 <= self->n1; x1++) {
        while (x2 < self->reach[x1]) {
            up_to += self->weights2[++x2];
        }
        if (x2 < 0) {
            continue;
        }
        sum += self->weights1[x1] * up_to;
        *slope += self->weights1[x1]
            * (((double) x1 - (double) self->n1 * rate1) * per1 * up_to
                - self->weights2[x2] * (double) (self->n2 - x2) * per2);
    }
    return sum;
}

/* The rate runs over its range as the square of a sine, along which binomials vary evenly. */
static double
rate_at(const region_t *self, double angle)
{
    double sine = sin(angle);

    return self->low + (self->high - self->low) * sine * sine;
}

static double
region_slope(double angle, const void *context)
{
    const region_t *self = context;
    double slope;

    (void) region_probability(self, rate_at(self, angle), &slope);
    return slope;
}

/* At an end of the range one rate or both are 0 or 1. */
static double
probability_at_end(const region_t *self, double rate2)
{
    double rate1 = rate2 + self->margin, slope;
    int64_t x1 = rate1 < 0.5 ? 0 : self->n1, x2 = rate2 < 0.5 ? 0 : self->n2;
    int fixed1 = rate1 <= 0 || rate1 >= 1, fixed2 = rate2 <= 0 || rate2 >= 1;
    double sum = 0;

    if (fixed1 && fixed2) {
        return x2 <= self->reach[x1] ? 1 : 0;
    }
    if (fixed1) {
        imr_all_exactly(self->n2, rate2, self->weights2);
        for (x2 = 0; x2 <= self->reach[x1]; x2++) {
            sum += self->weights2[x2];
        }
        return sum;
    }
    if (fixed2) {
        imr_all_exactly(self->n1, rate1, self->weights1);
        for (x1 = 0; x1 <= self->n1; x1++) {
            sum += x2 <= self->reach[x1] ? self->weights1[x1] : 0;
        }
        return sum;
    }
    return region_probability(self, rate2, &slope); /* by rounding alone */
}

static int
region_supremum(const region_t *self, double *supremum)
{
    double most = fmax(probability_at_end(self, self->low), probability_at_end(self, self->high));
    double angle, slope, greatest = 0;
    int ret;

    if (!(self->high > self->low)) {
        *supremum = most;
        return IMR_OK;
    }
    for (int i = 0; i < self->points; i++) {
        self->values[i] = region_probability(self, rate_at(self, self->angles[i]), &slope);
        greatest = fmax(greatest, self->values[i]);
    }
    for (int i = 0; i < self->points; i++) {
        int left = i > 0 ? i - 1 : i, right = i < self->points - 1 ? i + 1 : i;

        most = fmax(most, self->values[i]);
        if (self->values[i] < 0.9 * greatest || self->values[left] > self->values[i]
            || self->values[right] > self->values[i]
            || !(region_slope(self->angles[left], self) > 0)
            || !(region_slope(self->angles[right], self) < 0)) {
            continue;
        }
        ret = imr_solve_bracketed(
            region_slope, self, self->angles[left], self->angles[right], 1e-8, &angle);
        if (ret != IMR_OK) {
            return ret;
        }
        most = fmax(most, region_probability(self, rate_at(self, angle), &slope));
    }
    *supremum = fmin(most, 1);
    return IMR_OK;
}

/* --- memory ----------------------------------------------------------------------------------- */

static void
region_free(region_t *self)
{
    imr_free(self->reach);
    imr_free(self->weights1);
}

static int
region_init(region_t *self, const imr_two_groups_t *groups)
{
    size_t n1 = (size_t) groups->n1 + 1, n2 = (size_t) groups->n2 + 1, points;

    self->n1 = groups->n1;
    self->n2 = groups->n2;
    /* a binomial of n varies over angles of 1 / sqrt(n) */
    self->points = 48 + (int) (4 * sqrt((double) (n1 + n2)));
    points = (size_t) self->points;
    self->reach = imr_malloc(n1, sizeof(int64_t));
    self->weights1 = imr_malloc(n1 + n2 + 2 * points, sizeof(double));
    if (self->reach == NULL || self->weights1 == NULL) {
        region_free(self);
        return IMR_ERR_NOMEM;
    }
    self->weights2 = self->weights1 + n1;
    self->angles = self->weights2 + n2;
    self->values = self->angles + points;
    for (int i = 0; i < self->points; i++) {
        self->angles[i] = asin(1) * (i + 0.5) / self->points;
    }
    return IMR_OK;
}

/* --- p-value and limit ------------------------------------------------------------------------ */

int
imr_unconditional_pvalue(const imr_two_groups_t *groups, double margin, double *pvalue)
{
    region_t region = { .n1 = 0 };
    int ret = region_init(&region, groups);

    if (ret != IMR_OK) {
        return ret;
    }
    region_find(&region, groups, margin);
    ret = region_supremum(&region, pvalue);
    region_free(&region);
    return ret;
}

typedef struct {
    region_t *region;
    const imr_two_groups_t *groups;
    double tail;
} job_t;

static double
excess(double margin, const void *context)
{
    const job_t *job = context;
    double pvalue = NAN;

    region_find(job->region, job->groups, margin);
    return region_supremum(job->region, &pvalue) == IMR_OK ? pvalue - job->tail : NAN;
}

/* Where the p-value first exceeds tail on the way from low (where it does not) to high. */
static int
crossing(const job_t *job, double low, double high, double *limit)
{
    int ret = imr_solve_bracketed(excess, job, low, high, 1e-10, limit);

    return ret == IMR_ERR_NO_SIGN_CHANGE ? IMR_ERR_NOCONV : ret;
}

int
imr_unconditional_limit(const imr_two_groups_t *groups, double tail, double *limit)
{
    region_t region = { .n1 = 0 };
    job_t job = { .region = &region, .groups = groups, .tail = tail };
    const double step = 0.005;
    double low, high, margin, at;
    int ret;

    *limit = -1;
    if (groups->x1 == 0 && groups->x2 == groups->n2) {
        return IMR_OK;
    }
    ret = region_init(&region, groups);
    if (ret != IMR_OK) {
        return ret;
    }
    /* outward from the score limit until the sign differs on the two sides */
    ret = imr_contrast_score_limit(IMR_DIFFERENCE, IMR_CONTRAST_MIETTINEN_NURMINEN, groups,
        sqrt(2 * fmax(0, -log(2 * tail))), &low);
    if (ret != IMR_OK) {
        goto out;
    }
    for (high = low; high < 1 && !(excess(high, &job) > 0);) {
        low = high;
        high += 0.25 * (1 - high) + 1e-3;
    }
    high = fmin(high, 1);
    while (low > -1 && excess(low, &job) > 0) {
        high = low;
        low -= fmin(0.25 * (1 + low) + 1e-3, 1 + low);
    }
    ret = crossing(&job, low, high, limit);
    /* the p-value is no monotone function of the margin: look for earlier crossings */
    margin = *limit - step;
    while (ret == IMR_OK && margin > -1) {
        at = excess(margin, &job);
        if (at < -0.9 * tail) {
            break;
        }
        if (at > 0) {
            low = fmax(margin - step, -1);
            while (low > -1 && excess(low, &job) > 0) {
                margin = low;
                low = fmax(low - step, -1);
            }
            ret = crossing(&job, low, margin, limit);
            margin = *limit;
        }
        margin -= step;
    }
out:
    region_free(&region);
    return ret;
}

#include "response/stratified_conditional.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/solve.h"
#include "response/binomial.h"

/* Further out the odds ratio leaves the range of double. */
#define FARTHEST_LOG_ODDS 4096.0

/* The least and the largest x1 that the margins of a stratum allow. */
static void
bounds_of(const imr_strata_t *strata, size_t k, int64_t *least, int64_t *largest)
{
    int64_t events = strata->x1[k] + strata->x2[k];

    *least = events > strata->n2[k] ? events - strata->n2[k] : 0;
    *largest = events < strata->n1[k] ? events : strata->n1[k];
}

static void
stratum_masses(const imr_strata_t *strata, size_t k, double *log_mass)
{
    double n1 = (double) strata->n1[k], n2 = (double) strata->n2[k];
    double events = (double) (strata->x1[k] + strata->x2[k]);
    int64_t least, largest;

    bounds_of(strata, k, &least, &largest);
    log_mass[0] = 0;
    for (int64_t x = least; x < largest; x++) {
        double j = (double) x, odds = (n1 - j) / (j + 1) * ((events - j) / (n2 - events + j + 1));

        log_mass[x - least + 1] = log_mass[x - least] + log(odds);
    }
}

/* sum becomes the distribution of the sum of two variables with 0..a and 0..b. Logarithms, because
 * the tables at the ends are as unlikely as 2^-4000. */
static void
convolve(const double *one, size_t a, const double *two, size_t b, double *sum)
{
    for (size_t s = 0; s <= a + b; s++) {
        size_t from = s > a ? s - a : 0, to = s < b ? s : b;
        double largest = -INFINITY, total = 0;

        for (size_t j = from; j <= to; j++) {
            largest = fmax(largest, one[s - j] + two[j]);
        }
        for (size_t j = from; j <= to; j++) {
            total += exp(one[s - j] + two[j] - largest);
        }
        sum[s] = largest + log(total);
    }
}

int
imr_stratified_conditional_init(
    imr_stratified_conditional_t *self, const imr_strata_t *strata, imr_fault_t *fault)
{
    int64_t least, largest, last = 0, seen = 0;
    double *sum = NULL, *stratum = NULL;
    size_t done = 0;
    int ret = IMR_OK;

    self->log_mass = NULL;
    self->last = self->seen = 0;
    for (size_t k = 0; k < strata->strata; k++) {
        bounds_of(strata, k, &least, &largest);
        if (largest - least > IMR_STRATIFIED_MOST_TABLES - last) {
            return imr_fault(fault, IMR_ERR_EXACT_STRATA, "method", -1, NAN);
        }
        last += largest - least;
        seen += strata->x1[k] - least;
    }
    self->log_mass = imr_calloc((size_t) last + 1, sizeof(double));
    sum = imr_malloc((size_t) last + 1, sizeof(double));
    stratum = imr_malloc((size_t) last + 1, sizeof(double));
    if (self->log_mass == NULL || sum == NULL || stratum == NULL) {
        ret = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    for (size_t k = 0; k < strata->strata; k++) {
        bounds_of(strata, k, &least, &largest);
        if (least < largest) {
            stratum_masses(strata, k, stratum);
            convolve(self->log_mass, done, stratum, (size_t) (largest - least), sum);
            done += (size_t) (largest - least);
            memcpy(self->log_mass, sum, (done + 1) * sizeof(double));
        }
    }
    self->last = (size_t) last;
    self->seen = (size_t) seen;
out:
    imr_free(sum);
    imr_free(stratum);
    if (ret != IMR_OK) {
        imr_stratified_conditional_free(self);
    }
    return ret;
}

void
imr_stratified_conditional_free(imr_stratified_conditional_t *self)
{
    imr_free(self->log_mass);
    self->log_mass = NULL;
}

/* Both tails of the sum seen, and the mean, at one odds ratio. */
typedef struct {
    double lower, upper, minlike, mean;
} tails_t;

static tails_t
tails_at(const imr_stratified_conditional_t *self, double log_odds)
{
    tails_t tails = { 0, 0, 0, 0 };
    double largest = -INFINITY, total = 0, most;

    for (size_t s = 0; s <= self->last; s++) {
        largest = fmax(largest, self->log_mass[s] + (double) s * log_odds);
    }
    most = exp(self->log_mass[self->seen] + (double) self->seen * log_odds - largest)
        * (1 + IMR_TIE_TOLERANCE);
    for (size_t s = 0; s <= self->last; s++) {
        double mass = exp(self->log_mass[s] + (double) s * log_odds - largest);

        total += mass;
        tails.mean += (double) s * mass;
        tails.lower += s <= self->seen ? mass : 0;
        tails.upper += s >= self->seen ? mass : 0;
        tails.minlike += mass <= most ? mass : 0;
    }
    tails.lower /= total;
    tails.upper /= total;
    tails.minlike /= total;
    tails.mean /= total;
    return tails;
}

void
imr_stratified_conditional_tails(
    const imr_stratified_conditional_t *self, double *lower, double *upper, double *minlike)
{
    tails_t tails = tails_at(self, 0);

    *lower = fmin(1, tails.lower);
    *upper = fmin(1, tails.upper);
    *minlike = fmin(1, tails.minlike);
}

typedef struct {
    const imr_stratified_conditional_t *conditional;
    double target;
} equation_t;

static double
mean_excess(double log_odds, const void *context)
{
    const equation_t *equation = context;

    return tails_at(equation->conditional, log_odds).mean - equation->target;
}

static double
upper_excess(double log_odds, const void *context)
{
    const equation_t *equation = context;

    return tails_at(equation->conditional, log_odds).upper - equation->target;
}

static double
lower_lack(double log_odds, const void *context)
{
    const equation_t *equation = context;

    return equation->target - tails_at(equation->conditional, log_odds).lower;
}

/* The odds ratio at the root of an increasing function of its logarithm. */
static int
solve_odds_ratio(imr_function_t f, const equation_t *equation, double *odds_ratio)
{
    double low = -1, high = 1, log_odds = NAN;
    int ret;

    while (f(low, equation) > 0 && low > -FARTHEST_LOG_ODDS) {
        low *= 2;
    }
    while (f(high, equation) < 0 && high < FARTHEST_LOG_ODDS) {
        high *= 2;
    }
    ret = imr_solve_bracketed(f, equation, low, high, 0, &log_odds);
    *odds_ratio = exp(log_odds);
    return ret;
}

int
imr_stratified_conditional_estimate(const imr_stratified_conditional_t *self, double *estimate)
{
    equation_t equation = { .conditional = self, .target = (double) self->seen };

    if (self->seen == 0 || self->seen == self->last) {
        *estimate = self->last == 0 ? NAN : self->seen == 0 ? 0 : INFINITY;
        return IMR_OK;
    }
    return solve_odds_ratio(mean_excess, &equation, estimate);
}

int
imr_stratified_conditional_limits(
    const imr_stratified_conditional_t *self, double tail, double *low, double *high)
{
    equation_t equation = { .conditional = self, .target = tail };
    int ret = IMR_OK;

    *low = 0;
    *high = INFINITY;
    if (self->seen > 0) {
        ret = solve_odds_ratio(upper_excess, &equation, low);
    }
    if (ret == IMR_OK && self->seen < self->last) {
        ret = solve_odds_ratio(lower_lack, &equation, high);
    }
    return ret;
}

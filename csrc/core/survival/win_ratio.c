#include "survival/win_ratio.h"

#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/quantile.h"

/* A variance that is this share of that of a pair, or less, is none: rounding. */
#define NO_VARIANCE 1e-12

/* Covariances of the chances to win and to lose. */
typedef struct {
    double win, loss, both;
} covariance_t;

typedef struct {
    covariance_t estimated; /* out of the patients' own shares of wins and losses */
    covariance_t bound; /* of `independent` pairs, which the true ones do not exceed */
    double tail; /* half of 1 - level */
    double z;
} spread_t;

/* One stratum; weight 0: without patients of both groups. */
typedef struct {
    size_t first, second, end;
    double m, n, weight, win, loss;
} stratum_t;

/* Strata weigh m n / (m + n), before all weights are divided by their sum (Dong and others 2018: wins over
 * the size of the stratum). */
static stratum_t
stratum_of(const imr_win_pairs_t *pairs, size_t s)
{
    const size_t *start = pairs->start + 2 * s;
    stratum_t here = { .first = start[0], .second = start[1], .end = start[2] };

    here.m = (double) (here.second - here.first);
    here.n = (double) (here.end - here.second);
    if (here.m > 0 && here.n > 0) {
        here.weight = here.m * here.n / (here.m + here.n);
        for (size_t p = here.first; p < here.second; p++) {
            here.win += (double) pairs->won[p];
            here.loss += (double) pairs->lost[p];
        }
        here.win /= here.m * here.n;
        here.loss /= here.m * here.n;
    }
    return here;
}

/* Adds the covariances of the means of one group, the places from..to - 1, each with this many pairs. */
static void
add_group(covariance_t *sum, const imr_win_pairs_t *pairs, size_t from, size_t to, double others,
    const stratum_t *stratum, double square)
{
    double count = (double) (to - from), over = square / (count * (count - 1));

    for (size_t p = from; p < to; p++) {
        double w = (double) pairs->won[p] / others - stratum->win;
        double l = (double) pairs->lost[p] / others - stratum->loss;

        sum->win += w * w * over;
        sum->loss += l * l * over;
        sum->both += w * l * over;
    }
}

/* Adds those of a single pair. */
static void
add_pair(covariance_t *sum, double win, double loss, double times)
{
    sum->win += times * win * (1 - win);
    sum->loss += times * loss * (1 - loss);
    sum->both -= times * win * loss;
}

static void
estimate(imr_win_ratio_t *self, spread_t *spread)
{
    const imr_win_pairs_t *pairs = &self->pairs;
    double all = 0;

    for (size_t s = 0; s < pairs->strata; s++) {
        all += stratum_of(pairs, s).weight;
    }
    self->independent = INFINITY;
    for (size_t s = 0; s < pairs->strata; s++) {
        stratum_t here = stratum_of(pairs, s);
        double weight = here.weight / all;

        if (weight > 0) {
            self->win += weight * here.win;
            self->loss += weight * here.loss;
            self->independent = fmin(self->independent, fmin(here.m, here.n) / weight);
        }
    }
    add_pair(&spread->bound, self->win, self->loss, 1 / self->independent);
    for (size_t s = 0; s < pairs->strata; s++) {
        stratum_t here = stratum_of(pairs, s);
        double square = here.weight / all * (here.weight / all);

        if (here.m > 1 && here.n > 1) {
            add_group(&spread->estimated, pairs, here.first, here.second, here.n, &here, square);
            add_group(&spread->estimated, pairs, here.second, here.end, here.m, &here, square);
        } else if (here.weight > 0) {
            /* one patient has no variance, and all strata together have that of a pair */
            add_pair(&spread->estimated, self->win, self->loss, square);
        }
    }
}

/* Of a win + b loss: the bound where there is no estimate. */
static double
variance(const spread_t *spread, double a, double b)
{
    const covariance_t *e = &spread->estimated, *most = &spread->bound;
    double here = a * a * e->win + b * b * e->loss + 2 * a * b * e->both;
    double bound = a * a * most->win + b * b * most->loss + 2 * a * b * most->both;

    return here > NO_VARIANCE * bound ? here : bound;
}

static int
two_sided(double z, double *pvalue)
{
    int status = imr_normal_cdf_upper(fabs(z), pvalue);

    *pvalue = status == IMR_OK ? fmin(1, 2 * *pvalue) : *pvalue;
    return status;
}

/* Of so many independent pairs, all of them wins: twice the chance of that where wins are as likely as
 * losses. */
static double
all_alike(double count)
{
    return fmin(1, 2 * exp2(-count));
}

/* Where group 1 lost no pair: the chance p of a win, among decided pairs, at which so many independent
 * ones would all be wins with probability `tail`, as odds. */
static double
least_odds(const spread_t *spread, double count)
{
    double log_p = log(spread->tail) / count;

    return exp(log_p) / -expm1(log_p);
}

static int
set_win_ratio(imr_win_ratio_t *self, const spread_t *spread)
{
    imr_win_measure_t *to = &self->win_ratio;
    double decided = self->independent * (self->win + self->loss), middle;

    *to = (imr_win_measure_t) { 1, 0, INFINITY, INFINITY, 1 };
    if (self->win > 0 && self->loss > 0) {
        to->std_error = sqrt(variance(spread, 1 / self->win, -1 / self->loss));
        to->estimate = self->win / self->loss;
        middle = log(to->estimate);
        to->low = exp(middle - spread->z * to->std_error);
        to->high = exp(middle + spread->z * to->std_error);
        return two_sided(middle / to->std_error, &to->pvalue);
    }
    if (self->win > 0) {
        to->estimate = INFINITY;
        to->low = least_odds(spread, decided);
        to->pvalue = all_alike(decided);
    } else if (self->loss > 0) {
        to->estimate = 0;
        to->high = 1 / least_odds(spread, decided);
        to->pvalue = all_alike(decided);
    }
    return IMR_OK;
}

static int
set_net_benefit(imr_win_ratio_t *self, const spread_t *spread)
{
    imr_win_measure_t *to = &self->net_benefit;
    double log_p = log(spread->tail) / self->independent, estimate = self->win - self->loss, middle;
    int has_ties = self->pairs.ties[self->pairs.outcomes - 1] > 0;

    to->std_error = INFINITY;
    if (self->win == 0 && self->loss == 0) {
        *to = (imr_win_measure_t) { 0, expm1(log_p), -expm1(log_p), INFINITY, 1 };
    } else if (!has_ties && self->loss == 0) {
        *to = (imr_win_measure_t) { 1, 2 * exp(log_p) - 1, 1, INFINITY,
            all_alike(self->independent) };
    } else if (!has_ties && self->win == 0) {
        *to = (imr_win_measure_t) { -1, -1, 1 - 2 * exp(log_p), INFINITY,
            all_alike(self->independent) };
    } else {
        to->estimate = estimate;
        to->std_error = sqrt(variance(spread, 1, -1)) / ((1 - estimate) * (1 + estimate));
        middle = atanh(estimate);
        to->low = tanh(middle - spread->z * to->std_error);
        to->high = tanh(middle + spread->z * to->std_error);
        return two_sided(middle / to->std_error, &to->pvalue);
    }
    return IMR_OK;
}

static double
odds_of(double net_benefit)
{
    return (1 + net_benefit) / (1 - net_benefit);
}

int
imr_win_ratio_init(imr_win_ratio_t *self, const imr_win_data_t *data, double level,
    imr_stop_t *stop, imr_fault_t *fault)
{
    spread_t spread = { .tail = 0.5 - 0.5 * level };
    int status;

    memset(self, 0, sizeof(*self));
    if (!(level > 0 && 0.5 + 0.5 * level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    status = imr_quantile_normal(0.5 + 0.5 * level, &spread.z);
    if (status != IMR_OK) {
        return imr_fault(fault, status, "level", -1, level);
    }
    status = imr_win_pairs_init(&self->pairs, data, stop, fault);
    if (status != IMR_OK) {
        return status;
    }
    estimate(self, &spread);
    status = set_win_ratio(self, &spread);
    status = status == IMR_OK ? set_net_benefit(self, &spread) : status;
    if (status != IMR_OK) {
        imr_win_ratio_free(self);
        return imr_fault(fault, status, NULL, -1, NAN);
    }
    self->win_odds = (imr_win_measure_t) { odds_of(self->net_benefit.estimate),
        odds_of(self->net_benefit.low), odds_of(self->net_benefit.high),
        2 * self->net_benefit.std_error, self->net_benefit.pvalue };
    return IMR_OK;
}

void
imr_win_ratio_free(imr_win_ratio_t *self)
{
    imr_win_pairs_free(&self->pairs);
    memset(self, 0, sizeof(*self));
}

#include "recovery/titre_retention.h"

#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/mem.h"
#include "base/quantile.h"
#include "base/solve.h"
#include "recovery/tobit_climb.h"

#define LEAST 1e-100
#define MOST 1e100

/* Logarithms that are equal but for rounding differ by less. */
#define SAME 1e-12

/* Fewer degrees of freedom are none; a tenth of the scatter that is as likely is none either. */
#define LEAST_DF 0.25
#define SHARPER 10.0
#define AS_HIGH 1e-7

enum { MOST_STEPS = 100 };

/* --- pairs --------------------------------------------------------------------------------------- */

typedef struct {
    size_t n; /* ratios of which anything is known */
    double *low, *high, *ones, *block;
    double center, scale;
} ratios_t;

static int
check_options(const imr_titre_retention_rows_t *rows, imr_fault_t *fault)
{
    double margin = rows->margin, protective = rows->protective;

    if (!(rows->level > 0 && 0.5 + 0.5 * rows->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, rows->level);
    }
    if (!(margin >= LEAST && margin <= MOST)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "margin", -1, margin);
    }
    if (!isnan(protective) && !(protective >= LEAST && protective <= MOST)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "protective", -1, protective);
    }
    return rows->n > 0 ? IMR_OK : imr_fault(fault, IMR_ERR_NO_PATIENT, "before", -1, NAN);
}

/* 1 where the titre is at the protective level or above, 0 where it is below. */
static int
is_protective(double low, double high, double level, const char *argument, size_t row,
    int *protective, imr_fault_t *fault)
{
    *protective = low >= level - SAME;
    return *protective || (low == high ? low < level : high <= level + SAME)
        ? IMR_OK
        : imr_fault(fault, IMR_ERR_TITRE_PROTECTION, argument, (int64_t) row, NAN);
}

static int
count_protected(imr_titre_retention_t *self, const imr_titre_retention_rows_t *rows, size_t i,
    const double before[2], const double after[2], imr_fault_t *fault)
{
    double level = log(rows->protective);
    int first, second, status;

    if (isnan(rows->protective)) {
        return IMR_OK;
    }
    status = is_protective(before[0], before[1], level, "before", i, &first, fault);
    if (status == IMR_OK) {
        status = is_protective(after[0], after[1], level, "after", i, &second, fault);
    }
    if (status == IMR_OK) {
        self->protected_before += first;
        self->protected_after += second;
        self->kept += first && second;
    }
    return status;
}

static int
read_pairs(imr_titre_retention_t *self, ratios_t *ratios, const imr_titre_retention_rows_t *rows,
    imr_fault_t *fault)
{
    double margin = log(rows->margin);

    for (size_t i = 0; i < rows->n; i++) {
        double before[2], after[2], low, high;
        int status = imr_titre_interval(
            &rows->limits, rows->before, NULL, i, "before", &before[0], &before[1], fault);

        if (status == IMR_OK) {
            status = imr_titre_interval(
                &rows->limits, rows->after, NULL, i, "after", &after[0], &after[1], fault);
        }
        if (status == IMR_OK) {
            status = count_protected(self, rows, i, before, after, fault);
        }
        if (status != IMR_OK) {
            return status;
        }
        low = isinf(after[0]) || isinf(before[1]) ? -INFINITY : after[0] - before[1];
        high = isinf(after[1]) || isinf(before[0]) ? INFINITY : after[1] - before[0];
        if (isinf(low) && isinf(high)) {
            self->unknown++;
            continue;
        }
        self->known += low == high;
        self->censored += low != high;
        self->above_margin += low > margin + SAME;
        self->below_margin += low == high ? high < margin - SAME : high <= margin + SAME;
        ratios->low[ratios->n] = low;
        ratios->high[ratios->n++] = high;
    }
    return IMR_OK;
}

/* --- pairs without limits: Student's t ------------------------------------------------------------- */

static int
set_pvalues(imr_titre_retention_t *self, double t_of_one, double t_of_margin)
{
    double tail;
    int status = imr_t_cdf_upper(fabs(t_of_one), self->df, &tail);

    if (status == IMR_OK) {
        self->pvalue = fmin(1, 2 * tail);
        status = imr_t_cdf_upper(t_of_margin, self->df, &self->pvalue_margin);
    }
    return status;
}

/* x / y, 0 / 0 being 0 */
static double
over(double x, double y)
{
    return y > 0 ? x / y : fabs(x) <= SAME ? 0 : copysign(INFINITY, x);
}

static int
fit_known(imr_titre_retention_t *self, const ratios_t *ratios, double margin, double level)
{
    double n = (double) ratios->n, mean = 0, squares = 0, error, quantile;
    int status;

    for (size_t i = 0; i < ratios->n; i++) {
        mean += ratios->low[i] / n;
    }
    for (size_t i = 0; i < ratios->n; i++) {
        squares += (ratios->low[i] - mean) * (ratios->low[i] - mean);
    }
    self->estimate = exp(mean);
    self->df = n - 1;
    if (ratios->n < 2) {
        return IMR_OK;
    }
    self->sd = sqrt(squares / (n - 1));
    self->sd = self->sd > SAME * fmax(1, fabs(mean)) ? self->sd : 0;
    error = self->sd / sqrt(n);
    status = imr_quantile_t(0.5 + 0.5 * level, self->df, &quantile);
    if (status != IMR_OK) {
        return status;
    }
    self->low = exp(mean - quantile * error);
    self->high = exp(mean + quantile * error);
    return set_pvalues(self, over(mean, error), over(mean - margin, error));
}

/* --- pairs with limits: the likelihood of normal log ratios ---------------------------------------- */

typedef struct {
    imr_tobit_climb_t *climb;
    double h, floor;
} profile_t;

/* The log-likelihood of a mean, over all scatter; NaN where there is none. */
static double
loglik_of(double mean, const profile_t *profile)
{
    imr_tobit_climb_t *climb = profile->climb;

    climb->value = mean;
    climb->h = profile->h / (1 + profile->h * fabs(mean));
    return imr_tobit_climb(climb) == IMR_OK ? climb->loglik : NAN;
}

static double
above_floor(double mean, const void *context)
{
    const profile_t *profile = context;

    return loglik_of(mean, profile) - profile->floor;
}

static int
find_limit(const profile_t *profile, double inside, double step, double *limit)
{
    for (int k = 0; k < MOST_STEPS; k++, step *= 1.5) {
        double outside = inside + step, above = above_floor(outside, profile);

        if (isnan(above)) {
            return IMR_ERR_NOCONV;
        }
        if (above <= 0) {
            return imr_solve_bracketed(above_floor, profile, inside, outside, 1e-13, limit);
        }
        inside = outside;
    }
    *limit = copysign(INFINITY, step);
    return IMR_OK;
}

/* 1 where a tenth of the scatter is as likely. */
static int
has_no_scatter(imr_tobit_climb_t *climb)
{
    double loglik = climb->loglik, h = climb->h, gamma = climb->gamma[0], norm = climb->score_norm;
    int status;

    climb->fixed_h = 1;
    climb->h *= SHARPER;
    climb->gamma[0] *= SHARPER;
    status = imr_tobit_climb(climb);
    climb->fixed_h = 0;
    if (status == IMR_OK && climb->loglik >= loglik - AS_HIGH) {
        return 1;
    }
    climb->h = h;
    climb->gamma[0] = gamma;
    climb->loglik = loglik;
    climb->score_norm = norm;
    return 0;
}

static double
count_effective(const imr_tobit_climb_t *climb)
{
    double sum = 0;

    for (size_t i = 0; i < climb->n; i++) {
        sum -= imr_tobit_term(
            climb->h * climb->low[i] - climb->gamma[0], climb->h * climb->high[i] - climb->gamma[0])
                   .middle_middle;
    }
    return sum;
}

/* Student's t that a fall of the log-likelihood stands for. */
static double
t_of(double fall, double effective, double df, double side)
{
    return copysign(sqrt(df * expm1(2 * fmax(fall, 0) / effective)), side);
}

static int
fit_censored(imr_titre_retention_t *self, ratios_t *ratios, double margin, double level)
{
    double gamma[1] = { 0 }, factor[4], work[6], mean, highest, effective, quantile, low, high;
    double one, at_margin;
    imr_tobit_climb_t climb = { .n = ratios->n,
        .k = 1,
        .low = ratios->low,
        .high = ratios->high,
        .columns = ratios->ones,
        .gamma = gamma,
        .h = 1,
        .factor = factor,
        .work = work };
    profile_t profile = { .climb = &climb };
    int status = imr_tobit_climb(&climb);

    if (status == IMR_OK && has_no_scatter(&climb)) {
        status = IMR_ERR_TOBIT_PERFECT;
    }
    if (status != IMR_OK) {
        return status == IMR_ERR_NOCONV ? status : IMR_ERR_TITRE_NO_SPREAD;
    }
    effective = count_effective(&climb);
    self->df = effective - 1;
    if (!(self->df >= LEAST_DF)) {
        return IMR_ERR_TITRE_NO_SPREAD;
    }
    status = imr_quantile_t(0.5 + 0.5 * level, self->df, &quantile);
    if (status != IMR_OK) {
        return status;
    }
    mean = gamma[0] / climb.h;
    highest = climb.loglik;
    self->score_norm = climb.score_norm;
    self->sd = ratios->scale / climb.h * sqrt(effective / self->df);
    self->estimate = exp(ratios->center + ratios->scale * mean);
    profile.h = climb.h;
    profile.floor = highest - 0.5 * effective * log1p(quantile * quantile / self->df);
    climb.k = 0;
    climb.profile = 1;
    climb.offset = ratios->ones;
    quantile = 1 / (climb.h * sqrt(effective));
    status = find_limit(&profile, mean, -quantile, &low);
    if (status == IMR_OK) {
        status = find_limit(&profile, mean, quantile, &high);
    }
    one = loglik_of(-ratios->center / ratios->scale, &profile);
    at_margin = loglik_of((margin - ratios->center) / ratios->scale, &profile);
    if (status != IMR_OK || isnan(one) || isnan(at_margin)) {
        return status != IMR_OK ? status : IMR_ERR_NOCONV;
    }
    self->low = exp(ratios->center + ratios->scale * low);
    self->high = exp(ratios->center + ratios->scale * high);
    return set_pvalues(self, t_of(highest - one, effective, self->df, 1),
        t_of(highest - at_margin, effective, self->df,
            ratios->center + ratios->scale * mean - margin));
}

/* To the middle 0 and the furthest end 1. */
static void
standardise(ratios_t *ratios)
{
    double least = INFINITY, most = -INFINITY;

    for (size_t i = 0; i < ratios->n; i++) {
        least = fmin(least, isinf(ratios->low[i]) ? ratios->high[i] : ratios->low[i]);
        most = fmax(most, isinf(ratios->high[i]) ? ratios->low[i] : ratios->high[i]);
    }
    ratios->center = least + 0.5 * (most - least);
    ratios->scale = most - least > SAME ? 0.5 * (most - least) : 1;
    for (size_t i = 0; i < ratios->n; i++) {
        ratios->low[i] = (ratios->low[i] - ratios->center) / ratios->scale;
        ratios->high[i] = (ratios->high[i] - ratios->center) / ratios->scale;
        ratios->ones[i] = 1;
    }
}

int
imr_titre_retention(
    imr_titre_retention_t *self, const imr_titre_retention_rows_t *rows, imr_fault_t *fault)
{
    ratios_t ratios = { 0 };
    double margin;
    int status;

    memset(self, 0, sizeof(*self));
    status = check_options(rows, fault);
    if (status != IMR_OK) {
        return status;
    }
    margin = log(rows->margin);
    ratios.block = rows->n > SIZE_MAX / 64 ? NULL : imr_malloc(3 * rows->n, sizeof(double));
    if (ratios.block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    ratios.low = ratios.block;
    ratios.high = ratios.low + rows->n;
    ratios.ones = ratios.high + rows->n;
    self->estimate = self->sd = NAN;
    self->high = INFINITY;
    self->pvalue = self->pvalue_margin = self->pvalue_sign = 1;
    status = read_pairs(self, &ratios, rows, fault);
    if (status != IMR_OK) {
        goto out;
    }
    status = imr_binomial_upper(
        self->above_margin, self->above_margin + self->below_margin, 0.5, &self->pvalue_sign);
    if (status == IMR_OK && self->censored > 0) {
        standardise(&ratios);
        status = fit_censored(self, &ratios, margin, rows->level);
    } else if (status == IMR_OK && ratios.n > 0) {
        status = fit_known(self, &ratios, margin, rows->level);
    }
    if (status != IMR_OK) {
        imr_fault(fault, status, "after", -1, NAN);
    }
out:
    imr_free(ratios.block);
    return status;
}

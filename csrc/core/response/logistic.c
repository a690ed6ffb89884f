#include "response/logistic.h"

#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/mem.h"
#include "base/quantile.h"
#include "base/solve.h"
#include "response/logistic_climb.h"

/* --- the model ---------------------------------------------------------------------------------- */

/* Names the column that moves the linear predictors most along the separating step. */
static int
report_separation(const imr_logistic_t *self, const imr_logistic_climb_t *fit, imr_fault_t *fault)
{
    size_t n = self->n, p = self->p, most = 0;
    double largest = 0;

    for (size_t r = p; r-- > 0;) {
        double low = INFINITY, high = -INFINITY;

        for (size_t k = r + 1; k < p; k++) {
            fit->step[r] -= self->triangle[r * p + k] * fit->step[k];
        }
        fit->step[r] /= self->triangle[r * p + r];
        for (size_t i = 0; i < n; i++) {
            low = fmin(low, self->design[r * n + i] * fit->step[r]);
            high = fmax(high, self->design[r * n + i] * fit->step[r]);
        }
        if (high - low > largest) {
            largest = high - low;
            most = r;
        }
    }
    return imr_fault(fault, IMR_ERR_SEPARATED, "X column", (int64_t) most - 1, NAN);
}

static int
allocate(imr_logistic_t *self, size_t n, size_t k)
{
    size_t p = k + 1, cells = n * p, most = SIZE_MAX / 64;

    if (p > 100000 || n > most / p) {
        return IMR_ERR_NOMEM;
    }
    self->n = n;
    self->p = p;
    self->block = imr_malloc(
        2 * cells + n + 2 * p * p + 2 * p + imr_logistic_work_size(n, p), sizeof(double));
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->coef = self->block;
    self->std_error = self->coef + p;
    self->covariance = self->std_error + p;
    self->triangle = self->covariance + p * p;
    self->design = self->triangle + p * p;
    self->basis = self->design + cells;
    self->sign = self->basis + cells;
    self->work = self->sign + n;
    return IMR_OK;
}

static int
read_rows(
    imr_logistic_t *self, const uint8_t *event, const double *columns, size_t k, imr_fault_t *fault)
{
    size_t n = self->n, events = 0;

    for (size_t i = 0; i < n; i++) {
        int responded = event[i] != 0;

        self->sign[i] = responded ? 1 : -1;
        events += responded ? 1 : 0;
        self->design[i] = 1;
        for (size_t c = 0; c < k; c++) {
            if (!isfinite(columns[i * k + c])) {
                return imr_fault(fault, IMR_ERR_NONFINITE, "X", (int64_t) i, columns[i * k + c]);
            }
            self->design[(c + 1) * n + i] = columns[i * k + c];
        }
    }
    if (self->penalty == IMR_LOGISTIC_UNPENALIZED && (events == 0 || events == n)) {
        return imr_fault(fault, IMR_ERR_ONE_OUTCOME, "event", -1, NAN);
    }
    return IMR_OK;
}

/* Coefficients, their covariance and standard errors out of the coordinates in the basis. */
static void
transform_back(imr_logistic_t *self, imr_logistic_climb_t *fit)
{
    size_t p = self->p;

    for (size_t r = p; r-- > 0;) {
        self->coef[r] = fit->coordinates[r];
        for (size_t k = r + 1; k < p; k++) {
            self->coef[r] -= self->triangle[r * p + k] * self->coef[k];
        }
        self->coef[r] /= self->triangle[r * p + r];
    }
    for (size_t c = 0; c < p; c++) { /* column c of (R' I R)^-1 */
        double *column = fit->step;

        memset(column, 0, p * sizeof(double));
        column[c] = 1;
        for (size_t r = 0; r < p; r++) {
            for (size_t k = 0; k < r; k++) {
                column[r] -= self->triangle[k * p + r] * column[k];
            }
            column[r] /= self->triangle[r * p + r];
        }
        imr_logistic_solve(fit->factor, p, p, column);
        imr_logistic_solve_transposed(fit->factor, p, p, column);
        for (size_t r = p; r-- > 0;) {
            for (size_t k = r + 1; k < p; k++) {
                column[r] -= self->triangle[r * p + k] * column[k];
            }
            column[r] /= self->triangle[r * p + r];
            self->covariance[r * p + c] = column[r];
        }
        self->std_error[c] = sqrt(self->covariance[c * p + c]);
    }
}

/* From no effect and, since separated data can have two maxima, once more from three times as far out;
 * to the higher one. */
static int
climb_penalized(imr_logistic_t *self, imr_logistic_climb_t *fit)
{
    size_t p = self->p;
    int64_t iterations;
    double first;
    int ret;

    imr_logistic_climb_init(fit, self, 1, p);
    memset(fit->coordinates, 0, p * sizeof(double));
    ret = imr_logistic_climb(fit, NULL);
    if (ret != IMR_OK || !self->separated) {
        return ret;
    }
    first = fit->penalized;
    iterations = fit->iterations;
    for (size_t c = 0; c < p; c++) {
        self->coef[c] = fit->coordinates[c];
        fit->coordinates[c] *= 3;
    }
    if (imr_logistic_climb(fit, NULL) != IMR_OK || !(fit->penalized > first + 1e-9)) {
        iterations += fit->iterations;
        memcpy(fit->coordinates, self->coef, p * sizeof(double));
        ret = imr_logistic_climb(fit, NULL);
    }
    fit->iterations += iterations;
    return ret;
}

int
imr_logistic_fit(imr_logistic_t *self, const uint8_t *event, const double *columns, size_t n,
    size_t k, imr_logistic_penalty_t penalty, imr_fault_t *fault)
{
    imr_logistic_climb_t fit;
    size_t dependent;
    int ret;

    memset(self, 0, sizeof(*self));
    self->penalty = penalty;
    if (n == 0) {
        return imr_fault(fault, IMR_ERR_NO_ROWS, "event", -1, NAN);
    }
    ret = allocate(self, n, k);
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, NULL, -1, NAN);
    }
    ret = read_rows(self, event, columns, k, fault);
    if (ret != IMR_OK) {
        goto out;
    }
    dependent = imr_logistic_orthogonalize(self, self->p - 1);
    if (dependent < self->p) {
        ret = imr_fault(fault, IMR_ERR_COLLINEAR, "X column", (int64_t) dependent - 1, NAN);
        goto out;
    }
    imr_logistic_climb_init(&fit, self, 0, self->p);
    memset(fit.coordinates, 0, self->p * sizeof(double));
    ret = imr_logistic_climb(&fit, &self->separated);
    if (ret == IMR_OK && self->separated && penalty == IMR_LOGISTIC_UNPENALIZED) {
        ret = report_separation(self, &fit, fault);
        goto out;
    }
    if (penalty == IMR_LOGISTIC_FIRTH) {
        ret = climb_penalized(self, &fit);
    }
    if (ret != IMR_OK) {
        imr_fault(fault, ret, "event", -1, NAN);
        goto out;
    }
    self->loglik = fit.loglik;
    self->penalized = fit.penalized;
    self->score_norm = sqrt(fit.decrement);
    self->iterations = fit.iterations;
    transform_back(self, &fit);
out:
    if (ret != IMR_OK) {
        imr_logistic_free(self);
    }
    return ret;
}

void
imr_logistic_free(imr_logistic_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- profiles -----------------------------------------------------------------------------------
 * Given one coefficient the penalised likelihood can have several maxima when the data are nearly
 * separated. A limit is first followed along one of them, each climb beginning where the last one
 * ended, and looked for again among all if another one is higher there. */

typedef struct {
    imr_logistic_climb_t *fit;
    size_t j;
    double highest, quantile;
} profile_t;

/* How much the likelihood ratio statistic of coefficient = value exceeds the quantile, by a climb from
 * the coordinates at hand. */
static double
excess_near(double value, const void *context)
{
    const profile_t *profile = context;
    imr_logistic_climb_t *fit = profile->fit;
    size_t p = fit->model->p;

    fit->coordinates[p - 1] = value * fit->model->triangle[p * p - 1];
    if (imr_logistic_climb(fit, NULL) != IMR_OK) {
        return NAN;
    }
    return 2 * (profile->highest - fit->penalized) - profile->quantile;
}

/* Puts the fitted coordinates, with the profiled one last, where the climb begins; the others times
 * `share`. */
static void
restart(const profile_t *profile, double share)
{
    const imr_logistic_t *self = profile->fit->model;
    size_t p = self->p, j = profile->j;

    for (size_t r = 0; r < p; r++) {
        profile->fit->coordinates[r] = 0;
        for (size_t c = r; c < p; c++) {
            size_t source = c == p - 1 ? j : c + (c >= j ? 1 : 0);

            profile->fit->coordinates[r] += share * self->triangle[r * p + c] * self->coef[source];
        }
    }
}

/* The same at the highest of the maxima that climbs from the fitted coordinates, from those in
 * proportion to the value, and from none lead to. */
static double
excess_anywhere(double value, const void *context)
{
    const profile_t *profile = context;
    double coef = profile->fit->model->coef[profile->j], least = INFINITY;
    double shares[] = { 1, 0, coef == 0 ? 0 : value / coef };

    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        restart(profile, shares[i]);
        least = fmin(least, excess_near(value, profile)); /* a climb that fails does not count */
    }
    return isinf(least) ? NAN : least;
}

static int
search_limit(imr_function_t excess, const profile_t *profile, double side, double *limit)
{
    const imr_logistic_t *model = profile->fit->model;
    double inside = model->coef[profile->j], width = model->std_error[profile->j], tolerance;

    tolerance = 1e-12 * width;
    for (int doubling = 0; doubling < 30; doubling++, width *= 1.5) {
        double outside = inside + side * width, above = excess(outside, profile);

        if (isnan(above)) {
            return IMR_ERR_NOCONV;
        }
        if (above > 0) {
            return imr_solve_bracketed(excess, profile, inside, outside, tolerance, limit);
        }
        inside = outside;
    }
    *limit = side * INFINITY;
    return IMR_OK;
}

/* Is the limit that of another maximum? Without a penalty there is one alone. */
static int
is_lower_peak(const profile_t *profile, double limit)
{
    double tolerance = fmax(1e-7, 1e-11 * fabs(profile->highest)), excess;

    if (!profile->fit->firth || !isfinite(limit)) {
        return 0;
    }
    excess = excess_anywhere(limit, profile);
    return !isnan(excess) && fabs(excess) > tolerance;
}

static int
profile_limit(const profile_t *profile, double side, double *limit)
{
    int ret;

    restart(profile, 1);
    ret = search_limit(excess_near, profile, side, limit);
    if (ret != IMR_OK || is_lower_peak(profile, *limit)) {
        ret = search_limit(excess_anywhere, profile, side, limit);
    }
    return ret;
}

int
imr_logistic_profile(imr_logistic_t *self, size_t j, double level, double *low, double *high,
    double *pvalue, imr_fault_t *fault)
{
    imr_logistic_climb_t fit;
    profile_t profile = { .fit = &fit, .j = j, .highest = self->penalized };
    double statistic;
    int ret;

    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    if (imr_logistic_orthogonalize(self, j) < self->p) {
        return imr_fault(fault, IMR_ERR_COLLINEAR, "X column", (int64_t) j - 1, NAN);
    }
    imr_logistic_climb_init(&fit, self, self->penalty == IMR_LOGISTIC_FIRTH, self->p - 1);
    ret = imr_quantile_chi_squared(level, 1, &profile.quantile);
    if (ret == IMR_OK) {
        ret = profile_limit(&profile, -1, low);
    }
    if (ret == IMR_OK) {
        ret = profile_limit(&profile, 1, high);
    }
    if (ret == IMR_OK) {
        statistic = excess_anywhere(0, &profile) + profile.quantile;
        ret = isnan(statistic) ? IMR_ERR_NOCONV
                               : imr_chi_squared_cdf_upper(fmax(statistic, 0), 1, pvalue);
    }
    return ret == IMR_OK ? IMR_OK : imr_fault(fault, ret, "X column", (int64_t) j - 1, NAN);
}

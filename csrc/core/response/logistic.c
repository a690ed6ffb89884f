#include "response/logistic.h"

#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/mem.h"
#include "base/quantile.h"
#include "base/solve.h"

#define MOST_ITERATIONS 1000
#define CONVERGED 1e-20 /* of the squared score, in units of its variance */
#define COLLINEAR 1e-10

/* One fit in an orthonormal basis of the design, whose last coordinate may be held fixed. */
typedef struct {
    const imr_logistic_t *model;
    int firth;
    size_t free; /* coordinates that move: p, or p - 1 */
    double *coordinates; /* p */
    double *step, *score, *factor, *trial, *hat, *eta, *row; /* p, p, p p, p, n, n, p */
    double loglik, penalized, decrement;
    int64_t iterations;
} fit_t;

static size_t
work_size(size_t n, size_t p)
{
    return p * p + 5 * p + 2 * n;
}

static void
fit_init(fit_t *fit, const imr_logistic_t *model, int firth, size_t free)
{
    size_t n = model->n, p = model->p;

    memset(fit, 0, sizeof(*fit));
    fit->model = model;
    fit->firth = firth;
    fit->free = free;
    fit->coordinates = model->work;
    fit->step = fit->coordinates + p;
    fit->score = fit->step + p;
    fit->trial = fit->score + p;
    fit->row = fit->trial + p;
    fit->factor = fit->row + p;
    fit->hat = fit->factor + p * p;
    fit->eta = fit->hat + n;
}

/* --- linear algebra ----------------------------------------------------------------------------- */

/* Orthonormal columns and the upper triangle R with design = basis R, the columns taken in order
 * but for `last`, which comes at the end. Twice through, so that nothing is lost to rounding.
 * Returns p, or the first column that depends on those before it. */
static size_t
orthogonalize(imr_logistic_t *self, size_t last)
{
    size_t n = self->n, p = self->p;

    memset(self->triangle, 0, p * p * sizeof(double));
    for (size_t c = 0; c < p; c++) {
        size_t source = c == p - 1 ? last : c + (c >= last ? 1 : 0);
        double *q = self->basis + c * n, norm = 0, left = 0;

        memcpy(q, self->design + source * n, n * sizeof(double));
        for (size_t i = 0; i < n; i++) {
            norm = fmax(norm, fabs(q[i]));
        }
        if (!(norm > 0)) {
            return source;
        }
        for (size_t i = 0; i < n; i++) {
            q[i] /= norm; /* squares that neither overflow nor vanish */
            left += q[i] * q[i];
        }
        left = sqrt(left);
        for (int pass = 0; pass < 2; pass++) {
            for (size_t b = 0; b < c; b++) {
                const double *other = self->basis + b * n;
                double product = 0;

                for (size_t i = 0; i < n; i++) {
                    product += other[i] * q[i];
                }
                for (size_t i = 0; i < n; i++) {
                    q[i] -= product * other[i];
                }
                self->triangle[b * p + c] += product * norm;
            }
        }
        double rest = 0;
        for (size_t i = 0; i < n; i++) {
            rest += q[i] * q[i];
        }
        rest = sqrt(rest);
        if (!(rest > COLLINEAR * left)) {
            return source;
        }
        for (size_t i = 0; i < n; i++) {
            q[i] /= rest;
        }
        self->triangle[c * p + c] = rest * norm;
    }
    return p;
}

/* The lower Cholesky factor in place; 0 unless the matrix is positive definite. */
static int
cholesky(double *matrix, size_t p)
{
    for (size_t c = 0; c < p; c++) {
        for (size_t r = c; r < p; r++) {
            double sum = matrix[r * p + c];

            for (size_t k = 0; k < c; k++) {
                sum -= matrix[r * p + k] * matrix[c * p + k];
            }
            if (r == c) {
                if (!(sum > 1e-290)) {
                    return 0;
                }
                matrix[c * p + c] = sqrt(sum);
            } else {
                matrix[r * p + c] = sum / matrix[c * p + c];
            }
        }
    }
    return 1;
}

/* factor x = b, for the leading m rows, in place */
static void
solve_lower(const double *factor, size_t p, size_t m, double *b)
{
    for (size_t r = 0; r < m; r++) {
        for (size_t k = 0; k < r; k++) {
            b[r] -= factor[r * p + k] * b[k];
        }
        b[r] /= factor[r * p + r];
    }
}

/* factor' x = b, likewise */
static void
solve_lower_transposed(const double *factor, size_t p, size_t m, double *b)
{
    for (size_t r = m; r-- > 0;) {
        for (size_t k = r + 1; k < m; k++) {
            b[r] -= factor[k * p + r] * b[k];
        }
        b[r] /= factor[r * p + r];
    }
}

/* --- the likelihood ----------------------------------------------------------------------------- */

/* Likelihood and information at the coordinates; 0 where the information vanishes. */
static int
evaluate(fit_t *fit, const double *coordinates)
{
    const imr_logistic_t *model = fit->model;
    size_t n = model->n, p = model->p;
    double log_determinant = 0;

    memset(fit->factor, 0, p * p * sizeof(double));
    fit->loglik = 0;
    for (size_t i = 0; i < n; i++) {
        double eta = 0, weight, tail;

        for (size_t c = 0; c < p; c++) {
            fit->row[c] = model->basis[c * n + i];
            eta += fit->row[c] * coordinates[c];
        }
        fit->eta[i] = eta;
        tail = exp(-fabs(eta));
        weight = tail / ((1 + tail) * (1 + tail));
        fit->loglik -= fmax(-model->sign[i] * eta, 0) + log1p(tail);
        for (size_t r = 0; r < p; r++) {
            double part = weight * fit->row[r];

            for (size_t c = 0; c <= r; c++) {
                fit->factor[r * p + c] += part * fit->row[c];
            }
        }
    }
    if (!cholesky(fit->factor, p)) {
        fit->penalized = -INFINITY;
        return 0;
    }
    for (size_t c = 0; c < p; c++) {
        log_determinant += log(fit->factor[c * p + c]);
    }
    fit->penalized = fit->loglik + (fit->firth ? log_determinant : 0);
    return 1;
}

/* The factor of the information of the data that Firth's penalty amounts to: row i counts 1 + its
 * hat value times. */
static void
augment_information(fit_t *fit)
{
    const imr_logistic_t *model = fit->model;
    size_t n = model->n, p = model->p;

    memset(fit->factor, 0, p * p * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        double tail = exp(-fabs(fit->eta[i]));
        double weight = (1 + fit->hat[i]) * tail / ((1 + tail) * (1 + tail));

        for (size_t r = 0; r < p; r++) {
            for (size_t c = 0; c <= r; c++) {
                fit->factor[r * p + c] +=
                    weight * model->basis[r * n + i] * model->basis[c * n + i];
            }
        }
    }
    (void) cholesky(fit->factor, p); /* it exceeds the information, which has a factor */
}

/* The step of scoring, and how far the score is from 0. */
static void
direction(fit_t *fit)
{
    const imr_logistic_t *model = fit->model;
    size_t n = model->n, p = model->p;

    memset(fit->score, 0, p * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        double tail = exp(-fabs(fit->eta[i])), up = fit->eta[i] > 0 ? 1 : tail;
        double rate = up / (1 + tail), rest = (fit->eta[i] > 0 ? tail : 1) / (1 + tail);
        double residual = model->sign[i] > 0 ? rest : -rate, hat = 0;

        for (size_t c = 0; c < p; c++) {
            fit->row[c] = model->basis[c * n + i];
        }
        if (fit->firth) {
            memcpy(fit->step, fit->row, p * sizeof(double));
            solve_lower(fit->factor, p, p, fit->step);
            for (size_t c = 0; c < p; c++) {
                hat += fit->step[c] * fit->step[c];
            }
            hat *= rate * rest;
            fit->hat[i] = hat;
            residual += hat * 0.5 * (rest - rate);
        }
        for (size_t c = 0; c < p; c++) {
            fit->score[c] += residual * fit->row[c];
        }
    }
    if (fit->firth) {
        augment_information(fit); /* with the plain one the steps would overshoot */
    }
    memcpy(fit->step, fit->score, p * sizeof(double));
    solve_lower(fit->factor, p, fit->free, fit->step);
    fit->decrement = 0;
    for (size_t c = 0; c < fit->free; c++) {
        fit->decrement += fit->step[c] * fit->step[c];
    }
    solve_lower_transposed(fit->factor, p, fit->free, fit->step);
    for (size_t c = fit->free; c < p; c++) {
        fit->step[c] = 0;
    }
}

/* The largest change of a linear predictor along the step; *worst is the smallest change towards
 * the outcome observed, in units of it: not negative means that the step separates. */
static double
largest_change(const fit_t *fit, double *worst)
{
    const imr_logistic_t *model = fit->model;
    double largest = 0, least = INFINITY;

    for (size_t i = 0; i < model->n; i++) {
        double change = 0;

        for (size_t c = 0; c < model->p; c++) {
            change += model->basis[c * model->n + i] * fit->step[c];
        }
        largest = fmax(largest, fabs(change));
        least = fmin(least, model->sign[i] * change);
    }
    *worst = largest > 0 ? least / largest : -1;
    return largest;
}

/* Climbs from the coordinates at hand; *separated, where asked for, ends a climb to infinity. */
static int
climb(fit_t *fit, int *separated)
{
    size_t p = fit->model->p;
    int idle = 0;

    if (!evaluate(fit, fit->coordinates)) {
        return IMR_ERR_NOCONV;
    }
    for (fit->iterations = 0; fit->iterations < MOST_ITERATIONS; fit->iterations++) {
        double start = fit->penalized, largest, worst, part;
        int better = 0;

        direction(fit);
        if (fit->decrement < CONVERGED || (idle > 20 && fit->decrement < 1e-9)) {
            return IMR_OK;
        }
        largest = largest_change(fit, &worst);
        if (separated != NULL && worst >= (fit->iterations < 12 ? -1e-12 : -1e-7)
            && largest > 0.1) {
            *separated = 1;
            return IMR_OK;
        }
        part = fmin(1, 5 / largest);
        for (int halving = 0; halving < 40 && !better; halving++, part /= 2) {
            for (size_t c = 0; c < p; c++) {
                fit->trial[c] = fit->coordinates[c] + part * fit->step[c];
            }
            better = evaluate(fit, fit->trial) && fit->penalized >= start - 1e-13 * fabs(start);
        }
        if (!better) {
            if (fit->decrement > 1e-14 || !evaluate(fit, fit->coordinates)) {
                return IMR_ERR_NOCONV;
            }
            direction(fit);
            return IMR_OK;
        }
        memcpy(fit->coordinates, fit->trial, p * sizeof(double));
        idle = fit->penalized > start + 1e-13 * fabs(start) ? 0 : idle + 1;
    }
    return IMR_ERR_NOCONV;
}

/* --- the model ---------------------------------------------------------------------------------- */

/* Names the column that moves the linear predictors most along the separating step. */
static int
report_separation(const imr_logistic_t *self, const fit_t *fit, imr_fault_t *fault)
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
    self->block = imr_malloc(2 * cells + n + 2 * p * p + 2 * p + work_size(n, p), sizeof(double));
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
transform_back(imr_logistic_t *self, fit_t *fit)
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
        solve_lower(fit->factor, p, p, column);
        solve_lower_transposed(fit->factor, p, p, column);
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

int
imr_logistic_fit(imr_logistic_t *self, const uint8_t *event, const double *columns, size_t n,
    size_t k, imr_logistic_penalty_t penalty, imr_fault_t *fault)
{
    fit_t fit;
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
    dependent = orthogonalize(self, self->p - 1);
    if (dependent < self->p) {
        ret = imr_fault(fault, IMR_ERR_COLLINEAR, "X column", (int64_t) dependent - 1, NAN);
        goto out;
    }
    fit_init(&fit, self, 0, self->p);
    memset(fit.coordinates, 0, self->p * sizeof(double));
    ret = climb(&fit, &self->separated);
    if (ret == IMR_OK && self->separated && penalty == IMR_LOGISTIC_UNPENALIZED) {
        ret = report_separation(self, &fit, fault);
        goto out;
    }
    if (penalty == IMR_LOGISTIC_FIRTH) {
        fit_init(&fit, self, 1, self->p);
        memset(fit.coordinates, 0, self->p * sizeof(double));
        ret = climb(&fit, NULL);
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

/* --- profiles ----------------------------------------------------------------------------------- */

typedef struct {
    fit_t *fit;
    double highest, quantile;
} profile_t;

/* How much the likelihood ratio statistic of coefficient = value exceeds the quantile. */
static double
excess(double value, const void *context)
{
    const profile_t *profile = context;
    fit_t *fit = profile->fit;
    size_t p = fit->model->p;

    fit->coordinates[p - 1] = value * fit->model->triangle[p * p - 1];
    if (climb(fit, NULL) != IMR_OK) {
        return NAN;
    }
    return 2 * (profile->highest - fit->penalized) - profile->quantile;
}

/* Puts the fitted coordinates, with the profiled one last, where the fit begins. */
static void
restart(const imr_logistic_t *self, const fit_t *fit, size_t j)
{
    size_t p = self->p;

    for (size_t r = 0; r < p; r++) {
        fit->coordinates[r] = 0;
        for (size_t c = r; c < p; c++) {
            size_t source = c == p - 1 ? j : c + (c >= j ? 1 : 0);

            fit->coordinates[r] += self->triangle[r * p + c] * self->coef[source];
        }
    }
}

static int
profile_limit(const imr_logistic_t *self, profile_t *profile, size_t j, double side, double *limit)
{
    double coef = self->coef[j], inside = coef, width = self->std_error[j];

    restart(self, profile->fit, j);
    for (int doubling = 0; doubling < 30; doubling++, width *= 1.5) {
        double outside = inside + side * width, above = excess(outside, profile);

        if (isnan(above)) {
            return IMR_ERR_NOCONV;
        }
        if (above > 0) {
            return imr_solve_bracketed(
                excess, profile, inside, outside, 1e-12 * self->std_error[j], limit);
        }
        inside = outside;
    }
    *limit = side * INFINITY;
    return IMR_OK;
}

int
imr_logistic_profile(imr_logistic_t *self, size_t j, double level, double *low, double *high,
    double *pvalue, imr_fault_t *fault)
{
    fit_t fit;
    profile_t profile = { .fit = &fit, .highest = self->penalized };
    double statistic;
    int ret;

    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    if (orthogonalize(self, j) < self->p) {
        return imr_fault(fault, IMR_ERR_COLLINEAR, "X column", (int64_t) j - 1, NAN);
    }
    fit_init(&fit, self, self->penalty == IMR_LOGISTIC_FIRTH, self->p - 1);
    ret = imr_quantile_chi_squared(level, 1, &profile.quantile);
    if (ret == IMR_OK) {
        ret = profile_limit(self, &profile, j, -1, low);
    }
    if (ret == IMR_OK) {
        ret = profile_limit(self, &profile, j, 1, high);
    }
    if (ret == IMR_OK) {
        restart(self, &fit, j);
        statistic = excess(0, &profile) + profile.quantile;
        ret = isnan(statistic) ? IMR_ERR_NOCONV
                               : imr_chi_squared_cdf_upper(fmax(statistic, 0), 1, pvalue);
    }
    return ret == IMR_OK ? IMR_OK : imr_fault(fault, ret, "X column", (int64_t) j - 1, NAN);
}

#include "recovery/tobit_mixed.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/distribution.h"
#include "base/mem.h"
#include "base/quantile.h"

/* Ratios of the two standard deviations at which it is asked which way the likelihood rises. */
#define FIRST_RATIO 0.25
#define RATIO 4.0
#define LAST_RATIO 100.0

/* Information that counts as none, as a share of that of exact values. */
#define FLAT 1e-9
#define ROUGH 0.05 /* norms of the score that will do: for a direction, */
#define FINE 3e-4 /* for a height, to its third power, */
#define EXACT 1e-10 /* for the estimates */
#define NOT_FAR 30.0 /* residual standard deviations */
#define FARTHEST 1e6 /* standard errors: a limit beyond is open */
#define STABLE 1e-9 /* the log-likelihood, as the nodes are doubled */

enum { MOST_DOUBLINGS = 4, MOST_POINTS = 100 };

static int
allocate(imr_tobit_mixed_t *self)
{
    size_t p = self->p, m = p + 2, patients = self->patients;

    self->block = imr_calloc(2 * p + 2 * p * p + 2 * patients + 4 * m + 2 * m * m + 3 * m,
        sizeof(double)); /* p and patients have been found to fit */
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->coef = self->block;
    self->std_error = self->coef + p;
    self->covariance = self->std_error + p;
    self->inverse = self->covariance + p * p;
    self->effect = self->inverse + p * p;
    self->effect_sd = self->effect + patients;
    self->at = self->effect_sd + patients;
    self->best = self->at + m;
    self->maximum = self->best + m;
    self->plane = self->maximum + m;
    self->variance = self->plane + m;
    self->factor = self->variance + m * m;
    self->work = self->factor + m * m;
    return IMR_OK;
}

/* Are there two patients, and one with two rows? */
static int
check_patients(const imr_tobit_mixed_likelihood_t *likelihood, imr_fault_t *fault)
{
    size_t present = 0, most = 0;

    for (size_t k = 0; k < likelihood->patients; k++) {
        size_t rows = likelihood->begin[k + 1] - likelihood->begin[k];

        present += rows > 0;
        most = rows > most ? rows : most;
    }
    if (present < 2) {
        return imr_fault(fault, IMR_ERR_TOBIT_MIXED_ONE, "patient", -1, NAN);
    }
    return most > 1 ? IMR_OK : imr_fault(fault, IMR_ERR_TOBIT_MIXED_SINGLE, "patient", -1, NAN);
}

/* Row j of the inverse of the triangle, through which coefficients come from coordinates in the basis. */
static void
invert_triangle(imr_tobit_mixed_t *self)
{
    size_t p = self->p;

    for (size_t j = 0; j < p; j++) {
        double *row = self->inverse + j * p;

        row[j] = 1;
        for (size_t r = j; r < p; r++) {
            for (size_t s = j; s < r; s++) {
                row[r] -= self->plain.triangle[s * p + r] * row[s];
            }
            row[r] /= self->plain.triangle[r * p + r];
        }
    }
}

/* --- the fit ----------------------------------------------------------------------------------- */

static imr_tobit_mixed_climb_t
climb_of(imr_tobit_mixed_t *self, const double *plane, double wanted)
{
    imr_tobit_mixed_climb_t climb = { .likelihood = &self->likelihood,
        .plane = plane,
        .wanted = wanted,
        .at = self->at,
        .factor = self->factor,
        .work = self->work };

    return climb;
}

static int
climb_to(imr_tobit_mixed_t *self, imr_tobit_mixed_climb_t *climb)
{
    int ret = imr_tobit_mixed_climb(climb);

    self->iterations += climb->iterations;
    return ret;
}

/* The height of the likelihood over a grid of rho, up to where it falls: the best point, and whether it
 * rises with rho anywhere. */
static int
walk(imr_tobit_mixed_t *self, int *rises)
{
    size_t m = self->p + 2;
    double highest = -INFINITY;
    imr_tobit_mixed_climb_t climb = climb_of(self, self->plane, ROUGH);

    for (double ratio = FIRST_RATIO;; ratio = fmin(RATIO * ratio, LAST_RATIO)) {
        int ret;

        self->at[m - 1] = ratio;
        ret = climb_to(self, &climb);
        if (ret != IMR_OK) {
            return ret;
        }
        if (climb.loglik > highest) {
            highest = climb.loglik;
            memcpy(self->best, self->at, m * sizeof(double));
        }
        if (climb.pull > 0) {
            *rises = 1;
        } else if (ratio >= 1) {
            return IMR_OK;
        }
        if (ratio == LAST_RATIO) {
            return IMR_ERR_TOBIT_MIXED_RIGID;
        }
    }
}

static void
keep(imr_tobit_mixed_t *self, const imr_tobit_mixed_climb_t *climb)
{
    memcpy(self->maximum, self->at, (self->p + 2) * sizeof(double));
    self->loglik = climb->loglik;
    self->score_norm = climb->score_norm;
}

/* The highest maximum in rho, of which one may be 0. */
static int
find_maximum(imr_tobit_mixed_t *self)
{
    size_t m = self->p + 2;
    imr_tobit_mixed_climb_t climb = climb_of(self, self->plane, EXACT);
    int ret, rises;

    memset(self->plane, 0, m * sizeof(double));
    self->plane[m - 1] = 1;
    self->at[m - 1] = 0;
    ret = climb_to(self, &climb);
    if (ret != IMR_OK) {
        return ret;
    }
    keep(self, &climb);
    /* the likelihood is even in rho: its second derivative at 0 is twice that in the square of rho */
    rises = -self->likelihood.information[m * m - 1] > FLAT * (double) self->likelihood.n;
    ret = walk(self, &rises);
    if (ret != IMR_OK || !rises) {
        return ret;
    }
    memcpy(self->at, self->best, m * sizeof(double));
    memset(self->likelihood.halvings, 0, self->patients);
    climb = climb_of(self, NULL, EXACT);
    ret = climb_to(self, &climb);
    self->at[m - 1] = fabs(self->at[m - 1]);
    if (ret == IMR_OK && climb.loglik > self->loglik) {
        keep(self, &climb);
    }
    return ret;
}

/* Doubles the nodes until the log-likelihood at the estimates stays, with the estimates that belong to
 * them. Leaves the likelihood there. */
static int
find_nodes(imr_tobit_mixed_t *self)
{
    imr_tobit_mixed_likelihood_t *likelihood = &self->likelihood;

    for (int doubling = 0; doubling < MOST_DOUBLINGS; doubling++) {
        double finer;
        int ret = find_maximum(self);

        if (ret == IMR_OK) {
            memset(likelihood->halvings, 0, self->patients);
            likelihood->finer++;
            ret = imr_tobit_mixed_likelihood_at(likelihood, self->maximum);
        }
        if (ret != IMR_OK) {
            return ret;
        }
        finer = likelihood->loglik;
        likelihood->finer--;
        likelihood->most_nodes = 0;
        ret = imr_tobit_mixed_likelihood_at(likelihood, self->maximum);
        if (ret != IMR_OK) {
            return ret;
        }
        self->nodes = likelihood->most_nodes;
        self->quadrature_error = fabs(finer - likelihood->loglik);
        if (self->quadrature_error <= STABLE) {
            return IMR_OK;
        }
        likelihood->finer++;
    }
    return IMR_ERR_TOBIT_MIXED_NODES;
}

/* What holds a quantity at value: coefficient j (in the units of `plain`), the logarithm of sd (j = p) or
 * the sd of the patients (j = p + 1) is held where plane'at is what is returned. */
static double
lay_plane(imr_tobit_mixed_t *self, size_t j, double value)
{
    size_t p = self->p;

    memset(self->plane, 0, (p + 2) * sizeof(double));
    if (j == p) {
        self->plane[p] = 1;
        return exp(-value);
    }
    if (j < p) {
        memcpy(self->plane, self->inverse + j * p, p * sizeof(double));
    } else {
        self->plane[p + 1] = 1;
    }
    self->plane[p] = -value;
    return 0;
}

/* result = variance x */
static void
multiply(const imr_tobit_mixed_t *self, const double *x, double *result)
{
    size_t m = self->p + 2;

    for (size_t r = 0; r < m; r++) {
        result[r] = 0;
        for (size_t c = 0; c < m; c++) {
            result[r] += self->variance[r * m + c] * x[c];
        }
    }
}

/* Estimate of quantity j, in the units of the profile. */
static double
estimate_of(const imr_tobit_mixed_t *self, size_t j)
{
    size_t p = self->p;
    double h = self->maximum[p], sum = 0;

    if (j == p) {
        return -log(h);
    }
    for (size_t r = 0; r < p && j < p; r++) {
        sum += self->inverse[j * p + r] * self->maximum[r];
    }
    return (j < p ? sum : self->maximum[p + 1]) / h;
}

static double
product(const double *x, const double *y, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += x[i] * y[i];
    }
    return sum;
}

static int
find_estimates(imr_tobit_mixed_t *self)
{
    imr_tobit_mixed_likelihood_t *likelihood = &self->likelihood;
    size_t p = self->p, m = p + 2;
    double h = self->maximum[p], rho = self->maximum[p + 1], scale = self->plain.scale;

    memcpy(self->factor, likelihood->information, m * m * sizeof(double));
    if (rho == 0) {
        double *last = &self->factor[m * m - 1];

        *last = fmax(*last, FLAT * (double) likelihood->n);
    }
    if (imr_cholesky(self->factor, m, NULL) < m) {
        return IMR_ERR_NOCONV;
    }
    imr_cholesky_inverse(self->factor, m, self->variance);
    for (size_t j = 0; j < p; j++) {
        double *column = self->work;

        self->coef[j] = scale * estimate_of(self, j) + (j == 0 ? self->plain.center : 0);
        (void) lay_plane(self, j, estimate_of(self, j)); /* over h it is the gradient of j */
        multiply(self, self->plane, column);
        for (size_t k = 0; k < p; k++) {
            (void) lay_plane(self, k, estimate_of(self, k));
            self->covariance[j * p + k] = scale / h * (scale / h) * product(self->plane, column, m);
        }
        self->std_error[j] = sqrt(self->covariance[j * p + j]);
    }
    self->sd = scale / h;
    self->patient_sd = rho * self->sd;
    imr_tobit_mixed_modes(likelihood, self->maximum);
    for (size_t k = 0; k < self->patients; k++) {
        self->effect[k] = self->patient_sd * likelihood->mode[k];
        self->effect_sd[k] = self->patient_sd * sqrt(likelihood->variance[k]);
    }
    return IMR_OK;
}

/* Half of the statistic's distribution without patient effects lies at 0. */
static int
find_test(imr_tobit_mixed_t *self)
{
    int ret;

    self->pvalue = 1;
    self->statistic =
        self->maximum[self->p + 1] == 0 ? 0 : fmax(0, 2 * (self->loglik - self->loglik_plain));
    if (!(self->statistic > 0)) {
        return IMR_OK;
    }
    ret = imr_chi_squared_cdf_upper(self->statistic, 1, &self->pvalue);
    self->pvalue *= 0.5;
    return ret;
}

int
imr_tobit_mixed_fit(imr_tobit_mixed_t *self, const double *low, const double *high,
    const double *columns, const int64_t *patient, size_t n, size_t k, size_t patients,
    imr_stop_t *stop, imr_fault_t *fault)
{
    imr_tobit_t *plain = &self->plain;
    double units;
    int ret;

    memset(self, 0, sizeof(*self));
    ret = imr_tobit_fit(plain, low, high, columns, n, k, fault);
    if (ret != IMR_OK) {
        return ret;
    }
    self->p = plain->p;
    self->patients = patients;
    ret = imr_tobit_mixed_likelihood_init(&self->likelihood, plain->low, plain->high, plain->basis,
        patient, n, plain->p, patients, fault);
    if (ret == IMR_OK) {
        ret = check_patients(&self->likelihood, fault);
    }
    if (ret != IMR_OK) {
        goto out;
    }
    self->likelihood.stop = stop;
    ret = allocate(self);
    if (ret == IMR_OK) {
        invert_triangle(self);
        memcpy(self->at, plain->gamma, plain->p * sizeof(double));
        self->at[plain->p] = plain->scale / plain->sd;
        ret = find_nodes(self);
    }
    if (ret == IMR_OK) {
        ret = find_estimates(self);
    }
    if (ret == IMR_OK) {
        units = (double) plain->exact * log(plain->scale);
        self->loglik -= units;
        self->loglik_plain = plain->loglik;
        ret = find_test(self);
    }
    if (ret != IMR_OK) {
        imr_fault(fault, ret, NULL, -1, NAN);
    }
out:
    if (ret != IMR_OK) {
        imr_tobit_mixed_free(self);
    }
    return ret;
}

void
imr_tobit_mixed_free(imr_tobit_mixed_t *self)
{
    imr_tobit_free(&self->plain);
    imr_tobit_mixed_likelihood_free(&self->likelihood);
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- profiles ---------------------------------------------------------------------------------- */

static void
restart(imr_tobit_mixed_t *self)
{
    memcpy(self->at, self->maximum, (self->p + 2) * sizeof(double));
    memset(self->likelihood.halvings, 0, self->patients);
}

/* Moves `at` onto the plane, the way the likelihood would near its maximum; where that would be too far
 * for h or rho, or where they shall stay, by the coefficients alone (of patient_sd by rho alone). */
static void
move_onto(imr_tobit_mixed_t *self, double wanted, int stay)
{
    size_t p = self->p, m = p + 2;
    double *way = self->work, away = wanted - product(self->plane, self->at, m), share;
    double h = self->at[p], rho = fabs(self->at[p + 1]);

    multiply(self, self->plane, way);
    share = away / product(self->plane, way, m);
    stay = stay || !(h + share * way[p] > 0.2 * h)
        || !(fabs(self->at[p + 1] + share * way[p + 1]) < 2 * rho + 1);
    if (stay && self->plane[p] != 1) {
        for (size_t r = 0; r < p; r++) {
            way[r] *= 1 - self->plane[p + 1];
        }
        way[p] = 0;
        way[p + 1] = self->plane[p + 1];
        share = away / product(self->plane, way, m);
    }
    for (size_t r = 0; r < m; r++) {
        self->at[r] += share * way[r];
    }
}

/* How to get onto the plane: from where the last climb ended; or from the estimates on, however far, with a
 * wider effect of the patients, or with a wider residual, that makes up for the distance of a coefficient. */
enum { NEAR, WIDE_PATIENTS, WIDE_RESIDUAL };

/* Coefficients and patient_sd stay as sd moves. */
static void
leap_onto(imr_tobit_mixed_t *self, size_t j, double value, double wanted, int way)
{
    size_t p = self->p;
    double *rho = &self->at[p + 1], h = self->maximum[p], share = wanted / h, away;

    restart(self);
    away = j < p ? h * fabs(value - estimate_of(self, j)) : 0;
    if (way == WIDE_RESIDUAL) {
        share = 1 / (1 + away);
    }
    for (size_t r = 0; r < p + 2 && (j == p || way == WIDE_RESIDUAL); r++) {
        self->at[r] *= share;
    }
    if (j != p) {
        move_onto(self, wanted, 1);
    }
    if (way == WIDE_PATIENTS) {
        *rho = hypot(*rho, fmin(away, IMR_TOBIT_MIXED_MOST / 2));
    }
}

/* Twice what the log-likelihood falls by where quantity j has this value, and its slope there; `way` says
 * where the climb begins. */
static int
profile_from(
    imr_tobit_mixed_t *self, size_t j, double value, int way, double *statistic, double *slope)
{
    imr_tobit_mixed_climb_t climb = climb_of(self, self->plane, FINE);
    double units = (double) self->plain.exact * log(self->plain.scale), h;
    double wanted = lay_plane(self, j, value);
    int ret;

    if (way == NEAR) {
        move_onto(self, wanted, 0);
    } else {
        leap_onto(self, j, value, wanted, way);
    }
    ret = climb_to(self, &climb);
    /* short of the summit by half the square of the score */
    *statistic = 2 * (self->loglik + units - climb.loglik) - climb.score_norm * climb.score_norm;
    h = self->at[self->p];
    *slope = -2 * climb.pull * (j == self->p ? -h : h);
    return ret;
}

static int
profile_at(imr_tobit_mixed_t *self, size_t j, double value, double *statistic, double *slope)
{
    int ret = profile_from(self, j, value, NEAR, statistic, slope);

    if (ret == IMR_ERR_NOCONV || ret == IMR_ERR_TOBIT_MIXED_RIGID) {
        ret = profile_from(self, j, value, WIDE_PATIENTS, statistic, slope);
    }
    return ret;
}

/* The likelihood ratio test of coefficient j = value. Far away there is a maximum with a wide residual and
 * another with a wide effect of the patients; where that rises beyond the largest rho, it is low enough
 * for a p-value as it is. */
static int
test_value(imr_tobit_mixed_t *self, size_t j, double value, double *pvalue)
{
    double away = self->maximum[self->p] * fabs(value - estimate_of(self, j));
    double least = INFINITY;

    restart(self);
    for (int way = away < NOT_FAR ? NEAR : WIDE_PATIENTS; way <= WIDE_RESIDUAL; way++) {
        double statistic, slope;
        int ret = profile_from(self, j, value, way, &statistic, &slope);

        if (ret == IMR_OK || ret == IMR_ERR_TOBIT_MIXED_RIGID) {
            least = fmin(least, statistic);
        } else if (ret != IMR_ERR_NOCONV) {
            return ret;
        }
        if (ret == IMR_OK && way == NEAR) {
            break;
        }
    }
    return isinf(least) ? IMR_ERR_NOCONV : imr_chi_squared_cdf_upper(fmax(least, 0), 1, pvalue);
}

/* Newton's method on the root of the statistic, which is nearly linear, between a point inside the limits
 * and one outside, and short of where the likelihood could not be followed; least is as low as the
 * quantity gets. */
static int
search_limit(imr_tobit_mixed_t *self, size_t j, double width, double side, double quantile,
    double least, double *limit)
{
    double middle = estimate_of(self, j), target = sqrt(quantile), inside = middle;
    double outside = side * INFINITY, wall = outside, value = middle + side * target * width;
    int failure = IMR_OK;

    restart(self);
    for (int point = 0; point < MOST_POINTS; point++) {
        double statistic, slope, root, next;
        int ret;

        value = fmax(value, least);
        ret = profile_at(self, j, value, &statistic, &slope);
        if (ret == IMR_ERR_NOCONV || ret == IMR_ERR_TOBIT_MIXED_RIGID) {
            failure = ret;
            wall = value;
            value = inside + 0.25 * (wall - inside);
            restart(self);
            if (fabs(wall - inside) < 1e-3 * fabs(wall - middle)) {
                break;
            }
            continue;
        }
        if (ret != IMR_OK) {
            return ret;
        }
        *limit = value;
        if (fabs(statistic - quantile) < 1e-9 || (statistic < quantile && value == least)) {
            return IMR_OK;
        }
        if (statistic > quantile) {
            outside = value;
        } else {
            inside = value;
        }
        root = sqrt(fmax(statistic, 0));
        next = value + (target - root) * 2 * root / slope;
        if (isinf(outside)) {
            double most = middle + 4 * (value - middle);

            next = side * (next - value) > 0 ? side * fmin(side * next, side * most) : most;
            next = side * next < side * wall ? next : inside + 0.5 * (wall - inside);
            if (fabs(value - middle) > FARTHEST * width) {
                break;
            }
        } else if (!(side * next > side * inside && side * next < side * outside)) {
            next = inside + 0.5 * (outside - inside);
        }
        if (next == value) {
            return IMR_OK;
        }
        value = next;
    }
    *limit = side * INFINITY;
    return failure == IMR_ERR_NOCONV || isfinite(outside) ? IMR_ERR_NOCONV : IMR_OK;
}

int
imr_tobit_mixed_profile(imr_tobit_mixed_t *self, size_t j, double level, double *low, double *high,
    double *pvalue, imr_fault_t *fault)
{
    size_t p = self->p, m = p + 2;
    double h = self->maximum[p], scale = self->plain.scale, quantile, width, least = -INFINITY;
    double shift = j == 0 ? self->plain.center : 0;
    int ret;

    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    /* the plane through the estimate is its gradient, times h but for the logarithm of sd */
    (void) lay_plane(self, j, estimate_of(self, j));
    multiply(self, self->plane, self->work);
    width = sqrt(product(self->plane, self->work, m)) / h;
    if (j == p + 1) {
        least = 0;
    }
    ret = imr_quantile_chi_squared(level, 1, &quantile);
    for (int side = -1; side <= 1 && ret == IMR_OK; side += 2) {
        ret = search_limit(self, j, width, side, quantile, least, side < 0 ? low : high);
    }
    *pvalue = j == p ? NAN : self->pvalue;
    if (ret == IMR_OK && j < p) {
        ret = test_value(self, j, -shift / scale, pvalue);
    }
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, "X column", (int64_t) j - 1, NAN);
    }
    *low = scale * (j == p ? exp(*low) : *low) + shift;
    *high = scale * (j == p ? exp(*high) : *high) + shift;
    return IMR_OK;
}

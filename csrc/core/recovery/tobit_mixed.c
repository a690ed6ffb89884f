#include "recovery/tobit_mixed.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/distribution.h"
#include "base/mem.h"
#include "recovery/tobit_mixed_profile.h"

/* Ratios of the two standard deviations at which it is asked which way the likelihood rises. */
#define FIRST_RATIO 0.25
#define RATIO 4.0
#define LAST_RATIO 100.0

#define ROUGH 0.05 /* norms of the score that will do: for a direction, */
#define EXACT 1e-10 /* for the estimates */
#define STABLE 1e-9 /* the log-likelihood, as the nodes are doubled */

enum { MOST_DOUBLINGS = 4 };

static int
allocate(imr_tobit_mixed_t *self)
{
    size_t p = self->p, m = p + 2, patients = self->patients;

    self->block = imr_calloc(4 * p + 2 * p * p + 2 * patients + 4 * m + 2 * m * m + 3 * m,
        sizeof(double)); /* p and patients have been found to fit */
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->coef = self->block;
    self->std_error = self->coef + p;
    self->units = self->std_error + p;
    self->freedom = self->units + p;
    self->covariance = self->freedom + p;
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

/* Does this column of k differ within a patient? */
static int
varies_within(imr_tobit_mixed_t *self, const double *column, size_t k, const int64_t *patient)
{
    double *first = self->effect, *seen = self->effect_sd; /* not yet in use */

    memset(seen, 0, self->patients * sizeof(double));
    for (size_t i = 0; i < self->likelihood.n; i++) {
        size_t of = (size_t) patient[i] < self->patients ? (size_t) patient[i] : 0;

        if (seen[of] == 0) {
            seen[of] = 1;
            first[of] = column[i * k];
        } else if (first[of] != column[i * k]) {
            return 1;
        }
    }
    return 0;
}

/* A column that is constant within each patient is told by patients, as the intercept is, any other by the
 * rows beyond one a patient. */
static void
count_units(imr_tobit_mixed_t *self, const double *columns, size_t k, const int64_t *patient)
{
    const size_t *begin = self->likelihood.begin;
    double units[2] = { 0, (double) self->likelihood.n }, taken[2] = { 1, 0 };

    for (size_t i = 0; i < self->patients; i++) {
        units[0] += begin[i + 1] > begin[i];
    }
    units[1] -= units[0];
    for (size_t j = 1; j <= k; j++) {
        int within = varies_within(self, columns + j - 1, k, patient);

        self->freedom[j] = within;
        taken[within]++;
    }
    for (size_t j = 0; j <= k; j++) {
        int within = self->freedom[j] != 0;

        self->units[j] = units[within];
        self->freedom[j] = units[within] - taken[within];
    }
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

/* The height of the likelihood over a grid of rho, up to where it falls: the best point, and whether it
 * rises with rho anywhere. */
static int
walk(imr_tobit_mixed_t *self, int *rises)
{
    size_t m = self->p + 2;
    double highest = -INFINITY;
    imr_tobit_mixed_climb_t climb = imr_tobit_mixed_climb_of(self, self->plane, ROUGH);

    for (double ratio = FIRST_RATIO;; ratio = fmin(RATIO * ratio, LAST_RATIO)) {
        int ret;

        self->at[m - 1] = ratio;
        ret = imr_tobit_mixed_climb_to(self, &climb);
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
    imr_tobit_mixed_climb_t climb = imr_tobit_mixed_climb_of(self, self->plane, EXACT);
    int ret, rises;

    memset(self->plane, 0, m * sizeof(double));
    self->plane[m - 1] = 1;
    self->at[m - 1] = 0;
    ret = imr_tobit_mixed_climb_to(self, &climb);
    if (ret != IMR_OK) {
        return ret;
    }
    keep(self, &climb);
    /* the likelihood is even in rho: its second derivative at 0 is twice that in the square of rho */
    rises = -self->likelihood.information[m * m - 1]
        > IMR_TOBIT_MIXED_FLAT * (double) self->likelihood.n;
    ret = walk(self, &rises);
    if (ret != IMR_OK || !rises) {
        return ret;
    }
    memcpy(self->at, self->best, m * sizeof(double));
    memset(self->likelihood.halvings, 0, self->patients);
    climb = imr_tobit_mixed_climb_of(self, NULL, EXACT);
    ret = imr_tobit_mixed_climb_to(self, &climb);
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

static int
find_estimates(imr_tobit_mixed_t *self)
{
    imr_tobit_mixed_likelihood_t *likelihood = &self->likelihood;
    size_t p = self->p, m = p + 2;
    double h = self->maximum[p], rho = self->maximum[p + 1], scale = self->plain.scale;

    memcpy(self->factor, likelihood->information, m * m * sizeof(double));
    if (rho == 0) {
        double *last = &self->factor[m * m - 1];

        *last = fmax(*last, IMR_TOBIT_MIXED_FLAT * (double) likelihood->n);
    }
    if (imr_cholesky(self->factor, m, NULL) < m) {
        return IMR_ERR_TOBIT_MIXED_FLAT;
    }
    imr_cholesky_inverse(self->factor, m, self->variance);
    for (size_t j = 0; j < p; j++) {
        double *column = self->work;

        self->coef[j] =
            scale * imr_tobit_mixed_estimate(self, j) + (j == 0 ? self->plain.center : 0);
        (void) imr_tobit_mixed_lay_plane(
            self, j, imr_tobit_mixed_estimate(self, j)); /* over h it is the gradient of j */
        imr_tobit_mixed_multiply(self, self->plane, column);
        for (size_t k = 0; k < p; k++) {
            (void) imr_tobit_mixed_lay_plane(self, k, imr_tobit_mixed_estimate(self, k));
            self->covariance[j * p + k] =
                scale / h * (scale / h) * imr_tobit_mixed_product(self->plane, column, m);
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
        count_units(self, columns, k, patient);
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

#include "recovery/kinetics_cohort.h"

#include <math.h>
#include <string.h>

#include "base/ascent.h"
#include "base/cholesky.h"
#include "base/hermite.h"
#include "base/median.h"
#include "base/mem.h"
#include "base/order.h"

enum { MOST_STEPS = 150, MOST_ATTEMPTS = 4 };

#define VANISHED 1e-3 /* of its start: a standard deviation between patients that is none */
#define AS_HIGH 1e-4 /* in log-likelihood */
#define NEARLY_AS_HIGH 1e-2 /* where the climb ends at no maximum, as it does in the flat near 0 */
#define LOG_ROOT_2_PI 0.918938533204672741780329736406

/* --- unknowns ---------------------------------------------------------------------------------- */

/* x counts the unknowns in units that a standard error is about 1 of. */
typedef struct {
    imr_kinetics_cohort_t *cohort;
    size_t count;
    double from[IMR_COHORT_MOST], unit[IMR_COHORT_MOST];
    double least[IMR_KINETICS_MOST]; /* log between below which there is none */
    int stopped;
} unknowns_t;

static void
set_unknowns(const unknowns_t *self, const double *x)
{
    imr_kinetics_cohort_t *cohort = self->cohort;
    size_t at = 0;

    for (size_t c = 0; c < cohort->p; c++, at++) {
        cohort->theta[c] = self->from[at] + self->unit[at] * x[at];
    }
    for (size_t c = 0; c < cohort->p; c++) {
        if (cohort->between[c] > 0) {
            cohort->between[c] = exp(self->from[at] + self->unit[at] * x[at]);
            at++;
        }
    }
    cohort->h = exp(self->from[at] + self->unit[at] * x[at]);
}

/* From the state of the cohort: x is then 0. */
static void
start_unknowns(unknowns_t *self)
{
    imr_kinetics_cohort_t *cohort = self->cohort;
    double n = (double) cohort->sampled, rows = (double) cohort->samples;
    size_t at = 0;

    for (size_t c = 0; c < cohort->p; c++, at++) {
        self->from[at] = cohort->theta[c];
        self->unit[at] = cohort->between[c] > 0 ? cohort->between[c] / sqrt(n)
                                                : 0.1 * fmax(fabs(cohort->theta[c]), 0.1) / sqrt(n);
    }
    for (size_t c = 0; c < cohort->p; c++) {
        if (cohort->between[c] > 0) {
            self->from[at] = log(cohort->between[c]);
            self->unit[at++] = 1 / sqrt(2 * n);
        }
    }
    self->from[at] = log(cohort->h);
    self->unit[at++] = 1 / sqrt(2 * rows);
    self->count = at;
}

static double
loglik_at(void *context, const double *x)
{
    unknowns_t *self = context;
    double work = 40.0 * (double) self->cohort->samples;

    for (size_t c = 0; c < self->cohort->p; c++) {
        work *= self->cohort->between[c] > 0 ? (double) self->cohort->nodes : 1;
    }
    if (self->stopped || imr_stop_asked(self->cohort->stop, work)) {
        self->stopped = 1;
        return -INFINITY;
    }
    set_unknowns(self, x);
    return imr_kinetics_cohort_loglik(self->cohort);
}

static int
is_stopped(void *context)
{
    return ((const unknowns_t *) context)->stopped;
}

/* Whether a standard deviation between patients has become nearly 0, which it is then set to. */
static int
vanishes(void *context, const double *x)
{
    unknowns_t *self = context;
    imr_kinetics_cohort_t *cohort = self->cohort;

    set_unknowns(self, x);
    for (size_t c = 0; c < cohort->p; c++) {
        if (cohort->between[c] > 0 && log(cohort->between[c]) < self->least[c]) {
            cohort->between[c] = 0;
            return 1;
        }
    }
    return 0;
}

/* Sets the first standard deviation between patients to 0 without which the likelihood is as high; 0 where
 * there is none. Leaves the likelihood of the rest as it was. */
static int
drop_vanishing(imr_kinetics_cohort_t *self, double as_high)
{
    for (size_t c = 0; c < self->p; c++) {
        double kept = self->between[c];

        if (kept > 0) {
            self->between[c] = 0;
            if (imr_kinetics_cohort_loglik(self) >= self->loglik - as_high) {
                return 1;
            }
            self->between[c] = kept;
        }
    }
    self->loglik = imr_kinetics_cohort_loglik(self);
    return 0;
}

/* --- before and after -------------------------------------------------------------------------- */

static int
allocate(imr_kinetics_cohort_t *self, size_t n)
{
    size_t most = IMR_KINETICS_MOST, patients = self->patients;
    size_t doubles = patients * (2 * most + most * most) + n * (4 + most);
    size_t climbs = patients * (sizeof(imr_kinetics_climb_t) / sizeof(double) + 1);

    self->block = imr_calloc(doubles + climbs + n / sizeof(double) + 1, sizeof(double));
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->individual = self->block;
    self->individual_covariance = self->individual + patients * most;
    self->off = self->individual_covariance + patients * most * most;
    self->day = self->off + patients * most;
    self->count = self->day + n;
    self->value = self->count + n;
    self->level = self->value + n;
    self->slope = self->level + n;
    self->climb = (imr_kinetics_climb_t *) (self->slope + n * most);
    self->flag = (uint8_t *) ((double *) self->climb + climbs);
    return IMR_OK;
}

/* Copies the samples of all patients, whose curves count from one day. */
static int
copy_rows(imr_kinetics_cohort_t *self, imr_kinetics_t *rows, imr_fault_t *fault)
{
    imr_kinetics_cart_t cart;
    size_t at = 0;

    self->origin = INFINITY;
    for (size_t i = 0; i < self->patients; i++) {
        imr_kinetics_climb_t climb = imr_kinetics_lay_out(rows, i, &cart);

        memcpy(self->day + at, climb.day, climb.n * sizeof(double));
        memcpy(self->count + at, climb.count, climb.n * sizeof(double));
        memcpy(self->value + at, climb.value, climb.n * sizeof(double));
        memcpy(self->flag + at, climb.below, climb.n);
        climb.model = self->model;
        climb.joint = 1;
        climb.day = self->day + at;
        climb.count = self->count + at;
        climb.value = self->value + at;
        climb.below = self->flag + at;
        climb.level = self->level + at;
        climb.slope = self->slope + at * IMR_KINETICS_MOST;
        self->climb[i] = climb;
        for (size_t r = 0; r < climb.n; r++) {
            self->origin = fmin(self->origin, climb.day[r]);
            self->below += climb.below[r];
            if (self->model == IMR_KINETICS_EMAX && !(climb.day[r] > 0)) {
                return imr_fault(fault, IMR_ERR_KINETICS_COHORT_DAY, NULL, -1, climb.day[r]);
            }
        }
        at += climb.n;
        self->sampled += climb.n > 0;
    }
    if (self->sampled < 2) {
        return imr_fault(fault, IMR_ERR_KINETICS_COHORT_PATIENTS, NULL, -1, NAN);
    }
    for (size_t i = 0; i < self->patients; i++) {
        self->climb[i].origin = self->origin;
    }
    self->samples = at;
    return IMR_OK;
}

/* All samples, in order of day, as those of one patient: a start where too few patients have a fit. */
static int
start_pooled(const imr_kinetics_cohort_t *self, imr_kinetics_fit_t *fit, imr_fault_t *fault)
{
    size_t n = self->samples;
    double *block = imr_malloc(n, (4 + IMR_KINETICS_MOST) * sizeof(double));
    uint8_t *below = imr_malloc(n, 1);
    uint32_t *order = imr_malloc(n, sizeof(*order));
    imr_kinetics_climb_t pooled = self->climb[0];
    int status = IMR_OK;

    if (block == NULL || below == NULL || order == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    status = imr_order(self->day, n, "day", order, fault);
    for (size_t i = 0; i < n && status == IMR_OK; i++) {
        block[i] = self->day[order[i]];
        block[n + i] = self->count[order[i]];
        block[2 * n + i] = self->value[order[i]];
        below[i] = self->flag[order[i]];
    }
    if (status != IMR_OK) {
        goto out;
    }
    pooled.n = n;
    pooled.day = block;
    pooled.count = block + n;
    pooled.value = block + 2 * n;
    pooled.level = block + 3 * n;
    pooled.slope = block + 4 * n;
    pooled.below = below;
    imr_kinetics_fit_rows(&pooled, fit);
    if (fit->status != IMR_KINETICS_FITTED || fit->is_exact) {
        status = imr_fault(fault, IMR_ERR_KINETICS_COHORT_START, NULL, -1, NAN);
    }
out:
    imr_free(block);
    imr_free(below);
    imr_free(order);
    return status;
}

/* Medians and spread of the patients' own fits. */
static int
start_values(imr_kinetics_cohort_t *self, const uint8_t *random, imr_fault_t *fault)
{
    size_t fitted = 0, most = IMR_KINETICS_MOST;
    double *own = self->individual_covariance, variance = 0, df = 0; /* patients x most of it */
    double *column = self->individual;
    imr_kinetics_fit_t fit = { 0 };

    for (size_t i = 0; i < self->patients; i++) {
        imr_kinetics_climb_t climb = self->climb[i];

        if (climb.n == 0) {
            continue;
        }
        imr_kinetics_fit_rows(&climb, &fit);
        if (fit.status == IMR_KINETICS_FITTED && !fit.is_exact) {
            memcpy(own + fitted++ * most, fit.theta, sizeof(fit.theta));
            variance += fit.df * fit.sd * fit.sd;
            df += fit.df;
        }
    }
    if (fitted < 3) {
        int status = start_pooled(self, &fit, fault);

        if (status != IMR_OK) {
            return status;
        }
        memcpy(self->theta, fit.theta, sizeof(self->theta));
        self->h = 1.5 / fit.sd;
    } else {
        self->h = sqrt(df / variance);
    }
    for (size_t c = 0; c < self->p; c++) {
        double spread = 0;

        if (fitted >= 3) {
            for (size_t i = 0; i < fitted; i++) {
                column[i] = own[i * most + c];
            }
            self->theta[c] = imr_median(column, fitted);
            for (size_t i = 0; i < fitted; i++) {
                column[i] = fabs(column[i] - self->theta[c]);
            }
            spread = imr_median(column, fitted);
        }
        self->between[c] = random[c] ? fmax(spread, 0.05 * fmax(fabs(self->theta[c]), 1)) : 0;
    }
    return IMR_OK;
}

/* Spreads each patient's mode and the inverse of its information. */
static void
put_individuals(imr_kinetics_cohort_t *self)
{
    size_t most = IMR_KINETICS_MOST, m = self->p + 1, q = 0, which[IMR_KINETICS_MOST];

    for (size_t c = 0; c < self->p; c++) {
        if (self->between[c] > 0) {
            which[q++] = c;
        }
    }
    memset(self->individual_covariance, 0, self->patients * most * most * sizeof(double));
    for (size_t i = 0; i < self->patients; i++) {
        const imr_kinetics_climb_t *climb = &self->climb[i];
        double *covariance = self->individual_covariance + i * most * most;
        double factor[IMR_KINETICS_MOST * IMR_KINETICS_MOST];
        double inverse[IMR_KINETICS_MOST * IMR_KINETICS_MOST];

        for (size_t c = 0; c < most; c++) {
            self->individual[i * most + c] = self->theta[c] + self->off[i * most + c];
        }
        for (size_t r = 0; r < q; r++) {
            for (size_t s = 0; s <= r; s++) {
                factor[r * q + s] = climb->n > 0 ? climb->factor[which[r] * m + which[s]] : 0;
            }
            factor[r * q + r] += 1 / (self->between[which[r]] * self->between[which[r]]);
        }
        if (imr_cholesky(factor, q, NULL) < q) {
            continue; /* cannot come: find_mode has factored it */
        }
        imr_cholesky_inverse(factor, q, inverse);
        for (size_t r = 0; r < q; r++) {
            for (size_t s = 0; s < q; s++) {
                covariance[which[r] * most + which[s]] = inverse[r * q + s];
            }
        }
    }
}

static void
put_errors(imr_kinetics_cohort_t *self, const unknowns_t *unknowns, const double *factor)
{
    size_t d = unknowns->count, at = self->p;
    double inverse[IMR_COHORT_MOST * IMR_COHORT_MOST], n = (double) self->sampled;

    imr_cholesky_inverse(factor, d, inverse);
    for (size_t r = 0; r < self->p; r++) {
        for (size_t c = 0; c < self->p; c++) {
            self->covariance[r * IMR_KINETICS_MOST + c] =
                n / (n - 1) * inverse[r * d + c] * unknowns->unit[r] * unknowns->unit[c];
        }
    }
    for (size_t c = 0; c < self->p; c++) {
        self->between_error[c] = NAN;
        if (self->between[c] > 0) {
            self->between_error[c] = sqrt(inverse[at * d + at]) * unknowns->unit[at];
            at++;
        }
    }
    self->h_error = sqrt(inverse[at * d + at]) * unknowns->unit[at];
}

/* What the log-likelihood of the climbs leaves out. */
static double
constants(const imr_kinetics_cohort_t *self)
{
    double sum = -LOG_ROOT_2_PI * (double) (self->samples - self->below);

    for (size_t i = 0; i < self->samples && self->error == IMR_KINETICS_LOG; i++) {
        sum -= self->flag[i] ? 0 : self->value[i];
    }
    return sum;
}

/* From the starts on, again without each standard deviation that vanishes, and where it ends at no maximum
 * from there, with the modes of the patients looked for from the middle. */
static int
climb_cohort(imr_kinetics_cohort_t *self, unknowns_t *unknowns, imr_ascent_t *ascent)
{
    int status, again, attempts = 0;

    for (size_t c = 0; c < self->p; c++) {
        unknowns->least[c] = log(VANISHED * self->between[c]);
    }
    do {
        start_unknowns(unknowns);
        *ascent = (imr_ascent_t) { .context = unknowns,
            .value = loglik_at,
            .ends = vanishes,
            .stopped = is_stopped,
            .count = unknowns->count };
        imr_ascent_start(ascent);
        status = IMR_ERR_NOCONV;
        again = imr_ascent_bfgs(ascent, MOST_STEPS);
        self->iterations += ascent->iterations;
        if (unknowns->stopped) {
            return IMR_ERR_STOPPED;
        }
        if (again) {
            continue;
        }
        status = imr_ascent_newton(ascent);
        set_unknowns(unknowns, ascent->x);
        self->loglik = imr_kinetics_cohort_loglik(self);
        again =
            !unknowns->stopped && drop_vanishing(self, status == IMR_OK ? AS_HIGH : NEARLY_AS_HIGH);
        if (status != IMR_OK && !again && attempts++ < MOST_ATTEMPTS) {
            memset(self->off, 0, self->patients * IMR_KINETICS_MOST * sizeof(double));
            again = 1;
        }
    } while (again && !unknowns->stopped);
    self->score_norm = ascent->score_norm;
    return unknowns->stopped ? IMR_ERR_STOPPED
        : status == IMR_OK   ? IMR_OK
                             : IMR_ERR_KINETICS_COHORT_NOCONV;
}

int
imr_kinetics_cohort_fit(imr_kinetics_cohort_t *self, imr_kinetics_t *rows, const uint8_t *random,
    size_t nodes, imr_stop_t *stop, imr_fault_t *fault)
{
    unknowns_t unknowns = { .cohort = self };
    imr_ascent_t ascent;
    int status;

    memset(self, 0, sizeof(*self));
    self->model = rows->options.models[0];
    self->error = rows->options.error;
    self->threshold = rows->options.threshold;
    self->p = imr_kinetics_unknowns(self->model);
    self->patients = rows->patients;
    self->nodes = nodes;
    self->stop = stop;
    if (self->model == IMR_KINETICS_TURNOVER) {
        return imr_fault(fault, IMR_ERR_KINETICS_COHORT_MODEL, NULL, -1, NAN);
    }
    if (!imr_hermite_has(nodes)) {
        return imr_fault(fault, IMR_ERR_KINETICS_COHORT_NODES, "nodes", -1, (double) nodes);
    }
    status = allocate(self, rows->start[rows->patients]);
    if (status != IMR_OK) {
        return imr_fault(fault, status, NULL, -1, NAN);
    }
    status = copy_rows(self, rows, fault);
    if (status == IMR_OK) {
        status = start_values(self, random, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    status = climb_cohort(self, &unknowns, &ascent);
    if (status != IMR_OK) {
        return imr_fault(fault, status, NULL, -1, NAN);
    }
    self->loglik += constants(self);
    put_errors(self, &unknowns, ascent.factor);
    put_individuals(self);
    return IMR_OK;
}

void
imr_kinetics_cohort_free(imr_kinetics_cohort_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

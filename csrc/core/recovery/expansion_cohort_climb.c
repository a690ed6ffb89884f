#include "recovery/expansion_cohort_climb.h"

#include <math.h>
#include <string.h>

enum {
    M = IMR_EXPANSION_PARAMETERS,
    TMAX = IMR_EXPANSION_TMAX,
    EM_STEPS = 12,
    MOST_ROUNDS = 12,
    STEPS_A_ROUND = 12
};

#define VANISHED 0.02 /* a standard deviation between patients, of a logarithm, that is none */
#define MAY_VANISH 0.35 /* of one less than this it is asked whether the likelihood needs it */
#define AS_HIGH 0.05 /* in log-likelihood, about the error of its points */
#define MOST_BETWEEN 10.0 /* patients who differ by more have not this curve */
#define FARTHEST 250.0 /* of a logarithm or logit */
#define RETURNED 0.15 /* the standard deviation with which it is asked whether 0 was right */

/* --- likelihood -------------------------------------------------------------------------------- */

/* About as many multiplications as the points of a patient take. */
static double
work_of(const imr_expansion_patient_t *patient)
{
    return 40.0 * (double) patient->points * (double) (patient->course.n + 4);
}

/* With the points where they lie; gradient may be NULL. */
static double
loglik_of(imr_expansion_cohort_t *self, double *gradient, int *stopped)
{
    double sum = 0, own[IMR_EXPANSION_SLOTS];

    if (gradient != NULL) {
        memset(gradient, 0, IMR_EXPANSION_SLOTS * sizeof(*gradient));
    }
    for (size_t i = 0; i < self->patients && !*stopped; i++) {
        imr_expansion_patient_t *patient = &self->patient[i];

        if (patient->course.n == 0) {
            continue; /* the integral of the population is 1 */
        }
        sum +=
            imr_expansion_patient_loglik(patient, &self->population, gradient == NULL ? NULL : own);
        for (size_t c = 0; gradient != NULL && c < IMR_EXPANSION_SLOTS; c++) {
            gradient[c] += own[c];
        }
        *stopped = imr_stop_asked(self->stop, work_of(patient));
    }
    return isnan(sum) || *stopped ? -INFINITY : sum;
}

static void
lay_all(imr_expansion_cohort_t *self, int *stopped)
{
    for (size_t i = 0; i < self->patients && !*stopped; i++) {
        if (self->patient[i].course.n > 0) {
            imr_expansion_lay_points(&self->patient[i], &self->population, self->scratch);
            *stopped = imr_stop_asked(self->stop, 4 * work_of(&self->patient[i]));
        }
    }
}

double
imr_expansion_cohort_loglik(imr_expansion_cohort_t *self)
{
    int stopped = 0;

    lay_all(self, &stopped);
    return loglik_of(self, NULL, &stopped);
}

/* --- unknowns ---------------------------------------------------------------------------------- */

static void
set_unknowns(const imr_expansion_unknowns_t *self, const double *x)
{
    imr_expansion_population_t *population = &self->cohort->population;

    for (size_t at = 0; at < self->count; at++) {
        double value = self->from[at] + self->unit[at] * x[at];

        if (self->slot[at] < M) {
            population->theta[self->slot[at]] = value;
        } else if (self->slot[at] < IMR_EXPANSION_BY_H) {
            population->between[self->slot[at] - M] = exp(value);
        } else {
            population->log_h = value;
        }
    }
}

static void
add_unknown(imr_expansion_unknowns_t *self, size_t slot, double from, double unit)
{
    self->slot[self->count] = slot;
    self->from[self->count] = from;
    self->unit[self->count++] = unit;
}

/* From the state of the cohort: x is then 0. */
static void
start_unknowns(imr_expansion_unknowns_t *self)
{
    const imr_expansion_cohort_t *cohort = self->cohort;
    const imr_expansion_population_t *population = &cohort->population;
    double n = (double) cohort->sampled, rows = (double) cohort->samples;

    self->count = 0;
    for (size_t c = 0; c < imr_expansion_parameters(population->decline); c++) {
        double spread = population->between[c] > 0 ? fmax(population->between[c], 0.1) : 0.3;

        add_unknown(self, c, population->theta[c], spread / sqrt(n));
    }
    for (size_t c = 0; c < M; c++) {
        if (population->between[c] > 0 && !(c == TMAX && cohort->tmax_is_least)) {
            add_unknown(self, M + c, log(population->between[c]), 1 / sqrt(2 * n));
        }
    }
    add_unknown(self, IMR_EXPANSION_BY_H, population->log_h, 1 / sqrt(2 * rows));
}

static double
value_at(void *context, const double *x)
{
    imr_expansion_unknowns_t *self = context;

    set_unknowns(self, x);
    return loglik_of(self->cohort, NULL, &self->stopped);
}

static void
gradient_at(void *context, const double *x, double *gradient)
{
    imr_expansion_unknowns_t *self = context;
    double by[IMR_EXPANSION_SLOTS];

    set_unknowns(self, x);
    loglik_of(self->cohort, by, &self->stopped);
    for (size_t at = 0; at < self->count; at++) {
        gradient[at] = self->unit[at] * by[self->slot[at]];
    }
}

static int
is_stopped(void *context)
{
    return ((const imr_expansion_unknowns_t *) context)->stopped;
}

/* Whether a standard deviation between patients has become as small as it gets, where it is then held, or
 * something runs away. */
static int
vanishes(void *context, const double *x)
{
    imr_expansion_unknowns_t *self = context;
    imr_expansion_cohort_t *cohort = self->cohort;
    double *between = cohort->population.between;

    set_unknowns(self, x);
    for (size_t c = 0; c < M; c++) {
        if (between[c] > MOST_BETWEEN || fabs(cohort->population.theta[c]) > FARTHEST) {
            self->ran_away = 1;
            return 1;
        }
    }
    if (!cohort->tmax_is_least && between[TMAX] < IMR_EXPANSION_LEAST_BETWEEN) {
        between[TMAX] = IMR_EXPANSION_LEAST_BETWEEN;
        cohort->tmax_is_least = 1;
        return 1;
    }
    for (size_t c = 0; c < M; c++) {
        if (c != TMAX && between[c] > 0 && between[c] < VANISHED) {
            between[c] = 0;
            return 1;
        }
    }
    return 0;
}

/* --- the climb --------------------------------------------------------------------------------- */

/* Sets theta and between to the mean and spread of the patients given their samples, and h to what makes
 * its score 0: the EM algorithm, which is slow at the end but comes near from afar. */
static void
em_step(imr_expansion_unknowns_t *self)
{
    imr_expansion_cohort_t *cohort = self->cohort;
    imr_expansion_population_t *population = &cohort->population;
    double mean[M], covariance[IMR_EXPANSION_SQUARE], first[M] = { 0 }, second[M] = { 0 };
    double gradient[IMR_EXPANSION_SLOTS], squares, n = (double) cohort->sampled;

    lay_all(cohort, &self->stopped);
    loglik_of(cohort, gradient, &self->stopped);
    for (size_t i = 0; i < cohort->patients && !self->stopped; i++) {
        if (cohort->patient[i].course.n == 0) {
            continue;
        }
        imr_expansion_patient_moments(&cohort->patient[i], mean, covariance);
        for (size_t c = 0; c < M; c++) {
            double off = mean[c] - population->theta[c];

            first[c] += off / n;
            second[c] += (covariance[c * M + c] + off * off) / n;
        }
    }
    for (size_t c = 0; c < M && !self->stopped; c++) {
        double variance = second[c] - first[c] * first[c];

        if (population->between[c] > 0) {
            population->theta[c] += first[c];
            population->between[c] = fmax(sqrt(fmax(variance, 0)), 0.05);
        }
    }
    squares = (double) (cohort->samples - cohort->below) - gradient[IMR_EXPANSION_BY_H];
    if (!self->stopped && squares > 0) {
        population->log_h +=
            fmin(fmax(0.5 * log((double) (cohort->samples - cohort->below) / squares), -0.5), 0.5);
    }
}

/* Whether the log-likelihood with another standard deviation between patients, for which points are laid, is
 * at least so high. If not, all is again as it was. */
static int
is_as_high(imr_expansion_unknowns_t *self, size_t c, double between, double least)
{
    imr_expansion_cohort_t *cohort = self->cohort;
    double kept = cohort->population.between[c];

    for (size_t i = 0; i < cohort->patients; i++) {
        imr_expansion_keep_points(&cohort->patient[i]);
    }
    cohort->population.between[c] = between;
    lay_all(cohort, &self->stopped);
    if (loglik_of(cohort, NULL, &self->stopped) >= least) {
        return 1;
    }
    cohort->population.between[c] = kept;
    for (size_t i = 0; i < cohort->patients && !self->stopped; i++) {
        if (cohort->patient[i].course.n > 0) {
            imr_expansion_return_points(&cohort->patient[i], &cohort->population);
            self->stopped = imr_stop_asked(cohort->stop, work_of(&cohort->patient[i]));
        }
    }
    return 0;
}

/* Sets the first standard deviation between patients to 0 without which the likelihood is as high; 0 where
 * there is none. */
static int
drop_vanishing(imr_expansion_unknowns_t *self, double loglik)
{
    const double *between = self->cohort->population.between;

    for (size_t c = 0; c < M && !self->stopped; c++) {
        if (between[c] > 0 && between[c] < MAY_VANISH && c != TMAX
            && is_as_high(self, c, 0, loglik - AS_HIGH)) {
            return 1;
        }
    }
    return 0;
}

/* Gives the first standard deviation back that was set to 0 too early; 0 where there is none. */
static int
return_dropped(imr_expansion_unknowns_t *self, double loglik)
{
    imr_expansion_cohort_t *cohort = self->cohort;

    for (size_t c = 0; c < imr_expansion_parameters(cohort->options.decline); c++) {
        if (cohort->options.random[c] && cohort->population.between[c] == 0 && !self->returned[c]
            && !self->stopped) {
            self->returned[c] = 1;
            if (is_as_high(self, c, RETURNED, loglik + AS_HIGH)) {
                return 1;
            }
        }
    }
    return 0;
}

/* BFGS, with the points laid anew each few steps until it has none to take, and Newton's method with those
 * of the end. 1 where a standard deviation vanished on the way. */
static int
climb_once(imr_expansion_unknowns_t *self, imr_ascent_t *ascent, int *status)
{
    imr_expansion_cohort_t *cohort = self->cohort;

    start_unknowns(self);
    *ascent = (imr_ascent_t) { .context = self,
        .value = value_at,
        .gradient = gradient_at,
        .ends = vanishes,
        .stopped = is_stopped,
        .count = self->count };
    lay_all(cohort, &self->stopped);
    imr_ascent_start(ascent);
    for (int round = 0; round < MOST_ROUNDS && !self->stopped; round++) {
        long before = ascent->iterations;

        if (imr_ascent_bfgs(ascent, STEPS_A_ROUND)) {
            return 1;
        }
        set_unknowns(self, ascent->x);
        lay_all(cohort, &self->stopped);
        ascent->highest = loglik_of(cohort, NULL, &self->stopped);
        if (ascent->iterations == before) {
            break;
        }
    }
    *status = imr_ascent_newton(ascent);
    cohort->iterations += ascent->iterations;
    set_unknowns(self, ascent->x);
    cohort->loglik = loglik_of(cohort, NULL, &self->stopped);
    return drop_vanishing(self, cohort->loglik);
}

/* The two phases can be named either way: the slow one is the second. 1 where they were renamed. */
static int
name_phases(imr_expansion_cohort_t *cohort)
{
    imr_expansion_population_t *population = &cohort->population;
    double theta = population->theta[IMR_EXPANSION_ALPHA];
    double between = population->between[IMR_EXPANSION_ALPHA];

    if (population->decline == IMR_DECLINE_EXPONENTIAL
        || theta >= population->theta[IMR_EXPANSION_BETA]) {
        return 0;
    }
    population->theta[IMR_EXPANSION_ALPHA] = population->theta[IMR_EXPANSION_BETA];
    population->theta[IMR_EXPANSION_BETA] = theta;
    population->between[IMR_EXPANSION_ALPHA] = population->between[IMR_EXPANSION_BETA];
    population->between[IMR_EXPANSION_BETA] = between;
    population->theta[IMR_EXPANSION_SHARE] = -population->theta[IMR_EXPANSION_SHARE];
    for (size_t i = 0; i < cohort->patients; i++) {
        cohort->patient[i].has_place = 0;
    }
    return 1;
}

int
imr_expansion_climb(imr_expansion_unknowns_t *unknowns, imr_ascent_t *ascent)
{
    imr_expansion_cohort_t *self = unknowns->cohort;
    const uint8_t *random = self->options.random;
    int status = IMR_ERR_NOCONV, again, renamed = 0;

    for (int i = 0; i < EM_STEPS && !unknowns->stopped; i++) {
        em_step(unknowns);
    }
    do {
        while (climb_once(unknowns, ascent, &status) && !unknowns->stopped && !unknowns->ran_away) {
        }
        if (unknowns->stopped) {
            return IMR_ERR_STOPPED;
        }
        if (status != IMR_OK || unknowns->ran_away) {
            return IMR_ERR_EXPANSION_COHORT_NOCONV;
        }
        again = name_phases(self);
        if (again && (renamed++ || random[IMR_EXPANSION_ALPHA] != random[IMR_EXPANSION_BETA])) {
            return IMR_ERR_EXPANSION_COHORT_PHASES;
        }
        again = again || return_dropped(unknowns, self->loglik);
    } while (again);
    self->score_norm = ascent->score_norm;
    return unknowns->stopped ? IMR_ERR_STOPPED : IMR_OK;
}

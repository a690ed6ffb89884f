#include "recovery/expansion_cohort.h"

#include <math.h>
#include <string.h>

#include "base/ascent.h"
#include "base/cholesky.h"
#include "base/mem.h"
#include "recovery/expansion_cohort_start.h"

enum {
    M = IMR_EXPANSION_PARAMETERS,
    TMAX = IMR_EXPANSION_TMAX,
    MOST_UNKNOWNS = 2 * M + 1,
    EM_STEPS = 12,
    MOST_ROUNDS = 12,
    STEPS_A_ROUND = 12,
    FEWEST_POINTS = 100,
    MOST_POINTS = 100000
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
        sum += imr_expansion_patient_loglik(
            patient, &self->population, gradient == NULL ? NULL : own);
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

/* x counts the unknowns in units that a standard error is about 1 of: theta, log of each between that may
 * change, log h. `slot` says which of the derivatives each is. */
typedef struct {
    imr_expansion_cohort_t *cohort;
    size_t count, slot[MOST_UNKNOWNS];
    double from[MOST_UNKNOWNS], unit[MOST_UNKNOWNS];
    int stopped, ran_away;
    uint8_t returned[M]; /* a standard deviation that was 0 and got a second chance */
} unknowns_t;

static void
set_unknowns(const unknowns_t *self, const double *x)
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
add_unknown(unknowns_t *self, size_t slot, double from, double unit)
{
    self->slot[self->count] = slot;
    self->from[self->count] = from;
    self->unit[self->count++] = unit;
}

/* From the state of the cohort: x is then 0. */
static void
start_unknowns(unknowns_t *self)
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
    unknowns_t *self = context;

    set_unknowns(self, x);
    return loglik_of(self->cohort, NULL, &self->stopped);
}

static void
gradient_at(void *context, const double *x, double *gradient)
{
    unknowns_t *self = context;
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
    return ((const unknowns_t *) context)->stopped;
}

/* Whether a standard deviation between patients has become as small as it gets, where it is then held, or
 * something runs away. */
static int
vanishes(void *context, const double *x)
{
    unknowns_t *self = context;
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
em_step(unknowns_t *self)
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
        population->log_h += fmin(
            fmax(0.5 * log((double) (cohort->samples - cohort->below) / squares), -0.5), 0.5);
    }
}

/* The log-likelihood with another standard deviation between patients, for which points are laid. */
static double
loglik_with(unknowns_t *self, size_t c, double between)
{
    self->cohort->population.between[c] = between;
    lay_all(self->cohort, &self->stopped);
    return loglik_of(self->cohort, NULL, &self->stopped);
}

/* Sets the first standard deviation between patients to 0 without which the likelihood is as high; 0 where
 * there is none. */
static int
drop_vanishing(unknowns_t *self, double loglik)
{
    double *between = self->cohort->population.between;

    for (size_t c = 0; c < M && !self->stopped; c++) {
        double kept = between[c];

        if (kept > 0 && kept < MAY_VANISH && c != TMAX) {
            if (loglik_with(self, c, 0) >= loglik - AS_HIGH) {
                return 1;
            }
            loglik_with(self, c, kept);
        }
    }
    return 0;
}

/* Gives the first standard deviation back that was set to 0 too early; 0 where there is none. */
static int
return_dropped(unknowns_t *self, double loglik)
{
    imr_expansion_cohort_t *cohort = self->cohort;

    for (size_t c = 0; c < imr_expansion_parameters(cohort->options.decline); c++) {
        if (cohort->options.random[c] && cohort->population.between[c] == 0 && !self->returned[c]
            && !self->stopped) {
            self->returned[c] = 1;
            if (loglik_with(self, c, RETURNED) > loglik + AS_HIGH) {
                return 1;
            }
            loglik_with(self, c, 0);
        }
    }
    return 0;
}

/* BFGS, with the points laid anew each few steps until it has none to take, and Newton's method with those
 * of the end. 1 where a standard deviation vanished on the way. */
static int
climb_once(unknowns_t *self, imr_ascent_t *ascent, int *status)
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

static int
climb_cohort(imr_expansion_cohort_t *self, unknowns_t *unknowns, imr_ascent_t *ascent)
{
    int status = IMR_ERR_NOCONV, again;

    for (int i = 0; i < EM_STEPS && !unknowns->stopped; i++) {
        em_step(unknowns);
    }
    do {
        while (climb_once(unknowns, ascent, &status) && !unknowns->stopped && !unknowns->ran_away) {
        }
        again = status == IMR_OK && !unknowns->ran_away
            && return_dropped(unknowns, self->loglik);
    } while (again && !unknowns->stopped);
    self->score_norm = ascent->score_norm;
    if (unknowns->stopped) {
        return IMR_ERR_STOPPED;
    }
    if (status != IMR_OK || unknowns->ran_away) {
        return IMR_ERR_EXPANSION_COHORT_NOCONV;
    }
    return self->population.decline == IMR_DECLINE_BIEXPONENTIAL
            && !(self->population.theta[IMR_EXPANSION_ALPHA]
                > self->population.theta[IMR_EXPANSION_BETA])
        ? IMR_ERR_EXPANSION_COHORT_PHASES
        : IMR_OK;
}

/* --- before and after -------------------------------------------------------------------------- */

static int
allocate(imr_expansion_cohort_t *self, size_t n)
{
    size_t patients = self->patients, own = sizeof(imr_expansion_patient_t) / sizeof(double);
    size_t pieces = sizeof(imr_expansion_pieces_t) / sizeof(double);

    self->block = imr_calloc(pieces + patients * (own + M + IMR_EXPANSION_SQUARE) + 2 * n
            + n / sizeof(double) + 1,
        sizeof(double));
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->scratch = self->block;
    self->patient = (imr_expansion_patient_t *) (self->scratch + 1);
    self->individual = (double *) (self->patient + patients);
    self->individual_covariance = self->individual + patients * M;
    return IMR_OK;
}

/* The points of all patients with samples, in a block of their own: how many they take is known now. */
static int
allocate_points(imr_expansion_cohort_t *self)
{
    size_t room = 0;
    double *at;

    for (size_t i = 0; i < self->patients; i++) {
        room += imr_expansion_room(self->options.points, &self->patient[i].course);
    }
    self->points_block = at = imr_malloc(room, sizeof(double));
    if (at == NULL) {
        return IMR_ERR_NOMEM;
    }
    for (size_t i = 0; i < self->patients; i++) {
        imr_expansion_give_room(&self->patient[i], self->options.points, at, (uint32_t) i);
        at += imr_expansion_room(self->options.points, &self->patient[i].course);
    }
    return IMR_OK;
}

/* Copies the samples of each patient from the infusion on. */
static void
copy_courses(
    imr_expansion_cohort_t *self, const imr_samples_t *samples, const imr_count_series_t *series)
{
    double *day = self->individual_covariance + self->patients * IMR_EXPANSION_SQUARE;
    double *log_copies = day + samples->start[self->patients];
    uint8_t *below = (uint8_t *) (log_copies + samples->start[self->patients]);

    for (size_t i = 0; i < self->patients; i++) {
        size_t begin = samples->start[i], end = samples->start[i + 1];
        double infusion = series->infusion_day == NULL ? 0 : series->infusion_day[i];
        imr_visits_t visits = imr_expansion_visits(
            samples->sample + begin, end - begin, -INFINITY, infusion, INFINITY);
        imr_course_t *course = &self->patient[i].course;

        course->decline = self->options.decline;
        course->n = imr_expansion_log_rows(&visits, day, log_copies, below);
        course->day = day;
        course->log_copies = log_copies;
        course->below = below;
        for (size_t k = 0; k < course->n; k++) {
            course->quantified += !below[k];
        }
        self->samples += course->n;
        self->below += course->n - course->quantified;
        self->sampled += course->n > 0;
        day += course->n;
        log_copies += course->n;
        below += course->n;
    }
}

static int
read_cohort(imr_expansion_cohort_t *self, const imr_count_series_t *series, imr_fault_t *fault)
{
    imr_samples_t samples = { 0 };
    int status;

    for (size_t i = 0; series->infusion_start != NULL && i < series->patients; i++) {
        if (series->infusion_start[i + 1] != series->infusion_start[i] + 1) {
            return imr_fault(
                fault, IMR_ERR_EXPANSION_COHORT_INFUSIONS, "infusion_day", (int64_t) i,
                series->infusion_day[series->infusion_start[i]]);
        }
    }
    if (series->below != NULL && series->lloq == NULL) {
        return imr_fault(fault, IMR_ERR_LIMIT_NEEDED, "below", -1, NAN);
    }
    status = imr_expansion_samples(&samples, series, &self->other_row, fault);
    if (status != IMR_OK) {
        return status;
    }
    status = imr_expansion_check_logs(samples.sample, samples.start[series->patients], fault);
    if (status == IMR_OK && allocate(self, samples.start[series->patients]) != IMR_OK) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    if (status == IMR_OK) {
        copy_courses(self, &samples, series);
    }
    imr_depletion_samples_free(&samples);
    return status;
}

/* Enough patients, and enough samples for the unknowns. */
static int
check_cohort(const imr_expansion_cohort_t *self, imr_fault_t *fault)
{
    size_t unknowns = imr_expansion_parameters(self->options.decline) + 1;
    size_t quantified = self->samples - self->below;

    if (self->sampled < 2 || quantified == 0) {
        return imr_fault(fault, IMR_ERR_EXPANSION_COHORT_PATIENTS, NULL, -1, NAN);
    }
    for (size_t c = 0; c < imr_expansion_parameters(self->options.decline); c++) {
        unknowns += self->options.random[c] != 0;
    }
    if (quantified <= unknowns) {
        return imr_fault(
            fault, IMR_ERR_EXPANSION_COHORT_SAMPLES, "copies", -1, (double) quantified);
    }
    return IMR_OK;
}

static void
put_errors(imr_expansion_cohort_t *self, const unknowns_t *unknowns, const double *factor)
{
    size_t d = unknowns->count;
    double inverse[MOST_UNKNOWNS * MOST_UNKNOWNS], n = (double) self->sampled;

    imr_cholesky_inverse(factor, d, inverse);
    for (size_t c = 0; c < M; c++) {
        self->between_error[c] = NAN;
    }
    for (size_t r = 0; r < d; r++) {
        double error = sqrt(inverse[r * d + r]) * unknowns->unit[r];

        if (unknowns->slot[r] >= M && unknowns->slot[r] < IMR_EXPANSION_BY_H) {
            self->between_error[unknowns->slot[r] - M] = error;
        } else if (unknowns->slot[r] == IMR_EXPANSION_BY_H) {
            self->h_error = error;
        }
        for (size_t c = 0; c < d; c++) {
            if (unknowns->slot[r] < M && unknowns->slot[c] < M) {
                self->covariance[unknowns->slot[r] * M + unknowns->slot[c]] = n / (n - 1)
                    * inverse[r * d + c] * unknowns->unit[r] * unknowns->unit[c];
            }
        }
    }
}

/* What is known of each patient; of one without samples what the population says. */
static void
put_individuals(imr_expansion_cohort_t *self)
{
    const imr_expansion_population_t *population = &self->population;
    double n = (double) self->sampled, variance = 0;

    for (size_t i = 0; i < self->patients; i++) {
        double *mean = self->individual + i * M;
        double *covariance = self->individual_covariance + i * IMR_EXPANSION_SQUARE;

        if (self->patient[i].course.n > 0) {
            imr_expansion_patient_moments(&self->patient[i], mean, covariance);
            variance +=
                1 / self->patient[i].effective - 1 / (double) self->options.points;
            continue;
        }
        memcpy(mean, population->theta, sizeof(population->theta));
        for (size_t c = 0; c < M; c++) {
            covariance[c * M + c] = population->between[c] * population->between[c];
        }
    }
    self->loglik_error = sqrt(fmax(variance, 0));
    for (size_t c = 0; c < M; c++) {
        double sum = 0, squares = 0;

        for (size_t i = 0; i < self->patients; i++) {
            double off = self->patient[i].course.n > 0
                ? self->individual[i * M + c] - population->theta[c]
                : 0;

            sum += off / n;
            squares += off * off / n;
        }
        self->shrinkage[c] = population->between[c] > 0
            ? 1 - sqrt(fmax(squares - sum * sum, 0)) / population->between[c]
            : NAN;
    }
}

int
imr_expansion_cohort_fit(imr_expansion_cohort_t *self, const imr_count_series_t *series,
    const imr_expansion_cohort_options_t *options, imr_stop_t *stop, imr_fault_t *fault)
{
    unknowns_t unknowns = { .cohort = self };
    imr_ascent_t ascent;
    double *scratch;
    int status;

    memset(self, 0, sizeof(*self));
    self->options = *options;
    self->patients = series->patients;
    self->stop = stop;
    self->other_row = -1;
    self->population.decline = options->decline;
    if (!options->random[TMAX]) {
        return imr_fault(fault, IMR_ERR_EXPANSION_COHORT_TMAX, "random", -1, NAN);
    }
    if (!(options->points >= FEWEST_POINTS && options->points <= MOST_POINTS)) {
        return imr_fault(
            fault, IMR_ERR_EXPANSION_COHORT_POINTS, "points", -1, (double) options->points);
    }
    status = read_cohort(self, series, fault);
    if (status == IMR_OK) {
        status = check_cohort(self, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    scratch = imr_malloc(self->patients, 2 * (size_t) M * sizeof(double));
    if (scratch == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    if (allocate_points(self) != IMR_OK) {
        imr_free(scratch);
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    imr_expansion_cohort_start(
        &self->population, self->patient, self->patients, options->random, scratch);
    imr_free(scratch);
    status = climb_cohort(self, &unknowns, &ascent);
    if (status != IMR_OK) {
        return imr_fault(fault, status, NULL, -1, NAN);
    }
    put_errors(self, &unknowns, ascent.factor);
    put_individuals(self);
    return IMR_OK;
}

void
imr_expansion_cohort_free(imr_expansion_cohort_t *self)
{
    imr_free(self->block);
    imr_free(self->points_block);
    memset(self, 0, sizeof(*self));
}

#include "recovery/expansion_cohort.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/mem.h"
#include "recovery/expansion_cohort_climb.h"
#include "recovery/expansion_cohort_start.h"

enum {
    M = IMR_EXPANSION_PARAMETERS,
    TMAX = IMR_EXPANSION_TMAX,
    FEWEST_POINTS = 100,
    MOST_POINTS = 100000
};

/* --- reading ----------------------------------------------------------------------------------- */

static int
allocate(imr_expansion_cohort_t *self, size_t n)
{
    size_t patients = self->patients, own = sizeof(imr_expansion_patient_t) / sizeof(double);
    size_t pieces = sizeof(imr_expansion_pieces_t) / sizeof(double);

    self->block = imr_calloc(
        pieces + patients * (own + M + IMR_EXPANSION_SQUARE) + 2 * n + n / sizeof(double) + 1,
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
            return imr_fault(fault, IMR_ERR_EXPANSION_COHORT_INFUSIONS, "infusion_day", (int64_t) i,
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

/* --- what is known at the maximum ---------------------------------------------------------------- */

static void
put_errors(
    imr_expansion_cohort_t *self, const imr_expansion_unknowns_t *unknowns, const double *factor)
{
    size_t d = unknowns->count;
    double inverse[IMR_EXPANSION_MOST_UNKNOWNS * IMR_EXPANSION_MOST_UNKNOWNS],
        n = (double) self->sampled;

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
                self->covariance[unknowns->slot[r] * M + unknowns->slot[c]] =
                    n / (n - 1) * inverse[r * d + c] * unknowns->unit[r] * unknowns->unit[c];
            }
        }
    }
}

/* Adds what the patient's values vary by because the common ones are estimated, to first order (Kass and
 * Steffey 1989): a common value moves that of a patient by the share that the samples leave to it. */
static void
add_common(const imr_expansion_cohort_t *self, double *covariance)
{
    const double *between = self->population.between;
    double share[IMR_EXPANSION_SQUARE], half[IMR_EXPANSION_SQUARE] = { 0 };

    for (size_t r = 0; r < M; r++) {
        for (size_t c = 0; c < M; c++) {
            share[r * M + c] = between[c] > 0 ? covariance[r * M + c] / (between[c] * between[c])
                                              : (double) (r == c);
        }
    }
    for (size_t r = 0; r < M; r++) {
        for (size_t c = 0; c < M; c++) {
            for (size_t k = 0; k < M; k++) {
                half[r * M + c] += share[r * M + k] * self->covariance[k * M + c];
            }
        }
    }
    for (size_t r = 0; r < M; r++) {
        for (size_t c = 0; c < M; c++) {
            for (size_t k = 0; k < M; k++) {
                covariance[r * M + c] += half[r * M + k] * share[c * M + k];
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
            variance += 1 / self->patient[i].effective - 1 / (double) self->options.points;
        } else {
            memcpy(mean, population->theta, sizeof(population->theta));
            for (size_t c = 0; c < M; c++) {
                covariance[c * M + c] = population->between[c] * population->between[c];
            }
        }
        add_common(self, covariance);
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
    imr_expansion_unknowns_t unknowns = { .cohort = self };
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
    status = imr_expansion_climb(&unknowns, &ascent);
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

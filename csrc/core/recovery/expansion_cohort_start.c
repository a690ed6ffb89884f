#include "recovery/expansion_cohort_start.h"

#include <math.h>
#include <string.h>

#include "base/median.h"
#include "recovery/expansion_fit_limits.h"

enum { M = IMR_EXPANSION_PARAMETERS, FEWEST = 3 };

/* The typical curve, its rates in units of the day of the peak. */
#define TYPICAL_FOLD 8.3
#define TYPICAL_ALPHA 0.4
#define TYPICAL_SHARE (-4.5)
#define TYPICAL_BETA (-3.5)
#define TYPICAL_PRECISION 0.6

/* The least fall of the slow phase up to the last sample. */
#define HARDLY 0.1

/* The spread that a start takes, at least and at most. */
#define LEAST_SPREAD 0.3
#define MOST_SPREAD 1.5
#define TO_A_STANDARD_DEVIATION 1.4826 /* of the median distance from the median */

static size_t
largest_of(const imr_course_t *course)
{
    size_t largest = course->n;

    for (size_t i = 0; i < course->n; i++) {
        if (!course->below[i]
            && (largest == course->n || course->log_copies[i] > course->log_copies[largest])) {
            largest = i;
        }
    }
    return largest;
}

/* The parameters of the patient's own curve; 0 where there is none. */
static int
fit_course(const imr_course_t *course, double *theta)
{
    imr_stein_rows_t rows = { .decline = course->decline,
        .n = course->n,
        .day = course->day,
        .log_copies = course->log_copies,
        .below = course->below };
    size_t largest = largest_of(course), p = imr_expansion_parameters(course->decline);
    imr_stein_maxima_t maxima;
    const double *phi;

    if (course->quantified < p + 1 || largest == 0 || largest + 1 >= course->n) {
        return 0;
    }
    imr_stein_maxima(&maxima, &rows);
    if (maxima.count == 0) {
        return 0;
    }
    phi = maxima.climb[0].phi;
    memset(theta, 0, M * sizeof(*theta));
    theta[IMR_EXPANSION_CMAX] = phi[IMR_STEIN_PEAK];
    theta[IMR_EXPANSION_TMAX] = log(phi[IMR_STEIN_DAY]);
    theta[IMR_EXPANSION_FOLD] = exp(phi[IMR_STEIN_RISE]) * phi[IMR_STEIN_DAY];
    theta[IMR_EXPANSION_ALPHA] = phi[IMR_STEIN_FAST];
    if (p == M) {
        theta[IMR_EXPANSION_SHARE] = phi[IMR_STEIN_SHARE];
        /* a slow phase that does not fall starts from one that hardly does while it is seen */
        theta[IMR_EXPANSION_BETA] =
            fmax(phi[IMR_STEIN_SLOW], log(HARDLY / course->day[course->n - 1]));
    }
    return 1;
}

/* Median and spread of one parameter out of n values. */
static void
describe(imr_expansion_population_t *population, size_t c, double *value, size_t n)
{
    population->theta[c] = imr_median(value, n);
    for (size_t i = 0; i < n; i++) {
        value[i] = fabs(value[i] - population->theta[c]);
    }
    population->between[c] =
        fmin(fmax(TO_A_STANDARD_DEVIATION * imr_median(value, n), LEAST_SPREAD), MOST_SPREAD);
}

void
imr_expansion_cohort_start(imr_expansion_population_t *population,
    const imr_expansion_patient_t *patient, size_t patients, const uint8_t *random, double *scratch)
{
    size_t p = imr_expansion_parameters(population->decline), fitted = 0, seen = 0;
    double *own = scratch + M * patients, typical[M] = { 0 };

    memset(population->theta, 0, sizeof(population->theta));
    memset(population->between, 0, sizeof(population->between));
    for (size_t i = 0; i < patients; i++) {
        size_t largest = largest_of(&patient[i].course);
        double theta[M];

        if (largest < patient[i].course.n) {
            own[seen] = patient[i].course.log_copies[largest];
            own[patients + seen++] = log(patient[i].course.day[largest]);
        }
        if (fit_course(&patient[i].course, theta)) {
            for (size_t c = 0; c < p; c++) {
                scratch[c * patients + fitted] = theta[c];
            }
            fitted++;
        }
    }
    if (seen > 0) {
        describe(population, IMR_EXPANSION_CMAX, own, seen);
        describe(population, IMR_EXPANSION_TMAX, own + patients, seen);
    }
    typical[IMR_EXPANSION_FOLD] = TYPICAL_FOLD;
    typical[IMR_EXPANSION_ALPHA] = TYPICAL_ALPHA - population->theta[IMR_EXPANSION_TMAX];
    typical[IMR_EXPANSION_SHARE] = TYPICAL_SHARE;
    typical[IMR_EXPANSION_BETA] = TYPICAL_BETA - population->theta[IMR_EXPANSION_TMAX];
    for (size_t c = IMR_EXPANSION_FOLD; c < p; c++) {
        if (fitted >= FEWEST) {
            describe(population, c, scratch + c * patients, fitted);
        } else {
            population->theta[c] = typical[c];
            population->between[c] = 0.7;
        }
    }
    for (size_t c = 0; c < M; c++) {
        population->between[c] = random[c] && c < p ? population->between[c] : 0;
    }
    population->log_h = TYPICAL_PRECISION;
}

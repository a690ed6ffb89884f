/* One patient for the tests of the expansion curves of a cohort. */
#ifndef IMR_TEST_EXPANSION_PATIENT_H
#define IMR_TEST_EXPANSION_PATIENT_H

#include "recovery/expansion_cohort_laplace.h"

enum { PATIENT_SAMPLES = 9, M = IMR_EXPANSION_PARAMETERS };

static const double PATIENT_DAY[PATIENT_SAMPLES] = { 1, 4, 7, 9, 11, 14, 28, 90, 180 };
static const double PATIENT_VALUE[PATIENT_SAMPLES] = { 2.1, 5.2, 8.4, 9.7, 9.9, 9.1, 6.9, 4.6,
    3.9 };
static const uint8_t PATIENT_BELOW[PATIENT_SAMPLES] = { 1, 0, 0, 0, 0, 0, 0, 0, 1 };

/* The first n samples of the patient. */
static inline imr_course_t
course_of(imr_expansion_decline_t decline, size_t n)
{
    imr_course_t course = { decline, n, 0, PATIENT_DAY, PATIENT_VALUE, PATIENT_BELOW };

    for (size_t i = 0; i < n; i++) {
        course.quantified += !PATIENT_BELOW[i];
    }
    return course;
}

/* About the typical curve and spread of Stein 2019. */
static inline imr_expansion_population_t
population_of(imr_expansion_decline_t decline)
{
    imr_expansion_population_t population = { .decline = decline,
        .theta = { 10.0, 2.2, 8.1, -1.8, -4.5, -5.6 },
        .between = { 0.8, 0.5, 1.2, 0.7, 0.9, 0.8 },
        .log_h = 0.5 };

    if (decline == IMR_DECLINE_EXPONENTIAL) {
        population.theta[IMR_EXPANSION_SHARE] = population.between[IMR_EXPANSION_SHARE] = 0;
        population.theta[IMR_EXPANSION_BETA] = population.between[IMR_EXPANSION_BETA] = 0;
    }
    return population;
}

#endif

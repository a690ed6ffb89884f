#include "recovery/expansion_cohort_start.h"

#include "../harness.h"
#include "expansion_patient.h"

enum { PATIENTS = 5 };

static const uint8_t ALL[M] = { 1, 1, 1, 1, 1, 1 };

static void
prepare(imr_expansion_patient_t *patient, double *value, size_t n)
{
    for (size_t i = 0; i < PATIENTS; i++) {
        memset(&patient[i], 0, sizeof(patient[i]));
        patient[i].course = course_of(IMR_DECLINE_BIEXPONENTIAL, n);
        for (size_t k = 0; k < n; k++) {
            value[i * PATIENT_SAMPLES + k] = PATIENT_VALUE[k] + 0.2 * ((double) i - 2);
        }
        patient[i].course.log_copies = value + i * PATIENT_SAMPLES;
    }
}

static void
test_patients_with_a_curve_say_where_to_start(void)
{
    imr_expansion_patient_t patient[PATIENTS];
    double value[PATIENTS * PATIENT_SAMPLES], scratch[2 * M * PATIENTS];
    uint8_t none[PATIENT_SAMPLES] = { 0 };
    imr_expansion_population_t population = { .decline = IMR_DECLINE_BIEXPONENTIAL };

    prepare(patient, value, PATIENT_SAMPLES);
    for (size_t i = 0; i < PATIENTS; i++) {
        patient[i].course.below = none;
        patient[i].course.quantified = PATIENT_SAMPLES;
    }
    imr_expansion_cohort_start(&population, patient, PATIENTS, ALL, scratch);
    CHECK_NEAR(population.theta[IMR_EXPANSION_CMAX], 9.9, 1e-12);
    CHECK_NEAR(population.theta[IMR_EXPANSION_TMAX], log(11), 1e-12);
    CHECK(population.theta[IMR_EXPANSION_FOLD] > 5 && population.theta[IMR_EXPANSION_FOLD] < 15);
    CHECK(population.theta[IMR_EXPANSION_ALPHA] > population.theta[IMR_EXPANSION_BETA]);
    for (size_t c = 0; c < M; c++) {
        CHECK(population.between[c] >= 0.3 && population.between[c] <= 1.5);
    }
}

static void
test_slow_phases_that_do_not_fall_have_a_finite_start(void)
{
    imr_expansion_patient_t patient[PATIENTS];
    double value[PATIENTS * PATIENT_SAMPLES], scratch[2 * M * PATIENTS];
    uint8_t none[PATIENT_SAMPLES] = { 0 };
    imr_expansion_population_t population = { .decline = IMR_DECLINE_BIEXPONENTIAL };

    prepare(patient, value, PATIENT_SAMPLES);
    for (size_t i = 0; i < PATIENTS; i++) {
        patient[i].course.below = none;
        patient[i].course.quantified = PATIENT_SAMPLES;
        value[i * PATIENT_SAMPLES + 8] = value[i * PATIENT_SAMPLES + 7] + 0.5; /* days 90 and 180 */
    }
    imr_expansion_cohort_start(&population, patient, PATIENTS, ALL, scratch);
    CHECK_NEAR(population.theta[IMR_EXPANSION_BETA], log(0.1 / 180), 1e-9);
    CHECK_NEAR(population.between[IMR_EXPANSION_BETA], 0.3, 1e-12);
}

static void
test_without_curves_it_is_the_typical_one(void)
{
    static const uint8_t two[M] = { 1, 1, 0, 0, 0, 0 };
    imr_expansion_patient_t patient[PATIENTS];
    double value[PATIENTS * PATIENT_SAMPLES], scratch[2 * M * PATIENTS];
    imr_expansion_population_t population = { .decline = IMR_DECLINE_EXPONENTIAL };

    prepare(patient, value, 3);
    imr_expansion_cohort_start(&population, patient, PATIENTS, two, scratch);
    CHECK_NEAR(population.theta[IMR_EXPANSION_CMAX], 8.4, 1e-12);
    CHECK_NEAR(population.theta[IMR_EXPANSION_TMAX], log(7), 1e-12);
    CHECK_NEAR(population.theta[IMR_EXPANSION_FOLD], 8.3, 1e-12);
    CHECK(population.between[IMR_EXPANSION_FOLD] == 0 && population.theta[IMR_EXPANSION_BETA] == 0);
    CHECK(population.between[IMR_EXPANSION_TMAX] > 0);
}

HARNESS_MAIN({
    RUN(test_patients_with_a_curve_say_where_to_start);
    RUN(test_slow_phases_that_do_not_fall_have_a_finite_start);
    RUN(test_without_curves_it_is_the_typical_one);
})

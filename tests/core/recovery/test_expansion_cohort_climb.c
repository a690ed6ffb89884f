#include "recovery/expansion_cohort_climb.h"

#include "../harness.h"
#include "expansion_patient.h"

/* Five patients who differ in their height alone, with points for each. */
enum { PATIENTS = 5, POINTS = 120 };

typedef struct {
    imr_expansion_cohort_t cohort;
    imr_expansion_patient_t patient[PATIENTS];
    imr_expansion_pieces_t scratch;
    double value[PATIENTS * PATIENT_SAMPLES];
    double room[PATIENTS * POINTS * (2 * M + 5)];
    uint8_t below[PATIENT_SAMPLES];
} case_t;

static case_t CASE;

static void
prepare(case_t *self, double apart)
{
    memset(self, 0, sizeof(*self));
    self->cohort.options = (imr_expansion_cohort_options_t) { IMR_DECLINE_BIEXPONENTIAL,
        { 1, 1, 0, 0, 0, 0 }, POINTS };
    self->cohort.population = population_of(IMR_DECLINE_BIEXPONENTIAL);
    for (size_t c = 2; c < M; c++) {
        self->cohort.population.between[c] = 0;
    }
    self->cohort.patients = self->cohort.sampled = PATIENTS;
    self->cohort.samples = PATIENTS * (size_t) PATIENT_SAMPLES;
    self->cohort.patient = self->patient;
    self->cohort.scratch = &self->scratch;
    for (size_t i = 0; i < PATIENTS; i++) {
        double *value = self->value + i * PATIENT_SAMPLES;

        for (size_t k = 0; k < PATIENT_SAMPLES; k++) {
            value[k] =
                PATIENT_VALUE[k] + apart * ((double) i - 2) + 0.3 * sin(4.0 * (double) (9 * i + k));
        }
        self->patient[i].course = (imr_course_t) { IMR_DECLINE_BIEXPONENTIAL, PATIENT_SAMPLES,
            PATIENT_SAMPLES, PATIENT_DAY, value, self->below };
        imr_expansion_give_room(&self->patient[i], POINTS,
            self->room + i * imr_expansion_room(POINTS, &self->patient[i].course), (uint32_t) i);
    }
}

static void
test_the_climb_ends_at_a_maximum(void)
{
    imr_expansion_unknowns_t unknowns = { .cohort = &CASE.cohort };
    imr_ascent_t ascent;
    double highest;

    prepare(&CASE, 0.5);
    CHECK(imr_expansion_climb(&unknowns, &ascent) == IMR_OK);
    CHECK(CASE.cohort.score_norm < 1e-3 && unknowns.count >= 8);
    /* heights at -1, -0.5, 0, 0.5, 1: a standard deviation of 0.71 */
    CHECK_NEAR(CASE.cohort.population.between[0], sqrt(0.5), 0.15);
    highest = imr_expansion_cohort_loglik(&CASE.cohort);
    CHECK(fabs(highest - CASE.cohort.loglik) < 0.1);
    for (size_t c = 0; c < M; c++) {
        for (int side = -1; side <= 1; side += 2) {
            double kept = CASE.cohort.population.theta[c];

            CASE.cohort.population.theta[c] = kept + 0.5 * side;
            CHECK(imr_expansion_cohort_loglik(&CASE.cohort) < highest);
            CASE.cohort.population.theta[c] = kept;
        }
    }
}

static void
test_equal_heights_have_no_spread(void)
{
    imr_expansion_unknowns_t unknowns = { .cohort = &CASE.cohort };
    imr_ascent_t ascent;

    prepare(&CASE, 0);
    CHECK(imr_expansion_climb(&unknowns, &ascent) == IMR_OK);
    CHECK(CASE.cohort.population.between[0] == 0 && unknowns.returned[0]);
    CHECK(CASE.cohort.tmax_is_least);
}

static void
test_it_stops_when_asked(void)
{
    imr_expansion_unknowns_t unknowns = { .cohort = &CASE.cohort };
    imr_stop_t stop = { harness_stop, NULL, 0 };
    imr_ascent_t ascent;

    prepare(&CASE, 0.5);
    CASE.cohort.stop = &stop;
    CHECK(imr_expansion_climb(&unknowns, &ascent) == IMR_ERR_STOPPED);
}

/* The same curve with its phases named the other way. */
static void
test_the_slow_phase_is_the_second(void)
{
    imr_expansion_unknowns_t unknowns = { .cohort = &CASE.cohort };
    imr_ascent_t ascent;
    double *theta = CASE.cohort.population.theta;

    for (int differs = 0; differs < 2; differs++) {
        prepare(&CASE, 0.5);
        theta[IMR_EXPANSION_ALPHA] = -5.6;
        theta[IMR_EXPANSION_BETA] = -1.8;
        theta[IMR_EXPANSION_SHARE] = 4.5;
        CASE.cohort.options.random[IMR_EXPANSION_BETA] = (uint8_t) differs;
        CHECK(imr_expansion_climb(&unknowns, &ascent)
            == (differs ? IMR_ERR_EXPANSION_COHORT_PHASES : IMR_OK));
        CHECK(theta[IMR_EXPANSION_ALPHA] > theta[IMR_EXPANSION_BETA]);
        CHECK(theta[IMR_EXPANSION_SHARE] < 0);
    }
}

HARNESS_MAIN({
    RUN(test_the_climb_ends_at_a_maximum);
    RUN(test_equal_heights_have_no_spread);
    RUN(test_it_stops_when_asked);
    RUN(test_the_slow_phase_is_the_second);
})

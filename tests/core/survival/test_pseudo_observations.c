#include "survival/pseudo_observations.h"

#include "../harness.h"

static const double TIME[] = { 2, 4, 6, 8 };

static int
pseudo(const double *time, const uint8_t *event, size_t n, imr_pseudo_observations_of_t of,
    double t, double *estimate, double *value)
{
    imr_pseudo_observations_t self;
    int status = imr_pseudo_observations_init(
        &self, time, event, n, of == IMR_PSEUDO_INCIDENCE ? 2 : 1, 1, NULL);

    if (status == IMR_OK) {
        status = imr_pseudo_observations(&self, of, t, "at", 0, estimate, value, 1, NULL);
    }
    imr_pseudo_observations_free(&self);
    return status;
}

static void
test_without_censoring_they_are_the_observations(void)
{
    static const uint8_t all[] = { 1, 1, 1, 1 };
    double estimate, value[4];

    CHECK(pseudo(TIME, all, 4, IMR_PSEUDO_SURVIVAL, 5, &estimate, value) == IMR_OK);
    for (int i = 0; i < 4; i++) {
        CHECK(fabs(value[i] - (TIME[i] > 5)) < 1e-15);
    }
    CHECK(pseudo(TIME, all, 4, IMR_PSEUDO_RMST, 5, &estimate, value) == IMR_OK);
    for (int i = 0; i < 4; i++) {
        CHECK_NEAR(value[i], fmin(TIME[i], 5), 1e-14);
    }
    CHECK(pseudo(TIME, all, 4, IMR_PSEUDO_RMST, 50, &estimate, value) == IMR_OK); /* S is 0 */
    CHECK_NEAR(value[3], 8, 1e-14);
}

/* 2 event, 4 censored, 6 and 8 events, at 6: S = 3/8;
 * without 2: 1/2; without 4: 1/3; without 6: 2/3; without 8: 0. */
static void
test_a_censored_time_by_hand(void)
{
    static const uint8_t event[] = { 1, 0, 1, 1 };
    static const double expected[] = { 0, 0.5, -0.5, 1.5 };
    double estimate, value[4];

    CHECK(pseudo(TIME, event, 4, IMR_PSEUDO_SURVIVAL, 6, &estimate, value) == IMR_OK);
    CHECK_NEAR(estimate, 0.375, 1e-15);
    for (int i = 0; i < 4; i++) {
        CHECK(fabs(value[i] - expected[i]) < 1e-15);
    }
}

/* 2 of interest, 4 another, 6 censored, 8 of interest, at 6: F = 1/4. Without 2: 0; without 4: 1/3;
 * without 6 or 8: 1/3. At 8: F = 1/4 + 1/2; without 2: 2/3; without 4: 1; without 6: 2/3; without 8 the
 * curve ends at 1/3. */
static void
test_incidence_by_hand(void)
{
    static const uint8_t cause[] = { 1, 2, 0, 1 };
    static const double at_6[] = { 1, 0, 0, 0 }, at_8[] = { 1, 0, 1, 2 };
    double estimate, value[4];

    CHECK(pseudo(TIME, cause, 4, IMR_PSEUDO_INCIDENCE, 6, &estimate, value) == IMR_OK);
    CHECK_NEAR(estimate, 0.25, 1e-15);
    for (int i = 0; i < 4; i++) {
        CHECK(fabs(value[i] - at_6[i]) < 1e-14);
    }
    CHECK(pseudo(TIME, cause, 4, IMR_PSEUDO_INCIDENCE, 8, &estimate, value) == IMR_OK);
    CHECK_NEAR(estimate, 0.75, 1e-15);
    for (int i = 0; i < 4; i++) {
        CHECK(fabs(value[i] - at_8[i]) < 1e-14);
    }
    CHECK(pseudo(TIME, cause, 4, IMR_PSEUDO_SURVIVAL, 6, &estimate, value) == IMR_ERR_EVENT);
}

static void
test_one_patient_and_times_outside(void)
{
    static const uint8_t event[] = { 1, 0, 1, 0 };
    double estimate, value[4];

    CHECK(pseudo(TIME, event, 1, IMR_PSEUDO_SURVIVAL, 3, &estimate, value) == IMR_OK);
    CHECK(value[0] == 0);
    CHECK(pseudo(TIME, event, 1, IMR_PSEUDO_RMST, 3, &estimate, value) == IMR_OK);
    CHECK(value[0] == 2);
    CHECK(pseudo(TIME, event, 4, IMR_PSEUDO_SURVIVAL, 1, &estimate, value) == IMR_OK);
    CHECK(value[0] == 1 && value[3] == 1);
    CHECK(pseudo(TIME, event, 4, IMR_PSEUDO_RMST, 1, &estimate, value) == IMR_OK);
    CHECK(value[0] == 1 && value[3] == 1);
    CHECK(pseudo(TIME, event, 4, IMR_PSEUDO_SURVIVAL, 9, &estimate, value) == IMR_ERR_TAU);
    CHECK(pseudo(TIME, event, 4, IMR_PSEUDO_RMST, 9, &estimate, value) == IMR_ERR_TAU);
    CHECK(pseudo(TIME, event, 4, IMR_PSEUDO_RMST, 0, &estimate, value) == IMR_ERR_NOT_POSITIVE);
    CHECK(pseudo(TIME, event, 4, IMR_PSEUDO_SURVIVAL, -1, &estimate, value) == IMR_ERR_NEGATIVE);
    CHECK(pseudo(TIME, event, 0, IMR_PSEUDO_SURVIVAL, 1, &estimate, value) == IMR_ERR_NO_PATIENT);
}

static void
test_allocations_that_fail(void)
{
    static const uint8_t event[] = { 1, 0, 1, 1 };
    double estimate, value[4];

    FAIL_EACH_ALLOCATION(
        pseudo(TIME, event, 4, IMR_PSEUDO_SURVIVAL, 6, &estimate, value), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_without_censoring_they_are_the_observations);
    RUN(test_a_censored_time_by_hand);
    RUN(test_incidence_by_hand);
    RUN(test_one_patient_and_times_outside);
    RUN(test_allocations_that_fail);
})

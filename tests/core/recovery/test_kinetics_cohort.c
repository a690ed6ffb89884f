#include "recovery/kinetics_cohort.h"

#include "../harness.h"
#include "cohort_rows.h"

static const uint8_t ALL[] = { 1, 1, 1, 1 }, FIRST[] = { 1, 0, 0, 0 }, NONE[] = { 0, 0, 0, 0 };

static void
test_the_fit_is_a_maximum(void)
{
    cohort_rows_t rows;
    imr_kinetics_cohort_t fit;
    imr_fault_t fault;
    double highest;

    CHECK(read_cohort(&rows, IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG) == IMR_OK);
    CHECK(imr_kinetics_cohort_fit(&fit, &rows.read, ALL, 3, NULL, &fault) == IMR_OK);
    CHECK(fit.score_norm < 1e-4);
    CHECK(fit.samples == COHORT_ROWS && fit.sampled == COHORT_PATIENTS && fit.below > 0);
    CHECK_NEAR(exp(fit.theta[0]), 103, 0.2);
    CHECK_NEAR(fit.theta[1], 119, 0.1);
    highest = imr_kinetics_cohort_loglik(&fit);
    for (size_t c = 0; c < 3; c++) {
        for (int side = -1; side <= 1; side += 2) {
            double kept = fit.theta[c];

            fit.theta[c] += side * 0.3 * sqrt(fit.covariance[c * IMR_KINETICS_MOST + c]);
            CHECK(imr_kinetics_cohort_loglik(&fit) < highest);
            fit.theta[c] = kept;
        }
    }
    for (int side = -1; side <= 1; side += 2) {
        double kept = fit.h;

        fit.h *= exp(side * 0.3 * fit.h_error);
        CHECK(imr_kinetics_cohort_loglik(&fit) < highest);
        fit.h = kept;
    }
    imr_kinetics_cohort_free(&fit);
    imr_kinetics_cohort_free(&fit);
    imr_kinetics_free(&rows.read);
}

static void
test_patients_are_drawn_towards_the_middle(void)
{
    cohort_rows_t rows;
    imr_kinetics_cohort_t fit;
    imr_fault_t fault;

    CHECK(read_cohort(&rows, IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG) == IMR_OK);
    CHECK(imr_kinetics_cohort_fit(&fit, &rows.read, ALL, 1, NULL, &fault) == IMR_OK);
    for (size_t p = 0; p < COHORT_PATIENTS; p++) {
        for (size_t c = 0; c < 3; c++) {
            double variance = fit.individual_covariance[p * 16 + c * 5];

            /* what the counts tell only narrows the distribution between patients */
            CHECK(variance <= fit.between[c] * fit.between[c] * (1 + 1e-12));
            CHECK(fit.between[c] > 0 || fit.individual[p * 4 + c] == fit.theta[c]);
        }
    }
    /* the patient who came back last has the latest midpoint */
    CHECK(fit.individual[3 * 4 + 1] > fit.theta[1] && fit.individual[5 * 4 + 1] < fit.theta[1]);
    imr_kinetics_cohort_free(&fit);
    imr_kinetics_free(&rows.read);
}

static void
test_without_differences_it_is_the_fit_of_all_samples(void)
{
    cohort_rows_t rows;
    imr_kinetics_cohort_t fit;
    imr_fault_t fault;
    double h = 0;

    CHECK(read_cohort(&rows, IMR_KINETICS_EXPONENTIAL, IMR_KINETICS_ADDITIVE) == IMR_OK);
    CHECK(imr_kinetics_cohort_fit(&fit, &rows.read, NONE, 1, NULL, &fault) == IMR_OK);
    h = fit.h;
    for (size_t c = 0; c < 4; c++) {
        CHECK(fit.between[c] == 0);
    }
    CHECK(h > 0 && fit.score_norm < 1e-4);
    imr_kinetics_cohort_free(&fit);
    imr_kinetics_free(&rows.read);
}

static void
test_equal_patients_do_not_differ(void)
{
    cohort_rows_t rows;
    imr_kinetics_cohort_t fit;
    imr_fault_t fault;

    CHECK(read_cohort(&rows, IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG) == IMR_OK);
    for (size_t i = COHORT_DAYS; i < COHORT_ROWS; i++) {
        rows.read.sample[i].count = rows.read.sample[i % COHORT_DAYS].count;
        rows.read.sample[i].below = rows.read.sample[i % COHORT_DAYS].below;
    }
    CHECK(imr_kinetics_cohort_fit(&fit, &rows.read, ALL, 3, NULL, &fault) == IMR_OK);
    CHECK(fit.between[0] == 0 && fit.between[1] == 0 && fit.between[2] == 0);
    CHECK(isnan(fit.between_error[0]));
    imr_kinetics_cohort_free(&fit);
    imr_kinetics_free(&rows.read);
}

static void
check_refusal(cohort_rows_t *rows, size_t nodes, imr_stop_t *stop, int status)
{
    imr_kinetics_cohort_t fit;
    imr_fault_t fault = { 0 };

    CHECK(imr_kinetics_cohort_fit(&fit, &rows->read, FIRST, nodes, stop, &fault) == status);
    CHECK(fault.status == status);
    imr_kinetics_cohort_free(&fit);
    imr_kinetics_free(&rows->read);
}

static void
test_what_is_no_cohort_is_refused(void)
{
    imr_stop_t stop = { harness_stop, NULL, 1e9 };
    cohort_rows_t rows;

    CHECK(read_cohort(&rows, IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG) == IMR_OK);
    check_refusal(&rows, 4, NULL, IMR_ERR_KINETICS_COHORT_NODES);
    CHECK(read_cohort(&rows, IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG) == IMR_OK);
    check_refusal(&rows, 9, NULL, IMR_ERR_KINETICS_COHORT_NODES);
    CHECK(read_cohort(&rows, IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG) == IMR_OK);
    check_refusal(&rows, 3, &stop, IMR_ERR_STOPPED);
    CHECK(read_cohort(&rows, IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG) == IMR_OK);
    rows.read.options.models[0] = IMR_KINETICS_TURNOVER;
    check_refusal(&rows, 3, NULL, IMR_ERR_KINETICS_COHORT_MODEL);
    CHECK(read_cohort(&rows, IMR_KINETICS_EMAX, IMR_KINETICS_LOG) == IMR_OK);
    rows.read.sample[0].day = 0;
    check_refusal(&rows, 3, NULL, IMR_ERR_KINETICS_COHORT_DAY);
    CHECK(read_cohort(&rows, IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG) == IMR_OK);
    rows.read.options.start_day = 1e5;
    check_refusal(&rows, 3, NULL, IMR_ERR_KINETICS_COHORT_PATIENTS);
    CHECK(read_cohort(&rows, IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG) == IMR_OK);
    for (size_t i = 0; i < COHORT_ROWS; i++) {
        rows.read.sample[i].count = 5;
        rows.read.sample[i].below = 0;
    }
    check_refusal(&rows, 3, NULL, IMR_ERR_KINETICS_COHORT_START);
}

/* Too few samples of each patient for a fit, so that all are taken together. */
static int
fit_sparse(cohort_rows_t *rows, imr_kinetics_cohort_t *fit, imr_fault_t *fault)
{
    return imr_kinetics_cohort_fit(fit, &rows->read, FIRST, 3, NULL, fault);
}

static void
test_sparse_patients_start_from_all_samples(void)
{
    cohort_rows_t rows;
    imr_kinetics_cohort_t fit;
    imr_fault_t fault;

    CHECK(read_cohort(&rows, IMR_KINETICS_EXPONENTIAL, IMR_KINETICS_LOG) == IMR_OK);
    for (size_t p = 0; p <= COHORT_PATIENTS; p++) { /* two samples each, out of order */
        rows.read.start[p] = 2 * p;
    }
    for (size_t i = 0; i < 12; i++) {
        rows.read.sample[i].count = 2 + 3 * (double) (i % 2) + (double) (i / 2);
        rows.read.sample[i].day = 10 * (double) (7 - i / 2) + 40 * (double) (i % 2);
        rows.read.sample[i].below = 0;
    }
    CHECK(fit_sparse(&rows, &fit, &fault) == IMR_OK);
    CHECK(fit.theta[1] > 0 && fit.samples == 12);
    imr_kinetics_cohort_free(&fit);
    FAIL_EACH_ALLOCATION(
        fit_sparse(&rows, &fit, &fault), IMR_ERR_NOMEM, imr_kinetics_cohort_free(&fit));
    imr_kinetics_free(&rows.read);
}

HARNESS_MAIN({
    RUN(test_the_fit_is_a_maximum);
    RUN(test_patients_are_drawn_towards_the_middle);
    RUN(test_without_differences_it_is_the_fit_of_all_samples);
    RUN(test_equal_patients_do_not_differ);
    RUN(test_what_is_no_cohort_is_refused);
    RUN(test_sparse_patients_start_from_all_samples);
})

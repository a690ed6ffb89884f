#include "recovery/expansion_cohort.h"

#include "../harness.h"
#include "expansion_cohort_rows.h"

enum { M = IMR_EXPANSION_PARAMETERS };

static expansion_rows_t ROWS;

static imr_expansion_cohort_options_t
options_of(imr_expansion_decline_t decline)
{
    imr_expansion_cohort_options_t options = { decline, { 1, 1, 1, 1, 1, 1 },
        300 / (size_t) harness_step(3) };

    return options;
}

static int
fit_rows(
    imr_expansion_cohort_t *fit, const imr_expansion_cohort_options_t *options, imr_fault_t *fault)
{
    return imr_expansion_cohort_fit(fit, &ROWS.series, options, NULL, fault);
}

static void
test_the_fit_is_a_maximum_near_the_truth(void)
{
    imr_expansion_cohort_options_t options = options_of(IMR_DECLINE_EXPONENTIAL);
    imr_expansion_cohort_t fit;
    imr_fault_t fault;
    double highest;

    draw_cohort(&ROWS, 12, 9, 0.3, 3);
    CHECK(fit_rows(&fit, &options, &fault) == IMR_OK);
    CHECK(fit.score_norm < 1e-3 && fit.samples == 108 && fit.sampled == 12 && fit.below > 0);
    CHECK(fit.loglik_error > 0 && fit.loglik_error < 1);
    highest = imr_expansion_cohort_loglik(&fit);
    CHECK(fabs(highest - fit.loglik) < 0.05);
    for (size_t c = 0; c < 4; c++) {
        double kept = fit.population.theta[c], error = sqrt(fit.covariance[c * M + c]);

        CHECK(fabs(kept - TRUTH[c]) < 4 * error);
        for (int side = -1; side <= 1; side += 2) {
            fit.population.theta[c] = kept + side * error;
            CHECK(imr_expansion_cohort_loglik(&fit) < highest - 0.1);
        }
        fit.population.theta[c] = kept;
        CHECK(fit.between_error[c] > 0 && fit.shrinkage[c] < 1);
    }
    CHECK(isnan(fit.shrinkage[IMR_EXPANSION_BETA]) && fit.h_error > 0);
    CHECK(fabs(log(0.3) + fit.population.log_h) < 1);
    imr_expansion_cohort_free(&fit);
    imr_expansion_cohort_free(&fit);
}

static void
test_patients_with_few_samples_borrow(void)
{
    imr_expansion_cohort_options_t options = options_of(IMR_DECLINE_EXPONENTIAL);
    imr_expansion_cohort_t fit;
    imr_fault_t fault;
    int64_t patient[12 * 9];
    size_t n = 0;

    draw_cohort(&ROWS, 12, 9, 0.3, 3);
    for (size_t i = 0; i < 12 * 9; i++) { /* three samples of the first, none of the second */
        if ((i / 9 == 0 && i % 3 != 1) || i / 9 == 1) {
            continue;
        }
        patient[n] = ROWS.patient[i];
        ROWS.day[n] = ROWS.day[i];
        ROWS.copies[n++] = ROWS.copies[i];
    }
    ROWS.series.n = n;
    ROWS.series.patient = patient;
    CHECK(fit_rows(&fit, &options, &fault) == IMR_OK);
    CHECK(fit.sampled == 11);
    for (size_t c = 0; c < 4; c++) {
        double variance = fit.population.between[c] * fit.population.between[c];
        double of_common = fit.covariance[c * M + c];
        const double *of = fit.individual_covariance;

        /* none: the population; three: more is known, but less than of nine */
        CHECK_NEAR(of[M * M + c * M + c], variance + of_common, 1e-12);
        CHECK(fit.individual[M + c] == fit.population.theta[c]);
        CHECK(of[c * M + c] < 1.2 * (variance + of_common));
        CHECK(variance == 0 || of[c * M + c] > of[5 * M * M + c * M + c]);
    }
    imr_expansion_cohort_free(&fit);
}

static void
test_patients_who_do_not_differ_have_no_spread(void)
{
    imr_expansion_cohort_options_t options = options_of(IMR_DECLINE_EXPONENTIAL);
    imr_expansion_cohort_t fit;
    imr_fault_t fault;

    draw_cohort(&ROWS, 8, 9, 0.3, 5);
    for (size_t i = 9; i < 72; i++) { /* the same curve, with another scatter about it */
        ROWS.copies[i] = exp(imr_course_log_curve(IMR_DECLINE_EXPONENTIAL, TRUTH, ROWS.day[i])
            + 0.4 * sin(5.0 * (double) i));
    }
    for (size_t i = 0; i < 9; i++) {
        ROWS.copies[i] = ROWS.copies[i + 9];
    }
    CHECK(fit_rows(&fit, &options, &fault) == IMR_OK);
    CHECK(fit.tmax_is_least
        && fit.population.between[IMR_EXPANSION_TMAX] == IMR_EXPANSION_LEAST_BETWEEN);
    CHECK(fit.population.between[IMR_EXPANSION_CMAX] == 0);
    CHECK(fit.population.between[IMR_EXPANSION_ALPHA] == 0);
    CHECK(isnan(fit.between_error[IMR_EXPANSION_CMAX])
        && isnan(fit.between_error[IMR_EXPANSION_TMAX]));
    CHECK(fabs(fit.population.theta[IMR_EXPANSION_CMAX] - TRUTH[0]) < 0.5);
    imr_expansion_cohort_free(&fit);
}

static void
check_refusal(const imr_expansion_cohort_options_t *options, imr_stop_t *stop, int status)
{
    imr_expansion_cohort_t fit;
    imr_fault_t fault = { 0 };

    CHECK(imr_expansion_cohort_fit(&fit, &ROWS.series, options, stop, &fault) == status);
    CHECK(fault.status == status);
    imr_expansion_cohort_free(&fit);
}

static void
test_what_is_no_cohort_is_refused(void)
{
    imr_expansion_cohort_options_t options = options_of(IMR_DECLINE_EXPONENTIAL);
    imr_stop_t stop = { harness_stop, NULL, 1e9 };
    int64_t start[] = { 0, 1, 3, 4 };
    double infusion[] = { 0, 0, 5, 0 }, kept;
    uint8_t below[27] = { 0 };

    draw_cohort(&ROWS, 3, 9, 0.3, 5);
    check_refusal(&options, &stop, IMR_ERR_STOPPED);
    options.random[IMR_EXPANSION_TMAX] = 0;
    check_refusal(&options, NULL, IMR_ERR_EXPANSION_COHORT_TMAX);
    options.random[IMR_EXPANSION_TMAX] = 1;
    options.points = 99;
    check_refusal(&options, NULL, IMR_ERR_EXPANSION_COHORT_POINTS);
    options.points = 300;
    ROWS.series.infusion_start = start;
    ROWS.series.infusion_day = infusion;
    check_refusal(&options, NULL, IMR_ERR_EXPANSION_COHORT_INFUSIONS);
    ROWS.series.infusion_start = NULL;
    ROWS.series.infusion_day = NULL;
    ROWS.series.lloq = NULL;
    ROWS.series.below = below;
    check_refusal(&options, NULL, IMR_ERR_LIMIT_NEEDED);
    ROWS.series.below = NULL;
    kept = ROWS.copies[4];
    ROWS.copies[4] = 0;
    check_refusal(&options, NULL, IMR_ERR_ZERO_COPIES);
    ROWS.copies[4] = NAN;
    check_refusal(&options, NULL, IMR_ERR_NONFINITE);
    ROWS.copies[4] = kept;
    ROWS.series.n = 9;
    check_refusal(&options, NULL, IMR_ERR_EXPANSION_COHORT_PATIENTS);
    ROWS.series.n = 11;
    options.decline = IMR_DECLINE_BIEXPONENTIAL;
    check_refusal(&options, NULL, IMR_ERR_EXPANSION_COHORT_SAMPLES);
}

/* Values that rise for ever have no peak. */
static void
test_a_cohort_without_a_maximum_says_so(void)
{
    imr_expansion_cohort_options_t options = options_of(IMR_DECLINE_BIEXPONENTIAL);
    imr_expansion_cohort_t fit;
    imr_fault_t fault = { 0 };
    int status;

    draw_cohort(&ROWS, 3, 9, 0.3, 5);
    for (size_t i = 0; i < 27; i++) {
        ROWS.copies[i] = exp(0.1 * ROWS.day[i] + 0.3 * cos(3.0 * (double) i) + 5);
    }
    status = fit_rows(&fit, &options, &fault);
    CHECK(status == IMR_ERR_EXPANSION_COHORT_NOCONV);
    CHECK(fault.status == status);
    imr_expansion_cohort_free(&fit);
}

static void
test_memory_that_runs_out_is_no_fault_of_the_data(void)
{
    imr_expansion_cohort_options_t options = options_of(IMR_DECLINE_EXPONENTIAL);
    imr_expansion_cohort_t fit;
    imr_fault_t fault;

    options.random[IMR_EXPANSION_FOLD] = options.random[IMR_EXPANSION_ALPHA] = 0;
    options.points = 100;
    draw_cohort(&ROWS, 3, 9, 0.3, 5);
    FAIL_EACH_ALLOCATION(
        fit_rows(&fit, &options, &fault), IMR_ERR_NOMEM, imr_expansion_cohort_free(&fit));
}

HARNESS_MAIN({
    RUN(test_the_fit_is_a_maximum_near_the_truth);
    RUN(test_patients_with_few_samples_borrow);
    RUN(test_patients_who_do_not_differ_have_no_spread);
    RUN(test_what_is_no_cohort_is_refused);
    RUN(test_a_cohort_without_a_maximum_says_so);
    RUN(test_memory_that_runs_out_is_no_fault_of_the_data);
})

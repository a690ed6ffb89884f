#include "survival/fine_gray.h"

#include "../harness.h"
#include "../stop_sweep.h"

/* Two patients with the event at 1 and 3, one with a competing event at 2, all followed up. The
 * competing one stays at risk, so the risk sets are {0, 1, 2, 3} and {1, 2, 3}, x is 1, 0, 0, 1: the
 * likelihood is e^b / (2 e^b + 2) times e^b / (e^b + 2). */
static const double TIME[] = { 1, 4, 2, 3 };
static const uint8_t CAUSE[] = { 1, 3, 2, 1 };

static imr_fine_gray_data_t
data_of(size_t n, const double *time, const uint8_t *cause, const double *x, size_t p)
{
    return (imr_fine_gray_data_t) { .n = n,
        .time = time,
        .cause = cause,
        .columns = x,
        .p = p,
        .strata = 1,
        .level = 0.95,
        .fix_ties = 1 };
}

static void
test_two_events_worked_by_hand(void)
{
    /* with x = 1, 1, 0, 0: e^b / (2 e^b + 2) 1 / (e^b + 2), largest at e^b = sqrt(2) */
    static const double X[] = { 1, 1, 0, 0 };
    imr_fine_gray_data_t data = data_of(4, TIME, CAUSE, X, 1);
    imr_fine_gray_t fit;
    double r = sqrt(2), at_half = 0;
    double column[] = { 0, 1 }, times[] = { 0.5, 1, 3.5 }, incidence[6];
    double std_error[6], low[6], high[6];
    imr_fine_gray_prediction_t predicted = { incidence, std_error, low, high };

    CHECK(imr_fine_gray(&fit, &data, NULL, NULL) == IMR_OK);
    CHECK(fit.p == 1 && fit.n_times == 2 && fit.events == 2 && fit.competing == 2);
    CHECK_NEAR(fit.coef[0], log(r), 1e-12);
    CHECK_NEAR(fit.loglik, log(r / (2 * r + 2) / (r + 2)), 1e-14);
    CHECK_NEAR(fit.loglik_null, log(1.0 / 12), 1e-14);
    CHECK(fit.score_norm < 1e-8);
    /* information: p (1 - p) with p the share of x = 1 at risk */
    CHECK_NEAR(1 / fit.information_inverse[0],
        2 * r * 2 / pow(2 * r + 2, 2) + r * 2 / pow(r + 2, 2), 1e-12);
    CHECK(fit.time[0] == 1 && fit.time[1] == 3);
    /* the hazard of x = 0 */
    at_half = exp(-fit.coef[0] * fit.center[0]);
    CHECK_NEAR(fit.cumulative_hazard[0] * at_half, 1 / (2 * r + 2), 1e-12);
    CHECK_NEAR(fit.cumulative_hazard[1] * at_half, 1 / (2 * r + 2) + 1 / (r + 2), 1e-12);
    CHECK(imr_fine_gray_predict(&fit, column, 2, times, 3, 0.95, &predicted, NULL) == IMR_OK);
    CHECK(incidence[0] == 0 && incidence[3] == 0);
    CHECK(low[0] == 0 && isnan(high[0]) && std_error[0] == 0); /* before the first event */
    for (int i = 1; i < 3; i++) {
        double hazard = fit.cumulative_hazard[i - 1] * at_half; /* of x = 0, half off the centre */
        double error = sqrt(fit.hazard_variance[i - 1] / pow(fit.cumulative_hazard[i - 1], 2)
            - fit.hazard_covariance[i - 1] / fit.cumulative_hazard[i - 1] + fit.covariance[0] / 4);

        CHECK_NEAR(std_error[i], exp(-hazard) * hazard * error, 1e-12);
        CHECK_NEAR(low[i], -expm1(-hazard * exp(-1.959963984540054 * error)), 1e-12);
        CHECK_NEAR(high[i], -expm1(-hazard * exp(1.959963984540054 * error)), 1e-12);
    }
    CHECK(imr_fine_gray_predict(&fit, column, 2, times, 3, 1, &predicted, NULL) == IMR_ERR_LEVEL);
    CHECK_NEAR(incidence[1], -expm1(-1 / (2 * r + 2)), 1e-12);
    CHECK_NEAR(incidence[5], -expm1(-r * (1 / (2 * r + 2) + 1 / (r + 2))), 1e-12);
    times[1] = -1;
    CHECK(imr_fine_gray_predict(&fit, column, 2, times, 3, 0.95, &predicted, NULL)
        == IMR_ERR_NEGATIVE);
    times[1] = NAN;
    CHECK(imr_fine_gray_predict(&fit, column, 2, times, 3, 0.95, &predicted, NULL)
        == IMR_ERR_NONFINITE);
    column[1] = INFINITY;
    CHECK(imr_fine_gray_predict(&fit, column, 2, times, 1, 0.95, &predicted, NULL)
        == IMR_ERR_NONFINITE);
    imr_fine_gray_free(&fit);
    imr_fine_gray_free(&fit);
}

/* 0 at risk never lie above those with the event: the likelihood rises with the coefficient. */
static void
test_infinite_coefficients_are_refused(void)
{
    static const double UP[] = { 1, 0, 0, 1 };
    double x[8];
    imr_fine_gray_data_t data = data_of(4, TIME, CAUSE, UP, 1);
    imr_fine_gray_t fit;
    imr_fault_t fault;

    CHECK(imr_fine_gray(&fit, &data, NULL, &fault) == IMR_ERR_MONOTONE);
    CHECK(fault.row == 0 && strcmp(fault.argument, "X column") == 0 && fit.block == NULL);
    for (size_t i = 0; i < 4; i++) {
        x[2 * i] = i == 1 ? 1 : i == 3 ? 0.5 : 0.25;
        x[2 * i + 1] = -3 * UP[i];
    }
    data = data_of(4, TIME, CAUSE, x, 2);
    CHECK(imr_fine_gray(&fit, &data, NULL, &fault) == IMR_ERR_MONOTONE);
}

static void
test_bad_input_is_named(void)
{
    static const double X[] = { 1, 1, 0, 0 }, SAME[] = { 2, 2, 2, 2 };
    static const double TWICE[] = { 1, 2, 1, 2, 0, 0, 0, 0 }, EARLY[] = { 5, 1, 1, 1 };
    static const uint8_t LATE[] = { 0, 1, 1, 1 }, NONE[] = { 0, 2, 2, 0 };
    static const int64_t STRATUM[] = { 0, 1, 1, 2 };
    double bad[] = { 1, 1, -1, 0 };
    imr_fine_gray_data_t plain = data_of(4, TIME, CAUSE, X, 1), data = plain;
    imr_fine_gray_t fit;
    imr_fault_t fault;

    data.time = bad;
    CHECK(imr_fine_gray(&fit, &data, NULL, &fault) == IMR_ERR_NEGATIVE && fault.row == 2);
    bad[2] = NAN;
    CHECK(imr_fine_gray(&fit, &data, NULL, &fault) == IMR_ERR_NONFINITE && fault.row == 2);
    data = plain;
    data.columns = bad;
    CHECK(imr_fine_gray(&fit, &data, NULL, &fault) == IMR_ERR_NONFINITE && fault.row == 2);
    bad[2] = 1e101;
    CHECK(imr_fine_gray(&fit, &data, NULL, &fault) == IMR_ERR_COVARIATE_RANGE && fault.row == 2);
    bad[0] = bad[2] = 1e-101;
    bad[1] = 0;
    CHECK(imr_fine_gray(&fit, &data, NULL, &fault) == IMR_ERR_COVARIATE_RANGE && fault.row == 0);
    data.columns = SAME;
    CHECK(imr_fine_gray(&fit, &data, NULL, &fault) == IMR_ERR_COLLINEAR && fault.row == 0);
    data = data_of(4, TIME, CAUSE, TWICE, 2);
    CHECK(imr_fine_gray(&fit, &data, NULL, &fault) == IMR_ERR_COLLINEAR && fault.row == 1);
    data = data_of(4, TIME, LATE, EARLY, 1); /* 5 belongs to one who is censored at once */
    CHECK(imr_fine_gray(&fit, &data, NULL, &fault) == IMR_ERR_NO_INFORMATION && fault.row == 0);
    data = data_of(4, TIME, NONE, X, 1);
    CHECK(imr_fine_gray(&fit, &data, NULL, &fault) == IMR_ERR_NO_EVENT_OF_INTEREST);
    data = plain;
    data.p = 0;
    CHECK(imr_fine_gray(&fit, &data, NULL, &fault) == IMR_ERR_NO_COLUMN);
    data = plain;
    data.n = 0;
    CHECK(imr_fine_gray(&fit, &data, NULL, &fault) == IMR_ERR_NO_PATIENT);
    data = plain;
    data.level = 1;
    CHECK(imr_fine_gray(&fit, &data, NULL, &fault) == IMR_ERR_LEVEL);
    data = plain;
    data.stratum = STRATUM;
    data.strata = 2;
    CHECK(imr_fine_gray(&fit, &data, NULL, &fault) == IMR_ERR_CODE && fault.row == 3);
    data = plain;
    data.strata = (size_t) UINT32_MAX + 1;
    CHECK(imr_fine_gray(&fit, &data, NULL, &fault) == IMR_ERR_TOO_MANY_ROWS);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    static const double X[] = { 1, 1, 0, 0 };
    imr_fine_gray_data_t data = data_of(4, TIME, CAUSE, X, 1);
    imr_fine_gray_t fit;

    FAIL_EACH_ALLOCATION(
        imr_fine_gray(&fit, &data, NULL, NULL), IMR_ERR_NOMEM, imr_fine_gray_free(&fit));
}

static void
test_it_stops_at_each_question(void)
{
    static const double X[] = { 1, 1, 0, 0 };
    imr_fine_gray_data_t data = data_of(4, TIME, CAUSE, X, 1);
    imr_fine_gray_t fit;

    STOP_AT_EACH_QUESTION(imr_fine_gray(&fit, &data, &sweep.stop, NULL), imr_fine_gray_free(&fit));
}

HARNESS_MAIN({
    RUN(test_two_events_worked_by_hand);
    RUN(test_infinite_coefficients_are_refused);
    RUN(test_bad_input_is_named);
    RUN(test_no_allocation_is_taken_for_granted);
    RUN(test_it_stops_at_each_question);
})

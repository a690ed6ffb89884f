#include "recovery/reconstitution_parametric.h"

#include "reconstitution_parametric_fit.h"

/* Exact times with exponential return would have the hazard 2 / 10 a day; here with sigma free the
 * Weibull's; the rate of competing events is their number over the days followed. */
static void
test_of_exact_times(void)
{
    static const double LEFT[] = { 2, 3, 5, 6, 7, 9 }, RIGHT[] = { 2, INFINITY, 5, 6, INFINITY, 9 },
                        COMPETING[] = { INFINITY, 3, INFINITY, INFINITY, INFINITY, 12 };
    imr_reconstitution_parametric_t fit;
    double share, competing, theta, sum = 0, weighted = 0, logs = 0;

    CHECK(fit_parametric(
              &fit, LEFT, RIGHT, COMPETING, 6, IMR_UNSEEN_UNKNOWN, IMR_APLASIA_WEIBULL, NULL)
        == IMR_OK);
    CHECK(fit.n_returned == 4 && fit.n_competing == 1 && fit.n_unseen == 0);
    CHECK_NEAR(fit.rate / fit.unit, 1.0 / 32, 1e-14);
    theta = 1 / fit.fit.sigma;
    for (int i = 0; i < 6; i++) { /* the two equations of a Weibull's maximum */
        double s = pow(LEFT[i], theta);

        sum += s;
        weighted += s * log(LEFT[i]);
        logs += isinf(RIGHT[i]) ? 0 : log(LEFT[i]);
    }
    CHECK_NEAR(exp(theta * fit.fit.mu), sum / 4, 1e-9);
    CHECK_NEAR(weighted / sum - 1 / theta, logs / 4, 1e-8);
    imr_reconstitution_parametric_shares(&fit, INFINITY, &share, &competing);
    CHECK_NEAR(share + competing, 1, 1e-12);
    imr_reconstitution_parametric_shares(&fit, 0, &share, &competing);
    CHECK(share == 0 && competing == 0);
    imr_reconstitution_parametric_free(&fit);
}

/* What a competing event after a gap says of return: of three rows of equal visits. */
static void
test_readings_of_a_gap(void)
{
    static const double LEFT[] = { 28, 28, 56 }, RIGHT[] = { 56, INFINITY, INFINITY },
                        COMPETING[] = { INFINITY, 40, INFINITY };
    static const double FROM[] = { 40, 28, 28 }, TO[] = { INFINITY, 40, INFINITY };

    for (int k = 0; k < 3; k++) {
        imr_reconstitution_rows_t rows;
        imr_reconstitution_parametric_t fit;

        CHECK(imr_reconstitution_rows_init(&rows, LEFT, RIGHT, COMPETING, NULL, 1, 3, 0, 1, NULL)
            == IMR_OK);
        CHECK(imr_reconstitution_parametric_init(&fit, &rows, LEFT, NULL, 0,
                  (imr_reconstitution_unseen_t) k, 1, IMR_APLASIA_LOGNORMAL, NULL)
            == IMR_OK);
        CHECK(fit.times.recovery_left[1] == FROM[k] && fit.times.recovery_right[1] == TO[k]);
        CHECK(fit.times.recovery_left[0] == 28 && fit.times.recovery_right[0] == 56);
        CHECK(fit.n_unseen == 1 && fit.n_competing == 1 && fit.n_returned == 1);
        CHECK_NEAR(fit.exposure * fit.unit, 56 + 40 + 56, 1e-14);
        imr_reconstitution_rows_free(&rows);
        imr_reconstitution_parametric_free(&fit);
    }
}

/* Nobody has returned: never, as far as is known; all at the first visit: at once. */
static void
test_never_and_at_once(void)
{
    static const double LEFT[] = { 0, 0, 0 }, LATE[] = { 28, 56, 56 },
                        NEVER[] = { INFINITY, INFINITY, INFINITY }, FIRST[] = { 28, 28, 56 },
                        COMPETING[] = { INFINITY, 60, INFINITY };
    imr_reconstitution_parametric_t fit;
    double share, competing;

    CHECK(fit_parametric(
              &fit, LATE, NEVER, COMPETING, 3, IMR_UNSEEN_UNKNOWN, IMR_APLASIA_WEIBULL, NULL)
        == IMR_OK);
    imr_reconstitution_parametric_shares(&fit, 100, &share, &competing);
    CHECK(share == 0);
    CHECK_NEAR(competing, -expm1(-100.0 / (28 + 60 + 56)), 1e-13);
    imr_reconstitution_parametric_free(&fit);
    CHECK(fit_parametric(
              &fit, LEFT, FIRST, COMPETING, 3, IMR_UNSEEN_UNKNOWN, IMR_APLASIA_WEIBULL, NULL)
        == IMR_OK);
    imr_reconstitution_parametric_shares(&fit, 1, &share, &competing);
    CHECK(share == 1 && competing == 0);
    imr_reconstitution_parametric_shares(&fit, 0, &share, &competing);
    CHECK(share == 0 && competing == 0);
    imr_reconstitution_parametric_free(&fit);
}

static int
fault_of(
    const double *left, const double *right, const double *competing, size_t n, imr_fault_t *fault)
{
    imr_reconstitution_parametric_t fit;
    int status = fit_parametric(
        &fit, left, right, competing, n, IMR_UNSEEN_UNKNOWN, IMR_APLASIA_WEIBULL, fault);

    imr_reconstitution_parametric_free(&fit);
    return status;
}

static void
test_refusals(void)
{
    static const double ZERO[] = { 0, 0 }, NEVER[] = { INFINITY, INFINITY }, ONE[] = { 30, 30 };
    const int64_t group[] = { 0, 0 };
    imr_reconstitution_rows_t rows;
    imr_reconstitution_parametric_t fit;
    imr_fault_t fault;

    CHECK(fault_of(ZERO, ZERO, NULL, 2, &fault) == IMR_ERR_RETURN_AT_ONCE);
    CHECK(strcmp(fault.argument, "right") == 0 && fault.row == 0);
    CHECK(fault_of(ZERO, NEVER, ZERO, 2, &fault) == IMR_ERR_RECONSTITUTION_RATE);
    CHECK(strcmp(fault.argument, "competing") == 0);
    CHECK(fault_of(ONE, ONE, NULL, 2, &fault) == IMR_ERR_APLASIA_UNBOUNDED);
    CHECK(strcmp(fault.argument, "left") == 0);
    CHECK(fault_of(ONE, ONE, NULL, 2, NULL) == IMR_ERR_APLASIA_UNBOUNDED);
    CHECK(imr_reconstitution_rows_init(&rows, ONE, NEVER, NULL, NULL, 1, 2, 0, 1, NULL) == IMR_OK);
    CHECK(imr_reconstitution_parametric_init(
              &fit, &rows, ONE, group, 1, IMR_UNSEEN_UNKNOWN, 0, IMR_APLASIA_WEIBULL, NULL)
        == IMR_ERR_NO_ROWS);
    imr_reconstitution_parametric_free(&fit);
    imr_reconstitution_rows_free(&rows);
}

static void
test_out_of_memory(void)
{
    static const double LEFT[] = { 28, 56, 28.5 }, RIGHT[] = { 56, 84, INFINITY },
                        COMPETING[] = { INFINITY, INFINITY, 40 };
    imr_reconstitution_parametric_t fit;

    FAIL_EACH_ALLOCATION(fit_parametric(&fit, LEFT, RIGHT, COMPETING, 3, IMR_UNSEEN_UNKNOWN,
                             IMR_APLASIA_WEIBULL, NULL),
        IMR_ERR_NOMEM, imr_reconstitution_parametric_free(&fit));
}

HARNESS_MAIN({
    RUN(test_of_exact_times);
    RUN(test_readings_of_a_gap);
    RUN(test_never_and_at_once);
    RUN(test_refusals);
    RUN(test_out_of_memory);
})

#include "survival/cox_likelihood.h"

#include "../harness.h"
#include "cox_data.h"

/* Evaluates the six rows at coef; score and information are checked by differences. */
static void
check_derivatives(imr_cox_ties_t ties)
{
    imr_cox_data_t data = six();
    imr_cox_options_t options = options_of(ties);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;
    double coef[2] = { 0.4, -0.7 }, score[2], information[4], h = 1e-6;

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, ties, 0, NULL, NULL) == IMR_OK);
    CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_OK);
    memcpy(score, at.score, sizeof(score));
    memcpy(information, at.information, sizeof(information));
    CHECK(at.penalized == at.loglik);
    for (size_t j = 0; j < 2; j++) {
        double up, down, slope[2];

        coef[j] += h;
        CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_OK);
        up = at.loglik;
        memcpy(slope, at.score, sizeof(slope));
        coef[j] -= 2 * h;
        CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_OK);
        down = at.loglik;
        coef[j] += h;
        CHECK(fabs((up - down) / (2 * h) - score[j]) < 1e-8);
        for (size_t c = 0; c < 2; c++) {
            CHECK(fabs((at.score[c] - slope[c]) / (2 * h) - information[2 * j + c]) < 1e-7);
        }
    }
    imr_cox_likelihood_free(&at);
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
}

static void
test_score_and_information_are_derivatives_under_each_rule(void)
{
    check_derivatives(IMR_COX_EFRON);
    check_derivatives(IMR_COX_BRESLOW);
    check_derivatives(IMR_COX_EXACT);
    check_derivatives(IMR_COX_MARGINAL);
}

static void
test_the_null_likelihood_of_the_six_rows_by_hand(void)
{
    /* at 4: rows 0, 5 (two events) of 0, 5 and 4; at 3: row 1 twice and row 2, of those and 0 and 4 */
    const double expected[] = { -log(3.0 * 2) - log(5.0 * 4 * 3), -2 * log(3.0) - 3 * log(5.0),
        -log(3.0) - log(10.0), -log(3.0) - log(10.0) };
    imr_cox_data_t data = six();
    double coef[2] = { 0, 0 };

    for (int ties = 0; ties < 4; ties++) {
        imr_cox_options_t options = options_of((imr_cox_ties_t) ties);
        imr_cox_rows_t rows;
        imr_cox_likelihood_t at;

        CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
        CHECK(imr_cox_likelihood_init(&at, &rows, options.ties, 0, NULL, NULL) == IMR_OK);
        CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_OK);
        CHECK_NEAR(at.loglik, expected[ties], 1e-13);
        imr_cox_likelihood_free(&at);
        imr_cox_rows_free(&rows);
    }
}

static void
test_a_stop_is_heeded(void)
{
    enum { N = 60000, P = 20 };
    double *x = malloc(N * P * sizeof(double)), *time = malloc(N * sizeof(double));
    uint8_t *event = malloc(N);
    double coef[P] = { 0 };
    int asked = 0;
    imr_stop_t stop = { harness_stop, &asked, 0 };
    imr_cox_data_t data = { .n = N, .p = P, .time = time, .event = event, .x = x, .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;

    for (size_t i = 0; i < (size_t) N * P; i++) {
        x[i] = (double) ((i * 7919) % 1009);
    }
    for (size_t i = 0; i < N; i++) {
        time[i] = (double) (i % 997);
        event[i] = 1;
    }
    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, IMR_COX_EFRON, 0, &stop, NULL) == IMR_OK);
    CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_ERR_STOPPED && asked == 1);
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
    free(x);
    free(time);
    free(event);
}

static void
test_hazard_ratios_beyond_the_range_of_double(void)
{
    /* log hazard ratios 0, 500, 1000: each event is the highest at risk, and the likelihood is 1 */
    const double time[3] = { 3, 2, 1 }, x[3] = { 0, 1, 2 };
    const uint8_t event[3] = { 1, 1, 1 };
    imr_cox_data_t data = { .n = 3, .p = 1, .time = time, .event = event, .x = x, .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_BRESLOW);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;
    double coef[2] = { 0, 0 };

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, IMR_COX_BRESLOW, 0, NULL, NULL) == IMR_OK);
    coef[0] = 500 * rows.scale[0];
    CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_OK);
    CHECK(fabs(at.loglik) < 1e-12);
    coef[0] = -500 * rows.scale[0]; /* now each is the lowest: -500, and -1000 at time 1 */
    CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_OK);
    CHECK_NEAR(at.loglik, -1500, 1e-12);
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
}

static void
test_every_allocation_may_fail(void)
{
    imr_cox_data_t data = six();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(imr_cox_likelihood_init(&at, &rows, IMR_COX_EFRON, 0, NULL, NULL),
        IMR_ERR_NOMEM, imr_cox_likelihood_free(&at));
    imr_cox_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_score_and_information_are_derivatives_under_each_rule);
    RUN(test_the_null_likelihood_of_the_six_rows_by_hand);
    RUN(test_a_stop_is_heeded);
    RUN(test_hazard_ratios_beyond_the_range_of_double);
    RUN(test_every_allocation_may_fail);
})

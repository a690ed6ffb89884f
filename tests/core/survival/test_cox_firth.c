#include "survival/cox_likelihood.h"

#include "../harness.h"
#include "cox_data.h"

static void
check_penalty(imr_cox_ties_t ties)
{
    imr_cox_data_t data = six();
    imr_cox_options_t options = options_of(ties);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;
    double coef[2] = { 0.4, -0.7 }, score[2], h = 1e-6;

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, ties, 1, NULL, NULL) == IMR_OK);
    CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_OK);
    CHECK_NEAR(at.penalized - at.loglik,
        0.5 * log(at.information[0] * at.information[3] - at.information[1] * at.information[2]),
        1e-12);
    memcpy(score, at.score, sizeof(score));
    for (size_t j = 0; j < 2; j++) {
        double up;

        coef[j] += h;
        CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_OK);
        up = at.penalized;
        coef[j] -= 2 * h;
        CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_OK);
        coef[j] += h;
        CHECK(fabs((up - at.penalized) / (2 * h) - score[j]) < 1e-8);
    }
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
}

static void
test_the_score_is_the_derivative_of_the_penalised_likelihood(void)
{
    check_penalty(IMR_COX_EFRON);
    check_penalty(IMR_COX_BRESLOW);
}

static void
test_every_allocation_may_fail(void)
{
    imr_cox_data_t data = aml();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;
    double coef[2] = { 0, 0 };

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, IMR_COX_EFRON, 1, NULL, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(imr_cox_evaluate(&at, coef, NULL), IMR_ERR_NOMEM, (void) 0);
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_the_score_is_the_derivative_of_the_penalised_likelihood);
    RUN(test_every_allocation_may_fail);
})

#include "survival/cox_monotone.h"

#include "../harness.h"
#include "cox_data.h"

enum { N = 5 };
static const double TIME[N] = { 1, 2, 3, 4, 5 };
static const uint8_t EVENT[N] = { 1, 1, 0, 1, 0 };

/* Is the likelihood of two covariates monotone? The score is that at 0. */
static int
found_in(const double *x, double *direction)
{
    imr_cox_data_t data = { .n = N, .p = 2, .time = TIME, .event = EVENT, .x = x, .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;
    double coef[2] = { 0, 0 };
    int found = -1;

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, IMR_COX_EFRON, 0, NULL, NULL) == IMR_OK);
    CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_OK);
    CHECK(
        imr_cox_monotone(&rows, IMR_COX_EFRON, at.score, direction, &found, NULL, NULL) == IMR_OK);
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
    return found;
}

static void
test_a_direction_along_which_nobody_loses(void)
{
    /* the sum of both covariates falls with time; neither does by itself */
    const double x[2 * N] = { 9, 1, 2, 7, 6, 2, 1, 4, 4, 0 };
    double direction[2];

    CHECK(found_in(x, direction) == 1);
    CHECK(direction[0] > 0 && direction[1] > 0);
}

static void
test_one_loser_makes_it_finite(void)
{
    const double x[2 * N] = { 9, 1, 2, 7, 6, 3.5, 1, 4, 4, 2 };
    double direction[2];

    CHECK(found_in(x, direction) == 0);
}

static void
test_every_allocation_may_fail(void)
{
    imr_cox_data_t data = aml();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    double score[1] = { 1 }, direction[1];
    int found;

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(
        imr_cox_monotone(&rows, IMR_COX_EFRON, score, direction, &found, NULL, NULL), IMR_ERR_NOMEM,
        (void) 0);
    CHECK(found == 0);
    imr_cox_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_a_direction_along_which_nobody_loses);
    RUN(test_one_loser_makes_it_finite);
    RUN(test_every_allocation_may_fail);
})

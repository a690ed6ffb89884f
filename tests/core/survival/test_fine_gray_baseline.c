#include "survival/fine_gray_baseline.h"

#include "../harness.h"
#include "../stop_sweep.h"

/* Nobody is censored, so that all weights are 1 and the influences are short sums. */
enum { N = 6 };
static const double TIME[N] = { 1, 4, 2, 3, 3, 5 };
static const uint8_t CAUSE[N] = { 1, 3, 2, 1, 1, 1 };
static const double X[N] = { 1, 0, 0, 1, 0, 2 };

static imr_fine_gray_data_t
data_of(void)
{
    return (imr_fine_gray_data_t) { .n = N,
        .time = TIME,
        .cause = CAUSE,
        .columns = X,
        .p = 1,
        .strata = 1,
        .level = 0.95,
        .fix_ties = 1 };
}

/* The influence of row i on the score, and on the hazard at event time `until`, coefficients aside. */
static double
influence_of(const imr_fine_gray_fit_t *fit, size_t i, size_t until, double *on_hazard)
{
    const imr_fine_gray_rows_t *rows = fit->rows;
    double score = 0;

    *on_hazard = 0;
    for (size_t e = 0; e < rows->n_times; e++) {
        size_t g = rows->event_group[e];
        int there = i >= rows->first[g] || rows->kind[i] == 2;
        int own = rows->kind[i] == 1 && i >= rows->first[g] && i < rows->first[g + 1];
        double unit = fit->jump[e] / rows->events[e];
        double part = own - (there ? fit->risk[i] * fit->jump[e] : 0);

        score += part * (rows->z[i] - fit->mean[e]);
        *on_hazard += e <= until ? part * unit : 0;
    }
    return score;
}

static void
test_sums_of_products_of_influences(void)
{
    imr_fine_gray_data_t data = data_of();
    imr_fine_gray_rows_t rows;
    imr_fine_gray_fit_t fit = { 0 };
    double null, score[N], variance[3], with_beta[3], square = 0, covariance, information;

    CHECK(imr_fine_gray_rows(&data, &rows, NULL, NULL) == IMR_OK && rows.n_times == 3);
    CHECK(imr_fine_gray_fit_init(&fit, &rows, NULL) == IMR_OK);
    CHECK(imr_fine_gray_maximise(&fit, &null, NULL) == IMR_OK);
    information = fit.factor[0] * fit.factor[0];
    for (size_t i = 0; i < N; i++) {
        double unused;

        score[i] = influence_of(&fit, i, 0, &unused);
        square += score[i] * score[i];
    }
    covariance = square / information / information;
    CHECK(imr_fine_gray_baseline(&fit, score, &covariance, variance, with_beta) == IMR_OK);
    for (size_t e = 0; e < 3; e++) {
        double mean = 0, squares = 0, products = 0;

        for (size_t k = 0; k <= e; k++) {
            mean += fit.jump[k] * fit.mean[k];
        }
        for (size_t i = 0; i < N; i++) {
            double own, beta;

            beta = influence_of(&fit, i, e, &own) / information;
            own -= mean * beta;
            squares += own * own;
            products += own * beta;
        }
        CHECK_NEAR(variance[e], squares, 1e-12);
        CHECK_NEAR(with_beta[e], products, 1e-11);
    }
    imr_fine_gray_fit_free(&fit);
    imr_fine_gray_rows_free(&rows);
}

static void
test_every_allocation_may_fail_and_each_question_stop(void)
{
    imr_fine_gray_data_t data = data_of();
    imr_fine_gray_rows_t rows;
    imr_fine_gray_fit_t fit = { 0 };
    double null, score[N] = { 0 }, variance[3], with_beta[3], covariance = 1;

    CHECK(imr_fine_gray_rows(&data, &rows, NULL, NULL) == IMR_OK);
    CHECK(imr_fine_gray_fit_init(&fit, &rows, NULL) == IMR_OK);
    CHECK(imr_fine_gray_maximise(&fit, &null, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(imr_fine_gray_baseline(&fit, score, &covariance, variance, with_beta),
        IMR_ERR_NOMEM, (void) 0);
    STOP_AT_EACH_QUESTION(
        (fit.stop = &sweep.stop,
            imr_fine_gray_baseline(&fit, score, &covariance, variance, with_beta)),
        (void) 0);
    imr_fine_gray_fit_free(&fit);
    imr_fine_gray_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_sums_of_products_of_influences);
    RUN(test_every_allocation_may_fail_and_each_question_stop);
})

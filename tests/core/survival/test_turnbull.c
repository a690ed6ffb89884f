#include "survival/turnbull.h"

#include "turnbull_fit.h"

/* By the conditions of Karush, Kuhn and Tucker (tests/golden/survival/turnbull_handmade.json). */
static void
test_sets_worked_by_hand(void)
{
    double a_left[] = { 0, 1, 1, 2 }, a_right[] = { 1, 3, 2, 3 };
    double d_left[] = { 2, 3, 1 }, d_right[] = { 2, 3, 3 };
    imr_turnbull_estimate_t e;

    CHECK(fit(&e, a_left, a_right, 4, NULL) == IMR_OK);
    CHECK(e.n_support == 3 && e.n_cells == 3);
    CHECK_NEAR(e.mass[0], 0.25, 1e-12);
    CHECK_NEAR(e.mass[1], 0.375, 1e-12);
    CHECK_NEAR(e.mass[2], 0.375, 1e-12);
    CHECK_NEAR(e.loglik, -3.635634939595124, 1e-14);
    imr_free(e.block);
    CHECK(fit(&e, d_left, d_right, 3, NULL) == IMR_OK);
    CHECK(e.n_support == 2 && e.left[0] == 2 && e.right[0] == 2 && e.left[1] == 3);
    CHECK_NEAR(e.mass[0], 0.5, 1e-12);
    imr_free(e.block);
}

static void
test_one_row_is_one_interval(void)
{
    double left[] = { 3, 3, 0, 0 }, right[] = { 5, INFINITY, 4, 0 };
    imr_turnbull_estimate_t e;

    for (int i = 0; i < 4; i++) {
        CHECK(fit(&e, left + i, right + i, 1, NULL) == IMR_OK);
        CHECK(e.n_cells == 1 && e.n_support == 1 && e.mass[0] == 1 && e.estimate[0] == 0);
        CHECK(e.left[0] == left[i] && e.right[0] == right[i]);
        CHECK(e.loglik == 0 && e.kkt_gap == 0);
        imr_free(e.block);
    }
}

static void
test_all_censored_puts_the_mass_after_the_last(void)
{
    double left[] = { 3, 12, 7, 12 }, right[] = { INFINITY, INFINITY, INFINITY, INFINITY };
    imr_turnbull_estimate_t e;

    CHECK(fit(&e, left, right, 4, NULL) == IMR_OK);
    CHECK(e.n_support == 1 && e.left[0] == 12 && isinf(e.right[0]) && e.loglik == 0);
    imr_free(e.block);
}

/* The certificate, found by going from row to row, over each cell. */
static double
plain_gap(const imr_turnbull_estimate_t *e, const double *left, const double *right, size_t n)
{
    double most = 0;
    double *gradient = calloc(e->n_cells, sizeof(double));

    for (size_t i = 0; i < n; i++) {
        double p = 0;

        for (int pass = 0; pass < 2; pass++) {
            for (size_t j = 0; j < e->n_cells; j++) {
                int exact = left[i] == right[i];

                if (exact ? e->cell_left[j] == left[i] && e->cell_right[j] == left[i]
                          : e->cell_left[j] >= left[i] && e->cell_right[j] <= right[i]
                            && (e->cell_left[j] > left[i] || e->cell_right[j] > left[i])) {
                    if (pass == 0) {
                        p += e->cell_mass[j];
                    } else {
                        gradient[j] += 1 / p;
                    }
                }
            }
        }
    }
    for (size_t j = 0; j < e->n_cells; j++) {
        most = fmax(most, gradient[j] / (double) n - 1);
        CHECK(e->cell_mass[j] == 0 || fabs(gradient[j] / (double) n - 1) < 1e-6);
    }
    free(gradient);
    return most;
}

static void
test_the_certificate_holds_on_simulated_visits(void)
{
    enum { N = 400 };
    static const double EXACT[] = { 0, 0.05, 0.5, 0.95, 1 };
    double left[N], right[N];
    imr_turnbull_estimate_t e;

    for (size_t k = 0; k < sizeof(EXACT) / sizeof(EXACT[0]); k++) {
        for (size_t n = 5; n <= N; n += 79) {
            double total = 0;

            visits(left, right, n, EXACT[k], 17 * k + n);
            CHECK(fit(&e, left, right, n, NULL) == IMR_OK);
            CHECK(e.kkt_gap <= 1e-12);
            CHECK(plain_gap(&e, left, right, n) <= 1e-10);
            for (size_t j = 0; j < e.n_support; j++) {
                CHECK(e.mass[j] > 0 && e.left[j] <= e.right[j]);
                CHECK(j == 0 || e.right[j - 1] <= e.left[j]);
                total += e.mass[j];
            }
            CHECK_NEAR(total, 1, N * 0x1p-52); /* the rounding of this sum */
            imr_free(e.block);
        }
    }
}

static void
test_the_log_likelihood_rises_from_turn_to_turn(void)
{
    enum { N = 40000 };
    double *left = malloc(N * sizeof(double)), *right = malloc(N * sizeof(double));
    double before = -INFINITY;
    imr_turnbull_t npmle;
    int done = 0, turns = 0;

    visits(left, right, N, 0.05, 5);
    CHECK(begin(&npmle, left, right, N, NULL) == IMR_OK);
    while (!done) {
        double loglik = 0;

        CHECK(imr_turnbull_advance(&npmle, &done, NULL) == IMR_OK);
        for (size_t j = 0; j < npmle.n_cells; j++) {
            for (size_t i = npmle.first[j]; i < npmle.first[j + 1]; i++) {
                loglik += npmle.weight[i] * log(npmle.sum[npmle.end[i]] - npmle.sum[j]);
            }
        }
        CHECK(loglik >= before - 1e-13 * fabs(loglik)); /* the rounding of this sum */
        before = loglik;
        turns++;
    }
    CHECK(turns > 1);
    imr_turnbull_free(&npmle);
    free(left);
    free(right);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    enum { N = 60 };
    double left[N], right[N];
    imr_turnbull_estimate_t e;

    visits(left, right, N, 0.2, 11);
    FAIL_EACH_ALLOCATION(fit(&e, left, right, N, NULL), IMR_ERR_NOMEM, imr_free(e.block));
}

HARNESS_MAIN({
    RUN(test_sets_worked_by_hand);
    RUN(test_one_row_is_one_interval);
    RUN(test_all_censored_puts_the_mass_after_the_last);
    RUN(test_the_certificate_holds_on_simulated_visits);
    RUN(test_the_log_likelihood_rises_from_turn_to_turn);
    RUN(test_no_allocation_is_taken_for_granted);
})

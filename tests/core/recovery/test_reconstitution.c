#include "recovery/reconstitution.h"

#include "reconstitution_fit.h"
#include "survival/turnbull.h"

#define INF INFINITY

/* Returns in (0, 2] and (1, 3], a death on day 2 and a patient censored on day 1. The innermost intervals are
 * (1, 2] alone, which both returns hold, and the death; whoever is censored has one or the other later. So
 * the return has 2 / 3 and the death 1 / 3: all rows hold a part of it, and the censored row has P = 1. */
static void
test_a_set_worked_by_hand(void)
{
    double left[] = { 0, 1, 1, 1 }, right[] = { 2, 3, INF, INF },
           competing[] = { INF, INF, 2, INF };
    imr_reconstitution_estimate_t e;

    CHECK(fit(&e, left, right, competing, 4, NULL) == IMR_OK);
    CHECK(e.n_support == 1 && e.left[0] == 1 && e.right[0] == 2);
    CHECK_NEAR(e.mass[0], 2.0 / 3, 1e-12);
    CHECK(e.n_points == 1 && e.time[0] == 2);
    CHECK_NEAR(e.point_mass[0], 1.0 / 3, 1e-12);
    CHECK(e.rest == 0);
    CHECK_NEAR(e.loglik, 2 * log(2.0 / 3) + log(1.0 / 3), 1e-12);
    CHECK(e.kkt_gap <= 1e-12);
    imr_free(e.block);
}

static void
test_nobody_returned(void)
{
    double left[] = { 28, 56, 84 }, right[] = { INF, INF, INF }, competing[] = { INF, 60, INF };
    imr_reconstitution_estimate_t e;

    CHECK(fit(&e, left, right, NULL, 3, NULL) == IMR_OK);
    CHECK(e.n_support == 0 && e.n_points == 0 && e.rest == 1 && e.last_censored == 84);
    CHECK(e.loglik == 0 && e.kkt_gap == 0);
    imr_free(e.block);
    CHECK(fit(&e, left, right, competing, 3, NULL) == IMR_OK);
    /* one of two at risk on day 60, after one of three was censored */
    CHECK_NEAR(e.point_mass[0], 0.5, 1e-12);
    CHECK_NEAR(e.rest, 0.5, 1e-12);
    imr_free(e.block);
}

static void
test_one_row(void)
{
    double left[] = { 28, 28, 28 }, right[] = { 56, INF, INF }, competing[] = { INF, 40, INF };
    imr_reconstitution_estimate_t e;

    for (int i = 0; i < 3; i++) {
        CHECK(fit(&e, left + i, right + i, competing + i, 1, NULL) == IMR_OK);
        CHECK(e.loglik == 0 && e.kkt_gap < 1e-15);
        CHECK((i == 0 ? e.mass[0] : i == 1 ? e.point_mass[0] : e.rest) == 1);
        imr_free(e.block);
    }
}

static void
test_without_competing_events_it_is_turnbulls(void)
{
    double left[60], right[60], competing[60];

    for (uint64_t seed = 0; seed < 40; seed++) {
        imr_reconstitution_estimate_t e;
        imr_turnbull_ends_t ends;
        imr_turnbull_t npmle;
        imr_turnbull_estimate_t other;
        int done = 0;

        visits(left, right, competing, 60, seed % 2 == 0 ? 28 : 14.5, seed);
        CHECK(fit(&e, left, right, NULL, 60, NULL) == IMR_OK);
        CHECK(imr_turnbull_ends_init(&ends, left, right, 60, 1, NULL) == IMR_OK);
        CHECK(imr_turnbull_init(&npmle, &ends, NULL, 0, NULL) == IMR_OK);
        while (!done) {
            CHECK(imr_turnbull_advance(&npmle, &done, NULL) == IMR_OK);
        }
        CHECK(imr_turnbull_finish(&npmle, &other, NULL) == IMR_OK);
        CHECK_NEAR(e.loglik, other.loglik, 1e-12);
        CHECK(e.n_support + (e.rest > 0) == other.n_support);
        for (size_t j = 0; j < e.n_support; j++) {
            CHECK(e.left[j] == other.left[j] && e.right[j] == other.right[j]);
            CHECK(fabs(e.estimate[j] - (1 - other.estimate[j])) < 1e-9);
        }
        imr_free(e.block);
        imr_free(other.block);
        imr_turnbull_free(&npmle);
        imr_turnbull_ends_free(&ends);
    }
}

/* Exact times: the Aalen-Johansen estimate, from risk sets. */
static void
test_of_exact_times_it_is_aalen_johansens(void)
{
    double time[] = { 3, 5, 5, 6, 8, 8, 9, 12, 12, 15 };
    int what[] = { 1, 2, 1, 0, 1, 0, 2, 1, 0, 2 }; /* censored, return, competing */
    double left[10], right[10], competing[10], survival = 1, returned = 0;
    imr_reconstitution_estimate_t e;
    size_t support = 0, point = 0;

    for (int i = 0; i < 10; i++) {
        left[i] = time[i];
        right[i] = what[i] == 1 ? time[i] : INF;
        competing[i] = what[i] == 2 ? time[i] : INF;
    }
    CHECK(fit(&e, left, right, competing, 10, NULL) == IMR_OK);
    for (int i = 0; i < 10;) {
        int events[3] = { 0, 0, 0 }, at_risk = 10 - i;
        double now = time[i];

        for (; i < 10 && time[i] == now; i++) {
            events[what[i]]++;
        }
        if (events[1] > 0) {
            returned += survival * events[1] / at_risk;
            CHECK(e.left[support] == now && e.right[support] == now);
            CHECK_NEAR(e.estimate[support++], returned, 1e-12);
        }
        if (events[2] > 0) {
            CHECK(e.time[point] == now);
            CHECK_NEAR(e.point_mass[point++], survival * events[2] / at_risk, 1e-12);
        }
        survival *= 1 - (double) (events[1] + events[2]) / at_risk;
    }
    CHECK(support == e.n_support && point == e.n_points && e.rest == 0);
    imr_free(e.block);
}

static void
test_every_cohort_is_certified(void)
{
    double left[1000], right[1000], competing[1000];
    size_t n[] = { 5, 15, 40, 300, 1000 };
    double every[] = { 14, 28, 84, 28.25 };

    for (int s = 0; s < 5; s++) {
        for (int v = 0; v < 4; v++) {
            for (uint64_t seed = 0; seed < (n[s] < 100 ? 50 : 2); seed++) {
                imr_reconstitution_estimate_t e;
                double total;

                visits(left, right, competing, n[s], every[v], seed + 1);
                CHECK(fit(&e, left, right, competing, n[s], NULL) == IMR_OK);
                CHECK(e.kkt_gap <= 1e-10);
                total = e.rest;
                for (size_t j = 0; j < e.n_support; j++) {
                    total += e.mass[j];
                }
                for (size_t j = 0; j < e.n_points; j++) {
                    total += e.point_mass[j];
                }
                CHECK_NEAR(total, 1, 1e-12);
                imr_free(e.block);
            }
        }
    }
}

/* Rows on which Newton's quadratic programme once left out the interval that deserved mass most, so that
 * 5000 evaluations of the gradient did not reach a certificate. */
static void
test_an_interval_taken_out_too_early_comes_back(void)
{
    /* left, right, competing, and how many */
    static const double row[][4] = { { 0, 0, INF, 5 }, { 0, 217, INF, 1 }, { 18, 31, INF, 1 },
        { 26, 26, INF, 2 }, { 26, 51, INF, 8 }, { 31, INF, 31, 1 }, { 32, 96, INF, 1 },
        { 32, 249, INF, 1 }, { 36, INF, 36, 6 }, { 38, 38, INF, 1 }, { 38, 152, INF, 1 },
        { 122, 122, INF, 1 }, { 140, INF, INF, 1 }, { 217, INF, INF, 18 }, { 255, 255, INF, 1 },
        { 255, 256, INF, 1 } };
    double left[50], right[50], competing[50];
    size_t n = 0;
    imr_reconstitution_rows_t rows;
    imr_reconstitution_t cells;
    int done = 0;

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        for (int k = 0; k < (int) row[i][3]; k++) {
            left[n] = row[i][0];
            right[n] = row[i][1];
            competing[n++] = row[i][2];
        }
    }
    CHECK(imr_reconstitution_rows_init(&rows, left, right, competing, NULL, 1, n, 0, 1, NULL)
        == IMR_OK);
    CHECK(imr_reconstitution_init(&cells, &rows, NULL, 0, NULL) == IMR_OK);
    while (!done) {
        CHECK(imr_reconstitution_advance(&cells, &done, NULL) == IMR_OK);
    }
    CHECK(cells.excess < 1e-12 && cells.iterations < 50);
    imr_reconstitution_free(&cells);
    imr_reconstitution_rows_free(&rows);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    double left[] = { 0, 1, 1, 2.5 }, right[] = { 2, 3, INF, INF };
    double competing[] = { INF, INF, 2, INF };
    imr_reconstitution_estimate_t e;

    FAIL_EACH_ALLOCATION(
        fit(&e, left, right, competing, 4, NULL), IMR_ERR_NOMEM, imr_free(e.block));
}

HARNESS_MAIN({
    RUN(test_a_set_worked_by_hand);
    RUN(test_nobody_returned);
    RUN(test_one_row);
    RUN(test_without_competing_events_it_is_turnbulls);
    RUN(test_of_exact_times_it_is_aalen_johansens);
    RUN(test_every_cohort_is_certified);
    RUN(test_an_interval_taken_out_too_early_comes_back);
    RUN(test_no_allocation_is_taken_for_granted);
})

#include "survival/turnbull_truncation.h"

#include "turnbull_fit.h"

static int
fit_entry(imr_turnbull_estimate_t *estimate, const double *left, const double *right,
    const double *entry, size_t n, imr_fault_t *fault)
{
    imr_turnbull_ends_t ends;
    imr_turnbull_truncation_t job = { 0 };
    int done = 0, status;

    memset(estimate, 0, sizeof(*estimate));
    status = imr_turnbull_ends_init_entry(&ends, left, right, entry, n, 1, fault);
    if (status == IMR_OK) {
        status = imr_turnbull_truncation_init(&job, &ends, NULL, 0, NULL, fault);
    }
    while (status == IMR_OK && !done) {
        status = imr_turnbull_truncation_advance(&job, &done, fault);
    }
    if (status == IMR_OK) {
        status = imr_turnbull_truncation_finish(&job, estimate, fault);
    }
    imr_turnbull_truncation_free(&job);
    imr_turnbull_ends_free(&ends);
    return status;
}

/* Kaplan and Meier's product: at 2 one of three, at 5 one of three, at 7 one of two. */
static void
test_exact_times_are_kaplan_meier(void)
{
    double left[] = { 2, 4, 5, 7, 9 }, right[] = { 2, INFINITY, 5, 7, INFINITY };
    double entry[] = { 0, 0, 1, 3, 4 };
    imr_turnbull_estimate_t e;

    CHECK(fit_entry(&e, left, right, entry, 5, NULL) == IMR_OK);
    CHECK(e.n_support == 4 && e.left[0] == 2 && e.left[1] == 5 && e.left[2] == 7);
    CHECK(e.left[3] == 9 && isinf(e.right[3]) && e.rank == 4);
    CHECK_NEAR(e.estimate[0], 2.0 / 3, 1e-15);
    CHECK_NEAR(e.estimate[1], 2.0 / 3 * 2 / 3, 1e-15);
    CHECK_NEAR(e.estimate[2], 2.0 / 3 * 2 / 3 / 2, 1e-15);
    CHECK(e.kkt_gap < 1e-15);
    imr_free(e.block);
}

static void
test_entry_at_the_origin_changes_nothing(void)
{
    enum { N = 200 };
    static const double EXACT[] = { 0, 0.1, 0.6 };
    double left[N], right[N], entry[N];
    imr_turnbull_estimate_t plain, e;

    for (size_t k = 0; k < 3; k++) {
        for (size_t n = 5; n <= N; n += 39) {
            visits(left, right, n, EXACT[k], 3 * k + n);
            for (size_t i = 0; i < n; i++) {
                entry[i] = i % 2 == 0 ? 0 : -INFINITY;
            }
            CHECK(fit(&plain, left, right, n, NULL) == IMR_OK);
            CHECK(fit_entry(&e, left, right, entry, n, NULL) == IMR_OK);
            CHECK(e.n_cells == plain.n_cells && e.n_support == plain.n_support);
            CHECK_NEAR(e.loglik, plain.loglik, 1e-12);
            for (size_t j = 0; j < e.n_cells; j++) {
                CHECK(e.cell_left[j] == plain.cell_left[j]);
                CHECK(fabs(e.cell_mass[j] - plain.cell_mass[j]) < 1e-9);
                CHECK(e.cell_least[j] == e.cell_most[j]);
            }
            imr_free(plain.block);
            imr_free(e.block);
        }
    }
}

/* Patients who come some time after their origin, and only if the event has not come yet. */
static void
entries(double *left, double *right, double *entry, size_t n, uint64_t seed)
{
    visits(left, right, n, 0.2, seed);
    for (size_t i = 0; i < n; i++) {
        entry[i] = i % 5 == 0 ? 0 : floor(left[i] * draw(&seed) * 0.7);
        if (left[i] == right[i] && !(entry[i] < left[i])) {
            entry[i] = -INFINITY;
        }
    }
    left[0] = 1000; /* under observation from the first to the last */
    right[0] = INFINITY;
}

/* In increments of the cumulative hazard the log-likelihood is concave: where its slope is at most 0 in
 * each increment, and 0 where there is mass, no curve has a larger one. */
static void
test_the_slopes_certify_the_maximum(void)
{
    enum { N = 150 };
    double left[N], right[N], entry[N];
    imr_turnbull_estimate_t e;

    entries(left, right, entry, N, 4);
    CHECK(fit_entry(&e, left, right, entry, N, NULL) == IMR_OK);
    CHECK(e.kkt_gap <= 1e-12);
    for (size_t j = 0; j + 1 < e.n_cells; j++) {
        double slope = 0, passes = 0, loglik = 0;

        for (size_t i = 0; i < N; i++) {
            int exact = left[i] == right[i], holds = 0, passed = 0;
            double p = 0, seen = 0, free = 0;

            for (size_t k = 0; k < e.n_cells; k++) {
                int in = exact ? e.cell_left[k] == left[i] && e.cell_right[k] == left[i]
                               : e.cell_left[k] >= left[i] && e.cell_right[k] <= right[i]
                        && (e.cell_left[k] > left[i] || e.cell_right[k] > left[i]);

                p += in ? e.cell_mass[k] : 0;
                seen += e.cell_right[k] > entry[i] ? e.cell_mass[k] : 0;
                free += e.cell_right[k] > left[i] || (in && exact) ? e.cell_mass[k] : 0;
                if (k == j) {
                    holds = in;
                    passed = !in && e.cell_right[k] > entry[i]
                        && (exact ? e.cell_right[k] <= left[i] && e.cell_left[k] < left[i]
                                  : e.cell_right[k] <= left[i]);
                }
            }
            loglik += log(p / seen);
            passes += passed;
            if (holds && p < free) { /* the derivative of log(1 - exp(-x)) at its x */
                slope += (free - p) / p;
            }
        }
        CHECK_NEAR(loglik, e.loglik, 1e-12);
        CHECK(slope <= passes * (1 + 1e-9));
        CHECK(e.cell_mass[j] == 0 || slope >= passes * (1 - 1e-9));
    }
    imr_free(e.block);
}

/* (0, 10] may lie before 4 or after 8: in both places two are known to have passed. */
static void
test_curves_of_one_likelihood_are_bounded(void)
{
    double left[] = { 0, 11, 8, 12 }, right[] = { 10, INFINITY, INFINITY, INFINITY };
    double entry[] = { 0, 0, 4, 4 };
    double two_left[] = { 0, 6, 11, 11 }, two_right[] = { 10, INFINITY, INFINITY, INFINITY };
    double two_entry[] = { 0, 0, 0, 4 };
    imr_turnbull_estimate_t e;

    CHECK(fit_entry(&e, left, right, entry, 4, NULL) == IMR_OK);
    CHECK(e.n_cells == 3 && e.cell_right[0] == 4 && e.cell_left[1] == 8 && e.rank == 2);
    CHECK_NEAR(e.cell_mass[0], 0.5, 1e-12); /* past 4 one: y = 1, 1 - exp(-x) = 1/2 */
    CHECK(e.cell_least[0] == e.cell_most[0]);
    imr_free(e.block);
    CHECK(fit_entry(&e, two_left, two_right, two_entry, 4, NULL) == IMR_OK);
    CHECK(e.n_cells == 3 && e.rank == 2);
    CHECK_NEAR(e.cell_least[0], 2.0 / 3, 1e-12); /* y = 2, so that x = log(3 / 2) */
    CHECK(e.cell_most[0] == 1);
    CHECK_NEAR(e.cell_least[1], 2.0 / 3, 1e-12);
    CHECK(e.cell_least[1] == e.cell_most[1]);
    imr_free(e.block);
}

static void
test_rows_that_say_nothing(void)
{
    double left[] = { 3, 7 }, right[] = { INFINITY, INFINITY };
    imr_turnbull_estimate_t e;

    CHECK(fit_entry(&e, left, right, left, 2, NULL) == IMR_OK);
    CHECK(e.n_cells == 1 && e.left[0] == 7 && isinf(e.right[0]) && e.mass[0] == 1);
    CHECK(e.loglik == 0 && e.rank == 1);
    imr_free(e.block);
}

static void
test_a_gap_in_observation_is_refused(void)
{
    double left[] = { 3, 7, 9 }, right[] = { INFINITY, 8, INFINITY }, entry[] = { 0, 5, 5 };
    double dies[] = { 3, 7, 9 }, dies_right[] = { 3, 7, INFINITY };
    double idle[] = { 3, 6 }, idle_right[] = { 5, INFINITY }, idle_entry[] = { 0, 6 };
    imr_turnbull_estimate_t e;
    imr_fault_t fault;

    CHECK(fit_entry(&e, left, right, entry, 3, &fault) == IMR_ERR_TURNBULL_UNLINKED);
    CHECK(fault.row == 1 && fault.value == 5 && strcmp(fault.argument, "entry") == 0);
    CHECK(fit_entry(&e, dies, dies_right, entry, 3, &fault) == IMR_ERR_TURNBULL_UNLINKED);
    CHECK(fault.row == 1 && fault.value == 5);
    CHECK(fit_entry(&e, idle, idle_right, idle_entry, 2, &fault) == IMR_ERR_TURNBULL_UNLINKED);
    CHECK(fault.row == 1 && fault.value == 6);
}

static void
test_entries_that_cannot_be(void)
{
    static const struct {
        double left, right, entry;
        int status;
    } WRONG[] = {
        { 3, 5, NAN, IMR_ERR_NONFINITE },
        { 3, 5, -1, IMR_ERR_NEGATIVE },
        { 3, 5, INFINITY, IMR_ERR_ENTRY_AFTER_LEFT },
        { 3, 5, 4, IMR_ERR_ENTRY_AFTER_LEFT },
        { 3, 3, 3, IMR_ERR_INTERVAL },
        { 0.3, 0.3, 0.1 + 0.2, IMR_ERR_INTERVAL_TIED },
    };
    imr_turnbull_ends_t ends;
    imr_fault_t fault;

    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        CHECK(imr_turnbull_ends_init_entry(
                  &ends, &WRONG[i].left, &WRONG[i].right, &WRONG[i].entry, 1, 1, &fault)
            == WRONG[i].status);
        CHECK(fault.row == 0 && strcmp(fault.argument, "entry") == 0);
        imr_turnbull_ends_free(&ends);
    }
    /* only rounding is between entry and left */
    CHECK(imr_turnbull_ends_init_entry(
              &ends, &(double) { 0.3 }, &(double) { 5 }, &(double) { 0.1 + 0.2 }, 1, 1, &fault)
        == IMR_OK);
    imr_turnbull_ends_free(&ends);
}

static void
test_groups_have_their_own_rows(void)
{
    double left[] = { 2, 3, 5 }, right[] = { 2, 4, INFINITY }, entry[] = { 0, 1, 0 };
    int64_t group[] = { 0, 1, 0 };
    imr_turnbull_ends_t ends;
    imr_turnbull_truncation_t job;

    CHECK(imr_turnbull_ends_init_entry(&ends, left, right, entry, 3, 1, NULL) == IMR_OK);
    CHECK(imr_turnbull_truncation_init(&job, &ends, group, 0, NULL, NULL) == IMR_OK);
    CHECK(job.rows == 2 && job.n_cells == 2);
    imr_turnbull_truncation_free(&job);
    CHECK(imr_turnbull_truncation_init(&job, &ends, group, 2, NULL, NULL) == IMR_ERR_NO_ROWS);
    imr_turnbull_truncation_free(&job);
    imr_turnbull_ends_free(&ends);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    enum { N = 60 };
    double left[N], right[N], entry[N];
    imr_turnbull_estimate_t e;

    entries(left, right, entry, N, 11);
    FAIL_EACH_ALLOCATION(
        fit_entry(&e, left, right, entry, N, NULL), IMR_ERR_NOMEM, imr_free(e.block));
}

HARNESS_MAIN({
    RUN(test_exact_times_are_kaplan_meier);
    RUN(test_entry_at_the_origin_changes_nothing);
    RUN(test_the_slopes_certify_the_maximum);
    RUN(test_curves_of_one_likelihood_are_bounded);
    RUN(test_rows_that_say_nothing);
    RUN(test_a_gap_in_observation_is_refused);
    RUN(test_entries_that_cannot_be);
    RUN(test_groups_have_their_own_rows);
    RUN(test_no_allocation_is_taken_for_granted);
})

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

HARNESS_MAIN({
    RUN(test_exact_times_are_kaplan_meier);
    RUN(test_entry_at_the_origin_changes_nothing);
})

/* libFuzzer: any rows are refused with a status, or give a maximum that no point of a grid exceeds,
 * certified masses and scores that sum to 0, and quantities between their limits. */
#include <math.h>
#include <stdlib.h>

#include "recovery/aplasia_limits.h"
#include "recovery/aplasia_npmle_limits.h"
#include "recovery/aplasia_test.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)
#define MOST 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
no_point_is_higher(const imr_aplasia_likelihood_t *likelihood, const imr_aplasia_fit_t *fit)
{
    for (double theta = 0.25; theta <= 20; theta *= 2.2) {
        for (double y = -6; y < 2; y += 0.5) {
            double v[] = { y * theta, theta };

            REQUIRE(imr_aplasia_loglik(likelihood, v, NULL, NULL) <= fit->loglik + 1e-9);
        }
    }
}

static void
between_limits(imr_aplasia_likelihood_t *likelihood, const imr_aplasia_fit_t *fit, int q)
{
    static const double ARGUMENT[] = { 0.5, 0, 120, 90 };
    double drop = 0;
    imr_fault_t fault;
    imr_aplasia_limits_t l;

    REQUIRE(imr_aplasia_drop(0.95, &drop, NULL) == IMR_OK);
    REQUIRE(imr_aplasia_limits(
                &l, fit, likelihood, (imr_aplasia_quantity_t) q, ARGUMENT[q], drop, NULL, &fault)
        == IMR_OK);
    REQUIRE(l.low >= 0 && l.low <= l.estimate && l.estimate <= l.high);
    REQUIRE(q != IMR_APLASIA_SURVIVAL || l.high <= 1);
    REQUIRE(q != IMR_APLASIA_RESTRICTED_MEAN || l.high <= 120);
}

static void
masses(const imr_aplasia_rows_t *rows, int is_uniform, double time)
{
    static const int64_t LABEL[MOST] = { 0, 1, 1, 0, 1, 0, 0, 1 };
    imr_aplasia_npmle_t npmle;
    imr_aplasia_npmle_fit_t fit;
    imr_aplasia_between_t l;
    imr_aplasia_test_t test;

    REQUIRE(imr_aplasia_npmle_init(&npmle, rows, is_uniform, -1, NULL) == IMR_OK);
    REQUIRE(imr_aplasia_npmle_fit(&npmle, &fit, NULL, NULL) == IMR_OK);
    REQUIRE(fit.kkt_gap <= IMR_APLASIA_CERTIFIED && fit.loglik >= fit.least_loglik - 1e-9);
    if (is_uniform) {
        imr_aplasia_ratio_t ratio = { rows, &npmle, fit.loglik, 1.92, NULL };

        REQUIRE(imr_aplasia_npmle_survival(&l, &ratio, time, NULL) == IMR_OK);
        REQUIRE(0 <= l.low && l.low <= l.left && l.left <= l.right && l.right <= l.high);
        REQUIRE(l.high <= 1);
        REQUIRE(imr_aplasia_npmle_quantile(&l, &ratio, 0.5, NULL) == IMR_OK);
        REQUIRE(0 <= l.low && l.low <= l.left && l.left <= l.right && l.right <= l.high);
        REQUIRE(imr_aplasia_npmle_mean(&l, &ratio, time + 1, NULL) == IMR_OK);
        REQUIRE(0 <= l.low && l.low <= l.left && l.left <= l.right && l.right <= l.high);
        REQUIRE(l.high <= time + 1);
        if (rows->n > 1) {
            int64_t sum[2];

            REQUIRE(imr_aplasia_test_init(&test, &npmle, LABEL, NULL) == IMR_OK);
            imr_logrank_scores_sum(&test.scores, test.scores.label, sum);
            REQUIRE(llabs(sum[0] + sum[1]) <= (int64_t) rows->n);
            imr_aplasia_test_free(&test);
        }
    }
    imr_aplasia_npmle_free(&npmle);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double a[MOST], b[MOST], c[MOST], d[MOST];
    size_t n = size / 4 < MOST ? size / 4 : MOST;
    imr_aplasia_rows_t rows;
    imr_aplasia_likelihood_t likelihood;
    imr_aplasia_fit_t fit;
    imr_fault_t fault = { 0 };

    for (size_t i = 0; i < n; i++) { /* whole days; a last byte of 255: not recovered */
        a[i] = data[4 * i];
        b[i] = a[i] + data[4 * i + 1] % 16;
        c[i] = b[i] + data[4 * i + 2] - 1;
        d[i] = data[4 * i + 3] == 255 ? INFINITY : c[i] + data[4 * i + 3] % 90;
    }
    if (imr_aplasia_rows_init(&rows, a, b, c, d, NULL, 0, n, NULL, 0, &fault) != IMR_OK) {
        REQUIRE(fault.status != IMR_OK && fault.row < (int64_t) n);
        return 0;
    }
    masses(&rows, size % 2 == 0, data[0] % 128);
    REQUIRE(imr_aplasia_likelihood_init(
                &likelihood, &rows, (imr_aplasia_distribution_t) (size % 4), &fault)
        == IMR_OK);
    if (imr_aplasia_fit(&fit, &likelihood, NULL, &fault) != IMR_OK) {
        REQUIRE(fault.status == IMR_ERR_APLASIA_UNBOUNDED);
    } else {
        no_point_is_higher(&likelihood, &fit);
        between_limits(&likelihood, &fit, data[0] % 4);
    }
    imr_aplasia_likelihood_free(&likelihood);
    imr_aplasia_rows_free(&rows);
    return 0;
}

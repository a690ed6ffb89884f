/* libFuzzer: any rows are refused with a status, or give certified masses that sum to 1, limits that
 * enclose the curve, scores of the test that sum to 0, and parametric shares within their limits. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "recovery/reconstitution_limits.h"
#include "recovery/reconstitution_profile.h"
#include "recovery/reconstitution_test.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_limits(
    const imr_reconstitution_rows_t *rows, const imr_reconstitution_estimate_t *e, double time)
{
    imr_reconstitution_limits_t limits;
    double low, high, least = 0, most = 0;

    REQUIRE(imr_reconstitution_limits_init(&limits, rows, NULL, 0, 0.95, NULL, NULL) == IMR_OK);
    REQUIRE(imr_reconstitution_limits_at(&limits, time, &low, &high, NULL) == IMR_OK);
    for (size_t j = 0; j < e->n_support; j++) {
        least += e->right[j] <= time ? e->mass[j] : 0;
        most += e->left[j] < time || e->right[j] <= time ? e->mass[j] : 0;
    }
    REQUIRE(low >= 0 && low <= least + 1e-8 && most <= high + 1e-8 && high <= 1);
}

static void
check_scores(const imr_reconstitution_rows_t *rows)
{
    double score[64], sum = 0;

    REQUIRE(imr_reconstitution_scores(rows, score, NULL, NULL) == IMR_OK);
    for (size_t i = 0; i < rows->ends.n; i++) {
        REQUIRE(isfinite(score[i]));
        sum += score[i];
    }
    REQUIRE(fabs(sum) < 1e-6);
}

static void
check(const imr_reconstitution_rows_t *rows, double time)
{
    imr_reconstitution_t cells;
    imr_reconstitution_estimate_t e;
    double total;
    int done = 0;

    REQUIRE(imr_reconstitution_init(&cells, rows, NULL, 0, NULL) == IMR_OK);
    while (!done) {
        REQUIRE(imr_reconstitution_advance(&cells, &done, NULL) == IMR_OK);
    }
    REQUIRE(imr_reconstitution_finish(&cells, &e, NULL) == IMR_OK);
    total = e.rest;
    for (size_t j = 0; j < e.n_support; j++) {
        total += e.mass[j];
    }
    for (size_t j = 0; j < e.n_points; j++) {
        total += e.point_mass[j];
    }
    REQUIRE(fabs(total - 1) < 1e-10 && e.loglik <= 1e-9);
    check_limits(rows, &e, time);
    check_scores(rows);
    imr_free(e.block);
    imr_reconstitution_free(&cells);
}

static void
check_parametric(const imr_reconstitution_rows_t *rows, const double *left, int kind, double time)
{
    imr_reconstitution_parametric_t fit;
    imr_reconstitution_between_t share, day;
    int status = imr_reconstitution_parametric_init(&fit, rows, left, NULL, 0,
        (imr_reconstitution_unseen_t) (kind % 3), 1, (imr_aplasia_distribution_t) (kind / 3 % 3),
        NULL);

    if (status == IMR_OK) {
        status = imr_reconstitution_parametric_fit(&fit, NULL, NULL);
        REQUIRE(status == IMR_OK || status == IMR_ERR_APLASIA_UNBOUNDED);
    } else {
        REQUIRE(status == IMR_ERR_RETURN_AT_ONCE || status == IMR_ERR_RECONSTITUTION_RATE);
    }
    if (status == IMR_OK) {
        double competing;

        imr_reconstitution_parametric_shares(&fit, time, &share.estimate, &competing);
        REQUIRE(share.estimate >= 0 && competing >= 0 && share.estimate + competing < 1 + 1e-12);
        REQUIRE(imr_reconstitution_profile_share(&share, &fit, time, 1.92, NULL, NULL) == IMR_OK);
        REQUIRE(0 <= share.low && share.low <= share.estimate && share.estimate <= share.high
            && share.high <= 1);
        REQUIRE(imr_reconstitution_profile_quantile(&day, &fit, 0.4, 1.92, NULL, NULL) == IMR_OK);
        REQUIRE(0 <= day.low && day.low <= day.estimate && day.estimate <= day.high);
    }
    imr_reconstitution_parametric_free(&fit);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t n = size / 4 < 64 ? size / 4 : 64;
    double left[64], right[64], competing[64];
    imr_reconstitution_rows_t rows;

    for (size_t i = 0; i < n; i++) {
        const uint8_t *byte = data + 4 * i;
        double unit = byte[0] & 4 ? 7 : 1;

        left[i] = byte[1] / unit;
        right[i] = byte[0] & 1 ? INFINITY : (byte[1] + byte[2]) / unit;
        competing[i] = byte[0] & 2 ? byte[3] / unit : INFINITY;
    }
    if (imr_reconstitution_rows_init(
            &rows, left, right, competing, NULL, 1, n, size % 2 == 0, 1, NULL)
        == IMR_OK) {
        check(&rows, data[0] / 3.0);
        if (size % 2 == 1 && n <= 16) {
            check_parametric(&rows, left, data[0] % 9, data[1] == 255 ? INFINITY : data[0] / 3.0);
        }
    }
    imr_reconstitution_rows_free(&rows);
    return 0;
}

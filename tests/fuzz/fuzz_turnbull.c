/* libFuzzer: any rows are refused with a status, or give masses that sum to 1 in intervals that follow
 * each other, certified; each further estimate of the same rows in another order is the same. With
 * entries the curve is one of those of its likelihood, and its limits hold them all. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "survival/turnbull.h"
#include "survival/turnbull_limits.h"
#include "survival/turnbull_truncation.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
fit(imr_turnbull_estimate_t *estimate, const double *left, const double *right, size_t n,
    int fix_ties)
{
    imr_turnbull_ends_t ends;
    imr_turnbull_t npmle = { 0 };
    imr_fault_t fault = { 0 };
    int done = 0, status = imr_turnbull_ends_init(&ends, left, right, n, fix_ties, &fault);

    if (status == IMR_OK) {
        REQUIRE(imr_turnbull_init(&npmle, &ends, NULL, 0, &fault) == IMR_OK);
        while (!done) {
            REQUIRE(imr_turnbull_advance(&npmle, &done, &fault) == IMR_OK);
        }
        REQUIRE(imr_turnbull_finish(&npmle, estimate, &fault) == IMR_OK);
    } else {
        REQUIRE(status == fault.status && fault.row < (int64_t) n);
    }
    imr_turnbull_free(&npmle);
    imr_turnbull_ends_free(&ends);
    return status;
}

static void
check(const imr_turnbull_estimate_t *e, size_t n)
{
    double total = 0;

    REQUIRE(e->kkt_gap >= 0 && e->kkt_gap <= 1e-10 && isfinite(e->loglik) && e->loglik <= 1e-9);
    REQUIRE(e->n_support > 0 && e->n_support <= e->n_cells && e->n_cells <= n);
    for (size_t j = 0; j < e->n_support; j++) {
        REQUIRE(e->mass[j] > 0 && e->left[j] <= e->right[j] && isfinite(e->left[j]));
        REQUIRE(j == 0 || e->left[j] >= e->right[j - 1]);
        REQUIRE(j == 0 || e->estimate[j] < e->estimate[j - 1]);
        total += e->mass[j];
    }
    REQUIRE(fabs(total - 1) < 1e-10 && e->estimate[e->n_support - 1] == 0);
}

/* Limits hold what is as likely as the estimate, before and after each end. */
static void
check_limits(const imr_turnbull_estimate_t *e, const double *left, const double *right, size_t n)
{
    imr_turnbull_limits_t job;
    double before = 1;

    REQUIRE(imr_turnbull_limits_init(&job, left, right, NULL, n, 1, 0.95, NULL, NULL) == IMR_OK);
    for (size_t j = 0; j < e->n_support && j < 3; j++) {
        double times[] = { e->left[j], e->right[j] }, low, high;

        for (int t = 0; t < 2; t++) {
            REQUIRE(imr_turnbull_survival_limits(&job, times[t], &low, &high, NULL) == IMR_OK);
            REQUIRE(low >= 0 && low <= high + 1e-7 && high <= 1 && low <= before + 1e-6);
            before = low;
        }
        REQUIRE(low <= e->estimate[j] + 1e-6 && high >= e->estimate[j] - 1e-6);
    }
    imr_turnbull_limits_free(&job);
}

static int
fit_entry(imr_turnbull_estimate_t *estimate, const double *left, const double *right,
    const double *entry, size_t n)
{
    imr_turnbull_ends_t ends;
    imr_turnbull_truncation_t job = { 0 };
    imr_fault_t fault = { 0 };
    int done = 0, status = imr_turnbull_ends_init_entry(&ends, left, right, entry, n, 1, &fault);

    if (status == IMR_OK) {
        status = imr_turnbull_truncation_init(&job, &ends, NULL, 0, NULL, &fault);
        REQUIRE(status == IMR_OK || status == IMR_ERR_TURNBULL_UNLINKED);
    }
    while (status == IMR_OK && !done) {
        REQUIRE(imr_turnbull_truncation_advance(&job, &done, &fault) == IMR_OK);
    }
    if (status == IMR_OK) {
        REQUIRE(imr_turnbull_truncation_finish(&job, estimate, &fault) == IMR_OK);
    } else {
        REQUIRE(status == fault.status && fault.row < (int64_t) n);
    }
    imr_turnbull_truncation_free(&job);
    imr_turnbull_ends_free(&ends);
    return status;
}

static void
check_truncated(const double *left, const double *right, const double *entry, size_t n)
{
    imr_turnbull_estimate_t e;
    imr_turnbull_limits_t job;
    double after = 1;

    if (fit_entry(&e, left, right, entry, n) != IMR_OK) {
        return;
    }
    REQUIRE(e.kkt_gap >= 0 && e.kkt_gap <= 1e-8 && isfinite(e.loglik) && e.loglik <= 1e-9);
    REQUIRE(e.n_support > 0 && e.n_support <= e.n_cells && e.rank <= e.n_support && e.rank > 0);
    for (size_t j = 0; j < e.n_cells; j++) {
        after -= e.cell_mass[j];
        REQUIRE(e.cell_least[j] <= after + 1e-8 && e.cell_most[j] >= after - 1e-8);
        REQUIRE(j == 0 || e.cell_left[j] >= e.cell_right[j - 1]);
    }
    REQUIRE(fabs(after) < 1e-10);
    if (n <= 40) {
        REQUIRE(
            imr_turnbull_limits_init(&job, left, right, entry, n, 1, 0.95, NULL, NULL) == IMR_OK);
        for (size_t j = 0; j < e.n_cells && j < 3; j++) {
            double low, high;

            REQUIRE(
                imr_turnbull_survival_limits(&job, e.cell_right[j], &low, &high, NULL) == IMR_OK);
            REQUIRE(low <= e.cell_least[j] + 1e-6 && high >= e.cell_most[j] - 1e-6);
        }
        imr_turnbull_limits_free(&job);
    }
    imr_free(e.block);
}

/* A byte says what kind of row it is: whole days, or bits of doubles as they come. */
static size_t
read_rows(const uint8_t *data, size_t size, double *left, double *right, double *entry)
{
    size_t n = 0;

    while (size > 0) {
        size_t used = *data % 4 == 3 ? 17 : 3;

        if (size < used) {
            break;
        }
        if (used == 17) {
            memcpy(left + n, data + 1, 8);
            memcpy(right + n, data + 9, 8);
            entry[n] = 0;
        } else {
            left[n] = data[1];
            right[n] = *data % 4 == 2 ? INFINITY : data[1] + data[2] / (*data % 4 == 1 ? 7.0 : 1);
            entry[n] = *data < 32 ? -INFINITY : floor(data[1] * (*data / 256.0));
        }
        n++;
        data += used;
        size -= used;
    }
    return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double *left = malloc((size + 1) * sizeof(double));
    double *right = malloc((size + 1) * sizeof(double));
    double *entry = malloc((size + 1) * sizeof(double));
    size_t n = read_rows(data, size, left, right, entry);
    imr_turnbull_estimate_t here, there;

    check_truncated(left, right, entry, n);
    for (int fix_ties = 0; fix_ties < 2; fix_ties++) {
        if (fit(&here, left, right, n, fix_ties) != IMR_OK) {
            continue;
        }
        check(&here, n);
        if (fix_ties && n <= 60) {
            check_limits(&here, left, right, n);
        }
        for (size_t i = 0; i < n / 2; i++) {
            double l = left[i], r = right[i];

            left[i] = left[n - 1 - i];
            right[i] = right[n - 1 - i];
            left[n - 1 - i] = l;
            right[n - 1 - i] = r;
        }
        REQUIRE(fit(&there, left, right, n, fix_ties) == IMR_OK);
        REQUIRE(here.n_support == there.n_support && here.loglik == there.loglik);
        REQUIRE(memcmp(here.left, there.left, 4 * here.n_support * sizeof(double)) == 0);
        imr_free(here.block);
        imr_free(there.block);
    }
    free(left);
    free(right);
    free(entry);
    return 0;
}

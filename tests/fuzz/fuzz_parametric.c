/* libFuzzer: any rows are refused with a status that names what is at fault, or give a certified maximum
 * whose limits, predictions and residuals are in order. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/parametric.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum { MOST_ROWS = 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    double left[MOST_ROWS], right[MOST_ROWS], entry[MOST_ROWS], weight[MOST_ROWS], x[MOST_ROWS];
    size_t n;
} rows_t;

/* A byte says what kind of row it is: small numbers, or bits of doubles as they come. */
static void
read_rows(const uint8_t *data, size_t size, rows_t *rows)
{
    memset(rows, 0, sizeof(*rows));
    while (size > 0 && rows->n < MOST_ROWS) {
        uint8_t kind = *data;
        size_t used = kind % 8 == 7 ? 17 : 4, n = rows->n;

        if (size < used) {
            break;
        }
        rows->weight[n] = kind & 64 ? 2.5 : 1;
        if (used == 17) {
            memcpy(rows->left + n, data + 1, 8);
            memcpy(rows->right + n, data + 9, 8);
        } else {
            rows->left[n] = data[1];
            rows->right[n] =
                kind % 4 == 3 ? INFINITY : data[1] + data[2] / (kind % 4 == 1 ? 7.0 : 1);
            rows->right[n] = kind % 4 == 2 ? data[1] : rows->right[n];
            rows->entry[n] = kind & 32 ? 0.5 * data[1] : 0;
            rows->x[n] = data[3] % 16;
        }
        rows->n++;
        data += used;
        size -= used;
    }
}

static void
check_fault(int status, const imr_fault_t *fault)
{
    REQUIRE(fault->status == status && status != IMR_ERR_NOCONV);
    REQUIRE(fault->argument != NULL && fault->row < MOST_ROWS);
}

static void
check_value(int status, const imr_parametric_value_t *value, const imr_fault_t *fault)
{
    if (status != IMR_OK) {
        check_fault(status, fault);
        return;
    }
    REQUIRE(value->low <= value->estimate && value->estimate <= value->high && value->low >= 0);
}

static void
check_after(imr_parametric_t *fit, uint8_t options, double time)
{
    imr_parametric_interval_t kind = options & 1 ? IMR_PARAMETRIC_WALD : IMR_PARAMETRIC_PROFILE;
    double low, high, p = (1 + options % 16) / 17.0, estimate[8], covariance[64], x = 3;
    double residuals[4][MOST_ROWS];
    imr_parametric_value_t value;
    imr_fault_t fault = { 0 };
    int status;

    imr_parametric_estimates(fit, estimate, covariance);
    for (size_t j = 0; j < fit->d; j++) {
        int cured = fit->boundary && j + 1 == fit->d;

        REQUIRE(cured ? estimate[j] == -INFINITY : isfinite(estimate[j]));
        REQUIRE(cured || covariance[j * fit->d + j] > 0);
        status = imr_parametric_limits(fit, j, 0.95, kind, &low, &high, &fault);
        if (status == IMR_OK) {
            REQUIRE(low <= estimate[j] && estimate[j] <= high);
        } else {
            check_fault(status, &fault);
        }
    }
    status = imr_parametric_survival(fit, &x, time, 0.9, kind, &value, &fault);
    check_value(status, &value, &fault);
    REQUIRE(status != IMR_OK || value.high <= 1);
    status = imr_parametric_quantile(fit, &x, p, 0.9, kind, &value, &fault);
    check_value(status, &value, &fault);
    imr_parametric_residuals(fit, residuals[0], residuals[1], residuals[2], residuals[3]);
    for (size_t i = 0; i < fit->n; i++) {
        REQUIRE(residuals[0][i] >= 0 && residuals[0][i] <= residuals[1][i]);
        REQUIRE(residuals[2][i] <= 1 && !isnan(residuals[3][i]));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rows_t rows;
    imr_parametric_t fit;
    imr_fault_t fault = { 0 };
    imr_parametric_data_t input;
    int status;

    if (size < 3) {
        return 0;
    }
    read_rows(data + 3, size - 3, &rows);
    input = (imr_parametric_data_t) { .left = rows.left,
        .right = rows.right,
        .entry = data[0] & 8 ? rows.entry : NULL,
        .weight = data[0] & 16 ? rows.weight : NULL,
        .columns = data[0] & 32 ? rows.x : NULL,
        .n = rows.n,
        .k = data[0] & 32 ? 1 : 0 };
    status = imr_parametric_init(
        &fit, &input, (imr_distribution_t) (data[0] % 8 % 7), data[0] >= 192, &fault);
    if (status == IMR_OK) {
        status = imr_parametric_fit(&fit, NULL, &fault);
    }
    if (status == IMR_OK) {
        REQUIRE(isfinite(fit.loglik) && fit.score_norm <= IMR_PARAMETRIC_CERTIFIED);
        check_after(&fit, data[1], data[2]);
    } else {
        check_fault(status, &fault);
    }
    imr_parametric_free(&fit);
    return 0;
}

/* Any rows: a certified fit with finite errors, hazards that rise and incidences in [0, 1]; or a
 * status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/fine_gray.h"

enum { ROWS = 30, MOST_COLUMNS = 3, STRATA = 3 };

typedef struct {
    uint8_t columns, flags;
} header_t;

typedef struct {
    uint8_t kind, time, cause, stratum, x[MOST_COLUMNS];
    double raw;
} row_t;

static void
demand(int condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double time[ROWS], x[ROWS * MOST_COLUMNS];
    double incidence[ROWS], std_error[ROWS], low[ROWS], high[ROWS];
    imr_fine_gray_prediction_t prediction = { incidence, std_error, low, high };
    uint8_t cause[ROWS];
    int64_t stratum[ROWS];
    imr_fine_gray_data_t rows = {
        .time = time, .cause = cause, .columns = x, .strata = STRATA, .level = 0.95
    };
    imr_fine_gray_t fit;
    imr_fault_t fault = { 0 };
    header_t header;
    row_t row;
    int status;

    if (size < sizeof(header)) {
        return 0;
    }
    gsl_set_error_handler_off();
    memcpy(&header, data, sizeof(header));
    rows.p = header.columns % (MOST_COLUMNS + 1);
    for (size_t at = sizeof(header); at + sizeof(row) <= size && rows.n < ROWS; at += sizeof(row)) {
        size_t i = rows.n++;

        memcpy(&row, data + at, sizeof(row));
        time[i] = row.kind % 4 == 3 ? row.raw : row.time * (row.kind % 2 ? 0.1 : 1);
        cause[i] = row.cause % 4;
        stratum[i] = row.stratum % STRATA;
        for (size_t c = 0; c < rows.p; c++) {
            double value = row.kind & 16 ? row.raw : row.x[c] % 16;

            x[i * rows.p + c] = row.kind & 32 ? value * 1e6 : value;
        }
    }
    rows.fix_ties = header.flags & 1;
    rows.stratum = header.flags & 2 ? stratum : NULL;
    status = imr_fine_gray(&fit, &rows, NULL, &fault);
    if (status != IMR_OK) {
        demand(fault.status == status && fit.block == NULL);
        return 0;
    }
    demand(fit.score_norm < 1e-6 && fit.loglik >= fit.loglik_null - 1e-9 * fabs(fit.loglik_null));
    for (size_t c = 0; c < rows.p; c++) {
        demand(isfinite(fit.coef[c]) && isfinite(fit.std_error[c]));
        demand(fit.pvalue[c] >= 0 && fit.pvalue[c] <= 1 && fit.low[c] <= fit.high[c]);
    }
    for (size_t e = 0; e < fit.n_times; e++) {
        demand(
            fit.cumulative_hazard[e] > (e == 0 ? 0 : fit.cumulative_hazard[e - 1] * (1 - 1e-15)));
    }
    for (size_t e = 0; e < fit.n_times; e++) {
        demand(fit.hazard_variance[e] >= 0);
    }
    status = imr_fine_gray_predict(&fit, x, rows.n, fit.time, 1, 0.95, &prediction, NULL);
    demand(status == IMR_OK);
    for (size_t i = 0; i < rows.n; i++) {
        demand(incidence[i] >= 0 && incidence[i] <= 1 && std_error[i] >= 0);
        demand(low[i] <= incidence[i] && incidence[i] <= high[i]);
    }
    imr_fine_gray_free(&fit);
    return 0;
}

/* Any small table: a certified maximum between its limits, finite residuals and curves, or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/cox.h"
#include "survival/cox_curve.h"
#include "survival/cox_hazards.h"
#include "survival/cox_residuals.h"
#include "survival/cox_transform.h"

enum { MOST = 20, BYTES = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
    if (!condition) {
        abort();
    }
}

static void
ask(const imr_cox_t *fit, const imr_cox_rows_t *rows, imr_cox_ties_t ties)
{
    double residual[2 * MOST], time[MOST], g[MOST], sum = 0;
    int64_t row[MOST];
    imr_cox_test_t test[3];
    imr_cox_baseline_t table;
    const double x[2] = { 0, 0 };

    if (imr_cox_residuals(
            rows, ties, fit->coef, fit->naive, IMR_COX_MARTINGALE, residual, row, time, NULL, NULL)
        != IMR_OK) {
        return;
    }
    for (size_t i = 0; i < rows->n; i++) {
        double weight = rows->weight == NULL ? 1 : rows->weight[i];

        require(isfinite(residual[rows->row[i]]));
        sum += weight * residual[rows->row[i]];
    }
    require(fabs(sum) <= 1e-6 * (1 + (double) rows->events));
    for (int kind = IMR_COX_DEVIANCE; kind <= IMR_COX_SCALED_SCHOENFELD; kind++) {
        require(imr_cox_residuals(rows, ties, fit->coef, fit->naive, (imr_cox_residual_t) kind,
                    residual, row, time, NULL, NULL)
            == IMR_OK);
    }
    require(imr_cox_transform(rows, IMR_COX_KM, g, NULL) == IMR_OK);
    require(imr_cox_hazards(rows, ties, fit->coef, g, test, NULL, NULL) == IMR_OK);
    require(!(test[0].statistic < 0));
    require(
        imr_cox_baseline(&table, rows, ties, fit->coef, fit->covariance, x, NULL, NULL) == IMR_OK);
    imr_cox_baseline_free(&table);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double time[MOST], entry[MOST], weight[MOST], offset[MOST], x[2 * MOST];
    int64_t stratum[MOST], cluster[MOST];
    uint8_t event[MOST];
    imr_cox_data_t table = { .time = time, .event = event, .x = x, .strata = 1 };
    imr_cox_options_t options = { .level = 0.95 };
    imr_cox_rows_t rows;
    imr_cox_t fit;
    imr_fault_t fault;
    size_t n;

    if (size < 3 + BYTES) {
        return 0;
    }
    gsl_set_error_handler_off();
    n = (size - 3) / BYTES < MOST ? (size - 3) / BYTES : MOST;
    table.n = n;
    table.p = 1 + data[0] % 2;
    options.ties = (imr_cox_ties_t) (data[0] >> 1 & 3);
    options.fix_ties = data[0] >> 3 & 1;
    options.penalty = (imr_cox_penalty_t) (data[0] >> 4 & 1);
    options.interval = (imr_cox_interval_t) (data[0] >> 5 & 1);
    options.weights = (imr_cox_weights_t) (data[0] >> 6 & 1);
    options.robust = data[0] >> 7;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *row = data + 3 + i * BYTES;

        time[i] = ldexp(row[0], (row[1] & 3) - 2);
        entry[i] = row[1] >> 2 & 7;
        event[i] = row[1] >> 5 & 1;
        stratum[i] = row[1] >> 6 & 1;
        cluster[i] = row[1] >> 7;
        weight[i] = row[2] & 3;
        offset[i] = (row[2] >> 2) / 16.0;
        x[i * table.p] = ldexp((int8_t) row[3], row[5] & 7);
        x[i * table.p + table.p - 1] = ldexp((int8_t) row[4], row[5] >> 4);
    }
    table.entry = data[1] & 1 ? entry : NULL;
    table.weight = data[1] & 2 ? weight : NULL;
    table.offset = data[1] & 4 ? offset : NULL;
    table.stratum = data[1] & 8 ? stratum : NULL;
    table.strata = data[1] & 8 ? 2 : 1;
    table.cluster = data[1] & 16 ? cluster : NULL;
    table.clusters = data[1] & 16 ? 2 : 0;
    if (imr_cox_fit(&fit, &rows, &table, &options, NULL, &fault) != IMR_OK) {
        require(rows.block == NULL && fit.block == NULL);
        return 0;
    }
    require(fit.score_norm < 1e-8);
    for (size_t j = 0; j < table.p; j++) {
        require(isfinite(fit.coef[j]));
        if (options.robust && fit.std_error[j] == 0) { /* it tells nothing */
            require(isnan(fit.low[j]) && isnan(fit.high[j]) && isnan(fit.pvalue[j]));
        } else {
            require(fit.low[j] <= fit.coef[j] && fit.coef[j] <= fit.high[j]);
        }
    }
    ask(&fit, &rows, options.ties);
    imr_cox_free(&fit);
    imr_cox_rows_free(&rows);
    return 0;
}

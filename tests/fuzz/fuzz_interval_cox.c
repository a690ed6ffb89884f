/* Any small table: a certified maximum between its limits, a curve that falls, or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/interval_cox.h"

enum { MOST = 20, BYTES = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
    if (!condition) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double left[MOST], right[MOST], x[2 * MOST], survival[MOST + 1];
    const double at[2] = { 1, -1 };
    int wild = 0;
    imr_interval_cox_data_t table = { .left = left, .right = right, .x = x };
    imr_interval_cox_options_t options = { .level = 0.95 };
    imr_interval_cox_t fit;
    imr_fault_t fault;
    int status;

    if (size < 1 + BYTES) {
        return 0;
    }
    gsl_set_error_handler_off();
    table.n = (size - 1) / BYTES < MOST ? (size - 1) / BYTES : MOST;
    table.p = 1 + data[0] % 2;
    options.fix_ties = data[0] >> 1 & 1;
    options.interval = (imr_interval_cox_interval_t) (data[0] >> 2 & 1);
    for (size_t i = 0; i < table.n; i++) {
        const uint8_t *row = data + 1 + i * BYTES;
        double unit = data[0] >> 3 & 1 ? 0.1 : 1;

        left[i] = unit * (row[0] & 15);
        right[i] = row[0] >> 4 == 15 ? INFINITY : left[i] + unit * (row[0] >> 4);
        x[i * table.p] = ldexp((int8_t) row[1], row[3] & 7);
        x[i * table.p + table.p - 1] = ldexp((int8_t) row[2], row[3] >> 4);
        wild |= row[3] > 0;
    }
    status = imr_interval_cox_fit(&fit, &table, &options, NULL, &fault);
    if (status != IMR_OK) {
        require(fit.block == NULL && fault.status == status);
        /* among covariates of many sizes the climb may end early, and says so */
        require(imr_status_kind(status) == IMR_KIND_INPUT
            || (wild && (status == IMR_ERR_NOCONV || status == IMR_ERR_UNCERTIFIED)));
        require(status != IMR_ERR_INTERVAL_COX_MONOTONE || fit.monotone >= 0);
        return 0;
    }
    require(fit.score_norm <= 1e-8 && fit.kkt_gap <= 1e-8);
    require(fit.loglik >= fit.loglik_null - 1e-9);
    for (size_t j = 0; j < table.p; j++) {
        require(isfinite(fit.coef[j]) && fit.std_error[j] > 0);
        require(fit.low[j] < fit.coef[j] && fit.coef[j] < fit.high[j]);
        require(fit.pvalue[j] >= 0 && fit.pvalue[j] <= 1);
    }
    require(imr_interval_cox_survival(fit.coef, fit.center, fit.p, fit.cumulative_hazard,
                fit.n_support, at, 1, survival, NULL)
        == IMR_OK);
    for (size_t s = 0; s < fit.n_support; s++) {
        require(survival[s] >= 0 && survival[s] <= (s == 0 ? 1 : survival[s - 1]));
    }
    imr_interval_cox_free(&fit);
    return 0;
}

/* Any small table: a certified maximum of the marginal likelihood between its limits, or a status that
 * the Cox regression has as well, or that of a hazard or a variance out of range. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>

#include "survival/cox_frailty.h"

enum { MOST = 20, BYTES = 5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
    if (!condition) {
        abort();
    }
}

/* What fails with a frailty has a reason without one. */
static void
ask_without(const imr_cox_data_t *data, const imr_cox_options_t *options, int status)
{
    imr_cox_t fit;
    imr_cox_rows_t rows;
    int without = imr_cox_fit(&fit, &rows, data, options, NULL, NULL);

    require(status == without
        || (status == IMR_ERR_COX_FRAILTY_MONOTONE && without == IMR_ERR_COX_MONOTONE)
        || status == IMR_ERR_COX_FRAILTY_HOLLOW || status == IMR_ERR_COX_FRAILTY_SPREAD
        || status == IMR_ERR_COX_FRAILTY_LARGE);
    imr_cox_free(&fit);
    imr_cox_rows_free(&rows);
}

static void
check(const imr_cox_frailty_t *fit)
{
    double expected = 0;

    require(fit->score_norm < 1e-8 && fit->loglik >= fit->loglik_flat);
    require(fit->theta_low >= 0 && fit->theta_low <= fit->theta && fit->theta <= fit->theta_high);
    require(fit->test.statistic >= 0 && fit->test.pvalue >= 0 && fit->test.pvalue <= 1);
    require(fit->df > (double) fit->p - 1e-6 && fit->df < (double) (fit->p + fit->groups) + 1e-6);
    for (size_t j = 0; j < fit->p; j++) {
        require(isfinite(fit->coef[j]) && fit->std_error[j] > 0);
    }
    for (size_t g = 0; g < fit->groups; g++) {
        require(fit->frailty[g] > 0 && isfinite(fit->frailty[g]) && fit->expected[g] > -1e-9);
        require(fit->frailty_low[g] <= fit->frailty_high[g]);
        expected += fit->frailty[g] * fit->expected[g];
    }
    require(fabs(expected - (double) fit->events_total) < 1e-6 * (double) fit->events_total);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double time[MOST], entry[MOST], offset[MOST], x[2 * MOST];
    int64_t stratum[MOST], cluster[MOST];
    uint8_t event[MOST];
    imr_cox_data_t table = { .time = time, .event = event, .x = x, .strata = 1 };
    imr_cox_options_t options = { .level = 0.95 };
    imr_cox_frailty_t fit;
    imr_fault_t fault;
    size_t n;
    int status;

    if (size < 2 + BYTES) {
        return 0;
    }
    gsl_set_error_handler_off();
    n = (size - 2) / BYTES < MOST ? (size - 2) / BYTES : MOST;
    table.n = n;
    table.p = 1 + data[0] % 2;
    options.ties = data[0] & 2 ? IMR_COX_BRESLOW : IMR_COX_EFRON;
    options.fix_ties = data[0] >> 2 & 1;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *row = data + 2 + i * BYTES;

        time[i] = ldexp(row[0], (row[1] & 3) - 2);
        entry[i] = row[1] >> 2 & 7;
        event[i] = row[1] >> 5 & 1;
        stratum[i] = row[1] >> 6 & 1;
        cluster[i] = row[2] & 7;
        offset[i] = (row[2] >> 3) / 8.0;
        x[i * table.p] = ldexp((int8_t) row[3], row[1] >> 7 ? row[2] & 7 : 0);
        x[i * table.p + table.p - 1] = (int8_t) row[4];
    }
    table.entry = data[1] & 1 ? entry : NULL;
    table.offset = data[1] & 2 ? offset : NULL;
    table.stratum = data[1] & 4 ? stratum : NULL;
    table.strata = data[1] & 4 ? 2 : 1;
    table.cluster = cluster;
    table.clusters = data[1] & 8 ? 9 : 8;
    status = imr_cox_frailty_fit(&fit, &table, &options, NULL, &fault);
    if (status != IMR_OK) {
        require(fit.block == NULL);
        ask_without(&table, &options, status);
        return 0;
    }
    check(&fit);
    imr_cox_frailty_free(&fit);
    return 0;
}

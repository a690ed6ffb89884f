/* Any small table of visits: a maximum with its certificate and limits round it, probabilities that add up to 1,
 * or a status that names the input. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/panel_markov.h"
#include "survival/panel_markov_after.h"

enum { MOST = 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int truth)
{
    if (!truth) {
        abort();
    }
}

static void
check_after(const imr_panel_markov_t *fit, const imr_panel_options_t *options, double t)
{
    imr_panel_fitted_t fitted = { .chain = fit->rows.chain,
        .effects = options->effects,
        .k = fit->rows.k,
        .transition = options->transition,
        .column = options->column,
        .estimate = fit->estimate,
        .covariance = fit->covariance,
        .mean = fit->rows.mean,
        .level = options->level };
    double estimate[16], std_error[16], low[16], high[16];
    size_t states = fitted.chain.states;
    imr_fault_t fault;

    for (int times = 0; times < 2; times++) {
        must(imr_panel_probability(&fitted, t, NULL, times, estimate, std_error, low, high, &fault)
            == IMR_OK);
        for (size_t r = 0; r < states; r++) {
            double sum = 0;

            for (size_t s = 0; s < states; s++) {
                size_t i = r * states + s;

                sum += estimate[i];
                must(!(low[i] > estimate[i] * (1 + 1e-12))
                    && !(high[i] < estimate[i] * (1 - 1e-12)));
            }
            must(isnan(sum) || fabs(sum - (times ? t : 1)) < 1e-9 * fmax(1, t));
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const imr_panel_chain_t chains[] = { { 2, 1, { 0 }, { 1 } },
        { 2, 2, { 0, 1 }, { 1, 0 } }, { 3, 3, { 0, 1, 0 }, { 1, 0, 2 } },
        { 3, 4, { 0, 1, 0, 1 }, { 1, 0, 2, 2 } }, { 3, 2, { 0, 1 }, { 1, 2 } },
        { 4, 4, { 0, 1, 1, 2 }, { 1, 0, 2, 3 } } };
    int64_t patient[MOST], state[MOST], transition = 0, column = 0;
    double day[MOST], columns[MOST], low[8], high[8], p[8];
    imr_panel_data_t rows = { .patient = patient, .day = day, .state = state };
    imr_panel_options_t options = { .transition = &transition, .column = &column };
    imr_panel_markov_t fit;
    imr_fault_t fault = { 0 };
    int status;

    if (size < 6) {
        return 0;
    }
    gsl_set_error_handler_off();
    rows.chain = chains[data[0] % 6];
    rows.exact = data[0] / 6 % 2 == 0 ? 1U << (rows.chain.states - 1) : 0;
    rows.sets = data[0] / 12 % 2;
    rows.set[0] = 3;
    rows.k = data[0] / 24 % 2;
    rows.columns = rows.k > 0 ? columns : NULL;
    options.effects = rows.k;
    options.limits = data[0] / 48 % 2 == 0 ? IMR_PANEL_PROFILE : IMR_PANEL_WALD;
    options.level = (1 + data[1]) / 257.0;
    rows.n = (size - 2) / 2 < MOST ? (size - 2) / 2 : MOST;
    for (size_t i = 0; i < rows.n; i++) {
        const uint8_t *row = data + 2 + 2 * i;

        patient[i] = i == 0 ? 0 : patient[i - 1] + (row[0] >> 6 == 0); /* 4 rows a patient or so */
        state[i] = row[0] % 16 == 15 ? 4 : row[0] % 16 == 14 ? 3 : row[0] % (int) rows.chain.states;
        columns[i] = row[0] / 16 % 3;
        day[i] = (i == 0 ? 0 : day[i - 1])
            + (row[1] == 255          ? 1e5
                    : row[1] % 2 == 0 ? row[1] / 8
                                      : row[1] / 70.0);
    }
    status = imr_panel_markov_fit(&fit, &rows, &options, NULL, &fault);
    if (status == IMR_OK) {
        must(fit.climb.score_norm < 1e-5 && isfinite(fit.loglik));
        must(imr_panel_markov_limits(&fit, low, high, p, &fault) == IMR_OK);
        for (size_t a = 0; a < fit.p; a++) {
            must(low[a] <= high[a] && !(low[a] > fit.estimate[a]) && !(high[a] < fit.estimate[a]));
            must(a < fit.transitions || isnan(fit.estimate[a]) || (p[a] >= 0 && p[a] <= 1));
        }
        check_after(&fit, &options, data[2] / 4.0);
    } else {
        must(imr_status_kind(status) == IMR_KIND_INPUT);
    }
    imr_panel_markov_free(&fit);
    return 0;
}

#include "recovery/expansion_fit.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/quantile.h"
#include "recovery/expansion_fit_limits.h"

/* Fits start anew from a higher maximum that a profile met, at most so often. */
enum { MOST_RESTARTS = 4 };

#define LOG_2 0.69314718055994530942

/* --- one row ---------------------------------------------------------------------------------- */

/* Unknowns of the curve alone. */
static size_t
unknowns_of(imr_expansion_decline_t decline)
{
    return decline == IMR_DECLINE_EXPONENTIAL ? 4 : 6;
}

/* A quantity out of its unknown; the order of both is the same, and a time falls where its rate rises. */
static double
quantity(size_t which, double unknown)
{
    switch (which) {
        case IMR_FIT_CMAX:
            return exp(unknown);
        case IMR_FIT_TMAX:
            return unknown;
        case IMR_FIT_SLOW_SHARE:
            return 1 / (1 + exp(-unknown));
        default:
            return LOG_2 * exp(-unknown);
    }
}

static int
is_time(size_t which)
{
    return which == IMR_FIT_DOUBLING_TIME || which == IMR_FIT_HALF_LIFE
        || which == IMR_FIT_SLOW_HALF_LIFE;
}

static int
is_absent(imr_expansion_decline_t decline, size_t which)
{
    return decline == IMR_DECLINE_EXPONENTIAL
        && (which == IMR_FIT_SLOW_SHARE || which == IMR_FIT_SLOW_HALF_LIFE);
}

static void
describe(imr_expansion_fit_row_t *row, const imr_stein_climb_t *best)
{
    imr_expansion_decline_t decline = best->rows.decline;

    row->status = IMR_EXPANSION_FITTED;
    memcpy(row->phi, best->phi, sizeof(row->phi));
    row->loglik = best->loglik;
    row->score_norm = best->score_norm;
    row->sd = best->phi[IMR_STEIN_PRECISION] >= IMR_STEIN_MOST_PRECISION
        ? 0
        : exp(-best->phi[IMR_STEIN_PRECISION]);
    for (size_t q = 0; q < IMR_FIT_QUANTITIES; q++) {
        if (!is_absent(decline, q)) {
            row->estimate[q] = quantity(q, best->phi[q]);
        }
    }
    row->initial = exp(imr_stein_log_curve(decline, best->phi, 0, 1, NULL, NULL));
    row->auc_0_28 = imr_stein_area(decline, best->phi, 28);
    if (is_absent(decline, IMR_FIT_SLOW_SHARE)) {
        row->phi[IMR_STEIN_SHARE] = row->phi[IMR_STEIN_SLOW] = NAN;
    }
}

/* Limits where the likelihood has fallen by what a t-statistic allows for so few samples. 1 where a
 * higher maximum was met. */
static int
describe_limits(imr_expansion_fit_row_t *row, imr_stein_maxima_t *maxima, double drop)
{
    for (size_t q = 0; q < IMR_FIT_QUANTITIES; q++) {
        double ends[2];

        if (is_absent(maxima->climb[0].rows.decline, q)) {
            continue;
        }
        if (imr_stein_limits(maxima, q, drop, ends)) {
            return 1;
        }
        row->low[q] = quantity(q, ends[is_time(q)]);
        row->high[q] = quantity(q, ends[!is_time(q)]);
        if (q == IMR_FIT_TMAX) {
            row->low[q] = fmax(row->low[q], 0);
        }
    }
    return 0;
}

/* What the log-likelihood may fall by up to the limits; 0 where there are none. */
static double
drop_of(const imr_expansion_fit_row_t *row, const imr_stein_rows_t *rows, size_t quantified,
    const imr_expansion_fit_options_t *options)
{
    double n = (double) quantified, df = n - (double) unknowns_of(rows->decline), t = 0;

    return !options->limits || row->sd == 0
            || imr_quantile_t((1 - options->level) / 2, df, &t) != IMR_OK
        ? 0
        : 0.5 * n * log1p(t * t / df);
}

static void
fit_rows(imr_expansion_fit_row_t *row, imr_stein_maxima_t *maxima, const imr_stein_rows_t *rows,
    size_t quantified, const imr_expansion_fit_options_t *options)
{
    double drop;

    imr_stein_maxima(maxima, rows);
    if (maxima->count == 0 || maxima->highest > maxima->climb[0].loglik + 1e-6) {
        row->status = IMR_EXPANSION_FIT_NOT_IDENTIFIABLE;
        return;
    }
    describe(row, &maxima->climb[0]);
    drop = drop_of(row, rows, quantified, options);
    if (drop == 0) {
        return;
    }
    for (int i = 0; i < MOST_RESTARTS; i++) {
        if (!describe_limits(row, maxima, drop)) {
            return;
        }
        describe(row, &maxima->climb[0]);
    }
    row->status = IMR_EXPANSION_FIT_NOT_IDENTIFIABLE;
}

static void
clear(imr_expansion_fit_row_t *row)
{
    memset(row, 0, sizeof(*row));
    for (size_t q = 0; q < IMR_FIT_QUANTITIES; q++) {
        row->estimate[q] = row->low[q] = row->high[q] = NAN;
    }
    for (size_t k = 0; k < IMR_STEIN_UNKNOWNS; k++) {
        row->phi[k] = NAN;
    }
    row->initial = row->auc_0_28 = row->sd = row->loglik = row->score_norm = NAN;
}

/* The samples of a row, in the scratch of *self; says in the row how many there are, and why they have no
 * curve. Returns how many were quantified. */
static size_t
read_row(imr_expansion_fit_t *self, size_t index, imr_stein_rows_t *rows)
{
    imr_expansion_fit_row_t *row = &self->row[index];
    size_t p = (size_t) self->patient[index], quantified = 0, n = 0, peak = 0;
    size_t begin = self->samples.start[p], end = self->samples.start[p + 1];
    double infusion = self->infusion_day[index];
    imr_visits_t visits = imr_expansion_visits(self->samples.sample + begin, end - begin, -INFINITY,
        infusion, infusion + self->next_infusion_day[index]);
    double *day = self->scratch, *value = day + visits.n;
    uint8_t *below = (uint8_t *) (value + visits.n);

    *rows = (imr_stein_rows_t) {
        .decline = self->options.decline, .day = day, .log_copies = value, .below = below
    };
    clear(row);
    n = imr_expansion_log_rows(&visits, day, value, below);
    for (size_t i = 0; i < n; i++) {
        quantified += !below[i];
        peak = !below[i] && (below[peak] || value[i] > value[peak]) ? i : peak;
    }
    rows->n = n;
    row->samples = (int64_t) n;
    row->below = (int64_t) (n - quantified);
    row->status = n == 0                                      ? IMR_EXPANSION_FIT_NO_SAMPLES
        : quantified == 0                                     ? IMR_EXPANSION_FIT_NOT_QUANTIFIED
        : quantified < unknowns_of(self->options.decline) + 1 ? IMR_EXPANSION_FIT_TOO_FEW
        : peak == 0                                           ? IMR_EXPANSION_FIT_NO_RISE
        : peak + 1 == n                                       ? IMR_EXPANSION_FIT_NO_DECLINE
                                                              : IMR_EXPANSION_FITTED;
    return quantified;
}

void
imr_expansion_fit_row(imr_expansion_fit_t *self, size_t index)
{
    imr_stein_rows_t rows;
    imr_stein_maxima_t maxima;
    size_t quantified = read_row(self, index, &rows);

    if (self->row[index].status == IMR_EXPANSION_FITTED) {
        fit_rows(&self->row[index], &maxima, &rows, quantified, &self->options);
    }
}

void
imr_expansion_fit_curve(imr_expansion_fit_t *self, size_t index, const double *day, size_t n,
    double *curve, double *low, double *high)
{
    imr_expansion_fit_row_t *row = &self->row[index];
    imr_stein_rows_t rows;
    imr_stein_maxima_t maxima;
    size_t quantified = read_row(self, index, &rows);
    double drop = 0;

    if (row->status == IMR_EXPANSION_FITTED) {
        fit_rows(row, &maxima, &rows, quantified, &self->options);
        drop = drop_of(row, &rows, quantified, &self->options);
    }
    for (size_t i = 0; i < n; i++) {
        double ends[2] = { NAN, NAN };

        curve[i] = NAN;
        if (row->status == IMR_EXPANSION_FITTED) {
            const double *phi = maxima.climb[0].phi;

            curve[i] = exp(imr_stein_log_curve(
                rows.decline, phi, day[i], day[i] < phi[IMR_STEIN_DAY], NULL, NULL));
        }
        if (drop > 0 && row->status == IMR_EXPANSION_FITTED) {
            imr_stein_curve_limits(&maxima, day[i], drop, ends);
        }
        low[i] = exp(ends[0]);
        high[i] = exp(ends[1]);
    }
}

/* --- all rows --------------------------------------------------------------------------------- */

static int
allocate(imr_expansion_fit_t *self, const imr_count_series_t *series)
{
    size_t rows = self->rows;

    self->block = imr_calloc(rows, sizeof(*self->row) + 2 * sizeof(double) + 2 * sizeof(int64_t));
    self->scratch = imr_malloc(series->n + 1, 2 * sizeof(double) + 1);
    if (self->block == NULL || self->scratch == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->row = self->block;
    self->infusion_day = (double *) (self->row + rows);
    self->next_infusion_day = self->infusion_day + rows;
    self->patient = (int64_t *) (self->next_infusion_day + rows);
    self->episode = self->patient + rows;
    return IMR_OK;
}

static void
lay_out(imr_expansion_fit_t *self, const imr_count_series_t *series)
{
    size_t row = 0;

    for (size_t p = 0; p < series->patients; p++) {
        size_t begin = series->infusion_start == NULL ? p : (size_t) series->infusion_start[p];
        size_t end =
            series->infusion_start == NULL ? p + 1 : (size_t) series->infusion_start[p + 1];

        for (size_t i = begin; i < end; i++, row++) {
            double infusion = series->infusion_day == NULL ? 0 : series->infusion_day[i];

            self->patient[row] = (int64_t) p;
            self->episode[row] = (int64_t) (i - begin + 1);
            self->infusion_day[row] = infusion;
            self->next_infusion_day[row] = series->infusion_day != NULL && i + 1 < end
                ? series->infusion_day[i + 1] - infusion
                : INFINITY;
        }
    }
}

int
imr_expansion_fit_init(imr_expansion_fit_t *self, const imr_count_series_t *series,
    const imr_expansion_fit_options_t *options, imr_fault_t *fault)
{
    int status = IMR_OK;

    memset(self, 0, sizeof(*self));
    self->options = *options;
    self->other_row = -1;
    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (series->below != NULL && series->lloq == NULL) {
        return imr_fault(fault, IMR_ERR_LIMIT_NEEDED, "below", -1, NAN);
    }
    status = imr_expansion_samples(&self->samples, series, &self->other_row, fault);
    if (status != IMR_OK) {
        return status;
    }
    self->rows = series->infusion_start == NULL ? series->patients
                                                : (size_t) series->infusion_start[series->patients];
    status = imr_expansion_check_logs(
        self->samples.sample, self->samples.start[series->patients], fault);
    if (status == IMR_OK && self->rows > UINT32_MAX) {
        status = imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "infusion_day", -1, NAN);
    }
    if (status == IMR_OK && allocate(self, series) != IMR_OK) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    if (status != IMR_OK) {
        imr_expansion_fit_free(self);
        return status;
    }
    lay_out(self, series);
    return IMR_OK;
}

void
imr_expansion_fit_free(imr_expansion_fit_t *self)
{
    imr_depletion_samples_free(&self->samples);
    imr_free(self->block);
    imr_free(self->scratch);
    self->block = NULL;
    self->scratch = NULL;
}

#include "recovery/titre.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/solve.h"

#define SHORTEST_HALF_LIFE 0.01
#define LONGEST_HALF_LIFE 1e5
#define LEAST_SD 1e-4
#define MOST_SD 100.0

/* A common scatter is looked for from one of these to the other. */
#define LEAST_COMMON_SD 0.005
#define MOST_COMMON_SD 10.0
#define LEAST_DF 0.25
enum { N_COMMON_SD = 9 };

static int
check_options(const imr_titre_options_t *options, imr_fault_t *fault)
{
    double half_life = options->half_life, sd = options->sd;

    if (!(options->level > 0 && 0.5 + 0.5 * options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (!isnan(half_life) && !(half_life >= SHORTEST_HALF_LIFE && half_life <= LONGEST_HALF_LIFE)) {
        return imr_fault(fault, IMR_ERR_TITRE_HALF_LIFE, "half_life", -1, half_life);
    }
    if (!isnan(sd) && !(sd >= LEAST_SD && sd <= MOST_SD)) {
        return imr_fault(fault, IMR_ERR_TITRE_SD, "sd", -1, sd);
    }
    if (!isfinite(options->start_day)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "start_day", -1, options->start_day);
    }
    return fabs(options->start_day) <= IMR_TITRE_MOST_DAYS
        ? IMR_OK
        : imr_fault(fault, IMR_ERR_TITRE_DAY, "start_day", -1, options->start_day);
}

static int
allocate(imr_titre_t *self)
{
    size_t n = self->patients, longest = 0;
    const size_t *start = self->samples_of.start;
    double *number;
    int64_t *count;

    for (size_t p = 0; p < n; p++) {
        longest = start[p + 1] - start[p] > longest ? start[p + 1] - start[p] : longest;
    }
#define IMR_ONE(name) +1
    self->block = number = imr_calloc(
        n, (0 IMR_TITRE_NUMBER_LIST(IMR_ONE) IMR_TITRE_COUNT_LIST(IMR_ONE)) * sizeof(double));
#undef IMR_ONE
    self->scratch = imr_malloc(longest, 7 * sizeof(double));
    if (self->block == NULL || self->scratch == NULL) {
        return IMR_ERR_NOMEM;
    }
#define IMR_PLACE(name)                                                                            \
    self->name = number;                                                                           \
    number += n;
    IMR_TITRE_NUMBER_LIST(IMR_PLACE)
#undef IMR_PLACE
    count = (int64_t *) number;
#define IMR_PLACE(name)                                                                            \
    self->name = count;                                                                            \
    count += n;
    IMR_TITRE_COUNT_LIST(IMR_PLACE)
#undef IMR_PLACE
    return IMR_OK;
}

int
imr_titre_init(imr_titre_t *self, const imr_titre_rows_t *rows, const imr_titre_options_t *options,
    imr_fault_t *fault)
{
    int status;

    memset(self, 0, sizeof(*self));
    status = check_options(options, fault);
    if (status != IMR_OK) {
        return status;
    }
    status = imr_titre_samples_init(&self->samples_of, rows, fault);
    if (status != IMR_OK) {
        return status;
    }
    self->options = *options;
    self->patients = rows->patients;
    self->sd_df = INFINITY;
    if (allocate(self) != IMR_OK) {
        imr_titre_free(self);
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    return IMR_OK;
}

/* The rows of a patient, in scratch. */
static imr_titre_decay_rows_t
rows_of(const imr_titre_t *self, size_t p)
{
    const imr_titre_sample_t *sample = self->samples_of.sample + self->samples_of.start[p];
    size_t n = self->samples_of.start[p + 1] - self->samples_of.start[p];
    double *time = self->scratch, *low = time + n, *high = low + n;
    imr_titre_decay_rows_t rows = { .n = n,
        .time = time,
        .low = low,
        .high = high,
        .half_life = self->options.half_life,
        .sd = self->options.sd,
        .sd_df = self->sd_df,
        .level = self->options.level,
        .work = high + n };

    for (size_t i = 0; i < n; i++) {
        time[i] = fmax(0, sample[i].day - self->options.start_day);
        low[i] = sample[i].low;
        high[i] = sample[i].high;
    }
    return rows;
}

/* --- a common scatter ----------------------------------------------------------------------------- */

typedef struct {
    const imr_titre_t *self;
    imr_stop_t *stop;
    int *is_stopped;
    imr_titre_peak_t *sum;
} pool_t;

/* The sum over all patients. */
static int
sum_peaks(double log_sd, const pool_t *pool)
{
    const imr_titre_t *self = pool->self;

    *pool->sum = (imr_titre_peak_t) { 0, 0, 0, 0 };
    for (size_t p = 0; p < self->patients; p++) {
        imr_titre_decay_rows_t rows = rows_of(self, p);
        imr_titre_peak_t peak;
        int status;

        rows.sd = exp(log_sd);
        rows.stop = pool->stop;
        status = *pool->is_stopped ? IMR_ERR_STOPPED : imr_titre_decay_peak(&rows, &peak);
        if (status != IMR_OK) {
            *pool->is_stopped = status == IMR_ERR_STOPPED;
            return 0;
        }
        pool->sum->loglik += peak.loglik;
        pool->sum->slope += peak.slope;
        pool->sum->effective += peak.effective;
        pool->sum->unknowns += peak.unknowns;
    }
    return 1;
}

static double
slope_of_pool(double log_sd, const void *context)
{
    const pool_t *pool = context;

    return sum_peaks(log_sd, pool) ? pool->sum->slope : NAN;
}

int
imr_titre_pool(imr_titre_t *self, imr_stop_t *stop, imr_fault_t *fault)
{
    double step = log(MOST_COMMON_SD / LEAST_COMMON_SD) / (N_COMMON_SD - 1);
    double least = log(LEAST_COMMON_SD), highest = -INFINITY, log_sd = least, df;
    int best = 0, is_stopped = 0;
    imr_titre_peak_t sum;
    pool_t pool = { self, stop, &is_stopped, &sum };

    self->pooled = IMR_TITRE_NOT_CONVERGED;
    for (int i = 0; i < N_COMMON_SD; i++) {
        if (sum_peaks(least + step * i, &pool) && sum.loglik > highest) {
            highest = sum.loglik;
            best = i;
        }
    }
    if (best == 0 && !isinf(highest)) {
        self->pooled = sum.unknowns > 0 ? IMR_TITRE_NO_SCATTER : IMR_TITRE_TOO_FEW;
    } else if (best > 0 && best < N_COMMON_SD - 1
        && imr_solve_bracketed(slope_of_pool, &pool, least + step * (best - 1),
               least + step * (best + 1), 0, &log_sd)
            == IMR_OK
        && sum_peaks(log_sd, &pool)) {
        df = sum.effective - sum.unknowns;
        self->pooled = df >= LEAST_DF ? IMR_TITRE_FITTED : IMR_TITRE_TOO_FEW;
        self->sd_df = df;
        self->options.sd = exp(log_sd) * sqrt(sum.effective / df);
    }
    if (is_stopped) {
        return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
    }
    if (self->pooled != IMR_TITRE_FITTED) {
        self->options.sd = NAN;
        self->sd_df = INFINITY;
    }
    return IMR_OK;
}

/* --- patients ------------------------------------------------------------------------------------- */

static int
fit_patient(imr_titre_t *self, size_t p, imr_stop_t *stop)
{
    imr_titre_decay_rows_t rows = rows_of(self, p);
    const imr_titre_sample_t *sample = self->samples_of.sample + self->samples_of.start[p];
    size_t n = rows.n;
    imr_titre_decay_t decay;
    int status;

    self->below[p] = self->above[p] = 0;
    for (size_t i = 0; i < n; i++) {
        self->below[p] += rows.low[i] == -INFINITY;
        self->above[p] += rows.high[i] == INFINITY;
    }
    rows.stop = stop;
    status = imr_titre_decay_fit(&decay, &rows);
    if (self->options.is_common && self->pooled != IMR_TITRE_FITTED
        && decay.status != IMR_TITRE_NO_SAMPLES && decay.status != IMR_TITRE_NONE_QUANTIFIED) {
        imr_titre_decay_clear(&decay, self->pooled);
    }
    self->status[p] = (int64_t) decay.status;
    self->samples[p] = (int64_t) n;
    self->left_out[p] = self->samples_of.left_out[p];
    self->first_day[p] = n > 0 ? sample[0].day : NAN;
    self->last_day[p] = n > 0 ? sample[n - 1].day : NAN;
    self->share[p] = decay.share;
    self->share_low[p] = decay.share_low;
    self->share_high[p] = decay.share_high;
    self->half_life[p] = decay.half_life;
    self->half_life_low[p] = decay.half_life_low;
    self->half_life_high[p] = decay.half_life_high;
    self->short_lived[p] = decay.short_lived;
    self->long_lived[p] = decay.long_lived;
    self->sd[p] = decay.sd;
    self->loglik[p] = decay.loglik;
    self->df[p] = decay.df;
    self->score_norm[p] = decay.score_norm;
    return status;
}

int
imr_titre_fit(imr_titre_t *self, imr_stop_t *stop, imr_fault_t *fault)
{
    for (size_t p = 0; p < self->patients; p++) {
        int status = fit_patient(self, p, stop);

        if (status != IMR_OK) {
            return imr_fault(fault, status, NULL, -1, NAN);
        }
    }
    return IMR_OK;
}

void
imr_titre_free(imr_titre_t *self)
{
    imr_titre_samples_free(&self->samples_of);
    imr_free(self->scratch);
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

#include "recovery/titre_decay.h"

#include <math.h>

#include "base/quantile.h"
#include "base/solve.h"
#include "recovery/titre_climb.h"

#define LOG_2 0.693147180559945309417232121458

/* Log-likelihoods closer to the largest than this tell nothing; shares so far apart are no estimate. */
#define NOTHING 0.01
#define FAR_APART 0.5

/* Of the score at a maximum. */
#define MOST_SCORE 1e-4

/* Fewer degrees of freedom are none. */
#define LEAST_DF 0.25

/* 1 where shares far apart are as likely as the best. */
static int
is_flat(const imr_titre_search_t *s, const double *at, double highest)
{
    double least = 1, most = 0;

    for (size_t j = 0; j < IMR_TITRE_LOGITS; j++) {
        if (at[j] > highest - NOTHING) {
            least = fmin(least, imr_titre_logistic(s->logits[j]));
            most = fmax(most, imr_titre_logistic(s->logits[j]));
        }
    }
    return most - least > FAR_APART;
}

/* --- limits -------------------------------------------------------------------------------------- */

typedef struct {
    imr_titre_search_t *s;
    double floor; /* the log-likelihood at a limit */
    int of_rate;
} profile_t;

static double
above_floor(double place, const void *context)
{
    const profile_t *profile = context;
    imr_titre_search_t *s = profile->s;

    return (profile->of_rate ? imr_titre_best_logit(s, place) : imr_titre_best_rate(s, place))
        - profile->floor;
}

/* The outermost of n places on a grid where the likelihood is above the floor, and the limit between it and
 * the next one out; `peak` lies on the grid or between two of its places. The end of the grid itself, and 1,
 * where it is above the floor too. */
static int
find_limit(const profile_t *profile, const double *grid, const double *at, size_t n, double peak,
    int side, double *limit)
{
    size_t end = side < 0 ? 0 : n - 1;
    double inside = peak, outside = grid[end];

    if (at[end] >= profile->floor || grid[end] == peak) {
        *limit = grid[end];
        return 1;
    }
    for (size_t step = 1; step < n; step++) { /* inwards */
        size_t j = side < 0 ? step : n - 1 - step;

        if (side < 0 ? grid[j] >= peak : grid[j] <= peak) {
            break;
        }
        if (at[j] >= profile->floor) {
            inside = grid[j];
            break;
        }
        outside = grid[j];
    }
    if (!profile->of_rate) {
        inside = imr_titre_within(inside);
        outside = imr_titre_within(outside);
    }
    *limit = inside;
    if (imr_solve_bracketed(above_floor, profile, inside, outside, 1e-11, limit) != IMR_OK) {
        *limit = outside; /* the peak itself lies beyond `within`, or rounds to the floor */
    }
    return 0;
}

static void
find_limits(
    imr_titre_search_t *s, imr_titre_decay_t *self, double highest, double drop, const double *at)
{
    double logit = s->logit, log_rate = s->log_rate, limit, at_rate[IMR_TITRE_MOST_RATES];
    profile_t profile = { s, highest - drop, 0 };

    find_limit(&profile, s->logits, at, IMR_TITRE_LOGITS, logit, -1, &limit);
    self->share_low = imr_titre_logistic(limit);
    find_limit(&profile, s->logits, at, IMR_TITRE_LOGITS, logit, 1, &limit);
    self->share_high = imr_titre_logistic(limit);
    if (s->n_rates == 1 || self->status == IMR_TITRE_NO_FALL) {
        return;
    }
    profile.of_rate = 1;
    for (size_t i = 0; i < s->n_rates; i++) {
        at_rate[i] = imr_titre_best_logit(s, s->log_rates[i]);
    }
    self->half_life_high =
        find_limit(&profile, s->log_rates, at_rate, s->n_rates, log_rate, -1, &limit)
        ? INFINITY
        : LOG_2 / exp(limit);
    self->half_life_low =
        find_limit(&profile, s->log_rates, at_rate, s->n_rates, log_rate, 1, &limit)
        ? 0
        : LOG_2 / exp(limit);
}

/* --- a patient ----------------------------------------------------------------------------------- */

/* Whether there is enough to begin with. */
static imr_titre_status_t
check_samples(const imr_titre_decay_rows_t *rows)
{
    size_t known = 0, distinct = 0, unknowns = isnan(rows->half_life) ? 3 : 2;

    if (rows->n == 0) {
        return IMR_TITRE_NO_SAMPLES;
    }
    for (size_t i = 0; i < rows->n; i++) {
        int is_new = 1;

        for (size_t k = 0; k < i; k++) {
            is_new &= rows->time[k] != rows->time[i];
        }
        known += !isinf(rows->low[i]) && !isinf(rows->high[i]);
        distinct += (size_t) is_new;
    }
    if (known == 0) {
        return IMR_TITRE_NONE_QUANTIFIED;
    }
    return distinct < unknowns || (isnan(rows->sd) && rows->n <= unknowns) ? IMR_TITRE_TOO_FEW
                                                                           : IMR_TITRE_FITTED;
}

void
imr_titre_decay_clear(imr_titre_decay_t *self, imr_titre_status_t status)
{
    *self =
        (imr_titre_decay_t) { status, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN };
}

/* How far the log-likelihood falls to a limit: as t does with df degrees of freedom. */
static int
find_drop(const imr_titre_decay_rows_t *rows, double effective, double df, double *drop)
{
    double quantile;
    int status;

    if (isinf(df)) {
        status = imr_quantile_chi_squared(rows->level, 1, &quantile);
        *drop = 0.5 * quantile;
    } else {
        status = imr_quantile_t(0.5 + 0.5 * rows->level, df, &quantile);
        *drop = quantile > 1e100 ? INFINITY
            : isnan(rows->sd)    ? 0.5 * effective * log1p(quantile * quantile / df)
                                 : 0.5 * quantile * quantile;
    }
    return status;
}

int
imr_titre_decay_peak(const imr_titre_decay_rows_t *rows, imr_titre_peak_t *peak)
{
    imr_titre_search_t s;
    double at[IMR_TITRE_LOGITS];

    *peak = (imr_titre_peak_t) { 0, 0, 0, 0 };
    if (check_samples(rows) != IMR_TITRE_FITTED) {
        return IMR_OK;
    }
    imr_titre_search_init(&s, rows);
    peak->loglik = imr_titre_find_peak(&s, at);
    peak->slope = imr_titre_slope_in_sd(&s);
    peak->effective = imr_titre_effective(&s);
    peak->unknowns = isnan(rows->half_life) ? 3 : 2;
    for (size_t i = 0; i < rows->n; i++) {
        peak->loglik -= rows->low[i] == rows->high[i] ? log(s.scale) : 0;
    }
    return s.is_stopped ? IMR_ERR_STOPPED : isinf(peak->loglik) ? IMR_ERR_NOCONV : IMR_OK;
}

int
imr_titre_decay_fit(imr_titre_decay_t *self, const imr_titre_decay_rows_t *rows)
{
    imr_titre_search_t s;
    double at[IMR_TITRE_LOGITS], highest, effective, score_norm, level, drop;
    imr_titre_status_t status = check_samples(rows);
    size_t exact = 0, unknowns = isnan(rows->half_life) ? 3 : 2;
    int ends;

    imr_titre_decay_clear(self, status);
    if (status != IMR_TITRE_FITTED) {
        return IMR_OK;
    }
    imr_titre_search_init(&s, rows);
    for (size_t i = 0; i < rows->n; i++) {
        exact += rows->low[i] == rows->high[i];
    }
    highest = imr_titre_find_peak(&s, at);
    effective = imr_titre_effective(&s);
    score_norm = imr_titre_score(&s);
    self->df = isnan(rows->sd) ? effective - (double) unknowns : rows->sd_df;
    ends =
        s.n_rates > 1 && (s.log_rate == s.log_rates[0] || s.log_rate == s.log_rates[s.n_rates - 1]);
    if (isnan(rows->sd) && imr_titre_has_no_scatter(&s)) {
        status = IMR_TITRE_NO_SCATTER;
    } else if (isinf(highest) || !(score_norm < MOST_SCORE)) {
        status = IMR_TITRE_NOT_CONVERGED;
    } else if (!(self->df >= LEAST_DF)) {
        status = IMR_TITRE_TOO_FEW;
    } else if (find_drop(rows, effective, self->df, &drop) != IMR_OK) {
        status = IMR_TITRE_NOT_CONVERGED;
    } else if (s.n_rates > 1 && s.logit == -INFINITY) {
        status = IMR_TITRE_NO_FALL;
    } else if (ends || is_flat(&s, at, highest)) {
        status = IMR_TITRE_NOT_IDENTIFIABLE;
    }
    if (status != IMR_TITRE_FITTED && status != IMR_TITRE_NO_FALL) {
        imr_titre_decay_clear(self, status);
        return s.is_stopped ? IMR_ERR_STOPPED : IMR_OK;
    }
    self->status = status;
    self->share = imr_titre_logistic(s.logit);
    self->half_life = status == IMR_TITRE_FITTED ? LOG_2 / exp(s.log_rate) : NAN;
    level = exp(s.center + s.scale * (s.gamma[0] / s.climb.h));
    self->short_lived = level * self->share;
    self->long_lived = level * imr_titre_logistic(-s.logit);
    self->sd = isnan(rows->sd) ? s.scale / s.climb.h * sqrt(effective / self->df) : rows->sd;
    self->loglik = highest - (double) exact * log(s.scale);
    self->score_norm = score_norm;
    find_limits(&s, self, highest, drop, at);
    return s.is_stopped ? IMR_ERR_STOPPED : IMR_OK;
}

#include "recovery/titre_decay.h"

#include <math.h>
#include <string.h>

#include "base/quantile.h"
#include "base/solve.h"
#include "recovery/tobit_climb.h"

#define LOG_2 0.693147180559945309417232121458

/* The logit of the share is looked for at these, at both infinities, and between neighbours. */
#define FURTHEST_LOGIT 60.0
#define TOWARDS_INFINITY 40.0
enum { N_LOGITS = 28, MOST_RATES = 64 };

/* Half-lives that are looked for reach from this share of the first interval to so many of the last day, in
 * steps of half an octave where there is room for them. */
#define REACH 8.0

/* Log-likelihoods closer to the largest than this tell nothing; shares so far apart are no estimate. */
#define NOTHING 0.01
#define FAR_APART 0.5

/* In log-likelihood, of a curve as good with a tenth of the scatter. */
#define AS_HIGH 1e-7
#define SHARPER 10.0
/* Scatter below this share of the range of the values is as good as none. */
#define LEAST_SCATTER 1e-4

/* Of the score at a maximum. */
#define MOST_SCORE 1e-4

/* Fewer degrees of freedom are none. */
#define LEAST_DF 0.25

/* logit and log_rate are where the likelihood was looked at last; the score is its slope there. */
typedef struct {
    const imr_titre_decay_rows_t *rows;
    imr_tobit_climb_t climb;
    double gamma[1], factor[4], climb_work[6];
    double *low, *high, *ones, *offset; /* standardised */
    double center, scale;
    size_t n_rates; /* 1: given */
    double log_rates[MOST_RATES], logits[N_LOGITS];
    double logit, log_rate;
    double score_logit, score_rate;
    int is_perfect;
} search_t;

static double
logistic(double x)
{
    return x > 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

/* log(1 + exp(x)), x < infinity */
static double
softplus(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/* log of A(t) / A(0). */
static double
log_curve(double logit, double decayed)
{
    return logit == INFINITY ? -decayed : softplus(logit - decayed) - softplus(logit);
}

/* --- the likelihood ------------------------------------------------------------------------------ */

static void
start_climb(search_t *s)
{
    imr_tobit_climb_t *climb = &s->climb;
    double least = INFINITY, most = -INFINITY;

    for (size_t i = 0; i < climb->n; i++) {
        double moved = climb->value * s->offset[i];

        least = fmin(least, (isinf(s->low[i]) ? s->high[i] : s->low[i]) - moved);
        most = fmax(most, (isinf(s->high[i]) ? s->low[i] : s->high[i]) - moved);
    }
    if (!climb->fixed_h) {
        climb->h = 1 / fmax(0.5 * (most - least), 1e-9);
    }
    climb->gamma[0] = climb->h * (least + 0.5 * (most - least));
}

/* The largest log-likelihood at this share and rate, and its slopes; minus infinity where there is none. */
static double
look(search_t *s, double logit, double log_rate)
{
    imr_tobit_climb_t *climb = &s->climb;
    double rate = exp(log_rate);
    int status;

    s->logit = logit;
    s->log_rate = log_rate;
    for (size_t i = 0; i < climb->n; i++) {
        s->offset[i] = log_curve(logit, rate * s->rows->time[i]);
    }
    start_climb(s);
    status = imr_tobit_climb(climb);
    s->is_perfect |= !climb->fixed_h && status != IMR_OK && climb->h * LEAST_SCATTER > 1;
    s->score_logit = s->score_rate = 0;
    if (status != IMR_OK) {
        return -INFINITY;
    }
    for (size_t i = 0; i < climb->n; i++) {
        double moved = climb->value * s->offset[i], decayed = rate * s->rows->time[i];
        double slope = -climb->h * climb->value
            * imr_tobit_term(climb->h * (s->low[i] - moved) - climb->gamma[0],
                climb->h * (s->high[i] - moved) - climb->gamma[0])
                  .middle;
        double left = logit == INFINITY ? 1 : logistic(logit - decayed);

        s->score_logit += slope * (left - logistic(logit));
        s->score_rate -= slope * decayed * left;
    }
    return climb->loglik;
}

/* --- one unknown at a time ------------------------------------------------------------------------ */

typedef struct {
    search_t *s;
    double other; /* the unknown that stays */
} line_t;

static double
slope_in_rate(double log_rate, const void *context)
{
    const line_t *line = context;
    double loglik = look(line->s, line->other, log_rate);

    return isinf(loglik) ? NAN : line->s->score_rate;
}

static double
slope_in_logit(double logit, const void *context)
{
    const line_t *line = context;
    double loglik = look(line->s, logit, line->other);

    return isinf(loglik) ? NAN : line->s->score_logit;
}

static double
within(double logit)
{
    return fmax(-TOWARDS_INFINITY, fmin(logit, FURTHEST_LOGIT + TOWARDS_INFINITY));
}

/* The largest log-likelihood of a share over all rates, where s then stands. */
static double
best_rate(search_t *s, double logit)
{
    line_t line = { s, logit };
    double highest = -INFINITY, root;
    size_t best = 0;

    for (size_t i = 0; i < s->n_rates; i++) {
        double loglik = look(s, logit, s->log_rates[i]);

        if (loglik > highest) {
            highest = loglik;
            best = i;
        }
    }
    root = s->log_rates[best];
    if (best > 0 && best + 1 < s->n_rates
        && imr_solve_bracketed(
               slope_in_rate, &line, s->log_rates[best - 1], s->log_rates[best + 1], 0, &root)
            == IMR_OK
        && look(s, logit, root) < highest) {
        root = s->log_rates[best];
    }
    return look(s, logit, root);
}

/* The same of a rate over all shares. */
static double
best_logit(search_t *s, double log_rate)
{
    line_t line = { s, log_rate };
    double highest = -INFINITY, root;
    size_t best = 0;

    for (size_t j = 0; j < N_LOGITS; j++) {
        double loglik = look(s, s->logits[j], log_rate);

        if (loglik > highest) {
            highest = loglik;
            best = j;
        }
    }
    root = s->logits[best];
    if (best > 0 && best + 1 < N_LOGITS
        && imr_solve_bracketed(slope_in_logit, &line, within(s->logits[best - 1]),
               within(s->logits[best + 1]), 0, &root)
            == IMR_OK
        && look(s, root, log_rate) < highest) {
        root = s->logits[best];
    }
    return look(s, root, log_rate);
}

/* --- the fit ------------------------------------------------------------------------------------- */

static double
slope_of_profile(double logit, const void *context)
{
    const line_t *line = context;
    double loglik = best_rate(line->s, logit);

    return isinf(loglik) ? NAN : line->s->score_logit;
}

/* The maximum, where s then stands; at[j]: that of each logit. */
static double
find_peak(search_t *s, double *at)
{
    line_t line = { s, 0 };
    double root;
    size_t best = 0;

    for (size_t j = 0; j < N_LOGITS; j++) {
        at[j] = -INFINITY;
    }
    for (size_t j = 0; j < N_LOGITS; j++) {
        at[j] = best_rate(s, s->logits[j]);
        best = at[j] > at[best] ? j : best;
        if (s->is_perfect) {
            return at[best];
        }
    }
    root = s->logits[best];
    if (best > 0 && best + 1 < N_LOGITS
        && imr_solve_bracketed(slope_of_profile, &line, within(s->logits[best - 1]),
               within(s->logits[best + 1]), 0, &root)
            == IMR_OK
        && best_rate(s, root) < at[best]) {
        root = s->logits[best];
    }
    return best_rate(s, root);
}

static void
make_grids(search_t *s)
{
    double first = INFINITY, last = 0, logit = -8;
    size_t j = 0;

    s->logits[j++] = -INFINITY;
    for (; logit < 8; logit++) {
        s->logits[j++] = logit;
    }
    for (; j + 1 < N_LOGITS; j++) {
        s->logits[j] = logit;
        logit *= pow(FURTHEST_LOGIT / 8, 1.0 / (N_LOGITS - 19));
    }
    s->logits[j] = INFINITY;
    s->n_rates = 1;
    s->log_rates[0] = log(LOG_2 / s->rows->half_life);
    if (isnan(s->rows->half_life)) {
        double slowest, fastest, octaves;

        for (size_t i = 0; i < s->rows->n; i++) {
            double time = s->rows->time[i];

            first = time > 0 ? fmin(first, time) : first;
            last = fmax(last, time);
        }
        slowest = log(LOG_2 / (REACH * last));
        fastest = log(LOG_2 / (first / REACH));
        octaves = (fastest - slowest) / LOG_2;
        s->n_rates = (size_t) fmin(MOST_RATES, 2 + floor(2 * octaves));
        for (size_t i = 0; i < s->n_rates; i++) {
            s->log_rates[i] =
                slowest + (fastest - slowest) * (double) i / (double) (s->n_rates - 1);
        }
    }
}

/* To the middle 0 and the furthest end 1. */
static void
standardise(search_t *s)
{
    const imr_titre_decay_rows_t *rows = s->rows;
    size_t n = rows->n;
    double least = INFINITY, most = -INFINITY;

    s->low = rows->work;
    s->high = s->low + n;
    s->ones = s->high + n;
    s->offset = s->ones + n;
    for (size_t i = 0; i < n; i++) {
        least = fmin(least, isinf(rows->low[i]) ? rows->high[i] : rows->low[i]);
        most = fmax(most, isinf(rows->high[i]) ? rows->low[i] : rows->high[i]);
    }
    s->center = least + 0.5 * (most - least);
    s->scale = most - least > 1e-6 ? 0.5 * (most - least) : 1;
    for (size_t i = 0; i < n; i++) {
        s->low[i] = (rows->low[i] - s->center) / s->scale;
        s->high[i] = (rows->high[i] - s->center) / s->scale;
        s->ones[i] = 1;
    }
    s->climb = (imr_tobit_climb_t) { .n = n,
        .k = 1,
        .low = s->low,
        .high = s->high,
        .columns = s->ones,
        .offset = s->offset,
        .value = 1 / s->scale,
        .fixed_h = !isnan(rows->sd),
        .profile = 1,
        .gamma = s->gamma,
        .h = isnan(rows->sd) ? 1 : s->scale / rows->sd,
        .factor = s->factor,
        .work = s->climb_work };
}

/* What the samples tell, an exact one telling 1. */
static double
count_effective(const search_t *s)
{
    const imr_tobit_climb_t *climb = &s->climb;
    double sum = 0;

    for (size_t i = 0; i < climb->n; i++) {
        double moved = climb->value * s->offset[i];

        sum -= imr_tobit_term(climb->h * (s->low[i] - moved) - climb->gamma[0],
            climb->h * (s->high[i] - moved) - climb->gamma[0])
                   .middle_middle;
    }
    return sum;
}

/* The length of the score where s stands. */
static double
score_of(const search_t *s)
{
    int is_inside = s->n_rates > 1 && s->log_rate != s->log_rates[0]
        && s->log_rate != s->log_rates[s->n_rates - 1];
    double of_logit = isinf(s->logit) ? 0 : s->score_logit;
    double of_rate = is_inside ? s->score_rate : 0;

    return sqrt(
        s->climb.score_norm * s->climb.score_norm + of_logit * of_logit + of_rate * of_rate);
}

/* 1 where a curve with a tenth of the scatter is as likely: the same one, of another height. */
static int
has_no_scatter(search_t *s)
{
    imr_tobit_climb_t *climb = &s->climb;
    double loglik = climb->loglik, h = climb->h, gamma = climb->gamma[0];
    double score_norm = climb->score_norm;
    int status;

    climb->fixed_h = 1;
    climb->h *= SHARPER;
    climb->gamma[0] *= SHARPER;
    status = imr_tobit_climb(climb);
    climb->fixed_h = 0;
    if (status == IMR_OK && climb->loglik >= loglik - AS_HIGH) {
        return 1;
    }
    climb->h = h;
    climb->gamma[0] = gamma;
    climb->loglik = loglik;
    climb->score_norm = score_norm;
    return 0;
}

/* 1 where shares far apart are as likely as the best. */
static int
is_flat(const search_t *s, const double *at, double highest)
{
    double least = 1, most = 0;

    for (size_t j = 0; j < N_LOGITS; j++) {
        if (at[j] > highest - NOTHING) {
            least = fmin(least, logistic(s->logits[j]));
            most = fmax(most, logistic(s->logits[j]));
        }
    }
    return most - least > FAR_APART;
}

/* --- limits -------------------------------------------------------------------------------------- */

typedef struct {
    search_t *s;
    double floor; /* the log-likelihood at a limit */
    int of_rate;
} profile_t;

static double
above_floor(double place, const void *context)
{
    const profile_t *profile = context;
    search_t *s = profile->s;

    return (profile->of_rate ? best_logit(s, place) : best_rate(s, place)) - profile->floor;
}

/* The outermost of n places on a grid where the likelihood is above the floor, and the limit between it and
 * the next one out; `peak` lies on the grid or between two of its places. The end of the grid itself, and 1,
 * where it is above the floor too. */
static int
find_limit(const profile_t *profile, const double *grid, const double *at, size_t n, double peak,
    int side, double *limit)
{
    size_t j = side < 0 ? 0 : n - 1;
    double inside, outside;

    if (at[j] >= profile->floor || grid[j] == peak) {
        *limit = grid[j];
        return 1;
    }
    for (; side < 0 ? grid[j] < peak : grid[j] > peak; side < 0 ? j++ : j--) {
        if (at[j] >= profile->floor) {
            break;
        }
    }
    inside = (side < 0 ? grid[j] < peak : grid[j] > peak) ? grid[j] : peak;
    outside = side < 0 ? grid[j - 1] : grid[j + 1];
    if (!profile->of_rate) {
        inside = within(inside);
        outside = within(outside);
    }
    *limit = inside;
    if (imr_solve_bracketed(above_floor, profile, inside, outside, 1e-11, limit) != IMR_OK) {
        *limit = outside; /* the peak itself lies beyond `within`, or rounds to the floor */
    }
    return 0;
}

static void
find_limits(search_t *s, imr_titre_decay_t *self, double highest, double drop, const double *at)
{
    double logit = s->logit, log_rate = s->log_rate, limit, at_rate[MOST_RATES];
    profile_t profile = { s, highest - drop, 0 };

    find_limit(&profile, s->logits, at, N_LOGITS, logit, -1, &limit);
    self->share_low = logistic(limit);
    find_limit(&profile, s->logits, at, N_LOGITS, logit, 1, &limit);
    self->share_high = logistic(limit);
    if (s->n_rates == 1 || self->status == IMR_TITRE_NO_FALL) {
        return;
    }
    profile.of_rate = 1;
    for (size_t i = 0; i < s->n_rates; i++) {
        at_rate[i] = best_logit(s, s->log_rates[i]);
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

static void
clear(imr_titre_decay_t *self, imr_titre_status_t status)
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

    if (!isnan(rows->sd)) {
        status = imr_quantile_chi_squared(rows->level, 1, &quantile);
        *drop = 0.5 * quantile;
    } else {
        status = imr_quantile_t(0.5 + 0.5 * rows->level, df, &quantile);
        *drop = quantile > 1e100 ? INFINITY : 0.5 * effective * log1p(quantile * quantile / df);
    }
    return status;
}

void
imr_titre_decay_fit(imr_titre_decay_t *self, const imr_titre_decay_rows_t *rows)
{
    search_t s = { .rows = rows };
    double at[N_LOGITS], highest, effective, score_norm, level, drop;
    imr_titre_status_t status = check_samples(rows);
    size_t exact = 0, unknowns = isnan(rows->half_life) ? 3 : 2;
    int ends;

    clear(self, status);
    if (status != IMR_TITRE_FITTED) {
        return;
    }
    standardise(&s);
    make_grids(&s);
    for (size_t i = 0; i < rows->n; i++) {
        exact += rows->low[i] == rows->high[i];
    }
    highest = find_peak(&s, at);
    effective = count_effective(&s);
    score_norm = score_of(&s);
    self->df = isnan(rows->sd) ? effective - (double) unknowns : INFINITY;
    ends =
        s.n_rates > 1 && (s.log_rate == s.log_rates[0] || s.log_rate == s.log_rates[s.n_rates - 1]);
    if (isnan(rows->sd) && (s.is_perfect || s.climb.h * LEAST_SCATTER > 1 || has_no_scatter(&s))) {
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
        clear(self, status);
        return;
    }
    self->status = status;
    self->share = logistic(s.logit);
    self->half_life = status == IMR_TITRE_FITTED ? LOG_2 / exp(s.log_rate) : NAN;
    level = exp(s.center + s.scale * (s.gamma[0] / s.climb.h));
    self->short_lived = level * self->share;
    self->long_lived = level * logistic(-s.logit);
    self->sd = isnan(rows->sd) ? s.scale / s.climb.h * sqrt(effective / self->df) : rows->sd;
    self->loglik = highest - (double) exact * log(s.scale);
    self->score_norm = score_norm;
    find_limits(&s, self, highest, drop, at);
}

#include "recovery/titre_climb.h"

#include <string.h>

#include "base/solve.h"

#define LOG_2 0.693147180559945309417232121458

#define FURTHEST_LOGIT 60.0
#define TOWARDS_INFINITY 40.0

/* Half-lives that are looked for reach from this share of the first interval to so many of the last day, in
 * steps of half an octave where there is room for them. */
#define REACH 8.0

/* In log-likelihood, of a curve as good with a tenth of the scatter. */
#define AS_HIGH 1e-7
#define SHARPER 10.0
/* Scatter below this share of the range of the values is as good as none. */
#define LEAST_SCATTER 1e-4

/* Of a climb, in multiplications: what rows between two ends take. */
#define WORK_A_ROW 4000.0

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
start_climb(imr_titre_search_t *s)
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
double
imr_titre_look(imr_titre_search_t *s, double logit, double log_rate)
{
    imr_tobit_climb_t *climb = &s->climb;
    double rate = exp(log_rate);
    int status;

    s->logit = logit;
    s->log_rate = log_rate;
    s->is_stopped = s->is_stopped || imr_stop_asked(s->rows->stop, WORK_A_ROW * (double) climb->n);
    if (s->is_stopped) {
        return -INFINITY;
    }
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
        double left = logit == INFINITY ? 1 : imr_titre_logistic(logit - decayed);

        s->score_logit += slope * (left - imr_titre_logistic(logit));
        s->score_rate -= slope * decayed * left;
    }
    return climb->loglik;
}

/* --- one unknown at a time ------------------------------------------------------------------------ */

typedef struct {
    imr_titre_search_t *s;
    double other; /* the unknown that stays */
} line_t;

static double
slope_in_rate(double log_rate, const void *context)
{
    const line_t *line = context;
    double loglik = imr_titre_look(line->s, line->other, log_rate);

    return isinf(loglik) ? NAN : line->s->score_rate;
}

static double
slope_in_logit(double logit, const void *context)
{
    const line_t *line = context;
    double loglik = imr_titre_look(line->s, logit, line->other);

    return isinf(loglik) ? NAN : line->s->score_logit;
}

double
imr_titre_within(double logit)
{
    return fmax(-TOWARDS_INFINITY, fmin(logit, FURTHEST_LOGIT + TOWARDS_INFINITY));
}

/* The largest log-likelihood of a share over all rates, where s then stands. */
double
imr_titre_best_rate(imr_titre_search_t *s, double logit)
{
    line_t line = { s, logit };
    double highest = -INFINITY, root;
    size_t best = 0;

    for (size_t i = 0; i < s->n_rates; i++) {
        double loglik = imr_titre_look(s, logit, s->log_rates[i]);

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
        && imr_titre_look(s, logit, root) < highest) {
        root = s->log_rates[best];
    }
    return imr_titre_look(s, logit, root);
}

/* The same of a rate over all shares. */
double
imr_titre_best_logit(imr_titre_search_t *s, double log_rate)
{
    line_t line = { s, log_rate };
    double highest = -INFINITY, root;
    size_t best = 0;

    for (size_t j = 0; j < IMR_TITRE_LOGITS; j++) {
        double loglik = imr_titre_look(s, s->logits[j], log_rate);

        if (loglik > highest) {
            highest = loglik;
            best = j;
        }
    }
    root = s->logits[best];
    if (best > 0 && best + 1 < IMR_TITRE_LOGITS
        && imr_solve_bracketed(slope_in_logit, &line, imr_titre_within(s->logits[best - 1]),
               imr_titre_within(s->logits[best + 1]), 0, &root)
            == IMR_OK
        && imr_titre_look(s, root, log_rate) < highest) {
        root = s->logits[best];
    }
    return imr_titre_look(s, root, log_rate);
}

/* --- the fit ------------------------------------------------------------------------------------- */

static double
slope_of_profile(double logit, const void *context)
{
    const line_t *line = context;
    double loglik = imr_titre_best_rate(line->s, logit);

    return isinf(loglik) ? NAN : line->s->score_logit;
}

/* The maximum, where s then stands; at[j]: that of each logit. */
double
imr_titre_find_peak(imr_titre_search_t *s, double *at)
{
    line_t line = { s, 0 };
    double root;
    size_t best = 0;

    for (size_t j = 0; j < IMR_TITRE_LOGITS; j++) {
        at[j] = -INFINITY;
    }
    for (size_t j = 0; j < IMR_TITRE_LOGITS; j++) {
        at[j] = imr_titre_best_rate(s, s->logits[j]);
        best = at[j] > at[best] ? j : best;
        if (s->is_perfect) {
            return at[best];
        }
    }
    root = s->logits[best];
    if (best > 0 && best + 1 < IMR_TITRE_LOGITS
        && imr_solve_bracketed(slope_of_profile, &line, imr_titre_within(s->logits[best - 1]),
               imr_titre_within(s->logits[best + 1]), 0, &root)
            == IMR_OK
        && imr_titre_best_rate(s, root) < at[best]) {
        root = s->logits[best];
    }
    return imr_titre_best_rate(s, root);
}

static void
make_grids(imr_titre_search_t *s)
{
    double first = INFINITY, last = 0, logit = -8;
    size_t j = 0;

    s->logits[j++] = -INFINITY;
    for (; logit < 8; logit++) {
        s->logits[j++] = logit;
    }
    for (; j + 1 < IMR_TITRE_LOGITS; j++) {
        s->logits[j] = logit;
        logit *= pow(FURTHEST_LOGIT / 8, 1.0 / (IMR_TITRE_LOGITS - 19));
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
        s->n_rates = (size_t) fmin(IMR_TITRE_MOST_RATES, 2 + floor(2 * octaves));
        for (size_t i = 0; i < s->n_rates; i++) {
            s->log_rates[i] =
                slowest + (fastest - slowest) * (double) i / (double) (s->n_rates - 1);
        }
    }
}

/* To the middle 0 and the furthest end 1. */
static void
standardise(imr_titre_search_t *s)
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
double
imr_titre_effective(const imr_titre_search_t *s)
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
double
imr_titre_score(const imr_titre_search_t *s)
{
    int is_inside = s->n_rates > 1 && s->log_rate != s->log_rates[0]
        && s->log_rate != s->log_rates[s->n_rates - 1];
    double of_logit = isinf(s->logit) ? 0 : s->score_logit;
    double of_rate = is_inside ? s->score_rate : 0;

    return sqrt(
        s->climb.score_norm * s->climb.score_norm + of_logit * of_logit + of_rate * of_rate);
}

/* 1 where a curve with a tenth of the scatter is as likely: the same one, of another height. */
int
imr_titre_has_no_scatter(imr_titre_search_t *s)
{
    imr_tobit_climb_t *climb = &s->climb;
    double loglik = climb->loglik, h = climb->h, gamma = climb->gamma[0];
    double score_norm = climb->score_norm;
    int status;

    if (s->is_perfect || h * LEAST_SCATTER > 1) {
        return 1;
    }
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

/* The slope of the log-likelihood in log sd, where s stands. */
double
imr_titre_slope_in_sd(const imr_titre_search_t *s)
{
    const imr_tobit_climb_t *climb = &s->climb;
    double sum = 0;

    for (size_t i = 0; i < climb->n; i++) {
        double moved = climb->value * s->offset[i];
        double low = s->low[i] - moved, high = s->high[i] - moved;
        double middle = isinf(low) ? high : isinf(high) ? low : 0.5 * (low + high);
        imr_tobit_term_t term =
            imr_tobit_term(climb->h * low - climb->gamma[0], climb->h * high - climb->gamma[0]);

        sum -= climb->h * middle * term.middle + (low == high);
        if (!isinf(low) && !isinf(high)) {
            sum -= climb->h * (high - low) * term.width;
        }
    }
    return sum;
}

void
imr_titre_search_init(imr_titre_search_t *s, const imr_titre_decay_rows_t *rows)
{
    memset(s, 0, sizeof(*s));
    s->rows = rows;
    standardise(s);
    make_grids(s);
}

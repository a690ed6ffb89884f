#include "response/contrast_conditional.h"

#include <math.h>

#include "base/solve.h"
#include "response/binomial.h"

/* Terms below this share of their sum no longer change it. */
static const double negligible = 1e-19;

/* x1 lies between least and most; the weight of j is C(n1, j) C(n2, events - j) odds_ratio^j. */
typedef struct {
    int64_t x, n1, n2, events, least, most;
} family_t;

static family_t
family_of(const imr_two_groups_t *groups)
{
    family_t family = {
        .x = groups->x1, .n1 = groups->n1, .n2 = groups->n2, .events = groups->x1 + groups->x2
    };

    family.least = family.events > family.n2 ? family.events - family.n2 : 0;
    family.most = family.events < family.n1 ? family.events : family.n1;
    return family;
}

/* weight of j + 1 over weight of j, apart from the odds ratio */
static inline double
rise(const family_t *family, int64_t j)
{
    return (double) (family->n1 - j) * (double) (family->events - j)
        / ((double) (j + 1) * (double) (family->n2 - family->events + j + 1));
}

/* A likely count to start the sums from: the mode, but for rounding. */
static int64_t
near_mode(const family_t *family, double odds_ratio)
{
    double n1 = (double) family->n1, n2 = (double) family->n2, events = (double) family->events;
    double sum = odds_ratio * (n1 + events) + n2 - events;
    double difference = odds_ratio * (n1 - events) + events - n2;
    double root = sqrt(difference * difference + 4 * odds_ratio * n1 * n2);
    double j = sum > 0 ? 2 * odds_ratio * n1 * events / (sum + root)
                       : (root - sum) / (2 * (1 - odds_ratio));

    if (!(j > (double) family->least)) {
        return family->least;
    }
    return j < (double) family->most ? (int64_t) j : family->most;
}

/* Sums of weights below, at and above k, and of their distances from k. */
typedef struct {
    double below, at, above, moment;
} sums_t;

static sums_t
sums_about(const family_t *family, int64_t k, double odds_ratio)
{
    int64_t start = near_mode(family, odds_ratio);
    sums_t sums = { 0, 0, 0, 0 };
    double weight = 1;

    for (int64_t j = start; j <= family->most && weight > 0; j++) {
        if (j < k) {
            sums.below += weight;
        } else if (j == k) {
            sums.at = weight;
        } else {
            sums.above += weight;
        }
        sums.moment += (double) (j - k) * weight;
        if (j >= k && j > start && weight < negligible * (j == k ? sums.at : sums.above)) {
            break;
        }
        weight *= odds_ratio * rise(family, j);
    }
    weight = 1;
    for (int64_t j = start - 1; j >= family->least; j--) {
        weight /= odds_ratio * rise(family, j);
        if (!(weight > 0)) {
            break;
        }
        if (j < k) {
            sums.below += weight;
        } else if (j == k) {
            sums.at = weight;
        } else {
            sums.above += weight;
        }
        sums.moment += (double) (j - k) * weight;
        if (j < k && weight < negligible * sums.below) {
            break;
        }
    }
    return sums;
}

static double
at_least(const family_t *family, int64_t k, double odds_ratio)
{
    sums_t sums = sums_about(family, k, odds_ratio);

    return (sums.at + sums.above) / (sums.below + sums.at + sums.above);
}

static double
at_most(const family_t *family, int64_t k, double odds_ratio)
{
    sums_t sums;

    if (k < family->least) {
        return 0;
    }
    sums = sums_about(family, k, odds_ratio);
    return (sums.below + sums.at) / (sums.below + sums.at + sums.above);
}

/* --- p-values --------------------------------------------------------------------------------- */

static double
minlike_pvalue(const family_t *family, double odds_ratio)
{
    sums_t sums = sums_about(family, family->x, odds_ratio);
    int64_t start = near_mode(family, odds_ratio);
    double most = sums.at * (1 + IMR_TIE_TOLERANCE), sum = 0, weight = 1;

    for (int64_t j = start; j <= family->most && weight > 0; j++) {
        sum += weight <= most ? weight : 0;
        if (weight < negligible * sum) {
            break;
        }
        weight *= odds_ratio * rise(family, j);
    }
    weight = 1;
    for (int64_t j = start - 1; j >= family->least; j--) {
        weight /= odds_ratio * rise(family, j);
        if (weight < negligible * sum) {
            break;
        }
        sum += weight <= most ? weight : 0;
    }
    return sum / (sums.below + sums.at + sums.above);
}

/* Walks from the mode to the far end of the opposite tail, and adds it up on the way back. */
static double
blaker_pvalue(const family_t *family, double odds_ratio)
{
    sums_t sums = sums_about(family, family->x, odds_ratio);
    double total = sums.below + sums.at + sums.above;
    int64_t start = near_mode(family, odds_ratio), j = start;
    int x_is_low = sums.below < sums.above;
    double tail = sums.at + fmin(sums.below, sums.above), most = tail * (1 + IMR_TIE_TOLERANCE);
    double weight = 1, opposite = 0;

    if (x_is_low) {
        for (; j < family->most && weight > negligible * tail; j++) {
            weight *= odds_ratio * rise(family, j);
        }
        for (; j > family->x && opposite + weight <= most; j--) {
            opposite += weight;
            weight /= odds_ratio * rise(family, j - 1);
        }
    } else {
        for (; j > family->least && weight > negligible * tail; j--) {
            weight /= odds_ratio * rise(family, j - 1);
        }
        for (; j < family->x && opposite + weight <= most; j++) {
            opposite += weight;
            weight *= odds_ratio * rise(family, j);
        }
    }
    return (tail + opposite) / total;
}

double
imr_conditional_pvalue(imr_conditional_rule_t rule, const imr_two_groups_t *groups,
    double odds_ratio, imr_alternative_t alternative)
{
    family_t family = family_of(groups);
    double at, below, above, total, pvalue = 1;
    sums_t sums;

    if (alternative == IMR_TWO_SIDED && rule == IMR_CONDITIONAL_MINLIKE) {
        return fmin(1, minlike_pvalue(&family, odds_ratio));
    }
    if (alternative == IMR_TWO_SIDED && rule == IMR_CONDITIONAL_BLAKER) {
        return fmin(1, blaker_pvalue(&family, odds_ratio));
    }
    sums = sums_about(&family, family.x, odds_ratio);
    total = sums.below + sums.at + sums.above;
    at = rule == IMR_CONDITIONAL_MID_P ? 0.5 * sums.at : sums.at;
    below = (sums.below + at) / total;
    above = (sums.above + at) / total;
    switch (alternative) {
        case IMR_GREATER:
            pvalue = above;
            break;
        case IMR_LESS:
            pvalue = below;
            break;
        case IMR_TWO_SIDED:
            pvalue = 2 * fmin(below, above);
            break;
    }
    return fmin(1, pvalue);
}

/* --- estimate and limits: roots in the logarithm of the odds ratio ------------------------------ */

typedef struct {
    const family_t *family;
    int64_t k;
    double target;
} job_t;

static double
mean_excess(double log_odds, const void *context)
{
    const job_t *job = context;
    sums_t sums = sums_about(job->family, job->family->x, exp(log_odds));

    return sums.moment / (sums.below + sums.at + sums.above);
}

static double
central_excess(double log_odds, const void *context)
{
    const job_t *job = context;

    return at_least(job->family, job->family->x, exp(log_odds)) - job->target;
}

static double
mid_p_excess(double log_odds, const void *context)
{
    const job_t *job = context;
    sums_t sums = sums_about(job->family, job->family->x, exp(log_odds));

    return (0.5 * sums.at + sums.above) / (sums.below + sums.at + sums.above) - job->target;
}

/* where its sign changes, the tail up to k joins that of x */
static double
tails_difference(double log_odds, const void *context)
{
    const job_t *job = context;
    double odds_ratio = exp(log_odds);

    return at_least(job->family, job->family->x, odds_ratio) * (1 + IMR_TIE_TOLERANCE)
        - at_most(job->family, job->k, odds_ratio);
}

static double
both_tails_excess(double log_odds, const void *context)
{
    const job_t *job = context;
    double odds_ratio = exp(log_odds);

    return at_least(job->family, job->family->x, odds_ratio)
        + at_most(job->family, job->k, odds_ratio) - job->target;
}

/* Odds ratios of 1e-300 and 1e300 stand for 0 and infinity. */
static const double farthest = 690;

/* The root of an increasing f, looked for in growing steps to either side of a first guess. */
static int
rising_root(imr_function_t f, const job_t *job, double guess, double *root)
{
    double low = guess, high = guess, step = 1;
    int above = f(guess, job) > 0;

    do {
        if (above) {
            high = low;
            low = fmax(low - step, -farthest);
        } else {
            low = high;
            high = fmin(high + step, farthest);
        }
        if (low == high) {
            *root = low;
            return IMR_OK;
        }
        step *= 2;
    } while ((f(above ? low : high, job) > 0) == above);
    return imr_solve_bracketed(f, job, low, high, 0, root);
}

static double
first_guess(const imr_two_groups_t *groups)
{
    imr_two_counts_t c = imr_two_counts(groups);

    return log((c.x1 + 0.5) / (c.y1 + 0.5) * (c.y2 + 0.5) / (c.x2 + 0.5));
}

int
imr_conditional_estimate(const imr_two_groups_t *groups, double *estimate)
{
    family_t family = family_of(groups);
    job_t job = { .family = &family };
    double log_odds = NAN;
    int ret;

    if (family.x == family.least || family.x == family.most) {
        *estimate = family.least == family.most ? NAN : family.x == family.least ? 0 : INFINITY;
        return IMR_OK;
    }
    ret = rising_root(mean_excess, &job, first_guess(groups), &log_odds);
    *estimate = exp(log_odds);
    return ret;
}

/* As for one rate (docs/methods/response/proportion.md): only the first k whose tail exceeds alpha / 2
 * at the central limit can bring the acceptability above alpha. */
static int
blaker_limit(const job_t *from, double start, double *log_odds)
{
    job_t job = *from;
    int64_t below = job.family->least - 1, above = job.family->x - 1;
    double jump = start;
    int ret;

    while (above - below > 1) {
        int64_t middle = below + (above - below) / 2;

        if (at_most(job.family, middle, exp(start)) > job.target) {
            above = middle;
        } else {
            below = middle;
        }
    }
    job.k = above;
    if (tails_difference(start, &job) < 0) {
        ret = rising_root(tails_difference, &job, start, &jump);
        if (ret != IMR_OK) {
            return ret;
        }
    }
    job.k = above - 1;
    job.target = 2 * from->target;
    if (both_tails_excess(start, &job) < 0 && both_tails_excess(jump, &job) > 0) {
        return imr_solve_bracketed(both_tails_excess, &job, start, jump, 0, log_odds);
    }
    *log_odds = jump;
    return IMR_OK;
}

static int
minlike_limit(const job_t *from, double guess, double *log_odds)
{
    const family_t *family = from->family;
    job_t job = *from;
    double to_x = 0, last = guess, jump;

    job.target = 2 * from->target;
    for (int64_t j = family->least; j < family->x; j++) {
        to_x += log(rise(family, j));
    }
    for (int64_t k = family->least; k < family->x; k++) {
        jump = -(to_x + log1p(IMR_TIE_TOLERANCE)) / (double) (family->x - k);
        job.k = k - 1;
        if (both_tails_excess(jump, &job) > 0) {
            if (k == family->least) {
                return rising_root(both_tails_excess, &job, jump, log_odds);
            }
            if (both_tails_excess(last, &job) < 0) {
                return imr_solve_bracketed(both_tails_excess, &job, last, jump, 0, log_odds);
            }
            *log_odds = last;
            return IMR_OK;
        }
        job.k = k;
        if (both_tails_excess(jump, &job) > 0) {
            *log_odds = jump;
            return IMR_OK;
        }
        last = jump;
        to_x -= log(rise(family, k));
    }
    *log_odds = last;
    return IMR_OK;
}

int
imr_conditional_limit(imr_conditional_rule_t rule, const imr_two_groups_t *groups, int upper,
    double tail, double *limit)
{
    imr_two_groups_t swapped = imr_two_groups_swapped(groups);
    family_t family = family_of(upper ? &swapped : groups);
    job_t job = { .family = &family, .target = tail };
    double guess = first_guess(upper ? &swapped : groups), log_odds = NAN;
    int ret = IMR_OK;

    if (family.x == family.least) {
        *limit = upper ? INFINITY : 0;
        return IMR_OK;
    }
    switch (rule) {
        case IMR_CONDITIONAL_MID_P:
            ret = rising_root(mid_p_excess, &job, guess, &log_odds);
            break;
        case IMR_CONDITIONAL_MINLIKE:
            ret = minlike_limit(&job, guess, &log_odds);
            break;
        case IMR_CONDITIONAL_CENTRAL:
        case IMR_CONDITIONAL_BLAKER:
            ret = rising_root(central_excess, &job, guess, &log_odds);
            if (ret == IMR_OK && rule == IMR_CONDITIONAL_BLAKER) {
                ret = blaker_limit(&job, log_odds, &log_odds);
            }
            break;
    }
    *limit = exp(upper ? -log_odds : log_odds);
    return ret;
}

#include "response/contrast_score.h"

#include <math.h>

#include "base/solve.h"
#include "response/contrast_root.h"

/* N / (N - 1) of Miettinen and Nurminen; Mee and Koopman leave it out. */
static double
variance_factor(imr_contrast_method_t method, const imr_two_counts_t *c)
{
    double n = c->n1 + c->n2;

    return method == IMR_CONTRAST_MEE || method == IMR_CONTRAST_KOOPMAN ? 1 : n / (n - 1);
}

/* --- limits ------------------------------------------------------------------------------------
 * The restricted estimates are functions of the Lagrange multiplier mu of the constraint, in closed
 * form, and the squared statistic is an increasing function of mu > 0 (method page). So each limit
 * is the root of one increasing function, and the restricted estimates come with it. */

/* The rate p (q = 1 - p) with x - n p = mu p q: x and y are moved towards 0 by mu > 0. root is
 * n + mu (1 - 2 p). */
typedef struct {
    double p, q, root;
} moved_t;

static inline moved_t
moved_down(double x, double y, double n, double mu)
{
    moved_t moved;

    moved.root = sqrt((n - mu) * (n - mu) + 4 * mu * y);
    moved.p = 2 * x / (n + mu + moved.root);
    moved.q = mu < n ? 2 * y / (n - mu + moved.root) : (mu - n + moved.root) / (2 * mu);
    return moved;
}

static inline double
per_root(const moved_t *moved)
{
    double variance = moved->p * moved->q;

    return variance > 0 ? variance / moved->root : 0;
}

/* Statistic times sqrt(factor). Group 2 is looked at from its patients without response, so that
 * both rates move down. */
static inline imr_sloped_t
difference_score(double mu, const void *context)
{
    const imr_two_counts_t *c = context;
    moved_t one = moved_down(c->x1, c->y1, c->n1, mu), two = moved_down(c->y2, c->x2, c->n2, mu);
    double variance = one.p * one.q / c->n1 + two.p * two.q / c->n2;
    double deviation = sqrt(variance);
    imr_sloped_t at = { .value = mu * deviation,
        .slope = (variance + per_root(&one) + per_root(&two)) / (2 * deviation) };

    return at;
}

/* 1 / mu at which one group alone reaches the square: Wilson's limit. */
static inline double
difference_reach(double x, double y, double n, double square)
{
    if (x == 0) {
        return 0;
    }
    return (sqrt(square * square * (x - y) * (x - y) + 4 * x * y * square * (square + n))
               + square * (x - y))
        / (2 * n * square * (square + n));
}

static double
difference_low(const imr_two_counts_t *c, double square)
{
    double one = difference_reach(c->x1, c->y1, c->n1, square);
    double two = difference_reach(c->y2, c->x2, c->n2, square), mu;

    if ((c->x1 == 0 && c->y2 == 0) || square == 0) {
        return c->x1 / c->n1 - c->x2 / c->n2;
    }
    mu = imr_increasing_root(
        difference_score, c, sqrt(square), 1 / sqrt(one * one + two * two), INFINITY);
    return moved_down(c->x1, c->y1, c->n1, mu).p - moved_down(c->y2, c->x2, c->n2, mu).q;
}

static inline imr_sloped_t
ratio_score(double mu, const void *context)
{
    const imr_two_counts_t *c = context;
    double one = c->y1 / c->n1 / (c->x1 - mu), two = c->y2 / c->n2 / (c->x2 + mu);
    double deviation = sqrt(one + two);
    imr_sloped_t at = { .value = mu * deviation,
        .slope = deviation + mu * (one / (c->x1 - mu) - two / (c->x2 + mu)) / (2 * deviation) };

    return at;
}

static double
ratio_low(const imr_two_counts_t *c, double square)
{
    double share1 = c->y1 / c->n1, share2 = c->y2 / c->n2, one, two, mu, odds;

    if (c->x1 == 0 || square == 0) {
        return c->x1 == 0 ? 0 : c->x1 / c->n1 / (c->x2 / c->n2);
    }
    if (c->y1 == 0) {
        /* all of group 1 respond: its rate stays 1 up to mu = n1, and falls from there */
        odds = c->n1 * (square / (c->n1 * c->n1) - share2 / (c->x2 + c->n1));
        if (odds >= 0) {
            return (c->n2 + c->n1) / (c->x2 + c->n1) / (1 + odds);
        }
    }
    one = (square + sqrt(square * square + 4 * share1 * square * c->x1)) / (2 * square * c->x1);
    two = 2 * share2 / (square + sqrt(square * square + 4 * share2 * square * c->x2));
    mu = imr_increasing_root(ratio_score, c, sqrt(square), 1 / sqrt(one * one + two * two), c->x1);
    return (c->y1 == 0 ? 1 : (c->x1 - mu) / (c->n1 - mu)) / ((c->x2 + mu) / (c->n2 + mu));
}

static inline imr_sloped_t
odds_score(double mu, const void *context)
{
    const imr_two_counts_t *c = context;
    double x1 = c->x1 - mu, y1 = c->y1 + mu, x2 = c->x2 + mu, y2 = c->y2 - mu;
    double one = c->n1 / x1 / y1, two = c->n2 / x2 / y2, deviation = sqrt(one + two);
    imr_sloped_t at = { .value = mu * deviation,
        .slope = deviation
            + mu * (one * (1 / x1 - 1 / y1) + two * (1 / y2 - 1 / x2)) / (2 * deviation) };

    return at;
}

static inline double
odds_reach(double x, double y, double n, double square)
{
    return 2 * (n + square)
        / (square * (x - y)
            + sqrt(square * square * (x - y) * (x - y) + 4 * (n + square) * square * x * y));
}

static double
odds_low(const imr_two_counts_t *c, double square)
{
    double one, two, mu;

    if (c->x1 == 0 || c->y2 == 0 || square == 0) {
        return c->x1 == 0 || c->y2 == 0 ? 0 : c->x1 / c->y1 / c->x2 * c->y2;
    }
    one = odds_reach(c->x1, c->y1, c->n1, square);
    two = odds_reach(c->y2, c->x2, c->n2, square);
    mu = imr_increasing_root(
        odds_score, c, sqrt(square), 1 / sqrt(one * one + two * two), fmin(c->x1, c->y2));
    return (c->x1 - mu) / (c->y1 + mu) / (c->x2 + mu) * (c->y2 - mu);
}

static double
uncorrected_limit(imr_contrast_measure_t measure, imr_contrast_method_t method,
    const imr_two_counts_t *c, double z)
{
    double square = variance_factor(method, c) * z * z;

    switch (measure) {
        case IMR_DIFFERENCE:
            return difference_low(c, square);
        case IMR_RATIO:
            return ratio_low(c, square);
        case IMR_ODDS_RATIO:
            break;
    }
    return odds_low(c, square);
}

/* --- tests ------------------------------------------------------------------------------------ */

/* The score, what it is on average and how it varies, at the restricted rates. */
typedef struct {
    double score, bias, variance, third; /* third central moment */
    double rate1, rate2;
} moments_t;

static imr_two_counts_t
swapped(const imr_two_counts_t *c)
{
    imr_two_counts_t other = { c->x2, c->y2, c->n2, c->x1, c->y1, c->n1 };

    return other;
}

/* By how much the restricted difference lies below the observed one. */
static inline imr_sloped_t
difference_moved(double mu, const void *context)
{
    const imr_two_counts_t *c = context;
    moved_t one = moved_down(c->x1, c->y1, c->n1, mu), two = moved_down(c->y2, c->x2, c->n2, mu);
    imr_sloped_t at = { .value = mu * (one.p * one.q / c->n1 + two.p * two.q / c->n2),
        .slope = per_root(&one) + per_root(&two) };

    return at;
}

/* Score, variance and mu are bound by score = mu * variance, so that a small margin does no harm; one
 * within rounding of 0 is 0. */
static moments_t
difference_moments(const imr_two_counts_t *c, double margin)
{
    double by, rate1, mu = 0;
    imr_two_counts_t other = swapped(c);
    moments_t moments;
    imr_sloped_t start;
    moved_t one, two;

    margin = fabs(margin) < 1e-15 ? 0 : margin;
    by = c->x1 / c->n1 - c->x2 / c->n2 - margin;
    if (by < 0) {
        moments = difference_moments(&other, -margin);
        moments.score = -moments.score;
        moments.third = -moments.third;
        rate1 = moments.rate2;
        moments.rate2 = moments.rate1;
        moments.rate1 = rate1;
        return moments;
    }
    if (margin == 0) {
        one.p = two.q = (c->x1 + c->x2) / (c->n1 + c->n2);
        one.q = two.p = (c->y1 + c->y2) / (c->n1 + c->n2);
    } else {
        start = difference_moved(0, c);
        if (by > 0) {
            mu = imr_increasing_root(difference_moved, c, by,
                start.slope > 0 ? by / start.slope : c->n1 + c->n2, INFINITY);
        }
        one = moved_down(c->x1, c->y1, c->n1, mu);
        two = moved_down(c->y2, c->x2, c->n2, mu);
    }
    moments.score = by;
    moments.bias = 0;
    moments.variance = mu > 0 ? by / mu : one.p * one.q / c->n1 + two.p * two.q / c->n2;
    moments.third = one.p * one.q * (one.q - one.p) / (c->n1 * c->n1)
        - two.p * two.q * (two.p - two.q) / (c->n2 * c->n2);
    moments.rate1 = one.p;
    moments.rate2 = two.q;
    return moments;
}

/* The margin is at most 1. */
static moments_t
ratio_moments(const imr_two_counts_t *c, double margin)
{
    double difference = margin * (c->n1 + c->x2) - (c->n2 + c->x1);
    double root = sqrt(difference * difference + 4 * margin * c->y1 * c->y2);
    double p2 = fmin(1, 2 * (c->x1 + c->x2) / (margin * (c->n1 + c->x2) + c->n2 + c->x1 + root));
    double p1 = margin * p2, variance1 = p1 * (1 - p1) / c->n1;
    double variance2 = margin * margin * p2 * (1 - p2) / c->n2;
    moments_t moments = { .score = c->x1 / c->n1 - margin * (c->x2 / c->n2),
        .variance = variance1 + variance2,
        .third = variance1 * (1 - 2 * p1) / c->n1 - margin * variance2 * (1 - 2 * p2) / c->n2,
        .rate1 = p1,
        .rate2 = p2 };

    return moments;
}

/* On the scale of the events of group 1. The bias is that of Gart (1985). The margin is at most 1. */
static moments_t
odds_moments(const imr_two_counts_t *c, double margin)
{
    double events = c->x1 + c->x2, others = c->y1 + c->y2, across = margin * (c->n1 - events);
    double difference = across + events - c->n2, p1, q1, p2, q2, variance1, variance2, cube;
    double root = sqrt(difference * difference + 4 * margin * c->n1 * c->n2);
    moments_t moments = { 0 };

    if (events == 0 || others == 0) {
        return moments;
    }
    p2 = 2 * events / (across + c->n2 + events + root);
    q2 = events < c->n2 ? 1 - p2
                        : 2 * margin * others / (events - c->n2 + margin * (c->n2 + others) + root);
    p1 = margin * p2 / (q2 + margin * p2);
    q1 = q2 / (q2 + margin * p2);
    variance1 = c->n1 * p1 * q1;
    variance2 = c->n2 * p2 * q2;
    moments.rate1 = p1;
    moments.rate2 = p2;
    moments.score = c->x1 - c->n1 * p1;
    moments.variance = 1 / (1 / variance1 + 1 / variance2);
    moments.bias = (p1 - p2) / (variance1 + variance2) * moments.variance;
    cube = moments.variance * moments.variance * moments.variance;
    moments.third =
        cube * ((q1 - p1) / (variance1 * variance1) - (q2 - p2) / (variance2 * variance2));
    return moments;
}

static moments_t
moments_at(imr_contrast_measure_t measure, const imr_two_counts_t *c, double margin)
{
    switch (measure) {
        case IMR_RATIO:
            return ratio_moments(c, margin);
        case IMR_ODDS_RATIO:
            return odds_moments(c, margin);
        case IMR_DIFFERENCE:
            break;
    }
    return difference_moments(c, margin);
}

/* The score over its deviation; SCAS and, for the odds ratio, Miettinen and Nurminen subtract the
 * bias first. */
static double
statistic_at(imr_contrast_measure_t measure, imr_contrast_method_t method,
    const imr_two_counts_t *c, double margin, moments_t *moments)
{
    imr_two_counts_t other = swapped(c);
    double score;

    if (measure != IMR_DIFFERENCE && margin > 1) {
        double z = -statistic_at(measure, method, &other, 1 / margin, moments);

        moments->third = -moments->third;
        return z;
    }
    *moments = moments_at(measure, c, margin);
    moments->variance *= variance_factor(method, c);
    score = moments->score - (method == IMR_CONTRAST_MIETTINEN_NURMINEN_1985 ? 0 : moments->bias);
    return score == 0 ? 0 : score / sqrt(moments->variance);
}

/* Laud (2017): z + skewness (z^2 - 1) is the statistic without the correction. Where no z is, the
 * one at which the discriminant is 0 goes on. */
static double
corrected_statistic(imr_contrast_measure_t measure, imr_contrast_method_t method,
    const imr_two_counts_t *c, double margin)
{
    moments_t moments;
    double z = statistic_at(measure, method, c, margin, &moments), skewness, root;

    if (method != IMR_CONTRAST_SCAS || !(moments.variance > 0)) {
        return z;
    }
    skewness = moments.third / (6 * moments.variance * sqrt(moments.variance));
    root = sqrt(fmax(0, 1 + 4 * skewness * (z + skewness)));
    return 2 * (z + skewness) / (1 + root);
}

/* --- limits with a correction: the root next to the limit without one ------------------------------ */

typedef struct {
    imr_contrast_measure_t measure;
    imr_contrast_method_t method;
    const imr_two_counts_t *counts;
    double z;
} corrected_t;

static double
corrected_excess(double margin, const void *context)
{
    const corrected_t *job = context;

    return corrected_statistic(job->measure, job->method, job->counts, margin) - job->z;
}

/* Outward while the statistic is below z, else inward, by tenths of the way to the estimate and then
 * more. Where the sign never changes the limit is the end of the space. */
static int
correct_limit(const corrected_t *job, double from, double *limit)
{
    const imr_two_counts_t *c = job->counts;
    int is_difference = job->measure == IMR_DIFFERENCE, inward;
    double here = from, next, way;

    *limit = from;
    if (is_difference ? !(from > -1 && from < 1) : !(from > 0 && from < INFINITY)) {
        return IMR_OK;
    }
    way = is_difference ? fmax(c->x1 / c->n1 - c->x2 / c->n2 - from, 1e-3) : 1;
    way *= 0.1;
    inward = corrected_excess(here, job) > 0;
    for (int i = 0; i < 80; i++) { /* far beyond any ratio of rates */
        if (is_difference) {
            next = inward ? fmin(here + way, 0.5 * (1 + here)) : fmax(here - way, 0.5 * (here - 1));
        } else {
            next = inward ? here * (1 + way) : here / (1 + way);
        }
        if ((corrected_excess(next, job) > 0) != inward) {
            return imr_solve_bracketed(
                corrected_excess, job, here, next, is_difference ? 1e-15 : 1e-15 * here, limit);
        }
        here = next;
        way *= i < 20 ? 1 : 1.2;
    }
    if (is_difference) {
        *limit = inward ? 1 : -1;
    } else {
        *limit = inward ? (double) INFINITY : 0.0;
    }
    return IMR_OK;
}

static int
is_corrected(imr_contrast_measure_t measure, imr_contrast_method_t method)
{
    return method == IMR_CONTRAST_SCAS
        || (method == IMR_CONTRAST_MIETTINEN_NURMINEN && measure == IMR_ODDS_RATIO);
}

/* --- entries ---------------------------------------------------------------------------------- */

int
imr_contrast_score_limit(imr_contrast_measure_t measure, imr_contrast_method_t method,
    const imr_two_groups_t *groups, double z, double *limit)
{
    imr_two_counts_t counts = imr_two_counts(groups);
    imr_two_counts_t seen = z < 0 ? swapped(&counts) : counts;
    corrected_t job = { .measure = measure, .method = method, .counts = &seen, .z = fabs(z) };
    int ret = IMR_OK;

    *limit = uncorrected_limit(measure, method, &seen, fabs(z));
    if (is_corrected(measure, method)) {
        ret = correct_limit(&job, *limit, limit);
    }
    if (z < 0) {
        *limit = measure == IMR_DIFFERENCE ? -*limit : 1 / *limit;
    }
    return ret;
}

int
imr_contrast_score_statistic(imr_contrast_measure_t measure, imr_contrast_method_t method,
    const imr_two_groups_t *groups, double margin, double *z)
{
    imr_two_counts_t counts = imr_two_counts(groups);

    *z = corrected_statistic(measure, method, &counts, margin);
    return isnan(*z) ? IMR_ERR_NOCONV : IMR_OK;
}

imr_contrast_restricted_t
imr_contrast_restricted(
    imr_contrast_measure_t measure, const imr_two_counts_t *counts, double margin)
{
    imr_two_counts_t other = swapped(counts);
    moments_t moments;

    if (measure == IMR_RATIO && margin > 1) {
        moments = ratio_moments(&other, 1 / margin);
        return (imr_contrast_restricted_t) { moments.rate2, moments.rate1, moments.variance };
    }
    moments = moments_at(measure, counts, margin);
    return (imr_contrast_restricted_t) { moments.rate1, moments.rate2, moments.variance };
}

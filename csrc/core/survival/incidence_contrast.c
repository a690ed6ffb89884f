#include "survival/incidence_contrast.h"

#include <math.h>

#include "base/distribution.h"
#include "base/quantile.h"
#include "base/solve.h"
#include "base/special.h"
#include "response/proportion.h"
#include "response/proportion_test.h"
#include "survival/incidence.h"

typedef struct {
    int64_t x1, x2;
    double t1, t2;
} pair_t;

typedef struct {
    double estimate, low, high, statistic, pvalue;
} answer_t;

/* --- the ratio: x1 of x1 + x2 is binomial, with odds ratio * t1 / t2 ----------------------------- */

static imr_proportion_method_t
limits_of_method(imr_incidence_method_t method)
{
    switch (method) {
        case IMR_INCIDENCE_CONDITIONAL_MID_P:
            return IMR_PROPORTION_MID_P;
        case IMR_INCIDENCE_CONDITIONAL_MINLIKE:
            return IMR_PROPORTION_MINLIKE;
        case IMR_INCIDENCE_CONDITIONAL_BLAKER:
            return IMR_PROPORTION_BLAKER;
        case IMR_INCIDENCE_CONTRAST_SCORE:
            return IMR_PROPORTION_WILSON;
        case IMR_INCIDENCE_CONDITIONAL:
            break;
    }
    return IMR_PROPORTION_CLOPPER_PEARSON;
}

static imr_proportion_test_method_t
test_of_method(imr_incidence_method_t method)
{
    switch (method) {
        case IMR_INCIDENCE_CONDITIONAL_MID_P:
            return IMR_PROPORTION_TEST_MID_P;
        case IMR_INCIDENCE_CONDITIONAL_MINLIKE:
            return IMR_PROPORTION_TEST_MINLIKE;
        case IMR_INCIDENCE_CONDITIONAL_BLAKER:
            return IMR_PROPORTION_TEST_BLAKER;
        case IMR_INCIDENCE_CONTRAST_SCORE:
            return IMR_PROPORTION_TEST_SCORE;
        case IMR_INCIDENCE_CONDITIONAL:
            break;
    }
    return IMR_PROPORTION_TEST_CENTRAL;
}

/* The odds of a limit of the share of x1. Above one half they come out of the share of x2, whose digits
 * are those of the distance from 1. */
static int
limits_of_odds(
    const pair_t *pair, const imr_incidence_contrast_options_t *options, double *low, double *high)
{
    imr_proportion_options_t own = { limits_of_method(options->method), options->alternative,
        options->level };
    imr_proportion_options_t other = own;
    imr_proportion_memo_t none = { -1, NULL };
    int64_t n = pair->x1 + pair->x2;
    double estimate, share_low = 0, share_high = 1, rest_low = 0, rest_high = 1;
    int ret;

    if (own.alternative != IMR_TWO_SIDED) {
        other.alternative = own.alternative == IMR_LESS ? IMR_GREATER : IMR_LESS;
    }
    ret = imr_proportion(
        &pair->x1, 0, &n, 0, 0, 1, &own, &none, &estimate, &share_low, &share_high, NULL);
    if (ret == IMR_OK && share_high > 0.5) {
        ret = imr_proportion(
            &pair->x2, 0, &n, 0, 0, 1, &other, &none, &estimate, &rest_low, &rest_high, NULL);
    }
    if (ret == IMR_OK) {
        *low = share_low > 0.5 ? (1 - rest_high) / rest_high : share_low / (1 - share_low);
        *high = share_high > 0.5 ? (1 - rest_low) / rest_low : share_high / (1 - share_high);
    }
    return ret;
}

static int
compare_ratio(const pair_t *pair, double margin, const imr_incidence_contrast_options_t *options,
    answer_t *answer)
{
    double times = pair->t2 / pair->t1, share = margin / (margin + times);
    int64_t n = pair->x1 + pair->x2;
    int ret = limits_of_odds(pair, options, &answer->low, &answer->high);

    answer->estimate = (double) pair->x1 / (double) pair->x2 * times; /* NaN where both are 0 */
    answer->low *= times;
    answer->high *= times;
    if (ret == IMR_OK) {
        ret = imr_proportion_test(&pair->x1, 0, &n, 0, &share, 0, 0, 1,
            test_of_method(options->method), options->alternative, &answer->statistic,
            &answer->pvalue, NULL);
    }
    return ret;
}

/* --- the difference by the score ----------------------------------------------------------------- */

typedef struct {
    const pair_t *pair;
    double target;
} job_t;

/* How far the counts are from what the likeliest rates with this difference foresee, in standard
 * errors; decreasing in the difference. */
static double
score_of(const pair_t *pair, double difference)
{
    double x1 = (double) pair->x1, x2 = (double) pair->x2, time = pair->t1 + pair->t2;
    double half, root, rate1, rate2, seen;

    /* the smaller of the two rates is the one solved for, so that neither is a difference */
    if (difference >= 0) {
        half = (x1 + x2 - time * difference) / 2;
        root = hypot(half, sqrt(time * difference * x2));
        rate2 = half > 0 ? (half + root) / time : x2 == 0 ? 0 : difference * x2 / (root - half);
        rate1 = rate2 + difference;
    } else {
        half = (x1 + x2 + time * difference) / 2;
        root = hypot(half, sqrt(-time * difference * x1));
        rate1 = half > 0 ? (half + root) / time : x1 == 0 ? 0 : -difference * x1 / (root - half);
        rate2 = rate1 - difference;
    }
    seen = x1 / pair->t1 - x2 / pair->t2 - difference;
    return seen == 0 ? 0 : seen / sqrt(rate1 / pair->t1 + rate2 / pair->t2);
}

static double
score_excess(double difference, const void *context)
{
    const job_t *job = context;

    return score_of(job->pair, difference) - job->target;
}

/* The difference whose score is `target`, looked for from the estimate outwards. */
static int
score_limit(const pair_t *pair, double target, double *limit)
{
    job_t job = { pair, target };
    double from = (double) pair->x1 / pair->t1 - (double) pair->x2 / pair->t2, to;
    double step = (1 + target * target) * (1 / pair->t1 + 1 / pair->t2);

    if (target == 0) {
        *limit = from;
        return IMR_OK;
    }
    for (;; from = to, step *= 2) {
        to = target > 0 ? from - step : from + step;
        if ((score_excess(to, &job) > 0) == (target > 0)) {
            return imr_solve_bracketed(score_excess, &job, from, to, 0, limit);
        }
    }
}

static int
compare_difference(const pair_t *pair, double margin,
    const imr_incidence_contrast_options_t *options, answer_t *answer)
{
    int two_sided = options->alternative == IMR_TWO_SIDED, ret;
    double z = NAN;

    ret = imr_quantile_normal(two_sided ? (1 - options->level) / 2 : 1 - options->level, &z);
    answer->estimate = (double) pair->x1 / pair->t1 - (double) pair->x2 / pair->t2;
    answer->low = -INFINITY;
    answer->high = INFINITY;
    if (ret == IMR_OK && options->alternative != IMR_LESS) {
        ret = score_limit(pair, -z, &answer->low);
    }
    if (ret == IMR_OK && options->alternative != IMR_GREATER) {
        ret = score_limit(pair, z, &answer->high);
    }
    if (ret != IMR_OK) {
        return ret;
    }
    answer->statistic = score_of(pair, margin / options->per);
    answer->estimate *= options->per;
    answer->low *= options->per;
    answer->high *= options->per;
    if (options->alternative == IMR_LESS) {
        return imr_normal_cdf(answer->statistic, &answer->pvalue);
    }
    ret = imr_normal_cdf_upper(
        two_sided ? fabs(answer->statistic) : answer->statistic, &answer->pvalue);
    answer->pvalue = two_sided ? fmin(1, 2 * answer->pvalue) : answer->pvalue;
    return ret;
}

/* --- rows ------------------------------------------------------------------------------------- */

static int
check_options(const imr_incidence_contrast_options_t *options, imr_fault_t *fault)
{
    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (!imr_is_shape(options->per)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "per", -1, options->per);
    }
    if (options->measure == IMR_INCIDENCE_DIFFERENCE
        && options->method != IMR_INCIDENCE_CONTRAST_SCORE) {
        return imr_fault(fault, IMR_ERR_RATE_DIFFERENCE, "method", -1, NAN);
    }
    if (options->alternative != IMR_TWO_SIDED
        && (options->method == IMR_INCIDENCE_CONDITIONAL_MINLIKE
            || options->method == IMR_INCIDENCE_CONDITIONAL_BLAKER)) {
        return imr_fault(fault, IMR_ERR_RATIO_ONE_SIDED, "alternative", -1, NAN);
    }
    return IMR_OK;
}

static int
check_margin(
    double margin, const imr_incidence_contrast_options_t *options, size_t row, imr_fault_t *fault)
{
    if (!isfinite(margin)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "margin", (int64_t) row, margin);
    }
    if (options->measure == IMR_INCIDENCE_RATIO && !imr_is_shape(margin)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "margin", (int64_t) row, margin);
    }
    if (!(fabs(margin / options->per) <= IMR_SHAPE_MAX)) {
        return imr_fault(fault, IMR_ERR_RATE_MARGIN_RANGE, "margin", (int64_t) row, margin);
    }
    return IMR_OK;
}

int
imr_incidence_contrast(const imr_incidence_pairs_t *pairs, size_t begin, size_t end,
    const imr_incidence_contrast_options_t *options,
    const imr_incidence_contrast_columns_t *columns, imr_fault_t *fault)
{
    int ratio = options->measure == IMR_INCIDENCE_RATIO, ret = check_options(options, fault);

    for (size_t i = begin; i < end && ret == IMR_OK; i++) {
        pair_t pair = { pairs->x1[i * pairs->x1_step], pairs->x2[i * pairs->x2_step],
            pairs->t1[i * pairs->t1_step], pairs->t2[i * pairs->t2_step] };
        double margin = pairs->margin[i * pairs->margin_step];
        answer_t answer = { NAN, ratio ? 0 : -INFINITY, INFINITY, NAN, 1 };

        ret = imr_incidence_check(pair.x1, pair.t1, i, "x1", "t1", fault);
        if (ret == IMR_OK) {
            ret = imr_incidence_check(pair.x2, pair.t2, i, "x2", "t2", fault);
        }
        if (ret == IMR_OK) {
            ret = check_margin(margin, options, i, fault);
        }
        if (ret == IMR_OK && pair.t1 > 0 && pair.t2 > 0) {
            ret = ratio ? compare_ratio(&pair, margin, options, &answer)
                        : compare_difference(&pair, margin, options, &answer);
            if (ret != IMR_OK) {
                imr_fault(fault, ret, "x1", (int64_t) i, (double) pair.x1);
            }
        }
        columns->estimate[i] = answer.estimate;
        columns->low[i] = answer.low;
        columns->high[i] = answer.high;
        columns->statistic[i] = answer.statistic;
        columns->pvalue[i] = answer.pvalue;
    }
    return ret;
}

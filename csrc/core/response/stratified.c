#include "response/stratified.h"

#include <math.h>

#include "base/mem.h"
#include "base/quantile.h"
#include "base/solve.h"
#include "response/stratified_conditional.h"
#include "response/stratified_score.h"
#include "response/two_groups.h"

/* --- what comes in ---------------------------------------------------------------------------- */

int
imr_strata_check(const imr_strata_t *strata, imr_fault_t *fault)
{
    if (strata->strata == 0) {
        return imr_fault(fault, IMR_ERR_NO_STRATUM, "x1", -1, NAN);
    }
    for (size_t k = 0; k < strata->strata; k++) {
        int ret = imr_check_group(strata->x1[k], strata->n1[k], "x1", "n1", k, fault);

        if (ret == IMR_OK) {
            ret = imr_check_group(strata->x2[k], strata->n2[k], "x2", "n2", k, fault);
        }
        if (ret != IMR_OK) {
            return ret;
        }
    }
    return IMR_OK;
}

static int
normal_quantile(double level, double *z, imr_fault_t *fault)
{
    int ret;

    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    ret = imr_quantile_normal((1 - level) / 2, z);
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, "level", -1, level);
    }
    *z = fmax(-*z, 1e-12); /* a level of 1e-17 still has a width */
    return IMR_OK;
}

/* --- one stratum ------------------------------------------------------------------------------ */

typedef struct {
    double x1, y1, n1, x2, y2, n2, n;
    double weight; /* of Mantel and Haenszel: 0 when a group is empty */
} stratum_t;

static stratum_t
stratum_of(const imr_strata_t *strata, size_t k)
{
    stratum_t s = { .x1 = (double) strata->x1[k],
        .y1 = (double) (strata->n1[k] - strata->x1[k]),
        .n1 = (double) strata->n1[k],
        .x2 = (double) strata->x2[k],
        .y2 = (double) (strata->n2[k] - strata->x2[k]),
        .n2 = (double) strata->n2[k] };

    s.n = s.n1 + s.n2;
    s.weight = s.n > 0 ? s.n1 / s.n * s.n2 : 0;
    return s;
}

static double
wilson_limit(double p, double n, double z, int upper)
{
    double square = z * z / n, root = sqrt(square * (p * (1 - p) + square / 4));
    double limit = (p + square / 2 + (upper ? root : -root)) / (1 + square);

    if (upper ? p == 1 : p == 0) {
        return p;
    }
    return fmin(fmax(limit, 0), 1);
}

/* --- Mantel and Haenszel ---------------------------------------------------------------------- */

/* Variance of Sato, Greenland and Robins: consistent for few large and for many small strata. */
static void
difference_mantel_haenszel(const imr_strata_t *strata, double z, imr_stratified_t *estimate)
{
    double weights = 0, sum = 0, p = 0, q = 0, d, square, half;

    for (size_t k = 0; k < strata->strata; k++) {
        stratum_t s = stratum_of(strata, k);

        if (s.weight > 0) {
            weights += s.weight;
            sum += (s.x1 * s.n2 - s.x2 * s.n1) / s.n;
            p += s.n1 / s.n * (s.n1 / s.n) * s.x2 - s.n2 / s.n * (s.n2 / s.n) * s.x1
                + s.weight * ((s.n2 - s.n1) / s.n) / 2;
            q += (s.x1 * (s.y2 / s.n) + s.x2 * (s.y1 / s.n)) / 2;
        }
    }
    d = fmin(fmax(sum / weights, -1), 1);
    square = d * p + q;
    if (square < 1e-13 * (fabs(d * p) + q)) {
        square = 0; /* all against none: the rest is rounding, of which the root is 1e-8 */
    }
    half = z * sqrt(square) / weights;
    estimate->estimate = d;
    estimate->low = fmax(-1, d - half);
    estimate->high = fmin(1, d + half);
}

/* The estimate r / s with the variance of its logarithm. */
static void
on_log_scale(double r, double s, double variance, double z, imr_stratified_t *estimate)
{
    estimate->estimate = r / s;
    if (r > 0 && s > 0) {
        estimate->low = r / s * exp(-z * sqrt(variance));
        estimate->high = r / s * exp(z * sqrt(variance));
    }
}

/* Greenland and Robins. */
static void
ratio_mantel_haenszel(const imr_strata_t *strata, double z, imr_stratified_t *estimate)
{
    double r = 0, s = 0, variance = 0;

    for (size_t k = 0; k < strata->strata; k++) {
        stratum_t t = stratum_of(strata, k);

        if (t.weight > 0) {
            r += t.x1 / t.n * t.n2;
            s += t.x2 / t.n * t.n1;
            /* one division: nothing is left of a difference of whole numbers that is 0 */
            variance += (t.n1 * t.n2 * (t.x1 + t.x2) - t.x1 * t.x2 * t.n) / (t.n * t.n);
        }
    }
    on_log_scale(r, s, fmax(0, variance) / (r * s), z, estimate);
}

/* Robins, Breslow and Greenland. */
static void
odds_ratio_mantel_haenszel(const imr_strata_t *strata, double z, imr_stratified_t *estimate)
{
    double r = 0, s = 0, pr = 0, mixed = 0, qs = 0;

    for (size_t k = 0; k < strata->strata; k++) {
        stratum_t t = stratum_of(strata, k);

        if (t.weight > 0) {
            double one = t.x1 / t.n * t.y2, two = t.y1 / t.n * t.x2;
            double p = (t.x1 + t.y2) / t.n, q = (t.y1 + t.x2) / t.n;

            r += one;
            s += two;
            pr += p * one;
            mixed += p * two + q * one;
            qs += q * two;
        }
    }
    on_log_scale(r, s, pr / (2 * r * r) + mixed / (2 * r * s) + qs / (2 * s * s), z, estimate);
}

/* --- Wilson over strata ----------------------------------------------------------------------- */

/* Rates, patients and weights of one group; weights add up to 1. */
typedef struct {
    const int64_t *events, *n;
    size_t strata;
    const double *weights;
} group_t;

/* Yan and Su: the quantile at which the limits of the strata, weighted, leave out the level wanted.
 * The ratio does not depend on a common factor of the variances, so that strata which are all at 0
 * or all at 1 take its limit for equal rates, with variances 1 / n. */
static double
shared_quantile(const group_t *group, double z)
{
    double squares = 0, roots = 0, flat_squares = 0, flat_roots = 0;

    for (size_t k = 0; k < group->strata; k++) {
        double n = (double) group->n[k], w = group->weights[k], p;

        if (w > 0) {
            p = (double) group->events[k] / n;
            squares += w * w * p * (1 - p) / n;
            roots += w * sqrt(p * (1 - p) / n);
            flat_squares += w * w / n;
            flat_roots += w / sqrt(n);
        }
    }
    return roots > 0 ? z * sqrt(squares) / roots : z * sqrt(flat_squares) / flat_roots;
}

static double
weighted_limit(const group_t *group, double quantile, int upper)
{
    double limit = 0;

    for (size_t k = 0; k < group->strata; k++) {
        double n = (double) group->n[k];

        if (group->weights[k] > 0) {
            limit +=
                group->weights[k] * wilson_limit((double) group->events[k] / n, n, quantile, upper);
        }
    }
    return fmin(limit, 1);
}

typedef struct {
    const int64_t *events, *n;
    size_t strata;
    double *weights;
    double z;
} yan_su_t;

/* Weights that minimise the sum of squared weighted widths: the inverse squared widths. */
static void
set_weights(const yan_su_t *job, double quantile)
{
    double total = 0;

    for (size_t k = 0; k < job->strata; k++) {
        double n = (double) job->n[k], square = quantile * quantile / n, p;

        job->weights[k] = 0;
        if (n > 0) {
            p = (double) job->events[k] / n;
            job->weights[k] = (1 + square) * (1 + square) / (p * (1 - p) / n + square / (4 * n));
            total += job->weights[k];
        }
    }
    for (size_t k = 0; k < job->strata; k++) {
        job->weights[k] /= total;
    }
}

static double
quantile_excess(double quantile, const void *context)
{
    const yan_su_t *job = context;
    group_t group = { job->events, job->n, job->strata, job->weights };

    set_weights(job, quantile);
    return shared_quantile(&group, job->z) - quantile;
}

int
imr_stratified_proportion(const int64_t *events, const int64_t *n, size_t strata, double level,
    double *weights, imr_stratified_t *estimate, imr_fault_t *fault)
{
    yan_su_t job = { events, n, strata, weights, NAN };
    group_t group = { events, n, strata, weights };
    double quantile = NAN;
    size_t filled = 0;
    int ret;

    if (strata == 0) {
        return imr_fault(fault, IMR_ERR_NO_STRATUM, "events", -1, NAN);
    }
    for (size_t k = 0; k < strata; k++) {
        ret = imr_check_group(events[k], n[k], "events", "n", k, fault);
        if (ret != IMR_OK) {
            return ret;
        }
        weights[k] = 0;
        filled += n[k] > 0;
    }
    ret = normal_quantile(level, &job.z, fault);
    if (ret != IMR_OK) {
        return ret;
    }
    estimate->estimate = NAN;
    estimate->low = 0;
    estimate->high = 1;
    if (filled == 0) {
        return IMR_OK;
    }
    /* the ratio in shared_quantile lies between 1 / sqrt(strata) and 1 */
    ret = filled == 1 ? IMR_OK
                      : imr_solve_bracketed(quantile_excess, &job,
                            0.999 * job.z / sqrt((double) filled), 1.001 * job.z, 0, &quantile);
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, "events", -1, NAN);
    }
    quantile = filled == 1 ? job.z : quantile;
    set_weights(&job, quantile);
    estimate->estimate = 0;
    for (size_t k = 0; k < strata; k++) {
        estimate->estimate += n[k] > 0 ? weights[k] * (double) events[k] / (double) n[k] : 0;
    }
    estimate->estimate = fmin(estimate->estimate, 1);
    estimate->low = weighted_limit(&group, quantile, 0);
    estimate->high = weighted_limit(&group, quantile, 1);
    return IMR_OK;
}

/* --- differences: Newcombe ---------------------------------------------------------------------- */

/* Mantel and Haenszel's weights over both groups; Wilson limits of each group over the strata. */
static int
difference_newcombe(
    const imr_strata_t *strata, double z, imr_stratified_t *estimate, imr_fault_t *fault)
{
    group_t one = { strata->x1, strata->n1, strata->strata, NULL };
    group_t two = { strata->x2, strata->n2, strata->strata, NULL };
    double *weights = imr_malloc(strata->strata, sizeof(double));
    double total = 0, d = 0, spread1 = 0, spread2 = 0, low1, low2, high1, high2, quantile;

    if (weights == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t k = 0; k < strata->strata; k++) {
        weights[k] = stratum_of(strata, k).weight;
        total += weights[k];
    }
    for (size_t k = 0; k < strata->strata; k++) {
        stratum_t s = stratum_of(strata, k);

        if (s.weight > 0) {
            weights[k] /= total;
            d += weights[k] * (s.x1 / s.n1 - s.x2 / s.n2);
            spread1 += weights[k] * weights[k] / s.n1;
            spread2 += weights[k] * weights[k] / s.n2;
        }
    }
    d = fmin(fmax(d, -1), 1);
    one.weights = two.weights = weights;
    quantile = shared_quantile(&one, z);
    low1 = weighted_limit(&one, quantile, 0);
    high1 = weighted_limit(&one, quantile, 1);
    quantile = shared_quantile(&two, z);
    low2 = weighted_limit(&two, quantile, 0);
    high2 = weighted_limit(&two, quantile, 1);
    estimate->estimate = d;
    estimate->low =
        fmax(-1, d - z * sqrt(spread1 * low1 * (1 - low1) + spread2 * high2 * (1 - high2)));
    estimate->high =
        fmin(1, d + z * sqrt(spread1 * high1 * (1 - high1) + spread2 * low2 * (1 - low2)));
    imr_free(weights);
    return IMR_OK;
}

/* --- entry ------------------------------------------------------------------------------------ */

static int
conditional_odds_ratio(
    const imr_strata_t *strata, double level, imr_stratified_t *estimate, imr_fault_t *fault)
{
    imr_stratified_conditional_t conditional;
    int ret = imr_stratified_conditional_init(&conditional, strata, fault);

    if (ret != IMR_OK) {
        return ret;
    }
    ret = imr_stratified_conditional_estimate(&conditional, &estimate->estimate);
    if (ret == IMR_OK) {
        ret = imr_stratified_conditional_limits(
            &conditional, (1 - level) / 2, &estimate->low, &estimate->high);
    }
    imr_stratified_conditional_free(&conditional);
    return ret == IMR_OK ? ret : imr_fault(fault, ret, "x1", -1, NAN);
}

static int
is_defined(imr_stratified_measure_t measure, imr_stratified_method_t method)
{
    switch (method) {
        case IMR_STRATIFIED_MIETTINEN_NURMINEN:
        case IMR_STRATIFIED_MIETTINEN_NURMINEN_1985:
            return measure != IMR_STRATIFIED_ODDS_RATIO;
        case IMR_STRATIFIED_NEWCOMBE:
            return measure == IMR_STRATIFIED_DIFFERENCE;
        case IMR_STRATIFIED_CONDITIONAL:
            return measure == IMR_STRATIFIED_ODDS_RATIO;
        case IMR_STRATIFIED_MANTEL_HAENSZEL:
            break;
    }
    return 1;
}

int
imr_stratified(const imr_strata_t *strata, const imr_stratified_options_t *options,
    imr_stratified_t *estimate, imr_fault_t *fault)
{
    int is_difference = options->measure == IMR_STRATIFIED_DIFFERENCE, empty = 1;
    double z = NAN;
    int ret = imr_strata_check(strata, fault);

    if (ret == IMR_OK) {
        ret = normal_quantile(options->level, &z, fault);
    }
    if (ret != IMR_OK) {
        return ret;
    }
    if (!is_defined(options->measure, options->method)) {
        return imr_fault(fault, IMR_ERR_MEASURE, "method", -1, NAN);
    }
    for (size_t k = 0; k < strata->strata; k++) {
        empty = empty && !(stratum_of(strata, k).weight > 0);
    }
    estimate->estimate = NAN;
    estimate->low = is_difference ? -1 : 0;
    estimate->high = is_difference ? 1 : INFINITY;
    if (empty) {
        return IMR_OK;
    }
    switch (options->method) {
        case IMR_STRATIFIED_MIETTINEN_NURMINEN:
        case IMR_STRATIFIED_MIETTINEN_NURMINEN_1985:
            return imr_stratified_score(strata, options, z, estimate, fault);
        case IMR_STRATIFIED_NEWCOMBE:
            return difference_newcombe(strata, z, estimate, fault);
        case IMR_STRATIFIED_CONDITIONAL:
            return conditional_odds_ratio(strata, options->level, estimate, fault);
        case IMR_STRATIFIED_MANTEL_HAENSZEL:
            break;
    }
    switch (options->measure) {
        case IMR_STRATIFIED_RATIO:
            ratio_mantel_haenszel(strata, z, estimate);
            break;
        case IMR_STRATIFIED_ODDS_RATIO:
            odds_ratio_mantel_haenszel(strata, z, estimate);
            break;
        case IMR_STRATIFIED_DIFFERENCE:
            difference_mantel_haenszel(strata, z, estimate);
            break;
    }
    return IMR_OK;
}

#include "response/stratified_score.h"

#include <math.h>

#include "base/mem.h"
#include "base/solve.h"
#include "response/contrast_score.h"
#include "response/two_groups.h"

/* Ratios of 1e-300 and 1e300 stand for 0 and infinity. */
static const double farthest = 690;

typedef struct {
    imr_two_counts_t counts;
    imr_contrast_restricted_t at; /* the contrast at work */
} stratum_t;

typedef struct {
    stratum_t *strata; /* those with patients in both groups */
    size_t n;
    imr_contrast_measure_t measure;
    int own_weights; /* those of 1985, not Mantel and Haenszel's */
    double contrast; /* at work */
    double centre, square; /* the estimate, on the scale that is searched, and z^2 */
} job_t;

/* --- weights ----------------------------------------------------------------------------------- */

/* 1 / (share / n1 + (1 - share) / n2): with one half in both those of Mantel and Haenszel. */
static double
weight_of(const stratum_t *stratum, double share)
{
    double n1 = stratum->counts.n1, n2 = stratum->counts.n2;

    return n1 * n2 / (share * n2 + (1 - share) * n1);
}

/* Group 1's share of the variance at the restricted rates, averaged with these weights, less the
 * share that made the weights: not negative at 0, not positive at 1. */
static double
share_excess(double share, const void *context)
{
    const job_t *job = context;
    double total = 0, rate1 = 0, rate2 = 0, one, two;

    for (size_t k = 0; k < job->n; k++) {
        double weight = weight_of(&job->strata[k], share);

        total += weight;
        rate1 += weight * job->strata[k].at.rate1;
        rate2 += weight * job->strata[k].at.rate2;
    }
    rate1 = fmin(1, rate1 / total);
    rate2 = fmin(1, rate2 / total);
    one = job->measure == IMR_DIFFERENCE ? rate1 * (1 - rate1) : 1 - rate1;
    two = job->measure == IMR_DIFFERENCE ? rate2 * (1 - rate2) : job->contrast * (1 - rate2);
    return one + two > 0 ? one / (one + two) - share : 0.5 - share;
}

/* --- the score ---------------------------------------------------------------------------------- */

typedef struct {
    double score, variance;
} score_t;

/* A NaN score where the weights are not found. */
static score_t
score_at(job_t *job, double contrast)
{
    score_t sum = { 0, 0 };
    double share = 0.5, above = fmax(1, contrast); /* large ratios are looked at from group 2 */

    job->contrast = contrast;
    for (size_t k = 0; k < job->n; k++) {
        job->strata[k].at = imr_contrast_restricted(job->measure, &job->strata[k].counts, contrast);
    }
    if (job->own_weights && imr_solve_bracketed(share_excess, job, 0, 1, 0, &share) != IMR_OK) {
        sum.score = NAN;
    }
    for (size_t k = 0; k < job->n; k++) {
        const imr_two_counts_t *c = &job->strata[k].counts;
        double weight = weight_of(&job->strata[k], share), n = c->n1 + c->n2;

        sum.score += weight
            * (job->measure == IMR_DIFFERENCE
                    ? c->x1 / c->n1 - c->x2 / c->n2 - contrast
                    : c->x1 / c->n1 / above - contrast / above * (c->x2 / c->n2));
        sum.variance += weight * weight * job->strata[k].at.variance * (n / (n - 1));
    }
    return sum;
}

/* A difference is searched as it is, a ratio by its logarithm. */
static double
contrast_of(const job_t *job, double place)
{
    return job->measure == IMR_DIFFERENCE ? place : exp(place);
}

static double
score_left(double place, const void *context)
{
    job_t job = *(const job_t *) context;

    return score_at(&job, contrast_of(&job, place)).score;
}

/* z^2 less the square of the score statistic: positive for what is not rejected. */
static double
score_lack(double place, const void *context)
{
    job_t job = *(const job_t *) context;
    score_t sum;

    if (place == job.centre) {
        return job.square;
    }
    if (job.measure == IMR_DIFFERENCE && !(place > -1 && place < 1)) {
        return -INFINITY; /* no rate is free to vary there */
    }
    sum = score_at(&job, contrast_of(&job, place));
    if (isnan(sum.score)) {
        return NAN;
    }
    if (sum.score == 0) { /* and perhaps no variance */
        return job.square;
    }
    return sum.variance > 0 ? job.square - sum.score * (sum.score / sum.variance) : -INFINITY;
}

/* --- estimate and limits ------------------------------------------------------------------------ */

static int
difference_limits(job_t *job, imr_stratified_t *estimate)
{
    double weights = 0, sum = 0, least = 1, most = -1, d;
    int ret = IMR_OK;

    for (size_t k = 0; k < job->n; k++) {
        const imr_two_counts_t *c = &job->strata[k].counts;
        double one = c->x1 / c->n1 - c->x2 / c->n2, n = c->n1 + c->n2;

        least = fmin(least, one);
        most = fmax(most, one);
        weights += c->n1 / n * c->n2;
        sum += (c->x1 * c->n2 - c->x2 * c->n1) / n;
    }
    d = fmin(fmax(sum / weights, least), most);
    if (job->own_weights && least < most) {
        ret = imr_solve_bracketed(
            score_left, job, fmax(least, -1 + 1e-15), fmin(most, 1 - 1e-15), 0, &d);
    }
    estimate->estimate = job->centre = d;
    estimate->low = -1;
    estimate->high = 1;
    if (ret == IMR_OK && d > -1) {
        ret = imr_solve_bracketed(score_lack, job, d, -1, 0, &estimate->low);
    }
    if (ret == IMR_OK && d < 1) {
        ret = imr_solve_bracketed(score_lack, job, d, 1, 0, &estimate->high);
    }
    return ret;
}

static int
ratio_limit(const job_t *job, double from, double side, double *limit)
{
    double place = NAN;
    int ret = imr_solve_bracketed(score_lack, job, from, side * farthest, 0, &place);

    if (ret == IMR_OK) {
        *limit = exp(place);
    }
    return ret;
}

/* Without a responder in one group the ratio is 0 or infinite, and one limit is known. */
static int
ratio_limits(job_t *job, imr_stratified_t *estimate)
{
    double one = 0, two = 0;
    int ret = IMR_OK;

    for (size_t k = 0; k < job->n; k++) {
        const imr_two_counts_t *c = &job->strata[k].counts;
        double n = c->n1 + c->n2;

        one += c->x1 / n * c->n2;
        two += c->x2 / n * c->n1;
    }
    estimate->estimate = one == 0 && two == 0 ? NAN : one / two;
    job->centre = log(one / two);
    if (job->own_weights && one > 0 && two > 0) {
        ret = imr_solve_bracketed(score_left, job, -farthest, farthest, 0, &job->centre);
        estimate->estimate = exp(job->centre);
    }
    if (ret == IMR_OK && one > 0) {
        ret = ratio_limit(job, two > 0 ? job->centre : farthest, -1, &estimate->low);
    }
    if (ret == IMR_OK && two > 0) {
        ret = ratio_limit(job, one > 0 ? job->centre : -farthest, 1, &estimate->high);
    }
    return ret;
}

int
imr_stratified_score(const imr_strata_t *strata, const imr_stratified_options_t *options, double z,
    imr_stratified_t *estimate, imr_fault_t *fault)
{
    job_t job = { .measure =
                      options->measure == IMR_STRATIFIED_DIFFERENCE ? IMR_DIFFERENCE : IMR_RATIO,
        .own_weights = options->method == IMR_STRATIFIED_MIETTINEN_NURMINEN_1985,
        .square = z * z };
    int ret;

    job.strata = imr_malloc(strata->strata, sizeof(stratum_t));
    if (job.strata == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t k = 0; k < strata->strata; k++) {
        imr_two_groups_t groups = {
            .x1 = strata->x1[k], .n1 = strata->n1[k], .x2 = strata->x2[k], .n2 = strata->n2[k]
        };

        if (groups.n1 > 0 && groups.n2 > 0) {
            job.strata[job.n++].counts = imr_two_counts(&groups);
        }
    }
    ret = job.measure == IMR_DIFFERENCE ? difference_limits(&job, estimate)
                                        : ratio_limits(&job, estimate);
    imr_free(job.strata);
    return ret == IMR_OK ? ret : imr_fault(fault, ret, "x1", -1, NAN);
}

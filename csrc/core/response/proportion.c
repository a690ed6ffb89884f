#include "response/proportion.h"

#include <gsl/gsl_sf_gamma.h>
#include <math.h>

#include "base/mem.h"
#include "base/quantile.h"
#include "base/solve.h"
#include "response/binomial.h"

/* What is computed once for all rows. */
typedef struct {
    imr_proportion_options_t options;
    double tail; /* the probability left out on each side that has a limit */
    double z; /* the normal quantile of 1 - tail */
} job_t;

/* One limit of one row. The lower limit looks at P(X >= x) and, far away, at P(X <= k); the upper
 * one is its mirror: P(X <= x) and P(X >= n - k), k counted from the other end. */
typedef struct {
    int64_t x;
    int64_t n;
    int64_t k;
    int upper;
    double target;
} limit_t;

static double
near_tail(const limit_t *limit, double rate)
{
    return limit->upper ? imr_at_most(limit->x, limit->n, rate)
                        : imr_at_least(limit->x, limit->n, rate);
}

static double
far_tail(const limit_t *limit, int64_t k, double rate)
{
    return limit->upper ? imr_at_least(limit->n - k, limit->n, rate)
                        : imr_at_most(k, limit->n, rate);
}

/* How many counts lie on the far side of x: the k of far_tail run below this number. */
static int64_t
far_counts(const limit_t *limit)
{
    return limit->upper ? limit->n - limit->x : limit->x;
}

/* --- exact limits ----------------------------------------------------------------------------- */

static int
clopper_pearson_limit(const limit_t *limit, double tail, double *value)
{
    double x = (double) limit->x, n = (double) limit->n;

    if (far_counts(limit) == limit->n) {
        *value = pow(tail, 1 / n); /* x == n: the beta quantile in closed form */
        if (limit->upper) {
            *value = -expm1(log(tail) / n);
        }
        return IMR_OK;
    }
    return limit->upper ? imr_quantile_beta_upper(tail, x + 1, n - x, value)
                        : imr_quantile_beta(tail, x, n - x + 1, value);
}

static double
mid_p_excess(double rate, const void *context)
{
    const limit_t *limit = context;

    return near_tail(limit, rate) - 0.5 * imr_exactly(limit->x, limit->n, rate) - limit->target;
}

static int
mid_p_limit(const limit_t *limit, double tail, double *value)
{
    limit_t job = *limit;
    double far_end = limit->upper ? 0 : 1, clopper_pearson = NAN;
    int ret;

    if (far_counts(limit) == limit->n) {
        double twice = fmin(1, 2 * tail);

        *value = limit->upper ? -expm1(log(twice) / (double) limit->n)
                              : pow(twice, 1 / (double) limit->n);
        return IMR_OK;
    }
    ret = clopper_pearson_limit(limit, tail, &clopper_pearson);
    if (ret != IMR_OK) {
        return ret;
    }
    job.target = tail;
    return imr_solve_bracketed(mid_p_excess, &job, clopper_pearson, far_end, 0, value);
}

/* near - far_k: where its sign changes, the count k begins to be as unlikely as x. */
static double
tails_difference(double rate, const void *context)
{
    const limit_t *limit = context;

    return near_tail(limit, rate) - far_tail(limit, limit->k, rate);
}

static double
both_tails_excess(double rate, const void *context)
{
    const limit_t *limit = context;

    return near_tail(limit, rate) + (limit->k < 0 ? 0 : far_tail(limit, limit->k, rate))
        - limit->target;
}

/* Blaker 2000: the acceptability is near + far_k for the largest k with far_k <= near. It exceeds
 * alpha first either where k joins (a jump) or on the stretch before that; only the first k with
 * far_k > alpha / 2 at the Clopper-Pearson limit can matter (method page). */
static int
blaker_limit(const limit_t *limit, double tail, double *value)
{
    limit_t job = *limit;
    double start = NAN, jump = NAN;
    int64_t below = -1, above = far_counts(limit) - 1;
    int ret = clopper_pearson_limit(limit, tail, &start);

    if (ret != IMR_OK) {
        return ret;
    }
    while (above - below > 1) {
        int64_t middle = below + (above - below) / 2;

        if (far_tail(limit, middle, start) > tail) {
            above = middle;
        } else {
            below = middle;
        }
    }
    job.k = above;
    ret = imr_solve_bracketed(tails_difference, &job, start, limit->upper ? 0 : 1, 0, &jump);
    if (ret != IMR_OK) {
        return ret;
    }
    job.k = above - 1;
    job.target = 2 * tail;
    if (both_tails_excess(jump, &job) > 0) {
        return imr_solve_bracketed(both_tails_excess, &job, start, jump, 0, value);
    }
    *value = jump;
    return IMR_OK;
}

static double
log_factorial(int64_t k)
{
    gsl_sf_result log_gamma;

    return gsl_sf_lngamma_e((double) k + 1, &log_gamma) == 0 ? log_gamma.val : NAN;
}

/* The rate at which k (counted as in far_tail) is as likely as x. */
static double
equally_likely(const limit_t *limit, int64_t k)
{
    int64_t x = far_counts(limit);
    double log_odds = (log_factorial(x) + log_factorial(limit->n - x) - log_factorial(k)
                          - log_factorial(limit->n - k) - log1p(IMR_TIE_TOLERANCE))
        / (double) (x - k);

    return limit->upper ? 1 / (1 + exp(log_odds)) : 1 / (1 + exp(-log_odds));
}

/* Sterne 1954: the p-value is near + far_k for the largest k that is no likelier than x. */
static int
minlike_limit(const limit_t *limit, double tail, double *value)
{
    limit_t job = *limit;
    double from = limit->upper ? 1 : 0, jump;

    job.target = 2 * tail;
    for (int64_t k = 0; k < far_counts(limit); k++) {
        jump = equally_likely(limit, k);
        job.k = k - 1;
        if (both_tails_excess(jump, &job) > 0) {
            return imr_solve_bracketed(both_tails_excess, &job, from, jump, 0, value);
        }
        job.k = k;
        if (both_tails_excess(jump, &job) > 0) {
            *value = jump;
            return IMR_OK;
        }
        from = jump;
    }
    return IMR_ERR_NOCONV; /* the last k makes the p-value 1 */
}

/* --- limits by formula ------------------------------------------------------------------------ */

static int
jeffreys_limit(const limit_t *limit, double tail, double *value)
{
    double a = (double) limit->x + 0.5, b = (double) (limit->n - limit->x) + 0.5;

    return limit->upper ? imr_quantile_beta_upper(tail, a, b, value)
                        : imr_quantile_beta(tail, a, b, value);
}

static double
wilson_limit(const limit_t *limit, double z)
{
    double x = (double) limit->x, n = (double) limit->n;
    double root = z * sqrt(x * (n - x) / n + z * z / 4), centre = x + z * z / 2;

    /* the product of the two roots is x^2 / (n (n + z^2)): no cancellation at small x */
    return limit->upper || z < 0 ? (centre + (limit->upper ? root : -root)) / (n + z * z)
                                 : x * x / n / (centre + root);
}

static double
wilson_corrected_limit(const limit_t *limit, double z)
{
    double x = (double) limit->x, n = (double) limit->n, rest = n - x;
    double sign = limit->upper ? 1 : -1;
    double root = sqrt(z * z + 2 * sign - 1 / n + 4 * x / n * (rest - sign));

    return (2 * x + z * z + sign + sign * z * root) / (2 * (n + z * z));
}

static double
agresti_coull_limit(const limit_t *limit, double z)
{
    double n = (double) limit->n + z * z, rate = ((double) limit->x + z * z / 2) / n;

    return rate + (limit->upper ? z : -z) * sqrt(rate * (1 - rate) / n);
}

static double
deviance_excess(double rate, const void *context)
{
    const limit_t *limit = context;
    double x = (double) limit->x, n = (double) limit->n, rest = n - x, deviance = 0;

    if (x > 0) {
        deviance += x * log(x / (n * rate));
    }
    if (rest > 0) {
        deviance += rest * (log(rest / n) - log1p(-rate));
    }
    return limit->target - 2 * deviance;
}

static int
likelihood_limit(const limit_t *limit, double z, double *value)
{
    limit_t job = *limit;
    double n = (double) limit->n, half = fmax(0, z) * fmax(0, z) / 2;

    if (far_counts(limit) == limit->n) {
        *value = limit->upper ? -expm1(-half / n) : exp(-half / n);
        return IMR_OK;
    }
    job.target = 2 * half;
    return imr_solve_bracketed(
        deviance_excess, &job, (double) limit->x / n, limit->upper ? 1 : 0, 0, value);
}

static double
logit_limit(const limit_t *limit, double z)
{
    double x = (double) limit->x, rest = (double) (limit->n - limit->x);
    double shift = z * sqrt(1 / x + 1 / rest);

    return 1 / (1 + exp(log(rest / x) - (limit->upper ? shift : -shift)));
}

static double
arcsine_limit(const limit_t *limit, double z)
{
    double n = (double) limit->n, shift = z / (2 * sqrt(n));
    double angle = asin(sqrt((double) limit->x / n)) + (limit->upper ? shift : -shift);
    double sine = sin(fmin(fmax(angle, 0), asin(1)));

    return sine * sine;
}

static double
wald_limit(const limit_t *limit, double z)
{
    double n = (double) limit->n, rate = (double) limit->x / n;

    return rate + (limit->upper ? z : -z) * sqrt(rate * (1 - rate) / n);
}

static int
limit_of(const job_t *job, const limit_t *limit, double *value)
{
    int at_edge = far_counts(limit) == 0, at_any_edge = at_edge || far_counts(limit) == limit->n;
    int ret = IMR_OK;

    /* nobody responded: the lower limit is 0, and all responded: the upper one is 1. Agresti-Coull,
     * arcsine and Wald say so by themselves, after clipping. */
    if (at_edge && job->options.method != IMR_PROPORTION_AGRESTI_COULL
        && job->options.method != IMR_PROPORTION_ARCSINE
        && job->options.method != IMR_PROPORTION_WALD) {
        *value = limit->upper ? 1 : 0;
        return IMR_OK;
    }
    switch (job->options.method) {
        case IMR_PROPORTION_CLOPPER_PEARSON:
            ret = clopper_pearson_limit(limit, job->tail, value);
            break;
        case IMR_PROPORTION_MID_P:
            ret = mid_p_limit(limit, job->tail, value);
            break;
        case IMR_PROPORTION_BLAKER:
            ret = blaker_limit(limit, job->tail, value);
            break;
        case IMR_PROPORTION_MINLIKE:
            ret = minlike_limit(limit, job->tail, value);
            break;
        case IMR_PROPORTION_WILSON:
            *value = wilson_limit(limit, job->z);
            break;
        case IMR_PROPORTION_WILSON_CC:
            *value = wilson_corrected_limit(limit, job->z);
            break;
        case IMR_PROPORTION_AGRESTI_COULL:
            *value = agresti_coull_limit(limit, job->z);
            break;
        case IMR_PROPORTION_JEFFREYS:
            ret = jeffreys_limit(limit, job->tail, value);
            break;
        case IMR_PROPORTION_LIKELIHOOD:
            ret = likelihood_limit(limit, job->z, value);
            break;
        case IMR_PROPORTION_LOGIT:
            if (at_any_edge) {
                ret = clopper_pearson_limit(limit, job->tail, value);
                break;
            }
            *value = logit_limit(limit, job->z);
            break;
        case IMR_PROPORTION_ARCSINE:
            *value = arcsine_limit(limit, job->z);
            break;
        case IMR_PROPORTION_WALD:
            *value = wald_limit(limit, job->z);
            break;
    }
    *value = fmin(fmax(*value, 0), 1);
    return ret;
}

static int
limits_of(const job_t *job, int64_t x, int64_t n, double *low, double *high)
{
    limit_t limit = { .x = x, .n = n };
    int ret = IMR_OK;

    *low = 0;
    *high = 1;
    if (n == 0) {
        return IMR_OK;
    }
    if (job->options.alternative != IMR_LESS) {
        ret = limit_of(job, &limit, low);
    }
    if (ret == IMR_OK && job->options.alternative != IMR_GREATER) {
        limit.upper = 1;
        ret = limit_of(job, &limit, high);
    }
    if (*low > *high) { /* by rounding alone, at levels near 0 */
        *low = *high;
    }
    return ret;
}

/* --- many rows -------------------------------------------------------------------------------- */

int
imr_proportion_memo_init(imr_proportion_memo_t *self, const int64_t *n, size_t n_step, size_t rows)
{
    int64_t largest = 0;
    size_t pairs;

    self->largest_n = -1;
    self->limits = NULL;
    for (size_t i = 0; i < rows; i++) {
        largest = n[i * n_step] > largest ? n[i * n_step] : largest;
    }
    if (largest > 1000000) {
        return IMR_OK;
    }
    pairs = (size_t) (largest + 1) * (size_t) (largest + 2) / 2;
    if (pairs > rows) {
        return IMR_OK;
    }
    self->limits = imr_malloc(pairs, 2 * sizeof(double));
    if (self->limits == NULL) {
        return IMR_ERR_NOMEM;
    }
    for (size_t i = 0; i < pairs; i++) {
        self->limits[2 * i] = NAN;
    }
    self->largest_n = largest;
    return IMR_OK;
}

void
imr_proportion_memo_free(imr_proportion_memo_t *self)
{
    imr_free(self->limits);
    self->limits = NULL;
    self->largest_n = -1;
}

static int
limits_by_memo(
    const job_t *job, imr_proportion_memo_t *memo, int64_t x, int64_t n, double *low, double *high)
{
    double *known;
    int ret;

    if (n > memo->largest_n) {
        return limits_of(job, x, n, low, high);
    }
    known = memo->limits + 2 * (n * (n + 1) / 2 + x);
    if (isnan(known[0])) {
        ret = limits_of(job, x, n, &known[0], &known[1]);
        if (ret != IMR_OK) {
            return ret;
        }
    }
    *low = known[0];
    *high = known[1];
    return IMR_OK;
}

int
imr_proportion(const int64_t *events, size_t events_step, const int64_t *n, size_t n_step,
    size_t begin, size_t end, const imr_proportion_options_t *options, imr_proportion_memo_t *memo,
    double *estimate, double *low, double *high, imr_fault_t *fault)
{
    job_t job = { .options = *options };
    int ret;

    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (options->alternative != IMR_TWO_SIDED
        && (options->method == IMR_PROPORTION_BLAKER
            || options->method == IMR_PROPORTION_MINLIKE)) {
        return imr_fault(fault, IMR_ERR_ONE_SIDED, "alternative", -1, NAN);
    }
    job.tail =
        options->alternative == IMR_TWO_SIDED ? (1 - options->level) / 2 : 1 - options->level;
    ret = imr_quantile_normal(job.tail, &job.z);
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, "level", -1, options->level);
    }
    job.z = -job.z;
    for (size_t i = begin; i < end; i++) {
        int64_t x = events[i * events_step], of = n[i * n_step];

        ret = imr_check_counts(x, of, i, fault);
        if (ret != IMR_OK) {
            return ret;
        }
        estimate[i] = of == 0 ? NAN : (double) x / (double) of;
        ret = limits_by_memo(&job, memo, x, of, &low[i], &high[i]);
        if (ret != IMR_OK) {
            return imr_fault(fault, ret, "events", (int64_t) i, (double) x);
        }
    }
    return IMR_OK;
}

#include "survival/incidence.h"

#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/quantile.h"
#include "base/solve.h"
#include "base/special.h"

#define MOST_EVENTS (INT64_C(1) << 53)

typedef struct {
    imr_incidence_options_t options;
    double tail; /* the probability left out on each side that has a limit */
    double z; /* the normal quantile of 1 - tail */
} job_t;

/* One limit of the mean count. The lower limit looks at P(X >= x) and, far away, at P(X <= k); the
 * upper one at P(X <= x) and P(X >= k). */
typedef struct {
    double x;
    double k;
    int upper;
    double target;
} limit_t;

/* P(X >= k) and P(X <= k) of a Poisson count */
static double
at_least(double k, double mean)
{
    double p = 1;

    return k < 1 || imr_gamma_cdf(mean, k, 1, &p) == IMR_OK ? p : NAN;
}

static double
at_most(double k, double mean)
{
    double p = 0;

    return k < 0 || imr_gamma_cdf_upper(mean, k + 1, 1, &p) == IMR_OK ? p : NAN;
}

static double
near_tail(const limit_t *limit, double mean)
{
    return limit->upper ? at_most(limit->x, mean) : at_least(limit->x, mean);
}

static double
far_tail(const limit_t *limit, double k, double mean)
{
    return limit->upper ? at_least(k, mean) : at_most(k, mean);
}

/* --- exact limits ----------------------------------------------------------------------------- */

static int
garwood_limit(const limit_t *limit, double tail, double *value)
{
    if (limit->upper && limit->x == 0) {
        *value = -log(tail);
        return IMR_OK;
    }
    return limit->upper ? imr_quantile_gamma_upper(tail, limit->x + 1, 1, value)
                        : imr_quantile_gamma(tail, limit->x, 1, value);
}

static double
mid_p_excess(double mean, const void *context)
{
    const limit_t *limit = context;
    double beyond = limit->upper ? at_most(limit->x - 1, mean) : at_least(limit->x + 1, mean);

    return 0.5 * (near_tail(limit, mean) + beyond) - limit->target;
}

static int
mid_p_limit(const limit_t *limit, double tail, double *value)
{
    limit_t job = *limit;
    double garwood = NAN, inside;
    int ret = garwood_limit(limit, tail, &garwood);

    if (ret != IMR_OK) {
        return ret;
    }
    if (limit->upper && limit->x == 0) {
        *value = fmax(0, -log(2 * tail));
        return IMR_OK;
    }
    job.target = tail;
    inside = limit->upper ? 0 : 2 * garwood + 2;
    while (!limit->upper && mid_p_excess(inside, &job) < 0) {
        inside *= 2;
    }
    return imr_solve_bracketed(mid_p_excess, &job, garwood, inside, 0, value);
}

/* near - far_k: where its sign changes, the count k begins to be as unlikely as x. */
static double
tails_difference(double mean, const void *context)
{
    const limit_t *limit = context;

    return near_tail(limit, mean) - far_tail(limit, limit->k, mean);
}

static double
both_tails_excess(double mean, const void *context)
{
    const limit_t *limit = context;

    return near_tail(limit, mean) + far_tail(limit, limit->k, mean) - limit->target;
}

/* The count nearest to the far end whose tail at `mean` exceeds `tail`. */
static double
first_far_count(const limit_t *limit, double tail, double mean)
{
    double in = limit->upper ? limit->x + 1 : limit->x - 1, out = limit->upper ? in : -1;

    for (double step = 1; limit->upper && far_tail(limit, out, mean) > tail; step *= 2) {
        in = out;
        out = in + step;
    }
    while (fabs(out - in) > 1) {
        double middle = floor(0.5 * (in + out));

        if (far_tail(limit, middle, mean) > tail) {
            in = middle;
        } else {
            out = middle;
        }
    }
    return in;
}

/* As for one proportion (docs/methods/response/proportion.md): the acceptability exceeds alpha first
 * either where a far count joins (a jump) or on the stretch before that, and only the first one whose
 * tail exceeds alpha / 2 at the central limit can matter. */
static int
blaker_limit(const limit_t *limit, double tail, double *value)
{
    limit_t job = *limit;
    double start = NAN, jump = NAN, inside;
    int ret = garwood_limit(limit, tail, &start);

    if (ret != IMR_OK) {
        return ret;
    }
    job.k = first_far_count(limit, tail, start);
    inside = limit->upper ? 0 : 2 * start + 2;
    while (!limit->upper && tails_difference(inside, &job) < 0) {
        inside *= 2;
    }
    ret = imr_solve_bracketed(tails_difference, &job, start, inside, 0, &jump);
    if (ret != IMR_OK) {
        return ret;
    }
    job.k += limit->upper ? 1 : -1;
    job.target = 2 * tail;
    if (both_tails_excess(jump, &job) > 0) {
        return imr_solve_bracketed(both_tails_excess, &job, start, jump, 0, value);
    }
    *value = jump;
    return IMR_OK;
}

/* --- limits by formula ------------------------------------------------------------------------ */

static double
score_limit(const limit_t *limit, double z)
{
    double root = z * sqrt(limit->x + z * z / 4), centre = limit->x + z * z / 2;

    /* the product of the two roots is x^2: no cancellation at small x */
    return limit->upper || z < 0 ? centre + (limit->upper ? root : -root)
                                 : limit->x * limit->x / (centre + root);
}

static double
byar_limit(const limit_t *limit, double z)
{
    double x = limit->x + limit->upper, sign = limit->upper ? 1 : -1;
    double base = 1 - 1 / (9 * x) + sign * z / (3 * sqrt(x));

    return x * fmax(0, base * base * base);
}

static int
jeffreys_limit(const limit_t *limit, double tail, double *value)
{
    return limit->upper ? imr_quantile_gamma_upper(tail, limit->x + 0.5, 1, value)
                        : imr_quantile_gamma(tail, limit->x + 0.5, 1, value);
}

static double
deviance_excess(double mean, const void *context)
{
    const limit_t *limit = context;
    double rise = (mean - limit->x) / limit->x;

    return limit->target - 2 * limit->x * (rise - log1p(rise));
}

static int
likelihood_limit(const limit_t *limit, double z, double *value)
{
    limit_t job = *limit;
    double positive = fmax(0, z), end;

    job.target = positive * positive;
    if (limit->x == 0) {
        *value = job.target / 2;
        return IMR_OK;
    }
    end = limit->upper ? limit->x + job.target + 2 * positive * sqrt(limit->x) + 1
                       : limit->x * exp(-1 - job.target / (2 * limit->x));
    return imr_solve_bracketed(deviance_excess, &job, limit->x, end, 0, value);
}

static int
limit_of(const job_t *job, const limit_t *limit, double *value)
{
    int ret = IMR_OK;

    if (limit->x == 0 && !limit->upper) {
        *value = 0;
        return IMR_OK;
    }
    switch (job->options.interval) {
        case IMR_INCIDENCE_GARWOOD:
            ret = garwood_limit(limit, job->tail, value);
            break;
        case IMR_INCIDENCE_MID_P:
            ret = mid_p_limit(limit, job->tail, value);
            break;
        case IMR_INCIDENCE_BLAKER:
            ret = blaker_limit(limit, job->tail, value);
            break;
        case IMR_INCIDENCE_SCORE:
            *value = score_limit(limit, job->z);
            break;
        case IMR_INCIDENCE_BYAR:
            *value = byar_limit(limit, job->z);
            break;
        case IMR_INCIDENCE_JEFFREYS:
            ret = jeffreys_limit(limit, job->tail, value);
            break;
        case IMR_INCIDENCE_LIKELIHOOD:
            ret = likelihood_limit(limit, job->z, value);
            break;
    }
    return ret;
}

/* --- rows ------------------------------------------------------------------------------------- */

int
imr_incidence_check(int64_t events, double exposure, size_t row, const char *events_name,
    const char *exposure_name, imr_fault_t *fault)
{
    if (events < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, events_name, (int64_t) row, (double) events);
    }
    if (events >= MOST_EVENTS) {
        return imr_fault(fault, IMR_ERR_COUNT, events_name, (int64_t) row, (double) events);
    }
    if (!isfinite(exposure)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, exposure_name, (int64_t) row, exposure);
    }
    if (exposure < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, exposure_name, (int64_t) row, exposure);
    }
    if (exposure == 0 && events > 0) {
        return imr_fault(fault, IMR_ERR_NO_EXPOSURE, exposure_name, (int64_t) row, exposure);
    }
    if (exposure > 0 && !imr_is_shape(exposure)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, exposure_name, (int64_t) row, exposure);
    }
    return IMR_OK;
}

static int
limits_of(const job_t *job, int64_t events, double exposure, double *low, double *high)
{
    limit_t limit = { .x = (double) events };
    double unit = job->options.per / exposure;
    int ret = IMR_OK;

    *low = 0;
    *high = INFINITY;
    if (exposure == 0) {
        return IMR_OK;
    }
    if (job->options.alternative != IMR_LESS) {
        ret = limit_of(job, &limit, low);
        *low *= unit;
    }
    if (ret == IMR_OK && job->options.alternative != IMR_GREATER) {
        limit.upper = 1;
        ret = limit_of(job, &limit, high);
        *high *= unit;
    }
    return ret;
}

int
imr_incidence(const int64_t *events, size_t events_step, const double *exposure,
    size_t exposure_step, size_t begin, size_t end, const imr_incidence_options_t *options,
    double *estimate, double *low, double *high, imr_fault_t *fault)
{
    job_t job = { .options = *options };
    int ret;

    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (!imr_is_shape(options->per)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "per", -1, options->per);
    }
    if (options->alternative != IMR_TWO_SIDED && options->interval == IMR_INCIDENCE_BLAKER) {
        return imr_fault(fault, IMR_ERR_RATE_ONE_SIDED, "alternative", -1, NAN);
    }
    job.tail =
        options->alternative == IMR_TWO_SIDED ? (1 - options->level) / 2 : 1 - options->level;
    ret = imr_quantile_normal(job.tail, &job.z);
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, "level", -1, options->level);
    }
    job.z = -job.z;
    for (size_t i = begin; i < end; i++) {
        int64_t x = events[i * events_step];
        double time = exposure[i * exposure_step];

        ret = imr_incidence_check(x, time, i, "events", "exposure", fault);
        if (ret != IMR_OK) {
            return ret;
        }
        estimate[i] = time == 0 ? NAN : (double) x / time * options->per;
        ret = limits_of(&job, x, time, &low[i], &high[i]);
        if (ret != IMR_OK) {
            return imr_fault(fault, ret, "events", (int64_t) i, (double) x);
        }
    }
    return IMR_OK;
}

int
imr_incidence_sums(const int64_t *events, const double *exposure, const int64_t *group, size_t n,
    size_t groups, int64_t *total_events, double *total_exposure, int64_t *rows, imr_fault_t *fault)
{
    if (n == 0) {
        return imr_fault(fault, IMR_ERR_NO_ROWS, "events", -1, NAN);
    }
    memset(total_events, 0, groups * sizeof(*total_events));
    memset(total_exposure, 0, groups * sizeof(*total_exposure));
    memset(rows, 0, groups * sizeof(*rows));
    for (size_t i = 0; i < n; i++) {
        int64_t x = events[i], code = group == NULL ? 0 : group[i];
        double time = exposure[i];
        int ret = imr_incidence_check(x, time, i, "events", "exposure", fault);

        if (ret != IMR_OK) {
            return ret;
        }
        if (code < 0 || (size_t) code >= groups) {
            return imr_fault(fault, IMR_ERR_CODE, "group", (int64_t) i, (double) code);
        }
        total_events[code] += x;
        if (total_events[code] >= MOST_EVENTS) {
            return imr_fault(fault, IMR_ERR_COUNT, "events", (int64_t) i, (double) x);
        }
        total_exposure[code] += time;
        rows[code]++;
    }
    return IMR_OK;
}

#include "response/proportion_test.h"

#include <math.h>

#include "base/distribution.h"
#include "response/binomial.h"

static int64_t
likeliest(int64_t n, double rate)
{
    int64_t mode = (int64_t) floor((double) (n + 1) * rate);

    return mode < n ? mode : n;
}

/* The opposite tail of counts no likelier than x: on each side of the mode the point probabilities
 * fall, so the first one is found by halving. */
static double
minlike_opposite(int64_t x, int64_t n, double rate, int x_is_low)
{
    double most = imr_exactly(x, n, rate) * (1 + IMR_TIE_TOLERANCE);
    int64_t mode = likeliest(n, rate);
    int64_t outside = x_is_low ? n + 1 : -1, inside = x_is_low ? mode - 1 : mode + 1;

    while (outside - inside > 1 || inside - outside > 1) {
        int64_t middle = inside + (outside - inside) / 2;

        if (imr_exactly(middle, n, rate) <= most) {
            outside = middle;
        } else {
            inside = middle;
        }
    }
    return x_is_low ? imr_at_least(outside, n, rate) : imr_at_most(outside, n, rate);
}

/* The largest opposite tail that is no larger than the tail of x. */
static double
blaker_opposite(double tail, int64_t n, double rate, int x_is_low)
{
    double most = tail * (1 + IMR_TIE_TOLERANCE);
    int64_t outside = x_is_low ? n + 1 : -1, inside = x_is_low ? 0 : n;

    while (outside - inside > 1 || inside - outside > 1) {
        int64_t middle = inside + (outside - inside) / 2;
        double p = x_is_low ? imr_at_least(middle, n, rate) : imr_at_most(middle, n, rate);

        if (p <= most) {
            outside = middle;
        } else {
            inside = middle;
        }
    }
    return x_is_low ? imr_at_least(outside, n, rate) : imr_at_most(outside, n, rate);
}

static double
two_sided_pvalue(imr_proportion_test_method_t method, int64_t x, int64_t n, double rate)
{
    double lower = imr_at_most(x, n, rate), upper = imr_at_least(x, n, rate),
           tail = fmin(lower, upper);
    int x_is_low = lower < upper;

    switch (method) {
        case IMR_PROPORTION_TEST_CENTRAL:
            return fmin(1, 2 * tail);
        case IMR_PROPORTION_TEST_MID_P:
            return fmin(1, 2 * (tail - 0.5 * imr_exactly(x, n, rate)));
        case IMR_PROPORTION_TEST_BLAKER:
            return fmin(1, tail + blaker_opposite(tail, n, rate, x_is_low));
        default:
            break;
    }
    x_is_low = (double) x < (double) n * rate;
    if (imr_exactly(x, n, rate) * (1 + IMR_TIE_TOLERANCE)
        >= imr_exactly(likeliest(n, rate), n, rate)) {
        return 1; /* no count is likelier */
    }
    return fmin(1, (x_is_low ? lower : upper) + minlike_opposite(x, n, rate, x_is_low));
}

static int
score_test(int64_t x, int64_t n, double rate, imr_alternative_t alternative, double *z, double *p)
{
    double expected = (double) n * rate, difference = (double) x - expected;
    double deviation = sqrt(expected * (1 - rate));

    *z = difference == 0 ? 0 : difference / deviation; /* infinite at a rate of 0 or 1 */
    switch (alternative) {
        case IMR_GREATER:
            return imr_normal_cdf_upper(*z, p);
        case IMR_LESS:
            return imr_normal_cdf(*z, p);
        case IMR_TWO_SIDED:
            break;
    }
    if (imr_normal_cdf_upper(fabs(*z), p) != IMR_OK) {
        return IMR_ERR_NOCONV;
    }
    *p *= 2;
    return IMR_OK;
}

static double
exact_pvalue(imr_proportion_test_method_t method, int64_t x, int64_t n, double rate,
    imr_alternative_t alternative)
{
    double half = method == IMR_PROPORTION_TEST_MID_P ? 0.5 * imr_exactly(x, n, rate) : 0;

    switch (alternative) {
        case IMR_GREATER:
            return imr_at_least(x, n, rate) - half;
        case IMR_LESS:
            return imr_at_most(x, n, rate) - half;
        case IMR_TWO_SIDED:
            break;
    }
    return two_sided_pvalue(method, x, n, rate);
}

int
imr_proportion_test(const int64_t *events, size_t events_step, const int64_t *n, size_t n_step,
    const double *null, size_t null_step, size_t begin, size_t end,
    imr_proportion_test_method_t method, imr_alternative_t alternative, double *statistic,
    double *pvalue, imr_fault_t *fault)
{
    for (size_t i = begin; i < end; i++) {
        int64_t x = events[i * events_step], of = n[i * n_step];
        double rate = null[i * null_step];
        int ret = imr_check_counts(x, of, i, fault);

        if (ret != IMR_OK) {
            return ret;
        }
        if (!(rate >= 0 && rate <= 1)) {
            return imr_fault(fault, IMR_ERR_NULL_RATE, "null", (int64_t) i, rate);
        }
        if (method == IMR_PROPORTION_TEST_SCORE && of > 0) {
            ret = score_test(x, of, rate, alternative, &statistic[i], &pvalue[i]);
            if (ret != IMR_OK) {
                return imr_fault(fault, ret, "events", (int64_t) i, (double) x);
            }
            continue;
        }
        statistic[i] = method == IMR_PROPORTION_TEST_SCORE ? NAN : (double) x;
        pvalue[i] = of == 0 ? 1 : exact_pvalue(method, x, of, rate, alternative);
    }
    return IMR_OK;
}

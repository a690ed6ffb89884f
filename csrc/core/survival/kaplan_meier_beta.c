#include "survival/kaplan_meier_beta.h"

#include <math.h>

#include "base/distribution.h"
#include "base/quantile.h"
#include "base/solve.h"

#define COUNT_MAX (INT64_C(1) << 53)
#define SHAPE_MIN 1e-90 /* within what base/quantile takes */
#define SHAPE_MAX 1e24
#define LARGEST_TOTAL 1e14 /* a + b of matched moments: of more patients than there are */

/* The mid-P form asks where the mean of the two distribution functions is `tail`. */
typedef struct {
    imr_beta_part_t minus, plus;
    double tail;
} mixture_t;

/* Beta(a, b) joins the product. */
static void
multiply(imr_beta_product_t *product, double a, double b)
{
    product->log_mean += log1p(-b / (a + b));
    product->log_moment += log1p(-b / (a + b + 1));
    product->log_spread += log1p(b / (a * (a + b + 1)));
}

/* The beta distribution with the moments of the product. */
static imr_beta_part_t
moments_matched(const imr_beta_product_t *product)
{
    imr_beta_part_t beta = { IMR_BETA_AT_ONE, 0, 0 };

    if (product->log_mean < 0) {
        beta.a = -expm1(product->log_moment) / expm1(product->log_spread);
        beta.b = beta.a * expm1(-product->log_mean);
        beta.kind = beta.a > SHAPE_MIN && beta.b < SHAPE_MAX ? IMR_BETA_SPREAD : IMR_BETA_AT_ZERO;
    }
    return beta;
}

static double
lower_tail(const imr_beta_part_t *beta, double x)
{
    double p = beta->kind == IMR_BETA_AT_ZERO ? 1 : 0; /* 0 < x < 1 */

    return beta->kind == IMR_BETA_SPREAD && imr_beta_cdf(x, beta->a, beta->b, &p) != IMR_OK ? NAN
                                                                                            : p;
}

static double
upper_tail(const imr_beta_part_t *beta, double x)
{
    double q = beta->kind == IMR_BETA_AT_ONE ? 1 : 0;

    return beta->kind == IMR_BETA_SPREAD && imr_beta_cdf_upper(x, beta->a, beta->b, &q) != IMR_OK
        ? NAN
        : q;
}

static int
lower_quantile(const imr_beta_part_t *beta, double p, double *x)
{
    if (beta->kind != IMR_BETA_SPREAD) {
        *x = beta->kind == IMR_BETA_AT_ONE;
        return IMR_OK;
    }
    return imr_quantile_beta(p, beta->a, beta->b, x);
}

static int
upper_quantile(const imr_beta_part_t *beta, double q, double *x)
{
    if (beta->kind != IMR_BETA_SPREAD) {
        *x = beta->kind == IMR_BETA_AT_ONE;
        return IMR_OK;
    }
    return imr_quantile_beta_upper(q, beta->a, beta->b, x);
}

static double
lower_excess(double x, const void *context)
{
    const mixture_t *mixture = context;

    return lower_tail(&mixture->minus, x) + lower_tail(&mixture->plus, x) - 2 * mixture->tail;
}

static double
upper_excess(double x, const void *context)
{
    const mixture_t *mixture = context;

    return upper_tail(&mixture->minus, x) + upper_tail(&mixture->plus, x) - 2 * mixture->tail;
}

/* The quantile of the mixture lies between those of its two parts, but for their last digits. */
static int
solve(imr_function_t excess, const mixture_t *mixture, double from, double to, double *x)
{
    int ret = imr_solve_bracketed(excess, mixture, from, to, 0, x);

    return ret == IMR_ERR_NO_SIGN_CHANGE ? imr_solve_bracketed(excess, mixture, 0, 1, 0, x) : ret;
}

static int
mid_p_low(const mixture_t *mixture, double *low)
{
    const imr_beta_part_t *minus = &mixture->minus, *plus = &mixture->plus;
    double tail = mixture->tail, from, to;
    int ret;

    if (minus->kind != IMR_BETA_SPREAD) {
        *low = 0;
        return IMR_OK;
    }
    if (plus->kind != IMR_BETA_SPREAD) {
        return lower_quantile(minus, 2 * tail, low);
    }
    if ((ret = lower_quantile(minus, tail, &from)) != IMR_OK
        || (ret = lower_quantile(plus, tail, &to)) != IMR_OK) {
        return ret;
    }
    return solve(lower_excess, mixture, from, to, low);
}

static int
mid_p_high(const mixture_t *mixture, double *high)
{
    const imr_beta_part_t *minus = &mixture->minus, *plus = &mixture->plus;
    double tail = mixture->tail, from, to;
    int ret;

    if (plus->kind != IMR_BETA_SPREAD) {
        *high = plus->kind == IMR_BETA_AT_ONE;
        return IMR_OK;
    }
    if (minus->kind != IMR_BETA_SPREAD) {
        return upper_quantile(plus, 2 * tail, high);
    }
    if ((ret = upper_quantile(minus, tail, &from)) != IMR_OK
        || (ret = upper_quantile(plus, tail, &to)) != IMR_OK) {
        return ret;
    }
    return solve(upper_excess, mixture, from, to, high);
}

int
imr_beta_parts_low(
    const imr_beta_part_t *minus, const imr_beta_part_t *plus, int mid_p, double tail, double *low)
{
    mixture_t mixture = { .minus = *minus, .plus = *plus, .tail = tail };

    return mid_p ? mid_p_low(&mixture, low) : lower_quantile(minus, tail, low);
}

int
imr_beta_parts_high(
    const imr_beta_part_t *minus, const imr_beta_part_t *plus, int mid_p, double tail, double *high)
{
    mixture_t mixture = { .minus = *minus, .plus = *plus, .tail = tail };

    return mid_p ? mid_p_high(&mixture, high) : upper_quantile(plus, tail, high);
}

imr_beta_part_t
imr_beta_part(double mean, double variance)
{
    imr_beta_part_t part = { mean > 0 ? IMR_BETA_AT_ONE : IMR_BETA_AT_ZERO, 0, 0 };
    double total = mean * (1 - mean) / variance - 1;

    if (mean > 0 && mean < 1) {
        total = fmin(total, LARGEST_TOTAL);
        part.a = mean * total;
        part.b = (1 - mean) * total;
        part.kind = part.a > SHAPE_MIN && part.b < SHAPE_MAX ? IMR_BETA_SPREAD : IMR_BETA_AT_ZERO;
    }
    return part;
}

void
imr_kaplan_meier_beta_parts(
    const imr_kaplan_meier_beta_t *self, imr_beta_part_t *minus, imr_beta_part_t *plus)
{
    imr_beta_product_t product = self->product;

    *plus = moments_matched(&self->product);
    /* nobody is at risk, so the next event may follow at once, and S fall to 0 */
    *minus = (imr_beta_part_t) { IMR_BETA_AT_ZERO, 0, 0 };
    if (self->fewest > 0) {
        multiply(&product, (double) self->fewest, 1);
        *minus = moments_matched(&product);
    }
}

static int
limits(const imr_kaplan_meier_beta_t *self, double *low, double *high)
{
    imr_beta_part_t minus, plus;
    int ret;

    imr_kaplan_meier_beta_parts(self, &minus, &plus);
    ret = imr_beta_parts_low(&minus, &plus, self->mid_p, self->tail, low);
    return ret == IMR_OK ? imr_beta_parts_high(&minus, &plus, self->mid_p, self->tail, high) : ret;
}

static int
check_count(int64_t count, const char *argument, int64_t row, imr_fault_t *fault)
{
    if (count < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, argument, row, (double) count);
    }
    if (count > COUNT_MAX) {
        return imr_fault(fault, IMR_ERR_COUNT, argument, row, (double) count);
    }
    return IMR_OK;
}

int
imr_kaplan_meier_beta_init(
    imr_kaplan_meier_beta_t *self, int mid_p, double level, imr_fault_t *fault)
{
    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    *self = (imr_kaplan_meier_beta_t) {
        .tail = fmin((1 - level) / 2, 0.5 - 0x1p-53), /* 2 * tail is a probability, too */
        .mid_p = mid_p,
        .fewest = INT64_MAX,
        .high = 1,
    };
    return IMR_OK;
}

int
imr_kaplan_meier_beta_start(
    imr_kaplan_meier_beta_t *self, int64_t at_risk, double *low, double *high, imr_fault_t *fault)
{
    int ret = check_count(at_risk, "at_risk", -1, fault);

    if (ret == IMR_OK) {
        self->fewest = at_risk;
        ret = limits(self, low, high);
    }
    return ret;
}

int
imr_kaplan_meier_beta_feed(imr_kaplan_meier_beta_t *self, int64_t at_risk, int64_t events,
    int64_t censored, int64_t row, imr_fault_t *fault)
{
    int64_t left;
    int ret;

    if ((ret = check_count(at_risk, "at_risk", row, fault)) != IMR_OK
        || (ret = check_count(events, "events", row, fault)) != IMR_OK
        || (ret = check_count(censored, "censored", row, fault)) != IMR_OK) {
        return ret;
    }
    left = at_risk - events - censored;
    if (left < 0) {
        return imr_fault(fault, IMR_ERR_EVENTS_EXCEED, "events", row, (double) events);
    }
    if (events > 0) {
        multiply(&self->product, (double) (at_risk - events) + 1, (double) events);
        self->fewest = left;
    } else if (left < self->fewest) {
        self->fewest = left;
    }
    return IMR_OK;
}

int
imr_kaplan_meier_beta_row(imr_kaplan_meier_beta_t *self, int64_t at_risk, int64_t events,
    int64_t censored, int64_t row, double *low, double *high, imr_fault_t *fault)
{
    int64_t fewest = self->fewest;
    int ret = imr_kaplan_meier_beta_feed(self, at_risk, events, censored, row, fault);

    if (ret != IMR_OK) {
        return ret;
    }
    ret = limits(self, low, high);
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, "at_risk", row, (double) at_risk);
    }
    /* matching moments lets a mid-P limit rise by up to 1e-3 from row to row, which the product
     * itself does only when newcomers count */
    if (self->fewest <= fewest) {
        *high = fmin(*high, self->high);
    }
    *low = fmin(*low, *high); /* at levels near 0 both are the median */
    self->high = *high;
    return IMR_OK;
}

#include "survival/kaplan_meier_beta.h"

#include <math.h>

#include "base/distribution.h"
#include "base/quantile.h"
#include "base/solve.h"

#define COUNT_MAX (INT64_C(1) << 53)
#define SHAPE_MIN 1e-90 /* within what base/quantile takes */
#define SHAPE_MAX 1e24

/* What W is compared with. A product without factors is 1 for certain; one with a factor of nobody
 * is 0 for certain (Beta(0, 1)). Shapes out of range belong to a W next to 0. */
typedef struct {
    enum { AT_ZERO, AT_ONE, SPREAD } kind;
    double a, b;
} beta_t;

/* The mid-P form asks where the mean of the two distribution functions is `tail`. */
typedef struct {
    beta_t minus, plus;
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
static beta_t
moments_matched(const imr_beta_product_t *product)
{
    beta_t beta = { AT_ONE, 0, 0 };

    if (product->log_mean < 0) {
        beta.a = -expm1(product->log_moment) / expm1(product->log_spread);
        beta.b = beta.a * expm1(-product->log_mean);
        beta.kind = beta.a > SHAPE_MIN && beta.b < SHAPE_MAX ? SPREAD : AT_ZERO;
    }
    return beta;
}

static double
lower_tail(const beta_t *beta, double x)
{
    double p = beta->kind == AT_ZERO ? 1 : 0; /* 0 < x < 1 */

    return beta->kind == SPREAD && imr_beta_cdf(x, beta->a, beta->b, &p) != IMR_OK ? NAN : p;
}

static double
upper_tail(const beta_t *beta, double x)
{
    double q = beta->kind == AT_ONE ? 1 : 0;

    return beta->kind == SPREAD && imr_beta_cdf_upper(x, beta->a, beta->b, &q) != IMR_OK ? NAN : q;
}

static int
lower_quantile(const beta_t *beta, double p, double *x)
{
    if (beta->kind != SPREAD) {
        *x = beta->kind == AT_ONE;
        return IMR_OK;
    }
    return imr_quantile_beta(p, beta->a, beta->b, x);
}

static int
upper_quantile(const beta_t *beta, double q, double *x)
{
    if (beta->kind != SPREAD) {
        *x = beta->kind == AT_ONE;
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
mid_p_limits(const mixture_t *mixture, double *low, double *high)
{
    const beta_t *minus = &mixture->minus, *plus = &mixture->plus;
    double tail = mixture->tail, from, to;
    int ret = IMR_OK;

    if (minus->kind != SPREAD) {
        *low = 0;
    } else if (plus->kind != SPREAD) {
        ret = lower_quantile(minus, 2 * tail, low);
    } else if ((ret = lower_quantile(minus, tail, &from)) == IMR_OK
        && (ret = lower_quantile(plus, tail, &to)) == IMR_OK) {
        ret = solve(lower_excess, mixture, from, to, low);
    }
    if (ret != IMR_OK) {
        return ret;
    }
    if (plus->kind != SPREAD) {
        *high = plus->kind == AT_ONE;
    } else if (minus->kind != SPREAD) {
        ret = upper_quantile(plus, 2 * tail, high);
    } else if ((ret = upper_quantile(minus, tail, &from)) == IMR_OK
        && (ret = upper_quantile(plus, tail, &to)) == IMR_OK) {
        ret = solve(upper_excess, mixture, from, to, high);
    }
    return ret;
}

static int
limits(const imr_kaplan_meier_beta_t *self, double *low, double *high)
{
    mixture_t mixture = { .plus = moments_matched(&self->product), .tail = self->tail };
    imr_beta_product_t product = self->product;
    int ret;

    /* nobody is at risk, so the next event may follow at once, and S fall to 0 */
    mixture.minus = (beta_t) { AT_ZERO, 0, 0 };
    if (self->fewest > 0) {
        multiply(&product, (double) self->fewest, 1);
        mixture.minus = moments_matched(&product);
    }
    if (self->mid_p) {
        return mid_p_limits(&mixture, low, high);
    }
    ret = lower_quantile(&mixture.minus, self->tail, low);
    return ret == IMR_OK ? upper_quantile(&mixture.plus, self->tail, high) : ret;
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
imr_kaplan_meier_beta_row(imr_kaplan_meier_beta_t *self, int64_t at_risk, int64_t events,
    int64_t censored, int64_t row, double *low, double *high, imr_fault_t *fault)
{
    int64_t fewest = self->fewest, left;
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
    } else if (left < fewest) {
        self->fewest = left;
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

void
imr_kaplan_meier_beta_pass(imr_kaplan_meier_beta_t *self, int64_t at_risk, int64_t events)
{
    multiply(&self->product, (double) (at_risk - events) + 1, (double) events);
}

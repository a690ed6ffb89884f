#include "recovery/kinetics_fit.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"

#define LOG_ROOT_2_PI 0.918938533204672741780329736406
#define LN2 0.693147180559945309417232121458

#define NO_BETTER 1e-7 /* in log-likelihood a row */
#define FAR_ABOVE 12.0 /* a log plateau so far above the largest count is none */
#define VAGUE 1e4 /* a standard error, given the others, of a logarithm or in days */
#define DEPENDENT 1e-10 /* a pivot of the information with a diagonal of 1 */
#define SHARP 1e7 /* residuals of this share of the counts are none */
#define LEAST_DF 0.25

enum { MOST_CLIMBS = 4 };

/* --- before the fit ---------------------------------------------------------------------------- */

static imr_kinetics_status_t
check_rows(const imr_kinetics_climb_t *climb, size_t *quantified)
{
    size_t p = imr_kinetics_unknowns(climb->model), days = 1;
    double least = INFINITY, most = -INFINITY;

    *quantified = 0;
    for (size_t i = 0; i < climb->n; i++) {
        days += i > 0 && climb->day[i] > climb->day[i - 1];
        if (!climb->below[i]) {
            (*quantified)++;
            least = fmin(least, climb->count[i]);
            most = fmax(most, climb->count[i]);
        }
    }
    if (climb->n == 0) {
        return IMR_KINETICS_NO_SAMPLES;
    }
    if (*quantified == 0) {
        return IMR_KINETICS_ALL_BELOW;
    }
    if (climb->n <= p || days < p || *quantified < 2) {
        return IMR_KINETICS_TOO_FEW;
    }
    if (*quantified == climb->n && !(most > least)) {
        return IMR_KINETICS_FLAT;
    }
    if (climb->model == IMR_KINETICS_EMAX && !(climb->day[0] > 0)) {
        return IMR_KINETICS_DAY_NOT_POSITIVE;
    }
    return IMR_KINETICS_FITTED;
}

/* The log-likelihood of a constant: the exponential curve of rate 0, or the mean. */
static double
constant_loglik(const imr_kinetics_climb_t *climb)
{
    imr_kinetics_climb_t flat = *climb;
    double mean = 0, squares = 0;

    for (size_t i = 0; i < climb->n; i++) {
        mean += climb->value[i] / (double) climb->n;
    }
    for (size_t i = 0; i < climb->n; i++) {
        squares += (climb->value[i] - mean) * (climb->value[i] - mean);
    }
    if (!climb->joint) {
        return -0.5 * squares;
    }
    flat.model = IMR_KINETICS_EXPONENTIAL;
    flat.coordinates = IMR_COORDINATES_OWN;
    flat.fixed = 1;
    flat.phi[0] = climb->error == IMR_KINETICS_LOG ? mean : log(mean);
    flat.phi[1] = 0;
    flat.h =
        sqrt((double) climb->n / squares) * (climb->error == IMR_KINETICS_PROPORTIONAL ? mean : 1);
    flat.h = isfinite(flat.h) ? flat.h : 1;
    return imr_kinetics_climb(&flat) == IMR_OK ? flat.loglik : -INFINITY;
}

/* --- the fit ----------------------------------------------------------------------------------- */

/* The gain of one log-likelihood over another, of which those without h are minus half a sum of squares. */
static double
gain(const imr_kinetics_climb_t *climb, double above, double below)
{
    return climb->joint ? above - below : 0.5 * (double) climb->n * log(below / -fabs(above));
}

static int
is_rise(const imr_kinetics_climb_t *climb)
{
    const double *theta = climb->phi;

    switch (climb->model) {
        case IMR_KINETICS_EXPONENTIAL:
        case IMR_KINETICS_APPROACH:
            return climb->model == IMR_KINETICS_APPROACH ? theta[0] > theta[1] : theta[1] > 0;
        case IMR_KINETICS_LOGISTIC4:
            return theta[1] > theta[0];
        default:
            return 1;
    }
}

static double
largest_count(const imr_kinetics_climb_t *climb)
{
    double largest = 0;

    for (size_t i = 0; i < climb->n; i++) {
        largest = fmax(largest, climb->count[i]);
    }
    return largest;
}

/* Has a parameter run off, or does one depend on the others? */
static int
is_determined(const imr_kinetics_climb_t *climb)
{
    double factor[IMR_KINETICS_SIDE * IMR_KINETICS_SIDE], scale[IMR_KINETICS_SIDE];
    double least[IMR_KINETICS_SIDE], plateau = climb->phi[0];
    size_t p = imr_kinetics_unknowns(climb->model), m = p + (climb->joint != 0);
    double largest = largest_count(climb);
    double sd = climb->joint ? 1 : sqrt(-2 * climb->loglik / (double) climb->n);

    if (climb->model == IMR_KINETICS_LOGISTIC4) {
        plateau = log(fmax(fabs(climb->phi[1]), fabs(climb->phi[0])));
    } else if (climb->model == IMR_KINETICS_TURNOVER) {
        plateau = climb->phi[0] - climb->phi[1];
    }
    if (climb->model != IMR_KINETICS_BIEXPONENTIAL && climb->model != IMR_KINETICS_EXPONENTIAL
        && plateau > log(largest) + FAR_ABOVE) {
        return 0;
    }
    for (size_t c = 0; c < m; c++) {
        scale[c] = 1 / sqrt(climb->factor[c * m + c]);
        if (c < p
            && !(sd * scale[c]
                <= VAGUE * (climb->model == IMR_KINETICS_LOGISTIC4 && c < 2 ? largest : 1))) {
            return 0;
        }
        least[c] = DEPENDENT;
        for (size_t b = 0; b <= c; b++) {
            factor[c * m + b] = climb->factor[c * m + b] * scale[c] * scale[b];
        }
    }
    return imr_cholesky(factor, m, least) == m;
}

/* Climbs from the best starts until one of them ends at a maximum, from all of them where samples are few;
 * the highest point is kept. */
static int
climb_from_starts(imr_kinetics_climb_t *climb)
{
    imr_kinetics_start_t starts[IMR_KINETICS_STARTS];
    imr_kinetics_climb_t best = *climb;
    size_t count = imr_kinetics_starts(climb, starts);
    int ended = IMR_ERR_NOCONV, few = climb->n <= 2 * (imr_kinetics_unknowns(climb->model) + 1);

    best.loglik = -INFINITY;
    for (size_t i = 0; i < count && i < MOST_CLIMBS && (few || ended != IMR_OK); i++) {
        int status;

        memcpy(climb->phi, starts[i].theta, sizeof(climb->phi));
        climb->h = starts[i].h;
        status = imr_kinetics_climb(climb);
        if (status == IMR_OK && !is_determined(climb)) {
            status = IMR_ERR_NOCONV;
        }
        if (climb->loglik > best.loglik) {
            best = *climb;
            ended = status;
        }
    }
    *climb = best;
    return ended;
}

/* Sizes of the scatter, and the log-likelihood with its constants. */
static void
summarise(imr_kinetics_climb_t *climb, imr_kinetics_fit_t *fit, size_t quantified)
{
    size_t p = imr_kinetics_unknowns(climb->model), k = p + 1;
    double n = (double) climb->n, lost = -LOG_ROOT_2_PI * (double) quantified;

    fit->effective = (double) quantified;
    fit->rss = 0;
    for (size_t i = 0; i < climb->n; i++) {
        double r = climb->value[i] - climb->level[i];

        if (climb->below[i]) {
            fit->effective += imr_kinetics_below_weight(climb, i);
            continue;
        }
        if (climb->error == IMR_KINETICS_PROPORTIONAL) {
            r = climb->value[i] * exp(-climb->level[i]) - 1;
        }
        fit->rss += r * r;
        lost -= climb->error == IMR_KINETICS_LOG ? climb->value[i] : 0;
    }
    fit->df = fit->effective - (double) p;
    if (!climb->joint) {
        climb->h = sqrt(n / fit->rss);
        fit->loglik = n * log(climb->h) - 0.5 * n + lost;
    } else {
        fit->loglik = climb->loglik + lost;
    }
    fit->sd = sqrt(fit->effective / fit->df) / climb->h;
    fit->aicc = climb->n > k + 1
        ? 2 * ((double) k - fit->loglik) + 2 * (double) (k * (k + 1)) / (n - (double) k - 1)
        : NAN;
    fit->score_norm = climb->score_norm;
    fit->is_exact = !(climb->h <= climb->sharpest);
}

static void
find_covariance(const imr_kinetics_climb_t *climb, imr_kinetics_fit_t *fit)
{
    size_t p = imr_kinetics_unknowns(climb->model), m = p + (climb->joint != 0);
    double factor[IMR_KINETICS_SIDE * IMR_KINETICS_SIDE];
    double inverse[IMR_KINETICS_SIDE * IMR_KINETICS_SIDE];
    double times = climb->joint ? fit->effective / fit->df : fit->rss / fit->df;

    memcpy(factor, climb->factor, sizeof(factor));
    if (imr_cholesky(factor, m, NULL) < m) { /* cannot come after is_determined */
        fit->status = IMR_KINETICS_NOT_IDENTIFIABLE;
        return;
    }
    imr_cholesky_inverse(factor, m, inverse);
    for (size_t c = 0; c < p; c++) {
        for (size_t b = 0; b < p; b++) {
            fit->covariance[c * IMR_KINETICS_MOST + b] = times * inverse[c * m + b];
        }
    }
}

/* The faster phase first. */
static void
order_phases(imr_kinetics_climb_t *climb)
{
    double *phi = climb->phi;

    if (phi[1] < phi[3]) {
        for (size_t c = 0; c < 2; c++) {
            double moved = phi[c];

            phi[c] = phi[c + 2];
            phi[c + 2] = moved;
        }
        climb->loglik = imr_kinetics_loglik(climb, phi, climb->h);
        imr_kinetics_derivatives(climb);
    }
}

/* What there is to say of the point where a climb has ended. */
static void
conclude(imr_kinetics_climb_t *climb, imr_kinetics_fit_t *fit, size_t quantified, int ended)
{
    double better = 0;

    if (climb->loglik > -INFINITY) {
        better = gain(climb, climb->loglik, constant_loglik(climb));
    }
    if (climb->joint && climb->h > climb->sharpest
        && quantified <= imr_kinetics_unknowns(climb->model)) {
        fit->status = IMR_KINETICS_TOO_FEW;
    } else if (!(better > NO_BETTER * (double) climb->n) || !is_rise(climb)) {
        fit->status = climb->model == IMR_KINETICS_BIEXPONENTIAL ? IMR_KINETICS_NO_DECLINE
                                                                 : IMR_KINETICS_NO_RECOVERY;
    } else if (ended != IMR_OK) {
        fit->status =
            is_determined(climb) ? IMR_KINETICS_NOT_CONVERGED : IMR_KINETICS_NOT_IDENTIFIABLE;
    }
    if (fit->status != IMR_KINETICS_FITTED) {
        return;
    }
    if (climb->model == IMR_KINETICS_BIEXPONENTIAL) {
        order_phases(climb);
    }
    /* the curve at the maximum, which the constant has overwritten */
    imr_kinetics_loglik(climb, climb->phi, climb->h);
    memcpy(fit->theta, climb->phi, sizeof(fit->theta));
    summarise(climb, fit, quantified);
    if (!(fit->df >= LEAST_DF)) {
        fit->status = IMR_KINETICS_TOO_FEW;
        return;
    }
    find_covariance(climb, fit);
}

void
imr_kinetics_fit_rows(imr_kinetics_climb_t *climb, imr_kinetics_fit_t *fit)
{
    size_t quantified;
    int ended;

    memset(fit, 0, sizeof(*fit));
    climb->coordinates = IMR_COORDINATES_OWN;
    climb->fixed = IMR_KINETICS_SIDE;
    climb->replaced = 0;
    fit->status = check_rows(climb, &quantified);
    if (fit->status != IMR_KINETICS_FITTED) {
        return;
    }
    climb->sharpest = SHARP;
    if (climb->error == IMR_KINETICS_ADDITIVE) {
        climb->sharpest /= largest_count(climb);
    }
    climb->joint = quantified < climb->n || climb->error == IMR_KINETICS_PROPORTIONAL;
    ended = climb_from_starts(climb);
    conclude(climb, fit, quantified, ended);
}

void
imr_kinetics_refit(imr_kinetics_climb_t *climb, imr_kinetics_fit_t *fit)
{
    size_t quantified;
    int ended;

    memset(fit, 0, sizeof(*fit));
    fit->status = check_rows(climb, &quantified);
    climb->h = climb->joint ? climb->h : 1;
    ended = imr_kinetics_climb(climb);
    if (ended == IMR_OK && !is_determined(climb)) {
        ended = IMR_ERR_NOCONV;
    }
    conclude(climb, fit, quantified, ended);
}

/* --- quantities -------------------------------------------------------------------------------- */

double
imr_kinetics_cart_level(const double *day, const double *level, size_t n, double at, double *slope)
{
    double t0 = NAN, y0 = NAN, t1 = NAN, y1 = NAN;

    for (size_t i = 0; i < n;
        i++) { /* the two positive samples round the day, or the nearest two */
        if (!(level[i] > 0) || (day[i] <= t1)) {
            continue;
        }
        t0 = t1;
        y0 = y1;
        t1 = day[i];
        y1 = log(level[i]);
        if (t1 >= at && t0 == t0) {
            break;
        }
    }
    *slope = (y1 - y0) / (t1 - t0);
    return exp(y1 + *slope * (at - t1));
}

static double
show(imr_shown_t shown, double x, const imr_kinetics_cart_t *cart, double *slope)
{
    double value;

    switch (shown) {
        case IMR_SHOWN_EXP:
            return *slope = exp(x);
        case IMR_SHOWN_EXP_NEGATIVE:
            value = exp(-x);
            *slope = -value;
            return value;
        case IMR_SHOWN_DOUBLING_OF_LOG_SCALE:
            return *slope = LN2 * exp(x);
        case IMR_SHOWN_DOUBLING_OF_RATE:
            *slope = -LN2 / (x * x);
            return x > 0 ? LN2 / x : INFINITY;
        case IMR_SHOWN_CART:
            value = imr_kinetics_cart_level(cart->day, cart->level, cart->n, x, slope);
            *slope *= value;
            return value;
        case IMR_SHOWN_ITSELF:
        default:
            *slope = 1;
            return x;
    }
}

/* The coordinate of a quantity and its standard error; infinity and NaN where it does not exist. */
static double
coordinate_of(const imr_kinetics_climb_t *climb, const imr_kinetics_fit_t *fit,
    const imr_kinetics_slot_t *slot, double *std_error)
{
    size_t p = imr_kinetics_unknowns(climb->model);
    double slope[IMR_KINETICS_MOST], variance = 0;
    double x = imr_kinetics_coordinate(
        climb->model, slot, climb->threshold, climb->origin, fit->theta, slope);

    for (size_t c = 0; c < p; c++) {
        for (size_t b = 0; b < p; b++) {
            variance += slope[c] * slope[b] * fit->covariance[c * IMR_KINETICS_MOST + b];
        }
    }
    *std_error = isfinite(x) ? sqrt(variance) : NAN;
    return x;
}

void
imr_kinetics_quantity(const imr_kinetics_climb_t *climb, const imr_kinetics_fit_t *fit,
    const imr_kinetics_slot_t *slot, const imr_kinetics_cart_t *cart, double *estimate,
    double *std_error)
{
    double slope, x = coordinate_of(climb, fit, slot, std_error);

    *estimate = x;
    if (isfinite(x)) {
        *estimate = show(slot->shown, x, cart, &slope);
        *std_error *= fabs(slope);
    }
}

void
imr_kinetics_wald(const imr_kinetics_climb_t *climb, const imr_kinetics_fit_t *fit,
    const imr_kinetics_slot_t *slot, double quantile, double *estimate, double *std_error,
    double *low, double *high)
{
    double x = coordinate_of(climb, fit, slot, std_error);
    double ends[2] = { x - quantile * *std_error, x + quantile * *std_error };

    imr_kinetics_show_ends(slot->shown, ends, NULL, low, high);
    imr_kinetics_quantity(climb, fit, slot, NULL, estimate, std_error);
}

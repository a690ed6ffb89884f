#include "survival/parametric_terms.h"

#include <math.h>
#include <string.h>

#include "survival/parametric_standard.h"

/* An interval over which the log density changes by less is a mean of densities at 5 points: the
 * difference of two probabilities would have lost its digits. */
#define NARROW 0.1

static const double gauss_5[5][2] = {
    { 0.04691007703066800360, 0.11846344252809454376 },
    { 0.23076534494715845448, 0.23931433524968323402 },
    { 0.5, 0.28444444444444444444 },
    { 0.76923465505284154552, 0.23931433524968323402 },
    { 0.95308992296933199640, 0.11846344252809454376 },
};

void
imr_local_settle(imr_local_t *local)
{
    double odds = local->cure ? local->at[IMR_CURE] : -INFINITY;

    local->scale = local->distribution == IMR_EXPONENTIAL ? 1 : exp(local->at[IMR_SCALE]);
    local->cured = 1 / (1 + exp(-odds));
    if (local->distribution == IMR_GAMMA) {
        local->at[IMR_SHAPE] = local->scale;
    }
}

static void
impossible(imr_term_t *term)
{
    term->value = -INFINITY;
}

/* --- location and scale ------------------------------------------------------------------------ */

typedef struct {
    imr_distribution_t distribution;
    double location, log_scale, scale, q;
} position_t;

/* Derivatives of log P out of P = S(a) - S(b): each end has density over P, its w and the slope of its
 * log density. */
typedef struct {
    double share, w, slope;
} end_t;

static void
probability_term(const position_t *at, double value, end_t a, end_t b, imr_term_t *term)
{
    double inverse = 1 / at->scale, *slope = term->slope, a_w, b_w, a_rise, b_rise;

    a.slope = a.share > 0 ? a.slope : 0; /* of an end at infinity */
    b.slope = b.share > 0 ? b.slope : 0;
    a.w = a.share > 0 ? a.w : 0;
    b.w = b.share > 0 ? b.w : 0;
    a_w = a.share * a.w;
    b_w = b.share * b.w;
    a_rise = 1 + a.w * a.slope;
    b_rise = 1 + b.w * b.slope;
    term->value = value;
    slope[IMR_LOCATION] = (a.share - b.share) * inverse;
    slope[IMR_SCALE] = a_w - b_w;
    term->bend[IMR_LOCATION][IMR_LOCATION] =
        -(a.share * a.slope - b.share * b.slope) * inverse * inverse
        - slope[IMR_LOCATION] * slope[IMR_LOCATION];
    term->bend[IMR_SCALE][IMR_LOCATION] =
        -(a.share * a_rise - b.share * b_rise) * inverse - slope[IMR_LOCATION] * slope[IMR_SCALE];
    term->bend[IMR_SCALE][IMR_SCALE] =
        -(a_w * a_rise - b_w * b_rise) - slope[IMR_SCALE] * slope[IMR_SCALE];
}

static void
exact_term(const position_t *at, double a, imr_term_t *term)
{
    double inverse = 1 / at->scale, w = (a - at->location) * inverse, slope, bend;
    double value = imr_standard_density(at->distribution, w, at->q, &slope, &bend);

    term->value = value - at->log_scale;
    term->slope[IMR_LOCATION] = -slope * inverse;
    term->slope[IMR_SCALE] = -w * slope - 1;
    term->bend[IMR_LOCATION][IMR_LOCATION] = bend * inverse * inverse;
    term->bend[IMR_SCALE][IMR_LOCATION] = (w * bend + slope) * inverse;
    term->bend[IMR_SCALE][IMR_SCALE] = w * (w * bend + slope);
}

static void
narrow_term(const position_t *at, double a, double b, imr_term_t *term)
{
    imr_term_t node[5] = { 0 };
    double share[5], total = 0, most = -INFINITY;

    for (int i = 0; i < 5; i++) {
        exact_term(at, a + gauss_5[i][0] * (b - a), &node[i]);
        most = fmax(most, node[i].value);
    }
    for (int i = 0; i < 5; i++) {
        share[i] = gauss_5[i][1] * exp(node[i].value - most);
        total += share[i];
    }
    term->value = log(b - a) + most + log(total);
    for (int r = 0; r <= IMR_SCALE; r++) {
        term->slope[r] = 0;
        for (int i = 0; i < 5; i++) {
            term->slope[r] += share[i] / total * node[i].slope[r];
        }
    }
    for (int r = 0; r <= IMR_SCALE; r++) {
        for (int c = 0; c <= r; c++) {
            term->bend[r][c] = 0;
            for (int i = 0; i < 5; i++) {
                double from_r = node[i].slope[r] - term->slope[r];
                double from_c = node[i].slope[c] - term->slope[c];

                term->bend[r][c] += share[i] / total * (node[i].bend[r][c] + from_r * from_c);
            }
        }
    }
}

static void
interval_term(const position_t *at, double a, double b, imr_term_t *term)
{
    double wa = (a - at->location) / at->scale, wb = (b - at->location) / at->scale, value, x, y;
    end_t begin = { 0, wa, imr_standard_slope(at->distribution, wa, at->q) },
          end = { 0, wb, imr_standard_slope(at->distribution, wb, at->q) };

    if ((wb - wa) * (1 + fabs(begin.slope) + fabs(end.slope)) < NARROW) {
        narrow_term(at, a, b, term);
        return;
    }
    if (wa > 0) {
        x = imr_standard_upper(at->distribution, wa, at->q, &begin.share);
        y = imr_standard_upper(at->distribution, wb, at->q, &end.share);
        value = x + log1p(-exp(y - x));
    } else {
        x = imr_standard_lower(at->distribution, wa, at->q, &begin.share);
        y = imr_standard_lower(at->distribution, wb, at->q, &end.share);
        value = y + log1p(-exp(x - y));
    }
    if (!(value > -INFINITY)) {
        impossible(term);
        return;
    }
    begin.share = x == -INFINITY ? 0 : begin.share * exp(x - value);
    end.share = y == -INFINITY ? 0 : end.share * exp(y - value);
    probability_term(at, value, begin, end, term);
}

static void
position_term(const position_t *at, imr_row_kind_t kind, double a, double b, imr_term_t *term)
{
    const end_t none = { 0, 0, 0 };
    end_t end;
    double value;

    switch (kind) {
        case IMR_ROW_EXACT:
            exact_term(at, a, term);
            return;
        case IMR_ROW_RIGHT:
            end.w = (a - at->location) / at->scale;
            end.slope = imr_standard_slope(at->distribution, end.w, at->q);
            value = imr_standard_upper(at->distribution, end.w, at->q, &end.share);
            probability_term(at, value, end, none, term);
            return;
        case IMR_ROW_LEFT:
            end.w = (b - at->location) / at->scale;
            end.slope = imr_standard_slope(at->distribution, end.w, at->q);
            value = imr_standard_lower(at->distribution, end.w, at->q, &end.share);
            probability_term(at, value, none, end, term);
            return;
        case IMR_ROW_INTERVAL:
            interval_term(at, a, b, term);
            return;
        case IMR_ROW_EMPTY:
            break;
    }
    term->value = 0;
}

/* --- the derivative in q ----------------------------------------------------------------------- */

/* Central differences of the sixth order. */
static const double first_difference[4] = { 0, 3.0 / 4, -3.0 / 20, 1.0 / 60 };
static const double second_difference[4] = { -49.0 / 18, 3.0 / 2, -3.0 / 20, 1.0 / 90 };

/* The term of log(1 - P) out of that of log P. */
static void
complement(imr_term_t *term)
{
    double odds = 1 / expm1(-term->value);

    for (int r = 0; r < IMR_CURE; r++) {
        for (int c = 0; c <= r; c++) {
            term->bend[r][c] =
                -odds * (term->bend[r][c] + (1 + odds) * term->slope[r] * term->slope[c]);
        }
    }
    for (int r = 0; r < IMR_CURE; r++) {
        term->slope[r] *= -odds;
    }
    term->value = log1p(-exp(term->value));
}

/* With the derivatives in q. A probability near 1 comes out of the other tail, of which the relative
 * change is smooth. */
static void
shape_term(position_t *at, imr_row_kind_t kind, double a, double b, imr_term_t *term)
{
    double q = at->q, x = kind == IMR_ROW_LEFT ? b : a, step;
    imr_term_t near = { 0 };

    position_term(at, kind, a, b, term);
    if (!(term->value > -INFINITY)) {
        return;
    }
    if (term->value > -0.5 && term->value < 0 && (kind == IMR_ROW_RIGHT || kind == IMR_ROW_LEFT)) {
        imr_row_kind_t other = kind == IMR_ROW_RIGHT ? IMR_ROW_LEFT : IMR_ROW_RIGHT;

        shape_term(at, other, x, x, term);
        complement(term);
        return;
    }
    step = 0.02 / (1 + fabs(x - at->location) / at->scale);
    term->bend[IMR_SHAPE][IMR_SHAPE] = second_difference[0] * term->value;
    for (int i = 1; i <= 3; i++) {
        for (int side = -1; side <= 1; side += 2) {
            double first = side * first_difference[i];

            at->q = q + side * i * step;
            position_term(at, kind, a, b, &near);
            if (!(near.value > -INFINITY)) {
                impossible(term);
                return;
            }
            term->slope[IMR_SHAPE] += first * near.value;
            term->bend[IMR_SHAPE][IMR_LOCATION] += first * near.slope[IMR_LOCATION];
            term->bend[IMR_SHAPE][IMR_SCALE] += first * near.slope[IMR_SCALE];
            term->bend[IMR_SHAPE][IMR_SHAPE] += second_difference[i] * near.value;
        }
    }
    at->q = q;
    term->slope[IMR_SHAPE] /= step;
    term->bend[IMR_SHAPE][IMR_LOCATION] /= step;
    term->bend[IMR_SHAPE][IMR_SCALE] /= step;
    term->bend[IMR_SHAPE][IMR_SHAPE] /= step * step;
}

/* The gamma distribution has q = scale: q follows the log scale. */
static void
tie_shape_to_scale(double scale, imr_term_t *term)
{
    double (*bend)[IMR_LOCALS] = term->bend;

    bend[IMR_SCALE][IMR_SCALE] += scale
        * (2 * bend[IMR_SHAPE][IMR_SCALE] + scale * bend[IMR_SHAPE][IMR_SHAPE]
            + term->slope[IMR_SHAPE]);
    bend[IMR_SCALE][IMR_LOCATION] += scale * bend[IMR_SHAPE][IMR_LOCATION];
    term->slope[IMR_SCALE] += scale * term->slope[IMR_SHAPE];
}

/* --- Gompertz ---------------------------------------------------------------------------------- */

/* (e^x - 1) / x and its first two derivatives. */
static void
growth(double x, double value[3])
{
    double e, term = 1;

    if (fabs(x) > 1) {
        e = expm1(x);
        value[0] = e / x;
        value[1] = (e + 1 - value[0]) / x;
        value[2] = (e + 1 - 2 * value[1]) / x;
        return;
    }
    value[0] = 1; /* sum of x^n / (n + 1)! */
    value[1] = 0.5;
    value[2] = 1.0 / 3;
    for (int n = 1; fabs(term) > 1e-17; n++) { /* x^n / (n + 1)! and its share in the derivatives */
        term *= x / (n + 1);
        value[0] += term;
        value[1] += term * (n + 1) / (n + 2);
        value[2] += term * (n + 1) / (n + 3);
    }
}

typedef struct {
    double value, slope,
        bend[2]; /* in the location it is itself; in the shape; both; shape twice */
} hazard_t;

/* The cumulative hazard from time a to b. */
static hazard_t
gompertz_hazard(const imr_local_t *local, double a, double b)
{
    double shape = local->at[IMR_SCALE], wide = b - a, x = shape * wide;
    double front = exp(local->at[IMR_LOCATION] + shape * a) * wide, order[3], first, second;
    hazard_t h;

    growth(x, order);
    first = order[1] * wide;
    second = order[2] * wide * wide;
    h.value = front * order[0];
    h.slope = front * (a * order[0] + first);
    h.bend[0] = h.slope;
    h.bend[1] = front * (a * a * order[0] + 2 * a * first + second);
    return h;
}

static void
add_hazard(imr_term_t *term, hazard_t h, double times)
{
    term->value += times * h.value;
    term->slope[IMR_LOCATION] += times * h.value;
    term->slope[IMR_SCALE] += times * h.slope;
    term->bend[IMR_LOCATION][IMR_LOCATION] += times * h.value;
    term->bend[IMR_SCALE][IMR_LOCATION] += times * h.bend[0];
    term->bend[IMR_SCALE][IMR_SCALE] += times * h.bend[1];
}

static void
gompertz_term(const imr_local_t *local, imr_row_kind_t kind, double a, double b, imr_term_t *term)
{
    if (kind == IMR_ROW_EXACT) {
        term->value = local->at[IMR_LOCATION] + local->at[IMR_SCALE] * a;
        term->slope[IMR_LOCATION] = 1;
        term->slope[IMR_SCALE] = a;
    }
    if (kind != IMR_ROW_LEFT) {
        add_hazard(term, gompertz_hazard(local, 0, a), -1);
    }
    if (kind == IMR_ROW_LEFT || kind == IMR_ROW_INTERVAL) {
        hazard_t h = gompertz_hazard(local, kind == IMR_ROW_LEFT ? 0 : a, b);
        double ratio = h.value < 1e-300 ? 1 / h.value : 1 / expm1(h.value), log_p;
        double bend = -ratio * (1 + ratio);

        log_p = h.value > 1 ? log1p(-exp(-h.value)) : log(-expm1(-h.value));
        add_hazard(term, h, ratio);
        term->value += log_p - ratio * h.value;
        term->bend[IMR_LOCATION][IMR_LOCATION] += bend * h.value * h.value;
        term->bend[IMR_SCALE][IMR_LOCATION] += bend * h.value * h.slope;
        term->bend[IMR_SCALE][IMR_SCALE] += bend * h.slope * h.slope;
    }
    if (!(term->value > -INFINITY)) {
        impossible(term);
    }
}

/* --- the term ---------------------------------------------------------------------------------- */

/* Of those who are not cured. */
static void
latency_term(const imr_local_t *local, imr_row_kind_t kind, double a, double b, imr_term_t *term)
{
    position_t at = { local->distribution, local->at[IMR_LOCATION],
        local->distribution == IMR_EXPONENTIAL ? 0 : local->at[IMR_SCALE], local->scale,
        local->at[IMR_SHAPE] };

    switch (local->distribution) {
        case IMR_GOMPERTZ:
            gompertz_term(local, kind, a, b, term);
            break;
        case IMR_GAMMA:
        case IMR_GENGAMMA:
            shape_term(&at, kind, a, b, term);
            if (local->distribution == IMR_GAMMA && term->value > -INFINITY) {
                tie_shape_to_scale(local->scale, term);
            }
            break;
        case IMR_EXPONENTIAL:
        case IMR_WEIBULL:
        case IMR_LOGNORMAL:
        case IMR_LOGLOGISTIC:
            position_term(&at, kind, a, b, term);
            break;
    }
}

/* log(cured + (1 - cured) S), the term being that of S. */
static void
mix_survival(double cured, imr_term_t *term)
{
    double survival, p, share, variance, rise;

    if (!(cured > 0)) {
        return;
    }
    survival = exp(term->value);
    p = cured + (1 - cured) * survival;
    share = (1 - cured) * survival / p;
    variance = cured * (1 - cured);
    rise = variance * -expm1(term->value) / p;

    if (!(survival > 0)) {
        memset(term, 0, sizeof(*term)); /* nobody is left who is not cured */
    }
    for (int r = 0; r < IMR_CURE; r++) {
        for (int c = 0; c <= r; c++) {
            term->bend[r][c] =
                share * (term->bend[r][c] + (1 - share) * term->slope[r] * term->slope[c]);
        }
    }
    for (int r = 0; r < IMR_CURE; r++) {
        term->bend[IMR_CURE][r] = -term->slope[r] * (variance * survival / p + rise * share);
        term->slope[r] *= share;
    }
    term->value = log(p);
    term->slope[IMR_CURE] = rise;
    term->bend[IMR_CURE][IMR_CURE] = rise * (1 - 2 * cured - rise);
}

void
imr_parametric_term(
    const imr_local_t *local, imr_row_kind_t kind, double a, double b, imr_term_t *term)
{
    memset(term, 0, sizeof(*term));
    latency_term(local, kind, a, b, term);
    if (!local->cure) {
        return;
    }
    if (kind == IMR_ROW_RIGHT) {
        mix_survival(local->cured, term);
        return;
    }
    term->value += log1p(-local->cured);
    term->slope[IMR_CURE] = -local->cured;
    term->bend[IMR_CURE][IMR_CURE] = -local->cured * (1 - local->cured);
}

double
imr_parametric_time_slope(const imr_local_t *local, double a, const imr_term_t *term)
{
    if (local->distribution == IMR_GOMPERTZ) {
        return -a * exp(local->at[IMR_LOCATION] + local->at[IMR_SCALE] * a);
    }
    return -term->slope[IMR_LOCATION];
}

double
imr_parametric_deviance(
    const imr_local_t *local, imr_row_kind_t kind, double a, double b, double *sign)
{
    position_t at = { local->distribution, local->at[IMR_LOCATION], 0, local->scale,
        local->at[IMR_SHAPE] };
    position_t best;
    imr_term_t term = { 0 }, highest = { 0 };
    double width, q;

    if (local->distribution == IMR_GOMPERTZ) { /* an extreme value in the log cumulative hazard */
        a = a > 0 ? log(gompertz_hazard(local, 0, a).value) : -INFINITY;
        b = log(gompertz_hazard(local, 0, b).value);
        at.location = 0;
        at.scale = 1;
    }
    q = local->distribution == IMR_GAMMA || local->distribution == IMR_GENGAMMA          ? at.q
        : local->distribution == IMR_LOGNORMAL || local->distribution == IMR_LOGLOGISTIC ? 0
                                                                                         : 1;
    position_term(&at, kind, a, b, &term);
    best = at;
    switch (kind) {
        case IMR_ROW_EXACT:
            best.location = a;
            position_term(&best, kind, a, b, &highest);
            break;
        case IMR_ROW_INTERVAL: /* the densities at both ends are equal */
            width = (b - a) / at.scale;
            best.location = a
                - at.scale
                    * (fabs(q * width) < 1e-6 ? -0.5 * width
                                              : log(q * width / expm1(q * width)) / q);
            position_term(&best, kind, a, b, &highest);
            break;
        case IMR_ROW_RIGHT:
        case IMR_ROW_LEFT:
        case IMR_ROW_EMPTY:
            break; /* as likely as can be */
    }
    *sign = term.slope[IMR_LOCATION] < 0 ? -1 : 1;
    return fmax(highest.value - term.value, 0);
}

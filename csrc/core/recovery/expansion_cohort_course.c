#include "recovery/expansion_cohort_course.h"

#include <math.h>
#include <string.h>

#include "recovery/tobit_climb.h"

enum { M = IMR_EXPANSION_PARAMETERS, FIRST = IMR_EXPANSION_ALPHA, PHASES = 3 };

#define LOG_ROOT_2_PI 0.918938533204672741780329736406

/* --- the curve on one day ---------------------------------------------------------------------- */

/* What does not change from day to day. */
typedef struct {
    int phases;
    double peak_day, fast, slow, share, log_rest, log_share;
} curve_t;

/* The log of the curve on a day with its derivatives; those of second order are 0 outside the decline, whose
 * unknowns are alpha, the share and beta. */
typedef struct {
    int falls;
    double level;
    double first[M];
    double second[PHASES][PHASES];
} line_t;

static curve_t
curve_of(imr_expansion_decline_t decline, const double *theta)
{
    curve_t curve = { .phases = decline == IMR_DECLINE_EXPONENTIAL ? 1 : 2,
        .peak_day = exp(theta[IMR_EXPANSION_TMAX]),
        .fast = exp(theta[IMR_EXPANSION_ALPHA]) };

    if (curve.phases == 2) {
        double g = theta[IMR_EXPANSION_SHARE], e = log1p(exp(-fabs(g)));

        curve.slow = exp(theta[IMR_EXPANSION_BETA]);
        curve.log_share = g > 0 ? -e : g - e;
        curve.log_rest = g > 0 ? -g - e : -e;
        curve.share = exp(curve.log_share);
    }
    return curve;
}

/* The log of the curve over its peak, so long after it, and the weight of the slow phase there. */
static double
log_fall(const curve_t *curve, double since, double *weight)
{
    double a, b, e;

    *weight = 0;
    if (curve->phases == 1) {
        return -curve->fast * since;
    }
    a = curve->log_rest - curve->fast * since;
    b = curve->log_share - curve->slow * since;
    e = exp(-fabs(b - a));
    *weight = b > a ? 1 / (1 + e) : e / (1 + e);
    return fmax(a, b) + log1p(e);
}

static double
level_on(const curve_t *curve, const double *theta, double day)
{
    double weight;

    return theta[IMR_EXPANSION_CMAX]
        + (day < curve->peak_day ? theta[IMR_EXPANSION_FOLD] * (day / curve->peak_day - 1)
                                 : log_fall(curve, day - curve->peak_day, &weight));
}

static void
fall(const curve_t *curve, double since, line_t *line)
{
    double x = curve->fast * since, y = curve->slow * since, w;

    line->falls = 1;
    line->level += log_fall(curve, since, &w);
    line->first[FIRST] = -(1 - w) * x;
    line->second[0][0] = -(1 - w) * x;
    if (curve->phases == 2) {
        double apart[PHASES] = { x, 1,
            -y }; /* derivatives of the slow phase less those of the fast */

        line->first[FIRST + 1] = w - curve->share;
        line->first[FIRST + 2] = -w * y;
        line->second[1][1] = -curve->share * (1 - curve->share);
        line->second[2][2] = -w * y;
        for (int r = 0; r < PHASES; r++) {
            for (int c = 0; c < PHASES; c++) {
                line->second[r][c] += w * (1 - w) * apart[r] * apart[c];
            }
        }
    }
}

static line_t
line_on(const curve_t *curve, const double *theta, double day)
{
    line_t line = { .level = theta[IMR_EXPANSION_CMAX] };

    line.first[IMR_EXPANSION_CMAX] = 1;
    if (day < curve->peak_day) {
        line.first[IMR_EXPANSION_FOLD] = day / curve->peak_day - 1;
        line.level += theta[IMR_EXPANSION_FOLD] * line.first[IMR_EXPANSION_FOLD];
    } else {
        fall(curve, day - curve->peak_day, &line);
    }
    return line;
}

double
imr_course_log_curve(imr_expansion_decline_t decline, const double *theta, double day)
{
    curve_t curve = curve_of(decline, theta);

    return level_on(&curve, theta, day);
}

/* --- samples ----------------------------------------------------------------------------------- */

static imr_tobit_term_t
term_of(const imr_course_t *self, size_t i, double z)
{
    if (self->below[i]) {
        return imr_tobit_term(-INFINITY, z);
    }
    return (imr_tobit_term_t) {
        .loglik = -0.5 * z * z - LOG_ROOT_2_PI, .middle = -z, .middle_middle = -1
    };
}

double
imr_course_loglik(
    const imr_course_t *self, const double *theta, double log_h, double *gradient, double *hessian)
{
    curve_t curve = curve_of(self->decline, theta);
    double h = exp(log_h), total = log_h * (double) self->quantified;

    if (gradient != NULL) {
        memset(gradient, 0, M * sizeof(*gradient));
    }
    if (hessian != NULL) {
        memset(hessian, 0, IMR_EXPANSION_SQUARE * sizeof(*hessian));
    }
    for (size_t i = 0; i < self->n; i++) {
        line_t line;
        imr_tobit_term_t term;
        double once, twice;

        if (gradient == NULL) {
            double above = self->log_copies[i] - level_on(&curve, theta, self->day[i]);

            total += term_of(self, i, above * h).loglik;
            continue;
        }
        line = line_on(&curve, theta, self->day[i]);
        term = term_of(self, i, (self->log_copies[i] - line.level) * h);
        once = -h * term.middle;
        twice = h * h * term.middle_middle;
        total += term.loglik;
        for (size_t r = 0; r < M; r++) {
            gradient[r] += once * line.first[r];
            for (size_t c = 0; c < M && hessian != NULL; c++) {
                hessian[r * M + c] += twice * line.first[r] * line.first[c];
            }
        }
        for (size_t r = 0; hessian != NULL && line.falls && r < PHASES; r++) {
            for (size_t c = 0; c < PHASES; c++) {
                hessian[(FIRST + r) * M + FIRST + c] += once * line.second[r][c];
            }
        }
    }
    return isnan(total) ? -INFINITY : total;
}

double
imr_course_squares(const imr_course_t *self, const double *theta, double *under_limit)
{
    curve_t curve = curve_of(self->decline, theta);
    double sum = 0;

    for (size_t i = 0; i < self->n; i++) {
        double above = self->log_copies[i] - level_on(&curve, theta, self->day[i]);

        if (self->below[i]) {
            *under_limit++ = above;
        } else {
            sum += above * above;
        }
    }
    return sum;
}

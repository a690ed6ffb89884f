#include "recovery/expansion_model.h"

#include <math.h>
#include <string.h>

#include "recovery/tobit_climb.h"

enum { P = IMR_STEIN_PRECISION, Q = IMR_STEIN_UNKNOWNS };

/* log(1 / (1 + exp(-x))) */
static double
log_logistic(double x)
{
    return x > 0 ? -log1p(exp(-x)) : x - log1p(exp(x));
}

/* One phase of the decline: the log of its part of the curve without that of the peak, with first
 * derivatives by day of the peak, its own rate and the logit of the slow share. */
typedef struct {
    double level, by_day, by_rate, by_share;
} phase_t;

static double
log_decline(imr_expansion_decline_t decline, const double *phi, double since, double *gradient,
    double *hessian)
{
    double fast = exp(phi[IMR_STEIN_FAST]), slow, share, weight, level, fall[P];
    phase_t first = { -fast * since, fast, -fast * since, 0 }, second;

    if (decline == IMR_DECLINE_EXPONENTIAL) {
        if (gradient != NULL) {
            gradient[IMR_STEIN_DAY] = fast;
            gradient[IMR_STEIN_FAST] = hessian[IMR_STEIN_FAST * P + IMR_STEIN_FAST] = -fast * since;
            hessian[IMR_STEIN_FAST * P + IMR_STEIN_DAY] = fast;
        }
        return first.level;
    }
    slow = exp(phi[IMR_STEIN_SLOW]);
    share = 1 / (1 + exp(-phi[IMR_STEIN_SHARE]));
    first.level += log_logistic(-phi[IMR_STEIN_SHARE]);
    first.by_share = -share;
    second = (phase_t) { log_logistic(phi[IMR_STEIN_SHARE]) - slow * since, slow, -slow * since,
        1 / (1 + exp(phi[IMR_STEIN_SHARE])) };
    weight = 1 / (1 + exp(first.level - second.level)); /* of the slow phase on this day */
    level = first.level > second.level ? first.level + log1p(exp(second.level - first.level))
                                       : second.level + log1p(exp(first.level - second.level));
    if (gradient == NULL) {
        return level;
    }
    /* second derivatives of a log of a sum: the mean of those of its logs, and the spread of the first */
    fall[IMR_STEIN_PEAK] = fall[IMR_STEIN_RISE] = 0;
    fall[IMR_STEIN_DAY] = second.by_day - first.by_day;
    fall[IMR_STEIN_FAST] = -first.by_rate;
    fall[IMR_STEIN_SLOW] = second.by_rate;
    fall[IMR_STEIN_SHARE] = 1; /* by_share differ by 1 */
    gradient[IMR_STEIN_DAY] = (1 - weight) * first.by_day + weight * second.by_day;
    gradient[IMR_STEIN_FAST] = (1 - weight) * first.by_rate;
    gradient[IMR_STEIN_SLOW] = weight * second.by_rate;
    gradient[IMR_STEIN_SHARE] = (1 - weight) * first.by_share + weight * second.by_share;
    for (size_t r = 0; r < P; r++) {
        for (size_t c = 0; c <= r; c++) {
            hessian[r * P + c] += weight * (1 - weight) * fall[r] * fall[c];
        }
    }
    hessian[IMR_STEIN_FAST * P + IMR_STEIN_FAST] += (1 - weight) * first.by_rate;
    hessian[IMR_STEIN_SLOW * P + IMR_STEIN_SLOW] += weight * second.by_rate;
    hessian[IMR_STEIN_FAST * P + IMR_STEIN_DAY] += (1 - weight) * fast;
    hessian[IMR_STEIN_SLOW * P + IMR_STEIN_DAY] += weight * slow;
    hessian[IMR_STEIN_SHARE * P + IMR_STEIN_SHARE] -= share * second.by_share;
    return level;
}

double
imr_stein_log_curve(imr_expansion_decline_t decline, const double *phi, double day, int rises,
    double *gradient, double *hessian)
{
    double since = day - phi[IMR_STEIN_DAY], rise, level;

    if (gradient != NULL) {
        memset(gradient, 0, P * sizeof(*gradient));
        memset(hessian, 0, (size_t) P * P * sizeof(*hessian));
        gradient[IMR_STEIN_PEAK] = 1;
    }
    if (rises) {
        rise = exp(phi[IMR_STEIN_RISE]);
        level = rise * since;
        if (gradient != NULL) {
            gradient[IMR_STEIN_DAY] = -rise;
            gradient[IMR_STEIN_RISE] = hessian[IMR_STEIN_RISE * P + IMR_STEIN_RISE] = level;
            hessian[IMR_STEIN_RISE * P + IMR_STEIN_DAY] = -rise;
        }
    } else {
        level = log_decline(decline, phi, since, gradient, hessian);
    }
    if (gradient != NULL) {
        for (size_t r = 0; r < P; r++) {
            for (size_t c = r + 1; c < P; c++) {
                hessian[r * P + c] = hessian[c * P + r];
            }
        }
    }
    return phi[IMR_STEIN_PEAK] + level;
}

double
imr_stein_loglik(const imr_stein_rows_t *rows, const double *phi, double *gradient, double *hessian)
{
    double first[P], second[(size_t) P * P], h = exp(phi[IMR_STEIN_PRECISION]), total = 0;
    double anchor_first[P] = { 0 }, anchor_second[(size_t) P * P] = { 0 }, over = 0;

    if (rows->anchored) { /* how far the curve there lies above the unknown that stands for it */
        over = imr_stein_log_curve(rows->decline, phi, rows->anchor, rows->anchor_rises,
                   gradient == NULL ? NULL : anchor_first, anchor_second)
            - phi[IMR_STEIN_PEAK];
        anchor_first[IMR_STEIN_PEAK] = 0;
    }

    if (gradient != NULL) {
        memset(gradient, 0, Q * sizeof(*gradient));
        memset(hessian, 0, (size_t) Q * Q * sizeof(*hessian));
    }
    for (size_t i = 0; i < rows->n; i++) {
        double curve = imr_stein_log_curve(rows->decline, phi, rows->day[i], i < rows->rising,
                           gradient == NULL ? NULL : first, second)
            - over;
        double z = (rows->log_copies[i] - curve) * h;
        imr_tobit_term_t term = imr_tobit_term(rows->below[i] ? -INFINITY : z, z);
        double by_curve = -h * term.middle, twice = h * h * term.middle_middle;

        total += term.loglik + (rows->below[i] ? 0 : phi[IMR_STEIN_PRECISION]);
        if (gradient == NULL) {
            continue;
        }
        for (size_t r = 0; r < P && rows->anchored; r++) {
            first[r] -= anchor_first[r];
            for (size_t c = 0; c < P; c++) {
                second[r * P + c] -= anchor_second[r * P + c];
            }
        }
        for (size_t r = 0; r < P; r++) {
            gradient[r] += by_curve * first[r];
            for (size_t c = 0; c < P; c++) {
                hessian[r * Q + c] += twice * first[r] * first[c] + by_curve * second[r * P + c];
            }
            hessian[r * Q + P] -= h * (term.middle + z * term.middle_middle) * first[r];
        }
        gradient[P] += z * term.middle + (rows->below[i] ? 0 : 1);
        hessian[(size_t) P * Q + P] += z * (term.middle + z * term.middle_middle);
    }
    if (gradient != NULL) {
        for (size_t r = 0; r < P; r++) {
            hessian[(size_t) P * Q + r] = hessian[r * Q + P];
        }
    }
    return total;
}

double
imr_stein_area(imr_expansion_decline_t decline, const double *phi, double until)
{
    double peak = exp(phi[IMR_STEIN_PEAK]), rise = exp(phi[IMR_STEIN_RISE]);
    double fast = exp(phi[IMR_STEIN_FAST]), slow = exp(phi[IMR_STEIN_SLOW]);
    double share = decline == IMR_DECLINE_EXPONENTIAL ? 0 : 1 / (1 + exp(-phi[IMR_STEIN_SHARE]));
    double top = fmin(until, phi[IMR_STEIN_DAY]), since = until - top;
    double area = (exp(rise * (top - phi[IMR_STEIN_DAY])) - exp(-rise * phi[IMR_STEIN_DAY])) / rise;

    if (since > 0) {
        area -= (1 - share) * expm1(-fast * since) / fast;
        area += slow > 0 ? -share * expm1(-slow * since) / slow : share * since;
    }
    return peak * area;
}

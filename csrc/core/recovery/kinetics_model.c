#include "recovery/kinetics_model.h"

#include <math.h>
#include <string.h>

#define LN2 0.693147180559945309417232121458

/* Beyond these arguments exp says no more: a logistic curve is its tail, a Gompertz curve is 0. */
#define LOGISTIC_TAIL 700.0
#define GOMPERTZ_TAIL 300.0

#define OWN IMR_COORDINATES_OWN
#define CROSSING IMR_COORDINATES_CROSSING

static const imr_kinetics_slot_t LOGISTIC[] = {
    { IMR_KINETICS_PLATEAU, OWN, 0, IMR_SHOWN_EXP },
    { IMR_KINETICS_MIDPOINT, OWN, 1, IMR_SHOWN_ITSELF },
    { IMR_KINETICS_SCALE, OWN, 2, IMR_SHOWN_EXP },
    { IMR_KINETICS_RATE, OWN, 2, IMR_SHOWN_EXP_NEGATIVE },
    { IMR_KINETICS_DOUBLING_TIME, OWN, 2, IMR_SHOWN_DOUBLING_OF_LOG_SCALE },
    { IMR_KINETICS_CROSSING_DAY, CROSSING, 1, IMR_SHOWN_ITSELF },
};

static const imr_kinetics_slot_t GOMPERTZ[] = {
    { IMR_KINETICS_PLATEAU, OWN, 0, IMR_SHOWN_EXP },
    { IMR_KINETICS_MIDPOINT, OWN, 1, IMR_SHOWN_ITSELF },
    { IMR_KINETICS_SCALE, OWN, 2, IMR_SHOWN_EXP },
    { IMR_KINETICS_RATE, OWN, 2, IMR_SHOWN_EXP_NEGATIVE },
    { IMR_KINETICS_CROSSING_DAY, CROSSING, 1, IMR_SHOWN_ITSELF },
};

static const imr_kinetics_slot_t EMAX[] = {
    { IMR_KINETICS_PLATEAU, OWN, 0, IMR_SHOWN_EXP },
    { IMR_KINETICS_MIDPOINT, OWN, 1, IMR_SHOWN_EXP },
    { IMR_KINETICS_HILL, OWN, 2, IMR_SHOWN_EXP },
    { IMR_KINETICS_CROSSING_DAY, CROSSING, 1, IMR_SHOWN_ITSELF },
};

static const imr_kinetics_slot_t EXPONENTIAL[] = {
    { IMR_KINETICS_INITIAL, OWN, 0, IMR_SHOWN_EXP },
    { IMR_KINETICS_RATE, OWN, 1, IMR_SHOWN_ITSELF },
    { IMR_KINETICS_DOUBLING_TIME, OWN, 1, IMR_SHOWN_DOUBLING_OF_RATE },
    { IMR_KINETICS_CROSSING_DAY, CROSSING, 0, IMR_SHOWN_ITSELF },
};

static const imr_kinetics_slot_t APPROACH[] = {
    { IMR_KINETICS_PLATEAU, OWN, 0, IMR_SHOWN_EXP },
    { IMR_KINETICS_INITIAL, OWN, 1, IMR_SHOWN_EXP },
    { IMR_KINETICS_RATE, OWN, 2, IMR_SHOWN_EXP },
    { IMR_KINETICS_CROSSING_DAY, CROSSING, 1, IMR_SHOWN_ITSELF },
};

static const imr_kinetics_slot_t LOGISTIC4[] = {
    { IMR_KINETICS_FLOOR, OWN, 0, IMR_SHOWN_ITSELF },
    { IMR_KINETICS_PLATEAU, OWN, 1, IMR_SHOWN_ITSELF },
    { IMR_KINETICS_MIDPOINT, OWN, 2, IMR_SHOWN_ITSELF },
    { IMR_KINETICS_SCALE, OWN, 3, IMR_SHOWN_EXP },
    { IMR_KINETICS_RATE, OWN, 3, IMR_SHOWN_EXP_NEGATIVE },
    { IMR_KINETICS_CROSSING_DAY, CROSSING, 2, IMR_SHOWN_ITSELF },
};

static const imr_kinetics_slot_t BIEXPONENTIAL[] = {
    { IMR_KINETICS_AMPLITUDE_1, OWN, 0, IMR_SHOWN_EXP },
    { IMR_KINETICS_RATE_1, OWN, 1, IMR_SHOWN_EXP },
    { IMR_KINETICS_AMPLITUDE_2, OWN, 2, IMR_SHOWN_EXP },
    { IMR_KINETICS_RATE_2, OWN, 3, IMR_SHOWN_EXP },
};

static const imr_kinetics_slot_t TURNOVER[] = {
    { IMR_KINETICS_PLATEAU, IMR_COORDINATES_PLATEAU, 0, IMR_SHOWN_EXP },
    { IMR_KINETICS_INFLUX, OWN, 0, IMR_SHOWN_EXP },
    { IMR_KINETICS_LOSS, OWN, 1, IMR_SHOWN_EXP },
    { IMR_KINETICS_RETURN_DAY, OWN, 2, IMR_SHOWN_ITSELF },
    { IMR_KINETICS_CART_THRESHOLD, OWN, 2, IMR_SHOWN_CART },
    { IMR_KINETICS_CROSSING_DAY, CROSSING, 2, IMR_SHOWN_ITSELF },
};

#define SLOTS_OF(table) { table, sizeof(table) / sizeof(table[0]) }

static const struct {
    const imr_kinetics_slot_t *slots;
    size_t count;
} SLOTS[] = { SLOTS_OF(LOGISTIC), SLOTS_OF(GOMPERTZ), SLOTS_OF(EMAX), SLOTS_OF(EXPONENTIAL),
    SLOTS_OF(APPROACH), SLOTS_OF(LOGISTIC4), SLOTS_OF(BIEXPONENTIAL), SLOTS_OF(TURNOVER) };

static const size_t UNKNOWNS[] = { 3, 3, 3, 2, 3, 4, 4, 3 };

size_t
imr_kinetics_unknowns(imr_kinetics_model_t model)
{
    return UNKNOWNS[model];
}

const imr_kinetics_slot_t *
imr_kinetics_slots(imr_kinetics_model_t model, size_t *count)
{
    *count = SLOTS[model].count;
    return SLOTS[model].slots;
}

/* --- curves ------------------------------------------------------------------------------------ */

/* 1 / (1 + exp(x)) and the rest to 1, neither of which loses its digits. */
static double
logistic_share(double x, double *rest)
{
    double e = exp(x), share = 1 / (1 + e);

    *rest = e < 1 ? e * share : 1 - share;
    return share;
}

/* One row of a curve plateau * share(x), where d log share / dx is -bend. */
static void
put_rise(
    double plateau, double log_plateau, double log_share, double share, int in_logs, double *level)
{
    *level = in_logs ? log_plateau + log_share : plateau * share;
}

static void
logistic_curve(const double *theta, const double *day, size_t n, int in_logs, int is_emax,
    double *level, double *slope)
{
    double plateau = exp(theta[0]), steep = is_emax ? exp(theta[2]) : exp(-theta[2]);

    for (size_t i = 0; i < n; i++) {
        double x = steep * (theta[1] - (is_emax ? log(day[i]) : day[i])), rest;
        double share = logistic_share(x, &rest), times;

        put_rise(plateau, theta[0],
            !in_logs                ? 0
                : x > LOGISTIC_TAIL ? -x
                                    : -log1p(exp(x)),
            share, in_logs, &level[i]);
        if (slope != NULL) {
            times = in_logs ? 1 : level[i];
            slope[0] = times;
            slope[1] = -times * rest * steep;
            slope[2] = (is_emax ? -times : times) * rest * x;
            slope += IMR_KINETICS_MOST;
        }
    }
}

static void
gompertz_curve(
    const double *theta, const double *day, size_t n, int in_logs, double *level, double *slope)
{
    double plateau = exp(theta[0]), steep = exp(-theta[2]);

    for (size_t i = 0; i < n; i++) {
        double x = fmin(steep * (theta[1] - day[i]), GOMPERTZ_TAIL);
        double bend = LN2 * exp(x), times;

        put_rise(plateau, theta[0], -bend, in_logs ? 0 : exp(-bend), in_logs, &level[i]);
        if (slope != NULL) {
            times = in_logs ? 1 : level[i];
            slope[0] = times;
            slope[1] = -times * bend * steep;
            slope[2] = times * bend * x;
            slope += IMR_KINETICS_MOST;
        }
    }
}

static void
exponential_curve(const double *theta, double origin, const double *day, size_t n, int in_logs,
    double *level, double *slope)
{
    for (size_t i = 0; i < n; i++) {
        double t = day[i] - origin, g = theta[0] + theta[1] * t;

        level[i] = in_logs ? g : exp(g);
        if (slope != NULL) {
            slope[0] = in_logs ? 1 : level[i];
            slope[1] = slope[0] * t;
            slope += IMR_KINETICS_MOST;
        }
    }
}

/* The last step of curves that are computed as levels. */
static void
take_logs(int in_logs, size_t p, double *level, double *slope)
{
    if (in_logs) {
        for (size_t k = 0; slope != NULL && k < p; k++) {
            slope[k] /= *level;
        }
        *level = log(*level);
    }
}

static void
approach_curve(const double *theta, double origin, const double *day, size_t n, int in_logs,
    double *level, double *slope)
{
    double plateau = exp(theta[0]), initial = exp(theta[1]), rate = exp(theta[2]);

    for (size_t i = 0; i < n; i++) {
        double x = -rate * (day[i] - origin), left = exp(x), gone = -expm1(x);

        level[i] = plateau * gone + initial * left;
        if (slope != NULL) {
            slope[0] = plateau * gone;
            slope[1] = initial * left;
            slope[2] = -(plateau - initial) * left * x;
        }
        take_logs(in_logs, 3, &level[i], slope);
        slope = slope == NULL ? NULL : slope + IMR_KINETICS_MOST;
    }
}

static void
logistic4_curve(
    const double *theta, const double *day, size_t n, int in_logs, double *level, double *slope)
{
    double rise = theta[1] - theta[0], steep = exp(-theta[3]);

    for (size_t i = 0; i < n; i++) {
        double x = steep * (theta[2] - day[i]), rest, share = logistic_share(x, &rest);

        level[i] = theta[0] + rise * share;
        if (slope != NULL) {
            slope[0] = rest;
            slope[1] = share;
            slope[2] = -rise * share * rest * steep;
            slope[3] = rise * share * rest * x;
        }
        take_logs(in_logs, 4, &level[i], slope);
        slope = slope == NULL ? NULL : slope + IMR_KINETICS_MOST;
    }
}

static void
biexponential_curve(
    const double *theta, const double *day, size_t n, int in_logs, double *level, double *slope)
{
    double rate[2] = { exp(theta[1]), exp(theta[3]) };

    for (size_t i = 0; i < n; i++) {
        level[i] = 0;
        for (size_t c = 0; c < 2; c++) {
            double term = exp(theta[2 * c] - rate[c] * day[i]);

            level[i] += term;
            if (slope != NULL) {
                slope[2 * c] = term;
                slope[2 * c + 1] = -term * rate[c] * day[i];
            }
        }
        take_logs(in_logs, 4, &level[i], slope);
        slope = slope == NULL ? NULL : slope + IMR_KINETICS_MOST;
    }
}

static void
turnover_curve(
    const double *theta, const double *day, size_t n, int in_logs, double *level, double *slope)
{
    double influx = exp(theta[0]), loss = exp(theta[1]), plateau = influx / loss;

    for (size_t i = 0; i < n; i++) {
        double x = loss * (day[i] - theta[2]);

        if (!(x > 0)) {
            level[i] = in_logs ? -INFINITY : 0;
            if (slope != NULL) {
                memset(slope, 0, 3 * sizeof(double));
            }
        } else {
            level[i] = -plateau * expm1(-x);
            if (slope != NULL) {
                slope[0] = level[i];
                slope[1] = plateau * exp(-x) * x - level[i];
                slope[2] = -influx * exp(-x);
            }
            take_logs(in_logs, 3, &level[i], slope);
        }
        slope = slope == NULL ? NULL : slope + IMR_KINETICS_MOST;
    }
}

void
imr_kinetics_curve(imr_kinetics_model_t model, const double *theta, double origin,
    const double *day, size_t n, int in_logs, double *level, double *slope)
{
    switch (model) {
        case IMR_KINETICS_LOGISTIC:
            logistic_curve(theta, day, n, in_logs, 0, level, slope);
            break;
        case IMR_KINETICS_EMAX:
            logistic_curve(theta, day, n, in_logs, 1, level, slope);
            break;
        case IMR_KINETICS_GOMPERTZ:
            gompertz_curve(theta, day, n, in_logs, level, slope);
            break;
        case IMR_KINETICS_EXPONENTIAL:
            exponential_curve(theta, origin, day, n, in_logs, level, slope);
            break;
        case IMR_KINETICS_APPROACH:
            approach_curve(theta, origin, day, n, in_logs, level, slope);
            break;
        case IMR_KINETICS_LOGISTIC4:
            logistic4_curve(theta, day, n, in_logs, level, slope);
            break;
        case IMR_KINETICS_BIEXPONENTIAL:
            biexponential_curve(theta, day, n, in_logs, level, slope);
            break;
        case IMR_KINETICS_TURNOVER:
        default:
            turnover_curve(theta, day, n, in_logs, level, slope);
            break;
    }
}

/* --- coordinates ------------------------------------------------------------------------------- */

/* The midpoint in units of scale after the day on which a curve of that plateau crosses: 0 where it
 * does not. slope: by log plateau. */
static int
midpoint_after(imr_kinetics_model_t model, double ratio, double *distance, double *slope)
{
    if (!(ratio > 1) || isinf(ratio)) {
        return 0;
    }
    if (model == IMR_KINETICS_GOMPERTZ) {
        *distance = log(log(ratio) / LN2);
        *slope = 1 / log(ratio);
    } else {
        *distance = log(ratio - 1);
        *slope = ratio / (ratio - 1);
    }
    return 1;
}

static int
crossing_to_theta(
    imr_kinetics_model_t model, double threshold, double origin, double *phi, double *slope)
{
    double distance = 0, by_plateau = 0, scale, t, y, left, initial, rise;

    memset(slope, 0, IMR_KINETICS_MOST * sizeof(double));
    switch (model) {
        case IMR_KINETICS_LOGISTIC:
        case IMR_KINETICS_GOMPERTZ:
            if (!midpoint_after(model, exp(phi[0]) / threshold, &distance, &by_plateau)) {
                return 0;
            }
            scale = exp(phi[2]);
            phi[1] += scale * distance;
            slope[0] = scale * by_plateau;
            slope[1] = 1;
            slope[2] = scale * distance;
            return 1;
        case IMR_KINETICS_EMAX:
            if (!(phi[1] > 0)
                || !midpoint_after(model, exp(phi[0]) / threshold, &distance, &by_plateau)) {
                return 0;
            }
            scale = exp(-phi[2]);
            slope[0] = scale * by_plateau;
            slope[1] = 1 / phi[1];
            slope[2] = -scale * distance;
            phi[1] = log(phi[1]) + scale * distance;
            return 1;
        case IMR_KINETICS_EXPONENTIAL:
            t = phi[0] - origin;
            phi[0] = log(threshold) - phi[1] * t;
            slope[0] = -phi[1];
            slope[1] = -t;
            return 1;
        case IMR_KINETICS_APPROACH:
            rise = exp(phi[0]);
            y = exp(phi[2]) * (phi[1] - origin);
            left = (rise - threshold) * exp(y);
            initial = rise - left;
            if (!(initial > 0) || isinf(initial)) {
                return 0;
            }
            phi[1] = log(initial);
            slope[0] = -rise * expm1(y) / initial;
            slope[1] = -left * exp(phi[2]) / initial;
            slope[2] = -left * y / initial;
            return 1;
        case IMR_KINETICS_LOGISTIC4:
            rise = (phi[1] - threshold) / (threshold - phi[0]);
            if (!(rise > 0) || isinf(rise)) {
                return 0;
            }
            scale = exp(phi[3]);
            slope[0] = scale / (threshold - phi[0]);
            slope[1] = scale / (phi[1] - threshold);
            slope[2] = 1;
            slope[3] = scale * log(rise);
            phi[2] += scale * log(rise);
            return 1;
        case IMR_KINETICS_TURNOVER:
            y = threshold * exp(phi[1] - phi[0]);
            if (!(y < 1)) {
                return 0;
            }
            scale = exp(-phi[1]);
            slope[0] = scale * y / (1 - y);
            slope[1] = -scale * (y / (1 - y) + log1p(-y));
            slope[2] = 1;
            phi[2] += scale * log1p(-y);
            return 1;
        case IMR_KINETICS_BIEXPONENTIAL:
        default:
            return 0;
    }
}

int
imr_kinetics_to_theta(imr_kinetics_model_t model, imr_coordinates_t coordinates, double threshold,
    double origin, double *phi, double *slope)
{
    switch (coordinates) {
        case IMR_COORDINATES_CROSSING:
            return crossing_to_theta(model, threshold, origin, phi, slope);
        case IMR_COORDINATES_PLATEAU:
            phi[0] += phi[1];
            slope[0] = slope[1] = 1;
            slope[2] = slope[3] = 0;
            return 1;
        case IMR_COORDINATES_OWN:
        default:
            return 1;
    }
}

/* The day on which the curve crosses the threshold; infinity where it never does. */
static double
crossing_day(imr_kinetics_model_t model, double threshold, double origin, const double *theta)
{
    double phi[IMR_KINETICS_MOST], slope[IMR_KINETICS_MOST], share;

    switch (model) {
        case IMR_KINETICS_EXPONENTIAL:
            return theta[1] > 0 ? origin + (log(threshold) - theta[0]) / theta[1] : INFINITY;
        case IMR_KINETICS_APPROACH:
            share = (exp(theta[0]) - threshold) / (exp(theta[0]) - exp(theta[1]));
            return share > 0 ? origin - log(share) / exp(theta[2]) : INFINITY;
        default: /* the location moves with the day, or its logarithm with that of the day */
            memcpy(phi, theta, sizeof(phi));
            phi[model == IMR_KINETICS_LOGISTIC4 || model == IMR_KINETICS_TURNOVER ? 2 : 1] =
                model == IMR_KINETICS_EMAX ? 1 : 0;
            if (!crossing_to_theta(model, threshold, origin, phi, slope)) {
                return INFINITY;
            }
            return model == IMR_KINETICS_EMAX ? exp(theta[1] - phi[1])
                : model == IMR_KINETICS_LOGISTIC4 || model == IMR_KINETICS_TURNOVER
                ? theta[2] - phi[2]
                : theta[1] - phi[1];
    }
}

double
imr_kinetics_coordinate(imr_kinetics_model_t model, const imr_kinetics_slot_t *slot,
    double threshold, double origin, const double *theta, double *slope)
{
    size_t k = slot->coordinate;
    double phi[IMR_KINETICS_MOST], value;

    memset(slope, 0, IMR_KINETICS_MOST * sizeof(double));
    switch (slot->coordinates) {
        case IMR_COORDINATES_CROSSING:
            memcpy(phi, theta, sizeof(phi));
            value = phi[k] = crossing_day(model, threshold, origin, theta);
            if (!isfinite(value) || !crossing_to_theta(model, threshold, origin, phi, slope)) {
                return INFINITY;
            }
            for (size_t c = 0; c < UNKNOWNS[model]; c++) {
                slope[c] = c == k ? slope[c] : -slope[c] / slope[k];
            }
            slope[k] = 1 / slope[k];
            return value;
        case IMR_COORDINATES_PLATEAU:
            slope[0] = 1;
            slope[1] = -1;
            return theta[0] - theta[1];
        case IMR_COORDINATES_OWN:
        default:
            slope[k] = 1;
            return theta[k];
    }
}

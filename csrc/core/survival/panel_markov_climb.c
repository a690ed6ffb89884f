#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "survival/panel_markov_likelihood.h"

#define MOST_STEPS 150
#define LONGEST_STEP 2.0 /* in a logarithm */

/* Where rounding keeps the score from becoming smaller, this is. */
#define GOOD_ENOUGH 1e-6

/* A slope so small is one of nothing. */
#define LEAST_SLOPE 1e-16

#define LEAST_DAMPING 1e-4

/* The least information of a parameter in a step. */
#define NOTHING 1e-9

/* With a pivot below this share of its diagonal the information is singular; below the second one it is noise. */
#define SINGULAR 1e-10
#define NO_PIVOT 1e-13

#define NO_SLOPE 1e-12

/* Gains of the log-likelihood below this share of it are rounding. */
#define ROUNDING 1e-11

double
imr_panel_bound(const imr_panel_climb_t *climb, size_t a)
{
    const imr_panel_rows_t *rows = climb->model->rows;
    size_t transitions = rows->chain.transitions;

    return a < transitions
        ? climb->highest
        : IMR_PANEL_LARGEST_EFFECT / rows->range[climb->model->column[a - transitions]];
}

int
imr_panel_is_bounded(const imr_panel_climb_t *climb)
{
    size_t transitions = climb->model->rows->chain.transitions;
    uint64_t none = climb->point.zero | climb->idle;

    for (size_t a = 0; a < climb->model->p; a++) {
        double at = climb->point.parameter[a];

        at = a < transitions ? at : fabs(at);
        if (!(none >> imr_panel_transition_of(climb->model, a) & 1)
            && at >= imr_panel_bound(climb, a) - IMR_PANEL_AT_BOUND) {
            return 1;
        }
    }
    return 0;
}

static int
is_zero(const imr_panel_point_t *point, size_t j)
{
    return (int) (point->zero >> j & 1);
}

/* Transitions out of states where nobody begins an interval, or comes by transitions that are not 0. */
static void
find_idle(imr_panel_climb_t *climb)
{
    const imr_panel_rows_t *rows = climb->model->rows;
    uint32_t reach[IMR_PANEL_MOST_STATES], entered = 0;

    imr_panel_reach(&rows->chain, ~climb->point.zero, reach);
    for (size_t i = 0; i < rows->intervals; i++) {
        entered |= reach[rows->interval[i].start];
    }
    climb->idle = 0;
    for (size_t j = 0; j < rows->chain.transitions; j++) {
        if (!(entered >> rows->chain.from[j] & 1)) {
            climb->idle |= UINT64_C(1) << j;
        }
    }
}

/* waits: parameters at their bound which wait there for the others. */
static void
find_free(imr_panel_climb_t *climb, const uint8_t *waits)
{
    const imr_panel_model_t *model = climb->model;
    size_t transitions = model->rows->chain.transitions;

    climb->count = 0;
    for (size_t a = 0; a < model->p; a++) {
        size_t j = imr_panel_transition_of(model, a);
        double at = climb->point.parameter[a], slope = climb->value.gradient[a];
        double bound = imr_panel_bound(climb, a) - IMR_PANEL_AT_BOUND;
        int held = (at >= bound && slope > -NO_SLOPE)
            || (a >= transitions && at <= -bound && slope < NO_SLOPE);

        if (a != climb->fixed && !held && waits[a] == 0 && !is_zero(&climb->point, j)
            && !(climb->idle >> j & 1)) {
            climb->free[climb->count++] = a;
        }
    }
}

/* The factor of the information of the free parameters, plus `damping`. Pivots that are not positive are made
 * so (Gill and Murray), and a step still rises. Returns 1 if the information is positive definite. */
static int
factorise(imr_panel_climb_t *climb, double damping)
{
    size_t p = climb->model->p, m = climb->count;
    double *factor = climb->factor;
    int definite = 1;

    for (size_t r = 0; r < m; r++) {
        for (size_t c = 0; c <= r; c++) {
            factor[r * m + c] = -climb->value.hessian[climb->free[r] * p + climb->free[c]];
        }
        factor[r * m + r] += damping * (fabs(factor[r * m + r]) + NOTHING);
    }
    for (size_t r = 0; r < m; r++) {
        double own = -climb->value.hessian[climb->free[r] * (p + 1)], pivot = factor[r * m + r];

        definite &= pivot > SINGULAR * fabs(own);
        if (!(pivot > NO_PIVOT * fabs(own))) {
            pivot = fmax(fabs(own), NOTHING);
            for (size_t k = r + 1; k < m; k++) { /* high enough for the pivots that follow */
                double other = fabs(climb->value.hessian[climb->free[k] * (p + 1)]) + NOTHING;

                pivot = fmax(pivot, factor[k * m + r] * factor[k * m + r] / other);
            }
        }
        factor[r * m + r] = sqrt(pivot);
        for (size_t k = r + 1; k < m; k++) {
            factor[k * m + r] /= factor[r * m + r];
            for (size_t c = r + 1; c <= k; c++) {
                factor[k * m + c] -= factor[k * m + r] * factor[c * m + r];
            }
        }
    }
    return definite;
}

/* The step of the free parameters; returns its slope, what it promises twice. */
static double
find_step(const imr_panel_climb_t *climb, double *step)
{
    size_t m = climb->count;
    double slope = 0, longest = 0;

    for (size_t r = 0; r < m; r++) {
        step[r] = climb->value.gradient[climb->free[r]];
    }
    imr_solve_lower(climb->factor, m, step);
    imr_solve_upper(climb->factor, m, step);
    for (size_t r = 0; r < m; r++) {
        slope += step[r] * climb->value.gradient[climb->free[r]];
        longest = fmax(longest, fabs(step[r]));
    }
    for (size_t r = 0; r < m && longest > LONGEST_STEP; r++) {
        step[r] *= LONGEST_STEP / longest;
    }
    return slope;
}

/* Lets those wait at their bound whom the step would lead beyond. Returns how many. */
static size_t
find_waiting(const imr_panel_climb_t *climb, const double *step, uint8_t *waits)
{
    size_t transitions = climb->model->rows->chain.transitions, found = 0;

    for (size_t r = 0; r < climb->count; r++) {
        size_t a = climb->free[r];
        double bound = imr_panel_bound(climb, a) - IMR_PANEL_AT_BOUND;
        double at = climb->point.parameter[a];

        if ((at >= bound && step[r] > 0) || (a >= transitions && at <= -bound && step[r] < 0)) {
            waits[a] = 1;
            found++;
        }
    }
    return found;
}

/* Evaluates `point` and goes there when it is higher by `least` at least. *moved tells. */
static int
try_point(imr_panel_climb_t *climb, const imr_panel_point_t *point, double least, int *moved)
{
    imr_panel_value_t value = { .hessian = climb->hessian };
    int status = imr_panel_likelihood(climb->model, point, 2, &value);

    *moved = 0;
    if (status == IMR_ERR_PANEL_RATE) {
        return IMR_OK;
    }
    if (status == IMR_OK && value.loglik - climb->value.loglik >= least) {
        climb->hessian = climb->value.hessian;
        climb->value = value;
        climb->point = *point;
        *moved = 1;
    }
    return status;
}

/* Along the step, or as far as the first bound. */
static int
try_step(imr_panel_climb_t *climb, const double *step, double least, int *moved)
{
    imr_panel_point_t point = climb->point;
    size_t transitions = climb->model->rows->chain.transitions;
    double share = 1;

    for (size_t r = 0; r < climb->count; r++) {
        size_t a = climb->free[r];
        double room = imr_panel_bound(climb, a) - (step[r] > 0 ? 1 : -1) * point.parameter[a];

        if ((step[r] > 0 || a >= transitions) && share * fabs(step[r]) > room) {
            share = fmax(room, 0) / fabs(step[r]);
        }
    }
    for (size_t r = 0; r < climb->count; r++) {
        point.parameter[climb->free[r]] += share * step[r];
    }
    return try_point(climb, &point, least, moved);
}

/* Sets an intensity that falls, and stands for less than one event, to 0 where that is higher still. tried
 * holds where each was tried last. */
static int
fall_to_zero(imr_panel_climb_t *climb, double *tried)
{
    const imr_panel_rows_t *rows = climb->model->rows;

    for (size_t j = 0; j < rows->chain.transitions; j++) {
        double at = climb->point.parameter[j];
        imr_panel_point_t point = climb->point;
        int moved, status;

        if (j == climb->fixed || is_zero(&point, j) || climb->idle >> j & 1
            || !(climb->value.gradient[j] < 0) || !(exp(at) * rows->total < 1)
            || !(at < tried[j] - 1)) {
            continue;
        }
        tried[j] = at;
        point.zero |= UINT64_C(1) << j;
        status = try_point(climb, &point, 0, &moved);
        if (status != IMR_OK) {
            return status;
        }
        if (moved) {
            find_idle(climb);
        }
    }
    return IMR_OK;
}

/* Lets an intensity at 0 go up where the likelihood rises. *moved tells. */
static int
leave_zero(imr_panel_climb_t *climb, int *moved)
{
    const imr_panel_rows_t *rows = climb->model->rows;

    *moved = 0;
    for (size_t j = 0; j < rows->chain.transitions && !*moved; j++) {
        if (j == climb->fixed || !is_zero(&climb->point, j)
            || !(climb->value.gradient[j] > 1e-7 * rows->total)) {
            continue;
        }
        for (double events = 0.1; events > 1e-9 && !*moved; events /= 10) {
            imr_panel_point_t point = climb->point;
            int status;

            point.zero &= ~(UINT64_C(1) << j);
            point.parameter[j] = fmin(climb->highest, log(events / rows->total));
            status = try_point(climb, &point, 0, moved);
            if (status != IMR_OK) {
                return status;
            }
        }
        if (*moved) {
            find_idle(climb);
        }
    }
    return IMR_OK;
}

/* To the top for the zeros at hand, or until one is added. */
static int
ascend(imr_panel_climb_t *climb, double *tried)
{
    double step[IMR_PANEL_MOST_PARAMETERS], damping = 0, last = INFINITY;
    uint8_t waits[IMR_PANEL_MOST_PARAMETERS] = { 0 };
    size_t waiting = 0, releases = 0;
    int refused = 0;

    for (int steps = 0, tries = 0; steps < MOST_STEPS && tries < 10 * MOST_STEPS; tries++) {
        double slope, rounding;
        int moved, definite, arriving, status = fall_to_zero(climb, tried);

        if (status != IMR_OK) {
            return status;
        }
        find_free(climb, waits);
        definite = factorise(climb, damping);
        slope = find_step(climb, step);
        if (find_waiting(climb, step, waits) > 0) {
            waiting++;
            continue;
        }
        rounding = ROUNDING * (1 + fabs(climb->value.loglik));
        arriving = definite && damping <= 0 && slope < rounding;
        climb->score_norm = sqrt(fmax(slope, 0));
        if (waiting > 0 && slope < rounding
            && releases++ < 10) { /* the others are there: now those who waited */
            memset(waits, 0, sizeof waits);
            waiting = 0;
            continue;
        }
        if (arriving
            && (climb->score_norm < climb->enough
                || (climb->score_norm > 0.5 * last && climb->score_norm < GOOD_ENOUGH))) {
            return IMR_OK;
        }
        if (damping > 0 && !refused && slope < rounding) {
            damping = 0;
            continue;
        }
        if (!definite && slope < LEAST_SLOPE) {
            return IMR_OK; /* flat, as the caller finds */
        }
        last = arriving ? climb->score_norm : INFINITY;
        climb->iterations++;
        steps++;
        status = try_step(climb, step, arriving ? -rounding : 0, &moved);
        if (status != IMR_OK) {
            return status;
        }
        if (moved) {
            memset(waits, 0, sizeof waits);
            waiting = 0;
            refused = 0;
            damping = damping > LEAST_DAMPING ? damping / 10 : 0;
        } else if (slope < rounding && (refused || !definite || climb->score_norm < GOOD_ENOUGH)) {
            return IMR_OK; /* as high as it gets */
        } else {
            refused = 1;
            damping = fmax(4 * damping, 1e-3);
        }
    }
    return IMR_ERR_NOCONV;
}

/* The least share of a parameter's information that those before it leave. */
static double
weakest_of(const imr_panel_climb_t *climb)
{
    size_t m = climb->count;
    double weakest = 1;

    for (size_t r = 0; r < m; r++) {
        double whole = 0;

        for (size_t c = 0; c <= r; c++) {
            whole += climb->factor[r * m + c] * climb->factor[r * m + c];
        }
        weakest = fmin(weakest, climb->factor[r * m + r] * climb->factor[r * m + r] / whole);
    }
    return weakest;
}

int
imr_panel_climb(imr_panel_climb_t *climb)
{
    static const uint8_t nobody[IMR_PANEL_MOST_PARAMETERS] = { 0 };
    double tried[IMR_PANEL_MOST_TRANSITIONS];
    int moved = 1, status = imr_panel_likelihood(climb->model, &climb->point, 2, &climb->value);

    if (status != IMR_OK || !isfinite(climb->value.loglik)) {
        return status == IMR_OK ? IMR_ERR_NOCONV : status;
    }
    for (size_t j = 0; j < IMR_PANEL_MOST_TRANSITIONS; j++) {
        tried[j] = INFINITY;
    }
    find_idle(climb);
    for (int rounds = 0; rounds < 10 && moved && status == IMR_OK; rounds++) {
        status = ascend(climb, tried);
        if (status == IMR_OK) {
            status = leave_zero(climb, &moved);
        }
    }
    if (status != IMR_OK || moved) {
        return status == IMR_OK ? IMR_ERR_NOCONV : status;
    }
    find_free(climb, nobody);
    if (!factorise(climb, 0)) {
        return IMR_ERR_PANEL_FLAT;
    }
    climb->weakest = weakest_of(climb);
    return IMR_OK;
}

#include "recovery/expansion_cohort_laplace.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"

enum { M = IMR_EXPANSION_PARAMETERS, MOST_STEPS = 60, TMAX = IMR_EXPANSION_TMAX };

#define LOG_ROOT_2_PI 0.918938533204672741780329736406
#define CONVERGED 1e-10 /* of the score, in standard errors */
#define NEARLY 1e-6 /* enough where rounding ends the search */
#define ROUNDING 1e-12
#define LONGEST_STEP 3.0

/* --- the mode of the other parameters, given the day of the peak ----------------------------------- */

/* The joint log density of samples and parameters at theta, with its derivatives. */
typedef struct {
    double theta[M], value, gradient[M], hessian[M * M];
} point_t;

/* The parameters that are integrated over. */
static size_t
list_random(const imr_expansion_population_t *population, size_t *which)
{
    size_t q = 0;

    for (size_t c = 0; c < imr_expansion_parameters(population->decline); c++) {
        if (c != TMAX && population->between[c] > 0) {
            which[q++] = c;
        }
    }
    return q;
}

static void
evaluate(const imr_course_t *course, const imr_expansion_population_t *population, point_t *point)
{
    point->value =
        imr_course_loglik(course, point->theta, population->log_h, point->gradient, point->hessian);
    for (size_t c = 0; c < M; c++) {
        if (c != TMAX && population->between[c] > 0) {
            double precision = 1 / (population->between[c] * population->between[c]);
            double off = point->theta[c] - population->theta[c];

            point->value -= 0.5 * precision * off * off;
            point->gradient[c] -= precision * off;
            point->hessian[c * M + c] -= precision;
        }
    }
    point->value = isfinite(point->value) ? point->value : -INFINITY;
}

/* The factor of minus the hessian with so much damping; 0 where it is not positive. */
static int
factor_at(const point_t *point, const size_t *which, size_t q, double damping, double *factor)
{
    for (size_t r = 0; r < q; r++) {
        for (size_t c = 0; c <= r; c++) {
            factor[r * q + c] = -point->hessian[which[r] * M + which[c]];
        }
        factor[r * q + r] += damping * (fabs(factor[r * q + r]) + 1);
    }
    return imr_cholesky(factor, q, NULL) == q;
}

/* From point->theta on; 1 at a mode, whose factor is left. */
static int
find_mode(const imr_course_t *course, const imr_expansion_population_t *population,
    const size_t *which, size_t q, point_t *point, double *factor)
{
    double damping = 0;

    evaluate(course, population, point);
    for (int i = 0; i < MOST_STEPS && point->value > -INFINITY; i++) {
        double step[M], norm = 0, longest = 0;
        point_t trial = *point;

        if (!factor_at(point, which, q, damping, factor)) {
            damping = fmax(10 * damping, 1e-3);
            continue;
        }
        for (size_t r = 0; r < q; r++) {
            step[r] = point->gradient[which[r]];
        }
        imr_solve_lower(factor, q, step);
        for (size_t r = 0; r < q; r++) {
            norm += step[r] * step[r];
        }
        if (damping == 0 && norm < CONVERGED * CONVERGED) {
            return 1;
        }
        imr_solve_upper(factor, q, step);
        for (size_t r = 0; r < q; r++) {
            longest = fmax(longest, fabs(step[r]));
        }
        for (size_t r = 0; r < q; r++) {
            trial.theta[which[r]] +=
                longest > LONGEST_STEP ? step[r] * (LONGEST_STEP / longest) : step[r];
        }
        evaluate(course, population, &trial);
        if (trial.value > point->value - ROUNDING * fabs(point->value)) {
            *point = trial;
            damping = damping > 1e-4 ? 0.1 * damping : 0;
        } else if (damping == 0 && norm < NEARLY * NEARLY) {
            return 1;
        } else {
            damping = fmax(10 * damping, 1e-3);
        }
    }
    return 0;
}

/* --- one node ---------------------------------------------------------------------------------- */

static void
inverse_of(const double *factor, const size_t *which, size_t q, double *inverse)
{
    double small[M * M] = { 0 };

    memset(inverse, 0, IMR_EXPANSION_SQUARE * sizeof(*inverse));
    imr_cholesky_inverse(factor, q, small);
    for (size_t r = 0; r < q; r++) {
        for (size_t c = 0; c < q; c++) {
            inverse[which[r] * M + which[c]] = small[r * q + c];
        }
    }
}

void
imr_expansion_node(const imr_course_t *course, const imr_expansion_population_t *population,
    imr_expansion_node_t *node, double *inverse)
{
    size_t which[M], q = list_random(population, which);
    double factor[M * M], standard;
    point_t mode;

    node->value = -INFINITY;
    memcpy(mode.theta, population->theta, sizeof(mode.theta));
    mode.theta[TMAX] = node->theta[TMAX];
    for (size_t r = 0; r < q; r++) {
        mode.theta[which[r]] = node->theta[which[r]];
    }
    if (!find_mode(course, population, which, q, &mode, factor)) {
        memcpy(mode.theta, population->theta, sizeof(mode.theta));
        mode.theta[TMAX] = node->theta[TMAX];
        if (!find_mode(course, population, which, q, &mode, factor)) {
            return;
        }
    }
    memcpy(node->theta, mode.theta, sizeof(node->theta));
    standard = (mode.theta[TMAX] - population->theta[TMAX]) / population->between[TMAX];
    node->value =
        mode.value - 0.5 * standard * standard - log(population->between[TMAX]) - LOG_ROOT_2_PI;
    for (size_t r = 0; r < q; r++) {
        node->value -= log(factor[r * q + r] * population->between[which[r]]);
    }
    if (inverse != NULL) {
        inverse_of(factor, which, q, inverse);
    }
}

#include "survival/rate_regression_climb.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define MOST_ITERATIONS 500
#define SINGULAR 1e-13
#define LOST 1e-11 /* of a score, by rounding, in proportion to all events */

size_t
imr_rate_work_size(size_t n, size_t p, size_t patterns)
{
    return (p + 1) * (p + 1) + 8 * p + 2 + 7 * patterns + 2 * n;
}

void
imr_rate_climb_init(imr_rate_climb_t *fit, imr_rate_regression_t *model, size_t free)
{
    size_t n = model->n, p = model->p, patterns = model->patterns;

    memset(fit, 0, sizeof(*fit));
    fit->model = model;
    fit->free = free;
    fit->alpha = model->alpha;
    fit->coordinates = model->work;
    fit->step = fit->coordinates + p;
    fit->score = fit->step + p + 1;
    fit->trial = fit->score + p + 1;
    fit->begin = fit->trial + p;
    fit->highest = fit->begin + p;
    fit->before = fit->highest + p;
    fit->at = fit->before + p;
    fit->factor = fit->at + p;
    fit->mean = fit->factor + (p + 1) * (p + 1);
    fit->scratch = fit->mean + n;
    fit->predictor = fit->scratch + n;
    fit->longest_mean = fit->predictor + patterns;
    fit->change = fit->longest_mean + patterns;
    fit->weighted = fit->change + patterns;
    fit->residual = fit->weighted + patterns;
    fit->weight = fit->residual + patterns;
    fit->cross = fit->weight + patterns;
    fit->mean = patterns == n ? fit->longest_mean : fit->mean; /* a row is its own pattern */
    fit->table_alpha = 0;
    fit->at_alpha = NAN;
    fit->poisson = INFINITY;
    fit->enough = 1e-20;
}

void
imr_rate_restart(imr_rate_climb_t *fit, const double *coef, size_t last)
{
    const imr_rate_regression_t *model = fit->model;
    size_t p = model->p;

    for (size_t r = 0; r < p; r++) {
        fit->coordinates[r] = 0;
        for (size_t c = r; c < p; c++) {
            size_t source = c == p - 1 ? last : c + (c >= last ? 1 : 0);

            fit->coordinates[r] += model->triangle[r * p + c] * coef[source];
        }
    }
}

/* --- linear algebra ----------------------------------------------------------------------------- */

void
imr_rate_to_coefficients(const imr_rate_regression_t *model, double *x)
{
    size_t p = model->p;

    for (size_t r = p; r-- > 0;) {
        for (size_t c = r + 1; c < p; c++) {
            x[r] -= model->triangle[r * p + c] * x[c];
        }
        x[r] /= model->triangle[r * p + r];
    }
}

void
imr_rate_coefficient_row(const imr_rate_regression_t *model, size_t j, double *row)
{
    size_t p = model->p;

    memset(row, 0, p * sizeof(double));
    row[j] = 1;
    for (size_t r = j; r < p; r++) { /* row j of the inverse triangle */
        for (size_t k = j; k < r; k++) {
            row[r] -= model->triangle[k * p + r] * row[k];
        }
        row[r] /= model->triangle[r * p + r];
    }
}

void
imr_rate_factor(double *matrix, size_t p, size_t m)
{
    for (size_t c = 0; c < m; c++) {
        double diagonal = matrix[c * p + c], pivot = diagonal;

        for (size_t k = 0; k < c; k++) {
            pivot -= matrix[c * p + k] * matrix[c * p + k];
        }
        pivot = pivot > SINGULAR * diagonal ? sqrt(pivot) : INFINITY;
        matrix[c * p + c] = pivot;
        for (size_t r = c + 1; r < m; r++) {
            double sum = matrix[r * p + c];

            for (size_t k = 0; k < c; k++) {
                sum -= matrix[r * p + k] * matrix[c * p + k];
            }
            matrix[r * p + c] = sum / pivot;
        }
    }
}

/* factor x = b, for the leading m rows, in place */
static void
solve_lower(const double *factor, size_t p, size_t m, double *b)
{
    for (size_t r = 0; r < m; r++) {
        for (size_t k = 0; k < r; k++) {
            b[r] -= factor[r * p + k] * b[k];
        }
        b[r] /= factor[r * p + r];
    }
}

void
imr_rate_solve_upper(const double *factor, size_t p, size_t m, double *b)
{
    for (size_t r = m; r-- > 0;) {
        for (size_t k = r + 1; k < m; k++) {
            b[r] -= factor[k * p + r] * b[k];
        }
        b[r] /= factor[r * p + r];
    }
}

void
imr_rate_solve(const double *factor, size_t p, size_t m, double *b)
{
    solve_lower(factor, p, m, b);
    imr_rate_solve_upper(factor, p, m, b);
}

/* --- score and information ---------------------------------------------------------------------- */

/* The place of coordinate c among the variables. */
static size_t
variable_of(const imr_rate_climb_t *fit, size_t c)
{
    return c < fit->free ? c : c + (size_t) fit->joint;
}

/* Derivatives of the likelihood by the linear predictors. */
static void
derive_by_predictors(imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;

    if (fit->alpha > 0) {
        imr_rate_sum_rows(fit);
        return;
    }
    for (size_t g = 0; g < model->patterns; g++) {
        fit->weight[g] = fit->longest_mean[g] * model->shares[g];
        fit->residual[g] = model->events[g] - fit->weight[g];
    }
}

/* Score and information of all variables. */
static void
derive(imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;
    size_t n = model->patterns, p = model->p, width = p + 1, free = fit->free;
    double alpha = fit->alpha, *by_alpha = fit->factor + free * width;

    memset(fit->factor, 0, width * width * sizeof(double));
    derive_by_predictors(fit);
    for (size_t r = 0; r < p; r++) {
        const double *at = model->basis + r * n;
        size_t variable = variable_of(fit, r);
        double *row = fit->factor + variable * width;

        fit->score[variable] = imr_inner_product_in_parts(at, fit->residual, n);
        if (fit->joint) {
            *(r < free ? by_alpha + r : row + free) = imr_inner_product_in_parts(at, fit->cross, n);
        }
        for (size_t i = 0; i < n; i++) {
            fit->weighted[i] = at[i] * fit->weight[i];
        }
        for (size_t c = 0; c <= r; c++) {
            row[c < r ? c : variable] =
                imr_inner_product_in_parts(fit->weighted, model->basis + c * n, n);
        }
    }
    if (fit->joint) {
        imr_rate_alpha_t by = imr_rate_by_alpha(fit);

        /* a positive slope makes log alpha less concave, and vanishes at the maximum */
        fit->score[free] = alpha * by.slope;
        fit->alpha_rounding = alpha * by.rounding;
        by_alpha[free] = alpha * (alpha * by.information - fmin(by.slope, 0));
    }
}

void
imr_rate_standardise(imr_rate_climb_t *fit, size_t variables)
{
    size_t width = fit->model->p + 1;

    derive(fit);
    imr_rate_factor(fit->factor, width, variables);
    memcpy(fit->step, fit->score, variables * sizeof(double));
    memset(fit->step + variables, 0, (width - variables) * sizeof(double));
    solve_lower(fit->factor, width, variables, fit->step);
}

/* Where a row with events has a mean of almost 0 its weight may be lost, but not its score: along a coordinate
 * without a pivot but with a score the step is as long as for the least pivot. */
static void
keep_scores(imr_rate_climb_t *fit)
{
    size_t width = fit->model->p + 1;

    for (size_t c = 0; c < fit->free; c++) {
        double *row = fit->factor + c * width, score = fit->score[c], diagonal = 0;

        if (isfinite(row[c])) {
            continue;
        }
        for (size_t k = 0; k < c; k++) {
            score -= row[k] * fit->step[k];
            diagonal += row[k] * row[k];
        }
        if (fabs(score) > LOST * fit->model->total_events) {
            row[c] = sqrt(SINGULAR * fmax(diagonal, SINGULAR));
            fit->step[c] = score / row[c];
        }
    }
}

/* The step of Newton's method, and how far the score is from 0. */
static void
direction(imr_rate_climb_t *fit)
{
    size_t width = fit->model->p + 1, variables = fit->free + (size_t) fit->joint;

    imr_rate_standardise(fit, variables);
    keep_scores(fit);
    fit->decrement = 0;
    for (size_t c = 0; c < variables; c++) {
        fit->decrement += fit->step[c] * fit->step[c];
    }
    imr_rate_solve_upper(fit->factor, width, variables, fit->step);
}

double
imr_rate_changes(imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;
    size_t patterns = model->patterns;
    double largest = 0;

    for (size_t c = 0; c < model->p; c++) {
        largest += fabs(fit->step[variable_of(fit, c)]) * model->widest[c];
    }
    if (largest <= IMR_RATE_LITTLE) {
        return largest;
    }
    largest = 0;
    memset(fit->change, 0, patterns * sizeof(double));
    for (size_t c = 0; c < model->p; c++) {
        double step = fit->step[variable_of(fit, c)];

        for (size_t g = 0; step != 0 && g < patterns; g++) {
            fit->change[g] += model->basis[c * patterns + g] * step;
        }
    }
    for (size_t g = 0; g < patterns; g++) {
        double change = model->active[g] == 0 ? 0 : fabs(fit->change[g]);

        fit->change[g] = model->active[g] == 0 ? 0 : fit->change[g];
        largest = change > largest ? change : largest;
    }
    return largest;
}

/* Along the step no pattern with events changes and no other one rises: the means that fall can be 0. */
static int
runs_away(const imr_rate_climb_t *fit, double largest, double tolerance)
{
    if (!(largest > IMR_RATE_LITTLE)) {
        return 0;
    }
    for (size_t g = 0; g < fit->model->patterns; g++) {
        double change = fit->change[g];

        if ((fit->model->events[g] > 0 ? fabs(change) : change) > tolerance * largest) {
            return 0;
        }
    }
    return 1;
}

static void
leave_out(imr_rate_climb_t *fit, double largest, int record)
{
    imr_rate_regression_t *model = fit->model;

    for (size_t g = 0; g < model->patterns; g++) {
        if (fit->change[g] < -1e-4 * largest) {
            model->active[g] = 0;
        }
    }
    fit->at_alpha = NAN;
    model->infinite = model->infinite || record;
}

double
imr_rate_slack(const imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;

    return 1e-13 * (fabs(fit->loglik) + model->total_events + (double) model->n);
}

/* The decrement that is left where the score is 0 but for the rounding of the linear predictors: an error e
 * of those leaves at most the sum of weight e^2; and of the sums in the score of log alpha. */
static double
rounding_of(imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;
    size_t patterns = model->patterns;
    double *terms = fit->weighted, sum = 0;

    for (size_t g = 0; g < patterns; g++) {
        terms[g] = 4 + fabs(model->offset[g]);
    }
    for (size_t c = 0; c < model->p; c++) {
        for (size_t g = 0; g < patterns; g++) {
            terms[g] += fabs(fit->coordinates[c] * model->basis[c * patterns + g]);
        }
    }
    for (size_t g = 0; g < patterns; g++) {
        double error = DBL_EPSILON * terms[g];

        sum += fit->weight[g] * error * error;
    }
    if (fit->joint) {
        double error = fit->alpha_rounding / fit->factor[fit->free * (model->p + 2)];

        sum += error * error;
    }
    return sum;
}

int
imr_rate_move(imr_rate_climb_t *fit, double part, double least)
{
    double slack = imr_rate_slack(fit), alpha = fit->alpha;

    for (int halving = 0; halving < 40; halving++, part /= 2) {
        for (size_t c = 0; c < fit->model->p; c++) {
            fit->trial[c] = fit->coordinates[c] + part * fit->step[variable_of(fit, c)];
        }
        if (fit->joint) {
            fit->alpha = alpha * exp(part * fit->step[fit->free]);
        }
        if (imr_rate_evaluate(fit, fit->trial) && fit->loglik >= least - slack) {
            memcpy(fit->coordinates, fit->trial, fit->model->p * sizeof(double));
            return 1;
        }
    }
    fit->alpha = alpha;
    return 0;
}

/* Has log alpha been left where the likelihood is not concave in it, or far from where it began? */
static int
is_astray(const imr_rate_climb_t *fit, double start)
{
    size_t row = fit->free;

    return fit->joint
        && !(isfinite(fit->factor[row * (fit->model->p + 1) + row])
            && fabs(log(fit->alpha / start)) < 3);
}

/* Far out in a profile rounding of the means may keep the score from 0 for ever; only the likelihood is asked. */
static int
is_profile_of_huge(const imr_rate_climb_t *fit, int iteration)
{
    return fit->free < fit->model->p && iteration > 20;
}

int
imr_rate_climb(imr_rate_climb_t *fit, int record)
{
    imr_rate_regression_t *model = fit->model;
    double work = (double) model->n * (double) (model->p * model->p + 20), start = fit->alpha;

    if (!imr_rate_evaluate(fit, fit->coordinates)) {
        return IMR_ERR_NOCONV;
    }
    for (int iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
        double largest, most;

        if (imr_stop_asked(model->stop, work)) {
            return IMR_ERR_STOPPED;
        }
        model->iterations++;
        direction(fit);
        if (is_astray(fit, start)) {
            return IMR_ERR_NOCONV;
        }
        if (fit->decrement < fit->enough
            || (fit->decrement < imr_rate_slack(fit)
                && (is_profile_of_huge(fit, iteration) || fit->decrement < rounding_of(fit)))) {
            return IMR_OK;
        }
        largest = imr_rate_changes(fit);
        most = largest / fmax(5, iteration - 45.0); /* longer steps when the top is far away */
        if (fit->joint) {
            most = fmax(most, fabs(fit->step[fit->free]));
        }
        if (runs_away(fit, largest, iteration < 12 ? 1e-9 : 1e-7)) {
            leave_out(fit, largest, record);
            (void) imr_rate_evaluate(
                fit, fit->coordinates); /* fewer rows than the likelihood just had */
        } else if (!imr_rate_move(fit, fmin(1, 1 / most), fit->loglik)) {
            if (!imr_rate_evaluate(fit, fit->coordinates)
                || fit->decrement > 10 * imr_rate_slack(fit)) {
                return IMR_ERR_NOCONV;
            }
            direction(fit);
            return IMR_OK;
        }
    }
    return IMR_ERR_NOCONV;
}

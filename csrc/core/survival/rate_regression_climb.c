#include "survival/rate_regression_climb.h"

#include <math.h>
#include <string.h>

#include "base/solve.h"

#define MOST_ITERATIONS 500
#define SINGULAR 1e-13
#define SERIES_BELOW 0.05

size_t
imr_rate_work_size(size_t n, size_t p)
{
    return p * p + 4 * p + 2 * n;
}

void
imr_rate_climb_init(imr_rate_climb_t *fit, imr_rate_regression_t *model, size_t free)
{
    size_t n = model->n, p = model->p;

    memset(fit, 0, sizeof(*fit));
    fit->model = model;
    fit->free = free;
    fit->alpha = model->alpha;
    fit->coordinates = model->work;
    fit->step = fit->coordinates + p;
    fit->score = fit->step + p;
    fit->trial = fit->score + p;
    fit->factor = fit->trial + p;
    fit->mean = fit->factor + p * p;
    fit->residual = fit->mean + n;
    fit->table_alpha = 0;
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

/* factor' x = b, likewise */
static void
solve_upper(const double *factor, size_t p, size_t m, double *b)
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
    solve_upper(factor, p, m, b);
}

/* --- the likelihood ----------------------------------------------------------------------------- */

/* Likelihood and means at the coordinates; 0 where it is below all numbers. */
static int
evaluate(imr_rate_climb_t *fit, const double *coordinates)
{
    const imr_rate_regression_t *model = fit->model;
    size_t n = model->n;
    double alpha = fit->alpha, *eta = fit->mean, loglik;

    memcpy(eta, model->offset, n * sizeof(double));
    for (size_t c = 0; c < model->p; c++) {
        const double *column = model->basis + c * n;
        double at = coordinates[c];

        for (size_t i = 0; i < n; i++) {
            eta[i] += at * column[i];
        }
    }
    if (alpha != fit->table_alpha) {
        fit->table = 0;
        for (size_t j = 1; alpha > 0 && j < model->most; j++) {
            fit->table += model->above[j] * log1p((double) j * alpha);
        }
        fit->table_alpha = alpha;
    }
    loglik = fit->table;
    for (size_t i = 0; i < n; i++) {
        double y = model->count[i], mean = exp(eta[i]);

        if (model->active[i] == 0) {
            continue;
        }
        loglik += y * eta[i] - (alpha > 0 ? (y + 1 / alpha) * log1p(alpha * mean) : mean);
        fit->mean[i] = mean;
    }
    fit->loglik = loglik;
    return isfinite(loglik);
}

/* The step of Newton's method, and how far the score is from 0. */
static void
direction(imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;
    size_t n = model->n, p = model->p, m = fit->free;

    memset(fit->score, 0, p * sizeof(double));
    memset(fit->factor, 0, p * p * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        double y = model->count[i], mean = fit->mean[i], rest = 1 + fit->alpha * mean, weight;

        if (model->active[i] == 0) {
            fit->residual[i] = 0;
            continue;
        }
        fit->residual[i] = (y - mean) / rest;
        weight = mean * (1 + fit->alpha * y) / (rest * rest);
        for (size_t r = 0; r < m; r++) {
            double at = model->basis[r * n + i], part = weight * at;

            fit->score[r] += fit->residual[i] * at;
            for (size_t c = 0; c <= r; c++) {
                fit->factor[r * p + c] += part * model->basis[c * n + i];
            }
        }
    }
    imr_rate_factor(fit->factor, p, m);
    memcpy(fit->step, fit->score, p * sizeof(double));
    solve_lower(fit->factor, p, m, fit->step);
    fit->decrement = 0;
    for (size_t c = 0; c < m; c++) {
        fit->decrement += fit->step[c] * fit->step[c];
    }
    solve_upper(fit->factor, p, m, fit->step);
    for (size_t c = m; c < p; c++) {
        fit->step[c] = 0;
    }
}

/* The change of each linear predictor along the step, in place of the residuals; the largest one. */
static double
changes_of(imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;
    size_t n = model->n;
    double largest = 0;

    memset(fit->residual, 0, n * sizeof(double));
    for (size_t c = 0; c < fit->free; c++) {
        for (size_t i = 0; i < n; i++) {
            fit->residual[i] += model->basis[c * n + i] * fit->step[c];
        }
    }
    for (size_t i = 0; i < n; i++) {
        fit->residual[i] = model->active[i] == 0 ? 0 : fit->residual[i];
        largest = fmax(largest, fabs(fit->residual[i]));
    }
    return largest;
}

/* Along the step no row with events changes and no other one rises: the means that fall can be 0. */
static int
runs_away(const imr_rate_climb_t *fit, double largest, double tolerance)
{
    if (!(largest > 0.1)) {
        return 0;
    }
    for (size_t i = 0; i < fit->model->n; i++) {
        double change = fit->residual[i];

        if ((fit->model->count[i] > 0 ? fabs(change) : change) > tolerance * largest) {
            return 0;
        }
    }
    return 1;
}

static void
leave_out(imr_rate_climb_t *fit, double largest, int record)
{
    imr_rate_regression_t *model = fit->model;
    double most = 0;

    for (size_t i = 0; i < model->n; i++) {
        if (fit->residual[i] < -1e-4 * largest) {
            model->active[i] = 0;
        }
    }
    if (!record) {
        return;
    }
    model->infinite = 1;
    imr_rate_to_coefficients(model, fit->step);
    for (size_t c = 0; c < model->p; c++) {
        most = fmax(most, fabs(fit->step[c]));
    }
    for (size_t c = 0; c < model->p; c++) {
        if (model->direction[c] == 0 && fabs(fit->step[c]) > 1e-6 * most) {
            model->direction[c] = fit->step[c] > 0 ? 1 : -1;
        }
    }
}

/* What rounding may take off a sum of so many terms. */
static double
slack_of(const imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;

    return 1e-13 * (fabs(fit->loglik) + model->total_events + (double) model->n);
}

/* Tries parts of the step until the likelihood is no lower; 0 if none is. */
static int
take_step(imr_rate_climb_t *fit, double part, double start)
{
    double slack = slack_of(fit);

    for (int halving = 0; halving < 40; halving++, part /= 2) {
        for (size_t c = 0; c < fit->model->p; c++) {
            fit->trial[c] = fit->coordinates[c] + part * fit->step[c];
        }
        if (evaluate(fit, fit->trial) && fit->loglik >= start - slack) {
            memcpy(fit->coordinates, fit->trial, fit->model->p * sizeof(double));
            return 1;
        }
    }
    return 0;
}

int
imr_rate_climb(imr_rate_climb_t *fit, int record)
{
    imr_rate_regression_t *model = fit->model;
    double work = (double) model->n * (double) (model->p * model->p + 20);

    if (!evaluate(fit, fit->coordinates)) {
        return IMR_ERR_NOCONV;
    }
    for (int iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
        double largest;

        if (imr_stop_asked(model->stop, work)) {
            return IMR_ERR_STOPPED;
        }
        model->iterations++;
        direction(fit);
        if (fit->decrement < fit->enough) {
            return IMR_OK;
        }
        largest = changes_of(fit);
        if (runs_away(fit, largest, iteration < 12 ? 1e-9 : 1e-7)) {
            leave_out(fit, largest, record);
            (void) evaluate(fit, fit->coordinates); /* fewer rows than the likelihood just had */
        } else if (!take_step(fit, fmin(1, 5 / largest), fit->loglik)) {
            if (!evaluate(fit, fit->coordinates) || fit->decrement > 10 * slack_of(fit)) {
                return IMR_ERR_NOCONV;
            }
            direction(fit);
            return IMR_OK;
        }
    }
    return IMR_ERR_NOCONV;
}

/* --- alpha -------------------------------------------------------------------------------------- */

/* {log(1 + u) - u / (1 + u)} / u^2 */
static double
first_ratio(double u)
{
    double sum = 0, power = 1;

    if (u > SERIES_BELOW) {
        return (log1p(u) - u / (1 + u)) / (u * u);
    }
    for (int k = 2; k < 16; k++) {
        sum += power * (1 - 1.0 / k);
        power *= -u;
    }
    return sum;
}

/* {-2 log(1 + u) + 2 u / (1 + u) + u^2 / (1 + u)^2} / u^3 */
static double
second_ratio(double u)
{
    double share = u / (1 + u), sum = 0, power = -1;

    if (u > SERIES_BELOW) {
        return (2 * (share - log1p(u)) + share * share) / (u * u * u);
    }
    for (int k = 3; k < 17; k++) {
        sum += power * (k - 1) * (k - 2) / k;
        power *= -u;
    }
    return sum;
}

double
imr_rate_alpha_slope(const imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;
    double alpha = fit->alpha, slope = 0;

    for (size_t j = 1; j < model->most; j++) {
        slope += model->above[j] * (double) j / (1 + (double) j * alpha);
    }
    for (size_t i = 0; i < model->n; i++) {
        double mean = fit->mean[i], u = alpha * mean;

        if (model->active[i] != 0) {
            slope += mean * (mean * first_ratio(u) - model->count[i] / (1 + u));
        }
    }
    return slope;
}

double
imr_rate_alpha_information(const imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;
    double alpha = fit->alpha, information = 0;

    for (size_t j = 1; j < model->most; j++) {
        double part = (double) j / (1 + (double) j * alpha);

        information += model->above[j] * part * part;
    }
    for (size_t i = 0; i < model->n; i++) {
        double mean = fit->mean[i], u = alpha * mean, part = mean / (1 + u);

        if (model->active[i] != 0) {
            information -= mean * mean * mean * second_ratio(u) + model->count[i] * part * part;
        }
    }
    return information;
}

typedef struct {
    imr_rate_climb_t *fit;
    int record;
    int *status;
} alpha_job_t;

/* The slope of the profile in log alpha; 0 where only rounding tells it from that. */
static double
slope_at(double log_alpha, const void *context)
{
    const alpha_job_t *job = context;
    double slope;

    if (*job->status != IMR_OK) {
        return NAN;
    }
    job->fit->alpha = exp(log_alpha);
    *job->status = imr_rate_climb(job->fit, job->record);
    if (*job->status != IMR_OK) {
        return NAN;
    }
    slope = imr_rate_alpha_slope(job->fit);
    if (slope * slope < job->fit->enough * imr_rate_alpha_information(job->fit)) {
        return 0;
    }
    return job->fit->alpha * slope;
}

/* To Poisson: *rises is 0 when the likelihood falls from there on, and otherwise *moments is a first
 * guess at alpha. */
static int
climb_poisson(imr_rate_climb_t *fit, int record, int *rises, double *moments)
{
    const imr_rate_regression_t *model = fit->model;
    double slope, squares = 0;
    int ret;

    fit->alpha = 0;
    ret = imr_rate_climb(fit, record);
    if (ret != IMR_OK) {
        return ret;
    }
    slope = imr_rate_alpha_slope(fit);
    for (size_t i = 0; i < model->n; i++) {
        squares += model->active[i] == 0 ? 0 : fit->mean[i] * fit->mean[i];
    }
    *rises = slope > 1e-12 * squares;
    *moments = 2 * slope / squares;
    return IMR_OK;
}

/* Minus the second derivative of the profile in alpha, by the information that the climb ended with. */
static double
profile_information(imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;
    size_t n = model->n, p = model->p;
    double information = imr_rate_alpha_information(fit);

    memset(fit->score, 0, p * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        double rest = 1 + fit->alpha * fit->mean[i];
        double cross = (model->count[i] - fit->mean[i]) * fit->mean[i] / (rest * rest);

        for (size_t c = 0; c < fit->free && model->active[i] != 0; c++) {
            fit->score[c] += cross * model->basis[c * n + i];
        }
    }
    solve_lower(fit->factor, p, fit->free, fit->score);
    for (size_t c = 0; c < fit->free; c++) {
        information -= fit->score[c] * fit->score[c];
    }
    return information;
}

/* Newton's method in log alpha; *found is 0 where it does not soon end at a maximum. */
static int
newton_alpha(imr_rate_climb_t *fit, int record, int *found)
{
    double start = fit->alpha;

    *found = 0;
    for (int iteration = 0; iteration < 12; iteration++) {
        double slope, curvature, step;
        int ret = imr_rate_climb(fit, record);

        if (ret != IMR_OK) {
            return ret;
        }
        slope = imr_rate_alpha_slope(fit);
        curvature = fit->alpha * profile_information(fit) - slope;
        step = slope / curvature;
        if (!(curvature > 0 && fabs(step) < 1 && fabs(log(fit->alpha / start)) < 3)) {
            break;
        }
        if (slope * slope < fit->enough * imr_rate_alpha_information(fit)) {
            *found = 1;
            return IMR_OK;
        }
        fit->alpha *= exp(step);
    }
    fit->alpha = start;
    return IMR_OK;
}

int
imr_rate_climb_alpha(imr_rate_climb_t *fit, int record)
{
    const imr_rate_regression_t *model = fit->model;
    double at, before, far, step = 0.5, least, moments = 0;
    int status = IMR_OK, found, rises = 1, up;
    alpha_job_t job = { fit, record, &status };

    if (!(fit->alpha > 0)) {
        status = climb_poisson(fit, record, &rises, &moments);
        if (status != IMR_OK || !rises) {
            return status;
        }
        fit->alpha = moments;
    }
    status = newton_alpha(fit, record, &found);
    if (status != IMR_OK || found) {
        return status;
    }
    least = log(1e-9 * (double) model->n / model->total_events);
    at = fmax(log(fit->alpha), least);
    before = at;
    far = slope_at(at, &job);
    up = far > 0;
    for (; far != 0 && (far > 0) == up && !isnan(far); step *= 2) {
        if (!up && at <= least) {
            return climb_poisson(fit, record, &rises, &moments);
        }
        before = at;
        at = up ? at + step : fmax(at - step, least);
        far = at < 700 ? slope_at(at, &job) : NAN;
    }
    if (far == 0) {
        return IMR_OK;
    }
    if (isnan(far)) {
        return status == IMR_OK ? IMR_ERR_NOCONV : status;
    }
    found = imr_solve_bracketed(slope_at, &job, at, before, 1e-13, &at);
    if (found == IMR_ERR_NO_SIGN_CHANGE) { /* seen before: an end is the root, but for rounding */
        at = fabs(slope_at(at, &job)) < fabs(slope_at(before, &job)) ? at : before;
        found = IMR_OK;
    }
    if (status != IMR_OK || found != IMR_OK) {
        return status != IMR_OK ? status : found;
    }
    (void) slope_at(at, &job);
    return status;
}

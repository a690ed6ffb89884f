/* The likelihood in alpha, and climbs in which it moves. */
#include <math.h>
#include <string.h>

#include "base/solve.h"
#include "survival/rate_regression_climb.h"

#define SERIES_BELOW 0.05

/* {log(1 + u) - u / (1 + u)} / u^2 for small u */
static double
first_ratio(double u)
{
    double sum = 0, power = 1;

    for (int k = 2; k < 16; k++) {
        sum += power * (1 - 1.0 / k);
        power *= -u;
    }
    return sum;
}

/* {-2 log(1 + u) + 2 u / (1 + u) + u^2 / (1 + u)^2} / u^3 for small u */
static double
second_ratio(double u)
{
    double sum = 0, power = -1;

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
    double alpha = fit->alpha, slope = 0, large = 0;

    for (size_t j = 1; j < model->most; j++) {
        slope += model->above[j] * (double) j / (1 + (double) j * alpha);
    }
    for (size_t i = 0; i < model->n; i++) {
        double mean = fit->mean[i], u = alpha * mean, part = mean / (1 + u);

        slope -= model->count[i] * part;
        if (u > SERIES_BELOW) {
            large += fit->log_rest[i] - alpha * part;
        } else {
            slope += mean * mean * first_ratio(u);
        }
    }
    return large > 0 ? slope + large / (alpha * alpha) : slope;
}

double
imr_rate_alpha_information(const imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;
    double alpha = fit->alpha, information = 0, large = 0;

    for (size_t j = 1; j < model->most; j++) {
        double part = (double) j / (1 + (double) j * alpha);

        information += model->above[j] * part * part;
    }
    for (size_t i = 0; i < model->n; i++) {
        double mean = fit->mean[i], u = alpha * mean, part = mean / (1 + u), share = alpha * part;

        information -= model->count[i] * part * part;
        if (u > SERIES_BELOW) {
            large += 2 * (fit->log_rest[i] - share) - share * share;
        } else {
            information -= mean * mean * mean * second_ratio(u);
        }
    }
    return large > 0 ? information + large / (alpha * alpha * alpha) : information;
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

/* From Poisson's means a first guess at alpha: 0 where the likelihood falls from Poisson on. */
static double
alpha_of_moments(const imr_rate_climb_t *fit)
{
    double slope = imr_rate_alpha_slope(fit), squares = 0;

    for (size_t i = 0; i < fit->model->n; i++) {
        squares += fit->mean[i] * fit->mean[i];
    }
    return slope > 1e-12 * squares ? 2 * slope / squares : 0;
}

int
imr_rate_climb_alpha(imr_rate_climb_t *fit, int record)
{
    const imr_rate_regression_t *model = fit->model;
    double at, before, far, step = 0.5, least, start;
    int status = IMR_OK, found, up;
    alpha_job_t job = { fit, record, &status };

    if (!(fit->alpha > 0)) {
        fit->alpha = 0;
        status = imr_rate_climb(fit, record);
        if (status == IMR_OK) {
            fit->alpha = alpha_of_moments(fit);
        }
        if (!(fit->alpha > 0)) {
            return status;
        }
    }
    start = fit->alpha;
    memcpy(fit->begin, fit->coordinates, model->p * sizeof(double));
    fit->joint = 1;
    status = imr_rate_climb(fit, record);
    fit->joint = 0;
    if (status != IMR_ERR_NOCONV) {
        return status;
    }
    status = IMR_OK;
    fit->alpha = start;
    memcpy(fit->coordinates, fit->begin, model->p * sizeof(double));
    least = log(1e-9 * (double) model->n / model->total_events);
    at = fmax(log(fit->alpha), least);
    before = at;
    far = slope_at(at, &job);
    up = far > 0;
    for (; far != 0 && (far > 0) == up && !isnan(far); step *= 2) {
        if (!up && at <= least) {
            fit->alpha = 0;
            return imr_rate_climb(fit, record);
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

int
imr_rate_climb_from_poisson(imr_rate_climb_t *fit, int record)
{
    const imr_rate_regression_t *model = fit->model;
    double unit = (double) model->n / model->total_events, poisson;
    int ret;

    fit->alpha = 0;
    ret = imr_rate_climb_alpha(fit, record);
    poisson = fit->loglik;
    memcpy(fit->poisson, fit->coordinates, model->p * sizeof(double));
    for (double guess = 0.5; guess < 10 && fit->alpha == 0 && ret == IMR_OK; guess *= 10) {
        fit->alpha = guess * unit;
        ret = imr_rate_climb(fit, 0);
        if (ret == IMR_OK && (imr_rate_alpha_slope(fit) > 0 || fit->loglik > poisson)) {
            ret = imr_rate_climb_alpha(fit, 0);
        }
        if (ret == IMR_OK && !(fit->loglik > poisson)) {
            memcpy(fit->coordinates, fit->poisson, model->p * sizeof(double));
            fit->alpha = 0;
            ret = imr_rate_climb(fit, 0);
        }
    }
    return ret;
}

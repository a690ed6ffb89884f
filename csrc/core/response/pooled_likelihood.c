#include "response/pooled_likelihood.h"

#include <math.h>
#include <string.h>

#define MOST IMR_POOLED_MOST_TERMS
#define SIDE (IMR_POOLED_MOST_TERMS + 1)

/* The parameters are the coefficients and, unless it is held at 0, the heterogeneity: the standard
 * deviation of the log-odds, or the log-odds of the correlation within a series. */
typedef struct {
    const imr_series_t *series;
    int glmm;
    int homogeneous;
    int nodes;
    double node[IMR_POOLED_MOST_NODES], log_weight[IMR_POOLED_MOST_NODES];
} model_t;

/* Gauss-Hermite nodes for exp(-t^2), by Newton on the orthonormal Hermite functions. The weights are
 * those of the integrand itself: w exp(t^2). */
static void
quadrature(model_t *model)
{
    int m = model->nodes;

    for (int i = 0; i < m; i++) {
        /* the zeros interlace with a cosine grid: close enough for a bracketed Newton */
        double low = -sqrt(2.0 * m + 1), high = -low, t, slope = 1;
        int before;

        for (int halving = 0; halving < 60; halving++) {
            double older = 0, old = 1; /* Sturm: sign changes count the zeros above t */

            t = (low + high) / 2;
            before = 0;
            for (int j = 0; j < m; j++) {
                double next = t * sqrt(2.0 / (j + 1)) * old - sqrt((double) j / (j + 1)) * older;

                before += (next < 0) != (old < 0);
                older = old;
                old = next;
            }
            slope = sqrt(2.0 * m) * older;
            if (before > i) {
                low = t;
            } else {
                high = t;
            }
        }
        t = (low + high) / 2;
        model->node[i] = t;
        /* w = 2 / (h')^2 for polynomials normalised to 1 / pi^(1/4) */
        model->log_weight[i] = log(2) + 0.5 * log(acos(-1)) - 2 * log(fabs(slope)) + t * t;
    }
}

static double
log_sigmoid(double eta)
{
    return fmin(eta, 0) - log1p(exp(-fabs(eta)));
}

/* log of the integral of Bin(x | n, eta + sigma z) over the standard normal z, without the binomial
 * coefficient; adaptive about the mode of the integrand. */
static double
mixed_term(const model_t *model, double x, double rest, double eta, double sigma)
{
    double z = 0, n = x + rest, curvature = 1, sum = 0, top, scale;
    double low = -fabs(sigma) * n, high = fabs(sigma) * n; /* the slope changes sign between */

    for (int i = 0; i < 200; i++) {
        double rate = 1 / (1 + exp(-(eta + sigma * z)));
        double slope = sigma * (x - n * rate) - z, step;

        curvature = 1 + sigma * sigma * n * rate * (1 - rate);
        step = slope / curvature;
        if (fabs(step) < 1e-11) {
            break;
        }
        low = slope > 0 ? z : low;
        high = slope > 0 ? high : z;
        z = z + step > low && z + step < high ? z + step : (low + high) / 2;
    }
    scale = sqrt(2 / curvature);
    top = n * log_sigmoid(eta + sigma * z) - rest * (eta + sigma * z) - z * z / 2;
    for (int i = 0; i < model->nodes; i++) {
        double at = z + scale * model->node[i], shifted = eta + sigma * at;

        sum += exp(
            n * log_sigmoid(shifted) - rest * shifted - at * at / 2 - top + model->log_weight[i]);
    }
    return top + log(sum * scale) - 0.5 * log(2 * acos(-1));
}

/* The beta-binomial term by its products, which hold for a correlation of 0 as well. */
static double
beta_binomial_term(int64_t x, int64_t n, double eta, double correlation)
{
    double rate = 1 / (1 + exp(-eta)), rest = 1 / (1 + exp(eta)), apart = 1 - correlation;
    double value = 0;

    for (int64_t j = 0; j < n; j++) {
        double shift = (double) j * correlation;

        value -= log(apart + shift);
        value += j < x ? log(rate * apart + shift) : 0;
        value += j < n - x ? log(rest * apart + shift) : 0;
    }
    return value;
}

static double
loglik(const model_t *model, const double *parameter)
{
    const imr_series_t *series = model->series;
    size_t p = series->p;
    double value = 0, spread = model->homogeneous ? 0 : parameter[p];

    if (!model->glmm && !model->homogeneous) {
        spread = 1 / (1 + exp(-spread));
    }
    for (size_t i = 0; i < series->k; i++) {
        double eta = 0, x = (double) series->events[i], n = (double) series->n[i];

        for (size_t c = 0; c < p; c++) {
            eta += series->design[i * p + c] * parameter[c];
        }
        if (model->homogeneous) {
            value += x * log_sigmoid(eta) + (n - x) * log_sigmoid(-eta);
        } else if (model->glmm) {
            value += mixed_term(model, x, n - x, eta, spread);
        } else {
            value += beta_binomial_term(series->events[i], series->n[i], eta, spread);
        }
    }
    return value;
}

/* Slope and (negative) curvature by central differences. */
static void
differences(const model_t *model, const double *at, size_t d, double centre, double *slope,
    double *curvature)
{
    double point[SIDE], up[SIDE], h = 2e-4;

    memcpy(point, at, d * sizeof(double));
    for (size_t r = 0; r < d; r++) {
        double down;

        point[r] = at[r] + h;
        up[r] = loglik(model, point);
        point[r] = at[r] - h;
        down = loglik(model, point);
        point[r] = at[r];
        slope[r] = (up[r] - down) / (2 * h);
        curvature[r * SIDE + r] = -(up[r] - 2 * centre + down) / (h * h);
    }
    for (size_t r = 0; r < d; r++) {
        for (size_t c = 0; c < r; c++) {
            double corner[4], value;

            for (int q = 0; q < 4; q++) {
                point[r] = at[r] + (q & 1 ? h : -h);
                point[c] = at[c] + (q & 2 ? h : -h);
                corner[q] = loglik(model, point);
            }
            point[r] = at[r];
            point[c] = at[c];
            value = -(corner[3] - corner[1] - corner[2] + corner[0]) / (4 * h * h);
            curvature[r * SIDE + c] = curvature[c * SIDE + r] = value;
        }
    }
}

/* Climbs with steps of Newton, shortened where the surface is not concave; leaves the inverse of the
 * curvature of the peak. */
static int
climb(const model_t *model, double *at, size_t d, double *best, double *inverse)
{
    double slope[SIDE], curvature[SIDE * SIDE] = { 0 }, ridged[SIDE * SIDE], trial[SIDE], ridge = 0;

    *best = loglik(model, at);
    for (int iteration = 0; iteration < 200; iteration++) {
        double gain = 0, value = -INFINITY, largest = 0;

        differences(model, at, d, *best, slope, curvature);
        for (int attempt = 0; attempt < 60; attempt++) {
            memcpy(ridged, curvature, sizeof(ridged));
            for (size_t r = 0; r < d; r++) {
                ridged[r * SIDE + r] += ridge;
            }
            if (imr_pooled_invert(ridged, d, inverse)) {
                gain = largest = 0;
                for (size_t r = 0; r < d; r++) {
                    double step = 0;

                    for (size_t c = 0; c < d; c++) {
                        step += inverse[r * SIDE + c] * slope[c];
                    }
                    gain += step * slope[r];
                    largest = fmax(largest, fabs(step));
                    trial[r] = at[r] + step;
                }
                if (gain < 1e-13 && ridge <= 0) {
                    return IMR_OK;
                }
                value = largest < 3 ? loglik(model, trial) : -INFINITY;
                if (value >= *best) {
                    break;
                }
                if (gain < 1e-9 && ridge <= 0) {
                    return IMR_OK; /* rounding of the differences */
                }
            }
            ridge = ridge > 0 ? 4 * ridge : 1e-3;
        }
        if (!(value >= *best)) {
            return IMR_ERR_NOCONV;
        }
        memcpy(at, trial, d * sizeof(double));
        *best = value;
        ridge = ridge > 1e-3 ? ridge / 16 : 0;
        if (fabs(at[d - 1]) > (model->glmm ? 40 : 9) || fabs(at[0]) > 300) {
            return IMR_ERR_HETEROGENEITY;
        }
    }
    return IMR_ERR_NOCONV;
}

int
imr_pooled_likelihood(const imr_series_t *series, const imr_pooled_options_t *options,
    imr_pooled_t *result, imr_fault_t *fault)
{
    model_t model = { .series = series,
        .glmm = options->method == IMR_POOLED_GLMM,
        .homogeneous = 1,
        .nodes = options->nodes };
    double at[SIDE] = { 0 }, inverse[SIDE * SIDE], common[SIDE], common_inverse[SIDE * SIDE];
    double common_loglik, best;
    size_t p = series->p;
    int ret = climb(&model, at, p, &common_loglik, common_inverse);

    if (ret != IMR_OK) {
        return imr_fault(fault, IMR_ERR_MODERATORS, "moderators", -1, NAN);
    }
    memcpy(common, at, sizeof(common));
    model.homogeneous = 0;
    quadrature(&model);
    at[p] = model.glmm ? 1 : -1;
    ret = climb(&model, at, p + 1, &best, inverse);
    if (ret == IMR_ERR_HETEROGENEITY && !model.glmm && at[p] < 0) {
        best = -INFINITY; /* the correlation went to 0 */
        ret = IMR_OK;
    }
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, "events", -1, NAN);
    }
    if (series->k == 1 || best < common_loglik + 1e-9) { /* no heterogeneity */
        memcpy(at, common, sizeof(common));
        memcpy(inverse, common_inverse, sizeof(inverse));
        best = common_loglik;
        at[p] = model.glmm ? 0 : -INFINITY;
    }
    result->loglik = best;
    result->tau2 = model.glmm ? at[p] * at[p] : NAN;
    result->correlation = model.glmm ? NAN : 1 / (1 + exp(-at[p]));
    for (size_t r = 0; r < p; r++) {
        result->coef[r] = at[r];
        for (size_t c = 0; c < p; c++) {
            result->covariance[r * MOST + c] = inverse[r * SIDE + c];
        }
    }
    return IMR_OK;
}

#include "recovery/aplasia_duration.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

#include "base/distribution.h"
#include "base/quantile.h"
#include "base/special.h"

const imr_aplasia_node_t imr_aplasia_few_nodes[IMR_APLASIA_FEW_NODES] = {
    { 0.019855071751231912, 0.05061426814518853 },
    { 0.10166676129318664, 0.11119051722668721 },
    { 0.2372337950418355, 0.15685332293894344 },
    { 0.4082826787521751, 0.18134189168918083 },
    { 0.5917173212478248, 0.18134189168918083 },
    { 0.7627662049581645, 0.15685332293894344 },
    { 0.8983332387068134, 0.11119051722668721 },
    { 0.9801449282487681, 0.05061426814518853 },
};

const imr_aplasia_node_t imr_aplasia_nodes[IMR_APLASIA_NODES] = {
    { 0.003435700407452502, 0.008807003569575447 },
    { 0.018014036361043095, 0.020300714900193223 },
    { 0.04388278587433703, 0.031336024167054395 },
    { 0.08044151408889061, 0.04163837078835236 },
    { 0.1268340467699246, 0.05096505990862035 },
    { 0.1819731596367425, 0.0590972659807593 },
    { 0.24456649902458644, 0.06584431922458844 },
    { 0.3131469556422902, 0.0710480546591912 },
    { 0.38610707442917747, 0.07458649323630212 },
    { 0.46173673943325133, 0.07637669356536314 },
    { 0.5382632605667487, 0.07637669356536314 },
    { 0.6138929255708225, 0.07458649323630212 },
    { 0.6868530443577098, 0.0710480546591912 },
    { 0.7554335009754136, 0.06584431922458844 },
    { 0.8180268403632576, 0.0590972659807593 },
    { 0.8731659532300754, 0.05096505990862035 },
    { 0.9195584859111094, 0.04163837078835236 },
    { 0.956117214125663, 0.031336024167054395 },
    { 0.981985963638957, 0.020300714900193223 },
    { 0.9965642995925474, 0.008807003569575447 },
};

/* exp of more than this is infinite, or its exp(-exp) 0 */
#define FAR 700

imr_aplasia_w_t
imr_aplasia_w(imr_aplasia_distribution_t distribution, double theta)
{
    imr_aplasia_w_t w = { .distribution = distribution, .theta = theta };

    if (distribution == IMR_APLASIA_GAMMA_DURATION) {
        w.gamma = imr_gamma_shape(theta * theta);
    }
    return w;
}

/* Of a gamma duration of mean 1 at log duration y = z / theta: k log k - log gamma(k) + k (y - exp(y)),
 * less log theta as the density is one of z. */
static imr_aplasia_log_density_t
log_density_of_gamma(const imr_aplasia_w_t *w, double z)
{
    const imr_gamma_shape_t *g = &w->gamma;
    double theta = w->theta, y = z / theta, e = exp(fmin(FAR, y)),
           rest = g->log_k + 1 - g->psi + y - e;

    return (imr_aplasia_log_density_t) {
        .value = g->k * (g->log_k + y - e) - g->log_gamma - log(theta),
        .slope = theta * (1 - e),
        .bend = -e,
        .theta = theta * (2 * rest - y * (1 - e)) - 1 / theta,
        .theta_theta =
            2 * rest + 4 * (1 - g->k * g->psi_1) - 2 * y * (1 - e) - y * y * e + 1 / g->k,
        .z_theta = 1 - e + y * e,
    };
}

static imr_aplasia_point_t
point_of_gamma(const imr_aplasia_w_t *w, double z)
{
    const imr_gamma_shape_t *g = &w->gamma;
    double theta = w->theta, y = z / theta, log_x = g->log_k + y, x = exp(fmin(FAR, log_x));
    imr_gamma_point_t tail = imr_gamma_point(g, x);
    imr_aplasia_log_density_t d = log_density_of_gamma(w, z);
    imr_aplasia_point_t p = { .lower = tail.lower, .upper = tail.upper };

    p.density = exp(d.value);
    if (!(p.density > 0)) {
        return p;
    }
    p.bend = p.density * d.slope;
    p.z_theta = p.density * d.theta;
    /* x moves with theta at (2 - y) / theta of itself */
    p.theta = 2 * theta * tail.slope + p.density * (2 - y);
    p.theta_theta = 2 * tail.slope + 4 * g->k * tail.bend
        + p.density * ((2 - y) * (2 * theta * (log_x - g->psi) + d.theta) + y / theta);
    return p;
}

imr_aplasia_point_t
imr_aplasia_point(const imr_aplasia_w_t *w, double z)
{
    imr_aplasia_point_t p = { 0 };
    double e;

    z = fmax(-FAR, fmin(FAR, z));
    switch (w->distribution) {
        case IMR_APLASIA_WEIBULL:
            e = exp(z);
            p.upper = exp(-e);
            p.lower = -expm1(-e);
            p.density = e > FAR ? 0 : e * p.upper;
            p.bend = p.density > 0 ? p.density * (1 - e) : 0;
            return p;
        case IMR_APLASIA_LOGNORMAL:
            p.lower = imr_normal_lower(z);
            p.upper = imr_normal_lower(-z);
            p.density = exp(-0.5 * z * z) * 0.3989422804014327; /* 1 / sqrt(2 pi) */
            p.bend = -z * p.density;
            return p;
        case IMR_APLASIA_GAMMA_DURATION:
            return point_of_gamma(w, z);
        case IMR_APLASIA_LOGLOGISTIC:
        default:
            p.lower = 1 / (1 + exp(-z));
            p.upper = 1 / (1 + exp(z));
            p.density = p.lower * p.upper;
            p.bend = p.density * (p.upper - p.lower);
            return p;
    }
}

imr_aplasia_log_density_t
imr_aplasia_log_density(const imr_aplasia_w_t *w, double z)
{
    imr_aplasia_point_t p = { 0 };
    double e;

    z = fmax(-FAR, fmin(FAR, z));
    switch (w->distribution) {
        case IMR_APLASIA_WEIBULL:
            e = exp(z);
            return (imr_aplasia_log_density_t) { z - e, 1 - e, -e, 0, 0, 0 };
        case IMR_APLASIA_LOGNORMAL:
            return (
                imr_aplasia_log_density_t) { -0.5 * z * z - 0.9189385332046727, -z, -1, 0, 0, 0 };
        case IMR_APLASIA_GAMMA_DURATION:
            return log_density_of_gamma(w, z);
        case IMR_APLASIA_LOGLOGISTIC:
        default:
            p = imr_aplasia_point(w, z);
            return (imr_aplasia_log_density_t) { -fabs(z) - 2 * log1p(exp(-fabs(z))),
                p.upper - p.lower, -2 * p.density, 0, 0, 0 };
    }
}

static double
z_of_gamma(const imr_aplasia_w_t *w, double lower, double upper)
{
    double x = 0;
    int status = lower < upper ? imr_quantile_gamma(lower, w->gamma.k, 1, &x)
                               : imr_quantile_gamma_upper(upper, w->gamma.k, 1, &x);

    if (status != IMR_OK) { /* a tail of 0 */
        return lower < upper ? -INFINITY : INFINITY;
    }
    return w->theta * (log(x) - w->gamma.log_k);
}

double
imr_aplasia_z(const imr_aplasia_w_t *w, double lower, double upper)
{
    double z = 0;

    switch (w->distribution) {
        case IMR_APLASIA_WEIBULL:
            return log(lower < 0.5 ? -log1p(-lower) : -log(upper));
        case IMR_APLASIA_LOGNORMAL:
            if (imr_quantile_normal(lower < upper ? lower : upper, &z) != IMR_OK) {
                z = -INFINITY; /* a tail of 0 */
            }
            return lower < upper ? z : -z;
        case IMR_APLASIA_GAMMA_DURATION:
            return z_of_gamma(w, lower, upper);
        case IMR_APLASIA_LOGLOGISTIC:
        default:
            return log(lower / upper);
    }
}

double
imr_aplasia_log_mean(imr_aplasia_distribution_t distribution, double sigma)
{
    switch (distribution) {
        case IMR_APLASIA_WEIBULL:
            return gsl_sf_lngamma(1 + sigma);
        case IMR_APLASIA_LOGNORMAL:
            return 0.5 * sigma * sigma;
        case IMR_APLASIA_GAMMA_DURATION:
            return 0; /* mu is the logarithm of the mean */
        case IMR_APLASIA_LOGLOGISTIC:
        default:
            return sigma < 1 ? log(M_PI * sigma / sin(M_PI * sigma)) : INFINITY;
    }
}

/* The integral of 1 / (1 + t^(1/sigma)) up to `end`, over end: in log t, by panels. */
static double
restricted_loglogistic(double sigma, double end)
{
    double total = 0, last = log(end), panel = 2 * fmin(1, sigma);
    /* later durations are too few to add to it */
    double start = sigma < 1 ? fmin(last, 40 * sigma / (1 - sigma)) : last;

    for (double from = start; from > fmin(start, 0) - 40; from -= panel) {
        double part = 0;

        if (from < -40 * sigma) { /* the curve is 1 from here on down */
            return total + exp(from - last);
        }
        for (int i = 0; i < IMR_APLASIA_NODES; i++) {
            double y = from - panel * imr_aplasia_nodes[i].at;

            part += imr_aplasia_nodes[i].weight * exp(y - last) / (1 + exp(fmin(FAR, y / sigma)));
        }
        total += panel * part;
    }
    return total;
}

/* The share of the mean that shorter durations than exp(mu + sigma z) give. */
static double
early_share(imr_aplasia_distribution_t distribution, double sigma, double z)
{
    double early = 1, shape = 1 / (sigma * sigma);
    int status = IMR_OK;

    if (distribution == IMR_APLASIA_WEIBULL) {
        status = imr_gamma_cdf(exp(fmin(FAR, z)), 1 + sigma, 1, &early);
    } else if (distribution == IMR_APLASIA_GAMMA_DURATION) {
        status = imr_gamma_cdf(shape * exp(fmin(FAR, sigma * z)), 1 + shape, 1, &early);
    } else {
        early = imr_normal_lower(z - sigma);
    }
    return status == IMR_OK ? early : 1;
}

double
imr_aplasia_restricted(
    imr_aplasia_distribution_t distribution, double mu, double sigma, double horizon)
{
    imr_aplasia_w_t w = imr_aplasia_w(distribution, 1 / sigma);
    double end = log(horizon) - mu, z = end / sigma, upper = imr_aplasia_point(&w, z).upper, early;
    double log_mean = imr_aplasia_log_mean(distribution, sigma);

    if (distribution == IMR_APLASIA_LOGLOGISTIC) {
        return fmin(1, restricted_loglogistic(sigma, exp(fmax(-FAR, fmin(FAR, end)))));
    }
    early = early_share(distribution, sigma, z);
    /* exp(log_mean - end) * early is at most 1 */
    return fmin(1, upper + (early > 0 ? exp(log_mean - end + log(early)) : 0));
}

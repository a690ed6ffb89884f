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

imr_aplasia_point_t
imr_aplasia_point(imr_aplasia_distribution_t distribution, double z)
{
    imr_aplasia_point_t p;
    double e;

    z = fmax(-FAR, fmin(FAR, z));
    switch (distribution) {
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
imr_aplasia_log_density(imr_aplasia_distribution_t distribution, double z)
{
    imr_aplasia_point_t p;
    double e;

    z = fmax(-FAR, fmin(FAR, z));
    switch (distribution) {
        case IMR_APLASIA_WEIBULL:
            e = exp(z);
            return (imr_aplasia_log_density_t) { z - e, 1 - e, -e };
        case IMR_APLASIA_LOGNORMAL:
            return (imr_aplasia_log_density_t) { -0.5 * z * z - 0.9189385332046727, -z, -1 };
        case IMR_APLASIA_LOGLOGISTIC:
        default:
            p = imr_aplasia_point(IMR_APLASIA_LOGLOGISTIC, z);
            return (imr_aplasia_log_density_t) { -fabs(z) - 2 * log1p(exp(-fabs(z))),
                p.upper - p.lower, -2 * p.density };
    }
}

double
imr_aplasia_z(imr_aplasia_distribution_t distribution, double lower, double upper)
{
    double z = 0;

    switch (distribution) {
        case IMR_APLASIA_WEIBULL:
            return log(lower < 0.5 ? -log1p(-lower) : -log(upper));
        case IMR_APLASIA_LOGNORMAL:
            if (imr_quantile_normal(lower < upper ? lower : upper, &z) != IMR_OK) {
                z = -INFINITY; /* a tail of 0 */
            }
            return lower < upper ? z : -z;
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

    for (double from = last; from > last - 40; from -= panel) {
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

double
imr_aplasia_restricted(
    imr_aplasia_distribution_t distribution, double mu, double sigma, double horizon)
{
    double end = log(horizon) - mu, z = end / sigma, early = 0;
    double upper = imr_aplasia_point(distribution, z).upper;
    double log_mean = imr_aplasia_log_mean(distribution, sigma);

    if (distribution == IMR_APLASIA_LOGLOGISTIC) {
        return fmin(1, restricted_loglogistic(sigma, exp(fmax(-FAR, fmin(FAR, end)))));
    }
    if (distribution == IMR_APLASIA_WEIBULL) {
        if (imr_gamma_cdf(exp(fmin(FAR, z)), 1 + sigma, 1, &early) != IMR_OK) {
            early = 1;
        }
    } else {
        early = imr_normal_lower(z - sigma);
    }
    /* exp(log_mean - end) * early is at most 1 */
    return fmin(1, upper + (early > 0 ? exp(log_mean - end + log(early)) : 0));
}

/* The distribution of one duration: shared by the files of aplasia and of reconstitution. */
#ifndef IMR_APLASIA_DURATION_H
#define IMR_APLASIA_DURATION_H

#include "base/alternative.h"
#include "recovery/aplasia.h"
#include "recovery/aplasia_gamma.h"

/* W: the smallest-value, normal, logistic distribution; of a gamma duration with shape 1 / sigma^2 the
 * logarithm of that over its mean, over sigma, which depends on sigma. theta is 1 / sigma. */
#define IMR_APLASIA_FIXED_LIST(X) /* W does not depend on sigma */                                 \
    X(IMR_APLASIA_WEIBULL, "weibull")                                                              \
    X(IMR_APLASIA_LOGNORMAL, "lognormal")                                                          \
    X(IMR_APLASIA_LOGLOGISTIC, "loglogistic")
#define IMR_APLASIA_DISTRIBUTION_LIST(X)                                                           \
    IMR_APLASIA_FIXED_LIST(X)                                                                      \
    X(IMR_APLASIA_GAMMA_DURATION, "gamma")

typedef enum { IMR_APLASIA_DISTRIBUTION_LIST(IMR_ENUM_OF_CHOICE) } imr_aplasia_distribution_t;

/* W with what its functions take that depends on theta alone. */
typedef struct {
    imr_aplasia_distribution_t distribution;
    double theta;
    imr_gamma_shape_t gamma; /* of a gamma duration */
} imr_aplasia_w_t;

imr_aplasia_w_t imr_aplasia_w(imr_aplasia_distribution_t distribution, double theta);

/* W at z: both tails, the density and its derivative in z; then the derivatives of the lower tail in
 * theta, twice in theta, and in z and theta. */
typedef struct {
    double lower, upper, density, bend;
    double theta, theta_theta, z_theta;
} imr_aplasia_point_t;

imr_aplasia_point_t imr_aplasia_point(const imr_aplasia_w_t *w, double z);

/* The logarithm of the density at z, its first two derivatives in z, and those in theta. */
typedef struct {
    double value, slope, bend;
    double theta, theta_theta, z_theta;
} imr_aplasia_log_density_t;

imr_aplasia_log_density_t imr_aplasia_log_density(const imr_aplasia_w_t *w, double z);

/* The z that W exceeds with probability `upper`; upper + lower is 1. */
double imr_aplasia_z(const imr_aplasia_w_t *w, double lower, double upper);

/* The logarithm of the mean of exp(sigma W); infinite where there is no mean. */
double imr_aplasia_log_mean(imr_aplasia_distribution_t distribution, double sigma);

/* The mean of the smaller of the duration exp(mu + sigma W) and the horizon, over the horizon. */
double imr_aplasia_restricted(
    imr_aplasia_distribution_t distribution, double mu, double sigma, double horizon);

/* Gauss and Legendre's rule on (0, 1). */
#define IMR_APLASIA_FEW_NODES 8
#define IMR_APLASIA_NODES 20
typedef struct {
    double at, weight;
} imr_aplasia_node_t;
extern const imr_aplasia_node_t imr_aplasia_few_nodes[IMR_APLASIA_FEW_NODES];
extern const imr_aplasia_node_t imr_aplasia_nodes[IMR_APLASIA_NODES];

#endif

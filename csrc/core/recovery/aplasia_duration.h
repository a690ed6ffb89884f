/* The distribution of one duration: shared by the files of aplasia and of reconstitution. */
#ifndef IMR_APLASIA_DURATION_H
#define IMR_APLASIA_DURATION_H

#include "base/alternative.h"
#include "recovery/aplasia.h"

/* W: the smallest-value, normal, logistic distribution. */
#define IMR_APLASIA_DISTRIBUTION_LIST(X)                                                           \
    X(IMR_APLASIA_WEIBULL, "weibull")                                                              \
    X(IMR_APLASIA_LOGNORMAL, "lognormal")                                                          \
    X(IMR_APLASIA_LOGLOGISTIC, "loglogistic")

typedef enum { IMR_APLASIA_DISTRIBUTION_LIST(IMR_ENUM_OF_CHOICE) } imr_aplasia_distribution_t;

/* The standard W at z: both tails, the density and its derivative. */
typedef struct {
    double lower, upper, density, bend;
} imr_aplasia_point_t;

imr_aplasia_point_t imr_aplasia_point(imr_aplasia_distribution_t distribution, double z);

/* The logarithm of the density at z, and its first two derivatives. */
typedef struct {
    double value, slope, bend;
} imr_aplasia_log_density_t;

imr_aplasia_log_density_t imr_aplasia_log_density(
    imr_aplasia_distribution_t distribution, double z);

/* The z that W exceeds with probability `upper`; upper + lower is 1. */
double imr_aplasia_z(imr_aplasia_distribution_t distribution, double lower, double upper);

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

/* The weight of a table, by the one definition that every test of the family uses. */
#ifndef IMR_LOGRANK_WEIGHT_H
#define IMR_LOGRANK_WEIGHT_H

#include <math.h>

#include "survival/logrank.h"

static inline double
imr_logrank_power(double x, double exponent)
{
    return exponent == 0 ? 1 : exponent == 1 ? x : pow(x, exponent);
}

/* The weight at a time with n at risk and d events; the pooled curves move past it. */
static inline double
imr_logrank_weight(
    imr_logrank_pooled_t *pooled, const imr_logrank_weights_t *weights, double n, double d)
{
    double before = pooled->survival;

    switch (weights->kind) {
        case IMR_LOGRANK_GEHAN:
            return n;
        case IMR_LOGRANK_TARONE_WARE:
            return sqrt(n);
        case IMR_LOGRANK_PETO:
            pooled->peto *= (n + 1 - d) / (n + 1);
            return pooled->peto;
        case IMR_LOGRANK_FLEMING_HARRINGTON:
            pooled->survival *= (n - d) / n;
            return imr_logrank_power(before, weights->rho)
                * imr_logrank_power(1 - before, weights->gamma);
        case IMR_LOGRANK_EQUAL:
        default:
            return 1;
    }
}

/* d (n - d) / (n - 1): the hypergeometric variance but for the shares of the groups. */
static inline double
imr_logrank_spread(double n, double d)
{
    return n > 1 ? d * ((n - d) / (n - 1)) : 0;
}

#endif

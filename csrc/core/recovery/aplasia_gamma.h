/* The gamma distribution function with its derivatives in the shape. Shared by the files of aplasia alone. */
#ifndef IMR_APLASIA_GAMMA_H
#define IMR_APLASIA_GAMMA_H

/* What depends on the shape alone: from 1/16 to 400. */
typedef struct {
    double k, log_k;
    double log_gamma, psi, psi_1; /* log of the gamma function of k, and its two derivatives */
} imr_gamma_shape_t;

imr_gamma_shape_t imr_gamma_shape(double k);

/* Both tails at x of scale 1, and of the lower one the derivative in k and the second. */
typedef struct {
    double lower, upper, slope, bend;
} imr_gamma_point_t;

imr_gamma_point_t imr_gamma_point(const imr_gamma_shape_t *shape, double x);

#endif

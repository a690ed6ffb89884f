/* The quantities of a fit of tobit_mixed (coefficients in the units of `plain`, the logarithm of sd, the sd of
 * the patients), the planes on which each has a value, and profiles. */
#ifndef IMR_TOBIT_MIXED_PROFILE_H
#define IMR_TOBIT_MIXED_PROFILE_H

#include "recovery/tobit_mixed.h"

/* Information that counts as none, as a share of that of exact values. */
#define IMR_TOBIT_MIXED_FLAT 1e-9

/* A climb of self->at; and the climb, its steps counted. */
imr_tobit_mixed_climb_t imr_tobit_mixed_climb_of(
    imr_tobit_mixed_t *self, const double *plane, double wanted);
int IMR_MUST_CHECK imr_tobit_mixed_climb_to(
    imr_tobit_mixed_t *self, imr_tobit_mixed_climb_t *climb);

double imr_tobit_mixed_estimate(const imr_tobit_mixed_t *self, size_t j);

/* Lays self->plane: quantity j (coefficient, p: log sd, p + 1: patient_sd) is `value` where plane'at is what
 * is returned. At the estimate the plane is h times the gradient of j (of log sd: the gradient, but for its
 * sign). */
double imr_tobit_mixed_lay_plane(imr_tobit_mixed_t *self, size_t j, double value);

/* result = variance x; x'y */
void imr_tobit_mixed_multiply(const imr_tobit_mixed_t *self, const double *x, double *result);
double imr_tobit_mixed_product(const double *x, const double *y, size_t n);

#endif

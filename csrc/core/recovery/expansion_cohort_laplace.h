/* The parameters of a patient whose expansion curve is drawn from a population, given the samples, nearly: on
 * each of some days of the peak, in which the curve has a kink, by Laplace's approximation in the others. It
 * says where the points of the likelihood are to lie. Formulas: docs/methods/recovery/expansion_cohort.md. */
#ifndef IMR_EXPANSION_COHORT_LAPLACE_H
#define IMR_EXPANSION_COHORT_LAPLACE_H

#include "recovery/expansion_cohort_course.h"

typedef struct {
    imr_expansion_decline_t decline;
    double theta[IMR_EXPANSION_PARAMETERS]; /* of the patient in the middle */
    double between
        [IMR_EXPANSION_PARAMETERS]; /* 0: patients do not differ; above 0 of the day of the peak */
    double log_h;
} imr_expansion_population_t;

/* One day of the peak: the mode of the other parameters given it. */
typedef struct {
    double log_weight; /* of the rule, in log days */
    double theta[IMR_EXPANSION_PARAMETERS];
    double value; /* log of the integral over the other parameters, with the density of the day */
} imr_expansion_node_t;

/* The value of a node and its mode, which begins at node->theta with the day of the peak in it; -infinity
 * where none is found. inverse (or NULL): of the information there, 0 outside the other parameters that differ. */
void imr_expansion_node(const imr_course_t *course, const imr_expansion_population_t *population,
    imr_expansion_node_t *node, double *inverse);

/* Days between two samples, by Gauss and Legendre's rule. */
enum { IMR_EXPANSION_RULE = 8, IMR_EXPANSION_MOST_PIECES = 64 };

typedef struct {
    double low, high; /* log days */
    double log_integral;
    int settled;
    imr_expansion_node_t node[IMR_EXPANSION_RULE];
} imr_expansion_piece_t;

typedef struct {
    size_t count;
    imr_expansion_piece_t piece[IMR_EXPANSION_MOST_PIECES];
} imr_expansion_pieces_t;

/* The log-likelihood of the patient, with mean and covariance of the parameters; -infinity, and then
 * nothing of these, where no mode is found. *pieces is scratch. */
double imr_expansion_laplace(imr_expansion_pieces_t *pieces, const imr_course_t *course,
    const imr_expansion_population_t *population, double *mean, double *covariance);

#endif

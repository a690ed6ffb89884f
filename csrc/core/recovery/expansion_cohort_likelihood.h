/* The likelihood of a patient whose expansion curve is drawn from a population: an integral over the
 * parameters that differ, by importance sampling with quasi-random points that lie where the samples say.
 * While the points stay where they are it is smooth in the population. Formulas:
 * docs/methods/recovery/expansion_cohort.md. */
#ifndef IMR_EXPANSION_COHORT_LIKELIHOOD_H
#define IMR_EXPANSION_COHORT_LIKELIHOOD_H

#include "recovery/expansion_cohort_laplace.h"

typedef struct {
    imr_course_t course;
    size_t points;
    double *normal; /* points x parameters: quasi-random, standard normal */
    double *theta; /* points x parameters */
    double *log_density; /* of each point, by which it was laid */
    double *squares,
        *under_limit; /* of the samples about each point's curve; see imr_course_squares */
    double *log_weight; /* of each point in the last likelihood */
    double mean[IMR_EXPANSION_PARAMETERS], covariance[IMR_EXPANSION_SQUARE]; /* where points lie */
    double kept_mean[IMR_EXPANSION_PARAMETERS], kept_covariance[IMR_EXPANSION_SQUARE];
    int has_place;
    double effective; /* how many independent draws the points are worth, at the last moments */
} imr_expansion_patient_t;

/* How many doubles the points of a patient take. */
size_t imr_expansion_room(size_t points, const imr_course_t *course);

/* Gives the patient its room, and its quasi-random numbers, which are those of this place in the cohort. */
void imr_expansion_give_room(
    imr_expansion_patient_t *self, size_t points, double *room, uint32_t place);

/* The log-likelihood has derivatives by theta, log between and log h, in this order. */
enum {
    IMR_EXPANSION_BY_BETWEEN = IMR_EXPANSION_PARAMETERS,
    IMR_EXPANSION_BY_H = 2 * IMR_EXPANSION_PARAMETERS,
    IMR_EXPANSION_SLOTS
};

/* Lays the points where the parameters of the patient lie given its samples and this population. */
void imr_expansion_lay_points(imr_expansion_patient_t *self,
    const imr_expansion_population_t *population, imr_expansion_pieces_t *scratch);

/* Remembers where the points lie; lays them there again, where the population is again what it was. */
void imr_expansion_keep_points(imr_expansion_patient_t *self);
void imr_expansion_return_points(
    imr_expansion_patient_t *self, const imr_expansion_population_t *population);

/* The log-likelihood with the points laid, and its derivatives where gradient is not NULL; -infinity where
 * it is none. The parameters that differ are those with which the points were laid. */
double imr_expansion_patient_loglik(
    imr_expansion_patient_t *self, const imr_expansion_population_t *population, double *gradient);

/* Mean and covariance of the parameters of the patient given the samples, at the population of the last
 * likelihood. */
void imr_expansion_patient_moments(imr_expansion_patient_t *self, double *mean, double *covariance);

#endif

/* Where the climb to an expansion curve of a cohort begins. */
#ifndef IMR_EXPANSION_COHORT_START_H
#define IMR_EXPANSION_COHORT_START_H

#include "recovery/expansion_cohort_likelihood.h"

/* theta, between and log h of *population: medians of the largest values and their days; the others by the
 * fits of patients with enough samples, and where fewer than three have one in proportion to the days of the
 * peak as in the typical curve of Stein 2019. `random` says which parameters differ. `scratch` holds as many
 * doubles as patients, twelve times. */
void imr_expansion_cohort_start(imr_expansion_population_t *population,
    const imr_expansion_patient_t *patient, size_t patients, const uint8_t *random,
    double *scratch);

#endif

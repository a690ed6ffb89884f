/* Miettinen and Nurminen's score limits of a difference or ratio that strata have in common. */
#ifndef IMR_STRATIFIED_SCORE_H
#define IMR_STRATIFIED_SCORE_H

#include "response/stratified.h"

/* For strata that were checked, at least one of them with patients in both groups. z > 0. */
int IMR_MUST_CHECK imr_stratified_score(const imr_strata_t *strata,
    const imr_stratified_options_t *options, double z, imr_stratified_t *estimate,
    imr_fault_t *fault);

#endif

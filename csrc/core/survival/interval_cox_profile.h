/* Shared by the files of interval_cox alone: the coefficients, by the log-likelihood that is left when
 * the hazards are at their best. */
#ifndef IMR_INTERVAL_COX_PROFILE_H
#define IMR_INTERVAL_COX_PROFILE_H

#include "survival/interval_cox_hazards.h"

/* Pivots below this part of the diagonal are none. */
#define IMR_INTERVAL_COX_COLLINEAR 1e-10
/* Where a coefficient is not sought for, in standard deviations of its column. */
#define IMR_INTERVAL_COX_FARTHEST 40.0

/* Columns are centred and scaled, and so are coefficients. */
typedef struct {
    size_t n, p;
    imr_interval_hazards_t hazards;
    double *x, *mean, *scale; /* n * p, scaled; of the columns as given */
    double *ratio;
    double *coef; /* scaled */
    double *score, *information, *factor; /* of the profile: p, p * p */
    double *cross; /* s * p: coefficients by hazards of the support */
    double *best_coef, *best_hazard; /* at the maximum */
    double *back; /* hazards to go back to */
    double null_loglik, best; /* of no effect, and of the maximum */
    double drop;
    size_t held; /* a column whose coefficient is held, or p */
    int status;
    imr_fault_t fault;
    void *block;
    uint32_t *first;
    double *left, *right; /* of the cells */
    size_t *support;
} imr_interval_cox_fit_t;

/* Reads, checks, and finds the cells; the hazards are those of no effect. To be freed in any case. */
int IMR_MUST_CHECK imr_interval_cox_read(imr_interval_cox_fit_t *fit,
    const imr_interval_cox_data_t *data, const imr_interval_cox_options_t *options, int64_t *merged,
    imr_fault_t *fault);
void imr_interval_cox_fit_free(imr_interval_cox_fit_t *fit);

/* Goes to the maximum of the coefficients that are not held, from where they are; score and
 * information are those there. IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_interval_cox_climb(imr_interval_cox_fit_t *fit, imr_fault_t *fault);

#endif

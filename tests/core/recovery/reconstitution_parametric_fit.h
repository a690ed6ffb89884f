/* Shared by the C tests of the parametric form: rows to a fit, in one call. */
#ifndef IMR_RECONSTITUTION_PARAMETRIC_FIT_H
#define IMR_RECONSTITUTION_PARAMETRIC_FIT_H

#include "reconstitution_fit.h"
#include "recovery/reconstitution_profile.h"

/* competing NULL: nobody was watched for such events. To be freed whatever the answer. */
static inline int
fit_parametric(imr_reconstitution_parametric_t *fit, const double *left, const double *right,
    const double *competing, size_t n, imr_reconstitution_unseen_t unseen,
    imr_aplasia_distribution_t distribution, imr_fault_t *fault)
{
    imr_reconstitution_rows_t rows;
    int status;

    memset(fit, 0, sizeof(*fit));
    status = imr_reconstitution_rows_init(&rows, left, right, competing, NULL, 1, n, 0, 1, fault);
    if (status == IMR_OK) {
        status = imr_reconstitution_parametric_init(
            fit, &rows, left, NULL, 0, unseen, competing != NULL, distribution, fault);
    }
    if (status == IMR_OK) {
        status = imr_reconstitution_parametric_fit(fit, NULL, fault);
    }
    imr_reconstitution_rows_free(&rows);
    return status;
}

#endif

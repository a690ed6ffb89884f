/* The likelihood of normal responses known exactly or between two ends, of patients who each have a
 * normal level of their own, with its derivatives.
 *
 * The unknowns are gamma = beta / sd (p), h = 1 / sd and rho = sd of the patients / sd. With
 * z = h y - x'gamma - rho u, patient i adds the logarithm of the integral over u of the normal density
 * times what imr_tobit_term says of its rows. For given rho that is concave in (gamma, h); in rho it is
 * even. */
#ifndef IMR_TOBIT_MIXED_LIKELIHOOD_H
#define IMR_TOBIT_MIXED_LIKELIHOOD_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/stop.h"

typedef struct {
    size_t n, p, patients;
    size_t unknowns; /* p + 2: gamma, h, rho */
    size_t *begin; /* patients + 1: the rows of each patient, */
    size_t *limited; /* patients: and the first of them that is not known exactly */
    double *low, *high; /* n, by patient */
    double *middle, *width; /* n: of the two ends; of an open row its end, and 0 */
    double *side; /* n: 1 for a row below its end, -1 above, 0 else */
    double *design; /* n rows of p */
    double *mode, *spread; /* patients: where the integrand is largest, and its width there */
    double *mean, *variance; /* patients: of u given the rows */
    uint8_t *halvings; /* patients: of the step between nodes, which the integrand asked for */
    int finer; /* halvings of all steps */
    double loglik;
    double *score; /* unknowns */
    double *information; /* unknowns x unknowns: minus the second derivatives, both halves */
    int64_t most_nodes; /* of a patient, since it was last set to 0 */
    double *row_work, *work;
    imr_stop_t *stop; /* may be NULL */
    void *block;
} imr_tobit_mixed_likelihood_t;

/* low, high: n responses, which imr_tobit_fit has checked. columns: p columns of n values. patient: codes
 * from 0 to patients - 1 (IMR_ERR_PATIENT_CODE). IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_tobit_mixed_likelihood_init(imr_tobit_mixed_likelihood_t *self,
    const double *low, const double *high, const double *columns, const int64_t *patient, size_t n,
    size_t p, size_t patients, imr_fault_t *fault);
void imr_tobit_mixed_likelihood_free(imr_tobit_mixed_likelihood_t *self);

/* loglik (not finite where h is not positive, or the numbers are beyond a double), score and information.
 * IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_tobit_mixed_likelihood_at(
    imr_tobit_mixed_likelihood_t *self, const double *at);

/* The mode of each patient to the last digits. */
void imr_tobit_mixed_modes(imr_tobit_mixed_likelihood_t *self, const double *at);

#endif

/* Logistic regression of a response, with Firth's penalty or without.
 * Formulas, sources and edge cases: docs/methods/response/logistic.md. */
#ifndef IMR_LOGISTIC_H
#define IMR_LOGISTIC_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"

#define IMR_LOGISTIC_PENALTY_LIST(X)                                                               \
    X(IMR_LOGISTIC_FIRTH, "firth")                                                                 \
    X(IMR_LOGISTIC_UNPENALIZED, "none")

typedef enum { IMR_LOGISTIC_PENALTY_LIST(IMR_ENUM_OF_CHOICE) } imr_logistic_penalty_t;

/* Coefficient 0 is the intercept, coefficient j belongs to column j - 1. */
typedef struct {
    size_t n, p;
    imr_logistic_penalty_t penalty;
    double *block; /* all that follows, in one piece */
    double *coef, *covariance, *std_error;
    double *design, *basis, *triangle, *sign, *work;
    double loglik; /* without the penalty */
    double penalized; /* with it, up to a constant of the design */
    double score_norm; /* of the score, each direction in units of its standard error */
    int64_t iterations;
    int separated; /* without a penalty some coefficient would be infinite */
} imr_logistic_t;

/* columns: n rows of k values. *self keeps what the limits need, and no pointer to the input. */
int IMR_MUST_CHECK imr_logistic_fit(imr_logistic_t *self, const uint8_t *event,
    const double *columns, size_t n, size_t k, imr_logistic_penalty_t penalty, imr_fault_t *fault);
void imr_logistic_free(imr_logistic_t *self); /* safe after a failed fit, and twice */

/* Limits of coefficient j by the profile of the (penalised) likelihood, and the p-value of the
 * likelihood ratio test of coefficient = 0. A limit that the likelihood leaves open is infinite. */
int IMR_MUST_CHECK imr_logistic_profile(imr_logistic_t *self, size_t j, double level, double *low,
    double *high, double *pvalue, imr_fault_t *fault);

#endif

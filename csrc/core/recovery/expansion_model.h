/* The curve of Stein et al. 2019 through copies of which some lie below a limit: an exponential rise to
 * the peak, then a decline in one or two phases; the likelihood on the scale of logarithms.
 * Formulas: docs/methods/recovery/expansion.md. */
#ifndef IMR_EXPANSION_MODEL_H
#define IMR_EXPANSION_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"

#define IMR_EXPANSION_DECLINE_LIST(X)                                                              \
    X(IMR_DECLINE_BIEXPONENTIAL, "biexponential")                                                  \
    X(IMR_DECLINE_EXPONENTIAL, "exponential")

typedef enum { IMR_EXPANSION_DECLINE_LIST(IMR_ENUM_OF_CHOICE) } imr_expansion_decline_t;

/* The unknowns: log of the peak, its day, logs of the rates of rise and of the two declines, the logit
 * of the share of the slow one in the peak, and minus the log of the standard deviation. */
enum {
    IMR_STEIN_PEAK,
    IMR_STEIN_DAY,
    IMR_STEIN_RISE,
    IMR_STEIN_FAST,
    IMR_STEIN_SHARE,
    IMR_STEIN_SLOW,
    IMR_STEIN_PRECISION,
    IMR_STEIN_UNKNOWNS
};

/* n samples in order of day. Those before `rising` lie on the rise whatever the day of the peak is, so
 * that the likelihood is smooth in it: it is that of the curve while the peak lies between samples
 * rising - 1 and rising. */
typedef struct {
    imr_expansion_decline_t decline;
    size_t n;
    const double *day;
    const double *log_copies; /* or the log of the limit of a sample below it */
    const uint8_t *below;
    size_t rising;
    /* Not 0: IMR_STEIN_PEAK stands for the log of the curve on day `anchor`, on which it rises or not, whatever
     * the day of the peak. */
    int anchored, anchor_rises;
    double anchor;
} imr_stein_rows_t;

/* The log of the curve on a day; `rises` says on which side of the peak. Without derivatives where
 * gradient is NULL, else with IMR_STEIN_PRECISION of them, and hessian as many rows of as many. */
double imr_stein_log_curve(imr_expansion_decline_t decline, const double *phi, double day,
    int rises, double *gradient, double *hessian);

/* The log-likelihood, and its derivatives where gradient is not NULL: hessian has IMR_STEIN_UNKNOWNS rows. */
double imr_stein_loglik(
    const imr_stein_rows_t *rows, const double *phi, double *gradient, double *hessian);

/* The area under the curve from day 0 to `until`. */
double imr_stein_area(imr_expansion_decline_t decline, const double *phi, double until);

#endif

/* The function of time that a test of proportional hazards takes. */
#ifndef IMR_COX_TRANSFORM_H
#define IMR_COX_TRANSFORM_H

#include "survival/cox.h"

#define IMR_COX_TRANSFORM_LIST(X)                                                                  \
    X(IMR_COX_KM, "km") /* 1 - Kaplan-Meier just before the time, of all strata together */        \
    X(IMR_COX_RANK, "rank") /* among the times of all rows, the mean rank of ties */               \
    X(IMR_COX_IDENTITY, "identity")                                                                \
    X(IMR_COX_LOG, "log")

typedef enum { IMR_COX_TRANSFORM_LIST(IMR_ENUM_OF_CHOICE) } imr_cox_transform_t;

/* g: of the time of each set. Sampling weights do not count, frequency weights do.
 * IMR_ERR_COX_LOG_TIME naming `time` for the logarithm of an event at time 0; IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_cox_transform(
    const imr_cox_rows_t *rows, imr_cox_transform_t transform, double *g, imr_fault_t *fault);

/* Of each event, in the order of its Schoenfeld residual: g of its set, and the weight of its row. */
void imr_cox_transformed_events(
    const imr_cox_rows_t *rows, const double *g, double *g_of_event, double *weight);

#endif

/* Rows of recurrent events laid out for a Cox regression. Models and sources:
 * docs/methods/survival/recurrent.md. */
#ifndef IMR_RECURRENT_COX_H
#define IMR_RECURRENT_COX_H

#include "base/alternative.h"
#include "survival/recurrent_rows.h"

#define IMR_RECURRENT_MODEL_LIST(X)                                                                \
    X(IMR_RECURRENT_ANDERSEN_GILL, "andersen-gill")                                                \
    X(IMR_RECURRENT_LWYY, "lwyy")                                                                  \
    X(IMR_RECURRENT_PWP_TOTAL, "pwp-total")                                                        \
    X(IMR_RECURRENT_PWP_GAP, "pwp-gap")                                                            \
    X(IMR_RECURRENT_WLW, "wlw")

typedef enum { IMR_RECURRENT_MODEL_LIST(IMR_ENUM_OF_CHOICE) } imr_recurrent_model_t;

typedef struct {
    size_t n;
    double *entry, *time; /* at risk on (entry, time] */
    int64_t *source; /* the row given whose covariates hold */
    int64_t *patient; /* numbered from 0, of those who have a row here */
    size_t patients;
    int64_t *stratum; /* number of the event, from 1; of the models without strata 1 */
    uint8_t *event;
    void *block;
} imr_recurrent_layout_t;

/* rows is what imr_recurrent_rows_ordered read of data; covariate has `columns` of them a row of data. A
 * terminal event ends observation. IMR_ERR_NONFINITE (naming `X`), IMR_ERR_RECURRENT_SAME_TIME,
 * IMR_ERR_RECURRENT_GAP, IMR_ERR_RECURRENT_CHANGES (both of "wlw"), IMR_ERR_NOMEM; of the latter ones
 * `other_row` of rows is set. */
int IMR_MUST_CHECK imr_recurrent_layout(const imr_recurrent_data_t *data,
    imr_recurrent_rows_t *rows, const double *covariate, size_t columns,
    imr_recurrent_model_t model, imr_recurrent_layout_t *self, imr_fault_t *fault);
void imr_recurrent_layout_free(imr_recurrent_layout_t *self); /* safe after a failure, and twice */

#endif

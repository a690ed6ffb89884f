/* The Kaplan-Meier curve and its relatives: from rows to one curve a group.
 * Formulas, sources and edge cases: docs/methods/survival/kaplan_meier.md. */
#ifndef IMR_KAPLAN_MEIER_H
#define IMR_KAPLAN_MEIER_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"

/* S = prod (1 - d/r), or exp(-H) with H by Fleming and Harrington or by Nelson and Aalen */
#define IMR_KAPLAN_MEIER_FORM_LIST(X)                                                              \
    X(IMR_KM_PRODUCT_LIMIT, "kaplan-meier")                                                        \
    X(IMR_KM_FLEMING_HARRINGTON, "fleming-harrington")                                             \
    X(IMR_KM_NELSON_AALEN, "nelson-aalen")

#define IMR_KAPLAN_MEIER_INTERVAL_LIST(X)                                                          \
    X(IMR_KM_PLAIN, "plain")                                                                       \
    X(IMR_KM_LOG, "log")                                                                           \
    X(IMR_KM_LOG_LOG, "log-log")                                                                   \
    X(IMR_KM_LOGIT, "logit")                                                                       \
    X(IMR_KM_ARCSINE, "arcsine")                                                                   \
    X(IMR_KM_BETA_PRODUCT, "beta-product")                                                         \
    X(IMR_KM_BETA_PRODUCT_MID_P, "beta-product-mid-p")

/* How wide the lower limit is after censoring; the upper one is always the usual. */
#define IMR_KAPLAN_MEIER_LOWER_LIST(X)                                                             \
    X(IMR_KM_USUAL, "usual")                                                                       \
    X(IMR_KM_PETO, "peto")                                                                         \
    X(IMR_KM_MODIFIED, "modified")

#define IMR_KAPLAN_MEIER_VARIANCE_LIST(X)                                                          \
    X(IMR_KM_GREENWOOD, "greenwood")                                                               \
    X(IMR_KM_ROBUST, "robust")

typedef enum { IMR_KAPLAN_MEIER_FORM_LIST(IMR_ENUM_OF_CHOICE) } imr_kaplan_meier_form_t;
typedef enum { IMR_KAPLAN_MEIER_INTERVAL_LIST(IMR_ENUM_OF_CHOICE) } imr_kaplan_meier_interval_t;
typedef enum { IMR_KAPLAN_MEIER_LOWER_LIST(IMR_ENUM_OF_CHOICE) } imr_kaplan_meier_lower_t;
typedef enum { IMR_KAPLAN_MEIER_VARIANCE_LIST(IMR_ENUM_OF_CHOICE) } imr_kaplan_meier_variance_t;

typedef struct {
    imr_kaplan_meier_form_t form;
    imr_kaplan_meier_interval_t interval;
    imr_kaplan_meier_lower_t lower;
    imr_kaplan_meier_variance_t variance;
    double level;
    double start_time; /* the curve given survival up to here; NaN for none */
    int reverse; /* the curve of the censoring times */
    int fix_ties; /* times that differ by rounding alone are one time */
} imr_kaplan_meier_options_t;

/* n rows. Where weight is 0 the row is as if it were not there. A row is at risk on (entry, time]. */
typedef struct {
    size_t n;
    const double *time;
    const uint8_t *event; /* 1 observed, 0 censored */
    const double *entry; /* NULL: at risk from the start, time 0 included */
    const double *weight; /* NULL: 1. Whole numbers, unless the variance is robust */
    const int64_t *cluster; /* codes below clusters, or NULL: each row is its own */
    size_t clusters;
    const int64_t *group; /* codes below groups, or NULL: one group */
    size_t groups;
} imr_kaplan_meier_data_t;

/* One curve, one row for each distinct time, in order. Where S is 0 Greenwood's std_error is NaN,
 * and so are the limits of all but the beta product intervals. */
typedef struct {
    size_t n;
    double *time;
    int64_t *at_risk; /* just before the time: patients, or sums of frequency weights */
    int64_t *events;
    int64_t *censored;
    double *estimate;
    double *std_error; /* of the estimate */
    double *low;
    double *high;
    double *cumulative_hazard; /* Nelson-Aalen, or Fleming-Harrington with that form */
    double *cumulative_hazard_std_error;
    double *weighted_at_risk; /* sums of sampling weights; NULL without */
    double *weighted_events;
    double start_low; /* the limits before the first row, where S is 1 */
    double start_high;
    int64_t patients; /* rows, or the sum of their frequency weights */
    int64_t merged; /* distinct times of the whole call that were merged into an earlier one */
    int64_t collapse; /* the row where S falls to 0 with patients at risk later; -1 if none */

    size_t entries; /* distinct entry times; 0 without entry */
    double *entry_time;
    int64_t *entered; /* how many have entered at or before entry_time */

    size_t members; /* rows of the data, kept for the robust variance only */
    int64_t *member_first; /* first row of the curve at which the member is at risk */
    int64_t *member_last; /* row of the curve where it leaves */
    int64_t *member_event;
    double *member_weight;
    int64_t *member_cluster;

    void *block; /* holds all columns */
} imr_kaplan_meier_t;

/* Fills one curve for each group (data->groups of them; one without groups). Clusters imply the
 * robust variance. curves are zeroed on failure.
 * Linear in n, and without entry, weights, clusters and groups with hardly more memory than the
 * curve takes; otherwise some 40 bytes a row beside it.
 * IMR_ERR_NO_PATIENT, IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_EVENT, IMR_ERR_INTERVAL,
 * IMR_ERR_INTERVAL_TIED, IMR_ERR_WEIGHT_FRACTION, IMR_ERR_WEIGHT_RANGE, IMR_ERR_NO_WEIGHT,
 * IMR_ERR_COUNT, IMR_ERR_CODE, IMR_ERR_LEVEL, IMR_ERR_START_TIME, IMR_ERR_BETA_PRODUCT,
 * IMR_ERR_TOO_MANY_ROWS, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_kaplan_meier(const imr_kaplan_meier_data_t *data,
    const imr_kaplan_meier_options_t *options, imr_kaplan_meier_t *curves, imr_fault_t *fault);
void imr_kaplan_meier_free(imr_kaplan_meier_t *self); /* safe after a failed fit, and twice */

#endif

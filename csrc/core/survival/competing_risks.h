/* The Aalen-Johansen estimate of cumulative incidence: from rows to the curves of each group.
 * Formulas, sources and edge cases: docs/methods/survival/competing_risks.md. */
#ifndef IMR_COMPETING_RISKS_H
#define IMR_COMPETING_RISKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"
#include "survival/competing_risks_rows.h"

#define IMR_INCIDENCE_INTERVAL_LIST(X)                                                             \
    X(IMR_INCIDENCE_PLAIN, "plain")                                                                \
    X(IMR_INCIDENCE_LOG, "log")                                                                    \
    X(IMR_INCIDENCE_LOG_LOG, "log-log")                                                            \
    X(IMR_INCIDENCE_LOGIT, "logit")

#define IMR_INCIDENCE_VARIANCE_LIST(X)                                                             \
    X(IMR_INCIDENCE_AALEN, "aalen")                                                                \
    X(IMR_INCIDENCE_GREENWOOD, "greenwood")

typedef enum { IMR_INCIDENCE_INTERVAL_LIST(IMR_ENUM_OF_CHOICE) } imr_incidence_interval_t;
typedef enum { IMR_INCIDENCE_VARIANCE_LIST(IMR_ENUM_OF_CHOICE) } imr_incidence_variance_t;

typedef struct {
    imr_incidence_interval_t interval;
    imr_incidence_variance_t variance;
    double level;
    int fix_ties; /* times that differ by rounding alone are one time */
} imr_competing_risks_options_t;

/* The curves of one group: one row for each distinct time, in order. What belongs to a cause has n
 * rows for each of the causes, one cause after the other. */
typedef struct {
    size_t n;
    size_t causes;
    double *time;
    int64_t *at_risk; /* just before the time: patients, or sums of frequency weights */
    int64_t *censored;
    double *event_free; /* of all causes: Kaplan-Meier */
    double *event_free_std_error; /* Greenwood's; NaN where event_free is 0 */
    /* Patients still followed after the time who have not had the event, those after a competing
     * event counted as far as they would be followed: what limits rest on before a first event. */
    double *remaining;
    int64_t *events;
    double *estimate;
    double *std_error;
    double *low;
    double *high;
    double start_high; /* the upper limit before the first row, where each estimate is 0 */
    int64_t patients; /* rows, or the sum of their frequency weights */
    int64_t merged; /* distinct times of the whole call that were merged into an earlier one */
    int64_t
        collapse; /* the row where event_free falls to 0 with patients at risk later; -1: none */

    size_t entries; /* distinct entry times; 0 without entry */
    double *entry_time;
    int64_t *entered; /* how many have entered at or before entry_time */

    void *block; /* holds all columns */
} imr_competing_risks_t;

/* Fills the curves of each group (data->groups of them; one without groups); they are zeroed on
 * failure. Linear in n. What imr_cause_records fails with, IMR_ERR_LEVEL, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_competing_risks(const imr_competing_risks_data_t *data,
    const imr_competing_risks_options_t *options, imr_competing_risks_t *curves,
    imr_fault_t *fault);
void imr_competing_risks_free(imr_competing_risks_t *self); /* safe after a failed fit, and twice */

/* What row j adds to the variance of the estimate F of a cause at a later time t, with
 * G = F(t) - F(t_j): jump a G^2 - 2 b G + c. The estimate's own increments are b and c only. */
typedef struct {
    double a, b, c;
} imr_incidence_step_t;

/* d events of r at risk: their number in the variance of a hypergeometric count, r > 1 or d = 1. */
static inline double
imr_incidence_spread(double d, double r)
{
    return d > 1 ? d * (r - d) / (r - 1) : d;
}

/* at_risk of whom `events` have an event, `own` of them that of the cause; before: event-free
 * survival before the time. Where nobody is left a and b are 0: F moves no more. */
static inline imr_incidence_step_t
imr_incidence_step(
    imr_incidence_variance_t variance, double at_risk, double events, double own, double before)
{
    imr_incidence_step_t step = { 0, 0, 0 };
    double left = at_risk - events, rate = before / at_risk;

    if (variance == IMR_INCIDENCE_AALEN) {
        double spread_own = imr_incidence_spread(own, at_risk);

        if (left > 0) {
            step.a = (spread_own + imr_incidence_spread(events - own, at_risk)) / (left * left);
            step.b = rate * spread_own / left;
        }
        step.c = rate * rate * spread_own;
    } else {
        if (left > 0) {
            step.a = events / (at_risk * left);
            step.b = rate * own / at_risk;
        }
        step.c = rate * rate * own * (at_risk - own) / at_risk;
    }
    return step;
}

/* The upper limit of the incidence where no patient has had the event and m are followed, of whom
 * some may count in part: 1 - ((1 - level) / 2)^(1 / m), and 1 where m is 0. */
double imr_incidence_limit_of_none(double level, double m);

#endif

/* Days of responses laid out as rows of multistate, of the states: not yet, in response, after. */
#ifndef IMR_MULTISTATE_RESPONSE_H
#define IMR_MULTISTATE_RESPONSE_H

#include "survival/multistate_rows.h"

#define IMR_MULTISTATE_RESPONSE_STATES 3

/* One of each patient; infinite: not seen. A response on day 0 is one from the start. */
typedef struct {
    size_t n;
    const double *followed, *response, *end;
    const int64_t *group; /* or NULL */
    size_t groups;
    int fix_ties; /* days that differ by rounding alone are one day, of all patients and columns */
} imr_multistate_response_t;

/* *data: to be read by imr_multistate_rows, of patients 0 to n - 1, without entries, its ties settled. */
typedef struct {
    imr_multistate_data_t data;
    int64_t merged; /* distinct days that were merged into an earlier one */
    void *block;
} imr_multistate_layout_t;

/* Naming `followed`, `response` or `end`: IMR_ERR_NO_PATIENT, IMR_ERR_TOO_MANY_ROWS, IMR_ERR_NONFINITE
 * (followed), IMR_ERR_MULTISTATE_UNKNOWN_DAY, IMR_ERR_NEGATIVE, IMR_ERR_MULTISTATE_AFTER_FOLLOWED,
 * IMR_ERR_MULTISTATE_END; IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_multistate_response(
    const imr_multistate_response_t *given, imr_multistate_layout_t *self, imr_fault_t *fault);
void imr_multistate_layout_free(
    imr_multistate_layout_t *self); /* safe after a failure, and twice */

#endif

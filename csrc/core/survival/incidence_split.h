/* Time at risk split into phases that may end at another time in each patient (Lexis splitting). */
#ifndef IMR_INCIDENCE_SPLIT_H
#define IMR_INCIDENCE_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Rows are at risk on (start, stop]; those of one patient follow each other without gap or overlap, in
 * any order. Phase c ends at cuts[c] (infinity: not reached), which belongs to it; a cut before an earlier
 * one leaves its phase without time. */
typedef struct {
    const int64_t *patient; /* n codes below `patients` */
    const double *start, *stop; /* n */
    const double *cuts; /* n rows of k, the same in all rows of a patient */
    size_t n, k, patients;
    const int64_t *event_patient; /* m codes */
    const double *event_time; /* m */
    size_t m;
} imr_split_data_t;

/* The pieces with time at risk, in the order of rows and phases. */
typedef struct {
    size_t pieces;
    int64_t *row, *phase, *events;
    double *start, *stop, *exposure;
    void *block; /* all of these, for imr_free */
    int64_t other_row; /* of the same patient, when two rows are at fault; else -1 */
    int64_t patient; /* the code of the patient at fault, or -1 */
} imr_incidence_split_t;

/* Times that differ by rounding alone are one (base/order). On failure other_row and patient tell more. */
int IMR_MUST_CHECK imr_incidence_split(
    imr_incidence_split_t *self, const imr_split_data_t *data, imr_fault_t *fault);

#endif

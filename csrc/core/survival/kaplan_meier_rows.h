/* Counts at the distinct times of each group, for rows in general: delayed entry, weights, clusters. */
#ifndef IMR_KAPLAN_MEIER_ROWS_H
#define IMR_KAPLAN_MEIER_ROWS_H

#include "survival/kaplan_meier.h"

typedef struct {
    size_t n; /* rows of the curve */
    size_t entries; /* distinct entry times */
    size_t members; /* rows of the data that are kept */
    int weighted; /* are there sampling weights? */
} imr_kaplan_meier_shape_t;

/* One block with the columns of the shape, not yet filled. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_kaplan_meier_allocate(
    imr_kaplan_meier_t *self, const imr_kaplan_meier_shape_t *shape);

/* Fills the counts of each group's curve, its entries and its members, and for the robust variance
 * its robust errors. The options have been checked. Curves that were allocated before a failure are
 * left to the caller to free. */
int IMR_MUST_CHECK imr_kaplan_meier_rows(const imr_kaplan_meier_data_t *data,
    const imr_kaplan_meier_options_t *options, size_t groups, imr_kaplan_meier_t *curves,
    imr_fault_t *fault);

#endif

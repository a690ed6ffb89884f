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

/* Words of 8 bytes that the columns of a shape take. */
size_t imr_kaplan_meier_words(const imr_kaplan_meier_shape_t *shape);

/* Places the columns of the shape, not yet filled, in a block of so many words: time, at_risk, events
 * and censored first. The curve frees the block. */
void imr_kaplan_meier_place(
    imr_kaplan_meier_t *self, const imr_kaplan_meier_shape_t *shape, void *block);

/* The same in a new block. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_kaplan_meier_allocate(
    imr_kaplan_meier_t *self, const imr_kaplan_meier_shape_t *shape);

/* Fills the counts of each group's curve, its entries and its members, and for the robust variance
 * its robust errors. The options have been checked. Curves that were allocated before a failure are
 * left to the caller to free. */
int IMR_MUST_CHECK imr_kaplan_meier_rows(const imr_kaplan_meier_data_t *data,
    const imr_kaplan_meier_options_t *options, size_t groups, imr_kaplan_meier_t *curves,
    imr_fault_t *fault);

#endif

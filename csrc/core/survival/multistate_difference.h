/* Two groups compared in one state: the probability of being in it at a time, or the expected time in it,
 * with limits and a test by permutation of patients. */
#ifndef IMR_MULTISTATE_DIFFERENCE_H
#define IMR_MULTISTATE_DIFFERENCE_H

#include "survival/multistate.h"
#include "survival/multistate_steps.h"

/* More deals of the patients than this are out of reach of an exact test: minutes of 70 patients. */
#define IMR_MULTISTATE_MOST_DEALS 1e8

typedef struct {
    size_t state;
    double at; /* the probability at that time; or NaN: */
    double tau; /* the expected time up to it */
    int fix_ties;
} imr_multistate_measure_t;

/* What a deal needs of a stretch: it is at risk at steps begin..end - 1. */
typedef struct {
    uint32_t patient, begin, end, move; /* the move that ends it, UINT32_MAX: none */
    int state, first;
} imr_multistate_card_t;

typedef struct {
    double estimate[2], std_error[2], low[2], high[2]; /* of each group */
    int64_t patients[2];
    double difference, difference_std_error, difference_low,
        difference_high; /* second less first */
    imr_multistate_measure_t measure;
    imr_multistate_t pooled; /* of all patients */
    imr_multistate_walk_t walk;
    imr_multistate_steps_t steps;
    size_t last; /* steps up to the time */
    imr_multistate_card_t *card;
    uint32_t *label; /* the group of each patient */
    uint32_t *dealt; /* that of a deal */
    int64_t *change, *moves; /* counts of a group in a deal */
    void *block;
} imr_multistate_difference_t;

/* Limits of a group are those of `imr_multistate_at` and `imr_multistate_time`, limits of the difference those
 * that they imply (Zou and Donner 2008). IMR_ERR_TWO_GROUPS unless rows have two; what these two fail with, and
 * IMR_ERR_TAU (at) where a group is not followed so far. */
int IMR_MUST_CHECK imr_multistate_difference_init(imr_multistate_difference_t *self,
    const imr_multistate_rows_t *rows, size_t groups, const imr_multistate_measure_t *measure,
    const imr_multistate_options_t *options, imr_stop_t *stop, imr_fault_t *fault);
void imr_multistate_difference_free(imr_multistate_difference_t *self);

/* The difference when patient i is in group label[i]; a curve that ends before the time stays as it is. */
double imr_multistate_difference_of(imr_multistate_difference_t *self, const uint32_t *label);

/* How many ways there are to deal the patients to groups of these sizes. */
double imr_multistate_difference_deals(const imr_multistate_difference_t *self);

/* The share of all deals with a difference as large, of either sign. IMR_ERR_EXACT_PATIENTS,
 * IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_multistate_difference_exact(
    imr_multistate_difference_t *self, double *pvalue, imr_stop_t *stop, imr_fault_t *fault);

/* How many of the random deals begin..end - 1, each of its stream, have a difference as large. */
uint64_t imr_multistate_difference_random(
    imr_multistate_difference_t *self, const uint64_t key[2], uint32_t begin, uint32_t end);

#endif

/* Clones of a B cell receptor repertoire and how many reads each has.
 * Formulas, sources and edge cases: docs/methods/recovery/repertoire.md. */
#ifndef IMR_REPERTOIRE_H
#define IMR_REPERTOIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* --- rows: reads of a clone in a sample -------------------------------------------------------- */

typedef struct {
    size_t n_samples;
    size_t *begin; /* the clones of sample s are begin[s] to begin[s + 1] - 1 */
    int64_t *clone; /* ascending within a sample */
    int64_t *count; /* reads, each above 0 */
    void *block;
} imr_repertoire_clones_t;

/* Rows of one clone in one sample are added up, and rows without a read count for nothing. clone (NULL:
 * each row is a clone of its own) and sample (NULL: one sample) hold codes from 0, those of clones below n.
 * IMR_ERR_NO_ROWS, IMR_ERR_COUNT, IMR_ERR_CODE, IMR_ERR_READS, IMR_ERR_NO_READS, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_repertoire_clones_init(imr_repertoire_clones_t *self, const int64_t *count,
    const int64_t *clone, const int64_t *sample, size_t n_samples, size_t n, imr_fault_t *fault);
void imr_repertoire_clones_free(imr_repertoire_clones_t *self); /* safe after a failed init */

/* Rows by sample, then by clone. Codes are checked; either may be NULL. rows has room for 2 n and the larger
 * of n and n_samples, of which the first n are the answer. */
void imr_repertoire_order(
    const int64_t *clone, const int64_t *sample, size_t n_samples, size_t n, size_t *rows);

/* --- one sample: how many clones have how many reads ------------------------------------------- */

typedef struct {
    size_t n; /* distinct sizes */
    int64_t *size; /* reads of a clone, ascending, each above 0 */
    double *clones; /* of that size; expected numbers where a sample is rarefied */
    double richness; /* clones in all */
    int64_t reads;
    void *block;
} imr_repertoire_sizes_t;

/* n > 0 counts, each above 0. IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_repertoire_sizes_init(
    imr_repertoire_sizes_t *self, const int64_t *count, size_t n, imr_fault_t *fault);
void imr_repertoire_sizes_free(imr_repertoire_sizes_t *self); /* safe after a failed init */

double imr_repertoire_of_size(const imr_repertoire_sizes_t *self, int64_t size); /* clones */

/* --- indices ----------------------------------------------------------------------------------- */

typedef struct {
    double shannon; /* nats */
    double clonality;
    double gini;
    double gini_simpson;
    double coverage; /* Good-Turing */
    double d50; /* clones */
    double d50_share;
    double top10_share; /* of the reads */
} imr_repertoire_indices_t;

void imr_repertoire_indices(const imr_repertoire_sizes_t *self, imr_repertoire_indices_t *indices);

#define IMR_HILL_ORDER_MAX 100

/* The Hill number of an order from 0 to IMR_HILL_ORDER_MAX. */
double imr_repertoire_hill(const imr_repertoire_sizes_t *self, double order);
/* IMR_ERR_HILL_ORDER, naming `orders`. */
int IMR_MUST_CHECK imr_repertoire_check_orders(const double *order, size_t n, imr_fault_t *fault);

/* The normal quantile of two-sided limits. IMR_ERR_LEVEL. */
int IMR_MUST_CHECK imr_repertoire_z(double level, double *z, imr_fault_t *fault);

typedef struct {
    double estimate, std_error, low, high;
} imr_repertoire_chao1_t;

/* z: of the limits. */
void imr_repertoire_chao1(
    const imr_repertoire_sizes_t *self, double z, imr_repertoire_chao1_t *chao1);

#endif

/* The exact test of a table of any size given its margins (Fisher, Freeman, Halton): the probability
 * of all tables that are no likelier than the one seen.
 *
 * The columns are taken one after the other. What matters of those done is only the rows' remaining
 * totals, in any order, and the probability so far: equal ones are merged, and a branch ends once all
 * or none of its tables count (network algorithm, Mehta and Patel 1983). */
#ifndef IMR_EXACT_TEST_TABLE_H
#define IMR_EXACT_TEST_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct imr_exact_table imr_exact_table_t;

/* table[i * columns + j]. NULL in *test after a failure. A row in the fault is the place in table. */
int IMR_MUST_CHECK imr_exact_table_new(imr_exact_table_t **test, const int64_t *table, size_t rows,
    size_t columns, imr_fault_t *fault);
void imr_exact_table_free(imr_exact_table_t *test); /* NULL is allowed */

/* Works on for some milliseconds. Once *done, *probability is that of the table seen. */
int IMR_MUST_CHECK imr_exact_table_step(
    imr_exact_table_t *test, int *done, double *probability, double *pvalue, imr_fault_t *fault);

#endif

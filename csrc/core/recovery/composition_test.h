/* Permutation tests of compositions: before against after by all signs of the patients' differences, two
 * groups by all deals of their labels. The sum over the rows (signed, or of the second group) of each
 * log-ratio is what both compare. Formulas and sources: docs/methods/recovery/composition.md. */
#ifndef IMR_COMPOSITION_TEST_H
#define IMR_COMPOSITION_TEST_H

#include "base/stop.h"
#include "recovery/composition.h"

/* Arrangements, of which an exact test takes at most so many. */
#define IMR_COMPOSITION_MOST_EXACT 33554432.0

typedef struct {
    size_t n, parts, second; /* second: rows of the second group; 0 of pairs */
    double *row; /* n x parts: differences of pairs, or log-ratios less their mean over all rows */
    double *effect, *low, *high; /* parts: mean log-ratio, after less before or second less first */
    double *z; /* parts: over its deviation under permutation; 0 where nothing varies */
    double *pvalue,
        *adjusted; /* parts: alone, and by the step-down maximum of Westfall and Young */
    double *distance; /* n: Aitchison's, between before and after; NULL of groups */
    double statistic; /* Aitchison's distance between the mean compositions */
    double global_pvalue;
    double arrangements; /* of the exact test */
    uint8_t *label; /* n; NULL of pairs */

    double *scale; /* parts: deviation of the sum under permutation */
    double *observed; /* parts: the sum of the data */
    double *sum; /* parts: of an arrangement */
    double square; /* of the length of observed */
    size_t *rank; /* parts, by |z| upwards */
    int64_t *extreme, *extreme_adjusted, extreme_global;
    double seen; /* arrangements counted */
    void *block;
} imr_composition_test_t;

/* label is NULL of pairs, then after has the rows of before; otherwise it holds 0 and 1, and after is
 * NULL. Fails naming `after`: IMR_ERR_COMPOSITION_PAIRS; `group`: IMR_ERR_TWO_GROUPS; `level`:
 * IMR_ERR_LEVEL; IMR_ERR_NOMEM. Keeps no pointer to its arguments. */
int IMR_MUST_CHECK imr_composition_test_init(imr_composition_test_t *self,
    const imr_composition_t *before, const imr_composition_t *after, const int64_t *label,
    double level, imr_fault_t *fault);
void imr_composition_test_free(imr_composition_test_t *self); /* safe after a failed init, twice */

/* Counts all arrangements. IMR_ERR_COMPOSITION_EXACT, IMR_ERR_NOMEM, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_composition_test_exact(
    imr_composition_test_t *self, imr_stop_t *stop, imr_fault_t *fault);

/* Counts the random arrangements begin..end - 1 of the key. IMR_ERR_NOMEM, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_composition_test_random(imr_composition_test_t *self, const uint64_t key[2],
    uint32_t begin, uint32_t end, imr_stop_t *stop, imr_fault_t *fault);

/* The p-values out of the counts; the data count as one more arrangement of the random ones. */
void imr_composition_test_finish(imr_composition_test_t *self, int exact);

#endif

/* What is left of titres: the geometric mean of after over before, of pairs of which some lie beyond limits.
 * Formulas and edge cases: docs/methods/recovery/titre.md. */
#ifndef IMR_TITRE_RETENTION_H
#define IMR_TITRE_RETENTION_H

#include "recovery/titre_rows.h"

typedef struct {
    const double *before, *after;
    imr_titre_limits_t limits; /* of both */
    size_t n;
    double margin; /* a ratio */
    double protective; /* a titre; NaN: none */
    double level;
} imr_titre_retention_rows_t;

typedef struct {
    int64_t known, censored, unknown; /* ratios: exact, with limits, and without any */
    double estimate, low, high; /* the ratio */
    double sd; /* of log ratios */
    double df;
    double pvalue; /* two-sided, of a ratio of 1 */
    double pvalue_margin; /* one-sided: small where the ratio exceeds the margin */
    int64_t above_margin, below_margin; /* ratios that lie on one side for sure */
    double pvalue_sign; /* one-sided, of these */
    int64_t protected_before, protected_after, kept; /* protected; before and after */
    double score_norm;
} imr_titre_retention_t;

/* With fewer than two ratios (and no limits) the interval is 0 to infinity and p-values are 1; of none the
 * estimate is NaN.
 * Faults of imr_titre_interval naming `before` or `after`; IMR_ERR_LEVEL, IMR_ERR_NOT_POSITIVE naming
 * `margin` or `protective`, IMR_ERR_TITRE_DILUTION, IMR_ERR_TITRE_NO_SPREAD, IMR_ERR_TITRE_PROTECTION,
 * IMR_ERR_NO_PATIENT, IMR_ERR_NOCONV, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_titre_retention(
    imr_titre_retention_t *self, const imr_titre_retention_rows_t *rows, imr_fault_t *fault);

#endif

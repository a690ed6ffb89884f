/* How mutated and how class-switched the clones of a sample are. Method: docs/methods/recovery/repertoire.md. */
#ifndef IMR_REPERTOIRE_MATURITY_H
#define IMR_REPERTOIRE_MATURITY_H

#include "base/alternative.h"
#include "recovery/repertoire.h"

#define IMR_ISOTYPE_LIST(X)                                                                        \
    X(IMR_ISOTYPE_M, "IgM")                                                                        \
    X(IMR_ISOTYPE_D, "IgD")                                                                        \
    X(IMR_ISOTYPE_G, "IgG")                                                                        \
    X(IMR_ISOTYPE_A, "IgA")                                                                        \
    X(IMR_ISOTYPE_E, "IgE")

typedef enum { IMR_ISOTYPE_LIST(IMR_ENUM_OF_CHOICE) } imr_isotype_t;

enum { IMR_ISOTYPES = 0 IMR_ISOTYPE_LIST(IMR_ONE_OF_CHOICE) };

/* A row is a sequence. mutation (NULL: not known): the share of its V region that is mutated; isotype
 * (NULL: not known): an imr_isotype_t. clone and sample as in repertoire.h. */
typedef struct {
    size_t n, n_samples;
    const double *mutation;
    const int64_t *isotype, *clone, *sample;
} imr_maturity_rows_t;

/* The mean over clones of the means over their sequences; NaN where not known. */
typedef struct {
    double estimate, low, high;
} imr_maturity_mean_t;

typedef struct {
    int64_t sequences, clones;
    imr_maturity_mean_t mutation;
    imr_maturity_mean_t isotype[IMR_ISOTYPES];
    imr_maturity_mean_t switched; /* IgG, IgA and IgE */
} imr_maturity_t;

/* maturity: one a sample, each of which has a row. IMR_ERR_LEVEL, IMR_ERR_NO_ROWS, IMR_ERR_NONFINITE,
 * IMR_ERR_MUTATION, IMR_ERR_CODE, IMR_ERR_NOMEM; those of base/quantile cannot come. */
int IMR_MUST_CHECK imr_repertoire_maturity(
    const imr_maturity_rows_t *rows, double level, imr_maturity_t *maturity, imr_fault_t *fault);

#endif

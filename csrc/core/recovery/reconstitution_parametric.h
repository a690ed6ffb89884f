/* B cell return between visits, with competing events, where the time of return has a parametric
 * distribution and competing events come at one rate, the same before return and after it until it is seen:
 * maximum likelihood. Formulas, sources and edge cases: docs/methods/recovery/reconstitution.md. */
#ifndef IMR_RECONSTITUTION_PARAMETRIC_H
#define IMR_RECONSTITUTION_PARAMETRIC_H

#include "recovery/aplasia_parametric.h"
#include "recovery/reconstitution.h"

/* What a competing event after the last visit without B cells says of the time of return: it is later, it
 * lies in between, or nothing beyond that visit. */
#define IMR_RECONSTITUTION_UNSEEN_LIST(X)                                                          \
    X(IMR_UNSEEN_COMPETING, "competing")                                                           \
    X(IMR_UNSEEN_RETURN, "return")                                                                 \
    X(IMR_UNSEEN_UNKNOWN, "unknown")

typedef enum { IMR_RECONSTITUTION_UNSEEN_LIST(IMR_ENUM_OF_CHOICE) } imr_reconstitution_unseen_t;

typedef struct {
    imr_aplasia_rows_t times; /* of return, counted from 0 */
    imr_aplasia_likelihood_t likelihood; /* of these */
    size_t n_returned, n_competing, n_unseen;
    int has_rate; /* 0: nobody was watched for competing events, and the rate is 0 */
    double unit; /* the longest time, in which those below are */
    double
        exposure; /* followed until return was seen, the competing event, or censoring; all added up */
    imr_aplasia_fit_t fit; /* of the times of return */
    double rate; /* per unit */
    double loglik; /* of all */
} imr_reconstitution_parametric_t;

/* Reads the rows of a group (group NULL: all); `left` is the column that `rows` was read from with
 * unseen_returns 0. IMR_ERR_NO_ROWS; IMR_ERR_RETURN_AT_ONCE naming right and
 * IMR_ERR_RECONSTITUTION_RATE naming competing. */
int IMR_MUST_CHECK imr_reconstitution_parametric_init(imr_reconstitution_parametric_t *self,
    const imr_reconstitution_rows_t *rows, const double *left, const int64_t *group, int64_t code,
    imr_reconstitution_unseen_t unseen, int has_rate, imr_aplasia_distribution_t distribution,
    imr_fault_t *fault);
void imr_reconstitution_parametric_free(
    imr_reconstitution_parametric_t *self); /* safe after failed init, twice */

/* Maximises the likelihood; *self lies where it was filled. As imr_aplasia_fit, naming left. */
int IMR_MUST_CHECK imr_reconstitution_parametric_fit(
    imr_reconstitution_parametric_t *self, imr_stop_t *stop, imr_fault_t *fault);

/* The shares of return, and of competing events, that came first up to `time`, 0 or more; infinity: ever.
 * Both are 0 at any time where nobody has returned, or had a competing event. */
void imr_reconstitution_parametric_shares(
    const imr_reconstitution_parametric_t *self, double time, double *share, double *competing);

#endif

/* The nonparametric maximum likelihood estimate of a duration between two interval-censored times, on
 * whole days.
 *
 * A row has the probability P = sum over its onset days u of the mass of u times that of the durations
 * that end in its recovery interval when they begin on u. Mass of durations can lie only in the innermost
 * intervals of all pairs of row and onset day, here called cells. The masses of onset days are equal
 * within each row (uniform), or those of one distribution that is estimated too. P is linear in either
 * kind of masses: given the others, the log-likelihood is concave, and the masses are at its maximum where
 * no gradient exceeds the number of rows. Jointly it is not concave: that certifies a stationary
 * point. */
#ifndef IMR_APLASIA_NPMLE_H
#define IMR_APLASIA_NPMLE_H

#include "base/stop.h"
#include "recovery/aplasia.h"

/* The largest kkt_gap of an answer that is given. */
#define IMR_APLASIA_CERTIFIED 1e-8
/* Pairs of a row and an onset day. */
#define IMR_APLASIA_MOST_PAIRS (1 << 22)
/* A duration, in days. */
#define IMR_APLASIA_MOST_DAYS (1 << 20)

typedef struct {
    size_t rows, n_pairs;
    int is_uniform; /* onset masses are not estimated */
    size_t n_cells, n_days;
    double *left,
        *right; /* of cells: (left, right], or one time where equal; the last may be infinite */
    double *day; /* the days on which an onset may be, ascending */
    size_t *first; /* pairs of row i: first[i]..first[i + 1] - 1 */
    uint32_t *onset; /* of each pair: the onset day, and its cells begin..end - 1 */
    uint32_t *begin, *end;

    double *mass; /* of the cells; sums to 1 */
    const double *scale; /* what a unit of mass of each cell counts for in P; NULL: 1 */
    double *start; /* of the onset days; sums to 1 */
    double *p; /* of the rows */
    double *gradient, *start_gradient;
    double *sum; /* of the masses, scaled, before each cell */
    double *old_mass, *old_start; /* before a round, then its steps */
    double *base_mass, *base_start; /* after it */
    double excess; /* the largest gradient over the rows, less 1 */
    int64_t iterations;

    /* of a step in some of the masses */
    double *other, *change; /* of rows */
    uint32_t *candidate;
    uint8_t *passive;
    double *x, *target, *wanted, *solution;
    double *column, *matrix; /* rows x candidates; candidates x candidates, twice */
    size_t column_room, matrix_room;
    void *block;
} imr_aplasia_npmle_t;

/* Finds days and cells, and guesses equal masses. With split >= 0 durations of up to so many days and longer
 * ones are kept apart, as an estimate needs whose mass up to there is given: cells are then the innermost
 * intervals on either side. IMR_ERR_APLASIA_DAYS naming a time that is no whole number;
 * IMR_ERR_APLASIA_SIZE. */
int IMR_MUST_CHECK imr_aplasia_npmle_init(imr_aplasia_npmle_t *self, const imr_aplasia_rows_t *rows,
    int is_uniform, int64_t split, imr_fault_t *fault);
/* With a cell for each first (or last) day of a duration of some row: from anywhere a mass can be moved
 * down to one (or up), and no P falls. left and right are the least (greatest) time there. Uniform. */
int IMR_MUST_CHECK imr_aplasia_npmle_init_ends(
    imr_aplasia_npmle_t *self, const imr_aplasia_rows_t *rows, int of_last, imr_fault_t *fault);
void imr_aplasia_npmle_free(imr_aplasia_npmle_t *self); /* safe after a failed init, and twice */

/* Maximises from the masses there are. With split > 0 the cells before it are kept at a mass of `early`
 * in all. Returns IMR_OK even where the iteration did not come to its end: see excess.
 * IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_aplasia_npmle_climb(
    imr_aplasia_npmle_t *self, size_t split, double early, imr_stop_t *stop, imr_fault_t *fault);

double imr_aplasia_npmle_loglik(const imr_aplasia_npmle_t *self);

/* --- the estimate ------------------------------------------------------------------------------- */

typedef struct {
    double loglik;
    double kkt_gap;
    int unique; /* no other masses of the cells have this log-likelihood, given those of the onset days */
    int starts, agreeing; /* climbs, and those that ended within 1e-6 of the best log-likelihood */
    double least_loglik; /* of the climbs */
} imr_aplasia_npmle_fit_t;

/* Climbs from several guesses of the onset masses and keeps the best end. IMR_ERR_UNCERTIFIED naming
 * kkt_gap when that is above IMR_APLASIA_CERTIFIED. */
int IMR_MUST_CHECK imr_aplasia_npmle_fit(
    imr_aplasia_npmle_t *self, imr_aplasia_npmle_fit_t *fit, imr_stop_t *stop, imr_fault_t *fault);

#endif

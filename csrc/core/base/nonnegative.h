/* The maximum of a concave quadratic among numbers that are not negative. */
#ifndef IMR_NONNEGATIVE_H
#define IMR_NONNEGATIVE_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    size_t count;
    const double
        *matrix; /* count x count, positive semidefinite, of which the upper half is read */
    const double *wanted;
    double *x; /* the start, none negative; then the maximum of wanted' x - x' matrix x / 2 */
    uint8_t *passive; /* count: 1 where x is free to be positive */
    double *factor; /* scratch, count x count */
    double *solution; /* scratch, count */
} imr_nonnegative_t;

/* Lawson and Hanson's algorithm. Bold: what would become negative at first is taken out at once, which
 * is fast and right more often than not; otherwise the quadratic rises all the way. Ends when it rises
 * along no number that is 0 by more than least_rise; of numbers that depend on each other some are 0. */
void imr_nonnegative_maximise(imr_nonnegative_t *self, double least_rise, int bold);

#endif

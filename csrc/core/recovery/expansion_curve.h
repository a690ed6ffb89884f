/* A curve through a few points: the area under it, and the slopes of its logarithms. */
#ifndef IMR_EXPANSION_CURVE_H
#define IMR_EXPANSION_CURVE_H

#include <stddef.h>

#include "base/alternative.h"

/* How the curve runs between two points: straight, or straight up and exponential down. */
#define IMR_TRAPEZOID_LIST(X)                                                                      \
    X(IMR_LINEAR_UP_LOG_DOWN, "linear-up-log-down")                                                \
    X(IMR_LINEAR, "linear")

typedef enum { IMR_TRAPEZOID_LIST(IMR_ENUM_OF_CHOICE) } imr_trapezoid_t;

typedef struct {
    double day;
    double value;
} imr_point_t;

/* The area from the first of n points, their days ascending and no value negative, to day `until`;
 * after the last point the curve is 0. The exponential takes two values above 0: where the curve
 * falls to 0 it is straight. */
double imr_curve_area(const imr_point_t *point, size_t n, imr_trapezoid_t trapezoid, double until);

/* The slope of n points by least squares, or NaN where they have none: fewer than two points, or days
 * too near to each other. */
double imr_curve_slope(const imr_point_t *point, size_t n);

typedef struct {
    double rate; /* of the decline: above 0 */
    double adjusted; /* R squared, adjusted */
    size_t points; /* the last so many */
} imr_terminal_t;

/* Fewest points of a terminal slope. */
#define IMR_TERMINAL_LEAST 3

/* The straight line through the last k of n points, whose values are logarithms, k from 3 to n, which
 * declines and has the largest adjusted R squared; of those within 1e-4 of it the one with
 * the most points. 0 if no such line declines, and *terminal is then untouched. */
int imr_curve_terminal(const imr_point_t *point, size_t n, imr_terminal_t *terminal);

#endif

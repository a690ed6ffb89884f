#include "recovery/expansion_curve.h"

#include <math.h>

/* Adjusted R squared that differs by no more counts as the same. */
#define SAME_FIT 1e-4

/* log(from / to), accurate where the two are nearly equal */
static double
log_ratio(double from, double to)
{
    return log1p((from - to) / to);
}

/* The area from one point to the next, or up to a day before it. A piece is cut as it runs: what falls
 * straight to 0 is straight up to any day. */
static double
piece(imr_trapezoid_t trapezoid, const imr_point_t *left, const imr_point_t *right, double until)
{
    double length = right->day - left->day, part = 1, from = left->value, to = right->value;
    double fall, drop;

    if (until < right->day) {
        part = (until - left->day) / length;
        length = until - left->day;
    }
    if (trapezoid == IMR_LINEAR_UP_LOG_DOWN && to > 0 && to < from) {
        fall = part * log_ratio(from, to);
        drop = part < 1 ? -from * expm1(-fall) : from - to;
        return length * (fall > 0 ? drop / fall : from);
    }
    return length * (from + part * (to - from) / 2);
}

double
imr_curve_area(const imr_point_t *point, size_t n, imr_trapezoid_t trapezoid, double until)
{
    double area = 0;

    for (size_t i = 1; i < n && point[i - 1].day < until; i++) {
        area += piece(trapezoid, &point[i - 1], &point[i], until);
    }
    return area;
}

/* The moments of a growing set of points (Welford), about their means. */
typedef struct {
    double n;
    double day, value;
    double days, products, values;
} moments_t;

static void
add_point(moments_t *self, const imr_point_t *point)
{
    double day_off = point->day - self->day, value_off = point->value - self->value;
    double share;

    self->n++;
    share = (self->n - 1) / self->n;
    self->days += share * day_off * day_off;
    self->products += share * day_off * value_off;
    self->values += share * value_off * value_off;
    self->day += day_off / self->n;
    self->value += value_off / self->n;
}

double
imr_curve_slope(const imr_point_t *point, size_t n)
{
    moments_t moments = { 0 };
    double slope;

    for (size_t i = 0; i < n; i++) {
        add_point(&moments, &point[i]);
    }
    slope = moments.products / moments.days;
    return isfinite(slope) ? slope : NAN;
}

/* The line through the last points, or one with points = 0 if it does not decline. */
static imr_terminal_t
line(const moments_t *moments)
{
    imr_terminal_t found = { -moments->products / moments->days, 0, (size_t) moments->n };
    double fit = moments->products / moments->days * (moments->products / moments->values);

    found.adjusted = 1 - (1 - fit) * (moments->n - 1) / (moments->n - 2);
    if (!(found.rate > 0) || !isfinite(found.rate) || !isfinite(found.adjusted)) {
        found.points = 0;
    }
    return found;
}

int
imr_curve_terminal(const imr_point_t *point, size_t n, imr_terminal_t *terminal)
{
    double best = -INFINITY;

    for (int pass = 0; pass < 2; pass++) { /* the best fit, then the longest that is as good */
        moments_t moments = { 0 };

        for (size_t k = 1; k <= n; k++) {
            imr_terminal_t found;

            add_point(&moments, &point[n - k]);
            if (k < IMR_TERMINAL_LEAST) {
                continue;
            }
            found = line(&moments);
            if (found.points == 0) {
                continue;
            }
            if (pass == 0) {
                best = fmax(best, found.adjusted);
            } else if (found.adjusted >= best - SAME_FIT) {
                *terminal = found;
            }
        }
    }
    return best > -INFINITY;
}

#include "response/contrast_formula.h"

#include <math.h>

#include "response/contrast_root.h"

/* --- Newcombe 1998, method 10: the sides of Wilson's limits, squared and added ------------------ */

/* The distance of x / n from its lower Wilson limit, and its slope in z >= 0. */
static inline imr_sloped_t
wilson_distance(double x, double y, double n, double z)
{
    double root = sqrt(x * y / n + z * z / 4), share = x / n;
    double limit = x * share / (x + z * z / 2 + z * root);
    imr_sloped_t at = { x > 0 ? share - limit : 0, 0 };

    at.slope = x > 0 && root > 0 ? limit * (1 - limit) / root : 0;
    return at;
}

static inline imr_sloped_t
newcombe_distance(double z, const void *context)
{
    const imr_two_counts_t *c = context;
    imr_sloped_t one = wilson_distance(c->x1, c->y1, c->n1, z);
    imr_sloped_t two = wilson_distance(c->y2, c->x2, c->n2, z);
    imr_sloped_t at = { sqrt(one.value * one.value + two.value * two.value), 0 };

    at.slope = (one.value * one.slope + two.value * two.slope) / at.value;
    return at;
}

static double
newcombe_statistic(const imr_two_groups_t *groups, double margin)
{
    imr_two_groups_t swapped = imr_two_groups_swapped(groups);
    imr_two_counts_t c = imr_two_counts(groups);
    double by = c.x1 / c.n1 - c.x2 / c.n2 - margin, farthest, deviation;

    if (by < 0) {
        return -newcombe_statistic(&swapped, -margin);
    }
    if (by == 0) {
        return 0;
    }
    farthest = hypot(c.x1 / c.n1, c.y2 / c.n2); /* Wilson's limits end at 0 and 1 */
    if (!(by < farthest * (1 - 1e-12))) {
        return INFINITY;
    }
    deviation = (c.x1 + c.x2 + 1) / (c.n1 + c.n2 + 2);
    deviation = sqrt(deviation * (1 - deviation) * (1 / c.n1 + 1 / c.n2));
    return imr_increasing_root(newcombe_distance, &c, by, by / deviation, INFINITY);
}

/* --- a centre and a standard error -------------------------------------------------------------- */

typedef struct {
    double centre, error;
} normal_t;

/* On the scale of the measure, or of its logarithm. */
static normal_t
normal_of(imr_contrast_method_t method, const imr_two_counts_t *c)
{
    double more = method == IMR_CONTRAST_AGRESTI_CAFFO ? 1 : 0;
    double n1 = c->n1 + 2 * more, n2 = c->n2 + 2 * more;
    double p1 = (c->x1 + more) / n1, p2 = (c->x2 + more) / n2;
    normal_t normal;

    switch (method) {
        case IMR_CONTRAST_KATZ:
            normal.centre = log(c->x1 / c->n1) - log(c->x2 / c->n2);
            normal.error = sqrt(c->y1 / (c->x1 * c->n1) + c->y2 / (c->x2 * c->n2));
            break;
        case IMR_CONTRAST_WOOLF:
            normal.centre = log(c->x1 / c->y1) - log(c->x2 / c->y2);
            normal.error = sqrt(1 / c->x1 + 1 / c->y1 + 1 / c->x2 + 1 / c->y2);
            break;
        default:
            normal.centre = p1 - p2;
            normal.error = sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2);
            break;
    }
    return normal;
}

/* A count of 0 makes the standard error of a logarithm infinite: nothing is known. */
static int
knows_nothing(imr_contrast_method_t method, const imr_two_counts_t *c)
{
    return ((method == IMR_CONTRAST_KATZ || method == IMR_CONTRAST_WOOLF)
               && (c->x1 == 0 || c->x2 == 0))
        || (method == IMR_CONTRAST_WOOLF && (c->y1 == 0 || c->y2 == 0));
}

double
imr_contrast_formula_limit(imr_contrast_method_t method, const imr_two_groups_t *groups, double z)
{
    imr_two_groups_t swapped = imr_two_groups_swapped(groups);
    imr_two_counts_t c = imr_two_counts(groups);
    normal_t normal;

    if (method == IMR_CONTRAST_NEWCOMBE) {
        if (z < 0) {
            return -imr_contrast_formula_limit(method, &swapped, -z);
        }
        return c.x1 / c.n1 - c.x2 / c.n2 - newcombe_distance(z, &c).value;
    }
    if (knows_nothing(method, &c)) {
        return z > 0 ? 0 : INFINITY;
    }
    normal = normal_of(method, &c);
    if (method == IMR_CONTRAST_KATZ || method == IMR_CONTRAST_WOOLF) {
        return exp(normal.centre - z * normal.error);
    }
    return fmin(fmax(normal.centre - z * normal.error, -1), 1);
}

double
imr_contrast_formula_statistic(
    imr_contrast_method_t method, const imr_two_groups_t *groups, double margin)
{
    imr_two_counts_t c = imr_two_counts(groups);
    normal_t normal;
    double by;

    if (method == IMR_CONTRAST_NEWCOMBE) {
        return newcombe_statistic(groups, margin);
    }
    if (knows_nothing(method, &c)) {
        return 0;
    }
    normal = normal_of(method, &c);
    by = method == IMR_CONTRAST_KATZ || method == IMR_CONTRAST_WOOLF ? normal.centre - log(margin)
                                                                     : normal.centre - margin;
    return by == 0 ? 0 : by / normal.error;
}

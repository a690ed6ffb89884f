/* Climbing the likelihood of a rate regression, in an orthonormal basis of its design. */
#ifndef IMR_RATE_REGRESSION_CLIMB_H
#define IMR_RATE_REGRESSION_CLIMB_H

#include <math.h>

#include "base/inner_product.h"
#include "survival/rate_regression.h"

/* A product beyond this takes no further factor. */
#define IMR_RATE_HUGE 1e150

/* log(1 + u) to the last digit or two: what 1 + u rounds off comes back. Without the branches of log1p, which
 * are slow on values of every size. */
static inline double
imr_rate_log1p(double u)
{
    double sum = 1 + u;

    return log(sum) + (u - (sum - 1)) / sum;
}

/* In four parts, as imr_inner_product_in_parts. */
static inline double
imr_rate_sum(const double *a, size_t n)
{
    double part[4] = { 0, 0, 0, 0 };
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        for (size_t lane = 0; lane < 4; lane++) {
            part[lane] += a[i + lane];
        }
    }
    for (; i < n; i++) {
        part[0] += a[i];
    }
    return part[0] + part[1] + (part[2] + part[3]);
}

/* Sums over rows with residuals r = (count - mean) / (1 + alpha mean) and parts mean / (1 + alpha mean). */
typedef struct {
    double residual, weight,
        cross; /* of one pattern: r, minus its derivative by the predictor, r part */
    double part, square, count, count_square; /* part, its square, and both times the count */
} imr_rate_sums_t;

/* One climb, whose last coordinate may be held fixed. Its variables, in this order: the coordinates that
 * move, log alpha where it moves, the coordinate that is held. */
typedef struct {
    imr_rate_regression_t *model;
    size_t free; /* coordinates that move: p, or p - 1 */
    int joint; /* log alpha moves with them */
    double alpha;
    double *coordinates; /* p */
    double *step, *score, *factor; /* p + 1, p + 1, (p + 1) (p + 1) */
    double *trial, *begin, *highest, *before; /* p: coordinates tried, or to come back to */
    double *at, at_alpha,
        at_loglik; /* p: of the last evaluation; NaN where nothing is known of it */
    /* patterns: the linear predictor, for the longest exposure; the mean there; the predictor's change along
     * a step; the derivative by the predictor, and minus its own by the predictor and by log alpha */
    double *predictor, *longest_mean, *change, *residual, *weight, *cross;
    double *weighted; /* patterns: scratch */
    double *mean; /* n: the expected count; not kept up to date where alpha is 0 */
    double *scratch; /* n */
    imr_rate_sums_t sums; /* of all rows, where alpha is above 0 as of the last score */
    double largest_mean, log_rest; /* and the sum of log(1 + alpha mean) over all rows */
    double table,
        table_alpha; /* what of the likelihood depends on alpha alone, and for which it is */
    double loglik; /* with all that depends on alpha */
    double poisson; /* no less than the same of Poisson, infinite where it is not known */
    double enough; /* the climb ends at such a decrement */
    double decrement; /* the squared score, in units of its variance */
    double alpha_rounding; /* of the score of log alpha */
} imr_rate_climb_t;

size_t imr_rate_work_size(size_t n, size_t p, size_t patterns);
void imr_rate_climb_init(imr_rate_climb_t *climb, imr_rate_regression_t *model, size_t free);

/* Puts given coefficients, taken in the order of the basis (`last` at its end), where the climb begins. */
void imr_rate_restart(imr_rate_climb_t *climb, const double *coef, size_t last);

/* The step in coefficients of the user's columns, from one in the basis whose `last` is that of the fit
 * (p - 1), in place. */
void imr_rate_to_coefficients(const imr_rate_regression_t *model, double *coordinates);

/* Coefficient j as a sum of coordinates: by how much of each. */
void imr_rate_coefficient_row(const imr_rate_regression_t *model, size_t j, double *row);

/* The likelihood and the means at coordinates; 0 where it is below all numbers. */
int imr_rate_evaluate(imr_rate_climb_t *climb, const double *coordinates);

/* Are likelihood and means those of the coordinates and alpha at hand? */
int imr_rate_is_there(const imr_rate_climb_t *climb);

/* Minus the sum of (y + 1 / alpha) log(1 + alpha mean) over all rows, and in *all that of the logarithms. */
double imr_rate_rests(
    const imr_rate_regression_t *model, const double *mean, double alpha, double *all);

/* The derivatives by the linear predictors and `sums`, from the means, also where alpha is 0. */
void imr_rate_sum_rows(imr_rate_climb_t *climb);

/* What of the likelihood depends on alpha alone: the sum over rows, and j below their count, of log(1 + j alpha). */
void imr_rate_fill_table(imr_rate_climb_t *climb);

/* The score of the leading variables, and the factor of their information (in rows of p + 1); in `step` the
 * score in units of its standard deviation. */
void imr_rate_standardise(imr_rate_climb_t *climb, size_t variables);

/* What rounding may take off the log-likelihood, a sum of so many terms. */
double imr_rate_slack(const imr_rate_climb_t *climb);

/* Moves by a part of the step, halved until the likelihood is at least `least` but for rounding; 0 where it
 * never is. */
int imr_rate_move(imr_rate_climb_t *climb, double part, double least);

/* The means of all rows, where alpha is 0 as well. */
void imr_rate_spread_means(imr_rate_climb_t *climb);

#define IMR_RATE_LITTLE 0.1

/* The largest change of a linear predictor along the step; `change` receives all of them. Where it is no more than
 * IMR_RATE_LITTLE a bound up to that may be returned instead, and `change` stays. */
double imr_rate_changes(imr_rate_climb_t *climb);

/* Climbs to the maximum for the alpha at hand, or with it: IMR_ERR_NOCONV also where that leads far, or to
 * where the likelihood is not concave. A pattern whose means go to 0 along a direction in which the
 * likelihood never falls becomes inactive; model->infinite says so where `record`. */
int IMR_MUST_CHECK imr_rate_climb(imr_rate_climb_t *climb, int record);

/* Climbs in alpha as well, beginning at the alpha at hand (0: at that of the moments, if the likelihood
 * rises from Poisson). */
int IMR_MUST_CHECK imr_rate_climb_alpha(imr_rate_climb_t *climb, int record);

/* From a maximum in alpha, Poisson being one where the likelihood falls from there on, to the highest. Where
 * Poisson is it, or is higher, or another maximum is suspected, the likelihood is looked at for alphas that lie a
 * factor apart (4, else 1.5), and where it is higher, or rises away from the maximum, another one is climbed. The
 * coordinates, alpha and loglik are then those of the highest; the means need not be. */
int IMR_MUST_CHECK imr_rate_climb_highest(imr_rate_climb_t *climb, int record);

/* Both from Poisson. */
int IMR_MUST_CHECK imr_rate_climb_from_poisson(imr_rate_climb_t *climb, int record);

/* Where the means of the inactive patterns go to 0: the sign of each coefficient that then is infinite, into
 * model->direction, and NaN if either sign will do; 0 of one that the others tell. scratch: doubles. */
size_t imr_rate_open_size(size_t p);
void imr_rate_open_signs(imr_rate_climb_t *climb, double *scratch);

/* The slope of the log-likelihood in alpha, minus its second derivative, and what rounding may make of the slope,
 * at the climb's means. */
typedef struct {
    double slope, information, rounding;
} imr_rate_alpha_t;

imr_rate_alpha_t imr_rate_by_alpha(imr_rate_climb_t *climb);

/* The lower factor of a semidefinite p x p matrix (lower half), in place; a pivot below 1e-13 of its
 * diagonal leaves its coordinate at 0 in every solution. */
void imr_rate_factor(double *matrix, size_t p, size_t m);
void imr_rate_solve(const double *factor, size_t p, size_t m, double *b);
void imr_rate_solve_upper(const double *factor, size_t p, size_t m, double *b); /* factor' x = b */

#endif

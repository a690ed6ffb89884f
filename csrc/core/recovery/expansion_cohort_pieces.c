#include <math.h>
#include <string.h>

#include "recovery/expansion_cohort_laplace.h"

enum {
    M = IMR_EXPANSION_PARAMETERS,
    TMAX = IMR_EXPANSION_TMAX,
    RULE = IMR_EXPANSION_RULE,
    MOST = IMR_EXPANSION_MOST_PIECES,
    MOST_SPLITS = 14,
    MOST_KINKS = MOST / 2
};

#define FAR 8.5 /* standard deviations between patients, beyond which no peak is looked for */
#define BEYOND 0.7 /* log days before the first sample and after the last */
#define STANDS 1e-4 /* the share of the integral by which a split may change it */
#define NOTHING 15.0 /* a piece whose log integral is less by this is not split */
#define LEAST_SHARE 1e-6

/* Gauss and Legendre's rule of eight points from -1 to 1 (Abramowitz and Stegun 25.4). */
static const double POINT[RULE] = { -0.9602898564975363, -0.7966664774136267, -0.5255324099163290,
    -0.1834346424956498, 0.1834346424956498, 0.5255324099163290, 0.7966664774136267,
    0.9602898564975363 };
static const double WEIGHT[RULE] = { 0.1012285362903763, 0.2223810344533745, 0.3137066458778873,
    0.3626837833783620, 0.3626837833783620, 0.3137066458778873, 0.2223810344533745,
    0.1012285362903763 };

static double
log_sum(double a, double b)
{
    double most = fmax(a, b);

    return most == -INFINITY ? most : most + log1p(exp(-fabs(a - b)));
}

/* --- laying ------------------------------------------------------------------------------------ */

/* The nodes of a piece, each mode found from that of the node before; or, where `parent` is not NULL, from
 * the nearest of its nodes, of which this piece holds those from `half` on. */
static void
fill(const imr_course_t *course, const imr_expansion_population_t *population,
    imr_expansion_piece_t *piece, const double *from, const imr_expansion_piece_t *parent,
    size_t half)
{
    double middle = 0.5 * (piece->low + piece->high), radius = 0.5 * (piece->high - piece->low);

    piece->log_integral = -INFINITY;
    piece->settled = 0;
    for (size_t k = 0; k < RULE; k++) {
        imr_expansion_node_t *node = &piece->node[k];
        const double *start = parent == NULL ? from : parent->node[half + k / 2].theta;

        memcpy(node->theta, start, sizeof(node->theta));
        node->theta[TMAX] = middle + radius * POINT[k];
        node->log_weight = log(radius * WEIGHT[k]);
        imr_expansion_node(course, population, node, NULL);
        if (k == 0 && parent == NULL) { /* the middle patient is another place to start from */
            imr_expansion_node_t other = *node;

            memcpy(other.theta, population->theta, sizeof(other.theta));
            other.theta[TMAX] = node->theta[TMAX];
            imr_expansion_node(course, population, &other, NULL);
            *node = other.value > node->value + 1e-9 ? other : *node;
        }
        piece->log_integral = log_sum(piece->log_integral, node->log_weight + node->value);
        from = node->theta;
    }
}

/* Pieces between the days of samples, where the curve has its kinks, and beyond. Of very many samples only
 * those near the largest value are ends of pieces. */
static void
lay_first_pieces(imr_expansion_pieces_t *self, const imr_course_t *course,
    const imr_expansion_population_t *population)
{
    double low = population->theta[TMAX] - FAR * population->between[TMAX];
    double high = population->theta[TMAX] + FAR * population->between[TMAX], at;
    const double *from = population->theta;
    size_t largest = 0, first = 0, last = course->n;

    self->count = 0;
    if (course->n > 0) {
        low = fmin(low, log(course->day[0]) - BEYOND);
        high = fmax(high, log(course->day[course->n - 1]) + BEYOND);
    }
    for (size_t i = 0; i < course->n; i++) {
        largest =
            !course->below[i] && course->log_copies[i] > course->log_copies[largest] ? i : largest;
    }
    if (course->n > MOST_KINKS) {
        first = largest > MOST_KINKS / 2 ? largest - MOST_KINKS / 2 : 0;
        first = first + MOST_KINKS > course->n ? course->n - MOST_KINKS : first;
        last = first + MOST_KINKS;
    }
    at = low;
    for (size_t i = first; i <= last; i++) {
        double end = i < last ? log(course->day[i]) : high;

        if (end > at) {
            imr_expansion_piece_t *piece = &self->piece[self->count++];

            piece->low = at;
            piece->high = at = end;
            fill(course, population, piece, from, NULL, 0);
            from = piece->node[RULE - 1].theta;
        }
    }
}

static double
log_integral(const imr_expansion_pieces_t *self)
{
    double total = -INFINITY;

    for (size_t i = 0; i < self->count; i++) {
        total = log_sum(total, self->piece[i].log_integral);
    }
    return total;
}

/* Splits a piece in two unless that changes nothing; 1 where it did. */
static int
split(imr_expansion_pieces_t *self, const imr_course_t *course,
    const imr_expansion_population_t *population, size_t index, double total)
{
    imr_expansion_piece_t *piece = &self->piece[index], halves[2];
    double middle = 0.5 * (piece->low + piece->high), both;

    for (size_t k = 0; k < 2; k++) {
        halves[k].low = k == 0 ? piece->low : middle;
        halves[k].high = k == 0 ? middle : piece->high;
        fill(course, population, &halves[k], NULL, piece, k * RULE / 2);
    }
    both = log_sum(halves[0].log_integral, halves[1].log_integral);
    if (fabs(exp(both - total) - exp(piece->log_integral - total)) < STANDS) {
        piece->settled = 1;
        return 0;
    }
    *piece = halves[0];
    self->piece[self->count++] = halves[1];
    return 1;
}

/* Splits the days of the peak until the integral stands; its log. */
static double
lay(imr_expansion_pieces_t *self, const imr_course_t *course,
    const imr_expansion_population_t *population)
{
    int splits = 1;

    lay_first_pieces(self, course, population);
    for (int depth = 0; depth < MOST_SPLITS && splits; depth++) {
        size_t pieces = self->count;
        double total = log_integral(self);

        splits = 0;
        for (size_t i = 0; i < pieces && self->count < MOST; i++) {
            if (depth > 0 && self->piece[i].log_integral < total - NOTHING) {
                self->piece[i].settled = 1;
            }
            splits |= !self->piece[i].settled && split(self, course, population, i, total);
        }
    }
    return log_integral(self);
}

double
imr_expansion_laplace(imr_expansion_pieces_t *pieces, const imr_course_t *course,
    const imr_expansion_population_t *population, double *mean, double *covariance)
{
    double total = lay(pieces, course, population), inverse[IMR_EXPANSION_SQUARE];

    if (total == -INFINITY) {
        return total;
    }
    memset(mean, 0, M * sizeof(*mean));
    memset(covariance, 0, IMR_EXPANSION_SQUARE * sizeof(*covariance));
    for (int pass = 0; pass < 2; pass++) { /* the mean; what lies about it */
        for (size_t i = 0; i < pieces->count * RULE; i++) {
            imr_expansion_node_t node = pieces->piece[i / RULE].node[i % RULE];
            double share = exp(node.log_weight + node.value - total);

            if (!(share > LEAST_SHARE)) {
                continue;
            }
            if (pass == 1) {
                imr_expansion_node(course, population, &node, inverse);
            }
            for (size_t r = 0; r < M; r++) {
                mean[r] += pass == 0 ? share * node.theta[r] : 0;
                for (size_t c = 0; c < M && pass == 1; c++) {
                    covariance[r * M + c] += share
                        * (inverse[r * M + c]
                            + (node.theta[r] - mean[r]) * (node.theta[c] - mean[c]));
                }
            }
        }
    }
    return total;
}

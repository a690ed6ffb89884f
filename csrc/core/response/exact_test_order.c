#include "response/exact_test_order.h"

#include <math.h>

#include "response/binomial.h"

/* Keys this close are equal. */
static const double tie = 1e-9;

/* --- given the events: the hypergeometric distribution ------------------------------------------ */

/* Probabilities of x1 = least..most, from the mode outwards. */
static void
fill_column(int64_t n1, int64_t n2, int64_t events, int64_t least, int64_t most, double *column)
{
    double total = 1;
    int64_t mode = (int64_t) ((double) (events + 1) * (double) (n1 + 1) / (double) (n1 + n2 + 2));

    mode = mode < least ? least : mode > most ? most : mode;
    column[mode - least] = 1;
    for (int64_t x = mode; x < most; x++) {
        column[x + 1 - least] = column[x - least] * ((double) (n1 - x) * (double) (events - x))
            / ((double) (x + 1) * (double) (n2 - events + x + 1));
        total += column[x + 1 - least];
    }
    for (int64_t x = mode; x > least; x--) {
        column[x - 1 - least] = column[x - least] * ((double) x * (double) (n2 - events + x))
            / ((double) (n1 - x + 1) * (double) (events - x + 1));
        total += column[x - 1 - least];
    }
    for (int64_t x = least; x <= most; x++) {
        column[x - least] /= total;
    }
}

/* The sums of all probabilities no larger than each: taken in growing order from the two ends, with
 * those that a tie adds looked for ahead. */
static void
minlike_pvalues(const double *column, size_t n, double *pvalues)
{
    size_t low = 0, high = n, next_low, next_high;
    double sum = 0;

    next_low = low;
    next_high = high;
    while (low < high) {
        int from_low = column[low] <= column[high - 1];
        double least = from_low ? column[low] : column[high - 1];
        double most = least * (1 + IMR_TIE_TOLERANCE);

        while (next_low < next_high && column[next_low] <= most) {
            sum += column[next_low++];
        }
        while (next_low < next_high && column[next_high - 1] <= most) {
            sum += column[--next_high];
        }
        pvalues[from_low ? low++ : --high] = fmin(1, sum);
    }
}

static void
fisher_pvalues(imr_alternative_t alternative, const double *column, size_t n, double *pvalues)
{
    double sum = 0;

    switch (alternative) {
        case IMR_TWO_SIDED:
            minlike_pvalues(column, n, pvalues);
            break;
        case IMR_LESS:
            for (size_t i = 0; i < n; i++) {
                sum += column[i];
                pvalues[i] = fmin(1, sum);
            }
            break;
        case IMR_GREATER:
            for (size_t i = n; i > 0; i--) {
                sum += column[i - 1];
                pvalues[i - 1] = fmin(1, sum);
            }
            break;
    }
}

/* --- normal deviates ------------------------------------------------------------------------------ */

static double
deviate(imr_order_t order, double x1, double n1, double x2, double n2)
{
    double p1 = x1 / n1, p2 = x2 / n2, p = (x1 + x2) / (n1 + n2);
    double variance = order == IMR_ORDER_POOLED ? p * (1 - p) * (1 / n1 + 1 / n2)
                                                : p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2;
    double difference = x1 * n2 - x2 * n1;

    return difference == 0 ? 0 : (p1 - p2) / sqrt(variance);
}

/* --- all tables ---------------------------------------------------------------------------------- */

void
imr_exact_order(imr_order_t order, imr_alternative_t alternative, int64_t n1, int64_t n2,
    double *column, double *weights, double *statistics)
{
    double *pvalues = column + n1 + n2 + 2;

    for (int64_t events = 0; events <= n1 + n2; events++) {
        int64_t least = events > n2 ? events - n2 : 0, most = events < n1 ? events : n1;

        fill_column(n1, n2, events, least, most, column);
        if (order == IMR_ORDER_FISHER) {
            fisher_pvalues(alternative, column, (size_t) (most - least + 1), pvalues);
        }
        for (int64_t x = least; x <= most; x++) {
            int64_t table = x * (n2 + 1) + events - x;

            weights[table] = column[x - least];
            statistics[table] = order == IMR_ORDER_FISHER
                ? pvalues[x - least]
                : deviate(order, (double) x, (double) n1, (double) (events - x), (double) n2);
        }
    }
}

double
imr_exact_key(imr_order_t order, imr_alternative_t alternative, double statistic)
{
    if (order == IMR_ORDER_FISHER || alternative == IMR_LESS) {
        return statistic;
    }
    return alternative == IMR_GREATER ? -statistic : -fabs(statistic);
}

double
imr_exact_key_bound(imr_order_t order, double key)
{
    if (isinf(key)) {
        return key;
    }
    return order == IMR_ORDER_FISHER ? key * (1 + tie) : key + tie * fmax(1, fabs(key));
}

#include "recovery/detection_limit_order.h"

#include <math.h>

#include "base/mem.h"
#include "base/order.h"
#include "base/quantile.h"

/* The rows of one stretch of the order, from one limit up to the next, get the positions that lie
 * between `above` (the chance of the next limit or more) and `here` (of this one or more). */
static void
place_stretch(const imr_detection_rows_t *rows, const uint32_t *order, size_t begin, size_t end,
    const double chance[2], double limit, double *position)
{
    double here = chance[0], above = chance[1], detected = 0, censored = 0, rank = 0, below = 0;

    for (size_t k = begin; k < end; k++) {
        detected += rows->kind[order[k]] == IMR_DETECTED;
        censored += rows->kind[order[k]] == IMR_BELOW && rows->value[order[k]] == limit;
    }
    for (size_t k = begin; k < end; k++) {
        size_t i = order[k];

        if (rows->kind[i] == IMR_DETECTED) {
            position[i] = 1 - here + (here - above) * ++rank / (detected + 1);
        } else {
            position[i] = (1 - here) * ++below / (censored + 1);
        }
    }
}

void
imr_detection_positions(const imr_detection_rows_t *rows, const uint32_t *order, double *position)
{
    size_t end = rows->n;
    double above = 0; /* the chance of the limit at `end`, or more */

    while (end > 0) {
        size_t begin = end, lower;
        double limit = -INFINITY, detected = 0, rest, chance[2];

        /* the largest limit among the rows before `end` */
        for (size_t k = end; k-- > 0;) {
            if (rows->kind[order[k]] == IMR_BELOW) {
                limit = rows->value[order[k]];
                break;
            }
        }
        while (begin > 0 && rows->value[order[begin - 1]] >= limit) {
            begin--;
            detected += rows->kind[order[begin]] == IMR_DETECTED;
        }
        lower = 0; /* detected below the limit, and all that are "below" it or a lower one */
        for (size_t k = 0; k < end; k++) {
            lower += k < begin || rows->kind[order[k]] == IMR_BELOW;
        }
        rest = (double) lower;
        chance[0] = lower == 0 ? 1 : above + (1 - above) * (detected / (detected + rest));
        chance[1] = above;
        place_stretch(rows, order, begin, end, chance, limit, position);
        above = chance[0];
        end = begin;
    }
}

/* R's default quantile (type 7) of ascending values. */
static double
quantile_of(const double *sorted, size_t n, double p)
{
    double place = p * (double) (n - 1), whole = floor(place);
    size_t k = (size_t) whole;

    return k + 1 < n ? sorted[k] + (place - whole) * (sorted[k + 1] - sorted[k]) : sorted[n - 1];
}

static imr_detection_value_t
number(double estimate)
{
    imr_detection_value_t answer = { estimate, estimate, NAN, NAN };

    return answer;
}

/* The line through the detected values, and the values it puts in the place of the others. */
static int
complete(const imr_detection_rows_t *rows, const double *position, int logs, double *filled,
    double line[2], imr_fault_t *fault)
{
    double n = (double) rows->detected, mean_z = 0, mean_y = 0, zz = 0, zy = 0;
    int ret = IMR_OK;

    for (size_t i = 0; i < rows->n && ret == IMR_OK; i++) { /* normal quantiles first */
        ret = imr_quantile_normal(position[i], &filled[i]);
    }
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, "value", -1, NAN);
    }
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < rows->n; i++) {
            double y = logs ? log(rows->value[i]) : rows->value[i];

            if (rows->kind[i] != IMR_DETECTED) {
                continue;
            }
            if (pass == 0) {
                mean_z += filled[i] / n;
                mean_y += y / n;
            } else {
                zz += (filled[i] - mean_z) * (filled[i] - mean_z);
                zy += (filled[i] - mean_z) * (y - mean_y);
            }
        }
    }
    line[1] = zy / zz;
    line[0] = mean_y - line[1] * mean_z;
    for (size_t i = 0; i < rows->n; i++) {
        double fitted = line[0] + line[1] * filled[i];

        filled[i] = rows->kind[i] == IMR_DETECTED ? rows->value[i] : logs ? exp(fitted) : fitted;
    }
    return IMR_OK;
}

int
imr_detection_order(imr_detection_limit_t *self, const imr_detection_rows_t *rows,
    const imr_detection_options_t *options, const double *p, size_t n_p, imr_fault_t *fault)
{
    size_t n = rows->n;
    double *position = NULL, *filled, *sorted, mean = 0, squares = 0, least = INFINITY, most = 0;
    uint32_t *order;
    int ret;

    if (options->distribution == IMR_DETECTION_GAMMA) {
        return imr_fault(fault, IMR_ERR_ORDER_DISTRIBUTION, "distribution", -1, NAN);
    }
    if (rows->above > 0) {
        return imr_fault(fault, IMR_ERR_NO_CURVE, "above", -1, NAN);
    }
    most = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (rows->kind[i] == IMR_DETECTED) {
            least = fmin(least, rows->value[i]);
            most = fmax(most, rows->value[i]);
        }
    }
    if (rows->detected < 3 || !(least < most)) {
        return imr_fault(fault, IMR_ERR_ORDER_STATISTICS, "value", -1, NAN);
    }
    position = imr_malloc(n, 3 * sizeof(double) + sizeof(uint32_t));
    if (position == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    filled = position + n;
    sorted = filled + n;
    order = (uint32_t *) (sorted + n);
    ret = imr_order(rows->value, n, "value", order, fault);
    if (ret != IMR_OK) {
        goto out;
    }
    imr_detection_positions(rows, order, position);
    ret = complete(rows, position, options->distribution == IMR_DETECTION_LOGNORMAL, filled,
        self->parameter, fault);
    if (ret == IMR_OK) {
        ret = imr_order(filled, n, "value", order, fault);
    }
    if (ret != IMR_OK) {
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        sorted[i] = filled[order[i]];
        mean += sorted[i] / (double) n;
    }
    for (size_t i = 0; i < n; i++) {
        squares += (sorted[i] - mean) * (sorted[i] - mean);
    }
    self->mean = number(mean);
    self->sd = number(sqrt(squares / (double) (n - 1)));
    for (size_t i = 0; i < n_p; i++) {
        self->quantile[i] = number(quantile_of(sorted, n, p[i]));
    }
out:
    imr_free(position);
    return ret;
}

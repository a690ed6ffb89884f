#include "survival/cox_transform.h"

#include <math.h>

#include "base/mem.h"
#include "base/order.h"
#include "survival/cox_rows.h"

static double
count_of(const imr_cox_rows_t *rows, size_t i)
{
    return rows->sampling ? 1 : imr_cox_weight(rows, i);
}

/* Passes the rows from the first time to the last; at[i] becomes the rank of row i's time, or 1 less
 * the survival just before it. */
static void
pass_times(const imr_cox_rows_t *rows, int ranks, const uint32_t *by_time, const uint32_t *by_entry,
    const uint8_t *event, double *at)
{
    double survival = 1, before = 0, at_risk = 0;
    size_t n = rows->n, entered = 0;

    for (size_t i = 0, end; i < n; i = end) {
        double t = rows->time[by_time[i]], here = 0, events = 0;

        for (; entered < n; entered++) {
            uint32_t row = by_entry == NULL ? (uint32_t) entered : by_entry[entered];

            if (by_entry != NULL && !(rows->entry[row] < t)) {
                break;
            }
            at_risk += count_of(rows, row);
        }
        for (end = i; end < n && rows->time[by_time[end]] == t; end++) {
            here += count_of(rows, by_time[end]);
            events += event[by_time[end]] ? count_of(rows, by_time[end]) : 0;
        }
        for (size_t j = i; j < end; j++) {
            at[by_time[j]] = ranks ? before + 0.5 * (here + 1) : 1 - survival;
        }
        survival *= 1 - events / at_risk;
        at_risk -= here;
        before += here;
    }
}

/* The same, with the orders it takes. */
static int
rank_or_km(const imr_cox_rows_t *rows, int ranks, double *g, imr_fault_t *fault)
{
    size_t n = rows->n;
    uint32_t *order = imr_malloc(2 * n, sizeof(uint32_t));
    uint8_t *event = imr_calloc(n, 1);
    double *at = imr_malloc(n, sizeof(double));
    int status = IMR_ERR_NOMEM;

    if (order == NULL || event == NULL || at == NULL) {
        imr_fault(fault, status, NULL, -1, NAN);
        goto out;
    }
    status = imr_order(rows->time, n, "time", order, fault);
    if (status == IMR_OK && rows->entry != NULL) {
        status = imr_order(rows->entry, n, "entry", order + n, fault);
    }
    if (status != IMR_OK) {
        goto out;
    }
    for (size_t k = 0; k < rows->sets; k++) {
        for (int64_t i = rows->first_event[k]; i < rows->end[k]; i++) {
            event[i] = 1;
        }
    }
    pass_times(rows, ranks, order, rows->entry == NULL ? NULL : order + n, event, at);
    for (size_t k = 0; k < rows->sets; k++) {
        g[k] = at[rows->first_event[k]];
    }
out:
    imr_free(order);
    imr_free(event);
    imr_free(at);
    return status;
}

int
imr_cox_transform(
    const imr_cox_rows_t *rows, imr_cox_transform_t transform, double *g, imr_fault_t *fault)
{
    if (transform == IMR_COX_KM || transform == IMR_COX_RANK) {
        return rank_or_km(rows, transform == IMR_COX_RANK, g, fault);
    }
    for (size_t k = 0; k < rows->sets; k++) {
        g[k] = rows->set_time[k];
        if (transform == IMR_COX_LOG) {
            if (!(g[k] > 0)) {
                return imr_fault(
                    fault, IMR_ERR_COX_LOG_TIME, "time", rows->row[rows->first_event[k]], g[k]);
            }
            g[k] = log(g[k]);
        }
    }
    return IMR_OK;
}

void
imr_cox_transformed_events(
    const imr_cox_rows_t *rows, const double *g, double *g_of_event, double *weight)
{
    size_t at = 0, next;

    for (size_t begin = 0; begin < rows->sets; begin = next) {
        for (next = begin + 1; next < rows->sets && !imr_cox_begins_stratum(rows, next);) {
            next++;
        }
        for (size_t k = next; k-- > begin;) {
            for (int64_t i = rows->first_event[k]; i < rows->end[k]; i++, at++) {
                g_of_event[at] = g[k];
                weight[at] = imr_cox_weight(rows, (size_t) i);
            }
        }
    }
}

#include "survival/multistate_axis.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"

#define DAYS_PER_SPAN 16 /* more days than so many a stretch are no axis */

int
imr_multistate_rank(
    imr_multistate_rows_t *self, const double *start, const double *stop, imr_fault_t *fault)
{
    size_t spans = self->spans;
    char *at = imr_malloc(spans, sizeof(double) + sizeof(uint32_t) + 1);
    uint32_t *order;
    int status;

    self->axis = at;
    if (at == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->time = (double *) at;
    order = (uint32_t *) (self->time + spans);
    self->ends = (uint8_t *) (order + spans);
    self->places = 0;
    status = imr_order(stop, spans, "time", order, fault);
    for (size_t k = 0; k < spans && status == IMR_OK; k++) {
        double time = stop[order[k]];

        if (self->places == 0 || time > self->time[self->places - 1]) {
            self->time[self->places++] = time;
        }
        self->span[order[k]].end = (uint32_t) (self->places - 1);
    }
    for (size_t q = 0; q < spans && status == IMR_OK; q++) {
        size_t low = 0, high = self->places;

        while (self->span[q].first && low < high) {
            size_t middle = low + (high - low) / 2;

            if (self->time[middle] <= start[q]) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        self->span[q].begin = self->span[q].first ? (uint32_t) low : self->span[q - 1].end + 1;
    }
    memset(self->ends, 1, self->places);
    return status;
}

int
imr_multistate_keep_days(imr_multistate_rows_t *self, imr_fault_t *fault)
{
    size_t spans = self->spans, places = self->places;
    int few = (places - 1) / DAYS_PER_SPAN <= spans, status;
    double *at = imr_malloc(few ? places : 2 * spans, sizeof(*at));

    if (at == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    if (few) {
        self->axis = self->time = at;
        for (size_t day = 0; day < places; day++) {
            at[day] = (double) day;
        }
        return IMR_OK;
    }
    for (size_t q = 0; q < spans; q++) {
        at[q] = (double) self->span[q].begin - 1;
        at[spans + q] = (double) self->span[q].end;
    }
    status = imr_multistate_rank(self, at, at + spans, fault);
    imr_free(at);
    return status;
}

int
imr_multistate_sort_groups(imr_multistate_rows_t *self, imr_fault_t *fault)
{
    size_t groups = self->groups, spans = self->spans, patients = 0;
    imr_multistate_stretch_t *sorted;

    self->of_group = imr_calloc(groups + 2, sizeof(*self->of_group));
    if (self->of_group == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    if (groups == 1) {
        self->of_group[1] = spans;
        return IMR_OK;
    }
    sorted = imr_malloc(spans + 1, sizeof(*sorted));
    if (sorted == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t q = 0; q < spans; q++) {
        patients += self->span[q].first;
        self->of_group[self->group[patients - 1] + 2]++;
    }
    for (size_t g = 0; g < groups; g++) {
        self->of_group[g + 2] += self->of_group[g + 1];
    }
    patients = 0;
    for (size_t q = 0; q < spans; q++) {
        patients += self->span[q].first;
        sorted[self->of_group[self->group[patients - 1] + 1]++] = self->span[q];
    }
    sorted[spans] = self->span[spans];
    imr_free(self->span);
    self->span = sorted;
    return IMR_OK;
}

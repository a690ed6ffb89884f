/* Any groups, scores, method and direction: a p-value inside [0, 1], or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "response/trend.h"

enum { MOST_GROUPS = 6 };

typedef struct {
    uint8_t events;
    uint8_t n;
    int16_t score;
} group_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t events[MOST_GROUPS], n[MOST_GROUPS];
    double scores[MOST_GROUPS], statistic, pvalue;
    size_t groups = 0;
    imr_fault_t fault;
    group_t group;
    uint8_t choice;

    if (size < 1) {
        return 0;
    }
    gsl_set_error_handler_off();
    choice = data[0];
    data++;
    size--;
    while (size >= sizeof(group) && groups < MOST_GROUPS) {
        memcpy(&group, data, sizeof(group));
        data += sizeof(group);
        size -= sizeof(group);
        events[groups] = group.events % 41 - 1;
        n[groups] = group.n % 41;
        scores[groups] = choice & 16 ? group.score % 16 : group.score / 4.0;
        groups++;
    }
    if (imr_trend_test(events, n, scores, groups, (imr_trend_method_t) (choice % 2),
            (imr_alternative_t) (choice / 2 % 3), &statistic, &pvalue, &fault)
            == IMR_OK
        && !(isnan(pvalue) ? choice % 2 == IMR_TREND_COCHRAN_ARMITAGE
                           : pvalue >= 0 && pvalue <= 1)) {
        abort();
    }
    return 0;
}

/* Four patients, worked by hand: A to B at 1 and to C at 3; A to C at 2; in A until 4; A to B at 2, there
 * until 5. Patients and rows are in no order. */
#ifndef MULTISTATE_DATA_H
#define MULTISTATE_DATA_H

#include "survival/multistate.h"

static const int64_t HAND_PATIENT[] = { 7, 3, 7, 9, 5, 9 };
static const double HAND_ENTRY[] = { 1, 0, 0, 0, 0, 2 };
static const double HAND_TIME[] = { 3, 4, 1, 2, 2, 5 };
static const int64_t HAND_EVENT[] = { 3, 0, 2, 2, 3, 0 };

static inline imr_multistate_data_t
hand_data(void)
{
    imr_multistate_data_t data = { .n = 6, .patient = HAND_PATIENT, .time = HAND_TIME };

    data.event = HAND_EVENT;
    data.entry = HAND_ENTRY;
    data.first = 1;
    data.groups = 1;
    data.states = 3;
    data.fix_ties = 1;
    return data;
}

/* All but the variance. */
static inline imr_multistate_options_t
usual_options(imr_multistate_variance_t variance)
{
    return (imr_multistate_options_t) { variance, IMR_MULTISTATE_LOGIT, 0.95 };
}

#endif

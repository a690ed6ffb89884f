/* Stops a call at each of its questions in turn. */
#ifndef STOP_SWEEP_H
#define STOP_SWEEP_H

#include "base/stop.h"

#include "harness.h"

typedef struct {
    imr_stop_t stop;
    long left; /* questions until the one that is answered with yes; below 0 after it */
} stop_sweep_t;

static inline int
stop_sweep_asked(void *context)
{
    stop_sweep_t *self = context;

    self->stop.work =
        IMR_WORK_A_QUESTION; /* the next piece of work, however small, is a question */
    return self->left-- == 0;
}

/* Runs `call`, which takes `&sweep.stop`, stopped at its first question, at its second, ... until it has
 * no more: each stopped run must say so, and `cleanup` runs after each. A few of the questions under
 * IMMUNORESET_QUICK. */
#define STOP_AT_EACH_QUESTION(call, cleanup)                                                       \
    do {                                                                                           \
        for (long sweep_k = 0;; sweep_k += harness_step(29)) {                                     \
            stop_sweep_t sweep = { { stop_sweep_asked, &sweep, IMR_WORK_A_QUESTION }, sweep_k };   \
            int sweep_status = (call);                                                             \
            cleanup;                                                                               \
            if (sweep.left >= 0) {                                                                 \
                CHECK(sweep_status == IMR_OK && sweep_k > 0);                                      \
                break;                                                                             \
            }                                                                                      \
            CHECK(sweep_status == IMR_ERR_STOPPED);                                                \
        }                                                                                          \
    } while (0)

#endif

/* How a long call of the core asks whether it shall stop. */
#ifndef IMR_STOP_H
#define IMR_STOP_H

#include <stddef.h>

typedef struct {
    int (*asked)(void *context); /* not 0: stop now */
    void *context;
    double work; /* done since the last question, in multiplications */
} imr_stop_t;

/* One question after about 10 ms of work. */
#define IMR_WORK_A_QUESTION 1e7

/* self may be NULL: never stop. */
static inline int
imr_stop_asked(imr_stop_t *self, double work)
{
    if (self == NULL || (self->work += work) < IMR_WORK_A_QUESTION) {
        return 0;
    }
    self->work = 0;
    return self->asked(self->context);
}

#endif

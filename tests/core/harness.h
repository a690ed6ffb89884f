/* The runner of the C tests: CHECK inside test functions, RUN in main, FAIL_EACH_ALLOCATION round a call.
 *
 * A test program takes test names as arguments and then runs only those. */
#ifndef IMR_HARNESS_H
#define IMR_HARNESS_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_errno.h>

extern int harness_failures;
extern int harness_checks;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        harness_checks++;                                                                          \
        if (!(condition)) {                                                                        \
            harness_failures++;                                                                    \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
        }                                                                                          \
    } while (0)

/* |actual - expected| <= tolerance * max(1e-300, |expected|); equal infinities and two NaN agree. */
#define CHECK_NEAR(actual, expected, tolerance)                                                    \
    harness_near(__FILE__, __LINE__, #actual, (actual), (expected), (tolerance))

void harness_near(
    const char *file, int line, const char *what, double actual, double expected, double tolerance);

/* A number below `below` out of a state, which moves on: the same ones on every machine. */
static inline uint32_t
harness_draw(uint32_t *state, uint32_t below)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % below;
}

/* The answer to the question whether to stop: yes. asked: counts them, or NULL. */
static inline int
harness_stop(void *asked)
{
    if (asked != NULL) {
        ++*(int *) asked;
    }
    return 1;
}

/* From now on the k-th allocation (from 0) fails, then all succeed again; -1 lets all succeed.
 * Linked with --wrap=malloc and --wrap=calloc, so GSL's allocations are counted too. */
void harness_fail_allocation(long k);
/* Has the allocation chosen above been reached? */
int harness_allocation_failed(void);

/* Runs `call` (an expression giving a status) with each allocation failing in turn, until one run
 * reaches no failure. Each failed run must answer out_of_memory; `cleanup` runs after each. */
#define FAIL_EACH_ALLOCATION(call, out_of_memory, cleanup)                                         \
    do {                                                                                           \
        for (long harness_k = 0;; harness_k++) {                                                   \
            harness_fail_allocation(harness_k);                                                    \
            int harness_status = (call);                                                           \
            int harness_hit = harness_allocation_failed();                                         \
            harness_fail_allocation(-1);                                                           \
            cleanup;                                                                               \
            if (!harness_hit) {                                                                    \
                break;                                                                             \
            }                                                                                      \
            CHECK(harness_status == (out_of_memory));                                              \
        }                                                                                          \
    } while (0)

/* 1, and `quick` where IMMUNORESET_QUICK is set (.ci/valgrind: 30 times slower): the step through
 * a large grid. */
int harness_step(int quick);

int harness_wanted(int argc, char **argv, const char *name);
int harness_report(const char *program);

#define RUN(test)                                                                                  \
    do {                                                                                           \
        if (harness_wanted(argc, argv, #test)) {                                                   \
            test();                                                                                \
        }                                                                                          \
    } while (0)

#define HARNESS_MAIN(tests)                                                                        \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        gsl_set_error_handler_off();                                                               \
        tests return harness_report(argv[0]);                                                      \
    }

#endif

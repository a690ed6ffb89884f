#ifndef IMR_STATUS_H
#define IMR_STATUS_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define IMR_MUST_CHECK __attribute__((warn_unused_result))
#else
#define IMR_MUST_CHECK
#endif

/* Which kind of exception a status becomes; the binding maps each kind once. */
typedef enum {
    IMR_KIND_NONE,
    IMR_KIND_INPUT,       /* the caller can mend it: InputError, a ValueError */
    IMR_KIND_MEMORY,      /* MemoryError */
    IMR_KIND_CONVERGENCE, /* ConvergenceError, an ArithmeticError */
    IMR_KIND_INTERRUPT    /* the caller asked for a stop: the pending Python exception */
} imr_kind_t;

/* name, number, kind, words. For IMR_KIND_INPUT the words complete the sentence
 * "time[17] is -3; ..." and end in the remedy. */
#define IMR_STATUS_LIST(X)                                                                       \
    X(IMR_OK, 0, NONE, "success")                                                                \
    X(IMR_ERR_NOMEM, -1, MEMORY, "out of memory")                                                \
    X(IMR_ERR_NONFINITE, -2, INPUT,                                                              \
        "a number is needed here: leave the row out, or impute it, before the call")             \
    X(IMR_ERR_NEGATIVE, -3, INPUT, "it cannot be negative: check the sign and the time origin")  \
    X(IMR_ERR_LEVEL, -4, INPUT,                                                                  \
        "a level is a probability strictly between 0 and 1, such as 0.95")                       \
    X(IMR_ERR_EVENTS_EXCEED, -5, INPUT,                                                          \
        "there are more events than patients: check that the counts belong to one group")        \
    X(IMR_ERR_NULL_RATE, -6, INPUT, "a rate under the null hypothesis lies between 0 and 1")     \
    X(IMR_ERR_NOCONV, -7, CONVERGENCE, "no convergence: please report the input")                \
    X(IMR_ERR_PROBABILITY, -8, INPUT, "a probability strictly between 0 and 1 is needed here")   \
    X(IMR_ERR_NOT_POSITIVE, -9, INPUT,                                                           \
        "it must be greater than 0 and finite (1e-100 to 1e100)")                                \
    X(IMR_ERR_COUNT, -10, INPUT, "a count lies between 0 and 2^53")                              \
    X(IMR_ERR_RANGE, -11, INPUT,                                                                 \
        "the answer is too large for a double: use a probability further from 0 and 1")          \
    X(IMR_ERR_NO_SIGN_CHANGE, -12, CONVERGENCE,                                                  \
        "the equation has no solution between the two ends: please report the input")

enum {
#define IMR_STATUS_ENUM(name, number, kind, words) name = number,
    IMR_STATUS_LIST(IMR_STATUS_ENUM)
#undef IMR_STATUS_ENUM
};

/* What went wrong, and where. argument is a literal or NULL; row is -1 when the fault belongs to
 * the whole argument, and value is NaN when there is none to show. */
typedef struct {
    int status;
    const char *argument;
    int64_t row;
    double value;
} imr_fault_t;

/* Fills *fault (which may be NULL) and returns status, so that a check is one line. */
int imr_fault(imr_fault_t *fault, int status, const char *argument, int64_t row, double value);

/* The words of a status; "unknown status" for a number that is in no row of the table. */
const char *imr_status_words(int status);
imr_kind_t imr_status_kind(int status);

#endif

#ifndef IMR_STATUS_H
#define IMR_STATUS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status_general.h"
#include "base/status_recovery.h"
#include "base/status_response.h"
#include "base/status_survival.h"

#if defined(__GNUC__)
#define IMR_MUST_CHECK __attribute__((warn_unused_result))
#else
#define IMR_MUST_CHECK
#endif

/* Which kind of exception a status becomes; the binding maps each kind once. */
typedef enum {
    IMR_KIND_NONE,
    IMR_KIND_INPUT, /* the caller can mend it: InputError, a ValueError */
    IMR_KIND_MEMORY, /* MemoryError */
    IMR_KIND_CONVERGENCE, /* ConvergenceError, an ArithmeticError */
    IMR_KIND_INTERRUPT /* the caller asked for a stop: the pending Python exception */
} imr_kind_t;

/* name, number, kind, words. For IMR_KIND_INPUT the words complete the sentence
 * "time[17] is -3; ..." and end in the remedy. */
#define IMR_STATUS_LIST(X)                                                                         \
    IMR_STATUS_GENERAL_LIST(X)                                                                     \
    IMR_STATUS_RESPONSE_LIST(X)                                                                    \
    IMR_STATUS_SURVIVAL_LIST(X)                                                                    \
    IMR_STATUS_RECOVERY_LIST(X)

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

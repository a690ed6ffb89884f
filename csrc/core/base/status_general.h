/* Statuses of what any statistic may refuse: rows of the table in base/status.h. */
#ifndef IMR_STATUS_GENERAL_H
#define IMR_STATUS_GENERAL_H

#define IMR_STATUS_GENERAL_LIST(X)                                                                 \
    X(IMR_OK, 0, NONE, "success")                                                                  \
    X(IMR_ERR_NOMEM, -1, MEMORY, "out of memory")                                                  \
    X(IMR_ERR_NONFINITE, -2, INPUT,                                                                \
        "a number is needed here: leave the row out, or impute it, before the call")               \
    X(IMR_ERR_NEGATIVE, -3, INPUT, "it cannot be negative: check the sign and the time origin")    \
    X(IMR_ERR_LEVEL, -4, INPUT, "a level is a probability strictly between 0 and 1, such as 0.95") \
    X(IMR_ERR_EVENTS_EXCEED, -5, INPUT,                                                            \
        "there are more events than patients: check that the counts belong to one group")          \
    X(IMR_ERR_NULL_RATE, -6, INPUT, "a rate under the null hypothesis lies between 0 and 1")       \
    X(IMR_ERR_NOCONV, -7, CONVERGENCE, "no convergence: please report the input")                  \
    X(IMR_ERR_PROBABILITY, -8, INPUT, "a probability strictly between 0 and 1 is needed here")     \
    X(IMR_ERR_NOT_POSITIVE, -9, INPUT, "it must be greater than 0 and finite (1e-100 to 1e100)")   \
    X(IMR_ERR_COUNT, -10, INPUT, "a count lies between 0 and 2^53")                                \
    X(IMR_ERR_RANGE, -11, INPUT,                                                                   \
        "the answer is too large for a double: use a probability further from 0 and 1")            \
    X(IMR_ERR_NO_SIGN_CHANGE, -12, CONVERGENCE,                                                    \
        "the equation has no solution between the two ends: please report the input")              \
    X(IMR_ERR_ONE_SIDED, -13, INPUT,                                                               \
        "this method has no one-sided form: use clopper-pearson or mid-p")                         \
    X(IMR_ERR_EVENT, -14, INPUT,                                                                   \
        "an event is 0 (censored) or 1 (observed): recode it, or leave the row out")               \
    X(IMR_ERR_INTERVAL, -15, INPUT,                                                                \
        "it must be less than the end of its row: a patient is at risk after entry, so check "     \
        "the two times, or leave the row out")                                                     \
    X(IMR_ERR_INTERVAL_TIED, -16, INPUT,                                                           \
        "it differs from the end of its row by rounding alone: round the times to their true "     \
        "precision, leave the row out, or switch the merging of tied times off")                   \
    X(IMR_ERR_TOO_MANY_ROWS, -17, INPUT, "one call takes at most 4294967295 rows: split the data") \
    X(IMR_ERR_CODE, -34, INPUT, "it is no code of the groups or clusters: number them from 0")     \
    X(IMR_ERR_NO_PATIENT, -51, INPUT, "there is no patient: give at least one row")                \
    X(IMR_ERR_NO_ROWS, -60, INPUT, "there is no row: an estimate takes at least one patient")      \
    X(IMR_ERR_PATIENT_CODE, -77, INPUT,                                                            \
        "codes of patients run from 0 to their number less 1: recode the patients")                \
    X(IMR_ERR_SCORE, -102, INPUT, "a score is a number within 1e9 of 0: give the dose level")      \
    X(IMR_ERR_STOPPED, -269, INTERRUPT, "stopped")

#endif

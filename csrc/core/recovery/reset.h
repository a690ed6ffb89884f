/* The "immune reset": criteria for six components, each judged by patient, with the time by which all are
 * met. No criterion has a consensus: each is a parameter.
 * Definitions, sources and edge cases: docs/methods/recovery/reset.md. */
#ifndef IMR_RESET_H
#define IMR_RESET_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"

#define IMR_RESET_COMPONENT_LIST(X)                                                                \
    X(IMR_RESET_DEPTH, "depth")                                                                    \
    X(IMR_RESET_RENEWAL, "renewal")                                                                \
    X(IMR_RESET_REPERTOIRE, "repertoire")                                                          \
    X(IMR_RESET_SEROLOGY, "serology")                                                              \
    X(IMR_RESET_CLINICAL, "clinical")                                                              \
    X(IMR_RESET_PROTECTION, "protection")

#define IMR_RESET_STATUS_LIST(X)                                                                   \
    X(IMR_RESET_MET, "met")                                                                        \
    X(IMR_RESET_NOT_MET, "not met")                                                                \
    X(IMR_RESET_NOT_ASSESSED, "not assessed")                                                      \
    X(IMR_RESET_NOT_YET, "not yet assessable")

/* Why, with {value} and {bound} for the numbers of the patient and of the criterion. */
#define IMR_RESET_REASON_LIST(X)                                                                   \
    X(IMR_RESET_OFF, "no column with a criterion was given")                                       \
    X(IMR_RESET_NOT_MEASURED, "not measured")                                                      \
    X(IMR_RESET_NO_RETURN, "there is no return of B cells to judge it at")                         \
    X(IMR_RESET_AWAITS_RETURN, "B cells had not returned by day {value}")                          \
    X(IMR_RESET_STOPPED, "follow-up ended on day {value} by death, rescue or re-infusion")         \
    X(IMR_RESET_DEPTH_BELOW, "nadir {value}/uL, below {bound}/uL")                                 \
    X(IMR_RESET_DEPTH_UNDETECTED, "nadir below its limit of {value}/uL, at most {bound}/uL")       \
    X(IMR_RESET_DEPTH_ABOVE, "nadir {value}/uL, not below {bound}/uL")                             \
    X(IMR_RESET_DEPTH_LIMIT, "nadir below a limit of {value}/uL, which is above {bound}/uL")       \
    X(IMR_RESET_DEPTH_SAMPLES, "depleted in {value} samples in a row, {bound} confirm it")         \
    X(IMR_RESET_NAIVE_ENOUGH, "naive and transitional share {value} at return, at least {bound}")  \
    X(IMR_RESET_NAIVE_LOW, "naive and transitional share {value} at return, below {bound}")        \
    X(IMR_RESET_MEMORY_ENOUGH, "memory share {value} of its baseline, at most {bound}")            \
    X(IMR_RESET_MEMORY_HIGH, "memory share {value} of its baseline, above {bound}")                \
    X(IMR_RESET_MEMORY_NONE, "no memory cells before, so that there is no share of them")          \
    X(IMR_RESET_OVERLAP_ENOUGH, "overlap {value} with the repertoire before, at most {bound}")     \
    X(IMR_RESET_OVERLAP_HIGH, "overlap {value} with the repertoire before, above {bound}")         \
    X(IMR_RESET_MUTATION_FALLS, "mean mutation {value}, less than {bound} before")                 \
    X(IMR_RESET_MUTATION_STAYS, "mean mutation {value}, not less than {bound} before")             \
    X(IMR_RESET_TITRE_NEGATIVE, "titre {value}, negative up to {bound}")                           \
    X(IMR_RESET_TITRE_FALLS, "titre fell {value}-fold, at least {bound}-fold")                     \
    X(IMR_RESET_TITRE_FALLS_LITTLE, "titre fell {value}-fold, less than {bound}-fold")             \
    X(IMR_RESET_TITRE_POSITIVE, "titre {value}, negative up to {bound}, is positive")              \
    X(IMR_RESET_TITRE_LIMIT, "titre below a limit of {value}, which is too high to judge it")      \
    X(IMR_RESET_TITRE_BEFORE, "titre {value} was negative before, with {bound} the upper limit")   \
    X(IMR_RESET_REMISSION, "drug-free remission at return and to day {bound}")                     \
    X(IMR_RESET_RELAPSE_EARLY, "relapse on day {value}, before B cells returned")                  \
    X(IMR_RESET_RELAPSE, "relapse on day {value}, before day {bound}")                             \
    X(IMR_RESET_NOT_DRUG_FREE, "no drug-free remission on day {bound}, when B cells were back")    \
    X(IMR_RESET_DRUG, "drug-free remission ended on day {value}, before day {bound}")              \
    X(IMR_RESET_FOLLOW_UP, "followed to day {value}; drug-free remission is due to day {bound}")   \
    X(IMR_RESET_TITRE_KEPT, "{value} of the protective titre kept, at least {bound}")              \
    X(IMR_RESET_TITRE_LOST, "{value} of the protective titre kept, less than {bound}")             \
    X(IMR_RESET_TITRE_NONE, "no protective titre before that could be kept")

/* Columns of patients, each NULL where it is not given. NaN: not measured; days are counted from
 * infusion, and infinite where something was not seen. */
#define IMR_RESET_COLUMN_LIST(X)                                                                   \
    X(IMR_RESET_RETURN_LEFT, "return_left") /* NaN, as return_right: nothing to return from */     \
    X(IMR_RESET_RETURN_RIGHT, "return_right")                                                      \
    X(IMR_RESET_FOLLOWED, "followed")                                                              \
    X(IMR_RESET_STOPPED_BY, "stopped") /* 1: followed ends by what precludes a reset */            \
    X(IMR_RESET_NADIR, "nadir")                                                                    \
    X(IMR_RESET_NADIR_BELOW, "nadir_below") /* 1: nadir is a limit that the count is below */      \
    X(IMR_RESET_NADIR_SAMPLES, "nadir_samples")                                                    \
    X(IMR_RESET_NAIVE, "naive_share")                                                              \
    X(IMR_RESET_MEMORY, "memory_share")                                                            \
    X(IMR_RESET_MEMORY_BEFORE, "memory_share_before")                                              \
    X(IMR_RESET_OVERLAP, "overlap")                                                                \
    X(IMR_RESET_MUTATION, "mutation")                                                              \
    X(IMR_RESET_MUTATION_BEFORE, "mutation_before")                                                \
    X(IMR_RESET_TITRE, "titre")                                                                    \
    X(IMR_RESET_TITRE_BELOW, "titre_below")                                                        \
    X(IMR_RESET_TITRE_EARLIER, "titre_before")                                                     \
    X(IMR_RESET_TITRE_CUT, "titre_negative")                                                       \
    X(IMR_RESET_DRUG_FREE_FROM, "drug_free_from")                                                  \
    X(IMR_RESET_DRUG_FREE_TO, "drug_free_to")                                                      \
    X(IMR_RESET_RELAPSED, "relapse")                                                               \
    X(IMR_RESET_PROTECTIVE, "protective")                                                          \
    X(IMR_RESET_PROTECTIVE_BEFORE, "protective_before")                                            \
    X(IMR_RESET_DEPTH_LEFT, "depth_left") /* when a component became met, in (left, right] */      \
    X(IMR_RESET_DEPTH_RIGHT, "depth_right")                                                        \
    X(IMR_RESET_REPERTOIRE_LEFT, "repertoire_left")                                                \
    X(IMR_RESET_REPERTOIRE_RIGHT, "repertoire_right")                                              \
    X(IMR_RESET_SEROLOGY_LEFT, "serology_left")                                                    \
    X(IMR_RESET_SEROLOGY_RIGHT, "serology_right")                                                  \
    X(IMR_RESET_PROTECTION_LEFT, "protection_left")                                                \
    X(IMR_RESET_PROTECTION_RIGHT, "protection_right")

/* NaN leaves a criterion out. */
#define IMR_RESET_CRITERION_LIST(X)                                                                \
    X(IMR_RESET_BELOW, "depth_below")                                                              \
    X(IMR_RESET_SAMPLES, "depth_samples")                                                          \
    X(IMR_RESET_NAIVE_AT_LEAST, "naive_at_least")                                                  \
    X(IMR_RESET_MEMORY_AT_MOST, "memory_at_most")                                                  \
    X(IMR_RESET_OVERLAP_AT_MOST, "overlap_at_most")                                                \
    X(IMR_RESET_MUTATION_FALL, "mutation_falls") /* any number: the mean must be less */           \
    X(IMR_RESET_FOLD, "titre_fold")                                                                \
    X(IMR_RESET_DAYS, "drug_free_days")                                                            \
    X(IMR_RESET_PROTECTIVE_AT_LEAST, "protective_at_least")

typedef enum {
    IMR_RESET_COMPONENT_LIST(IMR_ENUM_OF_CHOICE) IMR_RESET_COMPONENTS
} imr_reset_component_t;
typedef enum { IMR_RESET_STATUS_LIST(IMR_ENUM_OF_CHOICE) IMR_RESET_STATUSES } imr_reset_status_t;
typedef enum { IMR_RESET_REASON_LIST(IMR_ENUM_OF_CHOICE) IMR_RESET_REASONS } imr_reset_reason_t;
typedef enum { IMR_RESET_COLUMN_LIST(IMR_ENUM_OF_CHOICE) IMR_RESET_COLUMNS } imr_reset_column_t;
typedef enum {
    IMR_RESET_CRITERION_LIST(IMR_ENUM_OF_CHOICE) IMR_RESET_CRITERIA
} imr_reset_criterion_t;

/* Shares and folds that reach their bound but for rounding reach it. */
#define IMR_RESET_ROUNDING 1e-9

typedef struct {
    size_t n;
    const double *column[IMR_RESET_COLUMNS];
} imr_reset_rows_t;

/* One row more than the components: the composite is the last. */
#define IMR_RESET_ROWS (IMR_RESET_COMPONENTS + 1)

typedef struct {
    size_t n;
    int assessed[IMR_RESET_COMPONENTS]; /* 1: a part of the composite */
    int64_t *status, *reason; /* n x components */
    double *value, *bound; /* the numbers of the reason; NaN where it has none */
    int64_t *composite; /* n: a status */
    /* All components came to be met in (left, right]. right is infinite where they were not; left is then
     * how long that is known, and of who can meet them no more (`precluded`) the longest follow-up of
     * all. NaN where the composite is not assessed. */
    double *left, *right;
    int64_t *precluded;
    int64_t *count; /* IMR_RESET_ROWS x statuses */
    double *share, *low, *high; /* IMR_RESET_ROWS: met of met and not met; NaN, 0 and 1 of none */
    double *least, *most; /* of all patients: the undecided do not meet it, or all do */
    void *block;
} imr_reset_t;

/* Fails naming column or criterion: IMR_ERR_NO_PATIENT, IMR_ERR_LEVEL, IMR_ERR_NONFINITE,
 * IMR_ERR_NEGATIVE, IMR_ERR_RESET_NOTHING, IMR_ERR_RESET_SHARE, IMR_ERR_RESET_FLAG, IMR_ERR_RESET_DAY,
 * IMR_ERR_RESET_ORDER, IMR_ERR_RESET_AFTER_END, IMR_ERR_RESET_UNRETURNED, IMR_ERR_RESET_UNTIMED,
 * IMR_ERR_RESET_CRITERION, IMR_ERR_NOMEM. Linear in n. */
int IMR_MUST_CHECK imr_reset_init(imr_reset_t *self, const imr_reset_rows_t *rows,
    const double criteria[IMR_RESET_CRITERIA], double level, imr_fault_t *fault);
void imr_reset_free(imr_reset_t *self); /* safe after a failed init, and twice */

#endif

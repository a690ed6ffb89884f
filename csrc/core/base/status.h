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
    IMR_KIND_INPUT, /* the caller can mend it: InputError, a ValueError */
    IMR_KIND_MEMORY, /* MemoryError */
    IMR_KIND_CONVERGENCE, /* ConvergenceError, an ArithmeticError */
    IMR_KIND_INTERRUPT /* the caller asked for a stop: the pending Python exception */
} imr_kind_t;

/* name, number, kind, words. For IMR_KIND_INPUT the words complete the sentence
 * "time[17] is -3; ..." and end in the remedy. */
#define IMR_STATUS_LIST(X)                                                                         \
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
    X(IMR_ERR_WEIGHT_FRACTION, -30, INPUT,                                                         \
        "frequency weights are whole numbers: for sampling weights pass variance='robust'")        \
    X(IMR_ERR_NO_WEIGHT, -31, INPUT, "every weight is 0 here: give at least one above 0")          \
    X(IMR_ERR_START_TIME, -32, INPUT,                                                              \
        "nobody (of one group) is followed up to it: choose an earlier start")                     \
    X(IMR_ERR_TAU, -33, INPUT,                                                                     \
        "the curve is not known beyond the last follow-up: choose an earlier time")                \
    X(IMR_ERR_CODE, -34, INPUT, "it is no code of the groups or clusters: number them from 0")     \
    X(IMR_ERR_BETA_PRODUCT, -35, INPUT,                                                            \
        "beta product limits are for the kaplan-meier form, the greenwood variance, the usual "    \
        "lower limit and patients followed from the start: use interval='log-log'")                \
    X(IMR_ERR_WEIGHT_RANGE, -36, INPUT,                                                            \
        "sampling weights are 0 or lie between 1e-9 and 1e9: rescale or truncate them")            \
    X(IMR_ERR_CHANGE_MISSING, -190, INPUT,                                                         \
        "it is missing: give the time at which the change was seen, or inf where it was not seen") \
    X(IMR_ERR_CHANGE_AFTER_END, -191, INPUT,                                                       \
        "it is after the end of follow-up of its row, so that nobody can have seen it: give inf, " \
        "or follow the patient up to it")                                                          \
    X(IMR_ERR_LANDMARK, -192, INPUT,                                                               \
        "nobody is followed up beyond it: choose an earlier landmark")                             \
    X(IMR_ERR_BAND_RANGE, -50, INPUT,                                                              \
        "a band begins at or after the first event and ends where somebody is still free of it: "  \
        "choose such a range")                                                                     \
    X(IMR_ERR_NO_PATIENT, -51, INPUT, "there is no patient: give at least one row")                \
    X(IMR_ERR_DUPLICATE_DAY, -70, INPUT,                                                           \
        "a patient has one count a day: give series=, if they are other cells or compartments, "   \
        "duplicates= to combine them, or the hour as a fraction of the day")                       \
    X(IMR_ERR_LIMIT_ABOVE_THRESHOLD, -71, INPUT,                                                   \
        "it exceeds the threshold and the count lies below it, so that nobody can tell whether "   \
        "B cells were depleted: raise the threshold, or leave the row out")                        \
    X(IMR_ERR_COUNT_ABOVE_LIMIT, -72, INPUT,                                                       \
        "it is flagged as below its limit of quantification but exceeds it: check the row of "     \
        "below and lloq")                                                                          \
    X(IMR_ERR_RECOVERY_BELOW_THRESHOLD, -73, INPUT,                                                \
        "recovery starts at the threshold of depletion or above it: raise recovery")               \
    X(IMR_ERR_CONFIRM, -74, INPUT,                                                                 \
        "give the number of samples in a row that make a recovery: 1 for the first, 2 for a "      \
        "confirmed one")                                                                           \
    X(IMR_ERR_LYMPHODEPLETION_DAY, -75, INPUT,                                                     \
        "lymphodepletion precedes its infusion, and follows the one before: give a day up to "     \
        "that of the infusion (day 0 unless infusion_day= says otherwise)")                        \
    X(IMR_ERR_LIMIT_NEEDED, -76, INPUT,                                                            \
        "this compares each count with a limit of quantification: give lloq")                      \
    X(IMR_ERR_PATIENT_CODE, -77, INPUT,                                                            \
        "codes of patients run from 0 to their number less 1: recode the patients")                \
    X(IMR_ERR_RECOVERY_BEFORE_ONSET, -370, INPUT,                                                  \
        "it is before the onset_right of its row: the last visit without recovery cannot precede " \
        "the first depleted one, so check the two times, or leave the row out")                    \
    X(IMR_ERR_NO_DURATION, -371, INPUT,                                                            \
        "onset and recovery of its row are one exact time, so that the duration is 0: check the "  \
        "two times, or leave the row out")                                                         \
    X(IMR_ERR_APLASIA_UNBOUNDED, -372, INPUT,                                                      \
        "all exact durations are equal and every other row allows that one, so that the "          \
        "likelihood has no maximum: give the visits between which they lie, or use "               \
        "method='npmle'")                                                                          \
    X(IMR_ERR_APLASIA_COVARIATES, -373, INPUT,                                                     \
        "one call takes at most 20 covariates: choose fewer")                                      \
    X(IMR_ERR_APLASIA_MONOTONE, -374, INPUT,                                                       \
        "along this column the likelihood does not fall, as where one of two groups has no "       \
        "recovery: leave it out, or compare groups by recovery.aplasia_test")                      \
    X(IMR_ERR_APLASIA_COLLINEAR, -375, INPUT,                                                      \
        "this column is constant or a combination of those before it: leave it out")               \
    X(IMR_ERR_APLASIA_DAYS, -376, INPUT,                                                           \
        "method='npmle' counts whole days (up to 1e9): round it, or use method='parametric'")      \
    X(IMR_ERR_APLASIA_SIZE, -377, INPUT,                                                           \
        "onset intervals have more than 2^22 days in all, or a duration more than 2^20: count in " \
        "weeks, or use method='parametric'")                                                       \
    X(IMR_ERR_APLASIA_EXACT, -378, INPUT,                                                          \
        "the exact distribution of so many patients is out of reach: use method='normal'")         \
    X(IMR_ERR_PRIOR, -120, INPUT,                                                                  \
        "a parameter of a beta prior lies between 0.1 and 1e6: (0.5, 0.5) is Jeffreys' prior, "    \
        "(1, 1) the uniform one")                                                                  \
    X(IMR_ERR_RATE_MARGIN, -121, INPUT, "a margin between two rates lies between -1 and 1")        \
    X(IMR_ERR_FUTURE_PATIENTS, -122, INPUT,                                                        \
        "give the number of patients still to come, 0 to 10000000")                                \
    X(IMR_ERR_SEPARATED, -123, INPUT,                                                              \
        "it separates responders from the others, alone or with other columns, so that its "       \
        "coefficient is infinite: use penalty='firth'")                                            \
    X(IMR_ERR_ONE_OUTCOME, -124, INPUT,                                                            \
        "every row has the same outcome, so that the intercept is infinite: use "                  \
        "penalty='firth'")                                                                         \
    X(IMR_ERR_COLLINEAR, -125, INPUT,                                                              \
        "it is constant or a combination of the columns before it: leave it out")                  \
    X(IMR_ERR_MODERATORS, -126, INPUT,                                                             \
        "its columns are at most 7, fewer than the series, and neither constant, combinations "    \
        "of each other, nor able to separate the series: leave some out")                          \
    X(IMR_ERR_HETEROGENEITY, -127, INPUT,                                                          \
        "every series responds as a whole or not at all, so that the heterogeneity is infinite: "  \
        "leave the moderators out, or use method='arcsine'")                                       \
    X(IMR_ERR_SERIES_SIZE, -128, INPUT,                                                            \
        "a series has 1 to 1000000 patients: leave out the empty ones")                            \
    X(IMR_ERR_NODES, -129, INPUT, "give 1 to 64 nodes, or none for the integral itself")           \
    X(IMR_ERR_SUBGROUPS, -150, INPUT,                                                              \
        "2 to 8 subgroups are compared, each with a series: pool some of them, or give more")      \
    X(IMR_ERR_ONE_HETEROGENEITY, -151, INPUT,                                                      \
        "'separate' is for the methods by inverse variance: the likelihood methods compare "       \
        "subgroups with heterogeneity='common'")                                                   \
    X(IMR_ERR_NO_SCATTER, -152, INPUT,                                                             \
        "the series of a subgroup do not scatter at all, so that its standard error is 0: pass "   \
        "knapp_hartung=False")                                                                     \
    X(IMR_ERR_NO_ROWS, -60, INPUT, "there is no row: an estimate takes at least one patient")      \
    X(IMR_ERR_LEFT_AFTER_RIGHT, -61, INPUT,                                                        \
        "it is after the right end of its row: an event lies in (left, right], so check the "      \
        "two times, or leave the row out")                                                         \
    X(IMR_ERR_LEFT_INFINITE, -62, INPUT,                                                           \
        "the left end is the last time known to be free of the event, and finite: give 0 for "     \
        "a patient never seen free of it, or leave the row out")                                   \
    X(IMR_ERR_RIGHT_MISSING, -63, INPUT,                                                           \
        "it is missing: give inf where no event was seen, or leave the row out")                   \
    X(IMR_ERR_TOO_MANY_ENDS, -64, INPUT, "one call takes at most 2147483647 rows: split the data") \
    X(IMR_ERR_UNCERTIFIED, -65, CONVERGENCE,                                                       \
        "the likelihood is certified as the largest at 1e-8 or less: please report the input")     \
    X(IMR_ERR_MEASURE, -80, INPUT, "this method is not defined for this measure: use another")     \
    X(IMR_ERR_CONDITIONAL_ONE_SIDED, -81, INPUT,                                                   \
        "this method has no one-sided form: use conditional or conditional-mid-p")                 \
    X(IMR_ERR_DIFFERENCE_MARGIN, -82, INPUT,                                                       \
        "a margin for a difference of rates lies strictly between -1 and 1: give 10 percentage "   \
        "points as 0.1")                                                                           \
    X(IMR_ERR_RATIO_MARGIN, -83, INPUT,                                                            \
        "a margin for a ratio lies between 1e-9 and 1e9: 1 stands for no difference")              \
    X(IMR_ERR_EXACT_SIZE, -84, INPUT,                                                              \
        "this is too many patients for an exact method: use the score test and interval of "       \
        "contrast, which are as good for so many")                                                 \
    X(IMR_ERR_TWO_SIDED_RULE, -85, INPUT,                                                          \
        "this test does not have this two-sided rule: leave it out for the rule of the test")      \
    X(IMR_ERR_BERGER_BOOS, -86, INPUT,                                                             \
        "this is the error spent on the nuisance rate: give a small probability such as 1e-3, "    \
        "or 0 to look at all rates")                                                               \
    X(IMR_ERR_NO_NUISANCE, -87, INPUT,                                                             \
        "a test given the number of events has no nuisance rate: leave it out, or use "            \
        "boschloo or barnard")                                                                     \
    X(IMR_ERR_TABLE_SIZE, -88, INPUT,                                                              \
        "there are too many tables with these margins for an exact test: merge sparse "            \
        "categories, or use a chi-squared test")                                                   \
    X(IMR_ERR_NO_STRATUM, -100, INPUT, "there is no stratum: give at least one")                   \
    X(IMR_ERR_EXACT_STRATA, -101, INPUT,                                                           \
        "the exact distribution of so many patients is out of reach (4000 tables): use "           \
        "mantel-haenszel, or the test cochran-mantel-haenszel")                                    \
    X(IMR_ERR_SCORE, -102, INPUT, "a score is a number within 1e9 of 0: give the dose level")      \
    X(IMR_ERR_SCORE_FRACTION, -103, INPUT,                                                         \
        "the exact test takes whole scores: multiply all of them by one number, or use "           \
        "cochran-armitage")                                                                        \
    X(IMR_ERR_TREND_SIZE, -104, INPUT,                                                             \
        "the exact distribution of so many patients or scores is out of reach: use "               \
        "cochran-armitage, or scores that are closer together")                                    \
    X(IMR_ERR_SCORE_RANGE, -140, INPUT,                                                            \
        "a score lies within 1e300 of 0: for the worst or best outcome there is, give one "        \
        "number beyond all others, which has the same rank")                                       \
    X(IMR_ERR_RANKS_SIZE, -141, INPUT,                                                             \
        "the exact distribution of so many patients is out of reach: use 'asymptotic', or "        \
        "'auto'")                                                                                  \
    X(IMR_ERR_ONE_GROUP, -220, INPUT,                                                              \
        "one group is nothing to compare: give labels of two or more groups, and rows of "         \
        "each")                                                                                    \
    X(IMR_ERR_MANY_GROUPS, -221, INPUT,                                                            \
        "a test compares at most 64 groups (gray_test 50): merge some, or give their trait as "    \
        "strata")                                                                                  \
    X(IMR_ERR_WEIGHT_EXPONENT, -222, INPUT,                                                        \
        "an exponent of the Fleming-Harrington weights lies between 0 and 100: 0 leaves "          \
        "its factor out")                                                                          \
    X(IMR_ERR_DIRECTION, -223, INPUT,                                                              \
        "a one-sided test takes two groups or a trend: use alternative='two-sided'")               \
    X(IMR_ERR_SCORES_EQUAL, -224, INPUT,                                                           \
        "it is the score of every group, so that there is no trend: give scores that "             \
        "differ")                                                                                  \
    X(IMR_ERR_EXACT_GROUPS, -225, INPUT,                                                           \
        "the exact distribution is that of two groups without scores: use "                        \
        "method='monte-carlo'")                                                                    \
    X(IMR_ERR_EXACT_PATIENTS, -226, INPUT,                                                         \
        "the exact distribution of so many patients is out of reach: use "                         \
        "method='monte-carlo'")                                                                    \
    X(IMR_ERR_TWO_GROUPS, -227, INPUT,                                                             \
        "this compares two groups: give rows with two labels and no more")                         \
    X(IMR_ERR_COMBINATIONS, -228, INPUT, "give one to four pairs of exponents (rho, gamma)")       \
    X(IMR_ERR_REFERENCE_TIME, -229, INPUT,                                                         \
        "the times of a reference curve are above 0 and ascend: sort the curve, and leave "        \
        "time 0 out")                                                                              \
    X(IMR_ERR_REFERENCE_SURVIVAL, -230, INPUT,                                                     \
        "survival of a reference curve is above 0, at most 1, and never rises: check the "         \
        "curve, or end it before it comes to 0")                                                   \
    X(IMR_ERR_BEYOND_REFERENCE, -231, INPUT,                                                       \
        "the reference curve ends before it: give a longer curve, or censor the row where "        \
        "the curve ends")                                                                          \
    X(IMR_ERR_NO_HAZARD, -232, INPUT,                                                              \
        "nobody is expected to have the event, but somebody has it: check the reference")          \
    X(IMR_ERR_FREQUENCY, -233, INPUT,                                                              \
        "frequency weights are whole numbers: a row of weight 3 is three equal rows")              \
    X(IMR_ERR_TOO_MANY_PERMUTED, -234, INPUT,                                                      \
        "a permutation test takes at most 16777216 patients: use method='asymptotic'")             \
    X(IMR_ERR_NOT_ASCENDING, -235, INPUT, "it is not above the one before it: sort the times")     \
    X(IMR_ERR_COMPETING_MISSING, -390, INPUT,                                                      \
        "it is missing: give inf where no competing event was seen")                               \
    X(IMR_ERR_COMPETING_CAUSE, -391, INPUT, "it is no code of the causes: number them from 0")     \
    X(IMR_ERR_RECONSTITUTION_SIZE, -392, INPUT,                                                    \
        "there are more than 1500 intervals and blocks that can hold probability: round the "      \
        "times to days")                                                                           \
    X(IMR_ERR_RETURN_AT_ONCE, -393, INPUT,                                                         \
        "its row is a return on day 0 exactly, which no parametric time of return has: check the " \
        "two times, or use method='npmle'")                                                        \
    X(IMR_ERR_RECONSTITUTION_RATE, -394, INPUT,                                                    \
        "there are competing events, but nobody was followed beyond day 0, so that they have no "  \
        "rate: check the times, or use method='npmle'")                                            \
    X(IMR_ERR_LIMIT_RANGE, -410, INPUT,                                                            \
        "values and limits lie within 1e100 of 0 (positive ones from 1e-100 on): change the unit") \
    X(IMR_ERR_VALUE_ZERO, -411, INPUT,                                                             \
        "values and limits are positive: where nothing was detected give the sample's limit, "     \
        "and below=True; for log-titres pass distribution='normal'")                               \
    X(IMR_ERR_BELOW_AND_ABOVE, -412, INPUT,                                                        \
        "its row is marked as below a limit too: for a value between two limits use tobit")        \
    X(IMR_ERR_NOTHING_DETECTED, -413, INPUT,                                                       \
        "nothing was detected, so that no distribution can be fitted: report '<' the limit; "      \
        "detection_limit does with method='kaplan-meier'")                                         \
    X(IMR_ERR_TOBIT_PERFECT, -414, INPUT,                                                          \
        "the values leave no spread about the fit, so that the likelihood has no maximum: "        \
        "give more distinct values, or fewer columns")                                             \
    X(IMR_ERR_TOBIT_INFINITE, -415, INPUT,                                                         \
        "alone or with other columns it separates rows beyond their limits from all others, so "   \
        "that its coefficient is infinite: leave it out, or merge its categories")                 \
    X(IMR_ERR_LIMITS_CROSSED, -416, INPUT, "it is above the upper end of its row: check the two")  \
    X(IMR_ERR_LIMITS_OPEN, -417, INPUT,                                                            \
        "its row is open at both ends, which says nothing: leave the row out")                     \
    X(IMR_ERR_LIMITS_NARROW, -418, INPUT,                                                          \
        "its row is a millionth of the spread wide: give the value as known exactly")              \
    X(IMR_ERR_NO_CURVE, -419, INPUT,                                                               \
        "a value above an upper limit cannot be ranked among values above that limit, or put on "  \
        "a line: use 'maximum-likelihood', or the test 'likelihood-ratio'")                        \
    X(IMR_ERR_ORDER_STATISTICS, -420, INPUT,                                                       \
        "regression on order statistics takes three detected values or more that are not all "     \
        "equal: use method='kaplan-meier'")                                                        \
    X(IMR_ERR_ORDER_DISTRIBUTION, -421, INPUT,                                                     \
        "regression on order statistics takes 'lognormal' or 'normal': choose one of them")        \
    X(IMR_ERR_TOBIT_MIXED_SINGLE, -422, INPUT,                                                     \
        "no patient has two values, so that differences between patients and within them cannot "  \
        "be told apart: use recovery.tobit")                                                       \
    X(IMR_ERR_TOBIT_MIXED_ONE, -423, INPUT,                                                        \
        "all rows are those of one patient, which says nothing of how patients differ: use "       \
        "recovery.tobit")                                                                          \
    X(IMR_ERR_TOBIT_MIXED_RIGID, -424, INPUT,                                                      \
        "the values of a patient hardly differ (by less than a hundredth of what patients differ " \
        "by, or not at all): use recovery.tobit with one value a patient")                         \
    X(IMR_ERR_TOBIT_MIXED_FLAT, -426, INPUT,                                                       \
        "the values do not tell differences between patients from those within them, as where "    \
        "hardly any patient has two that are known: use recovery.tobit with one value a patient")  \
    X(IMR_ERR_TOBIT_MIXED_NODES, -425, CONVERGENCE,                                                \
        "the log-likelihood is not stable to 1e-9 as nodes are added: use recovery.tobit with "    \
        "one value a patient")                                                                     \
    X(IMR_ERR_RMST_INTERVAL, -200, INPUT,                                                          \
        "these limits are for the kaplan-meier form, the greenwood variance and patients "         \
        "followed from the start: use interval='plain'")                                           \
    X(IMR_ERR_CENSORING_ENTRY, -202, INPUT,                                                        \
        "this method weighs pairs by the chance of not being censored, which delayed entry "       \
        "leaves undefined: use method='harrell'")                                                  \
    X(IMR_ERR_CAUSE, -270, INPUT,                                                                  \
        "causes are numbered from 1 to their number, and 0 is censored: recode them")              \
    X(IMR_ERR_UNKNOWN_CAUSE, -271, INPUT,                                                          \
        "it is neither one of causes nor the code of a censored patient: correct it, or add it "   \
        "to causes")                                                                               \
    X(IMR_ERR_TOO_MANY_CAUSES, -272, INPUT,                                                        \
        "there are more than 63 causes: give the cause of the event, and 0 for censored")          \
    X(IMR_ERR_RHO, -275, INPUT,                                                                    \
        "the exponent of the weight lies between -10 and 10: 0 weighs all times alike")            \
    X(IMR_ERR_NO_EVENT_OF_INTEREST, -277, INPUT,                                                   \
        "nobody has the cause of interest: check its label")                                       \
    X(IMR_ERR_NO_COLUMN, -278, INPUT, "it has no column: give at least one covariate")             \
    X(IMR_ERR_COVARIATE_RANGE, -279, INPUT,                                                        \
        "a covariate lies within 1e100 of 0 and spreads over more than 1e-100: rescale it")        \
    X(IMR_ERR_NO_INFORMATION, -280, INPUT,                                                         \
        "given the columns before it, it is the same for all who are at risk when somebody has "   \
        "the event: leave it out")                                                                 \
    X(IMR_ERR_MONOTONE, -281, INPUT,                                                               \
        "alone or with other columns it is never larger, or never smaller, in those at risk than " \
        "in those who have the event, so that its coefficient is infinite: leave it out, or "      \
        "merge its categories")                                                                    \
    X(IMR_ERR_COX_NO_EVENT, -241, INPUT,                                                           \
        "nobody has the event, so that nothing can be said of hazards: check the coding, or "      \
        "follow up for longer")                                                                    \
    X(IMR_ERR_COX_COLLINEAR, -242, INPUT,                                                          \
        "among those at risk at the events (within strata) it is constant, or a combination of "   \
        "the columns before it: leave it out")                                                     \
    X(IMR_ERR_COX_MONOTONE, -243, INPUT,                                                           \
        "the likelihood is monotone, so that this coefficient is infinite: use penalty='firth'")   \
    X(IMR_ERR_COX_OFFSET, -244, INPUT,                                                             \
        "an offset is the logarithm of a hazard ratio and lies between -100 and 100")              \
    X(IMR_ERR_COX_FRACTION, -245, INPUT,                                                           \
        "frequency weights are whole numbers: for sampling weights pass "                          \
        "weights_kind='sampling'")                                                                 \
    X(IMR_ERR_COX_RANGE, -246, INPUT, "a covariate lies between -1e100 and 1e100: rescale it")     \
    X(IMR_ERR_COX_EXACT_WEIGHTS, -247, INPUT,                                                      \
        "the exact likelihoods count patients, which sampling weights do not: use ties='efron'")   \
    X(IMR_ERR_COX_EXACT, -248, INPUT,                                                              \
        "this takes ties='efron' or 'breslow': the exact likelihoods do not split into "           \
        "contributions of patients")                                                               \
    X(IMR_ERR_COX_FIRTH, -249, INPUT,                                                              \
        "Firth's penalty takes ties='efron' or 'breslow', and no sampling weights or robust "      \
        "variance: leave these out, or the penalty")                                               \
    X(IMR_ERR_COX_PROFILE_ROBUST, -250, INPUT,                                                     \
        "a profile of the likelihood knows no robust variance: use interval='wald'")               \
    X(IMR_ERR_COX_SPREAD, -252, INPUT,                                                             \
        "its hazard ratios are more than e^300 apart, too far for residuals, curves and tests of " \
        "proportional hazards: take the logarithm of the covariate, or leave the outlier out")     \
    X(IMR_ERR_COX_LOG_TIME, -251, INPUT,                                                           \
        "an event at time 0 has no logarithm: use another transform")                              \
    X(IMR_ERR_INTERVAL_LOGRANK_INFORMATION, -340, INPUT,                                           \
        "at no difference the information about the groups is not positive: use "                  \
        "method='asymptotic' or 'exact'")                                                          \
    X(IMR_ERR_INTERVAL_LOGRANK_SIZE, -341, INPUT,                                                  \
        "there are too many intervals with mass for the score test: use method='asymptotic', or "  \
        "round the times to days")                                                                 \
    X(IMR_ERR_INTERVAL_COX_ORDER, -440, INPUT,                                                     \
        "of no two rows is it known which had the event first, so that nothing can be said of "    \
        "hazard ratios: give narrower intervals, or more rows")                                    \
    X(IMR_ERR_INTERVAL_COX_COLLINEAR, -441, INPUT,                                                 \
        "among the rows of which it is known who had the event first it is constant, or a "        \
        "combination of the columns before it: leave it out")                                      \
    X(IMR_ERR_INTERVAL_COX_RANGE, -442, INPUT,                                                     \
        "a range of values of its coefficient has the same likelihood, or nearly: the rows that "  \
        "differ in it have no visit time in common, or it is nearly a combination of other "       \
        "columns: leave it out, or bring the visits to common days")                               \
    X(IMR_ERR_INTERVAL_COX_MONOTONE, -443, INPUT,                                                  \
        "the likelihood is monotone, so that this coefficient is infinite: leave it out, or "      \
        "compare the groups with interval_logrank")                                                \
    X(IMR_ERR_INTERVAL_COX_SPREAD, -444, INPUT,                                                    \
        "the likelihood rises until hazard ratios are more than e^60 apart, too far to follow: "   \
        "take the logarithm of the covariate, or leave the outlier out")                           \
    X(IMR_ERR_INFUSION_ORDER, -360, INPUT,                                                         \
        "it is not after the infusion before it: give the days of infusion in order, each once")   \
    X(IMR_ERR_SERIES_CODE, -361, INPUT,                                                            \
        "codes of series run from 0 to their number less 1: recode the series")                    \
    X(IMR_ERR_COX_FRAILTY_TIES, -253, INPUT,                                                       \
        "a frailty takes ties='efron' or 'breslow': choose one of them")                           \
    X(IMR_ERR_COX_FRAILTY_CLUSTER, -254, INPUT,                                                    \
        "a frailty is shared by the rows of a cluster and knows no weights: give a cluster for "   \
        "each row, and repeat rows in place of weights")                                           \
    X(IMR_ERR_COX_FRAILTY_MONOTONE, -255, INPUT,                                                   \
        "the likelihood is monotone, so that this coefficient is infinite whatever the frailty: "  \
        "use survival.cox with penalty='firth', or leave the column out")                          \
    X(IMR_ERR_COX_FRAILTY_SPREAD, -256, INPUT,                                                     \
        "its hazard ratios are too far apart for a frailty (e^300, with late entries e^45): take " \
        "the logarithm of the covariate, or leave the outlier out")                                \
    X(IMR_ERR_COX_FRAILTY_LARGE, -257, INPUT,                                                      \
        "the variance of the frailty exceeds 1000000, so that the clusters have nothing in "       \
        "common: use them as strata")                                                              \
    X(IMR_ERR_COX_FRAILTY_HOLLOW, -258, INPUT,                                                     \
        "given the columns before it and a frailty, the events are all but certain, so that "      \
        "nothing is left to estimate it from: leave it out, or use survival.cox with "             \
        "penalty='firth'")                                                                         \
    X(IMR_ERR_NO_EVENT_SEEN, -320, INPUT,                                                          \
        "nobody has an event, so that the time scale is infinite: use survival.kaplan_meier, "     \
        "whose beta product limits need no event")                                                 \
    X(IMR_ERR_EVENT_AT_ZERO, -321, INPUT,                                                          \
        "an event at time 0 itself has no place in a distribution of positive times: give the "    \
        "interval in which it lies, such as (0, 1], or leave the row out")                         \
    X(IMR_ERR_ENTRY_AFTER_LEFT, -322, INPUT,                                                       \
        "it is after the last time known to be free of the event: whoever enters is free of it, "  \
        "so raise left to it, or leave the row out")                                               \
    X(IMR_ERR_SCALE_ZERO, -323, INPUT,                                                             \
        "one time for each set of covariates agrees with all rows that have an event, so that "    \
        "the scale is 0: use distribution='exponential', or survival.turnbull")                    \
    X(IMR_ERR_SCALE_INFINITE, -324, INPUT,                                                         \
        "the likelihood rises for ever as the distribution becomes wider: use "                    \
        "distribution='exponential', or survival.turnbull")                                        \
    X(IMR_ERR_TIME_SEPARATED, -325, INPUT,                                                         \
        "alone or with other columns it separates patients without events from the others, so "    \
        "that its coefficient is infinite: leave it out, or merge categories")                     \
    X(IMR_ERR_SHAPE_INFINITE, -326, INPUT,                                                         \
        "the likelihood rises for ever in the shape, which so few events do not determine: use "   \
        "distribution='weibull' or 'lognormal'")                                                   \
    X(IMR_ERR_CURE_GOMPERTZ, -327, INPUT,                                                          \
        "a Gompertz distribution has a cure fraction of its own, when its shape is negative: "     \
        "leave cure out, or use distribution='weibull'")                                           \
    X(IMR_ERR_NEVER_FREE, -328, INPUT,                                                             \
        "every patient may have had the event at once, so that the time scale is 0: give the "     \
        "last time at which a patient was known to be free of it")                                 \
    X(IMR_ERR_PROFILE_LOST, -329, CONVERGENCE,                                                     \
        "the profile of the likelihood could not be followed up to its limit, as where the data "  \
        "hardly say anything: use interval='wald', or a distribution with fewer parameters")       \
    X(IMR_ERR_FLAT_LIKELIHOOD, -330, CONVERGENCE,                                                  \
        "the likelihood is too flat for its maximum to be certified: use a distribution with "     \
        "fewer parameters, or survival.turnbull")                                                  \
    X(IMR_ERR_RATE_ONE_SIDED, -540, INPUT,                                                         \
        "this interval has no one-sided form: use interval='garwood' or 'mid-p'")                  \
    X(IMR_ERR_NO_EXPOSURE, -541, INPUT,                                                            \
        "there are events in its row but no time at risk: check the follow-up, or leave the row "  \
        "out")                                                                                     \
    X(IMR_ERR_GAMMA_PRIOR, -542, INPUT,                                                            \
        "shape and rate of a gamma prior are numbers from 0 to 1e6, and with the data both "       \
        "exceed 0: (0.5, 0) is Jeffreys' prior and needs some exposure")                           \
    X(IMR_ERR_FUTURE_EVENTS, -543, INPUT,                                                          \
        "give the largest number of future events, 0 to 10000000")                                 \
    X(IMR_ERR_RATE_DIFFERENCE, -544, INPUT,                                                        \
        "given their total, counts tell of a ratio alone: compare a difference by "                \
        "method='score'")                                                                          \
    X(IMR_ERR_RATIO_ONE_SIDED, -545, INPUT,                                                        \
        "this method has no one-sided form: use method='conditional' or 'conditional-mid-p'")      \
    X(IMR_ERR_RATE_MARGIN_RANGE, -546, INPUT,                                                      \
        "a margin between two rates lies between -1e100 and 1e100")                                \
    X(IMR_ERR_RATE_EVENTS, -547, INPUT,                                                            \
        "one row has 0 to 1000000 events: split the row, or check the column")                     \
    X(IMR_ERR_RATE_NO_EXPOSURE, -548, INPUT,                                                       \
        "a rate needs time at risk in every row, from 1e-100 to 1e100: leave the row out, or "     \
        "check its follow-up")                                                                     \
    X(IMR_ERR_RATE_NO_EVENT, -549, INPUT,                                                          \
        "there is no event at all, so that every rate is 0: see survival.incidence for its upper " \
        "limit")                                                                                   \
    X(IMR_ERR_RATE_FEW_ROWS, -550, INPUT,                                                          \
        "there are as many coefficients as rows, which leaves nothing to tell the dispersion by: " \
        "use family='poisson' and variance='model', or fewer covariates")                          \
    X(IMR_ERR_RATE_PROFILE, -551, INPUT,                                                           \
        "a profile is that of the model's likelihood: with a robust variance use interval='wald'") \
    X(IMR_ERR_RATE_FEW_CLUSTERS, -552, INPUT,                                                      \
        "a robust variance by clusters takes at least two of them: leave cluster out, or use "     \
        "variance='model'")                                                                        \
    X(IMR_ERR_RATE_CLUSTER_MODEL, -553, INPUT,                                                     \
        "clusters belong to a robust variance: use variance='HC0' or 'HC1'")                       \
    X(IMR_ERR_RATE_EXACT_FIT, -554, INPUT,                                                         \
        "every count is fitted exactly, which leaves nothing to tell their scatter by: use "       \
        "family='poisson' and variance='model'")                                                   \
    X(IMR_ERR_CUT, -555, INPUT,                                                                    \
        "a phase ends at a time, or at inf where its end was not reached: give one of them")       \
    X(IMR_ERR_CUTS_DIFFER, -556, INPUT,                                                            \
        "cuts are those of the patient: give the same in each of the patient's rows")              \
    X(IMR_ERR_ROWS_OVERLAP, -557, INPUT,                                                           \
        "it lies before the end of another row of the patient, whose time at risk would count "    \
        "twice: end that row earlier, or begin this one later")                                    \
    X(IMR_ERR_ROWS_GAP, -558, INPUT,                                                               \
        "it lies after the end of the row before it, and nobody knows of events in between: "      \
        "close the gap, or give the rest of the follow-up as another patient")                     \
    X(IMR_ERR_EVENT_OUTSIDE, -559, INPUT,                                                          \
        "it lies outside the follow-up of its patient, which does not include its first instant: " \
        "check the time, the patient, and start and stop")                                         \
    X(IMR_ERR_NO_READS, -510, INPUT, "no clone of this sample has a read: leave the sample out")   \
    X(IMR_ERR_READS, -511, INPUT,                                                                  \
        "the reads of its sample add up to more than 2^53: check that these are counts")           \
    X(IMR_ERR_DEPTH, -512, INPUT,                                                                  \
        "a sample has fewer reads than that: choose a smaller depth, or leave the sample out")     \
    X(IMR_ERR_DEPTH_ZERO, -513, INPUT,                                                             \
        "a depth is a number of reads: at least 1, or 0 on a curve of richness")                   \
    X(IMR_ERR_HILL_ORDER, -514, INPUT, "the order of a Hill number lies between 0 and 100")        \
    X(IMR_ERR_RESAMPLED_READS, -515, INPUT,                                                        \
        "reads are resampled one by one, and a sample has more than 4294967295 of them: take the " \
        "limits of the rarefaction curve")                                                         \
    X(IMR_ERR_MUTATION, -516, INPUT,                                                               \
        "a rate of mutation lies between 0 and 1: give 1 - v_identity, with v_identity as a "      \
        "share")                                                                                   \
    X(IMR_ERR_COVERAGE, -517, INPUT,                                                               \
        "so small a share of the repertoire is of clones seen that limits of entropy and its "     \
        "like would not hold: use recovery.rarefaction, or give min_coverage=0 for the limits of " \
        "gini_simpson, top10_share and Hill numbers of order 2 on")                                \
    X(IMR_ERR_TURNBULL_UNLINKED, -331, INPUT,                                                      \
        "before it comes a time that nobody is known to have passed under observation, so that "   \
        "no data link the curve before and after: keep the rows that end before it and those "     \
        "that enter after it apart, each a curve of its own")                                      \
    X(IMR_ERR_COMPOSITION_PARTS, -500, INPUT,                                                      \
        "a composition has two parts at least: give a column for each subset")                     \
    X(IMR_ERR_COMPOSITION_EMPTY, -501, INPUT,                                                      \
        "every subset is 0: there is no composition without B cells, so leave the row out")        \
    X(IMR_ERR_COMPOSITION_SUM, -502, INPUT,                                                        \
        "it is what the row sums to, which is not the total: give total=100 for per cent, "        \
        "total=None for counts, or add the subset that is missing")                                \
    X(IMR_ERR_COMPOSITION_ZERO, -503, INPUT,                                                       \
        "a zero has no logarithm: give limit=, the least share that could have been seen, or "     \
        "merge the subset with another")                                                           \
    X(IMR_ERR_COMPOSITION_RANGE, -504, INPUT,                                                      \
        "a share above 0 lies between 1e-100 and 1e100: give it in another unit")                  \
    X(IMR_ERR_COMPOSITION_LIMIT, -505, INPUT,                                                      \
        "what stands for the zeros of a row would be half of it or more: give limits in the unit " \
        "of the shares, or leave out rows with so few cells")                                      \
    X(IMR_ERR_COMPOSITION_CHOICE, -506, INPUT,                                                     \
        "a share is that of some subsets among others: name one at least, and not all")            \
    X(IMR_ERR_COMPOSITION_PAIRS, -507, INPUT,                                                      \
        "it does not have the shape of `before`: give the same patients in the same order, and "   \
        "the same subsets")                                                                        \
    X(IMR_ERR_COMPOSITION_EXACT, -508, INPUT,                                                      \
        "an exact test takes at most 33554432 arrangements, as of 26 pairs: use "                  \
        "method='monte-carlo' with rng=")                                                          \
    X(IMR_ERR_DUPLICATE_SAMPLE, -470, INPUT,                                                       \
        "a patient has one sample a day here: give the mean of replicates, or the hour as a "      \
        "fraction of the day")                                                                     \
    X(IMR_ERR_EXPANSION_RANGE, -471, INPUT,                                                        \
        "copies are 0 or lie between 1e-100 and 1e100, and days within 1e9 of 0: change the "      \
        "unit")                                                                                    \
    X(IMR_ERR_LEAST_FIT, -472, INPUT, "an adjusted R squared from 0 to 1 is needed, such as 0.8")  \
    X(IMR_ERR_ZERO_COPIES, -473, INPUT,                                                            \
        "0 has no logarithm, and no curve passes through it: give its limit of "                   \
        "quantification as lloq")                                                                  \
    X(IMR_ERR_WIN_COUNT, -595, INPUT,                                                              \
        "a count is a whole number: give rates and other measures as score=")                      \
    X(IMR_ERR_WIN_STRATA, -596, INPUT,                                                             \
        "no stratum has patients of both groups: give broader strata, or none")                    \
    X(IMR_ERR_WIN_EXACT, -597, INPUT,                                                              \
        "the exact distribution is too large for so many patients: use method='monte-carlo' "      \
        "with rng=, or 'asymptotic'")                                                              \
    X(IMR_ERR_KINETICS_ZERO, -450, INPUT,                                                          \
        "a count of 0 has no logarithm and no error in proportion: give its limit of "             \
        "quantification as lloq, or use error='additive'")                                         \
    X(IMR_ERR_KINETICS_RANGE, -451, INPUT,                                                         \
        "counts are 0 or lie between 1e-50 and 1e50, days between -1e6 and 1e6: check the unit")   \
    X(IMR_ERR_KINETICS_CART, -452, INPUT,                                                          \
        "the turnover model is driven by CAR T cell levels: give them as cart, a column beside "   \
        "the counts (nan where not measured)")                                                     \
    X(IMR_ERR_KINETICS_COHORT_NODES, -455, INPUT,                                                  \
        "a quadrature has 1 (Laplace's approximation), 3, 5 or 7 nodes in each parameter")         \
    X(IMR_ERR_KINETICS_COHORT_DAY, -456, INPUT,                                                    \
        "the emax curve begins on day 0: use another model, or start after it")                    \
    X(IMR_ERR_KINETICS_COHORT_START, -457, CONVERGENCE,                                            \
        "neither three patients nor all samples together show a curve of this model: use one "     \
        "with fewer parameters, or recovery.kinetics to see why")                                  \
    X(IMR_ERR_KINETICS_COHORT_NOCONV, -458, CONVERGENCE,                                           \
        "no maximum of the likelihood was found for the cohort: let fewer parameters differ "      \
        "(random=), or use a model with fewer of them")                                            \
    X(IMR_ERR_KINETICS_COHORT_MODEL, -459, INPUT,                                                  \
        "return days are too sharp for a distribution between patients: use another model, or "    \
        "recovery.kinetics")                                                                       \
    X(IMR_ERR_KINETICS_COHORT_PATIENTS, -460, INPUT,                                               \
        "a cohort takes at least two patients with samples: use recovery.kinetics for one")        \
    X(IMR_ERR_RESET_NOTHING, -525, INPUT,                                                          \
        "no component can be judged: give the columns of one at least, and a number for its "      \
        "criterion")                                                                               \
    X(IMR_ERR_RESET_SHARE, -526, INPUT, "a share lies between 0 and 1: divide per cent by 100")    \
    X(IMR_ERR_RESET_FLAG, -527, INPUT, "it is 0 (no) or 1 (yes): recode it")                       \
    X(IMR_ERR_RESET_DAY, -528, INPUT,                                                              \
        "it cannot be missing here: give a day from infusion, or inf for what was not seen; a "    \
        "flag is 0 or 1")                                                                          \
    X(IMR_ERR_RESET_ORDER, -529, INPUT,                                                            \
        "it does not come before the end of its interval: check the two days")                     \
    X(IMR_ERR_RESET_AFTER_END, -530, INPUT,                                                        \
        "it is after `followed`, so that nobody can have seen it: give inf, or follow the "        \
        "patient up to it")                                                                        \
    X(IMR_ERR_RESET_UNRETURNED, -531, INPUT,                                                       \
        "B cells of its patient were not seen to return, so that this cannot be theirs: give "     \
        "nan, or the days of the return")                                                          \
    X(IMR_ERR_RESET_UNTIMED, -532, INPUT,                                                          \
        "the component is met, so that it was seen: give the day of the first sample that meets "  \
        "it")                                                                                      \
    X(IMR_ERR_RESET_CRITERION, -533, INPUT,                                                        \
        "a criterion is a number of 0 or more, or None to leave it out")                           \
    X(IMR_ERR_TITRE_ZERO, -485, INPUT,                                                             \
        "a titre of 0 has no logarithm: give lloq=, the least that could have been measured, or "  \
        "leave the row out")                                                                       \
    X(IMR_ERR_TITRE_LIMITS, -486, INPUT,                                                           \
        "it is not below the upper limit of its row: check lloq and uloq")                         \
    X(IMR_ERR_TITRE_DILUTION, -487, INPUT,                                                         \
        "a step between two dilutions is a factor from 1.1 to 1000: 2 for 1:80, 1:160")            \
    X(IMR_ERR_TITRE_DAY, -488, INPUT, "days lie within a million of day 0: check the unit")        \
    X(IMR_ERR_TITRE_HALF_LIFE, -489, INPUT, "a half-life lies between 0.01 and 100000 days")       \
    X(IMR_ERR_TITRE_SD, -490, INPUT,                                                               \
        "the standard deviation of log titres lies between 1e-4 and 100: 0.69 is a factor of two") \
    X(IMR_ERR_TITRE_ASSAY, -491, INPUT,                                                            \
        "an earlier sample of this patient was measured by another assay, whose values and "       \
        "limits are not comparable: keep the rows of one assay, or measure stored samples anew")   \
    X(IMR_ERR_TITRE_DUPLICATE, -492, INPUT,                                                        \
        "this patient has another sample of that day: keep one of them, or give the hour as a "    \
        "fraction of the day")                                                                     \
    X(IMR_ERR_TITRE_CONFIRM, -493, INPUT,                                                          \
        "give the number of negative samples in a row that make a seroconversion: 2 for a "        \
        "confirmed one, 1 for the first")                                                          \
    X(IMR_ERR_TITRE_NO_SPREAD, -494, INPUT,                                                        \
        "too few ratios are known to tell how far they scatter, without which they have no "       \
        "interval: count the patients who keep a protective level instead, or leave the limits "   \
        "out where the values behind them are known")                                              \
    X(IMR_ERR_TITRE_PROTECTION, -495, INPUT,                                                       \
        "nobody can tell on which side of the protective level it lies, as its limits enclose "    \
        "it: raise the level to the limit, or leave the row out")                                  \
    X(IMR_ERR_RECURRENT_EVENT, -560, INPUT,                                                        \
        "an event is 0 (none, follow-up ends), 1 (an event) or 2 (a terminal event, such as "      \
        "death): recode it, or leave the row out")                                                 \
    X(IMR_ERR_RECURRENT_OVERLAP, -561, INPUT,                                                      \
        "it is before the end of another row of the patient, whom nobody observes twice at once: " \
        "correct one of the two rows")                                                             \
    X(IMR_ERR_RECURRENT_AFTER_END, -562, INPUT,                                                    \
        "it is after the end of follow-up, or the terminal event, of the patient: move that end, " \
        "or leave the row out")                                                                    \
    X(IMR_ERR_RECURRENT_TWO_ENDS, -563, INPUT,                                                     \
        "the patient has another end of follow-up (event 0 or 2): keep one of the two rows, or "   \
        "give entry with a row for each interval")                                                 \
    X(IMR_ERR_RECURRENT_NO_END, -564, INPUT,                                                       \
        "it is the last time of the patient, who has no end of follow-up: add a row with event 0 " \
        "when last seen (2 at a terminal event), or give entry with a row for each interval")      \
    X(IMR_ERR_RECURRENT_GROUP, -565, INPUT,                                                        \
        "another row of the patient is in another group: a patient belongs to one group")          \
    X(IMR_ERR_RECURRENT_VARIANCE, -566, INPUT,                                                     \
        "some patients have a terminal event, for which there is the robust variance alone: use "  \
        "variance='robust'")                                                                       \
    X(IMR_ERR_RECURRENT_ALIKE, -567, INPUT,                                                        \
        "within each group the patients do not differ, so that there is no robust variance: use "  \
        "method='exact'")                                                                          \
    X(IMR_ERR_RECURRENT_SAME_TIME, -568, INPUT,                                                    \
        "it is the time of another event of the patient, or the start, and a model of intervals "  \
        "needs one before each event: give window to join events, or the hour as a fraction")      \
    X(IMR_ERR_RECURRENT_GAP, -569, INPUT,                                                          \
        "it leaves a gap after the row before it, and model='wlw' counts time from the start for " \
        "each event: use another model")                                                           \
    X(IMR_ERR_RECURRENT_CHANGES, -570, INPUT,                                                      \
        "it is another value than at the first row of the patient, and model='wlw' has rows of "   \
        "the same covariates for all events: use another model")                                   \
    X(IMR_ERR_STOPPED, -269, INTERRUPT, "stopped")

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

/* Statuses of survival: rows of the table in base/status.h. */
#ifndef IMR_STATUS_SURVIVAL_H
#define IMR_STATUS_SURVIVAL_H

#define IMR_STATUS_SURVIVAL_LIST(X)                                                                \
    X(IMR_ERR_WEIGHT_FRACTION, -30, INPUT,                                                         \
        "frequency weights are whole numbers: for sampling weights pass variance='robust'")        \
    X(IMR_ERR_NO_WEIGHT, -31, INPUT, "every weight is 0 here: give at least one above 0")          \
    X(IMR_ERR_START_TIME, -32, INPUT,                                                              \
        "nobody (of one group) is followed up to it: choose an earlier start")                     \
    X(IMR_ERR_TAU, -33, INPUT,                                                                     \
        "the curve is not known beyond the last follow-up: choose an earlier time")                \
    X(IMR_ERR_BETA_PRODUCT, -35, INPUT,                                                            \
        "beta product limits are for the kaplan-meier form, the greenwood variance, the usual "    \
        "lower limit and patients followed from the start: use interval='log-log'")                \
    X(IMR_ERR_WEIGHT_RANGE, -36, INPUT,                                                            \
        "sampling weights are 0 or lie between 1e-9 and 1e9: rescale or truncate them")            \
    X(IMR_ERR_BAND_RANGE, -50, INPUT,                                                              \
        "a band begins at or after the first event and ends where somebody is still free of it: "  \
        "choose such a range")                                                                     \
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
    X(IMR_ERR_CHANGE_MISSING, -190, INPUT,                                                         \
        "it is missing: give the time at which the change was seen, or inf where it was not seen") \
    X(IMR_ERR_CHANGE_AFTER_END, -191, INPUT,                                                       \
        "it is after the end of follow-up of its row, so that nobody can have seen it: give inf, " \
        "or follow the patient up to it")                                                          \
    X(IMR_ERR_LANDMARK, -192, INPUT,                                                               \
        "nobody is followed up beyond it: choose an earlier landmark")                             \
    X(IMR_ERR_RMST_INTERVAL, -200, INPUT,                                                          \
        "these limits are for the kaplan-meier form, the greenwood variance and patients "         \
        "followed from the start: use interval='plain'")                                           \
    X(IMR_ERR_CENSORING_ENTRY, -202, INPUT,                                                        \
        "this method weighs pairs by the chance of not being censored, which delayed entry "       \
        "leaves undefined: use method='harrell'")                                                  \
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
    X(IMR_ERR_COX_LOG_TIME, -251, INPUT,                                                           \
        "an event at time 0 has no logarithm: use another transform")                              \
    X(IMR_ERR_COX_SPREAD, -252, INPUT,                                                             \
        "its hazard ratios are more than e^300 apart, too far for residuals, curves and tests of " \
        "proportional hazards: take the logarithm of the covariate, or leave the outlier out")     \
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
    X(IMR_ERR_COX_FIRTH_PROFILE, -259, CONVERGENCE,                                                \
        "Firth's penalised likelihood has several maxima here, and its profile jumps between "     \
        "them: take fewer covariates, or interval='wald'")                                         \
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
    X(IMR_ERR_TURNBULL_UNLINKED, -331, INPUT,                                                      \
        "before it comes a time that nobody is known to have passed under observation, so that "   \
        "no data link the curve before and after: keep the rows that end before it and those "     \
        "that enter after it apart, each a curve of its own")                                      \
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
    X(IMR_ERR_MULTISTATE_STATE, -575, INPUT,                                                       \
        "it is no state: give one of states, or the label of an end of follow-up (censored)")      \
    X(IMR_ERR_MULTISTATE_STATES, -576, INPUT, "a model has 1 to 32 states: merge some of them")    \
    X(IMR_ERR_MULTISTATE_INITIAL, -577, INPUT,                                                     \
        "another row of the patient has another initial state: it is the one at the start of "     \
        "follow-up, the same in all rows")                                                         \
    X(IMR_ERR_MULTISTATE_GROUP, -578, INPUT,                                                       \
        "another row of the patient is in another group: a patient belongs to one group")          \
    X(IMR_ERR_MULTISTATE_OVERLAP, -579, INPUT,                                                     \
        "it is before the end of the row before it: the patient cannot be in two states at once, " \
        "so correct one of the two rows")                                                          \
    X(IMR_ERR_MULTISTATE_GAP, -580, INPUT,                                                         \
        "it is after the end of the row before it, and nobody knows the state in between: "        \
        "correct one of the two rows, or end follow-up of the patient at the gap")                 \
    X(IMR_ERR_MULTISTATE_SAME_TIME, -581, INPUT,                                                   \
        "another row of the patient ends at that time, or it is 0 again: of two changes at one "   \
        "time keep the last, or give the hours as fractions")                                      \
    X(IMR_ERR_MULTISTATE_AFTER_END, -582, INPUT,                                                   \
        "the patient is in an absorbing state by then: leave the row out, or correct the row "     \
        "before it")                                                                               \
    X(IMR_ERR_MULTISTATE_NOT_ALLOWED, -583, INPUT,                                                 \
        "there is no such transition among transitions: correct the row, or add it")               \
    X(IMR_ERR_MULTISTATE_BACKWARDS, -584, INPUT,                                                   \
        "it is before the time at which the state is given: a transition leads to a later time, "  \
        "so exchange the two")                                                                     \
    X(IMR_ERR_MULTISTATE_UNKNOWN_DAY, -585, INPUT,                                                 \
        "it is missing: give a time, or inf where it was not seen")                                \
    X(IMR_ERR_MULTISTATE_AFTER_FOLLOWED, -586, INPUT,                                              \
        "it is after the patient was last seen: give inf, or follow the patient up to it")         \
    X(IMR_ERR_MULTISTATE_END, -587, INPUT,                                                         \
        "it is not after the response: give a later end, or inf for a response that was not "      \
        "seen")                                                                                    \
    X(IMR_ERR_WIN_COUNT, -595, INPUT,                                                              \
        "a count is a whole number: give rates and other measures as score=")                      \
    X(IMR_ERR_WIN_STRATA, -596, INPUT,                                                             \
        "no stratum has patients of both groups: give broader strata, or none")                    \
    X(IMR_ERR_WIN_EXACT, -597, INPUT,                                                              \
        "the exact distribution is too large for so many patients: use method='monte-carlo' "      \
        "with rng=, or 'asymptotic'")                                                              \
    X(IMR_ERR_PANEL_SIZE, -600, INPUT,                                                             \
        "a model has 2 to 16 states, 1 to 32 transitions, at most 16 covariates with 64 effects, " \
        "and 16 sets of states: leave some out")                                                   \
    X(IMR_ERR_PANEL_EXACT_LEFT, -601, INPUT,                                                       \
        "it leaves a state of exact=, which has to be the last one of a patient, as death: take "  \
        "the transition out, or the state out of exact")                                           \
    X(IMR_ERR_PANEL_TWO_STATES, -602, INPUT,                                                       \
        "the patient is in another state on the same day: correct one of the rows, or put the "    \
        "later one half a day later")                                                              \
    X(IMR_ERR_PANEL_AFTER_DEATH, -603, INPUT,                                                      \
        "it comes after a state of exact=, in which a patient stays: leave the row out, or "       \
        "correct the day")                                                                         \
    X(IMR_ERR_PANEL_IMPOSSIBLE, -604, INPUT,                                                       \
        "the transitions do not lead there from the state before, not even by others: add the "    \
        "transition that is missing, or correct the row")                                          \
    X(IMR_ERR_PANEL_SET, -605, INPUT,                                                              \
        "a state that is only known to be one of several can only be that of a patient's last of " \
        "two or more rows: leave the row out")                                                     \
    X(IMR_ERR_PANEL_NO_INTERVAL, -606, INPUT,                                                      \
        "no patient has rows on two different days, and intensities are seen between visits: "     \
        "give at least two visits of one patient")                                                 \
    X(IMR_ERR_PANEL_FLAT, -607, INPUT,                                                             \
        "the likelihood is the same for a range of intensities or effects: the visits do not "     \
        "tell "                                                                                    \
        "them apart, so leave a transition or a covariate out")                                    \
    X(IMR_ERR_PANEL_FAST, -608, INPUT,                                                             \
        "the likelihood rises for ever with this intensity and others: visits are too far apart "  \
        "to tell how fast patients move, so leave the transition out, or join its two states")     \
    X(IMR_ERR_PANEL_MONOTONE, -609, INPUT,                                                         \
        "its effect on a transition has no end, since some of its values have no event there: "    \
        "leave it off that transition")                                                            \
    X(IMR_ERR_PANEL_RATE, -610, CONVERGENCE,                                                       \
        "an intensity times the longest gap is beyond 1e13: please report the input")              \
    X(IMR_ERR_PANEL_DAYS, -611, INPUT, "days from a start are 0, or from 1e-100 to 1e100")         \
    X(IMR_ERR_PANEL_AT, -612, INPUT,                                                               \
        "a value so far from the others has no finite intensity: give one within their range")

#endif

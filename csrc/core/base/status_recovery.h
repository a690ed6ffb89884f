/* Statuses of B cell recovery: rows of the table in base/status.h. */
#ifndef IMR_STATUS_RECOVERY_H
#define IMR_STATUS_RECOVERY_H

#define IMR_STATUS_RECOVERY_LIST(X)                                                                \
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
    X(IMR_ERR_INFUSION_ORDER, -360, INPUT,                                                         \
        "it is not after the infusion before it: give the days of infusion in order, each once")   \
    X(IMR_ERR_SERIES_CODE, -361, INPUT,                                                            \
        "codes of series run from 0 to their number less 1: recode the series")                    \
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
    X(IMR_ERR_TOBIT_MIXED_NODES, -425, CONVERGENCE,                                                \
        "the log-likelihood is not stable to 1e-9 as nodes are added: use recovery.tobit with "    \
        "one value a patient")                                                                     \
    X(IMR_ERR_TOBIT_MIXED_FLAT, -426, INPUT,                                                       \
        "the values do not tell differences between patients from those within them, as where "    \
        "hardly any patient has two that are known: use recovery.tobit with one value a patient")  \
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
        "(random=), take more nodes, or use a model with fewer parameters")                        \
    X(IMR_ERR_KINETICS_COHORT_MODEL, -459, INPUT,                                                  \
        "return days are too sharp for a distribution between patients: use another model, or "    \
        "recovery.kinetics")                                                                       \
    X(IMR_ERR_KINETICS_COHORT_PATIENTS, -460, INPUT,                                               \
        "a cohort takes at least two patients with samples: use recovery.kinetics for one")        \
    X(IMR_ERR_EXPANSION_COHORT_PATIENTS, -461, INPUT,                                              \
        "a cohort takes at least two patients with samples after infusion, and one that was "      \
        "quantified: use recovery.expansion_fit for one")                                          \
    X(IMR_ERR_EXPANSION_COHORT_SAMPLES, -462, INPUT,                                               \
        "so many samples were quantified, which are fewer than the unknowns of the curve, of the " \
        "differences and of the scatter: let fewer parameters differ (random=), or use "           \
        "decline='exponential'")                                                                   \
    X(IMR_ERR_EXPANSION_COHORT_TMAX, -463, INPUT,                                                  \
        "the day of the peak always differs between patients: name 'tmax' among the parameters "   \
        "that do")                                                                                 \
    X(IMR_ERR_EXPANSION_COHORT_INFUSIONS, -464, INPUT,                                             \
        "the curve of a cohort is that after one infusion of each patient: give the day of the "   \
        "first alone, or use recovery.expansion_fit")                                              \
    X(IMR_ERR_EXPANSION_COHORT_NOCONV, -465, CONVERGENCE,                                          \
        "no maximum of the likelihood was found for the cohort: let fewer parameters differ "      \
        "(random=), or use decline='exponential' where the slow phase is not in sight")            \
    X(IMR_ERR_EXPANSION_COHORT_PHASES, -466, CONVERGENCE,                                          \
        "it cannot be told which phase of the decline is the slow one: let 'alpha' and 'beta' "    \
        "both differ (random=), or neither, or use decline='exponential'")                         \
    X(IMR_ERR_EXPANSION_COHORT_POINTS, -467, INPUT,                                                \
        "the likelihood of a patient takes 100 to 100000 points, such as 1000")                    \
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
        "a criterion is a number of 0 or more, or None to leave it out")

#endif

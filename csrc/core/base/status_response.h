/* Statuses of response rates: rows of the table in base/status.h. */
#ifndef IMR_STATUS_RESPONSE_H
#define IMR_STATUS_RESPONSE_H

#define IMR_STATUS_RESPONSE_LIST(X)                                                                \
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
    X(IMR_ERR_SCORE_FRACTION, -103, INPUT,                                                         \
        "the exact test takes whole scores: multiply all of them by one number, or use "           \
        "cochran-armitage")                                                                        \
    X(IMR_ERR_TREND_SIZE, -104, INPUT,                                                             \
        "the exact distribution of so many patients or scores is out of reach: use "               \
        "cochran-armitage, or scores that are closer together")                                    \
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
    X(IMR_ERR_SCORE_RANGE, -140, INPUT,                                                            \
        "a score lies within 1e300 of 0: for the worst or best outcome there is, give one "        \
        "number beyond all others, which has the same rank")                                       \
    X(IMR_ERR_RANKS_SIZE, -141, INPUT,                                                             \
        "the exact distribution of so many patients is out of reach: use 'asymptotic', or "        \
        "'auto'")                                                                                  \
    X(IMR_ERR_SUBGROUPS, -150, INPUT,                                                              \
        "2 to 8 subgroups are compared, each with a series: pool some of them, or give more")      \
    X(IMR_ERR_ONE_HETEROGENEITY, -151, INPUT,                                                      \
        "'separate' is for the methods by inverse variance: the likelihood methods compare "       \
        "subgroups with heterogeneity='common'")                                                   \
    X(IMR_ERR_NO_SCATTER, -152, INPUT,                                                             \
        "the series of a subgroup do not scatter at all, so that its standard error is 0: pass "   \
        "knapp_hartung=False")

#endif

#include "survival/concordance.h"

#include "../harness.h"
#include "../stop_sweep.h"

/* Events at 2, 4, 4; censored at 4 and 9. Pairs in order: of 2 with the four others, of each event at 4
 * with the two censored. */
static const double TIME[] = { 2, 4, 4, 4, 9 };
static const uint8_t EVENT[] = { 1, 1, 1, 0, 0 };
static const double SCORE[] = { 3, 1, 1, 2, 3 };

static imr_concordance_data_t
data_of(void)
{
    imr_concordance_data_t data = {
        .n = 5, .time = TIME, .event = EVENT, .score = SCORE, .scores = 1
    };

    return data;
}

static imr_concordance_options_t
options_of(imr_concordance_method_t method)
{
    imr_concordance_options_t options = {
        .method = method, .tau = NAN, .level = 0.95, .fix_ties = 1
    };

    return options;
}

static void
test_pairs_by_hand(void)
{
    imr_concordance_options_t options = options_of(IMR_CONCORDANCE_HARRELL);
    imr_concordance_data_t data = data_of();
    imr_concordance_t c;
    double covariance;

    CHECK(imr_concordance(&data, &options, &c, &covariance, NULL, NULL) == IMR_OK);
    CHECK(c.counts.concordant == 4 && c.counts.discordant == 3 && c.counts.tied_score == 1);
    CHECK(c.counts.tied_time == 0 && c.counts.tied_both == 1);
    CHECK_NEAR(c.estimate, 4.5 / 8, 1e-15);
    CHECK_NEAR(c.std_error * c.std_error, covariance, 1e-15);
    options.risk = 1;
    CHECK(imr_concordance(&data, &options, &c, &covariance, NULL, NULL) == IMR_OK);
    CHECK_NEAR(c.estimate, 3.5 / 8, 1e-15);
    options.tau = 3;
    CHECK(imr_concordance(&data, &options, &c, &covariance, NULL, NULL) == IMR_OK);
    CHECK(c.counts.concordant + c.counts.discordant + c.counts.tied_score == 4);
    CHECK(c.counts.tied_both == 0);
}

/* The derivative by each weight, by differences of the estimate itself. */
static void
test_the_jackknife_by_differences(void)
{
    imr_concordance_options_t options = options_of(IMR_CONCORDANCE_HARRELL);
    imr_concordance_data_t data = data_of();
    double weight[] = { 1, 1, 1, 1, 1 }, covariance, sum = 0;
    imr_concordance_t c, up, down;

    data.weight = weight;
    CHECK(imr_concordance(&data, &options, &c, &covariance, NULL, NULL) == IMR_OK);
    for (int i = 0; i < 5; i++) {
        weight[i] = 1 + 1e-5;
        CHECK(imr_concordance(&data, &options, &up, &covariance, NULL, NULL) == IMR_OK);
        weight[i] = 1 - 1e-5;
        CHECK(imr_concordance(&data, &options, &down, &covariance, NULL, NULL) == IMR_OK);
        weight[i] = 1;
        sum += pow((up.estimate - down.estimate) / 2e-5, 2);
    }
    CHECK_NEAR(c.std_error, sqrt(sum), 1e-8);
}

static void
test_delayed_entry_and_strata(void)
{
    static const double entry[] = { 0, 2, 0, 0, 3 };
    static const int64_t stratum[] = { 0, 1, 0, 1, 0 };
    imr_concordance_options_t options = options_of(IMR_CONCORDANCE_HARRELL);
    imr_concordance_data_t data = data_of();
    imr_concordance_t c;
    double covariance;

    data.entry = entry; /* at 2 only rows 2 and 3 are there besides */
    CHECK(imr_concordance(&data, &options, &c, &covariance, NULL, NULL) == IMR_OK);
    CHECK(c.counts.concordant == 4 && c.counts.discordant == 2 && c.counts.tied_score == 0);
    options.method = IMR_CONCORDANCE_UNO;
    CHECK(imr_concordance(&data, &options, &c, &covariance, NULL, NULL) == IMR_ERR_CENSORING_ENTRY);
    options.method = IMR_CONCORDANCE_HARRELL;
    data.entry = NULL;
    data.stratum = stratum;
    data.strata = 3; /* one of them empty */
    CHECK(imr_concordance(&data, &options, &c, &covariance, NULL, NULL) == IMR_OK);
    CHECK(c.counts.concordant == 2 && c.counts.discordant == 1 && c.counts.tied_score == 1);
}

static void
test_two_scores_and_no_pairs(void)
{
    static const double both[] = { 3, -3, 1, -1, 1, -1, 2, -2, 3, -3 };
    static const uint8_t none[] = { 0, 0, 0, 0, 0 };
    imr_concordance_options_t options = options_of(IMR_CONCORDANCE_UNO);
    imr_concordance_data_t data = data_of();
    imr_concordance_t c[2];
    double covariance[4];

    data.score = both;
    data.scores = 2;
    CHECK(imr_concordance(&data, &options, c, covariance, NULL, NULL) == IMR_OK);
    CHECK_NEAR(c[0].estimate + c[1].estimate, 1, 1e-15);
    CHECK_NEAR(covariance[1], -covariance[0], 1e-14);
    CHECK_NEAR(c[1].difference, c[1].estimate - c[0].estimate, 0);
    CHECK_NEAR(c[1].difference_std_error, 2 * c[0].std_error, 1e-13);
    CHECK(c[0].difference == 0 && c[0].difference_pvalue == 1);
    data.event = none;
    CHECK(imr_concordance(&data, &options, c, covariance, NULL, NULL) == IMR_OK);
    CHECK(isnan(c[0].estimate) && isnan(c[0].std_error) && isnan(c[0].low));
    CHECK(c[0].counts.concordant == 0 && isnan(c[1].difference_pvalue));
}

static void
test_what_is_refused(void)
{
    static const double negative[] = { 1, 1, -1, 1, 1 }, zero[] = { 0, 0, 0, 0, 0 };
    static const double odd[] = { 1, 1e10, 1, 1, 1 }, bad[] = { 1, 2, 3, NAN, 5 };
    static const uint8_t two[] = { 1, 2, 0, 0, 0 };
    static const int64_t code[] = { 0, 0, 0, 0, 7 };
    imr_concordance_options_t options = options_of(IMR_CONCORDANCE_HARRELL);
    imr_concordance_data_t data = data_of();
    imr_concordance_t c;
    imr_fault_t fault;
    double covariance;

#define REFUSED(field, column, expected)                                                           \
    do {                                                                                           \
        data = data_of();                                                                          \
        data.field = (column);                                                                     \
        CHECK(imr_concordance(&data, &options, &c, &covariance, NULL, &fault) == (expected));      \
    } while (0)

    REFUSED(weight, negative, IMR_ERR_NEGATIVE);
    CHECK(fault.row == 2 && strcmp(fault.argument, "weights") == 0);
    REFUSED(weight, odd, IMR_ERR_WEIGHT_RANGE);
    REFUSED(weight, bad, IMR_ERR_NONFINITE);
    REFUSED(weight, zero, IMR_ERR_NO_WEIGHT);
    REFUSED(time, negative, IMR_ERR_NEGATIVE);
    REFUSED(time, bad, IMR_ERR_NONFINITE);
    REFUSED(entry, bad, IMR_ERR_NONFINITE);
    REFUSED(entry, TIME, IMR_ERR_INTERVAL);
    REFUSED(event, two, IMR_ERR_EVENT);
    REFUSED(score, bad, IMR_ERR_NONFINITE);
    CHECK(fault.row == 3);
    REFUSED(n, 0, IMR_ERR_NO_PATIENT);
    data = data_of();
    data.stratum = code;
    data.strata = 2;
    CHECK(imr_concordance(&data, &options, &c, &covariance, NULL, &fault) == IMR_ERR_CODE);
    data = data_of();
    options.tau = -1;
    CHECK(imr_concordance(&data, &options, &c, &covariance, NULL, &fault) == IMR_ERR_NOT_POSITIVE);
    options.level = 2;
    CHECK(imr_concordance(&data, &options, &c, &covariance, NULL, &fault) == IMR_ERR_LEVEL);
}

static void
test_allocations_that_fail(void)
{
    static const double entry[] = { 0, 1, 0, 0, 3 };
    imr_concordance_options_t options = options_of(IMR_CONCORDANCE_HARRELL);
    imr_concordance_data_t data = data_of();
    imr_concordance_t c;
    double covariance;

    data.entry = entry;
    FAIL_EACH_ALLOCATION(
        imr_concordance(&data, &options, &c, &covariance, NULL, NULL), IMR_ERR_NOMEM, (void) 0);
}

static void
test_it_stops_at_each_question(void)
{
    imr_concordance_options_t options = options_of(IMR_CONCORDANCE_HARRELL);
    imr_concordance_data_t data = data_of();
    imr_concordance_t c;
    double covariance;

    STOP_AT_EACH_QUESTION(
        imr_concordance(&data, &options, &c, &covariance, &sweep.stop, NULL), (void) 0);
}

HARNESS_MAIN({
    RUN(test_pairs_by_hand);
    RUN(test_the_jackknife_by_differences);
    RUN(test_delayed_entry_and_strata);
    RUN(test_two_scores_and_no_pairs);
    RUN(test_what_is_refused);
    RUN(test_allocations_that_fail);
    RUN(test_it_stops_at_each_question);
})

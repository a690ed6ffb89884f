#include "survival/kaplan_meier_beta.h"

#include "../harness.h"
#include "response/proportion.h"

enum { BEFORE_ALL = 1 }; /* row 0 of `low` and `high` is the stretch before the first time */

/* One curve of `rows` times; at_start < 0 leaves the start out. */
static void
curve(int mid_p, double level, int64_t at_start, const int64_t *at_risk, const int64_t *events,
    const int64_t *censored, int rows, double *low, double *high)
{
    imr_kaplan_meier_beta_t job;

    CHECK(imr_kaplan_meier_beta_init(&job, mid_p, level, NULL) == IMR_OK);
    if (at_start >= 0) {
        CHECK(imr_kaplan_meier_beta_start(&job, at_start, &low[0], &high[0], NULL) == IMR_OK);
    }
    for (int i = 0; i < rows; i++) {
        CHECK(imr_kaplan_meier_beta_row(&job, at_risk[i], events[i], censored[i], i,
                  &low[BEFORE_ALL + i], &high[BEFORE_ALL + i], NULL)
            == IMR_OK);
    }
}

/* times 3, 5, 6, 8, 10, 12, events at 3, 6, 8 */
static const int64_t TINY_AT_RISK[] = { 6, 5, 4, 3, 2, 1 };
static const int64_t TINY_EVENTS[] = { 1, 0, 1, 1, 0, 0 };
static const int64_t TINY_CENSORED[] = { 0, 1, 0, 0, 1, 1 };

static void
test_limits_agree_with_bpcp(void)
{
    /* R bpcp 1.4.2: bpcp(time, status), and bpcp(time, status, midp = TRUE, control =
     * bpcpControl(midpMMTol = 1e-14)); the default tolerance of 1.2e-4 is seen in its digits */
    static const double LOW[] = { 0.54074187356009951, 0.35876542100232528, 0.30894919361493589,
        0.15741286805064877, 0.056204262174757873, 0.014089947698982034, 0 };
    static const double HIGH[] = { 1, 0.99578925548551056, 0.99578925548551056, 0.95259607911832689,
        0.86233524920431992, 0.86233524920431992, 0.86233524920431992 };
    static const double MID_LOW[] = { 0.60696223100291724, 0.409095452765370016,
        0.364311024080023027, 0.195617111608331423, 0.078111145251602107, 0.025471350405195912, 0 };
    static const double MID_HIGH[] = { 1, 0.99166476034443007, 0.99164553780780784,
        0.93338730108330070, 0.82771326695660563, 0.82593109864567149, 0.82125878688036880 };
    double low[7], high[7];

    curve(0, 0.95, 6, TINY_AT_RISK, TINY_EVENTS, TINY_CENSORED, 6, low, high);
    for (int i = 0; i < 7; i++) {
        CHECK_NEAR(low[i], LOW[i], 1e-14);
        CHECK_NEAR(high[i], HIGH[i], 1e-14);
    }
    curve(1, 0.95, 6, TINY_AT_RISK, TINY_EVENTS, TINY_CENSORED, 6, low, high);
    for (int i = 0; i < 7; i++) {
        CHECK_NEAR(low[i], MID_LOW[i], 2e-14);
        CHECK_NEAR(high[i], MID_HIGH[i], 2e-14);
    }
}

static void
exact_limits(int mid_p, double level, int64_t x, int64_t n, double *low, double *high)
{
    imr_proportion_options_t options = {
        mid_p ? IMR_PROPORTION_MID_P : IMR_PROPORTION_CLOPPER_PEARSON, IMR_TWO_SIDED, level
    };
    imr_proportion_memo_t memo = { -1, NULL };
    double estimate;

    CHECK(
        imr_proportion(&x, 0, &n, 0, 0, 1, &options, &memo, &estimate, low, high, NULL) == IMR_OK);
}

/* All have the event, `together` at a time (the last time the rest): S(t) is a proportion. */
static void
check_no_censoring(int64_t n, int64_t together, double level)
{
    for (int mid_p = 0; mid_p <= 1; mid_p++) {
        imr_kaplan_meier_beta_t job;
        double low, high, exact_low, exact_high;

        CHECK(imr_kaplan_meier_beta_init(&job, mid_p, level, NULL) == IMR_OK);
        CHECK(imr_kaplan_meier_beta_start(&job, n, &low, &high, NULL) == IMR_OK);
        exact_limits(mid_p, level, n, n, &exact_low, &exact_high);
        CHECK_NEAR(low, exact_low, 1e-13);
        CHECK(high == 1);
        for (int64_t left = n; left > 0;) {
            int64_t events = together < left ? together : left;

            CHECK(imr_kaplan_meier_beta_row(&job, left, events, 0, 0, &low, &high, NULL) == IMR_OK);
            left -= events;
            exact_limits(mid_p, level, left, n, &exact_low, &exact_high);
            CHECK_NEAR(low, exact_low, 2e-12);
            CHECK_NEAR(high, exact_high, 2e-12);
        }
    }
}

static void
test_without_censoring_the_limits_are_clopper_pearson(void)
{
    for (int64_t n = 1; n <= 30; n++) {
        check_no_censoring(n, 1, 0.95);
    }
    check_no_censoring(15, 2, 0.9);
    check_no_censoring(20, 20, 0.5);
    check_no_censoring(300, 7, 0.999);
}

static void
test_censoring_before_all_events_is_leaving_the_study(void)
{
    /* 3 of 5 are censored, then 1 of 2 has the event: S is 1/2, as of 2 patients */
    int64_t at_risk[] = { 5, 2 }, events[] = { 0, 1 }, censored[] = { 3, 0 };
    double low[3], high[3], exact_low, exact_high;

    curve(0, 0.95, 5, at_risk, events, censored, 2, low, high);
    exact_limits(0, 0.95, 1, 2, &exact_low, &exact_high);
    CHECK_NEAR(low[2], exact_low, 1e-14);
    CHECK_NEAR(high[2], exact_high, 1e-14);
    CHECK_NEAR(low[1], sqrt(0.025), 1e-15); /* both of two */
    CHECK(high[1] == 1);
}

static void
test_one_patient(void)
{
    int64_t one = 1, none = 0;
    double low[2], high[2];

    curve(0, 0.95, 1, &one, &one, &none, 1, low, high);
    CHECK_NEAR(low[0], 0.025, 1e-14); /* Beta(1, 1) */
    CHECK(high[0] == 1 && low[1] == 0);
    CHECK_NEAR(high[1], 0.975, 1e-15);
    curve(1, 0.95, 1, &one, &one, &none, 1, low, high);
    CHECK_NEAR(low[0], 0.05, 1e-14); /* half of P(Beta(1, 1) < x) is 0.025 */
    CHECK(high[0] == 1 && low[1] == 0);
    CHECK_NEAR(high[1], 0.95, 1e-15);
    for (int mid_p = 0; mid_p <= 1; mid_p++) { /* censored: nothing is known afterwards */
        curve(mid_p, 0.95, 1, &one, &none, &one, 1, low, high);
        CHECK(high[0] == 1 && low[1] == 0 && high[1] == 1);
    }
}

static void
test_events_come_before_censorings_of_the_same_time(void)
{
    /* one of three has the event, the other two are censored then: upper limit of Beta(3, 1) */
    int64_t at_risk = 3, events = 1, censored = 2;
    double low[2], high[2];

    curve(0, 0.95, 3, &at_risk, &events, &censored, 1, low, high);
    CHECK_NEAR(high[1], cbrt(0.975), 1e-15);
    CHECK(low[1] == 0);
}

static void
test_frequency_weights_are_that_many_patients(void)
{
    int64_t at_risk[] = { 9, 5, 2 }, events[] = { 3, 1, 2 }, censored[] = { 1, 2, 0 };
    double low[4], high[4], once_low[4], once_high[4];

    /* the same counts come from rows with weights or from the patients one by one */
    for (int mid_p = 0; mid_p <= 1; mid_p++) {
        curve(mid_p, 0.95, 9, at_risk, events, censored, 3, low, high);
        for (int i = 0; i < 3; i++) {
            at_risk[i] *= 1000;
            events[i] *= 1000;
            censored[i] *= 1000;
        }
        curve(mid_p, 0.95, 9000, at_risk, events, censored, 3, once_low, once_high);
        for (int i = 0; i < 3; i++) {
            CHECK(once_low[i] >= low[i] && once_high[i] <= high[i]);
            at_risk[i] /= 1000;
            events[i] /= 1000;
            censored[i] /= 1000;
        }
        /* S(t) = 2/3 * 4/5: the normal limits are near at 9000 patients */
        CHECK(fabs(once_low[2] - 0.5210) < 2e-3 && fabs(once_high[2] - 0.5456) < 2e-3);
    }
}

static void
test_the_curve_may_be_fed_in_pieces_or_without_its_start(void)
{
    double low[7], high[7], other_low[7], other_high[7];

    for (int mid_p = 0; mid_p <= 1; mid_p++) {
        curve(mid_p, 0.9, 6, TINY_AT_RISK, TINY_EVENTS, TINY_CENSORED, 6, low, high);
        curve(mid_p, 0.9, -1, TINY_AT_RISK, TINY_EVENTS, TINY_CENSORED, 6, other_low, other_high);
        for (int i = 1; i < 7; i++) {
            CHECK(low[i] == other_low[i] && high[i] == other_high[i]);
        }
    }
}

static void
test_limits_fall_and_enclose_the_estimate(void)
{
    uint64_t state = 7;

    for (int trial = 0; trial < 2000; trial++) {
        int64_t left = 1 + (int64_t) ((state = state * 6364136223846793005u + 1) >> 59);
        double low, high, last_low, last_high, estimate = 1;
        imr_kaplan_meier_beta_t job;

        CHECK(imr_kaplan_meier_beta_init(&job, trial % 2, 0.95, NULL) == IMR_OK);
        CHECK(imr_kaplan_meier_beta_start(&job, left, &last_low, &last_high, NULL) == IMR_OK);
        while (left > 0) {
            uint64_t draw = (state = state * 6364136223846793005u + 1) >> 33;
            int64_t events = (int64_t) (draw % 3) % (left + 1);
            int64_t censored = (int64_t) (draw / 3 % 3) % (left - events + 1);

            CHECK(imr_kaplan_meier_beta_row(&job, left, events, censored, 0, &low, &high, NULL)
                == IMR_OK);
            estimate *= (double) (left - events) / (double) left;
            left -= events + censored;
            CHECK(low <= last_low + 1e-14 && high <= last_high);
            CHECK(low <= estimate && estimate <= high && (low < high));
            last_low = low;
            last_high = high;
        }
        CHECK(low == 0 && high > 0);
    }
}

static void
test_late_entries_use_the_fewest_at_risk_since_the_last_event(void)
{
    /* 1 at risk at the start, 9 more enter, one event, 10 more enter: Beta(10, 1) so far, and then
     * 9 at risk at the least */
    int64_t at_risk[] = { 10, 19 }, events[] = { 1, 0 }, censored[] = { 0, 1 };
    double low[3], high[3], exact_low, exact_high;

    curve(0, 0.95, 1, at_risk, events, censored, 2, low, high);
    CHECK_NEAR(low[0], 0.025, 1e-14);
    exact_limits(0, 0.95, 9, 10, &exact_low, &exact_high);
    CHECK_NEAR(low[1], exact_low, 1e-14);
    CHECK_NEAR(low[2], exact_low, 1e-14);
    CHECK_NEAR(high[2], exact_high, 1e-14);
    /* nobody is at risk for a while: no lower limit till the next event */
    at_risk[0] = 1;
    curve(0, 0.95, 0, at_risk, events, censored, 2, low, high);
    CHECK(low[0] == 0 && low[1] == 0 && low[2] == 0);
}

static void
test_extreme_counts_and_levels_are_answered(void)
{
    static const double LEVEL[] = { 1e-300, 1e-12, 0.5, 1 - 0x1p-53 };
    static const int64_t COUNT[] = { 1, 2, 1000, INT64_C(1) << 40, INT64_C(1) << 53 };
    imr_kaplan_meier_beta_t job;
    double low, high;

    for (int mid_p = 0; mid_p <= 1; mid_p++) {
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 5; j++) {
                for (int k = 0; k <= j; k++) {
                    CHECK(imr_kaplan_meier_beta_init(&job, mid_p, LEVEL[i], NULL) == IMR_OK);
                    CHECK(
                        imr_kaplan_meier_beta_row(&job, COUNT[j], COUNT[k], 0, 0, &low, &high, NULL)
                        == IMR_OK);
                    CHECK(low >= 0 && low <= high && high <= 1);
                }
            }
        }
        /* a thousand risk sets of one patient, which only late entries can bring about */
        CHECK(imr_kaplan_meier_beta_init(&job, mid_p, 0.95, NULL) == IMR_OK);
        for (int i = 0; i < 1000; i++) {
            CHECK(imr_kaplan_meier_beta_row(&job, 1, 1, 0, 0, &low, &high, NULL) == IMR_OK);
            CHECK(low == 0 && high < 1 && high >= 0);
        }
        CHECK(high == 0);
    }
}

static void
test_bad_input_is_named(void)
{
    imr_kaplan_meier_beta_t job;
    double low, high;
    imr_fault_t fault;

    CHECK(imr_kaplan_meier_beta_init(&job, 0, 1, &fault) == IMR_ERR_LEVEL);
    CHECK(imr_kaplan_meier_beta_init(&job, 0, NAN, &fault) == IMR_ERR_LEVEL);
    CHECK(strcmp(fault.argument, "level") == 0 && isnan(fault.value));
    CHECK(imr_kaplan_meier_beta_init(&job, 0, 0.95, &fault) == IMR_OK);
    CHECK(imr_kaplan_meier_beta_start(&job, -1, &low, &high, &fault) == IMR_ERR_NEGATIVE);
    CHECK(
        imr_kaplan_meier_beta_row(&job, 3, 2, 2, 17, &low, &high, &fault) == IMR_ERR_EVENTS_EXCEED);
    CHECK(fault.row == 17 && fault.value == 2 && strcmp(fault.argument, "events") == 0);
    CHECK(imr_kaplan_meier_beta_row(&job, 3, 2, -2, 4, &low, &high, &fault) == IMR_ERR_NEGATIVE);
    CHECK(fault.row == 4 && strcmp(fault.argument, "censored") == 0);
    CHECK(imr_kaplan_meier_beta_row(&job, 3, -2, 2, 4, &low, &high, &fault) == IMR_ERR_NEGATIVE);
    CHECK(imr_kaplan_meier_beta_row(&job, (INT64_C(1) << 53) + 1, 0, 0, 4, &low, &high, &fault)
        == IMR_ERR_COUNT);
    CHECK(strcmp(fault.argument, "at_risk") == 0);
}

HARNESS_MAIN({
    RUN(test_limits_agree_with_bpcp);
    RUN(test_without_censoring_the_limits_are_clopper_pearson);
    RUN(test_censoring_before_all_events_is_leaving_the_study);
    RUN(test_one_patient);
    RUN(test_events_come_before_censorings_of_the_same_time);
    RUN(test_frequency_weights_are_that_many_patients);
    RUN(test_the_curve_may_be_fed_in_pieces_or_without_its_start);
    RUN(test_limits_fall_and_enclose_the_estimate);
    RUN(test_late_entries_use_the_fewest_at_risk_since_the_last_event);
    RUN(test_extreme_counts_and_levels_are_answered);
    RUN(test_bad_input_is_named);
})

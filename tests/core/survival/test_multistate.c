#include "survival/multistate.h"

#include "../harness.h"
#include "multistate_data.h"

/* At 1: A 3/4, B 1/4. At 2: A 1/4, B 1/2, C 1/4. At 3: B 1/4, C 1/2. Nobody is censored before 4, so that
 * variances are those of shares of 4 patients. */
static void
check_by_hand(imr_multistate_variance_t variance)
{
    static const double SHARE[3][5] = { { 0.75, 0.25, 0.25, 0.25, 0.25 },
        { 0.25, 0.5, 0.25, 0.25, 0.25 }, { 0, 0.25, 0.5, 0.5, 0.5 } };
    static const int64_t AT_RISK[3][5] = { { 4, 3, 1, 1, 0 }, { 0, 1, 2, 1, 1 }, { 0 } };
    imr_multistate_data_t data = hand_data();
    imr_multistate_options_t options = usual_options(variance);
    imr_multistate_rows_t rows;
    imr_multistate_t self;

    CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(imr_multistate(&rows, 0, &options, &self, NULL, NULL) == IMR_OK);
    CHECK(self.counts.n == 5 && self.counts.transitions == 3 && self.patients == 4);
    for (size_t s = 0; s < 3; s++) {
        for (size_t j = 0; j < 5; j++) {
            double p = SHARE[s][j];

            CHECK(self.counts.at_risk[s * 5 + j] == AT_RISK[s][j]);
            CHECK_NEAR(self.estimate[s * 5 + j], p, 1e-15);
            CHECK_NEAR(self.std_error[s * 5 + j], sqrt(p * (1 - p) / 4), 1e-14);
            CHECK(self.low[s * 5 + j] <= p && self.high[s * 5 + j] >= p);
        }
    }
    CHECK(self.known[2] == 4 && self.known[3] == 4 && self.known[4] == 3);
    CHECK(self.censored[3] == 1 && self.censored[5 + 4] == 1);
    CHECK(self.counts.events[0] == 1 && self.counts.events[5 + 1] == 1);
    CHECK_NEAR(self.hazard[1], 1. / 4 + 1. / 3, 1e-15); /* A to B */
    CHECK_NEAR(self.hazard_std_error[1], sqrt(1. / 16 + 1. / 9), 1e-15);
    CHECK_NEAR(self.hazard[10 + 2], 0.5, 1e-15); /* B to C */
    CHECK(self.last_at_risk[0] == 4 && self.last_at_risk[1] == 5 && isnan(self.last_at_risk[2]));
    CHECK(self.lost_row == -1);
    /* nobody of 4 in C at 1: 1 - 0.025^(1/4) */
    CHECK_NEAR(self.high[10], 1 - pow(0.025, 0.25), 1e-14);
    CHECK(self.start[0] == 1 && self.start[3 + 0] == 0);
    CHECK_NEAR(self.start[6 + 0], pow(0.025, 0.25), 1e-14);
    imr_multistate_free(&self);
    imr_multistate_free(&self);
    imr_multistate_rows_free(&rows);
}

static void
test_four_patients_by_hand(void)
{
    check_by_hand(IMR_MULTISTATE_JACKKNIFE);
    check_by_hand(IMR_MULTISTATE_GREENWOOD);
}

/* Two begin in A, one in B, one comes late in B after the first change. */
static void
test_initial_states_and_a_late_entry(void)
{
    static const int64_t PATIENT[] = { 1, 2, 3, 4 }, EVENT[] = { 2, 0, 0, 1 };
    static const int64_t INITIAL[] = { 1, 1, 2, 2 };
    static const double ENTRY[] = { 0, 0, 0, 2.5 }, TIME[] = { 2, 6, 1, 4 };
    imr_multistate_data_t data = { .n = 4, .patient = PATIENT, .time = TIME, .event = EVENT };
    imr_multistate_options_t options = usual_options(IMR_MULTISTATE_JACKKNIFE);
    imr_multistate_rows_t rows;
    imr_multistate_t self;

    data.entry = ENTRY;
    data.initial = INITIAL;
    data.states = 2;
    CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(imr_multistate(&rows, 0, &options, &self, NULL, NULL) == IMR_OK);
    CHECK(self.counts.n == 4 && self.patients == 4);
    CHECK_NEAR(self.start[0], 2. / 3, 1e-15);
    CHECK_NEAR(self.start[2], sqrt(2. / 27), 1e-15);
    /* who moves with the last row is not seen in the new state any more */
    CHECK(self.known[0] == 3 && self.known[1] == 2 && self.known[2] == 2 && self.known[3] == 1);
    CHECK_NEAR(self.estimate[1], 1. / 3, 1e-15); /* one of two in A goes to B at 2 */
    CHECK_NEAR(self.estimate[2], 1, 1e-15); /* the one of one in B goes back at 4 */
    CHECK(self.counts.at_risk[4 + 0] == 1 && self.counts.at_risk[4 + 1] == 0);
    CHECK(self.counts.at_risk[4 + 2] == 1);
    imr_multistate_free(&self);
    imr_multistate_rows_free(&rows);
}

/* B is empty after 2; the change at 4 of a patient who came to it later says nothing. */
static void
test_a_change_in_an_empty_state_is_reported(void)
{
    static const int64_t PATIENT[] = { 1, 1, 2, 3 }, EVENT[] = { 2, 3, 0, 3 };
    static const int64_t INITIAL[] = { 1, 1, 1, 2 };
    static const double ENTRY[] = { 0, 1, 0, 3 }, TIME[] = { 1, 2, 9, 4 };
    imr_multistate_data_t data = { .n = 4, .patient = PATIENT, .time = TIME, .event = EVENT };
    imr_multistate_options_t options = usual_options(IMR_MULTISTATE_GREENWOOD);
    imr_multistate_rows_t rows;
    imr_multistate_t self;

    data.entry = ENTRY;
    data.initial = INITIAL;
    data.states = 3;
    CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(imr_multistate(&rows, 0, &options, &self, NULL, NULL) == IMR_OK);
    CHECK(self.lost_row == 2 && self.lost_state == 1);
    CHECK_NEAR(self.estimate[2 * 4 + 3], 0.5, 1e-15);
    imr_multistate_free(&self);
    imr_multistate_rows_free(&rows);
}

static void
test_all_censored_and_one_patient(void)
{
    static const int64_t PATIENT[] = { 1, 2 }, EVENT[] = { 0, 0 };
    static const double TIME[] = { 3, 0 };
    imr_multistate_data_t data = { .n = 2, .patient = PATIENT, .time = TIME, .event = EVENT };
    imr_multistate_options_t options = usual_options(IMR_MULTISTATE_JACKKNIFE);
    imr_multistate_rows_t rows;
    imr_multistate_t self;

    data.states = 2;
    data.first = 2;
    for (; data.n > 0; data.n--) {
        CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
        CHECK(imr_multistate(&rows, 0, &options, &self, NULL, NULL) == IMR_OK);
        CHECK(self.counts.transitions == 0 && self.counts.n == data.n);
        for (size_t j = 0; j < data.n; j++) {
            CHECK(self.estimate[j] == 0 && self.estimate[data.n + j] == 1);
            CHECK(self.std_error[j] == 0 && self.high[data.n + j] == 1);
            CHECK_NEAR(self.low[data.n + j], pow(0.025, 1. / (double) (data.n - j)), 1e-14);
        }
        imr_multistate_free(&self);
        imr_multistate_rows_free(&rows);
    }
}

/* Times that are no whole days, and more days than stretches: the same counts. */
static void
test_times_of_any_kind(void)
{
    imr_multistate_options_t options = usual_options(IMR_MULTISTATE_JACKKNIFE);
    double entry[6], time[6];

    for (int kind = 0; kind < 2; kind++) {
        imr_multistate_data_t data = hand_data();
        imr_multistate_rows_t rows;
        imr_multistate_t self;

        for (size_t i = 0; i < 6; i++) {
            entry[i] = HAND_ENTRY[i] * (kind == 0 ? 0.37 : 1000);
            time[i] = HAND_TIME[i] * (kind == 0 ? 0.37 : 1000);
        }
        data.entry = entry;
        data.time = time;
        CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
        CHECK(imr_multistate(&rows, 0, &options, &self, NULL, NULL) == IMR_OK);
        CHECK(self.counts.n == 5 && self.counts.at_risk[1] == 3);
        CHECK_NEAR(self.estimate[5 + 2], 0.25, 1e-15);
        imr_multistate_free(&self);
        imr_multistate_rows_free(&rows);
    }
}

/* p = 1/2 and an error of 0.1 at 95%, each scale by its formula. */
static void
test_limits_of_each_scale(void)
{
    const double Z = 1.959963984540054;
    imr_multistate_options_t options = usual_options(IMR_MULTISTATE_JACKKNIFE);
    imr_multistate_scale_t scale;
    double low, high;

    options.interval = IMR_MULTISTATE_PLAIN;
    CHECK(imr_multistate_scale(&options, &scale, NULL) == IMR_OK);
    CHECK(imr_multistate_limits(&scale, 0.5, 0.1, 9, &low, &high) == IMR_OK);
    CHECK_NEAR(low, 0.5 - 0.1 * Z, 1e-14);
    CHECK(imr_multistate_limits(&scale, 0.5, 0.4, 9, &low, &high) == IMR_OK);
    CHECK(low == 0 && high == 1);
    scale.interval = IMR_MULTISTATE_LOG;
    CHECK(imr_multistate_limits(&scale, 0.5, 0.1, 9, &low, &high) == IMR_OK);
    CHECK_NEAR(high, 0.5 * exp(0.2 * Z), 1e-14);
    scale.interval = IMR_MULTISTATE_LOG_LOG;
    CHECK(imr_multistate_limits(&scale, 0.5, 0.1, 9, &low, &high) == IMR_OK);
    CHECK_NEAR(low, pow(0.5, exp(0.2 * Z / log(2))), 1e-14);
    scale.interval = IMR_MULTISTATE_LOGIT;
    CHECK(imr_multistate_limits(&scale, 0.5, 0.1, 9, &low, &high) == IMR_OK);
    CHECK_NEAR(low, 1 / (1 + exp(0.4 * Z)), 1e-14);
    CHECK_NEAR(high, 1 - low, 1e-14);
    /* without spread Clopper and Pearson's: 2 of 4 (binom.test of R) */
    CHECK(imr_multistate_limits(&scale, 0.5, 0, 4, &low, &high) == IMR_OK);
    CHECK_NEAR(low, 0.06758598646, 1e-9);
    CHECK(imr_multistate_limits(&scale, 1, 0, 0, &low, &high) == IMR_OK);
    CHECK(low == 0 && high == 1);
    CHECK(imr_multistate_limits(&scale, 0, 0, 0, &low, &high) == IMR_OK);
    CHECK(low == 0 && high == 1);
}

static void
test_bad_input(void)
{
    imr_multistate_data_t data = hand_data();
    imr_multistate_options_t options = usual_options(IMR_MULTISTATE_JACKKNIFE);
    imr_multistate_rows_t rows;
    imr_multistate_t self;
    imr_fault_t fault;

    CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(imr_multistate(&rows, 1, &options, &self, NULL, &fault) == IMR_ERR_NO_PATIENT);
    CHECK(strcmp(fault.argument, "group") == 0 && self.block == NULL);
    options.level = 1;
    CHECK(imr_multistate(&rows, 0, &options, &self, NULL, &fault) == IMR_ERR_LEVEL);
    options.level = NAN;
    CHECK(imr_multistate(&rows, 0, &options, &self, NULL, &fault) == IMR_ERR_LEVEL);
    imr_multistate_rows_free(&rows);
}

static void
test_out_of_memory(void)
{
    static const double SCALE[] = { 1, 0.5 };
    double entry[6], time[6];

    for (int kind = 0; kind < 2; kind++) {
        imr_multistate_data_t data = hand_data();
        imr_multistate_options_t options = usual_options(IMR_MULTISTATE_JACKKNIFE);
        imr_multistate_rows_t rows;
        imr_multistate_t self;

        for (size_t i = 0; i < 6; i++) {
            entry[i] = HAND_ENTRY[i] * SCALE[kind];
            time[i] = HAND_TIME[i] * SCALE[kind];
        }
        data.entry = entry;
        data.time = time;
        CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
        FAIL_EACH_ALLOCATION(imr_multistate(&rows, 0, &options, &self, NULL, NULL), IMR_ERR_NOMEM,
            imr_multistate_free(&self));
        imr_multistate_rows_free(&rows);
    }
}

HARNESS_MAIN(RUN(test_four_patients_by_hand); RUN(test_initial_states_and_a_late_entry);
    RUN(test_a_change_in_an_empty_state_is_reported); RUN(test_all_censored_and_one_patient);
    RUN(test_times_of_any_kind); RUN(test_limits_of_each_scale); RUN(test_bad_input);
    RUN(test_out_of_memory);)

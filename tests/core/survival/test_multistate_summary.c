#include "survival/multistate_summary.h"

#include "../harness.h"
#include "multistate_data.h"

typedef struct {
    imr_multistate_rows_t rows;
    imr_multistate_t fit;
    imr_multistate_options_t options;
    double estimate[12], std_error[12], low[12], high[12];
    int64_t at_risk[12];
    imr_multistate_values_t values;
} fitted_t;

static void
setup(fitted_t *self)
{
    imr_multistate_data_t data = hand_data();

    self->options = usual_options(IMR_MULTISTATE_JACKKNIFE);
    CHECK(imr_multistate_rows(&data, &self->rows, NULL) == IMR_OK);
    CHECK(imr_multistate(&self->rows, 0, &self->options, &self->fit, NULL, NULL) == IMR_OK);
    self->values = (imr_multistate_values_t) { self->estimate, self->std_error, self->low,
        self->high, self->at_risk };
}

static void
teardown(fitted_t *self)
{
    imr_multistate_free(&self->fit);
    imr_multistate_rows_free(&self->rows);
}

static void
test_shares_at_times(void)
{
    static const double TIME[] = { 0, 2, 2.5, 6 };
    fitted_t self;

    setup(&self);
    CHECK(imr_multistate_at(
              &self.fit, self.rows.closed, &self.options, 1, TIME, 4, &self.values, NULL)
        == IMR_OK);
    CHECK(self.estimate[0] == 1 && self.at_risk[0] == 4 && self.high[0] == 1);
    CHECK_NEAR(self.estimate[1], 0.25, 1e-15);
    CHECK(self.at_risk[1] == 3 && self.at_risk[2] == 1 && self.at_risk[3] == 0);
    CHECK(self.estimate[2] == self.estimate[1] && self.std_error[2] == self.std_error[1]);
    CHECK(isnan(self.estimate[3]) && isnan(self.high[4 + 3]));
    CHECK_NEAR(self.estimate[4 + 1], 0.5, 1e-15);
    teardown(&self);
}

/* Between 4, when one of 4 was censored, and 5 nobody of 3 is known to be where nobody is. */
static void
test_limits_of_none_rest_on_those_still_known(void)
{
    static const int64_t PATIENT[] = { 1, 2 }, EVENT[] = { 0, 0 };
    static const double TIME[] = { 3, 5 }, AT[] = { 3, 4 };
    imr_multistate_data_t data = { .n = 2, .patient = PATIENT, .time = TIME, .event = EVENT };
    fitted_t self;

    setup(&self);
    teardown(&self);
    data.states = 3;
    data.first = 1;
    CHECK(imr_multistate_rows(&data, &self.rows, NULL) == IMR_OK);
    CHECK(imr_multistate(&self.rows, 0, &self.options, &self.fit, NULL, NULL) == IMR_OK);
    CHECK(
        imr_multistate_at(&self.fit, self.rows.closed, &self.options, 1, AT, 2, &self.values, NULL)
        == IMR_OK);
    CHECK_NEAR(self.high[2], 1 - pow(0.025, 0.5), 1e-14); /* state 1 at 3: of two */
    CHECK_NEAR(self.high[3], 0.975, 1e-14);
    CHECK_NEAR(self.low[1], 0.025, 1e-14);
    teardown(&self);
}

static void
test_expected_time(void)
{
    fitted_t self;

    setup(&self);
    CHECK(
        imr_multistate_time(&self.fit, self.rows.closed, &self.options, 4, &self.values, NULL, NULL)
        == IMR_OK);
    CHECK_NEAR(self.estimate[0], 2.25, 1e-15);
    CHECK_NEAR(self.std_error[0], sqrt(4.75 / 16), 1e-14);
    CHECK_NEAR(self.low[0], 2.25 - 3.182446305284263 * sqrt(4.75 / 16), 1e-11);
    CHECK(imr_multistate_time(
              &self.fit, self.rows.closed, &self.options, 0.5, &self.values, NULL, NULL)
        == IMR_OK);
    /* all of four in A: at most 1 - 0.025^(1/4) of patients elsewhere all the time */
    CHECK(self.estimate[0] == 0.5 && self.high[0] == 0.5 && self.estimate[2] == 0);
    CHECK_NEAR(self.low[0], 0.5 * pow(0.025, 0.25), 1e-14);
    CHECK_NEAR(self.high[2], 0.5 * (1 - pow(0.025, 0.25)), 1e-14);
    teardown(&self);
}

static void
test_probabilities_of_transitions(void)
{
    static const double TIME[] = { 1, 2, 3, 9 };
    fitted_t self;

    setup(&self);
    CHECK(imr_multistate_transition(&self.fit, self.rows.closed, &self.options, 1, 1, 1, TIME, 4,
              &self.values, NULL, NULL)
        == IMR_OK);
    CHECK(self.at_risk[0] == 1 && self.estimate[4] == 1 && self.low[4] == 1);
    CHECK(self.estimate[4 + 1] == 1);
    CHECK_NEAR(self.low[4 + 1], 0.025, 1e-14);
    CHECK_NEAR(self.estimate[8 + 2], 0.5, 1e-15);
    CHECK_NEAR(self.std_error[8 + 2], sqrt(0.125), 1e-14);
    CHECK(isnan(self.estimate[8 + 3]));
    /* from a closed state, even after the last row */
    CHECK(imr_multistate_transition(&self.fit, self.rows.closed, &self.options, 1, 2, 6, TIME + 3,
              1, &self.values, NULL, NULL)
        == IMR_OK);
    CHECK(self.estimate[2] == 1 && self.low[2] == 1 && self.high[1] == 0);
    teardown(&self);
}

static void
test_bad_input(void)
{
    static const double TIME[] = { 1, -1, NAN, 0.5 };
    fitted_t self;
    imr_fault_t fault;

    setup(&self);
#define AT(time)                                                                                   \
    imr_multistate_at(&self.fit, self.rows.closed, &self.options, 1, time, 1, &self.values, &fault)
#define SPENT(tau)                                                                                 \
    imr_multistate_time(&self.fit, self.rows.closed, &self.options, tau, &self.values, NULL, &fault)
#define FROM(since, time)                                                                          \
    imr_multistate_transition(&self.fit, self.rows.closed, &self.options, 1, 0, since, time, 1,    \
        &self.values, NULL, &fault)
    CHECK(AT(TIME + 1) == IMR_ERR_NEGATIVE && strcmp(fault.argument, "times") == 0);
    CHECK(AT(TIME + 2) == IMR_ERR_NONFINITE);
    CHECK(SPENT(0) == IMR_ERR_NOT_POSITIVE && SPENT(NAN) == IMR_ERR_NOT_POSITIVE);
    CHECK(SPENT(INFINITY) == IMR_ERR_NOT_POSITIVE);
    CHECK(SPENT(5.5) == IMR_ERR_TAU && strcmp(fault.argument, "tau") == 0);
    CHECK(FROM(1, TIME + 3) == IMR_ERR_MULTISTATE_BACKWARDS);
    CHECK(FROM(0.7, TIME + 3) == IMR_ERR_MULTISTATE_BACKWARDS && fault.row == 0);
    CHECK(FROM(-1, TIME) == IMR_ERR_NEGATIVE && strcmp(fault.argument, "since") == 0);
    CHECK(FROM(0, TIME + 1) == IMR_ERR_NEGATIVE && strcmp(fault.argument, "times") == 0);
    self.options.level = 0;
    CHECK(AT(TIME) == IMR_ERR_LEVEL && SPENT(1) == IMR_ERR_LEVEL && FROM(0, TIME) == IMR_ERR_LEVEL);
    teardown(&self);
}

static void
test_counts_from_outside(void)
{
    imr_multistate_stretch_t span = { .next = 1, .first = 1 };
    uint32_t before[] = { 0, 1 };
    int64_t from[] = { 0 }, to[] = { 1 };
    imr_multistate_counts_t counts = { .n = 1, .states = 2, .transitions = 1, .spans = 1 };

    counts.span = &span;
    counts.places = 1;
    counts.before = before;
    counts.from = from;
    counts.to = to;
    CHECK(imr_multistate_counts_fit(&counts));
    span.end = 1;
    CHECK(!imr_multistate_counts_fit(&counts));
    span.end = 0;
    span.begin = 1;
    CHECK(!imr_multistate_counts_fit(&counts));
    span.begin = 0;
    span.next = 2;
    CHECK(!imr_multistate_counts_fit(&counts));
    span.next = -1;
    before[1] = 2;
    CHECK(!imr_multistate_counts_fit(&counts));
    before[1] = 1;
    before[0] = 2;
    CHECK(!imr_multistate_counts_fit(&counts));
    before[0] = 0;
    to[0] = -1;
    CHECK(!imr_multistate_counts_fit(&counts));
    counts.states = 33;
    CHECK(!imr_multistate_counts_fit(&counts));
}

static void
test_out_of_memory(void)
{
    static const double TIME[] = { 3 };
    fitted_t self;
    imr_fault_t fault;

    setup(&self);
    FAIL_EACH_ALLOCATION(SPENT(4), IMR_ERR_NOMEM, (void) 0);
    FAIL_EACH_ALLOCATION(FROM(1, TIME), IMR_ERR_NOMEM, (void) 0);
    teardown(&self);
}

HARNESS_MAIN(RUN(test_shares_at_times); RUN(test_limits_of_none_rest_on_those_still_known);
    RUN(test_expected_time); RUN(test_probabilities_of_transitions); RUN(test_bad_input);
    RUN(test_counts_from_outside); RUN(test_out_of_memory);)

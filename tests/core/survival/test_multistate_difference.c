#include "survival/multistate_difference.h"

#include "../harness.h"
#include "../stop_sweep.h"
#include "multistate_data.h"

/* Patients 3 and 5 against 7 and 9, in the order of their numbers. */
static const int64_t GROUP[] = { 1, 0, 1, 1, 0, 1 };

static int
setup(imr_multistate_difference_t *self, double at, double tau, imr_stop_t *stop)
{
    imr_multistate_data_t data = hand_data();
    imr_multistate_options_t options = usual_options(IMR_MULTISTATE_JACKKNIFE);
    imr_multistate_measure_t measure = { 1, at, tau, 1 };
    imr_multistate_rows_t rows;
    int status;

    data.group = GROUP;
    data.groups = 2;
    CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
    status = imr_multistate_difference_init(self, &rows, 2, &measure, &options, stop, NULL);
    imr_multistate_rows_free(&rows);
    return status;
}

/* In B at 2: both of the second group, none of the first. Of six deals two are as far apart. */
static void
test_a_probability_by_hand(void)
{
    imr_multistate_difference_t self;
    double pvalue, none = 1 - sqrt(0.025);
    uint32_t label[] = { 1, 0, 1, 0 };

    CHECK(setup(&self, 2, NAN, NULL) == IMR_OK);
    CHECK(self.patients[0] == 2 && self.patients[1] == 2);
    CHECK(self.estimate[0] == 0 && self.estimate[1] == 1 && self.difference == 1);
    CHECK(self.difference_std_error == 0 && self.difference_high == 1);
    CHECK_NEAR(self.difference_low, 1 - sqrt(2) * none, 1e-14);
    CHECK_NEAR(imr_multistate_difference_of(&self, self.label), 1, 1e-15);
    CHECK_NEAR(imr_multistate_difference_of(&self, label), 0, 1e-15);
    CHECK(imr_multistate_difference_deals(&self) == 6);
    CHECK(imr_multistate_difference_exact(&self, &pvalue, NULL, NULL) == IMR_OK);
    CHECK_NEAR(pvalue, 2. / 6, 1e-15);
    imr_multistate_difference_free(&self);
    imr_multistate_difference_free(&self);
}

/* Up to 3 the second group is in B for 2 days and for 1, the first never. */
static void
test_a_time_by_hand(void)
{
    imr_multistate_difference_t self;
    const uint64_t key[] = { 1, 2 };
    double pvalue, share;

    CHECK(setup(&self, NAN, 3, NULL) == IMR_OK);
    CHECK_NEAR(self.difference, 1.5, 1e-15);
    CHECK_NEAR(imr_multistate_difference_of(&self, self.label), 1.5, 1e-15);
    CHECK(imr_multistate_difference_exact(&self, &pvalue, NULL, NULL) == IMR_OK);
    CHECK_NEAR(pvalue, 2. / 6, 1e-15);
    share = (double) imr_multistate_difference_random(&self, key, 0, 6000) / 6000;
    CHECK(fabs(share - 2. / 6) < 5 * sqrt(2. / 9 / 6000));
    imr_multistate_difference_free(&self);
}

static void
test_bad_input(void)
{
    imr_multistate_data_t data = hand_data();
    imr_multistate_options_t options = usual_options(IMR_MULTISTATE_JACKKNIFE);
    imr_multistate_measure_t measure = { 1, 2, NAN, 1 };
    imr_multistate_rows_t rows;
    imr_multistate_difference_t self;
    imr_fault_t fault;
    double pvalue;

    CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(imr_multistate_difference_init(&self, &rows, 1, &measure, &options, NULL, &fault)
        == IMR_ERR_TWO_GROUPS);
    imr_multistate_rows_free(&rows);
    CHECK(setup(&self, 4.5, NAN, NULL) == IMR_ERR_TAU); /* the first group is followed up to 4 */
    CHECK(setup(&self, -1, NAN, NULL) == IMR_ERR_NEGATIVE);
    CHECK(setup(&self, NAN, 4.5, NULL) == IMR_ERR_TAU);
    CHECK(setup(&self, 2, NAN, NULL) == IMR_OK);
    self.patients[0] = self.patients[1] = 40;
    CHECK(imr_multistate_difference_exact(&self, &pvalue, NULL, &fault) == IMR_ERR_EXACT_PATIENTS);
    imr_multistate_difference_free(&self);
}

static void
test_it_can_be_stopped(void)
{
    imr_multistate_difference_t self;
    double pvalue;

    STOP_AT_EACH_QUESTION(setup(&self, 2, NAN, &sweep.stop), imr_multistate_difference_free(&self));
    CHECK(setup(&self, 2, NAN, NULL) == IMR_OK);
    STOP_AT_EACH_QUESTION(
        imr_multistate_difference_exact(&self, &pvalue, &sweep.stop, NULL), (void) 0);
    imr_multistate_difference_free(&self);
}

static void
test_out_of_memory(void)
{
    imr_multistate_data_t data = hand_data();
    imr_multistate_options_t options = usual_options(IMR_MULTISTATE_JACKKNIFE);
    imr_multistate_measure_t measure = { 1, 2, NAN, 1 };
    imr_multistate_rows_t rows;
    imr_multistate_difference_t self;

    data.group = GROUP;
    data.groups = 2;
    CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(
        imr_multistate_difference_init(&self, &rows, 2, &measure, &options, NULL, NULL),
        IMR_ERR_NOMEM, imr_multistate_difference_free(&self));
    imr_multistate_rows_free(&rows);
}

HARNESS_MAIN(RUN(test_a_probability_by_hand); RUN(test_a_time_by_hand); RUN(test_bad_input);
    RUN(test_it_can_be_stopped); RUN(test_out_of_memory);)

#include "recovery/depletion.h"

#include <stdint.h>

#include "../harness.h"

enum { MOST = 16 };

/* One patient with threshold 10, recovery 10, confirmed by the next sample, unless changed. */
typedef struct {
    imr_depletion_t answer;
    imr_count_series_t series;
    imr_depletion_options_t options;
    imr_fault_t fault;
    int64_t patient[MOST];
    double lymphodepletion_day;
    double end_day;
} case_t;

static void
prepare(case_t *self, const double *day, const double *count, const double *lloq, size_t n)
{
    memset(self, 0, sizeof(*self));
    self->lymphodepletion_day = -5;
    self->end_day = INFINITY;
    self->series = (imr_count_series_t) { .patient = self->patient,
        .day = day,
        .count = count,
        .lloq = lloq,
        .n = n,
        .patients = 1,
        .n_series = 1,
        .lymphodepletion_day = &self->lymphodepletion_day,
        .end_day = &self->end_day };
    self->options = (imr_depletion_options_t) { 10, 10, NAN, 2, 0, 0 };
}

static int
run(case_t *self)
{
    imr_depletion_free(&self->answer);
    return imr_depletion(&self->answer, &self->series, &self->options, &self->fault);
}

static void
test_a_typical_course_by_hand(void)
{
    double day[] = { 112, -7, 0, 3, 28, 84, 56, 140 }, count[] = { 25, 200, 80, 4, 0, 9, 0, 60 };
    double lloq = 1;
    case_t c;

    prepare(&c, day, count, &lloq, 8);
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.samples[0] == 8 && c.answer.last_day[0] == 140);
    CHECK(c.answer.baseline[0] == 200 && c.answer.baseline_day[0] == -7);
    CHECK(c.answer.pre_infusion[0] == 80 && c.answer.pre_infusion_day[0] == 0);
    CHECK(c.answer.nadir[0] == 1 && c.answer.nadir_day[0] == 28 && c.answer.nadir_below[0] == 1);
    CHECK_NEAR(c.answer.depth[0], log10(200), 1e-15);
    CHECK(c.answer.onset[0] == IMR_ONSET_AFTER_INFUSION);
    CHECK(c.answer.onset_left[0] == 0 && c.answer.onset_right[0] == 3);
    CHECK(c.answer.status[0] == IMR_DEPLETION_RECOVERED && c.answer.blips[0] == 0);
    CHECK(c.answer.recovery_left[0] == 84 && c.answer.recovery_right[0] == 112);
    CHECK(c.answer.duration_left[0] == 81 && c.answer.duration_right[0] == 112);
    CHECK(isnan(c.answer.unconfirmed_day[0]));
    /* 10 - count: day 0 -70, 3 6, 28 10, 56 10, 84 1, 112 -15. Triangles over 3 x 6/76 and
     * 28 x 1/16 days, trapezia between; at the limit of 1, 9 stands in place of 10. */
    CHECK_NEAR(c.answer.deficit_high[0],
        0.5 * 6 * 3 * 6 / 76 + 25 * 8 + 28 * 10 + 28 * 5.5 + 0.5 * 28 / 16, 1e-14);
    CHECK_NEAR(c.answer.deficit_low[0],
        0.5 * 6 * 3 * 6 / 76 + 25 * 7.5 + 28 * 9 + 28 * 5 + 0.5 * 28 / 16, 1e-14);
    imr_depletion_free(&c.answer);
    imr_depletion_free(&c.answer);
}

static void
test_thresholds_at_equality(void)
{
    double day[] = { -7, 7, 28, 56 }, count[] = { 100, 10, 10, 10 };
    case_t c;

    prepare(&c, day, count, NULL, 4); /* 10 is not depleted */
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.status[0] == IMR_DEPLETION_NEVER_DEPLETED);
    CHECK(c.answer.onset[0] == IMR_ONSET_NONE);
    CHECK(c.answer.onset_left[0] == 56 && c.answer.onset_right[0] == INFINITY);
    CHECK(isnan(c.answer.recovery_left[0]) && isnan(c.answer.duration_left[0]));
    count[1] = 9.999; /* and 10 is recovered */
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.status[0] == IMR_DEPLETION_RECOVERED);
    CHECK(c.answer.recovery_left[0] == 7 && c.answer.recovery_right[0] == 28);
    c.options.recovery = 10.001;
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.status[0] == IMR_DEPLETION_NOT_RECOVERED);
    CHECK(c.answer.recovery_left[0] == 56 && c.answer.recovery_right[0] == INFINITY);
    imr_depletion_free(&c.answer);
}

static void
test_blips_and_confirmation_at_a_distance(void)
{
    double day[] = { -7, 7, 28, 35, 56, 84, 90, 112 };
    double count[] = { 100, 0, 15, 2, 5, 12, 30, 40 };
    case_t c;

    prepare(&c, day, count, NULL, 8);
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.blips[0] == 1 && c.answer.recovery_left[0] == 56);
    CHECK(c.answer.recovery_right[0] == 84 && c.answer.status[0] == IMR_DEPLETION_RECOVERED);
    CHECK(c.answer.nadir[0] == 0 && !c.answer.nadir_below[0]);
    CHECK(c.answer.depth[0] == INFINITY); /* 0 without a limit */
    c.options.min_separation = 14; /* day 90 is too near to confirm day 84, day 112 is not */
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.recovery_right[0] == 84);
    c.options.min_separation = 28; /* 28 days: exactly enough */
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.status[0] == IMR_DEPLETION_RECOVERED);
    c.options.min_separation = 29;
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.status[0] == IMR_DEPLETION_UNCONFIRMED && c.answer.blips[0] == 1);
    CHECK(c.answer.unconfirmed_day[0] == 84 && c.answer.recovery_left[0] == 56);
    CHECK(c.answer.recovery_right[0] == INFINITY && c.answer.duration_right[0] == INFINITY);
    c.options.confirm = 1; /* no confirmation: day 28 is recovery */
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.recovery_right[0] == 28 && c.answer.blips[0] == 0);
    imr_depletion_free(&c.answer);
}

static void
test_depletion_before_infusion(void)
{
    double day[] = { -30, -3, 14, 28, 56 }, count[] = { 90, 3, 1, 30, 40 };
    case_t c;

    prepare(&c, day, count, NULL, 5); /* lymphodepletion from day -5 */
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.onset[0] == IMR_ONSET_LYMPHODEPLETION);
    CHECK(c.answer.onset_left[0] == -30 && c.answer.onset_right[0] == -3);
    CHECK(c.answer.duration_left[0] == 17 && c.answer.duration_right[0] == 58);
    c.lymphodepletion_day = -3; /* drawn before it: somebody else's doing */
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.onset[0] == IMR_ONSET_DEPLETED_BEFORE && c.answer.baseline[0] == 3);
    CHECK(c.answer.onset_left[0] == -INFINITY && c.answer.onset_right[0] == 0);
    CHECK(c.answer.duration_left[0] == 14 && c.answer.duration_right[0] == INFINITY);
    CHECK(c.answer.recovery_left[0] == 14 && c.answer.recovery_right[0] == 28);
    c.lymphodepletion_day = NAN; /* not known */
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.onset[0] == IMR_ONSET_DEPLETED_BEFORE && isnan(c.answer.baseline[0]));
    c.series.lymphodepletion_day = NULL;
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.onset[0] == IMR_ONSET_DEPLETED_BEFORE && isnan(c.answer.baseline[0]));
    CHECK(isnan(c.answer.depth[0]) && c.answer.pre_infusion[0] == 3);
    imr_depletion_free(&c.answer);
}

static void
test_patients_with_few_samples(void)
{
    double day[] = { 9, -1, 9, -1 }, count[] = { 0, 50, 60, 4 };
    int64_t patient[] = { 0, 1, 2, 3 };
    imr_count_series_t series = {
        .patient = patient, .day = day, .count = count, .n = 4, .patients = 5, .n_series = 1
    };
    imr_depletion_options_t options = { 10, 10, NAN, 2, 0, 0 };
    imr_depletion_t answer;

    CHECK(imr_depletion(&answer, &series, &options, NULL) == IMR_OK);
    CHECK(answer.status[0] == IMR_DEPLETION_NOT_RECOVERED);
    CHECK(answer.onset[0] == IMR_ONSET_NO_EARLIER_SAMPLE);
    CHECK(answer.onset_left[0] == -INFINITY && answer.onset_right[0] == 9);
    CHECK(answer.duration_left[0] == 0 && isnan(answer.deficit_low[0]));
    CHECK(answer.status[1] == IMR_DEPLETION_NO_SAMPLES && answer.samples[1] == 1);
    CHECK(answer.pre_infusion[1] == 50 && isnan(answer.nadir[1]) && isnan(answer.onset_left[1]));
    CHECK(answer.status[2] == IMR_DEPLETION_NEVER_DEPLETED);
    CHECK(answer.status[3] == IMR_DEPLETION_NO_SAMPLES);
    CHECK(answer.status[4] == IMR_DEPLETION_NO_SAMPLES && answer.samples[4] == 0);
    CHECK(isnan(answer.last_day[4]));
    imr_depletion_free(&answer);
}

static void
test_the_end_cuts_the_series(void)
{
    double day[] = { -7, 7, 28, 56, 84 }, count[] = { 100, 0, 0, 50, 70 };
    case_t c;

    prepare(&c, day, count, NULL, 5);
    c.end_day = 56;
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.status[0] == IMR_DEPLETION_UNCONFIRMED && c.answer.last_day[0] == 56);
    CHECK(c.answer.samples[0] == 4 && c.answer.samples_after_end[0] == 1);
    c.end_day = 0;
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.status[0] == IMR_DEPLETION_NO_SAMPLES && c.answer.samples_after_end[0] == 4);
    imr_depletion_free(&c.answer);
}

static void
test_the_limit_of_each_sample_as_threshold(void)
{
    double day[] = { -7, 7, 28, 56, 84 }, count[] = { 100, 0, 4, 6, 50 };
    double lloq[] = { 1, 1, 5, 5, 5 };
    uint8_t below[] = { 0, 0, 0, 0, 0 };
    case_t c;

    prepare(&c, day, count, lloq, 5);
    c.series.lloq_step = 1;
    c.series.below = below;
    c.options.threshold = c.options.recovery = NAN;
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.recovery_left[0] == 28 && c.answer.recovery_right[0] == 56);
    CHECK(c.answer.nadir[0] == 1 && isnan(c.answer.deficit_low[0]));
    lloq[3] = 6; /* a count at its limit is a count, unless it is flagged */
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.recovery_right[0] == 56);
    below[3] = 1;
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.recovery_left[0] == 56 && c.answer.status[0] == IMR_DEPLETION_UNCONFIRMED);
    c.options.recovery = 20; /* detectable is no longer enough */
    below[3] = 0;
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.recovery_left[0] == 56 && c.answer.unconfirmed_day[0] == 84);
    imr_depletion_free(&c.answer);
}

static void
test_recovery_to_the_baseline(void)
{
    double day[] = { -7, 7, 28, 56 }, count[] = { 50, 2, 50, 55 };
    case_t c;

    prepare(&c, day, count, NULL, 4);
    c.options = (imr_depletion_options_t) { 80, 80, 1, 2, 0, 0 };
    CHECK(run(&c) == IMR_OK); /* 50 is the level, of depletion too */
    CHECK(c.answer.onset_left[0] == -7 && c.answer.onset_right[0] == 7);
    CHECK(c.answer.recovery_left[0] == 7 && c.answer.recovery_right[0] == 28);
    c.series.lymphodepletion_day = NULL;
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.status[0] == IMR_DEPLETION_NO_BASELINE && c.answer.nadir[0] == 2);
    CHECK(isnan(c.answer.onset_left[0]) && isnan(c.answer.recovery_left[0]));
    imr_depletion_free(&c.answer);
}

static void
test_a_nadir_below_its_limit_is_a_bound(void)
{
    double day[] = { -7, 7, 28 }, count[] = { 50, 0, 2 }, lloq[] = { 1, 5, 1 };
    case_t c;

    prepare(&c, day, count, lloq, 3);
    c.series.lloq_step = 1;
    CHECK(run(&c) == IMR_OK); /* day 7 lies anywhere below 5, so 2 is the most the nadir can be */
    CHECK(c.answer.nadir[0] == 2 && c.answer.nadir_day[0] == 28 && c.answer.nadir_below[0]);
    CHECK_NEAR(c.answer.depth[0], log10(25), 1e-15);
    lloq[0] = 60; /* a baseline below its limit bounds nothing; and 60 is above the threshold */
    CHECK(run(&c) == IMR_ERR_LIMIT_ABOVE_THRESHOLD);
    CHECK(c.fault.row == 0 && strcmp(c.fault.argument, "lloq") == 0);
    imr_depletion_free(&c.answer);
}

enum { LONG = 500 };

static int
run_long(case_t *self, double *day, double *count, const int64_t *patient)
{
    self->series = (imr_count_series_t) {
        .patient = patient, .day = day, .count = count, .n = LONG, .patients = 1, .n_series = 1
    };
    self->options = (imr_depletion_options_t) { 10, 10, NAN, 2, 0, 0 };
    imr_depletion_free(&self->answer);
    return imr_depletion(&self->answer, &self->series, &self->options, &self->fault);
}

static void
test_a_long_series_in_any_order(void)
{
    double day[LONG], count[LONG];
    int64_t patient[LONG] = { 0 };
    case_t c;

    memset(&c, 0, sizeof(c));
    for (int i = 0; i < LONG; i++) {
        day[i] = (i * 77) % LONG - 7; /* 77 and 500 have no common factor: each day once */
        count[i] = day[i] < 4 || day[i] >= 300 ? 40 : 2;
    }
    CHECK(run_long(&c, day, count, patient) == IMR_OK);
    CHECK(c.answer.onset_left[0] == 3 && c.answer.onset_right[0] == 4);
    CHECK(c.answer.recovery_left[0] == 299 && c.answer.recovery_right[0] == 300);
    FAIL_EACH_ALLOCATION(
        run_long(&c, day, count, patient), IMR_ERR_NOMEM, imr_depletion_free(&c.answer));
    day[400] = day[200];
    CHECK(run_long(&c, day, count, patient) == IMR_ERR_DUPLICATE_DAY);
    CHECK(c.fault.row == 400 && c.answer.other_row == 200);
}

static void
test_bad_input_is_named(void)
{
    double day[] = { -7, 28, 7, 28 }, count[] = { 100, 0, 0, 50 }, lloq[] = { 1, 1, 1, 1 };
    uint8_t below[] = { 0, 0, 0, 1 };
    case_t c;

    prepare(&c, day, count, lloq, 4);
    c.series.lloq_step = 1;
    CHECK(run(&c) == IMR_ERR_DUPLICATE_DAY);
    CHECK(c.fault.row == 3 && c.fault.value == 28 && c.answer.other_row == 1);
    CHECK(c.answer.block == NULL);
    day[3] = 56;
    c.series.below = below;
    CHECK(run(&c) == IMR_ERR_COUNT_ABOVE_LIMIT && c.fault.row == 3);
    c.series.lloq = NULL;
    CHECK(run(&c) == IMR_ERR_LIMIT_NEEDED && strcmp(c.fault.argument, "below") == 0);
    c.series.below = NULL;
    c.options.threshold = c.options.recovery = NAN;
    CHECK(run(&c) == IMR_ERR_LIMIT_NEEDED && strcmp(c.fault.argument, "threshold") == 0);
    c.series.lloq = lloq;
    lloq[2] = 0;
    CHECK(run(&c) == IMR_ERR_NOT_POSITIVE && c.fault.row == 2);
    lloq[2] = 12;
    c.options.threshold = c.options.recovery = 10;
    CHECK(run(&c) == IMR_ERR_LIMIT_ABOVE_THRESHOLD && c.fault.row == 2);
    c.end_day = 6; /* a sample that does not count is not looked at */
    CHECK(run(&c) == IMR_OK);
    c.end_day = NAN;
    CHECK(run(&c) == IMR_ERR_NONFINITE && strcmp(c.fault.argument, "end_day") == 0);
    c.end_day = INFINITY;
    lloq[2] = 1;
    count[1] = -1;
    CHECK(run(&c) == IMR_ERR_NEGATIVE && c.fault.row == 1);
    count[1] = NAN;
    CHECK(run(&c) == IMR_ERR_NONFINITE && strcmp(c.fault.argument, "count") == 0);
    count[1] = 0;
    day[1] = INFINITY;
    CHECK(run(&c) == IMR_ERR_NONFINITE && strcmp(c.fault.argument, "day") == 0);
    day[1] = 28;
    c.patient[2] = 1;
    CHECK(run(&c) == IMR_ERR_PATIENT_CODE && c.fault.row == 2);
    c.patient[2] = -1;
    CHECK(run(&c) == IMR_ERR_PATIENT_CODE);
    c.patient[2] = 0;
    c.lymphodepletion_day = 5;
    CHECK(run(&c) == IMR_ERR_LYMPHODEPLETION_DAY && c.fault.row == 0);
    c.lymphodepletion_day = -INFINITY;
    CHECK(run(&c) == IMR_ERR_NONFINITE);
    c.lymphodepletion_day = 0;
    CHECK(run(&c) == IMR_OK);
    c.options.recovery = 9;
    CHECK(run(&c) == IMR_ERR_RECOVERY_BELOW_THRESHOLD);
    c.options.recovery = INFINITY;
    CHECK(run(&c) == IMR_ERR_NOT_POSITIVE);
    c.options.baseline_fraction = 0.5;
    CHECK(run(&c) == IMR_OK);
    c.options.baseline_fraction = 0;
    CHECK(run(&c) == IMR_ERR_NOT_POSITIVE);
    c.options = (imr_depletion_options_t) { 0, 10, NAN, 2, 0, 0 };
    CHECK(run(&c) == IMR_ERR_NOT_POSITIVE && strcmp(c.fault.argument, "threshold") == 0);
    c.options = (imr_depletion_options_t) { 10, 10, NAN, 0, 0, 0 };
    CHECK(run(&c) == IMR_ERR_CONFIRM);
    c.options = (imr_depletion_options_t) { 10, 10, NAN, 1, -1, 0 };
    CHECK(run(&c) == IMR_ERR_NEGATIVE);
    c.options.min_separation = NAN;
    CHECK(run(&c) == IMR_ERR_NONFINITE);
    c.options.min_separation = 0;
    c.series.n = (size_t) UINT32_MAX + 1;
    CHECK(run(&c) == IMR_ERR_TOO_MANY_ROWS);
    imr_depletion_free(&c.answer);
}

/* Starts of infusions beyond their end, of which the last says where it is, are refused unread. */
static void
test_starts_of_infusions_beyond_their_end(void)
{
    static const int64_t WRONG[][4] = { { 0, 5, 5, 2 }, { 0, 1, 5, 2 }, { 0, INT64_MAX, 1, 2 },
        { 0, 2, 1, 2 }, { 0, -1, 1, 2 }, { 0, 0, 0, -1 }, { 1, 1, 1, 2 } };
    static const int64_t ROW[] = { 0, 1, 0, 1, 0, -1, 0 };
    double day[] = { -7, 7, 50 }, count[] = { 90, 2, 30 };
    double infusion[] = { 0, 100 };
    int64_t patient[] = { 0, 1, 2 };
    case_t c;

    prepare(&c, day, count, NULL, 3);
    c.series.patient = patient;
    c.series.patients = 3;
    c.series.infusion_day = infusion;
    c.series.lymphodepletion_day = c.series.end_day = NULL;
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        c.series.infusion_start = WRONG[i];
        CHECK(run(&c) == IMR_ERR_INFUSION_ORDER && c.fault.row == ROW[i]);
        CHECK(strcmp(c.fault.argument, "infusion_day") == 0);
    }
    imr_depletion_free(&c.answer);
}

/* One patient infused on days 0 and 100 (lymphodepletion from day 95), counts by hand. */
static void
test_each_infusion_has_its_own_clock(void)
{
    double day[] = { -7, 7, 50, 80, 90, 97, 100, 110, 150, 180, 200 };
    double count[] = { 90, 2, 3, 15, 40, 8, 5, 0, 4, 20, 30 };
    double infusion[] = { 0, 100 }, lymphodepletion[] = { -5, 95 };
    int64_t start[] = { 0, 2 };
    case_t c;

    prepare(&c, day, count, NULL, 11);
    c.series.infusion_start = start;
    c.series.infusion_day = infusion;
    c.series.lymphodepletion_day = lymphodepletion;
    CHECK(run(&c) == IMR_OK && c.answer.rows == 2);
    CHECK(c.answer.episode[0] == 1 && c.answer.episode[1] == 2);
    CHECK(c.answer.patient[1] == 0 && c.answer.series[1] == 0);
    CHECK(c.answer.infusion_day[0] == 0 && c.answer.next_infusion_day[0] == 100);
    CHECK(c.answer.infusion_day[1] == 100 && c.answer.next_infusion_day[1] == INFINITY);
    CHECK(c.answer.samples[0] == 7 && c.answer.samples[1] == 10);
    CHECK(c.answer.status[0] == IMR_DEPLETION_RECOVERED);
    CHECK(c.answer.recovery_left[0] == 50 && c.answer.recovery_right[0] == 80);
    CHECK(c.answer.last_day[0] == 100);
    /* the second: 40 on day 90 is the baseline */
    CHECK(c.answer.baseline[1] == 40 && c.answer.baseline_day[1] == -10);
    CHECK(c.answer.pre_infusion[1] == 5 && c.answer.pre_infusion_day[1] == 0);
    CHECK(c.answer.onset[1] == IMR_ONSET_LYMPHODEPLETION);
    CHECK(c.answer.onset_left[1] == -10 && c.answer.onset_right[1] == -3);
    CHECK(c.answer.recovery_left[1] == 50 && c.answer.recovery_right[1] == 80);
    CHECK(c.answer.duration_left[1] == 53 && c.answer.duration_right[1] == 90);
    CHECK(c.answer.nadir_day[1] == 10 && c.answer.last_day[1] == 100);
    /* days 100 to 110: 5 to 10 below 10; 110 to 150: 10 to 6; 150 to 180: 6 to 0 within 11.25 */
    CHECK_NEAR(c.answer.deficit_high[1], 75 + 320 + 0.5 * 6 * 30 * 6 / 16, 1e-14);
    lymphodepletion[1] = NAN; /* nobody knows when it began: no baseline, and left-censored */
    CHECK(run(&c) == IMR_OK && isnan(c.answer.baseline[1]));
    CHECK(c.answer.onset[1] == IMR_ONSET_DEPLETED_BEFORE);
    CHECK(c.answer.onset_left[1] == -INFINITY && c.answer.onset_right[1] == 0);
    CHECK(c.answer.duration_left[1] == 50 && c.answer.duration_right[1] == INFINITY);
    c.end_day = 105; /* before any sample of the second */
    CHECK(run(&c) == IMR_OK && c.answer.status[1] == IMR_DEPLETION_NO_SAMPLES);
    CHECK(c.answer.samples[0] == 7 && c.answer.samples_after_end[0] == 0);
    CHECK(c.answer.samples[1] == 6 && c.answer.samples_after_end[1] == 4);
    c.end_day = 60;
    CHECK(run(&c) == IMR_OK && c.answer.status[0] == IMR_DEPLETION_NOT_RECOVERED);
    CHECK(c.answer.samples[0] == 3 && c.answer.samples_after_end[0] == 4);
    CHECK(c.answer.samples[1] == 2 && c.answer.samples_after_end[1] == 8);
    c.end_day = INFINITY;
    lymphodepletion[1] = 0; /* belongs to the first */
    CHECK(run(&c) == IMR_ERR_LYMPHODEPLETION_DAY && c.fault.row == 0);
    lymphodepletion[1] = 101;
    CHECK(run(&c) == IMR_ERR_LYMPHODEPLETION_DAY);
    lymphodepletion[1] = 95;
    infusion[1] = 0;
    CHECK(run(&c) == IMR_ERR_INFUSION_ORDER && c.fault.value == 0);
    infusion[1] = INFINITY;
    CHECK(run(&c) == IMR_ERR_NONFINITE && strcmp(c.fault.argument, "infusion_day") == 0);
    infusion[1] = 100;
    start[0] = 1;
    CHECK(run(&c) == IMR_ERR_INFUSION_ORDER);
    start[0] = 3;
    CHECK(run(&c) == IMR_ERR_INFUSION_ORDER);
    start[0] = 0;
    FAIL_EACH_ALLOCATION(run(&c), IMR_ERR_NOMEM, imr_depletion_free(&c.answer));
}

/* Patient 0 has blood and marrow, patient 1 blood alone; marrow has a threshold of its own. */
static void
test_series_are_kept_apart(void)
{
    double day[] = { -7, 7, 28, 56, 7, 28, 7, 28 }, count[] = { 90, 2, 12, 30, 2, 0.05, 0, 0 };
    int64_t patient[] = { 0, 0, 0, 0, 0, 0, 1, 1 }, which[] = { 0, 0, 0, 0, 1, 1, 0, 0 };
    imr_count_series_t series = { .patient = patient,
        .series = which,
        .day = day,
        .count = count,
        .n = 8,
        .patients = 2,
        .n_series = 2 };
    imr_depletion_options_t options[] = { { 10, 10, NAN, 2, 0, 0 }, { 0.1, 0.1, NAN, 2, 0, 0 } };
    imr_depletion_t answer;
    imr_fault_t fault;

    CHECK(imr_depletion(&answer, &series, options, &fault) == IMR_OK && answer.rows == 4);
    CHECK(answer.patient[1] == 0 && answer.series[1] == 1 && answer.patient[2] == 1);
    CHECK(answer.status[0] == IMR_DEPLETION_RECOVERED && answer.recovery_right[0] == 28);
    CHECK(answer.status[1] == IMR_DEPLETION_NOT_RECOVERED && answer.onset_left[1] == 7);
    CHECK(answer.status[2] == IMR_DEPLETION_NOT_RECOVERED);
    CHECK(answer.status[3] == IMR_DEPLETION_NO_SAMPLES && answer.samples[3] == 0);
    imr_depletion_free(&answer);
    options[1].threshold = 0;
    CHECK(imr_depletion(&answer, &series, options, &fault) == IMR_ERR_NOT_POSITIVE);
    CHECK(fault.row == 1 && strcmp(fault.argument, "threshold") == 0);
    options[1].threshold = 0.1;
    which[5] = 2;
    CHECK(imr_depletion(&answer, &series, options, &fault) == IMR_ERR_SERIES_CODE);
    CHECK(fault.row == 5);
    which[5] = 1;
    series.n_series = 0;
    CHECK(imr_depletion(&answer, &series, options, &fault) == IMR_ERR_SERIES_CODE);
    series.n_series = 2;
    series.patients = UINT32_MAX;
    CHECK(imr_depletion(&answer, &series, options, &fault) == IMR_ERR_TOO_MANY_ROWS);
}

static void
test_undecided_patients_may_be_marked(void)
{
    double day[] = { -7, 7, 28 }, count[] = { 90, 0, 0 }, lloq[] = { 1, 1, 12 };
    case_t c;

    prepare(&c, day, count, lloq, 3);
    c.series.lloq_step = 1;
    CHECK(run(&c) == IMR_ERR_LIMIT_ABOVE_THRESHOLD && c.fault.row == 2 && c.fault.value == 12);
    c.options.undecided = 1;
    CHECK(run(&c) == IMR_OK && c.answer.status[0] == IMR_DEPLETION_UNDECIDED);
    CHECK(c.answer.baseline[0] == 90 && c.answer.nadir[0] == 1 && isnan(c.answer.onset_left[0]));
    CHECK(c.answer.onset[0] == IMR_ONSET_NONE && isnan(c.answer.deficit_high[0]));
    imr_depletion_free(&c.answer);
}

static void
test_each_allocation_may_fail(void)
{
    double day[] = { -7, 7, 28, 56 }, count[] = { 100, 0, 20, 30 };
    case_t c;

    prepare(&c, day, count, NULL, 4);
    FAIL_EACH_ALLOCATION(run(&c), IMR_ERR_NOMEM, imr_depletion_free(&c.answer));
}

HARNESS_MAIN({
    RUN(test_a_typical_course_by_hand);
    RUN(test_thresholds_at_equality);
    RUN(test_blips_and_confirmation_at_a_distance);
    RUN(test_depletion_before_infusion);
    RUN(test_patients_with_few_samples);
    RUN(test_the_end_cuts_the_series);
    RUN(test_the_limit_of_each_sample_as_threshold);
    RUN(test_recovery_to_the_baseline);
    RUN(test_a_nadir_below_its_limit_is_a_bound);
    RUN(test_a_long_series_in_any_order);
    RUN(test_bad_input_is_named);
    RUN(test_starts_of_infusions_beyond_their_end);
    RUN(test_each_infusion_has_its_own_clock);
    RUN(test_series_are_kept_apart);
    RUN(test_undecided_patients_may_be_marked);
    RUN(test_each_allocation_may_fail);
})

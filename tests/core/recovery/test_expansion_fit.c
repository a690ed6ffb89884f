#include "recovery/expansion_fit.h"

#include "../harness.h"

enum { N = 14 };

/* One patient with the typical curve of Stein 2019, `noise` times some scatter away from it. */
typedef struct {
    imr_expansion_fit_t fit;
    imr_count_series_t series;
    imr_expansion_fit_options_t options;
    imr_fault_t fault;
    int64_t patient[N];
    double day[N], copies[N], lloq;
} case_t;

static void
prepare(case_t *self, double noise)
{
    static const double day[N] = { 14, 1, 3, 5, 7, 9, 11, 0, 21, 28, 60, 90, 180, 365 };
    static const double off[N] = { -0.3, 0.2, -0.25, 0.3, -0.1, 0.15, 0.1, 0, 0.2, -0.15, 0.25,
        -0.3, 0.2, -0.05 };

    memset(self, 0, sizeof(*self));
    for (int i = 0; i < N; i++) {
        double since = day[i] - 9.3;

        self->day[i] = day[i];
        self->copies[i] = exp(noise * off[i])
            * (since < 0 ? 24000 * exp(log(3900) / 9.3 * since)
                         : 24000 * (0.9921 * exp(-0.16 * since) + 0.0079 * exp(-0.0032 * since)));
    }
    self->lloq = 1;
    self->series = (imr_count_series_t) { .patient = self->patient,
        .day = self->day,
        .count = self->copies,
        .lloq = &self->lloq,
        .n = N,
        .patients = 1,
        .n_series = 1 };
    self->options = (imr_expansion_fit_options_t) { IMR_DECLINE_BIEXPONENTIAL, 0.95, 1 };
}

static int
run(case_t *self)
{
    int status;

    imr_expansion_fit_free(&self->fit);
    status = imr_expansion_fit_init(&self->fit, &self->series, &self->options, &self->fault);
    for (size_t r = 0; status == IMR_OK && r < self->fit.rows; r++) {
        imr_expansion_fit_row(&self->fit, r);
    }
    return status;
}

static void
test_the_typical_curve_is_found_again(void)
{
    imr_expansion_fit_row_t *row;
    case_t c;

    prepare(&c, 0);
    CHECK(run(&c) == IMR_OK);
    row = c.fit.row;
    CHECK(row->status == IMR_EXPANSION_FITTED && row->samples == 13 && row->below == 0);
    CHECK_NEAR(row->estimate[IMR_FIT_CMAX], 24000, 1e-7);
    CHECK_NEAR(row->estimate[IMR_FIT_TMAX], 9.3, 1e-7);
    CHECK_NEAR(row->estimate[IMR_FIT_DOUBLING_TIME], 9.3 * log(2) / log(3900), 1e-7);
    CHECK_NEAR(row->estimate[IMR_FIT_HALF_LIFE], log(2) / 0.16, 1e-7);
    CHECK_NEAR(row->estimate[IMR_FIT_SLOW_SHARE], 0.0079, 1e-6);
    CHECK_NEAR(row->estimate[IMR_FIT_SLOW_HALF_LIFE], log(2) / 0.0032, 1e-6);
    CHECK_NEAR(row->initial, 24000 / 3900.0, 1e-6);
    CHECK(round(row->auc_0_28) == 171774 && row->sd == 0);
    CHECK(isnan(row->low[IMR_FIT_CMAX])); /* it passes through all samples */
    imr_expansion_fit_free(&c.fit);
    imr_expansion_fit_free(&c.fit);
}

static void
test_limits_enclose_the_estimates(void)
{
    imr_expansion_fit_row_t *row;
    double low, high;
    case_t c;

    prepare(&c, 1);
    CHECK(run(&c) == IMR_OK);
    row = c.fit.row;
    CHECK(row->status == IMR_EXPANSION_FITTED && row->score_norm < 1e-6);
    for (int q = 0; q < IMR_FIT_QUANTITIES; q++) {
        CHECK(row->low[q] < row->estimate[q] && row->estimate[q] < row->high[q]);
    }
    CHECK(row->low[IMR_FIT_CMAX] < 24000 && 24000 < row->high[IMR_FIT_CMAX]);
    CHECK(row->low[IMR_FIT_TMAX] < 9.3 && 9.3 < row->high[IMR_FIT_TMAX]);
    low = row->low[IMR_FIT_HALF_LIFE];
    high = row->high[IMR_FIT_HALF_LIFE];
    c.options.level = 0.5;
    CHECK(run(&c) == IMR_OK);
    CHECK(c.fit.row->low[IMR_FIT_HALF_LIFE] > low && c.fit.row->high[IMR_FIT_HALF_LIFE] < high);
    c.options.limits = 0;
    CHECK(run(&c) == IMR_OK && isnan(c.fit.row->low[IMR_FIT_HALF_LIFE]));
    c.options.decline = IMR_DECLINE_EXPONENTIAL;
    CHECK(run(&c) == IMR_OK && c.fit.row->status == IMR_EXPANSION_FITTED);
    CHECK(isnan(c.fit.row->estimate[IMR_FIT_SLOW_SHARE]) && isnan(c.fit.row->phi[IMR_STEIN_SLOW]));
    imr_expansion_fit_free(&c.fit);
}

static void
test_samples_below_their_limit_pull_the_curve_down(void)
{
    double slow;
    case_t c;

    prepare(&c, 1);
    CHECK(run(&c) == IMR_OK);
    slow = c.fit.row->estimate[IMR_FIT_SLOW_HALF_LIFE];
    c.lloq = 40;
    c.copies[13] = 0; /* day 365 */
    CHECK(run(&c) == IMR_OK);
    CHECK(c.fit.row->status == IMR_EXPANSION_FITTED && c.fit.row->below == 2);
    CHECK(c.fit.row->estimate[IMR_FIT_SLOW_HALF_LIFE] < slow);
    imr_expansion_fit_free(&c.fit);
}

static int
status_of(case_t *c)
{
    return run(c) == IMR_OK ? (int) c->fit.row->status : -1;
}

static void
test_reasons_why_there_is_no_fit(void)
{
    case_t c;

    prepare(&c, 1);
    c.series.n = 0;
    CHECK(status_of(&c) == IMR_EXPANSION_FIT_NO_SAMPLES);
    c.series.n = 6;
    CHECK(status_of(&c) == IMR_EXPANSION_FIT_TOO_FEW);
    c.series.n = N;
    c.lloq = 1e9;
    CHECK(status_of(&c) == IMR_EXPANSION_FIT_NOT_QUANTIFIED);
    c.lloq = 1;
    for (int i = 0; i < N; i++) {
        c.copies[i] = exp(-0.01 * c.day[i]) * 500;
    }
    c.options.decline = IMR_DECLINE_EXPONENTIAL;
    CHECK(status_of(&c) == IMR_EXPANSION_FIT_NO_RISE);
    for (int i = 0; i < N; i++) {
        c.copies[i] = exp(0.01 * c.day[i]) * 500;
    }
    CHECK(status_of(&c) == IMR_EXPANSION_FIT_NO_DECLINE);
    imr_expansion_fit_free(&c.fit);
    prepare(&c, 1);
    c.lloq = 9000; /* nothing of the rise is seen before the peak */
    c.options.decline = IMR_DECLINE_EXPONENTIAL;
    c.copies[8] = c.copies[9] = c.copies[10] = 9100;
    CHECK(status_of(&c) != IMR_EXPANSION_FITTED);
    imr_expansion_fit_free(&c.fit);
}

/* Late samples that rise a little: no slow phase that falls is as likely as one that does not. */
static void
test_a_slow_phase_that_does_not_fall_is_an_estimate(void)
{
    const double half = log(2);
    imr_expansion_fit_row_t *row;
    imr_stein_rows_t rows = { .decline = IMR_DECLINE_BIEXPONENTIAL };
    double day[N], value[N], loglik, phi[IMR_STEIN_UNKNOWNS];
    uint8_t below[N] = { 0 };
    case_t c;

    prepare(&c, 0.5);
    for (int i = 10; i < N; i++) {
        c.copies[i] = 150 + 10 * i; /* days 60 to 365 */
    }
    CHECK(run(&c) == IMR_OK);
    row = c.fit.row;
    CHECK(row->status == IMR_EXPANSION_FITTED && row->score_norm < 1e-6);
    CHECK(row->estimate[IMR_FIT_SLOW_HALF_LIFE] == INFINITY);
    CHECK(row->high[IMR_FIT_SLOW_HALF_LIFE] == INFINITY);
    CHECK(row->low[IMR_FIT_SLOW_HALF_LIFE] > 50 && row->low[IMR_FIT_SLOW_HALF_LIFE] < 5000);
    CHECK(row->phi[IMR_STEIN_SLOW] == -INFINITY && row->auc_0_28 > 0);
    for (int q = 0; q < IMR_FIT_SLOW_HALF_LIFE; q++) {
        CHECK(row->low[q] < row->estimate[q] && row->estimate[q] < row->high[q]);
    }
    /* and any fall is less likely */
    for (size_t i = 0; i < N; i++) { /* in order of day, without that of the infusion */
        static const size_t order[] = { 1, 2, 3, 4, 5, 6, 0, 8, 9, 10, 11, 12, 13 };

        if (i < 13) {
            day[i] = c.day[order[i]];
            value[i] = log(c.copies[order[i]]);
            rows.rising += day[i] < row->phi[IMR_STEIN_DAY];
            rows.n++;
        }
    }
    rows.day = day;
    rows.log_copies = value;
    rows.below = below;
    memcpy(phi, row->phi, sizeof(phi));
    loglik = imr_stein_loglik(&rows, phi, NULL, NULL);
    CHECK_NEAR(loglik, row->loglik, 1e-9);
    for (double half_life = 100; half_life < 1e5; half_life *= 3) {
        phi[IMR_STEIN_SLOW] = log(half / half_life);
        CHECK(imr_stein_loglik(&rows, phi, NULL, NULL) < loglik);
    }
    imr_expansion_fit_free(&c.fit);
}

static void
test_a_curve_has_limits_on_each_day(void)
{
    static const double day[] = { 0, 4, 9, 9.3, 10, 20, 120, 400 };
    double curve[8], low[8], high[8], wide[8], narrow[8];
    case_t c;

    prepare(&c, 1);
    CHECK(run(&c) == IMR_OK);
    imr_expansion_fit_curve(&c.fit, 0, day, 8, curve, low, high);
    CHECK_NEAR(curve[0], c.fit.row->initial, 1e-9);
    for (int i = 0; i < 8; i++) {
        CHECK(0 < low[i] && low[i] < curve[i] && curve[i] < high[i] && high[i] < 1e9);
    }
    CHECK(low[6] < 130 && 130 < high[6]); /* the curve it was drawn from, on day 120 */
    c.options.level = 0.5;
    CHECK(run(&c) == IMR_OK);
    imr_expansion_fit_curve(&c.fit, 0, day, 8, curve, narrow, wide);
    for (int i = 0; i < 8; i++) {
        CHECK(low[i] < narrow[i] && wide[i] < high[i]);
    }
    c.options.limits = 0;
    CHECK(run(&c) == IMR_OK);
    imr_expansion_fit_curve(&c.fit, 0, day, 8, curve, narrow, wide);
    CHECK(curve[2] > 0 && isnan(narrow[2]) && isnan(wide[2]));
    c.lloq = 1e9;
    CHECK(run(&c) == IMR_OK);
    imr_expansion_fit_curve(&c.fit, 0, day, 8, curve, narrow, wide);
    CHECK(isnan(curve[2]));
    imr_expansion_fit_free(&c.fit);
}

static void
test_each_infusion_has_a_row(void)
{
    int64_t start[] = { 0, 2 };
    double infusion[] = { 0, 500 };
    case_t c;

    prepare(&c, 1);
    c.series.infusion_start = start;
    c.series.infusion_day = infusion;
    CHECK(run(&c) == IMR_OK && c.fit.rows == 2 && c.fit.episode[1] == 2);
    CHECK(c.fit.row[0].status == IMR_EXPANSION_FITTED && c.fit.next_infusion_day[0] == 500);
    CHECK(c.fit.row[1].status == IMR_EXPANSION_FIT_NO_SAMPLES);
    imr_expansion_fit_free(&c.fit);
}

static void
test_bad_input_is_named(void)
{
    case_t c;

    prepare(&c, 1);
    c.options.level = 1;
    CHECK(run(&c) == IMR_ERR_LEVEL);
    c.options.level = 0.9;
    c.copies[3] = 0;
    c.series.lloq = NULL;
    CHECK(run(&c) == IMR_ERR_ZERO_COPIES && c.fault.row == 3);
    c.series.below = (const uint8_t *) "";
    CHECK(run(&c) == IMR_ERR_LIMIT_NEEDED);
    c.series.below = NULL;
    c.day[3] = c.day[4];
    CHECK(run(&c) == IMR_ERR_DUPLICATE_SAMPLE && c.fit.other_row >= 0 && c.fit.block == NULL);
}

static void
test_each_allocation_may_fail(void)
{
    case_t c;

    prepare(&c, 1);
    FAIL_EACH_ALLOCATION(imr_expansion_fit_init(&c.fit, &c.series, &c.options, &c.fault),
        IMR_ERR_NOMEM, imr_expansion_fit_free(&c.fit));
}

HARNESS_MAIN({
    RUN(test_the_typical_curve_is_found_again);
    RUN(test_limits_enclose_the_estimates);
    RUN(test_samples_below_their_limit_pull_the_curve_down);
    RUN(test_reasons_why_there_is_no_fit);
    RUN(test_a_slow_phase_that_does_not_fall_is_an_estimate);
    RUN(test_a_curve_has_limits_on_each_day);
    RUN(test_each_infusion_has_a_row);
    RUN(test_bad_input_is_named);
    RUN(test_each_allocation_may_fail);
})

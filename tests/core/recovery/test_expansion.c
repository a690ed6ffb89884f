#include "recovery/expansion.h"

#include <stdint.h>

#include "../harness.h"

enum { MOST = 6000 };

/* One patient, infused on day 0, with the usual rules and the area up to day 28, unless changed. */
typedef struct {
    imr_expansion_t answer;
    imr_count_series_t series;
    imr_expansion_options_t options;
    imr_fault_t fault;
    int64_t patient[MOST];
    double auc_day[3];
} case_t;

static void
prepare(case_t *self, const double *day, const double *copies, const double *lloq, size_t n)
{
    memset(self, 0, sizeof(*self));
    self->series = (imr_count_series_t) { .patient = self->patient,
        .day = day,
        .count = copies,
        .lloq = lloq,
        .n = n,
        .patients = 1,
        .n_series = 1 };
    self->auc_day[0] = 28;
    self->options = (imr_expansion_options_t) { IMR_LINEAR_UP_LOG_DOWN, IMR_BELOW_ZERO,
        IMR_BELOW_MISSING, IMR_BELOW_ZERO, 0, 0.8, 2, self->auc_day, 1 };
}

static int
run(case_t *self)
{
    imr_expansion_free(&self->answer);
    return imr_expansion(&self->answer, &self->series, &self->options, &self->fault);
}

/* Days 14 and 21, 28 and 35 halve every 3.5 and every 7 days. */
static void
test_a_course_by_hand(void)
{
    double day[] = { 35, -7, 3, 7, 14, 10, 21, 28, 0, 5, 42 };
    double copies[] = { 200, 0, 0, 4000, 3200, 6400, 800, 400, 0, 100, 0 }, lloq = 50;
    double area, rise;
    imr_expansion_t *a;
    case_t c;

    prepare(&c, day, copies, &lloq, 11);
    a = &c.answer;
    CHECK(run(&c) == IMR_OK);
    CHECK(a->rows == 1 && a->patient[0] == 0 && a->episode[0] == 1);
    CHECK(a->samples[0] == 10 && a->samples_below[0] == 3 && a->last_day[0] == 42);
    CHECK(a->cmax[0] == 6400 && a->tmax[0] == 10 && a->tfirst[0] == 5);
    CHECK(a->clast[0] == 200 && a->tlast[0] == 35 && a->lost_right[0] == 42);
    CHECK(a->status[0] == IMR_EXPANSION_QUANTIFIED);
    /* after the peak: (14, 3200), (21, 800), (28, 400), (35, 200); logs in units of log 2 are
     * 2, 0, -1, -2 more than 800: the last three lie on a line, one half-life a week */
    CHECK(a->lambda_z_points[0] == 3 && a->lambda_z_status[0] == IMR_SLOPE_ESTIMATED);
    CHECK_NEAR(a->lambda_z[0], log(2) / 7, 1e-14);
    CHECK_NEAR(a->half_life[0], 7, 1e-14);
    CHECK_NEAR(a->adjusted_r2[0], 1, 1e-14);
    CHECK_NEAR(a->span[0], 2, 1e-14);
    /* up: 0 to day 3, triangle of 100 over 2 days, 4000 and 6400 by trapezia; down by exponentials */
    area = 100 + 4100 + 5200 * 3 + 3200 * 4 / log(2) + 2400 * 7 / log(4) + 400 * 7 / log(2);
    CHECK_NEAR(a->auc[0], area, 1e-14);
    CHECK(a->auc_status[0] == IMR_AREA_OBSERVED);
    CHECK_NEAR(a->auc_last[0], area + 200 * 7 / log(2), 1e-14);
    CHECK_NEAR(a->auc_inf[0], area + 400 * 7 / log(2), 1e-14);
    CHECK_NEAR(a->extrapolated[0], 200 * 7 / log(2) / (area + 400 * 7 / log(2)), 1e-14);
    /* the least squares line through logs of 100, 4000, 6400 on days 5, 7, 10 */
    rise = (-7.0 / 3 * log(100) - log(4000) / 3 + 8.0 / 3 * log(6400)) * 9 / (49 + 1 + 64);
    CHECK_NEAR(a->expansion_rate[0], rise, 1e-13);
    CHECK_NEAR(a->doubling_time[0], log(2) / rise, 1e-13);
    c.options.trapezoid = IMR_LINEAR;
    CHECK(run(&c) == IMR_OK);
    CHECK_NEAR(a->auc[0], 100 + 4100 + 5200 * 3 + 4800 * 4 + 2000 * 7 + 600 * 7, 1e-14);
    imr_expansion_free(a);
    imr_expansion_free(a);
}

static void
test_samples_below_the_limit_by_position(void)
{
    double day[] = { 2, 4, 6, 8, 10, 12 }, copies[] = { 0, 100, 0, 200, 0, 0 }, lloq = 60;
    double auc_day[] = { 9, 11, 28 };
    case_t c;

    prepare(&c, day, copies, &lloq, 6);
    c.options.trapezoid = IMR_LINEAR;
    c.options.auc_day = auc_day;
    c.options.auc_days = 3;
    CHECK(run(&c) == IMR_OK); /* 0 up to day 2; nothing on day 6; 0 on day 10, once */
    CHECK_NEAR(c.answer.auc_last[0], 100 + 150 * 4, 1e-15);
    CHECK_NEAR(c.answer.auc[0], 700 + 150, 1e-15);
    CHECK(c.answer.auc[1] == 900 && c.answer.auc[2] == 900);
    CHECK(c.answer.auc_status[0] == IMR_AREA_BELOW_LIMIT);
    CHECK(c.answer.auc_status[2] == IMR_AREA_BELOW_LIMIT);
    CHECK(c.answer.lost_right[0] == 10 && c.answer.samples_below[0] == 4);
    c.options.before_first = IMR_BELOW_MISSING; /* straight up from 0 on day 0 */
    c.options.between = IMR_BELOW_HALF; /* 30 on day 6 */
    c.options.after_last = IMR_BELOW_MISSING; /* and there is no terminal slope */
    CHECK(run(&c) == IMR_OK);
    CHECK_NEAR(c.answer.auc_last[0], 200 + 130 + 230, 1e-15);
    CHECK(isnan(c.answer.auc[0]) && c.answer.auc_status[0] == IMR_AREA_NOT_FOLLOWED);
    CHECK(c.answer.lambda_z_status[0] == IMR_SLOPE_TOO_FEW_POINTS);
    c.options.before_first = IMR_BELOW_HALF;
    c.options.between = IMR_BELOW_ZERO;
    CHECK(run(&c) == IMR_OK);
    CHECK_NEAR(c.answer.auc_last[0], 30 + 130 + 100 + 200, 1e-15);
    imr_expansion_free(&c.answer);
}

static void
test_beyond_the_last_sample(void)
{
    double day[] = { 0, 7, 10, 12, 14 }, copies[] = { 0, 800, 400, 200, 100 };
    double rate = 0;
    case_t c;

    prepare(&c, day, copies, NULL, 5);
    CHECK(run(&c) == IMR_OK);
    rate = log(2) / 2;
    CHECK_NEAR(c.answer.lambda_z[0], rate, 1e-14);
    CHECK(c.answer.auc_status[0] == IMR_AREA_EXTRAPOLATED && c.answer.lost_right[0] == INFINITY);
    CHECK_NEAR(c.answer.auc[0], c.answer.auc_last[0] + 100 * (1 - pow(2, -7)) / rate, 1e-14);
    c.series.n = 4; /* two points after the peak; all three with it */
    CHECK(run(&c) == IMR_OK);
    CHECK(isnan(c.answer.auc[0]) && c.answer.auc_status[0] == IMR_AREA_NOT_FOLLOWED);
    CHECK(isnan(c.answer.half_life[0]) && isnan(c.answer.auc_inf[0]));
    c.options.with_peak = 1;
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.lambda_z_points[0] == 3);
    CHECK(c.answer.lambda_z_status[0] == IMR_SLOPE_SHORT_SPAN);
    c.options.least_span = 1.5;
    c.options.least_r2 = 1;
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.lambda_z_status[0] == IMR_SLOPE_POOR_FIT);
    imr_expansion_free(&c.answer);
}

static void
test_degenerate_series(void)
{
    double day[] = { -3, 7, 14, 21, 28 }, none[] = { 0, 0, 0, 0, 0 }, flat[] = { 5, 5, 5, 5, 5 };
    double up[] = { 0, 1, 2, 4, 8 };
    case_t c;

    prepare(&c, day, none, NULL, 5);
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.status[0] == IMR_EXPANSION_NEVER_QUANTIFIED && isnan(c.answer.cmax[0]));
    CHECK(c.answer.auc[0] == 0 && c.answer.auc_status[0] == IMR_AREA_BELOW_LIMIT);
    CHECK(isnan(c.answer.tlast[0]) && isnan(c.answer.lost_right[0]));
    c.series.n = 4; /* followed up to day 21 */
    CHECK(run(&c) == IMR_OK);
    CHECK(isnan(c.answer.auc[0]) && c.answer.auc_status[0] == IMR_AREA_NOT_FOLLOWED);
    c.series.n = 1;
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.status[0] == IMR_EXPANSION_NO_SAMPLES && isnan(c.answer.last_day[0]));
    imr_expansion_free(&c.answer);
    prepare(&c, day, flat, NULL, 5); /* the peak is the first of ties, and the start 5 */
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.tmax[0] == 7 && c.answer.auc[0] == 140);
    CHECK(c.answer.lambda_z_status[0] == IMR_SLOPE_NOT_DECLINING);
    CHECK(c.answer.status[0] == IMR_EXPANSION_QUANTIFIED && isnan(c.answer.doubling_time[0]));
    imr_expansion_free(&c.answer);
    prepare(&c, day, up, NULL, 5);
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.status[0] == IMR_EXPANSION_RISING && c.answer.tmax[0] == 28);
    CHECK_NEAR(c.answer.doubling_time[0], 7, 1e-14);
    c.series.n = 2; /* a single sample after infusion */
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.cmax[0] == 1 && c.answer.auc_last[0] == 3.5);
    CHECK(c.answer.lambda_z_status[0] == IMR_SLOPE_TOO_FEW_POINTS);
    CHECK(isnan(c.answer.expansion_rate[0]));
    imr_expansion_free(&c.answer);
}

static void
test_each_infusion_has_its_own_clock(void)
{
    double day[] = { 7, 14, 90, 100, 107, 121 }, copies[] = { 400, 100, 60, 40, 900, 30 },
           lloq = 50;
    double infusion[] = { 0, 100 };
    int64_t start[] = { 0, 2 };
    case_t c;

    prepare(&c, day, copies, &lloq, 6);
    c.series.infusion_start = start;
    c.series.infusion_day = infusion;
    c.options.trapezoid = IMR_LINEAR;
    CHECK(run(&c) == IMR_OK && c.answer.rows == 2);
    CHECK(c.answer.next_infusion_day[0] == 100 && c.answer.next_infusion_day[1] == INFINITY);
    CHECK(c.answer.tlast[0] == 90 && c.answer.lost_right[0] == 100 && c.answer.samples[0] == 4);
    CHECK(c.answer.cmax[1] == 900 && c.answer.tmax[1] == 7 && c.answer.lost_right[1] == 21);
    CHECK(c.answer.infusion_day[1] == 100 && c.answer.episode[1] == 2);
    CHECK_NEAR(c.answer.auc[1], 450 * 7 + 450 * 14, 1e-15); /* from 0: below the limit */
    infusion[1] = 98; /* no sample on that day: the curve starts from the sample before */
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.samples[1] == 3 && c.answer.samples_below[1] == 2);
    CHECK_NEAR(c.answer.auc_last[1], 30 * 2 + 450 * 7, 1e-15);
    infusion[1] = 80; /* the one before was drawn ahead of the first infusion */
    infusion[0] = 20;
    CHECK(run(&c) == IMR_OK);
    CHECK(c.answer.status[0] == IMR_EXPANSION_NO_SAMPLES && c.answer.samples[0] == 0);
    CHECK_NEAR(c.answer.auc_last[1], 60 * 10 / 2 + (60 + 900) * 17 / 2.0, 1e-15);
    infusion[1] = 20;
    CHECK(run(&c) == IMR_ERR_INFUSION_ORDER);
    infusion[1] = 1e10;
    CHECK(run(&c) == IMR_ERR_EXPANSION_RANGE && strcmp(c.fault.argument, "infusion_day") == 0);
}

/* The typical curve of Stein 2019: 171774 up to day 28. */
static void
test_the_typical_curve(void)
{
    static double day[MOST], copies[MOST];
    double rho = log(3900) / 9.3, area;
    size_t n = 0;
    case_t c;

    for (int i = 0; i <= 5600; i++, n++) {
        double t = i / 200.0 - 9.3;

        day[n] = i / 200.0;
        copies[n] = t < 0 ? 24000 * exp(rho * t)
                          : 24000 * ((1 - 0.0079) * exp(-0.16 * t) + 0.0079 * exp(-0.0032 * t));
    }
    area = 24000 * (1 - 1 / 3900.0) / rho
        - 24000
            * ((1 - 0.0079) / 0.16 * expm1(-0.16 * 18.7) + 0.0079 / 0.0032 * expm1(-0.0032 * 18.7));
    prepare(&c, day, copies, NULL, n);
    CHECK(run(&c) == IMR_OK);
    CHECK_NEAR(c.answer.auc[0], area, 1e-6);
    CHECK(round(area) == 171774);
    CHECK_NEAR(c.answer.cmax[0], 24000, 1e-12);
    CHECK_NEAR(c.answer.doubling_time[0], log(2) / rho, 1e-11);
    imr_expansion_free(&c.answer);
}

static int
refuses(case_t *c, int status, const char *argument, int64_t row)
{
    return run(c) == status && strcmp(c->fault.argument, argument) == 0 && c->fault.row == row
        && c->answer.block == NULL;
}

static void
test_bad_input_is_named(void)
{
    double day[] = { 0, 7, 14 }, copies[] = { 0, 10, 5 }, lloq = 1;
    case_t c;

    prepare(&c, day, copies, &lloq, 3);
    c.auc_day[0] = 0;
    CHECK(refuses(&c, IMR_ERR_NOT_POSITIVE, "auc_days", 0));
    c.auc_day[0] = INFINITY;
    CHECK(refuses(&c, IMR_ERR_EXPANSION_RANGE, "auc_days", 0));
    c.auc_day[0] = 28;
    c.options.least_r2 = NAN;
    CHECK(refuses(&c, IMR_ERR_LEAST_FIT, "min_adjusted_r2", -1));
    c.options.least_r2 = 0;
    c.options.least_span = -1;
    CHECK(refuses(&c, IMR_ERR_NEGATIVE, "min_span", -1));
    c.options.least_span = NAN;
    CHECK(refuses(&c, IMR_ERR_NONFINITE, "min_span", -1));
    c.options.least_span = 0;
    c.series.lloq = NULL;
    c.series.below = (const uint8_t *) "";
    CHECK(refuses(&c, IMR_ERR_LIMIT_NEEDED, "below", -1));
    c.series.lloq = &lloq;
    c.series.below = NULL;
    day[2] = 7;
    CHECK(refuses(&c, IMR_ERR_DUPLICATE_SAMPLE, "day", 2) && c.answer.other_row == 1);
    day[2] = 2e9;
    CHECK(refuses(&c, IMR_ERR_EXPANSION_RANGE, "day", 2));
    day[2] = 14;
    copies[1] = -1;
    CHECK(refuses(&c, IMR_ERR_NEGATIVE, "copies", 1));
    copies[1] = 1e101;
    CHECK(refuses(&c, IMR_ERR_EXPANSION_RANGE, "copies", 1));
    copies[1] = 10;
    lloq = 1e-101;
    CHECK(run(&c) == IMR_ERR_EXPANSION_RANGE && c.fault.row == -1);
    c.patient[1] = 1;
    CHECK(refuses(&c, IMR_ERR_PATIENT_CODE, "patient", 1));
    CHECK(imr_expansion(&c.answer, &c.series, &c.options, NULL) == IMR_ERR_PATIENT_CODE);
}

static void
test_each_allocation_may_fail(void)
{
    double day[] = { 0, 7, 14, 28 }, copies[] = { 0, 90, 50, 20 };
    case_t c;

    prepare(&c, day, copies, NULL, 4);
    FAIL_EACH_ALLOCATION(run(&c), IMR_ERR_NOMEM, imr_expansion_free(&c.answer));
}

HARNESS_MAIN({
    RUN(test_a_course_by_hand);
    RUN(test_samples_below_the_limit_by_position);
    RUN(test_beyond_the_last_sample);
    RUN(test_degenerate_series);
    RUN(test_each_infusion_has_its_own_clock);
    RUN(test_the_typical_curve);
    RUN(test_bad_input_is_named);
    RUN(test_each_allocation_may_fail);
})

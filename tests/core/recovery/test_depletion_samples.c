#include "recovery/depletion_samples.h"

#include "../harness.h"

enum { MOST = 6 };

/* All on one day of one patient; the answer must be one sample. */
static imr_sample_t
combined(const double *count, const double *lloq, size_t n, imr_duplicates_t rule)
{
    static const int64_t patient[MOST] = { 0 };
    static const double day[MOST] = { 0 };
    imr_count_series_t series = { .patient = patient,
        .day = day,
        .count = count,
        .lloq = lloq,
        .lloq_step = 1,
        .n = n,
        .patients = 1,
        .n_series = 1,
        .duplicates = rule };
    imr_sample_t sample = { 0 };
    imr_samples_t samples;
    int64_t other_row;
    imr_fault_t fault;

    CHECK(imr_depletion_samples(&samples, &series, &other_row, &fault) == IMR_OK);
    if (samples.sample != NULL) {
        CHECK(samples.start[0] == 0 && samples.start[1] == 1);
        sample = samples.sample[0];
    }
    imr_depletion_samples_free(&samples);
    return sample;
}

static int
is(imr_sample_t sample, double low, double high, int open, int unseen, uint32_t row)
{
    return sample.low == low && sample.high == high && sample.open == open
        && sample.unseen == unseen && sample.row == row;
}

/* "<5", 3 and "<1": what the first, last, mean, least and largest can be. */
static void
test_counts_of_one_day_are_combined_by_bounds(void)
{
    double count[] = { 0, 3, 0 }, lloq[] = { 5, 1, 1 };

    CHECK(is(combined(count, lloq, 3, IMR_DUPLICATES_FIRST), 0, 5, 1, 1, 0));
    CHECK(is(combined(count, lloq, 3, IMR_DUPLICATES_LAST), 0, 1, 1, 1, 2));
    CHECK(is(combined(count, lloq, 2, IMR_DUPLICATES_LAST), 3, 3, 0, 0, 1));
    CHECK(is(combined(count, lloq, 3, IMR_DUPLICATES_MEAN), 1, 3, 1, 0, 2));
    CHECK(is(combined(count, lloq, 3, IMR_DUPLICATES_MIN), 0, 1, 1, 1, 2));
    CHECK(is(combined(count, lloq, 2, IMR_DUPLICATES_MIN), 0, 3, 0, 1, 0));
    CHECK(is(combined(count, lloq, 3, IMR_DUPLICATES_MAX), 3, 5, 1, 0, 2));
    CHECK(combined(count, lloq, 3, IMR_DUPLICATES_MEAN).rows == 3);
    CHECK(combined(count, lloq, 1, IMR_DUPLICATES_MEAN).rows == 1);
}

/* A count at a limit beside one below it: the larger is the count, the smaller is below. */
static void
test_a_count_at_the_limit_of_another(void)
{
    double below_first[] = { 0, 5 }, count_first[] = { 5, 0 }, lloq[] = { 5, 5 };

    CHECK(is(combined(below_first, lloq, 2, IMR_DUPLICATES_MAX), 5, 5, 0, 0, 0));
    CHECK(is(combined(count_first, lloq, 2, IMR_DUPLICATES_MAX), 5, 5, 0, 0, 1));
    CHECK(is(combined(below_first, lloq, 2, IMR_DUPLICATES_MIN), 0, 5, 1, 1, 0));
    CHECK(is(combined(count_first, lloq, 2, IMR_DUPLICATES_MIN), 0, 5, 1, 1, 1));
    CHECK(is(combined(below_first, lloq, 2, IMR_DUPLICATES_MEAN), 2.5, 5, 1, 0, 0));
}

static void
test_all_below_stay_below(void)
{
    double count[] = { 0, 0, 0 }, lloq[] = { 2, 3, 4 };

    CHECK(is(combined(count, lloq, 3, IMR_DUPLICATES_MEAN), 0, 3, 1, 1, 2));
    CHECK(is(combined(count, lloq, 3, IMR_DUPLICATES_MIN), 0, 2, 1, 1, 2));
    CHECK(is(combined(count, lloq, 3, IMR_DUPLICATES_MAX), 0, 4, 1, 1, 2));
}

static void
test_samples_move_up_where_days_were_combined(void)
{
    double day[] = { 28, 7, 28, 7, -3, 7 }, count[] = { 1, 2, 3, 4, 5, 9 };
    int64_t patient[] = { 1, 0, 1, 0, 1, 1 };
    imr_count_series_t series = { .patient = patient,
        .day = day,
        .count = count,
        .n = MOST,
        .patients = 3,
        .n_series = 1,
        .duplicates = IMR_DUPLICATES_MEAN };
    imr_samples_t samples;
    int64_t other_row;
    imr_fault_t fault;

    CHECK(imr_depletion_samples(&samples, &series, &other_row, &fault) == IMR_OK);
    CHECK(samples.start[0] == 0 && samples.start[1] == 1 && samples.start[2] == 4);
    CHECK(samples.start[3] == 4);
    CHECK(samples.sample[0].day == 7 && samples.sample[0].low == 3);
    CHECK(samples.sample[1].day == -3 && samples.sample[2].high == 9);
    CHECK(samples.sample[3].day == 28 && samples.sample[3].high == 2);
    imr_depletion_samples_free(&samples);
    imr_depletion_samples_free(&samples);
    series.duplicates = IMR_DUPLICATES_ERROR;
    CHECK(imr_depletion_samples(&samples, &series, &other_row, &fault) == IMR_ERR_DUPLICATE_DAY);
    CHECK(fault.row == 3 && other_row == 1 && samples.sample == NULL);
    count[0] = count[2] = 1.7e308; /* their sum is beyond all numbers */
    series.duplicates = IMR_DUPLICATES_MEAN;
    CHECK(imr_depletion_samples(&samples, &series, &other_row, &fault) == IMR_ERR_NONFINITE);
    CHECK(strcmp(fault.argument, "count") == 0 && fault.row == 0);
}

static int
read_again(imr_samples_t *self, const imr_count_series_t *series)
{
    int64_t other_row;

    return imr_depletion_samples(self, series, &other_row, NULL);
}

static void
test_each_allocation_may_fail(void)
{
    enum { N = 40 };
    double day[N], count[N];
    int64_t patient[N] = { 0 };
    imr_count_series_t series = { .patient = patient,
        .day = day,
        .count = count,
        .n = N,
        .patients = 1,
        .n_series = 1,
        .duplicates = IMR_DUPLICATES_LAST };
    imr_samples_t samples;

    for (int i = 0; i < N; i++) {
        day[i] = N / 2 - i / 2; /* each day twice, backwards, and too many to insert */
        count[i] = i;
    }
    CHECK(read_again(&samples, &series) == IMR_OK && samples.start[1] == N / 2);
    CHECK(samples.sample[0].day == 1 && samples.sample[0].low == N - 1);
    imr_depletion_samples_free(&samples);
    FAIL_EACH_ALLOCATION(
        read_again(&samples, &series), IMR_ERR_NOMEM, imr_depletion_samples_free(&samples));
}

HARNESS_MAIN({
    RUN(test_counts_of_one_day_are_combined_by_bounds);
    RUN(test_a_count_at_the_limit_of_another);
    RUN(test_all_below_stay_below);
    RUN(test_samples_move_up_where_days_were_combined);
    RUN(test_each_allocation_may_fail);
})

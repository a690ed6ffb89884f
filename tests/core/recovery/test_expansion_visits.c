#include "recovery/expansion_visits.h"

#include "../harness.h"

static void
test_the_samples_of_each_infusion(void)
{
    imr_sample_t sample[5] = { { .day = -7 }, { .day = 0 }, { .day = 7 }, { .day = 90 },
        { .day = 97 } };
    imr_visits_t visits = imr_expansion_visits(sample, 5, -INFINITY, 0, 90);

    CHECK(visits.n == 3 && visits.sample == sample + 1 && visits.before == sample);
    CHECK(visits.infusion == 0);
    visits = imr_expansion_visits(sample, 5, 0, 90, INFINITY);
    CHECK(visits.n == 2 && visits.sample == sample + 3 && visits.before == sample + 2);
    visits = imr_expansion_visits(sample, 5, 7, 89, INFINITY); /* none since the infusion before */
    CHECK(visits.n == 2 && visits.before == NULL);
    visits = imr_expansion_visits(sample, 5, 90, 98, INFINITY);
    CHECK(visits.n == 0 && visits.before == sample + 4);
    CHECK(imr_expansion_visits(sample, 0, -INFINITY, 0, 1).n == 0);
}

static void
test_what_is_quantified(void)
{
    imr_sample_t sample = { .high = 50 };

    CHECK(imr_is_quantified(&sample));
    sample.unseen = 1;
    CHECK(!imr_is_quantified(&sample));
    sample = (imr_sample_t) { .high = 0 };
    CHECK(!imr_is_quantified(&sample));
}

static void
test_faults_speak_of_copies(void)
{
    int64_t patient[2] = { 0, 0 }, other_row;
    double day[2] = { 0, 7 }, copies[2] = { 0, -3 };
    imr_count_series_t series = {
        .patient = patient, .day = day, .count = copies, .n = 2, .patients = 1, .n_series = 1
    };
    imr_samples_t samples;
    imr_fault_t fault;

    CHECK(imr_expansion_samples(&samples, &series, &other_row, &fault) == IMR_ERR_NEGATIVE);
    CHECK(strcmp(fault.argument, "copies") == 0 && fault.row == 1 && samples.sample == NULL);
    CHECK(imr_expansion_samples(&samples, &series, &other_row, NULL) == IMR_ERR_NEGATIVE);
    copies[1] = 5;
    day[1] = 0;
    CHECK(imr_expansion_samples(&samples, &series, &other_row, &fault) == IMR_ERR_DUPLICATE_SAMPLE);
    CHECK(other_row == 0 && fault.row == 1);
    day[1] = -2e9;
    CHECK(imr_expansion_samples(&samples, &series, &other_row, &fault) == IMR_ERR_EXPANSION_RANGE);
    CHECK(samples.sample == NULL);
    day[1] = 7;
    CHECK(imr_expansion_samples(&samples, &series, &other_row, &fault) == IMR_OK);
    CHECK(samples.start[1] == 2);
    imr_depletion_samples_free(&samples);
}

HARNESS_MAIN({
    RUN(test_the_samples_of_each_infusion);
    RUN(test_what_is_quantified);
    RUN(test_faults_speak_of_copies);
})

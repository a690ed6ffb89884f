#include "recovery/expansion_cohort_laplace.h"

#include "../harness.h"
#include "expansion_patient.h"

enum { TMAX = IMR_EXPANSION_TMAX };

static imr_expansion_pieces_t PIECES;

/* The integral over the day of the peak by the midpoint rule, with its moments in the log day. */
static double
integral_of(const imr_expansion_population_t *population, const imr_course_t *course, size_t steps,
    double *mean, double *variance)
{
    double low = population->theta[TMAX] - 9 * population->between[TMAX], sum = 0, square = 0;
    double width = 18 * population->between[TMAX] / (double) steps;
    imr_expansion_node_t node = { 0 };

    *mean = 0;
    memcpy(node.theta, population->theta, sizeof(node.theta));
    for (size_t i = 0; i < steps; i++) {
        double at = low + ((double) i + 0.5) * width, share;

        node.theta[TMAX] = at;
        imr_expansion_node(course, population, &node, NULL);
        share = width * exp(node.value);
        sum += share;
        *mean += share * at;
        square += share * at * at;
    }
    *mean /= sum;
    *variance = square / sum - *mean * *mean;
    return log(sum);
}

static void
test_the_integral_is_that_of_a_fine_grid(void)
{
    static const double precision[] = { 0, 0.5, 2 };
    size_t steps = (size_t) (20000 / harness_step(10));

    for (int decline = 0; decline < 2; decline++) {
        for (size_t n = 0; n <= PATIENT_SAMPLES; n += 3) {
            for (size_t k = 0; k < 3; k++) {
                imr_expansion_population_t population =
                    population_of((imr_expansion_decline_t) decline);
                imr_course_t course = course_of(population.decline, n);
                double mean[M], covariance[M * M], day, variance, expected;

                population.log_h = precision[k];
                expected = integral_of(&population, &course, steps, &day, &variance);
                CHECK(fabs(imr_expansion_laplace(&PIECES, &course, &population, mean, covariance)
                          - expected)
                    < 2e-3);
                CHECK_NEAR(mean[TMAX], day, 1e-3);
                CHECK_NEAR(covariance[TMAX * M + TMAX], variance, 1e-2);
                for (size_t c = 0; c < M; c++) {
                    CHECK(covariance[c * M + c] >= 0);
                }
            }
        }
    }
}

static void
test_many_samples_leave_room_for_the_pieces(void)
{
    enum { MANY = 200 };
    double day[MANY], value[MANY], mean[M], covariance[M * M];
    uint8_t below[MANY] = { 0 };
    imr_expansion_population_t population = population_of(IMR_DECLINE_BIEXPONENTIAL);
    imr_course_t course = { population.decline, MANY, MANY, day, value, below };

    for (size_t i = 0; i < MANY; i++) {
        day[i] = 0.5 * (double) (i + 1);
        value[i] = imr_course_log_curve(population.decline, population.theta, day[i])
            + 0.3 * sin(7.0 * (double) i);
    }
    CHECK(isfinite(imr_expansion_laplace(&PIECES, &course, &population, mean, covariance)));
    CHECK(PIECES.count <= IMR_EXPANSION_MOST_PIECES);
    CHECK(fabs(mean[TMAX] - population.theta[TMAX]) < 0.05);
}

static void
test_no_mode_no_integral(void)
{
    imr_expansion_population_t population = population_of(IMR_DECLINE_BIEXPONENTIAL);
    imr_course_t course = course_of(population.decline, PATIENT_SAMPLES);
    double mean[M] = { 3 }, covariance[M * M];

    population.theta[IMR_EXPANSION_CMAX] = INFINITY;
    CHECK(imr_expansion_laplace(&PIECES, &course, &population, mean, covariance) == -INFINITY);
    CHECK(mean[0] == 3);
}

HARNESS_MAIN({
    RUN(test_the_integral_is_that_of_a_fine_grid);
    RUN(test_many_samples_leave_room_for_the_pieces);
    RUN(test_no_mode_no_integral);
})

#include "recovery/expansion_cohort_likelihood.h"

#include "../harness.h"
#include "expansion_patient.h"

enum { TMAX = IMR_EXPANSION_TMAX };

static imr_expansion_piece_t PIECES[IMR_EXPANSION_MOST_PIECES];

static double
loglik_of(const imr_expansion_population_t *population, size_t n)
{
    imr_expansion_patient_t patient = { course_of(population->decline, n), 0, PIECES };

    imr_expansion_lay_nodes(&patient, population);
    return imr_expansion_patient_loglik(&patient, population, NULL);
}

/* The integral over the day of the peak by the midpoint rule, which has a node wherever the pieces have one. */
static double
integral_of(const imr_expansion_population_t *population, size_t n, size_t steps)
{
    double low = population->theta[TMAX] - 9 * population->between[TMAX], sum = 0;
    double width = 18 * population->between[TMAX] / (double) steps;
    imr_course_t course = course_of(population->decline, n);
    imr_expansion_node_t node = { 0 };

    memcpy(node.theta, population->theta, sizeof(node.theta));
    for (size_t i = 0; i < steps; i++) {
        node.theta[TMAX] = low + ((double) i + 0.5) * width;
        imr_expansion_node(&course, population, &node, NULL);
        sum += width * exp(node.value);
    }
    return log(sum);
}

static void
test_the_integral_is_that_of_a_fine_grid(void)
{
    static const double precision[] = { 0, 0.5, 2 };

    for (int decline = 0; decline < 2; decline++) {
        for (size_t n = 0; n <= PATIENT_SAMPLES; n += 3) {
            for (size_t k = 0; k < 3; k++) {
                imr_expansion_population_t population =
                    population_of((imr_expansion_decline_t) decline);

                population.log_h = precision[k];
                CHECK_NEAR(loglik_of(&population, n), integral_of(&population, n, 20000), 1e-5);
            }
        }
    }
}

static void
test_derivatives_are_those_of_differences(void)
{
    imr_expansion_population_t population = population_of(IMR_DECLINE_BIEXPONENTIAL);
    imr_expansion_patient_t patient = { course_of(population.decline, PATIENT_SAMPLES), 0, PIECES };
    double gradient[IMR_EXPANSION_SLOTS], step = 1e-4, value;

    imr_expansion_lay_nodes(&patient, &population);
    value = imr_expansion_patient_loglik(&patient, &population, gradient);
    CHECK_NEAR(value, imr_expansion_patient_loglik(&patient, &population, NULL), 1e-12);
    for (size_t slot = 0; slot < IMR_EXPANSION_SLOTS; slot++) {
        imr_expansion_population_t up = population, down = population;

        if (slot == IMR_EXPANSION_BY_H) {
            up.log_h += step;
            down.log_h -= step;
        } else if (slot < M) {
            up.theta[slot] += step;
            down.theta[slot] -= step;
        } else {
            up.between[slot - M] *= exp(step);
            down.between[slot - M] *= exp(-step);
        }
        CHECK(fabs((imr_expansion_patient_loglik(&patient, &up, NULL)
                       - imr_expansion_patient_loglik(&patient, &down, NULL))
                      / (2 * step)
                  - gradient[slot])
            < 1e-6);
        /* and not of these nodes alone */
        CHECK(
            fabs((loglik_of(&up, PATIENT_SAMPLES) - loglik_of(&down, PATIENT_SAMPLES)) / (2 * step)
                - gradient[slot])
            < 1e-3);
        imr_expansion_lay_nodes(&patient, &population);
    }
}

static void
test_moments_are_those_of_a_fine_grid(void)
{
    imr_expansion_population_t population = population_of(IMR_DECLINE_EXPONENTIAL);
    imr_expansion_patient_t patient = { course_of(population.decline, 6), 0, PIECES };
    double mean[M], covariance[M * M], day = 0, square = 0, sum = 0, width = 1e-3;
    imr_expansion_node_t node = { 0 };

    memcpy(node.theta, population.theta, sizeof(node.theta));
    imr_expansion_lay_nodes(&patient, &population);
    imr_expansion_patient_loglik(&patient, &population, NULL);
    imr_expansion_patient_moments(&patient, &population, mean, covariance);
    for (double at = 0.5 * width; at < 5; at += width) {
        double share;

        node.theta[TMAX] = at;
        imr_expansion_node(&patient.course, &population, &node, NULL);
        share = exp(node.value);
        sum += share;
        day += share * at;
        square += share * at * at;
    }
    CHECK_NEAR(mean[TMAX], day / sum, 1e-5);
    CHECK_NEAR(covariance[TMAX * M + TMAX], square / sum - day / sum * day / sum, 1e-4);
    for (size_t c = 0; c < 4; c++) { /* samples only narrow what the population says */
        CHECK(covariance[c * M + c] > 0
            && covariance[c * M + c] < 1.2 * pow(population.between[c], 2));
    }
    CHECK(covariance[IMR_EXPANSION_BETA * M + IMR_EXPANSION_BETA] == 0);
}

static void
test_many_samples_leave_room_for_the_pieces(void)
{
    enum { MANY = 200 };
    double day[MANY], value[MANY];
    uint8_t below[MANY] = { 0 };
    imr_expansion_population_t population = population_of(IMR_DECLINE_BIEXPONENTIAL);
    imr_expansion_patient_t patient = { { population.decline, MANY, MANY, day, value, below }, 0,
        PIECES };

    for (size_t i = 0; i < MANY; i++) {
        day[i] = 0.5 * (double) (i + 1);
        value[i] = imr_course_log_curve(population.decline, population.theta, day[i])
            + 0.3 * sin(7.0 * (double) i);
    }
    imr_expansion_lay_nodes(&patient, &population);
    CHECK(patient.pieces > 0 && patient.pieces <= IMR_EXPANSION_MOST_PIECES);
    CHECK(isfinite(imr_expansion_patient_loglik(&patient, &population, NULL)));
}

HARNESS_MAIN({
    RUN(test_the_integral_is_that_of_a_fine_grid);
    RUN(test_derivatives_are_those_of_differences);
    RUN(test_moments_are_those_of_a_fine_grid);
    RUN(test_many_samples_leave_room_for_the_pieces);
})

#include "recovery/expansion_cohort_likelihood.h"

#include "../harness.h"
#include "expansion_patient.h"

enum { TMAX = IMR_EXPANSION_TMAX, MOST_POINTS = 40000 };

static imr_expansion_pieces_t PIECES;
static double ROOM[MOST_POINTS * (2 * M + 5)];

static imr_expansion_patient_t
patient_of(const imr_expansion_population_t *population, size_t n, size_t points)
{
    imr_expansion_patient_t patient = { .course = course_of(population->decline, n) };

    CHECK(imr_expansion_room(points, &patient.course) <= sizeof(ROOM) / sizeof(*ROOM));
    imr_expansion_give_room(&patient, points, ROOM, 0);
    imr_expansion_lay_points(&patient, population, &PIECES);
    return patient;
}

static double
loglik_of(const imr_expansion_population_t *population, size_t n, size_t points)
{
    imr_expansion_patient_t patient = patient_of(population, n, points);

    return imr_expansion_patient_loglik(&patient, population, NULL);
}

/* Two parameters differ, the day of the peak and another: the integral by the midpoint rule in both. */
static double
integral_of(const imr_expansion_population_t *population, size_t n, size_t other, size_t steps)
{
    imr_course_t course = course_of(population->decline, n);
    double theta[M], sum = 0, width = 14.0 / (double) steps;

    memcpy(theta, population->theta, sizeof(theta));
    for (size_t i = 0; i < steps; i++) {
        double u = -7 + ((double) i + 0.5) * width;

        theta[TMAX] = population->theta[TMAX] + population->between[TMAX] * u;
        for (size_t j = 0; j < steps; j++) {
            double v = -7 + ((double) j + 0.5) * width;

            theta[other] = population->theta[other] + population->between[other] * v;
            sum += width * width
                * exp(imr_course_loglik(&course, theta, population->log_h, NULL, NULL)
                    - 0.5 * (u * u + v * v))
                / (8 * atan(1));
        }
    }
    return log(sum);
}

static void
test_the_likelihood_is_that_of_a_fine_grid(void)
{
    static const size_t others[] = { IMR_EXPANSION_CMAX, IMR_EXPANSION_FOLD, IMR_EXPANSION_ALPHA,
        IMR_EXPANSION_SHARE, IMR_EXPANSION_BETA };
    size_t steps = (size_t) (500 / harness_step(4));

    for (size_t k = 0; k < 5; k++) {
        imr_expansion_population_t population = population_of(IMR_DECLINE_BIEXPONENTIAL);
        double expected, thousand, many;

        for (size_t c = 0; c < M; c++) {
            population.between[c] = c == TMAX || c == others[k] ? population.between[c] : 0;
        }
        expected = integral_of(&population, PATIENT_SAMPLES, others[k], steps);
        thousand = loglik_of(&population, PATIENT_SAMPLES, 1000);
        many = loglik_of(&population, PATIENT_SAMPLES, 20000);
        CHECK(fabs(thousand - expected) < 0.02);
        CHECK(harness_step(4) > 1
            || fabs(many - expected) < 0.002); /* the grid of a quick test is coarse */
    }
}

/* Without samples the likelihood is 1 whatever the points, and moments are those of the population. */
static void
test_no_samples_tell_the_population(void)
{
    imr_expansion_population_t population = population_of(IMR_DECLINE_BIEXPONENTIAL);
    imr_expansion_patient_t patient = patient_of(&population, 0, 4000);
    double mean[M], covariance[M * M];

    CHECK(fabs(imr_expansion_patient_loglik(&patient, &population, NULL)) < 0.01);
    imr_expansion_patient_moments(&patient, mean, covariance);
    for (size_t c = 0; c < M; c++) {
        CHECK(fabs(mean[c] - population.theta[c]) < 0.03 * population.between[c]);
        CHECK_NEAR(covariance[c * M + c], population.between[c] * population.between[c], 0.05);
    }
    CHECK(patient.effective > 1000 && patient.effective <= 4000);
}

static void
test_derivatives_are_those_of_differences(void)
{
    for (int fixed = 0; fixed < 2; fixed++) { /* one parameter that does not differ */
        imr_expansion_population_t population = population_of(IMR_DECLINE_BIEXPONENTIAL);
        double gradient[IMR_EXPANSION_SLOTS], step = 1e-5, value;
        imr_expansion_patient_t patient;

        population.between[IMR_EXPANSION_ALPHA] = fixed ? 0 : 0.7;
        patient = patient_of(&population, PATIENT_SAMPLES, 500);
        value = imr_expansion_patient_loglik(&patient, &population, gradient);
        CHECK(value == imr_expansion_patient_loglik(&patient, &population, NULL));
        for (size_t slot = 0; slot < IMR_EXPANSION_SLOTS; slot++) {
            imr_expansion_population_t up = population, down = population;

            if (slot == IMR_EXPANSION_BY_H) {
                up.log_h += step;
                down.log_h -= step;
            } else if (slot < M) {
                up.theta[slot] += step;
                down.theta[slot] -= step;
            } else if (population.between[slot - M] > 0) {
                up.between[slot - M] *= exp(step);
                down.between[slot - M] *= exp(-step);
            } else {
                CHECK(gradient[slot] == 0);
                continue;
            }
            CHECK(fabs((imr_expansion_patient_loglik(&patient, &up, NULL)
                           - imr_expansion_patient_loglik(&patient, &down, NULL))
                          / (2 * step)
                      - gradient[slot])
                < 1e-6);
        }
    }
}

static void
test_more_points_come_nearer(void)
{
    imr_expansion_population_t population = population_of(IMR_DECLINE_BIEXPONENTIAL);
    double exact = loglik_of(&population, PATIENT_SAMPLES, MOST_POINTS), laplace;
    double mean[M], covariance[M * M];
    imr_course_t course = course_of(population.decline, PATIENT_SAMPLES);
    imr_expansion_patient_t patient = patient_of(&population, PATIENT_SAMPLES, 1000);

    CHECK(fabs(loglik_of(&population, PATIENT_SAMPLES, 1000) - exact) < 0.04);
    CHECK(fabs(loglik_of(&population, PATIENT_SAMPLES, 10000) - exact) < 0.01);
    CHECK(patient.effective > 150);
    laplace = imr_expansion_laplace(&PIECES, &course, &population, mean, covariance);
    CHECK(fabs(laplace - exact) > 0.05 && fabs(laplace - exact) < 0.3);
}

static void
test_points_that_were_kept_come_back(void)
{
    imr_expansion_population_t population = population_of(IMR_DECLINE_BIEXPONENTIAL), other;
    imr_expansion_patient_t patient = patient_of(&population, PATIENT_SAMPLES, 200);
    double kept = imr_expansion_patient_loglik(&patient, &population, NULL);

    imr_expansion_keep_points(&patient);
    other = population;
    other.between[IMR_EXPANSION_ALPHA] = 0;
    imr_expansion_lay_points(&patient, &other, &PIECES);
    CHECK(imr_expansion_patient_loglik(&patient, &other, NULL) != kept);
    imr_expansion_return_points(&patient, &population);
    CHECK(imr_expansion_patient_loglik(&patient, &population, NULL) == kept);
}

static void
test_a_population_far_away_has_no_likelihood(void)
{
    double gradient[IMR_EXPANSION_SLOTS], mean[M], covariance[M * M];
    imr_expansion_population_t population = population_of(IMR_DECLINE_BIEXPONENTIAL);
    imr_expansion_patient_t patient = patient_of(&population, PATIENT_SAMPLES, 200);

    population.theta[IMR_EXPANSION_CMAX] = INFINITY;
    CHECK(imr_expansion_patient_loglik(&patient, &population, gradient) == -INFINITY);
    CHECK(gradient[0] == 0);
    imr_expansion_patient_moments(&patient, mean, covariance);
    CHECK(isfinite(mean[0]) && covariance[0] > 0);
}

HARNESS_MAIN({
    RUN(test_the_likelihood_is_that_of_a_fine_grid);
    RUN(test_no_samples_tell_the_population);
    RUN(test_derivatives_are_those_of_differences);
    RUN(test_more_points_come_nearer);
    RUN(test_points_that_were_kept_come_back);
    RUN(test_a_population_far_away_has_no_likelihood);
})

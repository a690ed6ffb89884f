#include "recovery/expansion_cohort_likelihood.h"

#include "../harness.h"
#include "expansion_patient.h"

enum { TMAX = IMR_EXPANSION_TMAX };

static double
value_at(const imr_expansion_population_t *population, double log_day, size_t n)
{
    imr_course_t course = course_of(population->decline, n);
    imr_expansion_node_t node = { 0 };

    memcpy(node.theta, population->theta, sizeof(node.theta));
    node.theta[TMAX] = log_day;
    imr_expansion_node(&course, population, &node, NULL);
    return node.value;
}

static double *
unknown(imr_expansion_population_t *population, size_t slot)
{
    return slot < M ? &population->theta[slot] : &population->log_h;
}

static void
test_derivatives_of_a_node_are_those_of_differences(void)
{
    for (int decline = 0; decline < 2; decline++) {
        for (int fixed = 0; fixed < 2; fixed++) { /* one parameter that does not differ */
            imr_expansion_population_t base =
                population_of((imr_expansion_decline_t) decline);
            imr_course_t course = course_of(base.decline, PATIENT_SAMPLES);
            size_t p = imr_expansion_parameters(base.decline);
            double gradient[IMR_EXPANSION_SLOTS], step = 1e-5;
            imr_expansion_node_t node = { 0 };

            base.between[IMR_EXPANSION_ALPHA] = fixed ? 0 : 0.7;
            memcpy(node.theta, base.theta, sizeof(node.theta));
            node.theta[TMAX] = 2.31;
            imr_expansion_node(&course, &base, &node, gradient);
            for (size_t slot = 0; slot < IMR_EXPANSION_SLOTS; slot++) {
                imr_expansion_population_t up = base, down = base;
                size_t c = slot < M ? slot : slot - M;

                if (slot == IMR_EXPANSION_BY_H) {
                    *unknown(&up, slot) += step;
                    *unknown(&down, slot) -= step;
                } else if (c >= p || (slot >= M && !(base.between[c] > 0))) {
                    CHECK(gradient[slot] == 0);
                    continue;
                } else if (slot < M) {
                    up.theta[c] += step;
                    down.theta[c] -= step;
                } else {
                    up.between[c] *= exp(step);
                    down.between[c] *= exp(-step);
                }
                CHECK(fabs((value_at(&up, 2.31, PATIENT_SAMPLES)
                               - value_at(&down, 2.31, PATIENT_SAMPLES))
                              / (2 * step)
                          - gradient[slot])
                    < 1e-6);
            }
        }
    }
}

/* Only the height differs: log copies are then jointly normal, and a rise alone has its closed form. */
static void
test_a_random_height_has_its_closed_form(void)
{
    imr_expansion_population_t population = population_of(IMR_DECLINE_BIEXPONENTIAL);
    double w = population.between[0], sd = exp(-population.log_h), sum = 0, squares = 0, n = 3;
    double density, expected, at = 3.0;
    uint8_t below[3] = { 0 };
    imr_course_t course = { population.decline, 3, 3, PATIENT_DAY, PATIENT_VALUE, below };
    imr_expansion_node_t node = { 0 };

    for (size_t c = 1; c < M; c++) {
        population.between[c] = c == TMAX ? 0.5 : 0;
    }
    for (size_t i = 0; i < 3; i++) {
        double r = PATIENT_VALUE[i] - population.theta[0]
            - population.theta[IMR_EXPANSION_FOLD] * (PATIENT_DAY[i] / exp(at) - 1);

        sum += r;
        squares += r * r;
    }
    density = -0.5 * pow((at - population.theta[TMAX]) / 0.5, 2) - log(0.5);
    expected = -0.5 * (squares - w * w * sum * sum / (sd * sd + n * w * w)) / (sd * sd)
        - n * log(sd) - 0.5 * log1p(n * w * w / (sd * sd)) + density
        - (n + 1) * 0.918938533204672741780329736406;
    memcpy(node.theta, population.theta, sizeof(node.theta));
    node.theta[TMAX] = at;
    for (size_t nodes = 1; nodes <= 7; nodes += 2) {
        population.nodes = nodes;
        imr_expansion_node(&course, &population, &node, NULL);
        CHECK_NEAR(node.value, expected, 1e-11);
        CHECK_NEAR(node.theta[0],
            population.theta[0] + w * w * sum / (sd * sd + n * w * w), 1e-10);
    }
}

/* Laplace's approximation of all five other parameters against quadrature with more and more nodes. */
static void
test_laplace_stands_against_quadrature(void)
{
    for (int decline = 0; decline < 2; decline++) {
        imr_expansion_population_t population = population_of((imr_expansion_decline_t) decline);

        for (double at = 1.8; at < 2.7; at += 0.2) {
            double laplace, five, seven;

            population.nodes = 1;
            laplace = value_at(&population, at, PATIENT_SAMPLES);
            population.nodes = 5;
            five = value_at(&population, at, PATIENT_SAMPLES);
            population.nodes = 7;
            seven = value_at(&population, at, PATIENT_SAMPLES);
            if (getenv("SHOW") != NULL) {
                printf("%d %.1f %.8f %.2e %.2e\n", decline, at, seven, laplace - seven, five - seven);
            }
            CHECK(fabs(five - seven) < 2e-3);
            CHECK(fabs(laplace - seven) < 0.1);
        }
    }
}

static void
test_a_node_without_samples_tells_the_population(void)
{
    imr_expansion_population_t population = population_of(IMR_DECLINE_BIEXPONENTIAL);
    double inverse[M * M];
    imr_course_t course = course_of(population.decline, 0);
    imr_expansion_node_t node = { 0 };

    node.theta[TMAX] = population.theta[TMAX];
    imr_expansion_node(&course, &population, &node, NULL);
    CHECK(fabs(node.value + log(0.5) + 0.918938533204672741780329736406) < 1e-12);
    imr_expansion_node_inverse(&course, &population, &node, inverse);
    for (size_t c = 0; c < M; c++) {
        CHECK_NEAR(inverse[c * M + c], c == TMAX ? 0 : population.between[c] * population.between[c],
            1e-12);
        CHECK(c == TMAX || fabs(node.theta[c] - population.theta[c]) < 1e-9);
    }
}

HARNESS_MAIN({
    RUN(test_derivatives_of_a_node_are_those_of_differences);
    RUN(test_a_random_height_has_its_closed_form);
    RUN(test_laplace_stands_against_quadrature);
    RUN(test_a_node_without_samples_tells_the_population);
})

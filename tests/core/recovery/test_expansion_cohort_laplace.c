#include "recovery/expansion_cohort_laplace.h"

#include "../harness.h"
#include "base/cholesky.h"
#include "base/hermite.h"
#include "expansion_patient.h"

enum { TMAX = IMR_EXPANSION_TMAX };

#define LOG_ROOT_2_PI 0.918938533204672741780329736406

/* Only the height differs: log copies are then jointly normal, and a rise alone has its closed form. */
static void
test_a_random_height_has_its_closed_form(void)
{
    imr_expansion_population_t population = population_of(IMR_DECLINE_BIEXPONENTIAL);
    double w = population.between[0], sd = exp(-population.log_h), sum = 0, squares = 0, n = 3;
    double density, expected, at = 3.0, inverse[M * M];
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
        - n * log(sd) - 0.5 * log1p(n * w * w / (sd * sd)) + density - (n + 1) * LOG_ROOT_2_PI;
    memcpy(node.theta, population.theta, sizeof(node.theta));
    node.theta[TMAX] = at;
    imr_expansion_node(&course, &population, &node, inverse);
    CHECK_NEAR(node.value, expected, 1e-11);
    CHECK_NEAR(node.theta[0], population.theta[0] + w * w * sum / (sd * sd + n * w * w), 1e-10);
    CHECK_NEAR(inverse[0], 1 / (n / (sd * sd) + 1 / (w * w)), 1e-10);
    CHECK(inverse[M + 1] == 0);
}

/* The joint log density of the patient and five parameters, z standard errors from the mode of a node. */
typedef struct {
    imr_course_t course;
    imr_expansion_population_t population;
    imr_expansion_node_t node;
    double factor[M * M];
    size_t which[M], q;
} about_t;

static double
density(void *context, double *z)
{
    about_t *self = context;
    double theta[M], sum = 0;

    memcpy(theta, self->node.theta, sizeof(theta));
    for (size_t r = 0; r < self->q; r++) { /* the lower factor of the covariance, times z */
        size_t c = self->which[r];
        double off;

        for (size_t s = 0; s <= r; s++) {
            theta[c] += self->factor[r * self->q + s] * z[s];
        }
        off = (theta[c] - self->population.theta[c]) / self->population.between[c];
        sum -= 0.5 * off * off + log(self->population.between[c]);
        sum += log(self->factor[r * self->q + r]);
    }
    return sum + imr_course_loglik(&self->course, theta, self->population.log_h, NULL, NULL);
}

/* Laplace's approximation against Gauss-Hermite quadrature of the other four or five parameters. With one
 * phase it is near; with two it is not, which is why the likelihood of a cohort is not this. */
static void
test_laplace_against_quadrature(void)
{
    static const double largest[] = { 0.25, 0.03 };

    for (int decline = 0; decline < 2; decline++) {
        for (double at = 1.8; at < 2.7; at += 0.2) {
            about_t about = { .population = population_of((imr_expansion_decline_t) decline) };
            double inverse[M * M], off, seven, laplace;

            about.course = course_of(about.population.decline, PATIENT_SAMPLES);
            memcpy(about.node.theta, about.population.theta, sizeof(about.node.theta));
            about.node.theta[TMAX] = at;
            imr_expansion_node(&about.course, &about.population, &about.node, inverse);
            for (size_t c = 0; c < imr_expansion_parameters(about.population.decline); c++) {
                if (c != TMAX) {
                    about.which[about.q++] = c;
                }
            }
            for (size_t r = 0; r < about.q; r++) {
                for (size_t c = 0; c < about.q; c++) {
                    about.factor[r * about.q + c] = inverse[about.which[r] * M + about.which[c]];
                }
            }
            CHECK(imr_cholesky(about.factor, about.q, NULL) == about.q);
            off = (at - about.population.theta[TMAX]) / about.population.between[TMAX];
            laplace = about.node.value + 0.5 * off * off + log(about.population.between[TMAX])
                + LOG_ROOT_2_PI;
            seven = log(imr_hermite_mean(about.q, 7, density, &about));
            CHECK(fabs(laplace - seven) < largest[decline]);
            /* by one node it is the same */
            CHECK_NEAR(log(imr_hermite_mean(about.q, 1, density, &about)), laplace, 1e-8);
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
    imr_expansion_node(&course, &population, &node, inverse);
    CHECK(fabs(node.value + log(0.5) + LOG_ROOT_2_PI) < 1e-12);
    for (size_t c = 0; c < M; c++) {
        CHECK_NEAR(inverse[c * M + c],
            c == TMAX ? 0 : population.between[c] * population.between[c], 1e-12);
        CHECK(c == TMAX || fabs(node.theta[c] - population.theta[c]) < 1e-9);
    }
}

static void
test_where_there_is_no_curve_there_is_no_value(void)
{
    imr_expansion_population_t population = population_of(IMR_DECLINE_BIEXPONENTIAL);
    imr_course_t course = course_of(population.decline, PATIENT_SAMPLES);
    imr_expansion_node_t node = { 0 };

    population.theta[IMR_EXPANSION_CMAX] = INFINITY;
    memcpy(node.theta, population.theta, sizeof(node.theta));
    imr_expansion_node(&course, &population, &node, NULL);
    CHECK(node.value == -INFINITY);
}

HARNESS_MAIN({
    RUN(test_a_random_height_has_its_closed_form);
    RUN(test_laplace_against_quadrature);
    RUN(test_a_node_without_samples_tells_the_population);
    RUN(test_where_there_is_no_curve_there_is_no_value);
})

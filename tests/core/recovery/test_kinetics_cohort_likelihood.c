#include "recovery/kinetics_cohort.h"

#include "../harness.h"
#include "kinetics_rows.h"

/* One patient, ready for the likelihood; off is where the search for its mode begins. */
static imr_kinetics_cohort_t
cohort_of(imr_kinetics_climb_t *climb, double *off, size_t nodes)
{
    imr_kinetics_cohort_t cohort = { .model = climb->model,
        .error = climb->error,
        .patients = 1,
        .p = imr_kinetics_unknowns(climb->model),
        .nodes = nodes,
        .climb = climb,
        .off = off };

    climb->joint = 1;
    return cohort;
}

static void
test_a_line_with_a_random_intercept_has_its_closed_form(void)
{
    /* log counts y about a + b t with covariance sd^2 I + w^2 J: by Sherman and Morrison */
    static const double y[] = { 0.2, 1.1, 0.9, 2.4 }, day[] = { 0, 1, 2, 3 };
    const double a = 0.3, b = 0.6, sd = 0.5, w = 0.7, n = 4;
    double count[4], off[IMR_KINETICS_MOST] = { 0 }, sum = 0, squares = 0, expected;
    rows_t rows;

    for (size_t i = 0; i < 4; i++) {
        double r = y[i] - a - b * day[i];

        count[i] = exp(y[i]);
        sum += r;
        squares += r * r;
    }
    expected = -0.5 * (squares - w * w * sum * sum / (sd * sd + n * w * w)) / (sd * sd)
        - n * log(sd) - 0.5 * log1p(n * w * w / (sd * sd));
    for (size_t nodes = 1; nodes <= 7; nodes += 2) {
        imr_kinetics_climb_t climb =
            climb_of(&rows, IMR_KINETICS_EXPONENTIAL, IMR_KINETICS_LOG, day, count, 4, 0);
        imr_kinetics_cohort_t cohort = cohort_of(&climb, off, nodes);

        cohort.theta[0] = a;
        cohort.theta[1] = b;
        cohort.between[0] = w;
        cohort.h = 1 / sd;
        CHECK_NEAR(imr_kinetics_cohort_loglik(&cohort), expected, 1e-11);
        CHECK_NEAR(off[0], w * w * sum / (sd * sd + n * w * w), 1e-8);
    }
}

static double
density_at(imr_kinetics_climb_t *climb, const double *theta, double off, double w, double h)
{
    double phi[IMR_KINETICS_MOST];

    memcpy(phi, theta, sizeof(phi));
    phi[0] += off;
    return exp(imr_kinetics_loglik(climb, phi, h) - 0.5 * off * off / (w * w))
        / (w * sqrt(8 * atan(1)));
}

static void
test_quadrature_nears_the_integral_with_its_nodes(void)
{
    /* rows below their limit, against the trapezoidal rule over 16 standard deviations */
    const double theta[IMR_KINETICS_MOST] = { 4.2, 118, 2.8 }, w = 0.5, h = 2.5;
    double off[IMR_KINETICS_MOST] = { 0 }, sum = 0, step = 1e-3, worst[4];
    rows_t rows;
    imr_kinetics_climb_t climb =
        climb_of(&rows, IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG, PATIENT_DAY, PATIENT_COUNT, 4, 2);

    climb.joint = 1;
    for (int i = -8000; i <= 8000; i++) {
        sum += step * w * density_at(&climb, theta, i * step * w, w, h);
    }
    for (size_t k = 0; k < 4; k++) {
        imr_kinetics_cohort_t cohort = cohort_of(&climb, off, 2 * k + 1);

        memcpy(cohort.theta, theta, sizeof(theta));
        cohort.between[0] = w;
        cohort.h = h;
        worst[k] = fabs(imr_kinetics_cohort_loglik(&cohort) - log(sum));
    }
    CHECK(worst[0] < 0.05 && worst[2] < 1e-4 && worst[3] < 1e-5);
    CHECK(worst[3] < worst[2] && worst[2] < worst[1] && worst[1] < worst[0]);
}

static void
test_a_patient_without_samples_tells_nothing(void)
{
    double off[IMR_KINETICS_MOST] = { 0.3 };
    rows_t rows;
    imr_kinetics_climb_t climb =
        climb_of(&rows, IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG, PATIENT_DAY, PATIENT_COUNT, 4, 2);
    imr_kinetics_cohort_t cohort = cohort_of(&climb, off, 5);

    climb.n = 0;
    cohort.between[0] = 0.4;
    cohort.between[1] = 20;
    cohort.h = 3;
    CHECK(fabs(imr_kinetics_cohort_loglik(&cohort)) < 1e-12);
    CHECK(fabs(off[0]) < 1e-9);
}

HARNESS_MAIN({
    RUN(test_a_line_with_a_random_intercept_has_its_closed_form);
    RUN(test_quadrature_nears_the_integral_with_its_nodes);
    RUN(test_a_patient_without_samples_tells_nothing);
})

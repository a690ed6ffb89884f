#include "recovery/tobit_mixed_likelihood.h"

#include <gsl/gsl_integration.h>

#include "recovery/tobit_climb.h"

#include "../harness.h"

enum { N = 9, P = 2, PATIENTS = 4, M = P + 2 };

static const int64_t PATIENT[N] = { 2, 0, 0, 1, 2, 1, 0, 2, 2 };
static const double COLUMNS[P * N] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, /**/ 0, 1, -1, 0.5, 0.5, 2, 0, -1,
    1 };
static const double LOW[N] = { 0.3, -INFINITY, 0.1, -INFINITY, 0.9, -INFINITY, 0.5, 0.2, -0.4 };
static const double HIGH[N] = { 0.3, 0.4, 0.1, -0.2, INFINITY, 0.7, 0.5, 0.8, -0.4 };

static void
init(imr_tobit_mixed_likelihood_t *self, const double *low, const double *high)
{
    CHECK(imr_tobit_mixed_likelihood_init(self, low, high, COLUMNS, PATIENT, N, P, PATIENTS, NULL)
        == IMR_OK);
}

/* The integrals by 200 Gauss-Hermite nodes about 0 (GSL). */
static double
by_hermite(const double *at)
{
    gsl_integration_fixed_workspace *rule =
        gsl_integration_fixed_alloc(gsl_integration_fixed_hermite, 200, 0, 0.5, 0, 0);
    const double *u = gsl_integration_fixed_nodes(rule);
    const double *weight = gsl_integration_fixed_weights(rule);
    double loglik = 0;

    for (int64_t k = 0; k < PATIENTS; k++) {
        double sum = 0;

        for (int q = 0; q < 200; q++) {
            double value = 0;

            for (int i = 0; i < N; i++) {
                double eta = COLUMNS[i] * at[0] + COLUMNS[N + i] * at[1] + at[3] * u[q];

                if (PATIENT[i] == k) {
                    value += imr_tobit_term(at[2] * LOW[i] - eta, at[2] * HIGH[i] - eta).loglik
                        + (LOW[i] == HIGH[i] ? log(at[2]) : 0);
                }
            }
            sum += weight[q] * exp(value);
        }
        loglik += log(sum / sqrt(8 * atan(1)));
    }
    gsl_integration_fixed_free(rule);
    return loglik;
}

static void
test_the_integrals_agree_with_gauss_hermite(void)
{
    static const double at[][M] = { { 0.3, -0.5, 2, 0 }, { 0.3, -0.5, 2, 0.7 }, { -1, 1, 0.5, 2 },
        { 0, 0, 3, -1.5 } };
    imr_tobit_mixed_likelihood_t self;

    init(&self, LOW, HIGH);
    for (size_t i = 0; i < 4; i++) {
        double loglik;

        CHECK(imr_tobit_mixed_likelihood_at(&self, at[i]) == IMR_OK);
        CHECK_NEAR(self.loglik, by_hermite(at[i]), 1e-11);
        loglik = self.loglik;
        self.finer = 1;
        CHECK(imr_tobit_mixed_likelihood_at(&self, at[i]) == IMR_OK);
        CHECK_NEAR(self.loglik, loglik, 1e-12);
        self.finer = 0;
    }
    /* a patient without rows says nothing */
    CHECK_NEAR(self.mean[3] + 1, 1, 1e-12);
    CHECK_NEAR(self.variance[3], 1, 1e-11);
    imr_tobit_mixed_likelihood_free(&self);
    imr_tobit_mixed_likelihood_free(&self);
}

/* One row of one patient: P(Z < a - rho U) = Phi(a / sqrt(1 + rho^2)), however steep it is. */
static void
test_one_row_has_a_closed_form(void)
{
    static const double one = 1, rhos[] = { 0.1, 1, 10, 100, 900 };
    double open = -INFINITY, end = 0.8;
    int64_t patient = 0;
    imr_tobit_mixed_likelihood_t self;

    CHECK(imr_tobit_mixed_likelihood_init(&self, &open, &end, &one, &patient, 1, 1, 1, NULL)
        == IMR_OK);
    for (size_t i = 0; i < 5; i++) {
        double at[] = { 0.5, 1.5, rhos[i] };

        memset(self.halvings, 0, 1);
        CHECK(imr_tobit_mixed_likelihood_at(&self, at) == IMR_OK);
        CHECK(
            fabs(self.loglik
                - imr_tobit_term(-INFINITY, (1.5 * 0.8 - 0.5) / sqrt(1 + rhos[i] * rhos[i])).loglik)
            < 1e-10);
    }
    imr_tobit_mixed_likelihood_free(&self);
}

/* Without limits the rows of a patient are normal with covariance (I + rho^2 J) / h^2. */
static void
test_without_limits_it_is_the_normal_density(void)
{
    double y[N] = { 0.3, 0.4, 0.1, -0.2, 0.9, 0.7, 0.5, 0.2, -0.4 }, expected = 0;
    double at[M] = { 0.3, -0.5, 2, 0.7 }, rho = at[3];
    imr_tobit_mixed_likelihood_t self;

    init(&self, y, y);
    for (int64_t k = 0; k < 3; k++) {
        double n = 0, z = 0, zz = 0, mode;

        for (int i = 0; i < N; i++) {
            double away = at[2] * y[i] - COLUMNS[i] * at[0] - COLUMNS[N + i] * at[1];

            n += PATIENT[i] == k;
            z += PATIENT[i] == k ? away : 0;
            zz += PATIENT[i] == k ? away * away : 0;
        }
        expected += n * log(at[2]) - n * log(sqrt(8 * atan(1))) - 0.5 * log(1 + n * rho * rho)
            - 0.5 * (zz - rho * rho * z * z / (1 + n * rho * rho));
        mode = rho * z / (1 + n * rho * rho);
        CHECK(imr_tobit_mixed_likelihood_at(&self, at) == IMR_OK);
        imr_tobit_mixed_modes(&self, at);
        CHECK_NEAR(self.mode[k], mode, 1e-12);
        CHECK_NEAR(self.mean[k], mode, 1e-11);
        CHECK_NEAR(self.variance[k], 1 / (1 + n * rho * rho), 1e-10);
    }
    CHECK_NEAR(self.loglik, expected, 1e-13);
    imr_tobit_mixed_likelihood_free(&self);
}

static void
test_score_and_information_are_the_derivatives(void)
{
    double at[M] = { 0.3, -0.5, 2, 0.7 }, score[M], info[M * M], up[M], down[M];
    const double d = 1e-4;
    imr_tobit_mixed_likelihood_t self;

    init(&self, LOW, HIGH);
    CHECK(imr_tobit_mixed_likelihood_at(&self, at) == IMR_OK);
    memcpy(score, self.score, sizeof(score));
    memcpy(info, self.information, sizeof(info));
    for (size_t r = 0; r < M; r++) {
        double before = at[r], high, low;

        at[r] = before + d;
        CHECK(imr_tobit_mixed_likelihood_at(&self, at) == IMR_OK);
        high = self.loglik;
        memcpy(up, self.score, sizeof(up));
        at[r] = before - d;
        CHECK(imr_tobit_mixed_likelihood_at(&self, at) == IMR_OK);
        low = self.loglik;
        memcpy(down, self.score, sizeof(down));
        at[r] = before;
        CHECK(fabs((high - low) / (2 * d) - score[r]) < 1e-6);
        for (size_t c = 0; c < M; c++) {
            CHECK(fabs((up[c] - down[c]) / (2 * d) + info[r * M + c]) < 1e-6);
            CHECK(info[r * M + c] == info[c * M + r]);
        }
    }
    imr_tobit_mixed_likelihood_free(&self);
}

static void
test_what_cannot_be_is_said(void)
{
    int64_t patient[N];
    double at[M] = { 0, 0, -1, 0 };
    imr_tobit_mixed_likelihood_t self;
    imr_stop_t stop = { harness_stop, NULL, IMR_WORK_A_QUESTION };
    imr_fault_t fault;

    for (int64_t code = -1; code <= PATIENTS; code += PATIENTS + 1) {
        memcpy(patient, PATIENT, sizeof(patient));
        patient[4] = code;
        CHECK(imr_tobit_mixed_likelihood_init(
                  &self, LOW, HIGH, COLUMNS, patient, N, P, PATIENTS, &fault)
            == IMR_ERR_PATIENT_CODE);
        CHECK(fault.row == 4 && fault.value == (double) code);
    }
    init(&self, LOW, HIGH);
    CHECK(imr_tobit_mixed_likelihood_at(&self, at) == IMR_OK && self.loglik == -INFINITY);
    at[2] = 1;
    self.stop = &stop;
    CHECK(imr_tobit_mixed_likelihood_at(&self, at) == IMR_ERR_STOPPED);
    imr_tobit_mixed_likelihood_free(&self);
}

static void
test_every_allocation_may_fail(void)
{
    imr_tobit_mixed_likelihood_t self;

    FAIL_EACH_ALLOCATION(
        imr_tobit_mixed_likelihood_init(&self, LOW, HIGH, COLUMNS, PATIENT, N, P, PATIENTS, NULL),
        IMR_ERR_NOMEM, imr_tobit_mixed_likelihood_free(&self));
}

HARNESS_MAIN({
    RUN(test_the_integrals_agree_with_gauss_hermite);
    RUN(test_one_row_has_a_closed_form);
    RUN(test_without_limits_it_is_the_normal_density);
    RUN(test_score_and_information_are_the_derivatives);
    RUN(test_what_cannot_be_is_said);
    RUN(test_every_allocation_may_fail);
})

#include "survival/interval_cox_profile.h"

#include "turnbull_fit.h"

enum { N = 30 };

static int
read(imr_interval_cox_fit_t *self, double *left, double *right, double *x)
{
    imr_interval_cox_data_t data = { N, 2, left, right, x };
    imr_interval_cox_options_t options = { .level = 0.95, .fix_ties = 1 };
    int64_t merged;

    memset(self, 0, sizeof(*self));
    return imr_interval_cox_read(self, &data, &options, &merged, NULL);
}

static void
set_up(double *left, double *right, double *x)
{
    uint64_t state = 3;

    visits(left, right, N, 0.1, 5);
    for (int i = 0; i < 2 * N; i++) {
        x[i] = draw(&state) * (i % 2 ? 100 : 1);
    }
}

/* Score and information of the profile are derivatives of its log-likelihood. */
static void
test_score_and_information(void)
{
    double left[N], right[N], x[2 * N], loglik[3], score[3], held = 0, step = 1e-3;
    imr_interval_cox_fit_t job;

    set_up(left, right, x);
    CHECK(read(&job, left, right, x) == IMR_OK);
    job.held = 0; /* so that it stays where it is put */
    for (int k = 0; k < 3; k++) {
        job.coef[0] = 0.3 + (k - 1) * step;
        CHECK(imr_interval_cox_climb(&job, NULL) == IMR_OK);
        loglik[k] = job.hazards.loglik;
        score[k] = job.score[0];
        if (k == 1) {
            held =
                job.information[0] - job.information[1] * job.information[2] / job.information[3];
        }
    }
    CHECK(fabs((loglik[2] - loglik[0]) / (2 * step) - score[1]) < 1e-5);
    CHECK_NEAR(-(score[2] - score[0]) / (2 * step), held, 1e-4);
    imr_interval_cox_fit_free(&job);
}

static void
test_the_top(void)
{
    double left[N], right[N], x[2 * N], best;
    imr_interval_cox_fit_t job;

    set_up(left, right, x);
    CHECK(read(&job, left, right, x) == IMR_OK);
    CHECK(imr_interval_cox_climb(&job, NULL) == IMR_OK);
    best = job.hazards.loglik;
    CHECK(best >= job.null_loglik);
    CHECK(fabs(job.score[0]) < 1e-10 && fabs(job.score[1]) < 1e-10);
    job.held = 1;
    job.coef[1] += 0.1;
    CHECK(imr_interval_cox_climb(&job, NULL) == IMR_OK);
    CHECK(job.hazards.loglik < best);
    imr_interval_cox_fit_free(&job);
    imr_interval_cox_fit_free(&job);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    double left[N], right[N], x[2 * N];
    imr_interval_cox_fit_t job;

    set_up(left, right, x);
    FAIL_EACH_ALLOCATION(
        read(&job, left, right, x), IMR_ERR_NOMEM, imr_interval_cox_fit_free(&job));
}

HARNESS_MAIN({
    RUN(test_score_and_information);
    RUN(test_the_top);
    RUN(test_no_allocation_is_taken_for_granted);
})

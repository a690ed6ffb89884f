#include "survival/interval_logrank_information.h"

#include "../harness.h"

enum { ROWS = 7, INTERVALS = 4, UNKNOWNS = INTERVALS - 1, GROUPS = 2 };

/* survival 1, 0.7, 0.4, 0.1, 0 */
static const double SURVIVAL[] = { 1, 0.7, 0.4, 0.1, 0 };
static const size_t FIRST[] = { 0, 0, 1, 1, 2, 3, 2 }, END[] = { 1, 3, 2, 4, 3, 4, 4 };
static const size_t OF[] = { 0, 1, 1, 0, 0, 1, 0 };

/* The curve moved by an effect, as the models say it. */
static void
move(imr_interval_scores_t kind, const double *survival, double effect, double *moved)
{
    double product = 1;

    moved[0] = 1;
    for (size_t j = 1; j <= INTERVALS; j++) {
        double s = j < INTERVALS ? survival[j] : 0, before = survival[j - 1];
        double hazard = 1 - s / before;

        product *= (1 - hazard) / (1 - hazard + hazard * exp(effect));
        moved[j] = kind == IMR_INTERVAL_SUN ? product
            : kind == IMR_INTERVAL_WILCOXON ? s / (s + exp(effect) * (1 - s))
                                            : pow(s, exp(effect));
    }
}

/* unknowns: the effects of the groups, then the survival */
static double
loglik(imr_interval_scores_t kind, const double *unknown)
{
    double survival[INTERVALS + 1] = { 1 }, moved[GROUPS][INTERVALS + 1], sum = 0;

    for (size_t j = 0; j < UNKNOWNS; j++) {
        survival[j + 1] = unknown[GROUPS + j];
    }
    for (size_t g = 0; g < GROUPS; g++) {
        move(kind, survival, unknown[g], moved[g]);
    }
    for (size_t i = 0; i < ROWS; i++) {
        sum += log(moved[OF[i]][FIRST[i]] - moved[OF[i]][END[i]]);
    }
    return sum;
}

static double
second_difference(imr_interval_scores_t kind, size_t a, size_t b)
{
    enum { N = GROUPS + UNKNOWNS };
    double at[N] = { 0, 0, 0.7, 0.4, 0.1 }, step = 1e-4, sum = 0;

    for (int way = 0; way < 4; way++) {
        double there[N];

        memcpy(there, at, sizeof(at));
        there[a] += way & 1 ? step : -step;
        there[b] += way & 2 ? step : -step;
        sum += (way == 0 || way == 3 ? 1 : -1) * loglik(kind, there);
    }
    return sum / (4 * step * step);
}

/* variance = I_gg - I_gs I_ss^-1 I_sg with numerical derivatives. The last group is left out of the
 * comparison of ranks: all effects moved together are a change of the curve. */
static void
test_the_information_is_that_of_the_likelihood(void)
{
    for (int k = 0; k < 3; k++) {
        imr_interval_scores_t kind = (imr_interval_scores_t) k;
        double inner[UNKNOWNS][UNKNOWNS + GROUPS], hazard[INTERVALS + 1] = { 0 };
        double variance[GROUPS * GROUPS] = { 0 };
        imr_interval_curve_t curve = { INTERVALS, SURVIVAL, hazard };
        imr_interval_row_t rows[ROWS];
        double up[INTERVALS + 1], down[INTERVALS + 1];

        for (size_t j = 0; j < INTERVALS; j++) {
            hazard[j + 1] = hazard[j] + 1 - SURVIVAL[j + 1] / SURVIVAL[j];
        }
        move(kind, SURVIVAL, 1e-5, up);
        move(kind, SURVIVAL, -1e-5, down);
        for (size_t i = 0; i < ROWS; i++) {
            double p = SURVIVAL[FIRST[i]] - SURVIVAL[END[i]];

            rows[i] = (imr_interval_row_t) { FIRST[i], END[i], p,
                (up[FIRST[i]] - up[END[i]] - down[FIRST[i]] + down[END[i]]) / (2e-5 * p), OF[i] };
        }
        CHECK(imr_interval_logrank_information(kind, &curve, rows, ROWS, GROUPS, variance, NULL)
            == IMR_OK);
        for (size_t u = 0; u < UNKNOWNS; u++) {
            for (size_t v = 0; v < UNKNOWNS; v++) {
                inner[u][v] = -second_difference(kind, GROUPS + u, GROUPS + v);
            }
            for (size_t g = 0; g < GROUPS; g++) {
                inner[u][UNKNOWNS + g] = -second_difference(kind, GROUPS + u, g);
            }
        }
        for (size_t u = 0; u < UNKNOWNS; u++) { /* elimination */
            for (size_t v = u + 1; v < UNKNOWNS; v++) {
                double share = inner[v][u] / inner[u][u];

                for (size_t c = 0; c < UNKNOWNS + GROUPS; c++) {
                    inner[v][c] -= share * inner[u][c];
                }
            }
        }
        for (size_t g = 0; g < GROUPS; g++) {
            for (size_t h = 0; h < GROUPS; h++) {
                double expected = -second_difference(kind, g, h);

                for (size_t u = 0; u < UNKNOWNS; u++) {
                    expected -= inner[u][UNKNOWNS + g] * inner[u][UNKNOWNS + h] / inner[u][u];
                }
                CHECK(fabs(variance[g * GROUPS + h] - expected) < 2e-4 * ROWS);
            }
        }
    }
}

static void
test_too_many_intervals_are_refused(void)
{
    enum { N = 1000 };
    static double survival[N + 1], hazard[N + 1];
    static imr_interval_row_t rows[N];
    imr_interval_curve_t curve = { N, survival, hazard };
    double variance[4] = { 0 };
    imr_fault_t fault;

    for (size_t j = 0; j <= N; j++) {
        survival[j] = 1 - (double) j / N;
    }
    for (size_t i = 0; i < N; i++) {
        rows[i] = (imr_interval_row_t) { 1, i + 1 < N ? i + 2 : N, 0.5, 0, i % 2 };
    }
    CHECK(imr_interval_logrank_information(IMR_INTERVAL_SUN, &curve, rows, N, 2, variance, &fault)
        == IMR_ERR_INTERVAL_LOGRANK_SIZE);
    CHECK(strcmp(fault.argument, "method") == 0);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    double hazard[] = { 0, 0.3, 0.7, 1.4, 2.4 }, variance[GROUPS * GROUPS] = { 0 };
    imr_interval_curve_t curve = { INTERVALS, SURVIVAL, hazard };
    imr_interval_row_t rows[] = { { 0, 1, 0.3, 0.5, 0 }, { 1, 4, 0.7, -0.5, 1 } };

    FAIL_EACH_ALLOCATION(
        imr_interval_logrank_information(IMR_INTERVAL_SUN, &curve, rows, 2, GROUPS, variance, NULL),
        IMR_ERR_NOMEM, (void) rows);
}

HARNESS_MAIN({
    RUN(test_the_information_is_that_of_the_likelihood);
    RUN(test_too_many_intervals_are_refused);
    RUN(test_no_allocation_is_taken_for_granted);
})

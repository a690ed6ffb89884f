#include "../harness.h"
#include "cox_data.h"

/* At 145 rows 0 and 3 are at risk, at the two other events the row that has it; row 1 never is. With log
 * hazard ratios that rise as x falls the sums that row 1 joins have a level of their own. */
static const double TIME[4] = { 145, 47.5, 1.25, 510 }, ENTRY[4] = { 7, 4, 0, 7 };
static const uint8_t EVENT[4] = { 1, 0, 1, 1 };
static const double X[4] = { -14, -48, -1, -1 }, OFFSET[4] = { 0, 2.25, 3.875, 3.875 };

static imr_cox_data_t
table(void)
{
    return (imr_cox_data_t) { .n = 4,
        .p = 1,
        .time = TIME,
        .event = EVENT,
        .x = X,
        .entry = ENTRY,
        .offset = OFFSET,
        .strata = 1 };
}

static void
check_exposure(imr_cox_ties_t ties, double beta)
{
    imr_cox_data_t data = table();
    imr_cox_options_t options = options_of(ties);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;
    double coef[2] = { 0, 0 }, odds = exp(13 * beta + 3.875), shares[4];

    shares[0] = 1 / (1 + odds);
    shares[1] = 0;
    shares[2] = 1;
    shares[3] = 1 + odds / (1 + odds);
    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, ties, 0, NULL, NULL) == IMR_OK);
    coef[0] = beta * rows.scale[0];
    CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_OK);
    for (size_t i = 0; i < 4; i++) {
        CHECK(fabs(at.out[i] - shares[rows.row[i]]) < 1e-12);
    }
    CHECK(fabs(at.information[0] * rows.scale[0] * rows.scale[0]
              - 169 * odds / (1 + odds) / (1 + odds))
        < 1e-11 * at.magnitude[0] * rows.scale[0] * rows.scale[0]);
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
}

static void
test_late_rows_keep_their_hazard_where_sums_lose_it(void)
{
    const double betas[] = { 0, 0.3, -0.3, -1, -3.78, -9, 15 };

    for (size_t b = 0; b < sizeof(betas) / sizeof(*betas); b++) {
        check_exposure(IMR_COX_EFRON, betas[b]);
        check_exposure(IMR_COX_BRESLOW, betas[b]);
    }
}

/* Two tied events of four equal rows: Efron's hazard is 1/4 + 1/3, and 1/4 + 1/2 * 1/3 to the tied, after an
 * event whose hazard is e^(x beta) times as much. */
static void
test_the_tied_have_their_part_of_their_own_set(void)
{
    const double time[5] = { 2, 2, 3, 3, 1 }, entry[5] = { 1, 1, 1, 1, 0 };
    const double x[5] = { 0, 0, 0, 0, 1 };
    const uint8_t event[5] = { 1, 1, 0, 0, 1 };
    imr_cox_data_t data = {
        .n = 5, .p = 1, .time = time, .event = event, .x = x, .entry = entry, .strata = 1
    };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;
    double coef[2] = { 0, 0 };

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, IMR_COX_EFRON, 0, NULL, NULL) == IMR_OK);
    for (double beta = 0; beta > -400; beta -= 50) {
        coef[0] = beta * rows.scale[0];
        CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_OK);
        for (size_t i = 0; i < 5; i++) {
            double exact = rows.row[i] == 4 ? 1 : (rows.row[i] < 2 ? 5.0 / 12 : 7.0 / 12);

            CHECK_NEAR(at.out[i], exact, 1e-13);
        }
    }
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
}

/* Rows whose sets have to be added one by one. */
static void
test_a_stop_is_heeded(void)
{
    enum { N = 1500 };
    double *time = malloc(2 * N * sizeof(double)), *entry = malloc(2 * N * sizeof(double));
    double *x = malloc(2 * N * sizeof(double)), coef[2] = { 0, 0 };
    uint8_t *event = malloc(2 * N);
    int asked = 0;
    imr_stop_t stop = { harness_stop, &asked, 0 };
    imr_cox_data_t data = {
        .n = 2 * N, .p = 1, .time = time, .event = event, .x = x, .entry = entry, .strata = 1
    };
    imr_cox_options_t options = options_of(IMR_COX_BRESLOW);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;

    for (size_t i = 0; i < 2 * N; i++) { /* all of the first half are over when the second begins */
        time[i] = (double) (i + 1 + (i >= N));
        entry[i] = i < N ? 0 : N + 1;
        x[i] = i < N ? 1 : 0;
        event[i] = 1;
    }
    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, IMR_COX_BRESLOW, 0, &stop, NULL) == IMR_OK);
    CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_OK && asked == 0);
    coef[0] = -90 * rows.scale[0];
    CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_ERR_STOPPED && asked == 1);
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
    free(time);
    free(entry);
    free(x);
    free(event);
}

HARNESS_MAIN({
    RUN(test_late_rows_keep_their_hazard_where_sums_lose_it);
    RUN(test_the_tied_have_their_part_of_their_own_set);
    RUN(test_a_stop_is_heeded);
})

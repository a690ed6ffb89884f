/* libFuzzer: any rows are refused with a status, or give scores that sum to 0 in each stratum and a
 * probability; rows in another order give the same. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/interval_logrank.h"
#include "survival/logrank_exact.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define MOST_ROWS 300
#define MOST_EXACT 20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    size_t n;
    double left[MOST_ROWS], right[MOST_ROWS];
    uint8_t group[MOST_ROWS];
    int64_t stratum[MOST_ROWS];
} rows_t;

/* A byte says what kind of row it is: whole days, parts of days, or bits of doubles as they come. */
static void
read_rows(const uint8_t *data, size_t size, rows_t *rows)
{
    rows->n = 0;
    while (rows->n < MOST_ROWS) {
        size_t used = size > 0 && *data % 16 == 15 ? 18 : 4, i = rows->n;

        if (size < used) {
            break;
        }
        rows->group[i] = data[1] & 3;
        rows->stratum[i] = data[1] >> 2 & 1;
        if (used == 18) {
            memcpy(&rows->left[i], data + 2, 8);
            memcpy(&rows->right[i], data + 10, 8);
        } else {
            rows->left[i] = data[2] / (*data % 4 == 2 ? 7.0 : 1);
            rows->right[i] =
                *data % 4 == 3 ? INFINITY : rows->left[i] + data[3] / (*data % 4 == 1 ? 7.0 : 1);
        }
        rows->n++;
        data += used;
        size -= used;
    }
}

static void
reverse(rows_t *rows)
{
    rows_t old = *rows;

    for (size_t i = 0; i < rows->n; i++) {
        size_t j = rows->n - 1 - i;

        rows->left[i] = old.left[j];
        rows->right[i] = old.right[j];
        rows->group[i] = old.group[j];
        rows->stratum[i] = old.stratum[j];
    }
}

static void
check_scores(const imr_interval_logrank_t *job)
{
    double sum[2] = { 0, 0 };

    for (size_t i = 0; i < job->n; i++) {
        REQUIRE(isfinite(job->score[i]) && fabs(job->score[i]) <= 1 + (double) job->n);
        sum[job->stratum[i]] += job->score[i];
    }
    /* a gradient that is above the rows by 1e-8 of them at most */
    REQUIRE(fabs(sum[0]) <= 1e-6 * (double) job->n && fabs(sum[1]) <= 1e-6 * (double) job->n);
}

static void
check_exactly(const imr_logrank_scores_t *scores)
{
    imr_logrank_exact_t exact;
    double pvalue = NAN;
    int done = 0;

    if (scores->n > MOST_EXACT || scores->groups != 2) {
        return;
    }
    REQUIRE(imr_logrank_exact_init(&exact, scores, IMR_TWO_SIDED, NULL) == IMR_OK);
    while (!done) {
        REQUIRE(imr_logrank_exact_step(&exact, &done, &pvalue, NULL) == IMR_OK);
    }
    REQUIRE(pvalue > 0 && pvalue <= 1);
    imr_logrank_exact_free(&exact);
}

static int
test(const imr_interval_logrank_data_t *data, const imr_interval_logrank_options_t *options,
    imr_logrank_test_t *answer)
{
    imr_interval_logrank_t job;
    imr_logrank_scores_t scores = { 0 };
    imr_fault_t fault = { 0 };
    int done = 0, status = imr_interval_logrank_init(&job, data, options, &fault);

    if (status != IMR_OK) {
        REQUIRE(status == fault.status && fault.row < (int64_t) data->n);
        return status;
    }
    while (!done) {
        REQUIRE(imr_interval_logrank_advance(&job, &done, &fault) == IMR_OK);
    }
    check_scores(&job);
    REQUIRE(imr_interval_logrank_deal(&job, &scores, &fault) == IMR_OK);
    status = imr_interval_logrank_conclude(&job, &scores, answer, &fault);
    if (status == IMR_OK) {
        REQUIRE(answer->statistic >= 0 && answer->pvalue >= 0 && answer->pvalue <= 1);
        REQUIRE(answer->df >= 0 && answer->df < (int64_t) data->groups);
    } else {
        REQUIRE(options->information && status == IMR_ERR_INTERVAL_LOGRANK_INFORMATION);
    }
    check_exactly(&scores);
    imr_logrank_scores_free(&scores);
    imr_interval_logrank_free(&job);
    return status;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static rows_t rows;

    if (size < 2) {
        return 0;
    }
    read_rows(bytes + 2, size - 2, &rows);
    for (int way = 0; way < 4; way++) {
        imr_interval_logrank_data_t data = { rows.n, rows.left, rows.right, rows.group,
            bytes[1] & 1 ? 4 : 2, way & 1 ? rows.stratum : NULL, 2 };
        imr_interval_logrank_options_t options = { .kind = (imr_interval_scores_t) (bytes[0] % 3),
            .information = way >> 1,
            .fix_ties = bytes[1] >> 1 & 1 };
        imr_logrank_test_t here, there;
        int status;

        if (data.groups == 2) {
            for (size_t i = 0; i < rows.n; i++) {
                rows.group[i] &= 1;
            }
        }
        status = test(&data, &options, &here);
        reverse(&rows);
        REQUIRE((test(&data, &options, &there) == IMR_OK) == (status == IMR_OK)
            || status == IMR_ERR_INTERVAL_LOGRANK_INFORMATION || options.information);
        if (status == IMR_OK && !options.information) {
            REQUIRE(here.df == there.df);
            REQUIRE(fabs(here.statistic - there.statistic) <= 1e-7 * (1 + here.statistic));
        }
    }
    return 0;
}

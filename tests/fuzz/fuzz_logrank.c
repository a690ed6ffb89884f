/* libFuzzer: any rows are refused with a status, or give a test whose excesses sum to 0; rows in
 * another order give the same test, and exact and joint p-values are probabilities. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/logrank.h"
#include "survival/logrank_exact.h"
#include "survival/logrank_maxcombo.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define MOST_ROWS 400
#define MOST_EXACT 24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    size_t n;
    double time[MOST_ROWS], entry[MOST_ROWS], weight[MOST_ROWS];
    uint8_t event[MOST_ROWS], group[MOST_ROWS];
    int64_t stratum[MOST_ROWS];
} rows_t;

/* A byte says what kind of row it is: whole days, parts of days, or bits of doubles as they come. */
static void
read_rows(const uint8_t *data, size_t size, rows_t *rows)
{
    rows->n = 0;
    while (rows->n < MOST_ROWS) {
        size_t used = size > 0 && *data % 8 == 7 ? 18 : 5, i = rows->n;

        if (size < used) {
            break;
        }
        rows->event[i] = data[1] == 255 ? 2 : data[1] & 1;
        rows->group[i] = data[1] >> 1 & 3;
        rows->stratum[i] = data[1] >> 3 & 1;
        rows->weight[i] = data[1] >> 4 & 3;
        if (used == 18) {
            memcpy(&rows->time[i], data + 2, 8);
            memcpy(&rows->entry[i], data + 10, 8);
        } else {
            rows->time[i] = data[2] / (*data % 8 < 4 ? 1.0 : 7.0) + data[4] * 1e-12;
            rows->entry[i] = data[3] / 7.0;
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

        rows->time[i] = old.time[j];
        rows->entry[i] = old.entry[j];
        rows->weight[i] = old.weight[j];
        rows->event[i] = old.event[j];
        rows->group[i] = old.group[j];
        rows->stratum[i] = old.stratum[j];
    }
}

static int
fit(const imr_logrank_data_t *data, const imr_logrank_options_t *options, imr_logrank_t *answer)
{
    imr_fault_t fault = { 0 };
    int status = imr_logrank(data, options, answer, &fault);
    double sum = 0, size = 0;

    if (status != IMR_OK) {
        REQUIRE(status == fault.status && fault.row < (int64_t) data->n);
        return status;
    }
    for (size_t g = 0; g < data->groups; g++) {
        sum += answer->sums.excess[g];
        size += answer->sums.observed[g] + answer->sums.expected[g];
    }
    REQUIRE(fabs(sum) <= 1e-9 * size + 1e-300);
    REQUIRE(answer->test.statistic >= 0 && answer->test.df >= 0);
    REQUIRE(answer->test.df < (int64_t) data->groups);
    REQUIRE(answer->test.pvalue >= 0 && answer->test.pvalue <= 1);
    return status;
}

static int
is_close(double a, double b)
{
    return fabs(a - b) <= 1e-7 * fmax(fabs(a), fabs(b)) + 1e-9;
}

static void
fit_exactly(imr_logrank_data_t data, const imr_logrank_options_t *options)
{
    imr_logrank_scores_t scores;
    imr_logrank_exact_t job;
    imr_fault_t fault;
    double pvalue = NAN;
    int done = 0;

    data.weight = NULL;
    if (data.n > MOST_EXACT
        || imr_logrank_scores_init(&scores, &data, &options->weights, 1, options->fix_ties, &fault)
            != IMR_OK) {
        return;
    }
    REQUIRE(imr_logrank_exact_init(&job, &scores, IMR_TWO_SIDED, &fault) == IMR_OK);
    while (!done) {
        REQUIRE(imr_logrank_exact_step(&job, &done, &pvalue, &fault) == IMR_OK);
    }
    REQUIRE(pvalue > 0 && pvalue <= 1);
    imr_logrank_exact_free(&job);
    imr_logrank_scores_free(&scores);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static rows_t rows;
    imr_logrank_t here, there;
    imr_logrank_options_t options = { { IMR_LOGRANK_EQUAL, 0, 0 }, NULL, IMR_TWO_SIDED, 0.95, 1 };
    imr_logrank_weights_t pairs[] = { { IMR_LOGRANK_FLEMING_HARRINGTON, 0, 0 },
        { IMR_LOGRANK_FLEMING_HARRINGTON, 0, 1 }, { IMR_LOGRANK_FLEMING_HARRINGTON, 1, 0 },
        { IMR_LOGRANK_FLEMING_HARRINGTON, 1, 1 } };
    imr_logrank_maxcombo_t max;

    if (size < 2) {
        return 0;
    }
    options.weights.kind = (imr_logrank_kind_t) (bytes[0] % 5);
    if (options.weights.kind == IMR_LOGRANK_FLEMING_HARRINGTON) {
        options.weights.rho = bytes[0] % 3 / 2.0;
        options.weights.gamma = bytes[0] % 7 / 3.0;
    }
    options.fix_ties = bytes[1] & 1;
    read_rows(bytes + 2, size - 2, &rows);
    for (int way = 0; way < 8; way++) { /* entry, weights, strata, or none */
        imr_logrank_data_t data = {
            .n = rows.n,
            .time = rows.time,
            .event = rows.event,
            .entry = way & 1 ? rows.entry : NULL,
            .weight = way & 2 ? rows.weight : NULL,
            .group = rows.group,
            .groups = bytes[1] & 2 ? 2 : 4,
            .stratum = way & 4 ? rows.stratum : NULL,
            .strata = 2,
        };

        if (fit(&data, &options, &here) != IMR_OK) {
            continue;
        }
        reverse(&rows);
        REQUIRE(fit(&data, &options, &there) == IMR_OK);
        REQUIRE(is_close(here.test.statistic, there.test.statistic));
        REQUIRE(here.test.df == there.test.df);
        if (data.groups == 2) {
            fit_exactly(data, &options);
            if (imr_logrank_maxcombo(&data, pairs, 4, IMR_TWO_SIDED, options.fix_ties, &max, NULL)
                != IMR_OK) {
                abort();
            }
            REQUIRE(max.pvalue >= 0 && max.pvalue <= 1);
        }
    }
    return 0;
}

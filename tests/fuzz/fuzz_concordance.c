/* libFuzzer: any rows are refused with a status, or give counts that are those over all pairs, and
 * estimates in [0, 1] that turn into 1 less themselves with the scores. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/concordance.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define MOST_ROWS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Harrell's pairs in order, one by one. */
static double
pairs_in_order(const imr_concordance_data_t *rows)
{
    double pairs = 0;

    for (size_t i = 0; i < rows->n; i++) {
        for (size_t j = 0; j < rows->n && rows->event[i]; j++) {
            pairs += j != i && rows->entry[j] < rows->time[i]
                && rows->stratum[i] == rows->stratum[j]
                && (rows->time[j] > rows->time[i]
                    || (rows->time[j] == rows->time[i] && !rows->event[j]));
        }
    }
    return pairs;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double time[MOST_ROWS], entry[MOST_ROWS], score[MOST_ROWS], covariance;
    uint8_t event[MOST_ROWS];
    int64_t stratum[MOST_ROWS];
    imr_concordance_options_t options = { .tau = NAN, .level = 0.95 };
    imr_concordance_data_t rows = {
        .time = time, .event = event, .score = score, .scores = 1, .strata = 2
    };
    imr_concordance_t here, there;
    imr_fault_t fault = { 0 };
    double ordered;
    int status;

    if (size < 1) {
        return 0;
    }
    for (size_t i = 1; i + 2 < size && rows.n < MOST_ROWS; i += 3) {
        event[rows.n] = data[i] & 1;
        stratum[rows.n] = data[i] >> 1 & 1;
        entry[rows.n] = data[i] >> 5;
        time[rows.n] = data[i + 1];
        score[rows.n++] = data[i + 2] == 255 ? INFINITY : data[i + 2];
    }
    options.method = (imr_concordance_method_t) (data[0] % 5);
    rows.stratum = stratum;
    rows.entry = options.method == IMR_CONCORDANCE_HARRELL ? entry : NULL;
    status = imr_concordance(&rows, &options, &here, &covariance, NULL, &fault);
    if (status != IMR_OK) {
        REQUIRE(status == fault.status && fault.row < (int64_t) rows.n);
        return 0;
    }
    ordered = here.counts.concordant + here.counts.discordant + here.counts.tied_score;
    REQUIRE(rows.entry == NULL || ordered == pairs_in_order(&rows));
    REQUIRE(isnan(here.estimate) || (here.estimate >= 0 && here.estimate <= 1));
    REQUIRE(!(here.std_error < 0) && !(here.low > here.high));
    options.risk = 1;
    REQUIRE(imr_concordance(&rows, &options, &there, &covariance, NULL, &fault) == IMR_OK);
    REQUIRE(isnan(here.estimate) || fabs(here.estimate + there.estimate - 1) < 1e-9);
    REQUIRE(isnan(here.std_error) || fabs(here.std_error - there.std_error) < 1e-9);
    return 0;
}

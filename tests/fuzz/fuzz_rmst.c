/* libFuzzer: any rows are refused with a status, or give means between limits between 0 and tau, the
 * contrasts of two groups p-values in [0, 1], whichever the interval; adjusted contrasts are finite. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/rmst.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define MOST_ROWS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_mean(const imr_rmst_t *mean, double tau)
{
    double slack = tau * 1e-14;

    REQUIRE(mean->estimate >= 0 && mean->estimate <= tau && !(mean->std_error < 0));
    REQUIRE(mean->low >= 0 && mean->low <= mean->estimate + slack);
    REQUIRE(mean->high >= mean->estimate - slack && mean->high <= tau);
    REQUIRE(mean->lost == tau - mean->estimate && mean->lost_low <= mean->lost_high);
}

static void
check_effect(const imr_rmst_effect_t *effect)
{
    REQUIRE(effect->low <= effect->high);
    REQUIRE(isnan(effect->pvalue) || (effect->pvalue >= 0 && effect->pvalue <= 1));
}

/* A byte a row says how to read it: days and halves, or a double as it comes. */
static size_t
read_rows(const uint8_t *data, size_t size, double *time, uint8_t *event, int64_t *group,
    double *covariate)
{
    size_t n = 0;

    while (size >= 3 && n < MOST_ROWS) {
        size_t used = *data % 8 == 7 ? 11 : 3;

        if (size < used) {
            break;
        }
        event[n] = *data >> 3 & 1;
        group[n] = *data >> 4 & 1;
        covariate[n] = data[2];
        time[n] = data[1] / (*data >> 5 & 1 ? 2.0 : 1.0);
        if (used == 11) {
            memcpy(time + n, data + 3, 8);
        }
        n++;
        data += used;
        size -= used;
    }
    return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double time[MOST_ROWS], covariate[MOST_ROWS], tau;
    uint8_t event[MOST_ROWS];
    int64_t group[MOST_ROWS];
    imr_kaplan_meier_data_t rows = { .time = time, .event = event, .group = group, .groups = 2 };
    imr_rmst_t means[2];
    imr_rmst_effect_t effects[6];
    imr_fault_t fault = { 0 };

    if (size < 2) {
        return 0;
    }
    rows.n = read_rows(data + 2, size - 2, time, event, group, covariate);
    for (int interval = IMR_RMST_PLAIN; interval <= IMR_RMST_BETA_PRODUCT_MID_P; interval++) {
        imr_rmst_options_t options = { data[0] == 0 ? NAN : data[0] / 3.0,
            (1 + data[1] % 127) / 128.0, (imr_rmst_interval_t) interval, data[1] >> 7 };
        imr_rmst_adjusted_data_t adjusted = { rows.n, time, event, group, 2, 0, covariate, 1 };
        int status = imr_rmst(&rows, &options, means, &tau, &fault);

        if (status != IMR_OK) {
            REQUIRE(status == fault.status && fault.row < (int64_t) rows.n + 2);
            return 0;
        }
        check_mean(means, tau);
        check_mean(means + 1, tau);
        REQUIRE(imr_rmst_contrast(means + 1, means, tau, &options, effects, &fault) == IMR_OK);
        for (int m = 0; m < IMR_RMST_MEASURES; m++) {
            check_effect(effects + m);
        }
        if (interval == IMR_RMST_PLAIN) {
            status = imr_rmst_adjusted(&adjusted, tau, &options, effects, NULL, &fault);
            REQUIRE(status == IMR_OK || status == IMR_ERR_COLLINEAR);
            for (int m = 0; m < IMR_RMST_MEASURES && status == IMR_OK; m++) {
                check_effect(effects + 2 * m + 1);
            }
        }
    }
    return 0;
}

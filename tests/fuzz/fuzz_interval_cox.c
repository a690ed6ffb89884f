/* libFuzzer: any rows and covariates are refused with a status, or give a certified maximum with limits
 * round it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "survival/interval_cox.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define MOST_ROWS 40
#define MOST_COLUMNS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const imr_interval_cox_t *f, int infinite)
{
    REQUIRE(f->kkt_gap >= 0 && f->kkt_gap <= IMR_INTERVAL_COX_CERTIFIED);
    REQUIRE(isfinite(f->loglik) && f->loglik <= 1e-9 && f->loglik >= f->null_loglik - 1e-7);
    REQUIRE(f->n_support >= 1 && f->estimate[f->n_support - 1] == 0);
    for (size_t j = 1; j < f->n_support; j++) {
        REQUIRE(f->estimate[j] <= f->estimate[j - 1] && f->cell_left[j] >= f->cell_right[j - 1]);
    }
    for (size_t a = 0; a < f->p; a++) {
        REQUIRE(!isnan(f->coef[a]) && (infinite || isfinite(f->coef[a])));
        REQUIRE(f->std_error[a] > 0 && f->low[a] <= f->coef[a] && f->coef[a] <= f->high[a]);
        REQUIRE(f->statistic[a] >= 0 && f->pvalue[a] >= 0 && f->pvalue[a] <= 1);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    double left[MOST_ROWS], right[MOST_ROWS], x[MOST_ROWS * MOST_COLUMNS];
    imr_interval_cox_data_t data = { 0, 0, left, right, x };
    imr_interval_cox_options_t options = { .level = 0.95, .fix_ties = 1 };
    imr_interval_cox_t fit;
    imr_fault_t fault = { 0 };
    size_t used;
    int status;

    if (size < 1) {
        return 0;
    }
    data.p = 1 + bytes[0] % MOST_COLUMNS;
    options.infinite = bytes[0] >> 7;
    used = 3 + data.p;
    for (bytes++, size--; size >= used && data.n < MOST_ROWS; bytes += used, size -= used) {
        size_t i = data.n++;

        left[i] = bytes[1];
        right[i] = bytes[0] % 3 == 2 ? INFINITY : left[i] + bytes[2] / (bytes[0] % 3 + 1.0);
        for (size_t a = 0; a < data.p; a++) {
            x[i * data.p + a] = bytes[0] > 250 ? ldexp(bytes[3 + a], bytes[0]) : bytes[3 + a] % 8;
        }
    }
    status = imr_interval_cox(&data, &options, &fit, &fault);
    if (status == IMR_OK) {
        check(&fit, options.infinite);
        imr_free(fit.block);
    } else {
        REQUIRE(status == fault.status && status != IMR_ERR_NOCONV && status != IMR_ERR_NOMEM);
        REQUIRE(status != IMR_ERR_UNCERTIFIED);
    }
    return 0;
}

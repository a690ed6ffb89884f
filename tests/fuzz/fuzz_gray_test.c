/* Any rows: finite statistics, p-values in [0, 1], events that add up; or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/gray_test.h"

enum { ROWS = 40, GROUPS = 4, STRATA = 3, CAUSES = 3 };

typedef struct {
    uint8_t groups, flags;
    double rho;
} header_t;

typedef struct {
    uint8_t kind, time, cause, group, stratum;
    double raw;
} row_t;

static void
demand(int condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double time[ROWS], statistic[CAUSES], pvalue[CAUSES], expected[CAUSES * GROUPS];
    uint8_t cause[ROWS];
    int64_t group[ROWS], stratum[ROWS], df[CAUSES], observed[CAUSES * GROUPS];
    imr_gray_data_t rows = { .time = time,
        .cause = cause,
        .causes = CAUSES,
        .group = group,
        .stratum = stratum,
        .strata = STRATA };
    imr_fault_t fault = { 0 };
    header_t header;
    row_t row;

    if (size < sizeof(header)) {
        return 0;
    }
    gsl_set_error_handler_off();
    memcpy(&header, data, sizeof(header));
    for (size_t at = sizeof(header); at + sizeof(row) <= size && rows.n < ROWS; at += sizeof(row)) {
        size_t i = rows.n++;

        memcpy(&row, data + at, sizeof(row));
        time[i] = row.kind % 4 == 3 ? row.raw : row.time * (row.kind % 2 ? 0.1 : 1);
        cause[i] = row.cause % (CAUSES + 1);
        group[i] = row.group % GROUPS;
        stratum[i] = row.stratum % STRATA;
    }
    rows.groups = header.groups % (GROUPS + 1);
    rows.rho = header.flags & 1 ? 0 : header.rho;
    rows.fix_ties = header.flags >> 1 & 1;
    rows.stratum = header.flags & 4 ? stratum : NULL;
    if (imr_gray_test(&rows, statistic, df, pvalue, observed, expected, NULL, &fault) != IMR_OK) {
        demand(fault.status != IMR_OK && fault.argument != NULL);
        return 0;
    }
    for (size_t k = 0; k < CAUSES; k++) {
        double difference = 0;

        demand(statistic[k] >= 0 && isfinite(statistic[k]));
        demand(df[k] >= 0 && df[k] < (int64_t) rows.groups);
        demand(pvalue[k] >= 0 && pvalue[k] <= 1);
        for (size_t g = 0; g < rows.groups; g++) {
            demand(expected[k * rows.groups + g] >= 0);
            difference += (double) observed[k * rows.groups + g] - expected[k * rows.groups + g];
        }
        demand(fabs(difference) < 1e-9);
    }
    return 0;
}

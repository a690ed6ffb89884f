/* Rows that the tests of aplasia share. */
#ifndef IMR_TEST_APLASIA_ROWS_H
#define IMR_TEST_APLASIA_ROWS_H

#include "../harness.h"
#include "recovery/aplasia.h"

#define MOST_ROWS 64
static double a[MOST_ROWS], b[MOST_ROWS], c[MOST_ROWS], d[MOST_ROWS], x[MOST_ROWS];

static inline void
begin(imr_aplasia_rows_t *rows, size_t n, size_t p)
{
    imr_fault_t fault;

    CHECK(imr_aplasia_rows_init(rows, a, b, c, d, x, p, n, NULL, 0, &fault) == IMR_OK);
}

static inline void
put(size_t i, double onset_left, double onset_right, double recovery_left, double recovery_right)
{
    a[i] = onset_left;
    b[i] = onset_right;
    c[i] = recovery_left;
    d[i] = recovery_right;
}

/* Rows of every kind: both ends intervals, one of them, none, not recovered. */
static inline size_t
mixed(void)
{
    static const double COVARIATE[] = { 0, 1, 1, 0, 1, 0, 1 };

    put(0, 0, 3, 84, 112);
    put(1, 3, 7, 56, 84);
    put(2, 0, 14, 14, 28);
    put(3, 2, 2, 112, 140);
    put(4, 0, 7, 90, 90);
    put(5, 1, 1, 131, 131);
    put(6, 0, 3, 168, INFINITY);
    memcpy(x, COVARIATE, sizeof(COVARIATE));
    return 7;
}

#endif

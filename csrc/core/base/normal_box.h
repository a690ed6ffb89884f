/* The largest of a few normal variables. */
#ifndef IMR_NORMAL_BOX_H
#define IMR_NORMAL_BOX_H

#include <stddef.h>

#define IMR_NORMAL_BOX_MOST 4

/* The probability that the largest of k standard normal variables, 1 to 4, exceeds `limit`, or that
 * the largest of their absolute values does (two_sided; limit >= 0). correlation holds k * k values;
 * it may be singular. Without random numbers; error below 1e-9, and in proportion below 1e-6. */
double imr_normal_outside(size_t k, const double *correlation, double limit, int two_sided);

#endif

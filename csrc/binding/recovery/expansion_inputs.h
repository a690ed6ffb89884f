/* What the bindings of expansion curves share. Include binding.h first. */
#ifndef IMR_BINDING_EXPANSION_INPUTS_H
#define IMR_BINDING_EXPANSION_INPUTS_H

#include "recovery/expansion_visits.h"

/* What a call was given; arrays in the order of their arguments. */
enum { PATIENT, DAY, COPIES, BELOW, LLOQ, INFUSION_START, INFUSION_DAY, AUC_DAYS, N_INPUTS };

/* Reads the columns (None for those that are not there) up to INFUSION_DAY. -1 with an exception; the arrays
 * are the caller's either way. */
int imr_expansion_read(
    PyObject *module, PyObject *const *value, PyArrayObject **array, npy_intp patients);

void imr_expansion_describe(imr_count_series_t *series, PyArrayObject *const *array);

/* Says what imr_raise cannot: which patient it was, and which two rows. */
void imr_expansion_raise(PyObject *module, const imr_fault_t *fault,
    const imr_count_series_t *series, int64_t other_row, PyObject *labels);

#endif

/* Columns of competing risks out of Python: shared by the cumulative incidence and Gray's test. */
#ifndef IMR_CAUSE_COLUMNS_H
#define IMR_CAUSE_COLUMNS_H

#include "binding.h"

#include "survival/competing_risks_rows.h"

enum { IMR_CAUSE_COLUMNS = 5 };

/* The columns of one call, and the causes numbered. */
typedef struct {
    PyArrayObject *arrays[IMR_CAUSE_COLUMNS];
    uint8_t *code;
    int64_t labels[IMR_MOST_CAUSES];
    size_t causes;
    int64_t censored;
    imr_competing_risks_data_t data; /* cause and causes are set by imr_number_causes */
} imr_cause_columns_t;

/* Converts time, cause, entry, weights and group, of which the last three may be None, and the labels
 * of the causes: None, or a sequence of int. -1 with an exception. imr_cause_columns_free in any
 * case. */
int imr_cause_columns_init(PyObject *module, imr_cause_columns_t *columns, PyObject *const *given,
    Py_ssize_t groups, long long censored, PyObject *causes);
void imr_cause_columns_free(imr_cause_columns_t *columns);

/* Numbers the causes. To be called without the GIL. */
int IMR_MUST_CHECK imr_number_causes(imr_cause_columns_t *columns, imr_fault_t *fault);

/* The labels as a tuple of int. */
PyObject *imr_cause_labels(const imr_cause_columns_t *columns);

#endif

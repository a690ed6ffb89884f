/* What the bindings of recovery curves share. Include binding.h first. */
#ifndef IMR_BINDING_KINETICS_COLUMNS_H
#define IMR_BINDING_KINETICS_COLUMNS_H

#include "recovery/kinetics.h"

enum { IMR_KINETICS_COLUMNS = 6 }; /* patient, day, count, lloq, below, cart */

/* Reads columns (None for those that are not there), models and error into *rows and *options. -1 with an
 * exception; the arrays are the caller's either way. */
int imr_kinetics_read(PyObject *module, PyObject *const *given, PyArrayObject **array,
    PyObject *models, PyObject *error, int from_nadir, Py_ssize_t patients,
    imr_kinetics_options_t *options, imr_kinetics_rows_t *rows);

const char *imr_kinetics_quantity_words(imr_kinetics_quantity_t quantity);

#endif

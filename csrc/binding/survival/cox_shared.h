/* What the binding files of the Cox regression share. */
#ifndef IMR_BINDING_COX_H
#define IMR_BINDING_COX_H

#include "binding.h"

#include "survival/cox.h"

/* The sorted rows, lent out: (numbers, places, their measures). Takes over the block of *rows. */
PyObject *imr_cox_lend_rows(imr_cox_rows_t *rows);

/* The sorted rows out of such a tuple, checked; keeps references until imr_cox_release. -1 with an
 * exception. */
typedef struct {
    imr_cox_rows_t rows;
    PyArrayObject *numbers, *places;
} imr_cox_held_t;

int imr_cox_hold(PyObject *module, PyObject *tuple, imr_cox_held_t *held);
void imr_cox_release(imr_cox_held_t *held);

/* Raises what the fault says, a column of X by its name (names: a tuple, or None). */
PyObject *imr_cox_raise(PyObject *module, const imr_fault_t *fault, PyObject *names);

int imr_cox_ties_of(PyObject *module, PyObject *word); /* -1 with an exception */

/* X as n rows of p, a single covariate being one-dimensional; and as many names (a tuple, or None). */
PyArrayObject *imr_cox_covariates(
    PyObject *module, PyObject *value, PyObject *names, npy_intp n, size_t *p);

#endif

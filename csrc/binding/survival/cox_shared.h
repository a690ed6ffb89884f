/* What the binding files of the Cox regression share. */
#ifndef IMR_BINDING_COX_H
#define IMR_BINDING_COX_H

#include "binding.h"

#include "survival/cox.h"

/* Asks Ctrl-C from inside a core call without the GIL: set `saved` to what PyEval_SaveThread gave. */
typedef struct {
    imr_stop_t stop;
    PyThreadState *saved;
} imr_cox_signals_t;

void imr_cox_signals_init(imr_cox_signals_t *self);

/* The columns of the sorted rows, lent out; takes over the block of *rows. */
PyObject *imr_cox_lend_rows(imr_cox_rows_t *rows);

/* The sorted rows out of such columns, checked; keep holds references until imr_cox_release. -1 with an
 * exception. */
#define IMR_COX_ROW_COLUMNS 19
typedef struct {
    imr_cox_rows_t rows;
    PyArrayObject *columns[IMR_COX_ROW_COLUMNS];
} imr_cox_held_t;

int imr_cox_hold(PyObject *module, PyObject *tuple, imr_cox_held_t *held);
void imr_cox_release(imr_cox_held_t *held);

/* Raises what the fault says, a column of X by its name (names: a tuple, or None). */
PyObject *imr_cox_raise(PyObject *module, const imr_fault_t *fault, PyObject *names);

/* X as n rows of p, a single covariate being one-dimensional, and as many names; NULL with an
 * exception. */
PyArrayObject *imr_cox_covariates(
    PyObject *module, PyObject *value, PyObject *names, npy_intp n, size_t *p);

int imr_cox_ties_of(PyObject *module, PyObject *word); /* -1 with an exception */

/* X as n rows of p, a single covariate being one-dimensional; and as many names (a tuple, or None). */
PyArrayObject *imr_cox_covariates(
    PyObject *module, PyObject *value, PyObject *names, npy_intp n, size_t *p);

/* A read-only p x p array over memory which `owner` keeps alive. */
PyObject *imr_cox_square(PyObject *owner, double *data, size_t p);

#endif

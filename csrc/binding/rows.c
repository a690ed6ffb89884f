#include "binding.h"

/* As many answers a row as `answers`; 0 for one, without an axis of its own. */
static PyObject *
output_of(const imr_rows_t *rows, npy_intp answers)
{
    npy_intp dims[33];

    if (answers == 0) {
        return imr_rows_output(rows);
    }
    for (int d = 0; d < rows->ndim; d++) {
        dims[d] = rows->dims[d];
    }
    dims[rows->ndim] = answers;
    return PyArray_SimpleNew(rows->ndim + 1, dims, NPY_DOUBLE);
}

PyObject *
imr_rows_run(PyObject *module, imr_rows_t *rows, const imr_rows_run_t *how, double **data)
{
    PyObject *outputs[IMR_MOST_ROWS_OUTPUTS] = { NULL }, *result = NULL;
    imr_fault_t fault;
    int status = IMR_OK;

    if (imr_rows_init(module, rows, how->arguments) < 0) {
        goto out;
    }
    for (int i = 0; i < how->n_outputs; i++) {
        outputs[i] = output_of(rows, how->answers);
        if (outputs[i] == NULL) {
            goto out;
        }
        data[i] = PyArray_DATA((PyArrayObject *) outputs[i]);
    }
    for (size_t begin = 0; begin < rows->n && status == IMR_OK; begin += how->turn) {
        size_t end = begin + how->turn < rows->n ? begin + how->turn : rows->n;

        if (PyErr_CheckSignals() < 0) {
            goto out;
        }
        Py_BEGIN_ALLOW_THREADS
        status = how->work(how->job, begin, end, &fault);
        Py_END_ALLOW_THREADS
    }
    if (status != IMR_OK) {
        imr_raise_rows(module, rows, how->arguments, &fault);
        goto out;
    }
    result = imr_rows_results(outputs, how->n_outputs);
out:
    imr_rows_free(rows);
    for (int i = 0; i < how->n_outputs; i++) {
        Py_XDECREF(outputs[i]);
    }
    return result;
}

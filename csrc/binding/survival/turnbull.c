#include "binding.h"

#include "survival/turnbull.h"
#include "survival/turnbull_truncation.h"

/* Maximises the likelihood of one group in turns, between which Ctrl-C is heard. -1 with an
 * exception. */
static int
maximise(PyObject *module, imr_turnbull_t *npmle, const imr_turnbull_ends_t *ends,
    const int64_t *group, int64_t code, imr_turnbull_estimate_t *estimate)
{
    imr_fault_t fault;
    int done = 0, status;

    Py_BEGIN_ALLOW_THREADS
    status = imr_turnbull_init(npmle, ends, group, code, &fault);
    Py_END_ALLOW_THREADS
    while (status == IMR_OK && !done) {
        if (PyErr_CheckSignals() < 0) {
            return -1;
        }
        Py_BEGIN_ALLOW_THREADS
        status = imr_turnbull_advance(npmle, &done, &fault);
        if (done) {
            status = imr_turnbull_finish(npmle, estimate, &fault);
        }
        Py_END_ALLOW_THREADS
    }
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    return 0;
}

/* The same of left-truncated rows. */
static int
maximise_truncated(PyObject *module, imr_turnbull_truncation_t *job,
    const imr_turnbull_ends_t *ends, const int64_t *group, int64_t code,
    imr_turnbull_estimate_t *estimate)
{
    imr_fault_t fault;
    int done = 0, status;

    Py_BEGIN_ALLOW_THREADS
    status = imr_turnbull_truncation_init(job, ends, group, code, NULL, &fault);
    Py_END_ALLOW_THREADS
    while (status == IMR_OK && !done) {
        if (PyErr_CheckSignals() < 0) {
            return -1;
        }
        Py_BEGIN_ALLOW_THREADS
        status = imr_turnbull_truncation_advance(job, &done, &fault);
        if (done) {
            status = imr_turnbull_truncation_finish(job, estimate, &fault);
        }
        Py_END_ALLOW_THREADS
    }
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    return 0;
}

/* Hands the block of the estimate over to a tuple. */
static PyObject *
tuple_of(size_t rows, int64_t iterations, imr_turnbull_estimate_t *estimate)
{
    size_t s = estimate->n_support, m = estimate->n_cells;
    PyObject *owner = imr_owner(estimate->block), *tuple;

    estimate->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    tuple = Py_BuildValue("(nNNNNNNNNNnddL)", (Py_ssize_t) rows,
        imr_column_double(owner, estimate->left, s), imr_column_double(owner, estimate->right, s),
        imr_column_double(owner, estimate->mass, s),
        imr_column_double(owner, estimate->estimate, s),
        imr_column_double(owner, estimate->cell_left, m),
        imr_column_double(owner, estimate->cell_right, m),
        imr_column_double(owner, estimate->cell_mass, m),
        imr_column_double(owner, estimate->cell_least, m),
        imr_column_double(owner, estimate->cell_most, m), (Py_ssize_t) estimate->rank,
        estimate->loglik, estimate->kkt_gap, (long long) iterations);
    Py_DECREF(owner);
    return tuple;
}

static PyObject *
turnbull(PyObject *module, PyObject *args)
{
    PyObject *left_value, *right_value, *entry_value, *group_value, *item, *list = NULL;
    PyObject *result = NULL;
    PyArrayObject *left = NULL, *right = NULL, *entry = NULL, *group = NULL;
    imr_turnbull_ends_t ends = { 0 };
    imr_turnbull_t npmle = { 0 };
    imr_turnbull_truncation_t truncation = { 0 };
    imr_turnbull_estimate_t estimate = { 0 };
    imr_fault_t fault;
    Py_ssize_t n_groups;
    npy_intp n;
    int timefix, status;

    if (!PyArg_ParseTuple(args, "OOOOnp:turnbull", &left_value, &right_value, &entry_value,
            &group_value, &n_groups, &timefix)) {
        return NULL;
    }
    left = imr_array_double(module, left_value, "left");
    if (left == NULL || imr_check_column(module, left, "left", -1, NULL) < 0) {
        goto out;
    }
    n = PyArray_DIM(left, 0);
    right = imr_array_double(module, right_value, "right");
    if (right == NULL || imr_check_column(module, right, "right", n, "left") < 0) {
        goto out;
    }
    if (entry_value != Py_None) {
        entry = imr_array_double(module, entry_value, "entry");
        if (entry == NULL || imr_check_column(module, entry, "entry", n, "left") < 0) {
            goto out;
        }
    }
    if (group_value != Py_None) {
        group = imr_array_int64(module, group_value, "group");
        if (group == NULL || imr_check_column(module, group, "group", n, "left") < 0) {
            goto out;
        }
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_turnbull_ends_init_entry(&ends, PyArray_DATA(left), PyArray_DATA(right),
        entry == NULL ? NULL : PyArray_DATA(entry), (size_t) n, timefix, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    list = PyList_New(0);
    for (Py_ssize_t code = 0; list != NULL && code < n_groups; code++) {
        const int64_t *codes = group == NULL ? NULL : PyArray_DATA(group);

        if ((entry == NULL ? maximise(module, &npmle, &ends, codes, code, &estimate)
                           : maximise_truncated(module, &truncation, &ends, codes, code, &estimate))
            < 0) {
            goto out;
        }
        item = entry == NULL ? tuple_of(npmle.rows, npmle.iterations, &estimate)
                             : tuple_of(truncation.rows, truncation.npmle.iterations, &estimate);
        imr_turnbull_free(&npmle);
        imr_turnbull_truncation_free(&truncation);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_XDECREF(item);
            goto out;
        }
        Py_DECREF(item);
    }
    if (list != NULL) {
        result = Py_BuildValue("(nO)", (Py_ssize_t) ends.merged, list);
    }
out:
    imr_turnbull_ends_free(&ends);
    imr_turnbull_free(&npmle);
    imr_turnbull_truncation_free(&truncation);
    Py_XDECREF(list);
    Py_XDECREF((PyObject *) left);
    Py_XDECREF((PyObject *) right);
    Py_XDECREF((PyObject *) entry);
    Py_XDECREF((PyObject *) group);
    return result;
}

PyMethodDef imr_turnbull_methods[] = {
    { "turnbull", turnbull, METH_VARARGS,
        "turnbull($module, left, right, entry, group, n_groups, timefix, /)\n--\n\n"
        "(merged, one tuple a group) of survival.turnbull; group holds codes; it and entry may be "
        "None." },
    { NULL, NULL, 0, NULL },
};

#include "binding.h"

#include "base/mem.h"
#include "survival/landmark.h"

enum { TIME, EVENT, CHANGE, N_COLUMNS };

/* -1 with an exception; the arrays (NULL where there is none) are the caller's to release. */
static int
read_columns(
    PyObject *module, PyObject *const *given, PyArrayObject **arrays, imr_landmark_data_t *data)
{
    npy_intp n;

    arrays[TIME] = imr_array_double(module, given[TIME], "time");
    if (arrays[TIME] == NULL || imr_check_column(module, arrays[TIME], "time", -1, NULL) < 0) {
        return -1;
    }
    n = PyArray_DIM(arrays[TIME], 0);
    arrays[EVENT] = imr_array_flag(module, given[EVENT], "event");
    if (arrays[EVENT] == NULL || imr_check_column(module, arrays[EVENT], "event", n, "time") < 0) {
        return -1;
    }
    arrays[CHANGE] = imr_array_double(module, given[CHANGE], "change");
    if (arrays[CHANGE] == NULL
        || imr_check_column(module, arrays[CHANGE], "change", n, "time") < 0) {
        return -1;
    }
    data->n = (size_t) n;
    data->time = PyArray_DATA(arrays[TIME]);
    data->event = PyArray_DATA(arrays[EVENT]);
    data->change = PyArray_DATA(arrays[CHANGE]);
    return 0;
}

static void
release(PyArrayObject **arrays)
{
    for (int c = 0; c < N_COLUMNS; c++) {
        Py_XDECREF((PyObject *) arrays[c]);
    }
}

static PyObject *
landmark(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *owner, *result = NULL;
    PyArrayObject *arrays[N_COLUMNS] = { NULL };
    imr_landmark_data_t data;
    imr_landmark_t answer;
    imr_fault_t fault;
    double at;
    int timefix, status;

    if (!PyArg_ParseTuple(
            args, "OOOdp:landmark", &given[TIME], &given[EVENT], &given[CHANGE], &at, &timefix)
        || read_columns(module, given, arrays, &data) < 0) {
        goto out;
    }
    answer.row = imr_malloc(data.n, 2 * sizeof(double) + 2);
    if (answer.row == NULL) {
        PyErr_NoMemory();
        goto out;
    }
    answer.time = (double *) (answer.row + data.n);
    answer.event = (uint8_t *) (answer.time + data.n);
    answer.changed = answer.event + data.n;
    Py_BEGIN_ALLOW_THREADS
    status = imr_landmark(&data, at, timefix, &answer, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_free(answer.row);
        imr_raise(module, &fault);
        goto out;
    }
    owner = imr_owner(answer.row);
    if (owner != NULL) {
        result = Py_BuildValue("(NNNNLLL)", imr_column_int64(owner, answer.row, answer.n),
            imr_column_double(owner, answer.time, answer.n),
            imr_column_flag(owner, answer.event, answer.n),
            imr_column_flag(owner, answer.changed, answer.n), (long long) answer.events_before,
            (long long) answer.censored_before, (long long) answer.merged);
        Py_DECREF(owner);
    }
out:
    release(arrays);
    return result;
}

static PyObject *
landmark_split(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *owner, *result = NULL;
    PyArrayObject *arrays[N_COLUMNS] = { NULL };
    imr_landmark_data_t data;
    imr_landmark_split_t answer;
    imr_fault_t fault;
    int timefix, status;

    if (!PyArg_ParseTuple(
            args, "OOOp:landmark_split", &given[TIME], &given[EVENT], &given[CHANGE], &timefix)
        || read_columns(module, given, arrays, &data) < 0) {
        goto out;
    }
    answer.row = imr_malloc(2 * data.n, 3 * sizeof(double) + 2);
    if (answer.row == NULL) {
        PyErr_NoMemory();
        goto out;
    }
    answer.entry = (double *) (answer.row + 2 * data.n);
    answer.time = answer.entry + 2 * data.n;
    answer.event = (uint8_t *) (answer.time + 2 * data.n);
    answer.changed = answer.event + 2 * data.n;
    Py_BEGIN_ALLOW_THREADS
    status = imr_landmark_split(&data, timefix, &answer, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_free(answer.row);
        imr_raise(module, &fault);
        goto out;
    }
    owner = imr_owner(answer.row);
    if (owner != NULL) {
        result = Py_BuildValue("(NNNNNL)", imr_column_int64(owner, answer.row, answer.n),
            imr_column_double(owner, answer.entry, answer.n),
            imr_column_double(owner, answer.time, answer.n),
            imr_column_flag(owner, answer.event, answer.n),
            imr_column_flag(owner, answer.changed, answer.n), (long long) answer.merged);
        Py_DECREF(owner);
    }
out:
    release(arrays);
    return result;
}

PyMethodDef imr_landmark_methods[] = {
    { "landmark", landmark, METH_VARARGS,
        "landmark($module, time, event, change, at, timefix, /)\n--\n\n"
        "(row, time, event, changed, events_before, censored_before, merged) of "
        "survival.landmark." },
    { "landmark_split", landmark_split, METH_VARARGS,
        "landmark_split($module, time, event, change, timefix, /)\n--\n\n"
        "(row, entry, time, event, changed, merged) of survival.split_at_change." },
    { NULL, NULL, 0, NULL },
};

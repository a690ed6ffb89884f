#include "binding.h"

#include "survival/incidence_split.h"

enum { PATIENT, START, STOP, CUTS, N_COLUMNS };
enum { EVENT_PATIENT, EVENT_TIME, N_EVENTS };

/* "start[4] is 30 (patient 'B', rows 3 and 4); it lies before the end ..." */
static void
raise_split(PyObject *module, const imr_incidence_split_t *split, const imr_fault_t *fault,
    PyObject *labels)
{
    PyObject *label, *value;

    if (split->patient < 0 || fault->row < 0) {
        imr_raise(module, fault);
        return;
    }
    label = PyList_GetItem(labels, (Py_ssize_t) split->patient); /* borrowed */
    value = PyFloat_FromDouble(fault->value);
    if (label != NULL && value != NULL && split->other_row >= 0) {
        imr_raise_input(module, "%s[%zd] is %R (patient %R, rows %zd and %zd); %s", fault->argument,
            (Py_ssize_t) fault->row, value, label, (Py_ssize_t) split->other_row,
            (Py_ssize_t) fault->row, imr_status_words(fault->status));
    } else if (label != NULL && value != NULL) {
        imr_raise_input(module, "%s[%zd] is %R (patient %R); %s", fault->argument,
            (Py_ssize_t) fault->row, value, label, imr_status_words(fault->status));
    }
    Py_XDECREF(value);
}

static PyObject *
pieces_of(const imr_incidence_split_t *split)
{
    PyObject *owner = imr_owner(split->block), *columns[6], *result = NULL;

    if (owner != NULL) {
        columns[0] = imr_column_int64(owner, split->row, split->pieces);
        columns[1] = imr_column_int64(owner, split->phase, split->pieces);
        columns[2] = imr_column_double(owner, split->start, split->pieces);
        columns[3] = imr_column_double(owner, split->stop, split->pieces);
        columns[4] = imr_column_double(owner, split->exposure, split->pieces);
        columns[5] = imr_column_int64(owner, split->events, split->pieces);
        result = imr_pack(columns, 6);
        Py_DECREF(owner);
    }
    return result;
}

static PyObject *
incidence_split(PyObject *module, PyObject *args)
{
    static const char *const names[] = { "patient", "start", "stop", "cuts" };
    static const char *const event_names[] = { "event_patient", "events" };
    PyObject *values[N_COLUMNS], *events[N_EVENTS], *labels, *result = NULL;
    PyArrayObject *rows[N_COLUMNS] = { NULL }, *seen[N_EVENTS] = { NULL };
    imr_incidence_split_t split = { 0 };
    imr_split_data_t data;
    imr_fault_t fault;
    int status;

    if (!PyArg_ParseTuple(args, "OOOOOOO!:incidence_split", &values[PATIENT], &values[START],
            &values[STOP], &values[CUTS], &events[EVENT_PATIENT], &events[EVENT_TIME], &PyList_Type,
            &labels)) {
        return NULL;
    }
    if (imr_columns(module, values, names, "IDDM", rows) < 0
        || imr_columns(module, events, event_names, "ID", seen) < 0) {
        goto out;
    }
    data = (imr_split_data_t) { .patient = PyArray_DATA(rows[PATIENT]),
        .start = PyArray_DATA(rows[START]),
        .stop = PyArray_DATA(rows[STOP]),
        .cuts = PyArray_DATA(rows[CUTS]),
        .n = (size_t) PyArray_DIM(rows[PATIENT], 0),
        .k = (size_t) PyArray_DIM(rows[CUTS], 1),
        .patients = (size_t) PyList_Size(labels),
        .event_patient = PyArray_DATA(seen[EVENT_PATIENT]),
        .event_time = PyArray_DATA(seen[EVENT_TIME]),
        .m = (size_t) PyArray_DIM(seen[EVENT_TIME], 0) };
    Py_BEGIN_ALLOW_THREADS
    status = imr_incidence_split(&split, &data, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        raise_split(module, &split, &fault, labels);
        goto out;
    }
    result = pieces_of(&split);
out:
    imr_columns_free(rows, "IDDM");
    imr_columns_free(seen, "ID");
    return result;
}

PyMethodDef imr_incidence_split_methods[] = {
    { "incidence_split", incidence_split, METH_VARARGS,
        "incidence_split($module, patient, start, stop, cuts, event_patient, events, labels, /)\n"
        "--\n\n"
        "(row, phase, start, stop, exposure, events) of survival.split_exposure; labels is a list\n"
        "of the patients, by code." },
    { NULL, NULL, 0, NULL },
};

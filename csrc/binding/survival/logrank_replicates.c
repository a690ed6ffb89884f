#include "survival/logrank_columns.h"

#include "survival/logrank_replicates.h"

/* Patients worked between two looks at Ctrl-C: about 10 ms. */
#define PATIENTS_A_TURN (1 << 17)

/* The times and events of many data sets: one row each. -1 with an exception. */
static int
check_table(PyObject *module, PyArrayObject *array, const char *argument, PyArrayObject *like,
    npy_intp patients)
{
    if (PyArray_NDIM(array) != 2) {
        imr_raise_input(module, "%s has %d dimensions; give one row a replicate", argument,
            PyArray_NDIM(array));
        return -1;
    }
    if (PyArray_DIM(array, 1) != patients) {
        imr_raise_input(module, "%s has %zd columns and group has %zd rows; give one a patient",
            argument, (Py_ssize_t) PyArray_DIM(array, 1), (Py_ssize_t) patients);
        return -1;
    }
    if (like != NULL && PyArray_DIM(array, 0) != PyArray_DIM(like, 0)) {
        imr_raise_input(module, "%s has %zd rows and time has %zd; give one a replicate", argument,
            (Py_ssize_t) PyArray_DIM(array, 0), (Py_ssize_t) PyArray_DIM(like, 0));
        return -1;
    }
    return 0;
}

/* Names the value at fault by replicate and patient. */
static PyObject *
raise_value(PyObject *module, const imr_fault_t *fault, size_t n)
{
    PyObject *value;
    int of_table = fault->row >= 0
        && (strcmp(fault->argument, "time") == 0 || strcmp(fault->argument, "event") == 0);

    if (!of_table) {
        return imr_raise(module, fault);
    }
    value = PyFloat_FromDouble(fault->value);
    if (value != NULL) {
        imr_raise_input(module, "%s[%zd, %zd] is %S; %s", fault->argument,
            (Py_ssize_t) ((size_t) fault->row / n), (Py_ssize_t) ((size_t) fault->row % n), value,
            imr_status_words(fault->status));
        Py_DECREF(value);
    }
    return NULL;
}

/* -1 with an exception. */
static int
work(PyObject *module, const imr_logrank_replicates_t *job, size_t replicates,
    const imr_logrank_replicates_columns_t *columns)
{
    imr_fault_t fault;
    int status = imr_logrank_replicates_check(job, &fault);
    size_t turn = status != IMR_OK || job->exact ? 1 : 1 + PATIENTS_A_TURN / job->n;

    for (size_t from = 0; from < replicates && status == IMR_OK; from += turn) {
        size_t to = turn < replicates - from ? from + turn : replicates;

        Py_BEGIN_ALLOW_THREADS
        status = imr_logrank_replicates(job, from, to, columns, &fault);
        Py_END_ALLOW_THREADS
        if (status == IMR_OK && PyErr_CheckSignals() < 0) {
            return -1;
        }
    }
    if (status != IMR_OK) {
        raise_value(module, &fault, job->n);
        return -1;
    }
    return 0;
}

enum { STATISTIC, Z, PVALUE, DF, ESTIMATE, N_OUTPUTS };

/* -1 with an exception. */
static int
allocate(PyObject **outputs, npy_intp replicates, npy_intp groups, npy_intp points)
{
    npy_intp dims[] = { replicates, groups, points };

    for (int i = 0; i < N_OUTPUTS; i++) {
        outputs[i] =
            PyArray_SimpleNew(i == ESTIMATE ? 3 : 1, dims, i == DF ? NPY_INT64 : NPY_DOUBLE);
        if (outputs[i] == NULL) {
            return -1;
        }
    }
    return 0;
}

static PyObject *
replicates(PyObject *module, PyObject *args)
{
    PyObject *time, *event, *group, *at, *kind, *trend, *word, *result = NULL;
    PyObject *outputs[N_OUTPUTS] = { NULL };
    PyArrayObject *times = NULL, *events = NULL, *codes = NULL, *points = NULL, *scores = NULL;
    imr_logrank_replicates_t job = { .options = { .level = 0.5 } };
    imr_logrank_replicates_columns_t columns;
    double rho, gamma;
    Py_ssize_t groups;

    if (!PyArg_ParseTuple(args, "OOOnOOddOOpp:logrank_replicates", &time, &event, &group, &groups,
            &at, &kind, &rho, &gamma, &trend, &word, &job.exact, &job.options.fix_ties)
        || imr_logrank_read_weights(module, kind, rho, gamma, &job.options.weights) < 0
        || imr_logrank_read_alternative(module, word, &job.options.alternative) < 0) {
        return NULL;
    }
    codes = imr_logrank_group(module, group);
    if (codes == NULL || imr_check_column(module, codes, "group", -1, NULL) < 0
        || (times = imr_array_double(module, time, "time")) == NULL
        || check_table(module, times, "time", NULL, PyArray_DIM(codes, 0)) < 0
        || (events = imr_array_flag(module, event, "event")) == NULL
        || check_table(module, events, "event", times, PyArray_DIM(codes, 0)) < 0
        || (points = imr_array_double(module, at, "at")) == NULL
        || imr_check_column(module, points, "at", -1, NULL) < 0
        || imr_logrank_read_trend(module, trend, groups, &scores, &job.options.scores) < 0
        || allocate(outputs, PyArray_DIM(times, 0), groups, PyArray_DIM(points, 0)) < 0) {
        goto out;
    }
    job.n = (size_t) PyArray_DIM(codes, 0);
    job.time = PyArray_DATA(times);
    job.event = PyArray_DATA(events);
    job.group = PyArray_DATA(codes);
    job.groups = (size_t) groups;
    job.points = (size_t) PyArray_DIM(points, 0);
    job.at = PyArray_DATA(points);
    columns = (imr_logrank_replicates_columns_t) {
        .statistic = PyArray_DATA((PyArrayObject *) outputs[STATISTIC]),
        .z = PyArray_DATA((PyArrayObject *) outputs[Z]),
        .pvalue = PyArray_DATA((PyArrayObject *) outputs[PVALUE]),
        .df = PyArray_DATA((PyArrayObject *) outputs[DF]),
        .estimate = PyArray_DATA((PyArrayObject *) outputs[ESTIMATE]),
    };
    if (work(module, &job, (size_t) PyArray_DIM(times, 0), &columns) < 0) {
        goto out;
    }
    for (int i = 0; i < N_OUTPUTS; i++) {
        PyArray_CLEARFLAGS((PyArrayObject *) outputs[i], NPY_ARRAY_WRITEABLE);
    }
    result = imr_pack(outputs, N_OUTPUTS);
    memset(outputs, 0, sizeof(outputs));
out:
    for (int i = 0; i < N_OUTPUTS; i++) {
        Py_XDECREF(outputs[i]);
    }
    Py_XDECREF((PyObject *) times);
    Py_XDECREF((PyObject *) events);
    Py_XDECREF((PyObject *) codes);
    Py_XDECREF((PyObject *) points);
    Py_XDECREF((PyObject *) scores);
    return result;
}

PyMethodDef imr_logrank_replicates_methods[] = {
    { "logrank_replicates", replicates, METH_VARARGS,
        "logrank_replicates($module, time, event, group, groups, at, weights, rho, gamma, trend,"
        " alternative, exact, timefix, /)\n--\n\n"
        "(statistic, z, pvalue, df, estimate) of survival.logrank_replicates." },
    { NULL, NULL, 0, NULL },
};

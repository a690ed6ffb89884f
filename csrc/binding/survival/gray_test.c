#include "survival/cause_columns.h"

#include "survival/gray_test.h"

enum { STATISTIC, DF, PVALUE, OBSERVED, EXPECTED, N_ANSWERS };

/* New arrays of one value a cause, or of one row a cause and one value a group. */
static int
new_answers(PyObject **items, void **data, size_t causes, size_t groups)
{
    npy_intp dims[2] = { (npy_intp) causes, (npy_intp) groups };

    for (int i = 0; i < N_ANSWERS; i++) {
        items[i] = PyArray_SimpleNew(
            i < OBSERVED ? 1 : 2, dims, i == DF || i == OBSERVED ? NPY_INT64 : NPY_DOUBLE);
        if (items[i] == NULL) {
            return -1;
        }
        data[i] = PyArray_DATA((PyArrayObject *) items[i]);
    }
    return 0;
}

static PyObject *
gray_test(PyObject *module, PyObject *args)
{
    PyObject *given[IMR_CAUSE_COLUMNS] = { NULL, NULL, Py_None, Py_None, NULL };
    PyObject *items[N_ANSWERS] = { NULL }, *causes, *strata_value, *packed, *result = NULL;
    PyArrayObject *strata = NULL;
    imr_cause_columns_t columns;
    imr_gray_data_t data = { .strata = 1 };
    imr_signals_t signals;
    imr_fault_t fault;
    void *answers[N_ANSWERS];
    Py_ssize_t groups, n_strata;
    long long censored;
    int status;

    if (!PyArg_ParseTuple(args, "OOOnLOOndp:gray_test", &given[0], &given[1], &given[4], &groups,
            &censored, &causes, &strata_value, &n_strata, &data.rho, &data.fix_ties)) {
        return NULL;
    }
    if (imr_cause_columns_init(module, &columns, given, groups, censored, causes) < 0) {
        goto out;
    }
    if (columns.data.group == NULL) {
        imr_raise_input(module, "group is None; give one label a patient");
        goto out;
    }
    if (!Py_IsNone(strata_value)) {
        strata = imr_array_int64(module, strata_value, "strata");
        if (strata == NULL
            || imr_check_column(module, strata, "strata", (npy_intp) columns.data.n, "time") < 0) {
            goto out;
        }
        if (n_strata < 1) {
            imr_raise_input(module, "the number of strata is needed");
            goto out;
        }
        data.stratum = PyArray_DATA(strata);
        data.strata = (size_t) n_strata;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_number_causes(&columns, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    data.n = columns.data.n;
    data.time = columns.data.time;
    data.cause = columns.data.cause;
    data.causes = columns.data.causes;
    data.group = columns.data.group;
    data.groups = columns.data.groups;
    if (new_answers(items, answers, data.causes, data.groups) < 0) {
        goto out;
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_gray_test(&data, answers[STATISTIC], answers[DF], answers[PVALUE],
        answers[OBSERVED], answers[EXPECTED], &signals.stop, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    for (int i = 0; i < N_ANSWERS; i++) {
        PyArray_CLEARFLAGS((PyArrayObject *) items[i], NPY_ARRAY_WRITEABLE);
    }
    packed = imr_pack(items, N_ANSWERS);
    memset(items, 0, sizeof(items)); /* handed over */
    result = packed == NULL ? NULL : Py_BuildValue("NN", imr_cause_labels(&columns), packed);
out:
    for (int i = 0; i < N_ANSWERS; i++) {
        Py_XDECREF(items[i]);
    }
    Py_XDECREF((PyObject *) strata);
    imr_cause_columns_free(&columns);
    return result;
}

PyMethodDef imr_gray_test_methods[] = {
    { "gray_test", gray_test, METH_VARARGS,
        "gray_test($module, time, cause, group, groups, censored, causes, strata, n_strata, rho,"
        " timefix, /)\n--\n\n"
        "(labels, (statistic, df, pvalue, observed, expected)) of survival.gray_test." },
    { NULL, NULL, 0, NULL },
};

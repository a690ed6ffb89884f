#include "binding.h"

#include "survival/curve_difference.h"

static const char *const TRANSFORMS[] = { IMR_KAPLAN_MEIER_INTERVAL_LIST(IMR_WORDS_OF_CHOICE) };

enum { N_TRANSFORMS = 0 IMR_KAPLAN_MEIER_INTERVAL_LIST(IMR_ONE_OF_CHOICE) };

enum { TIME, EVENT, GROUP, ENTRY, WEIGHTS, N_COLUMNS };
static const char *const COLUMNS[] = { "time", "event", "group", "entry", "weights" };
static const char KINDS[] = "DFIdd";

enum { N_FIELDS = 10 };

static PyObject *
curve_difference(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *at, *transform, *fields[N_FIELDS], *result = NULL;
    PyArrayObject *arrays[N_COLUMNS] = { NULL }, *times = NULL;
    void *columns[N_FIELDS];
    imr_curve_difference_options_t options;
    imr_curve_difference_t table;
    imr_kaplan_meier_data_t data;
    imr_fault_t fault;
    Py_ssize_t reference, groups;
    npy_intp count;
    int status, choice, made = 0;

    if (!PyArg_ParseTuple(args, "OOOnOOOnOdp:curve_difference", &given[TIME], &given[EVENT],
            &given[GROUP], &groups, &given[ENTRY], &given[WEIGHTS], &at, &reference, &transform,
            &options.level, &options.fix_ties)
        || (choice = imr_choice(module, transform, "transform", TRANSFORMS, N_TRANSFORMS)) < 0) {
        return NULL;
    }
    options.transform = (imr_kaplan_meier_interval_t) choice;
    options.reference = reference == 1;
    times = imr_array_double(module, at, "at");
    if (times == NULL || imr_check_column(module, times, "at", -1, NULL) < 0
        || imr_columns(module, given, COLUMNS, KINDS, arrays) < 0) {
        goto out;
    }
    data = (imr_kaplan_meier_data_t) {
        .n = (size_t) PyArray_DIM(arrays[TIME], 0),
        .time = imr_column_data(arrays[TIME]),
        .event = imr_column_data(arrays[EVENT]),
        .entry = imr_column_data(arrays[ENTRY]),
        .weight = imr_column_data(arrays[WEIGHTS]),
        .group = imr_column_data(arrays[GROUP]),
        .groups = (size_t) groups,
    };
    count = PyArray_DIM(times, 0);
    for (; made < N_FIELDS; made++) {
        fields[made] =
            PyArray_SimpleNew(1, &count, made == 2 || made == 3 ? NPY_INT64 : NPY_DOUBLE);
        if (fields[made] == NULL) {
            goto out;
        }
        columns[made] = PyArray_DATA((PyArrayObject *) fields[made]);
    }
    table = (imr_curve_difference_t) { columns[0], columns[1], columns[2], columns[3], columns[4],
        columns[5], columns[6], columns[7], columns[8], columns[9] };
    Py_BEGIN_ALLOW_THREADS
    status =
        imr_curve_difference(&data, &options, PyArray_DATA(times), (size_t) count, &table, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    for (int f = 0; f < N_FIELDS; f++) {
        PyArray_CLEARFLAGS((PyArrayObject *) fields[f], NPY_ARRAY_WRITEABLE);
    }
    made = 0; /* the tuple takes them over */
    result = imr_pack(fields, N_FIELDS);
out:
    while (made > 0) {
        Py_DECREF(fields[--made]);
    }
    Py_XDECREF((PyObject *) times);
    imr_columns_free(arrays, KINDS);
    return result;
}

PyMethodDef imr_curve_difference_methods[] = {
    { "curve_difference", curve_difference, METH_VARARGS,
        "curve_difference($module, time, event, group, groups, entry, weights, at, reference,"
        " transform, level, timefix, /)\n--\n\n"
        "Columns of survival.curve_difference, a row a time: survival of the group and of the"
        " reference, at_risk of both, estimate, std_error, low, high, statistic, pvalue." },
    { NULL, NULL, 0, NULL },
};

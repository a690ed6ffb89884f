#include "survival/cause_columns.h"

#include <math.h>

#include "base/mem.h"

enum { TIME, CAUSE, ENTRY, WEIGHTS, GROUP };
static const char *const COLUMNS[] = { "time", "cause", "entry", "weights", "group" };

static int
read_labels(PyObject *module, imr_cause_columns_t *columns, PyObject *causes)
{
    PyArrayObject *labels;
    npy_intp count;

    if (Py_IsNone(causes)) {
        return 0;
    }
    labels = imr_array_int64(module, causes, "causes");
    if (labels == NULL || imr_check_column(module, labels, "causes", -1, NULL) < 0) {
        Py_XDECREF((PyObject *) labels);
        return -1;
    }
    count = PyArray_DIM(labels, 0);
    if (count < 1 || count > IMR_MOST_CAUSES) {
        imr_raise_input(module, "causes has %zd entries; give 1 to %d labels", (Py_ssize_t) count,
            IMR_MOST_CAUSES);
        count = -1;
    }
    for (npy_intp k = 0; k < count; k++) {
        int64_t label = ((const int64_t *) PyArray_DATA(labels))[k];

        columns->labels[k] = label;
        for (npy_intp other = 0; other < k && count > 0; other++) {
            if (columns->labels[other] == label) {
                imr_raise_input(module, "causes[%zd] is %lld, which is there twice; give each once",
                    (Py_ssize_t) k, (long long) label);
                count = -1;
            }
        }
        if (count > 0 && label == columns->censored) {
            imr_raise_input(module,
                "causes[%zd] is %lld, the code of a censored patient; leave it out", (Py_ssize_t) k,
                (long long) label);
            count = -1;
        }
    }
    columns->causes = count < 0 ? 0 : (size_t) count;
    Py_DECREF((PyObject *) labels);
    return count < 0 ? -1 : 0;
}

int
imr_cause_columns_init(PyObject *module, imr_cause_columns_t *columns, PyObject *const *given,
    Py_ssize_t groups, long long censored, PyObject *causes)
{
    npy_intp n = -1;

    memset(columns, 0, sizeof(*columns));
    columns->censored = censored;
    if (groups < 1) {
        imr_raise_input(module, "the number of groups is needed");
        return -1;
    }
    for (int c = 0; c < IMR_CAUSE_COLUMNS; c++) {
        if (Py_IsNone(given[c])) {
            if (c == TIME || c == CAUSE) {
                imr_raise_input(module, "%s is None; give one value a patient", COLUMNS[c]);
                return -1;
            }
            continue;
        }
        columns->arrays[c] = c == CAUSE || c == GROUP
            ? imr_array_int64(module, given[c], COLUMNS[c])
            : imr_array_double(module, given[c], COLUMNS[c]);
        if (columns->arrays[c] == NULL
            || imr_check_column(module, columns->arrays[c], COLUMNS[c], n, "time") < 0) {
            return -1;
        }
        n = PyArray_DIM(columns->arrays[TIME], 0);
    }
    if (read_labels(module, columns, causes) < 0) {
        return -1;
    }
    columns->code = imr_malloc((size_t) n, 1);
    if (columns->code == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    columns->data = (imr_competing_risks_data_t) {
        .n = (size_t) n,
        .time = PyArray_DATA(columns->arrays[TIME]),
        .cause = columns->code,
        .entry = columns->arrays[ENTRY] == NULL ? NULL : PyArray_DATA(columns->arrays[ENTRY]),
        .weight = columns->arrays[WEIGHTS] == NULL ? NULL : PyArray_DATA(columns->arrays[WEIGHTS]),
        .group = columns->arrays[GROUP] == NULL ? NULL : PyArray_DATA(columns->arrays[GROUP]),
        .groups = (size_t) groups,
    };
    return 0;
}

void
imr_cause_columns_free(imr_cause_columns_t *columns)
{
    for (int c = 0; c < IMR_CAUSE_COLUMNS; c++) {
        Py_CLEAR(columns->arrays[c]);
    }
    imr_free(columns->code);
    columns->code = NULL;
}

int
imr_number_causes(imr_cause_columns_t *columns, imr_fault_t *fault)
{
    int status = imr_cause_codes(PyArray_DATA(columns->arrays[CAUSE]), columns->data.n,
        columns->censored, columns->labels, &columns->causes, columns->code, fault);

    columns->data.causes = columns->causes;
    return status;
}

PyObject *
imr_cause_labels(const imr_cause_columns_t *columns)
{
    PyObject *items[IMR_MOST_CAUSES];

    for (size_t k = 0; k < columns->causes; k++) {
        items[k] = PyLong_FromLongLong(columns->labels[k]);
    }
    return imr_pack(items, (int) columns->causes);
}

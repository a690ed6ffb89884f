#include "survival/multistate_input.h"

#include "survival/multistate_response.h"

enum { FOLLOWED, RESPONSE, END, GROUP, N_COLUMNS };
static const char *const COLUMNS[] = { "followed", "response", "end", "group" };
static const char KINDS[] = "DDDi";

static PyObject *
multistate_response(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *variance, *interval, *result = NULL;
    PyArrayObject *arrays[N_COLUMNS] = { NULL };
    imr_multistate_response_t days;
    imr_multistate_layout_t layout = { .block = NULL };
    imr_multistate_rows_t rows = { .block = NULL };
    imr_multistate_options_t options;
    imr_fault_t fault;
    Py_ssize_t groups;
    int status;

    if (!PyArg_ParseTuple(args, "OOOOnOOdp:multistate_response", &given[FOLLOWED], &given[RESPONSE],
            &given[END], &given[GROUP], &groups, &variance, &interval, &options.level,
            &days.fix_ties)
        || imr_multistate_choices(module, variance, interval, &options) < 0) {
        return NULL;
    }
    if (imr_columns(module, given, COLUMNS, KINDS, arrays) < 0) {
        goto out;
    }
    days.n = (size_t) PyArray_DIM(arrays[FOLLOWED], 0);
    days.followed = imr_column_data(arrays[FOLLOWED]);
    days.response = imr_column_data(arrays[RESPONSE]);
    days.end = imr_column_data(arrays[END]);
    days.group = imr_column_data(arrays[GROUP]);
    days.groups = (size_t) groups;
    Py_BEGIN_ALLOW_THREADS
    status = imr_multistate_response(&days, &layout, &fault);
    if (status == IMR_OK) {
        status = imr_multistate_rows(&layout.data, &rows, &fault);
    }
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    result = imr_multistate_fit(
        module, &rows, days.group == NULL ? 1 : days.groups, layout.merged, &options);
out:
    imr_multistate_rows_free(&rows);
    imr_multistate_layout_free(&layout);
    imr_columns_free(arrays, KINDS);
    return result;
}

PyMethodDef imr_multistate_response_methods[] = {
    { "multistate_response", multistate_response, METH_VARARGS,
        "multistate_response($module, followed, response, end, group, groups, variance, interval, "
        "level, timefix, /)\n--\n\nThat of multistate." },
    { NULL, NULL, 0, NULL },
};

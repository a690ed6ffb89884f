#include "binding.h"

#include "base/mem.h"
#include "survival/pseudo_observations.h"

static const char *const OF[] = { IMR_PSEUDO_OBSERVATIONS_LIST(IMR_WORDS_OF_CHOICE) };

enum { N_OF = 0 IMR_PSEUDO_OBSERVATIONS_LIST(IMR_ONE_OF_CHOICE) };

enum { TIME, EVENT, N_COLUMNS };
static const char *const COLUMNS[] = { "time", "event" };
static const char KINDS[] = "DF", KINDS_OF_CAUSES[] = "DI";

/* 0 for the censored, 1 for the cause of interest, 2 for any other; NULL without memory. */
static uint8_t *
codes_of(PyArrayObject *cause, long long interest, long long censored)
{
    size_t n = (size_t) PyArray_DIM(cause, 0);
    const int64_t *given = PyArray_DATA(cause);
    uint8_t *codes = imr_malloc(n, 1);

    for (size_t i = 0; codes != NULL && i < n; i++) {
        codes[i] = given[i] == censored ? 0 : given[i] == interest ? 1 : 2;
    }
    return codes;
}

static PyObject *
pseudo_observations(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *at, *of, *estimate = NULL, *values = NULL, *result = NULL;
    PyArrayObject *arrays[N_COLUMNS] = { NULL }, *times = NULL;
    imr_pseudo_observations_t self = { .n = 0 };
    imr_fault_t fault;
    npy_intp shape[2];
    double *time, *estimates, *value;
    uint8_t *codes = NULL;
    long long interest, censored;
    int status, choice, timefix, causes;

    if (!PyArg_ParseTuple(args, "OOOOpLL:pseudo_observations", &given[TIME], &given[EVENT], &of,
            &at, &timefix, &interest, &censored)
        || (choice = imr_choice(module, of, "of", OF, N_OF)) < 0) {
        return NULL;
    }
    causes = choice == IMR_PSEUDO_INCIDENCE;
    times = imr_array_double(module, at, "at");
    if (times == NULL || imr_check_column(module, times, "at", -1, NULL) < 0
        || imr_columns(module, given, COLUMNS, causes ? KINDS_OF_CAUSES : KINDS, arrays) < 0) {
        goto out;
    }
    if (causes && (codes = codes_of(arrays[EVENT], interest, censored)) == NULL) {
        PyErr_NoMemory();
        goto out;
    }
    shape[0] = PyArray_DIM(arrays[TIME], 0);
    shape[1] = PyArray_DIM(times, 0);
    values = PyArray_SimpleNew(2, shape, NPY_DOUBLE);
    estimate = PyArray_SimpleNew(1, shape + 1, NPY_DOUBLE);
    if (values == NULL || estimate == NULL) {
        goto out;
    }
    time = PyArray_DATA(times);
    value = PyArray_DATA((PyArrayObject *) values);
    estimates = PyArray_DATA((PyArrayObject *) estimate);
    Py_BEGIN_ALLOW_THREADS
    status = imr_pseudo_observations_init(&self, imr_column_data(arrays[TIME]),
        causes ? codes : imr_column_data(arrays[EVENT]), (size_t) shape[0], 1 + causes, timefix,
        &fault);
    Py_END_ALLOW_THREADS
    for (npy_intp k = 0; k < shape[1] && status == IMR_OK; k++) {
        if (PyErr_CheckSignals() < 0) {
            goto out;
        }
        Py_BEGIN_ALLOW_THREADS
        status = imr_pseudo_observations(&self, (imr_pseudo_observations_of_t) choice, time[k],
            "at", (int64_t) k, estimates + k, value + k, (size_t) shape[1], &fault);
        Py_END_ALLOW_THREADS
    }
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    PyArray_CLEARFLAGS((PyArrayObject *) values, NPY_ARRAY_WRITEABLE);
    PyArray_CLEARFLAGS((PyArrayObject *) estimate, NPY_ARRAY_WRITEABLE);
    result = Py_BuildValue("(OO)", estimate, values);
out:
    imr_pseudo_observations_free(&self);
    imr_free(codes);
    Py_XDECREF(values);
    Py_XDECREF(estimate);
    Py_XDECREF((PyObject *) times);
    imr_columns_free(arrays, causes ? KINDS_OF_CAUSES : KINDS);
    return result;
}

PyMethodDef imr_pseudo_observations_methods[] = {
    { "pseudo_observations", pseudo_observations, METH_VARARGS,
        "pseudo_observations($module, time, event, of, at, timefix, interest, censored, /)\n--\n\n"
        "(estimate at each time, pseudo-observations: patients by times)." },
    { NULL, NULL, 0, NULL },
};

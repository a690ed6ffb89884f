#include "binding.h"

#include "recovery/depletion.h"

static const char *const ONSETS[] = { IMR_DEPLETION_ONSET_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const STATUSES[] = { IMR_DEPLETION_STATUS_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_ONSETS = 0 IMR_DEPLETION_ONSET_LIST(IMR_ONE_OF_CHOICE),
    N_STATUSES = 0 IMR_DEPLETION_STATUS_LIST(IMR_ONE_OF_CHOICE)
};

static PyObject *
tuple_of_words(const char *const *words, Py_ssize_t n)
{
    PyObject *tuple = PyTuple_New(n), *word;

    for (Py_ssize_t i = 0; tuple != NULL && i < n; i++) {
        word = PyUnicode_FromString(words[i]);
        if (word == NULL || PyTuple_SetItem(tuple, i, word) < 0) {
            Py_CLEAR(tuple);
        }
    }
    return tuple;
}

static PyObject *
words(PyObject *module, PyObject *Py_UNUSED(none))
{
    PyObject *onsets = tuple_of_words(ONSETS, N_ONSETS);
    PyObject *statuses = tuple_of_words(STATUSES, N_STATUSES), *both = NULL;

    (void) module;
    if (onsets != NULL && statuses != NULL) {
        both = PyTuple_Pack(2, onsets, statuses);
    }
    Py_XDECREF(onsets);
    Py_XDECREF(statuses);
    return both;
}

/* Says what imr_raise cannot: which patient it was, and which two rows. */
static void
raise_named(PyObject *module, const imr_fault_t *fault, const imr_count_series_t *series,
    const imr_depletion_t *answer, PyObject *labels)
{
    const char *argument = fault->argument == NULL ? "" : fault->argument;
    int one_a_patient =
        strcmp(argument, "lymphodepletion_day") == 0 || strcmp(argument, "end_day") == 0;
    PyObject *value = PyFloat_FromDouble(fault->value), *label = NULL;

    if (value == NULL) {
        return;
    }
    if (one_a_patient) {
        label = PyList_GetItem(labels, (Py_ssize_t) fault->row);
        if (label != NULL) {
            imr_raise_input(module, "%s of patient %R is %R; %s", argument, label, value,
                imr_status_words(fault->status));
        }
    } else if (fault->status == IMR_ERR_DUPLICATE_DAY) {
        label = PyList_GetItem(labels, (Py_ssize_t) series->patient[fault->row]);
        if (label != NULL) {
            imr_raise_input(module, "day[%lld] and day[%lld] of patient %R are both %R; %s",
                (long long) answer->other_row, (long long) fault->row, label, value,
                imr_status_words(fault->status));
        }
    } else if (fault->status == IMR_ERR_NONFINITE && strcmp(argument, "count") == 0) {
        imr_raise_input(module,
            "count[%lld] is %R; give a count below the limit of quantification as 0 with its lloq, "
            "or leave the row out",
            (long long) fault->row, value);
    } else {
        imr_raise(module, fault);
    }
    Py_DECREF(value);
}

static int
set_column(PyObject *columns, const char *name, PyObject *column)
{
    int ret = column == NULL ? -1 : PyDict_SetItemString(columns, name, column);

    Py_XDECREF(column);
    return ret;
}

/* Hands the block of *answer over to a dict of columns. */
static PyObject *
columns_of(imr_depletion_t *answer)
{
    size_t n = answer->patients;
    PyObject *columns = PyDict_New(), *owner = imr_owner(answer->block);
    int ret = columns == NULL || owner == NULL ? -1 : 0;

    answer->block = NULL;
#define SET_NUMBER(name)                                                                           \
    ret = ret < 0 ? ret : set_column(columns, #name, imr_column_double(owner, answer->name, n));
#define SET_COUNT(name)                                                                            \
    ret = ret < 0 ? ret : set_column(columns, #name, imr_column_int64(owner, answer->name, n));
#define SET_FLAG(name)                                                                             \
    ret = ret < 0 ? ret : set_column(columns, #name, imr_column_flag(owner, answer->name, n));
    IMR_DEPLETION_NUMBER_LIST(SET_NUMBER)
    IMR_DEPLETION_COUNT_LIST(SET_COUNT)
    IMR_DEPLETION_FLAG_LIST(SET_FLAG)
#undef SET_NUMBER
#undef SET_COUNT
#undef SET_FLAG
    Py_XDECREF(owner);
    if (ret < 0) {
        Py_CLEAR(columns);
    }
    return columns;
}

/* A one-dimensional column of `length` rows (or one number, if that is allowed), or NULL. */
static PyArrayObject *
number_column(PyObject *module, PyObject *value, const char *argument, npy_intp length,
    const char *length_of, int or_one)
{
    PyArrayObject *array = imr_array_double(module, value, argument);

    if (array == NULL || (or_one && PyArray_NDIM(array) == 0)
        || imr_check_column(module, array, argument, length, length_of) == 0) {
        return array;
    }
    Py_DECREF((PyObject *) array);
    return NULL;
}

enum { PATIENT, DAY, COUNT, LLOQ, BELOW, LYMPHODEPLETION, END, N_INPUTS };

static PyObject *
depletion(PyObject *module, PyObject *args)
{
    PyObject *labels, *value[N_INPUTS], *result = NULL;
    PyArrayObject *array[N_INPUTS] = { NULL };
    imr_depletion_options_t options;
    imr_count_series_t series = { 0 };
    imr_depletion_t answer = { 0 };
    imr_fault_t fault = { 0 };
    long long confirm;
    npy_intp rows, patients;
    int status;

    if (!PyArg_ParseTuple(args, "O!OOOOOOOdddLd:depletion", &PyList_Type, &labels, &value[PATIENT],
            &value[DAY], &value[COUNT], &value[LLOQ], &value[BELOW], &value[LYMPHODEPLETION],
            &value[END], &options.threshold, &options.recovery, &options.baseline_fraction,
            &confirm, &options.min_separation)) {
        return NULL;
    }
    options.confirm = confirm;
    patients = PyList_Size(labels);
    array[PATIENT] = imr_array_int64(module, value[PATIENT], "patient");
    if (array[PATIENT] == NULL
        || imr_check_column(module, array[PATIENT], "patient", -1, NULL) < 0) {
        goto out;
    }
    rows = PyArray_DIM(array[PATIENT], 0);
    array[DAY] = number_column(module, value[DAY], "day", rows, "patient", 0);
    if (array[DAY] == NULL) {
        goto out;
    }
    array[COUNT] = number_column(module, value[COUNT], "count", rows, "patient", 0);
    if (array[COUNT] == NULL) {
        goto out;
    }
    if (value[LLOQ] != Py_None) {
        array[LLOQ] = number_column(module, value[LLOQ], "lloq", rows, "patient", 1);
        if (array[LLOQ] == NULL) {
            goto out;
        }
        series.lloq = PyArray_DATA(array[LLOQ]);
        series.lloq_step = PyArray_NDIM(array[LLOQ]) == 0 ? 0 : 1;
    }
    if (value[BELOW] != Py_None) {
        array[BELOW] = imr_array_flag(module, value[BELOW], "below");
        if (array[BELOW] == NULL
            || imr_check_column(module, array[BELOW], "below", rows, "patient") < 0) {
            goto out;
        }
        series.below = PyArray_DATA(array[BELOW]);
    }
    if (value[LYMPHODEPLETION] != Py_None) {
        array[LYMPHODEPLETION] = number_column(module, value[LYMPHODEPLETION],
            "lymphodepletion_day", patients, "the list of patients", 0);
        if (array[LYMPHODEPLETION] == NULL) {
            goto out;
        }
        series.lymphodepletion_day = PyArray_DATA(array[LYMPHODEPLETION]);
    }
    if (value[END] != Py_None) {
        array[END] =
            number_column(module, value[END], "end_day", patients, "the list of patients", 0);
        if (array[END] == NULL) {
            goto out;
        }
        series.end_day = PyArray_DATA(array[END]);
    }
    series.patient = PyArray_DATA(array[PATIENT]);
    series.day = PyArray_DATA(array[DAY]);
    series.count = PyArray_DATA(array[COUNT]);
    series.n = (size_t) rows;
    series.patients = (size_t) patients;
    Py_BEGIN_ALLOW_THREADS
    status = imr_depletion(&answer, &series, &options, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        raise_named(module, &fault, &series, &answer, labels);
        goto out;
    }
    result = columns_of(&answer);
out:
    for (int i = 0; i < N_INPUTS; i++) {
        Py_XDECREF((PyObject *) array[i]);
    }
    return result;
}

PyMethodDef imr_depletion_methods[] = {
    { "depletion", depletion, METH_VARARGS,
        "depletion($module, labels, patient, day, count, lloq, below, lymphodepletion_day, end_day,"
        " threshold, recovery, baseline_fraction, confirm, min_separation, /)\n--\n\n"
        "The columns of recovery.depletion; patient holds positions in labels, nan in place of a\n"
        "threshold stands for the limit of each sample, and in place of a fraction for no rule." },
    { "depletion_words", words, METH_NOARGS,
        "depletion_words($module, /)\n--\n\n"
        "The words of the codes in the columns onset and status." },
    { NULL, NULL, 0, NULL },
};

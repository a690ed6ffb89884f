#include "binding.h"

#include "recovery/depletion.h"

static const char *const ONSETS[] = { IMR_DEPLETION_ONSET_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const STATUSES[] = { IMR_DEPLETION_STATUS_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const DUPLICATES[] = { IMR_DUPLICATES_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_ONSETS = 0 IMR_DEPLETION_ONSET_LIST(IMR_ONE_OF_CHOICE),
    N_STATUSES = 0 IMR_DEPLETION_STATUS_LIST(IMR_ONE_OF_CHOICE),
    N_DUPLICATES = 0 IMR_DUPLICATES_LIST(IMR_ONE_OF_CHOICE)
};

static PyObject *
words(PyObject *module, PyObject *Py_UNUSED(none))
{
    PyObject *onsets = imr_words(ONSETS, N_ONSETS);
    PyObject *statuses = imr_words(STATUSES, N_STATUSES), *both = NULL;

    (void) module;
    if (onsets != NULL && statuses != NULL) {
        both = PyTuple_Pack(2, onsets, statuses);
    }
    Py_XDECREF(onsets);
    Py_XDECREF(statuses);
    return both;
}

static int
is_one_of(const char *argument, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(argument, names[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Says what imr_raise cannot: which patient or series it was, and which two rows. */
static void
raise_named(PyObject *module, const imr_fault_t *fault, const imr_count_series_t *series,
    const imr_depletion_t *answer, PyObject *labels, PyObject *series_labels)
{
    static const char *const of_patients[] = { "infusion_day", "lymphodepletion_day", "end_day" };
    static const char *const of_series[] = { "threshold", "recovery", "baseline_fraction",
        "confirm", "min_separation" };
    const char *argument = fault->argument == NULL ? "" : fault->argument;
    const char *words = imr_status_words(fault->status);
    PyObject *value = PyFloat_FromDouble(fault->value), *label = NULL;

    if (value == NULL) {
        return;
    }
    if (fault->row < 0) {
        imr_raise(module, fault);
    } else if (is_one_of(argument, of_patients, 3)) {
        label = PyList_GetItem(labels, (Py_ssize_t) fault->row);
        if (label != NULL) {
            imr_raise_input(module, "%s of patient %R is %R; %s", argument, label, value, words);
        }
    } else if (is_one_of(argument, of_series, 5)) {
        label = PyList_GetItem(series_labels, (Py_ssize_t) fault->row);
        if (label != NULL) {
            imr_raise_input(module, "%s of series %R is %R; %s", argument, label, value, words);
        }
    } else if (fault->status == IMR_ERR_DUPLICATE_DAY) {
        label = PyList_GetItem(labels, (Py_ssize_t) series->patient[fault->row]);
        if (label != NULL) {
            imr_raise_input(module, "day[%lld] and day[%lld] of patient %R are both %R; %s",
                (long long) answer->other_row, (long long) fault->row, label, value, words);
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

/* Hands the block of *answer over to a dict of columns. */
static PyObject *
columns_of(imr_depletion_t *answer)
{
    size_t n = answer->rows;
    PyObject *columns = PyDict_New(), *owner = imr_owner(answer->block);
    int ret = columns == NULL || owner == NULL ? -1 : 0;

    answer->block = NULL;
#define SET_NUMBER(name)                                                                           \
    ret = ret < 0 ? ret : imr_set_column(columns, #name, imr_column_double(owner, answer->name, n));
#define SET_COUNT(name)                                                                            \
    ret = ret < 0 ? ret : imr_set_column(columns, #name, imr_column_int64(owner, answer->name, n));
#define SET_FLAG(name)                                                                             \
    ret = ret < 0 ? ret : imr_set_column(columns, #name, imr_column_flag(owner, answer->name, n));
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

/* What a call was given; arrays in the order of their arguments. */
enum {
    PATIENT,
    SERIES,
    DAY,
    COUNT,
    LLOQ,
    BELOW,
    INFUSION_START,
    INFUSION_DAY,
    LYMPHODEPLETION,
    END,
    THRESHOLD,
    RECOVERY,
    FRACTION,
    N_INPUTS
};

/* Reads argument i, which may be None where it is not needed, as a column of `length` rows. */
static int
read_column(PyObject *module, PyObject *const *value, PyArrayObject **array, int i,
    const char *argument, npy_intp length, const char *length_of)
{
    int needed =
        i == PATIENT || i == DAY || i == COUNT || i == THRESHOLD || i == RECOVERY || i == FRACTION;

    if (value[i] == Py_None && !needed) {
        return 0;
    }
    if (i == PATIENT || i == SERIES || i == INFUSION_START) {
        array[i] = imr_array_int64(module, value[i], argument);
    } else if (i == BELOW) {
        array[i] = imr_array_flag(module, value[i], argument);
    } else {
        array[i] = imr_array_double(module, value[i], argument);
    }
    if (array[i] == NULL) {
        return -1;
    }
    return i == LLOQ && PyArray_NDIM(array[i]) == 0
        ? 0
        : imr_check_column(module, array[i], argument, length, length_of);
}

static int
read_inputs(PyObject *module, PyObject *const *value, PyArrayObject **array, npy_intp patients,
    npy_intp n_series)
{
    static const char *const names[] = { "patient", "series", "day", "count", "lloq", "below" };
    npy_intp rows = -1, infusions = patients;

    for (int i = PATIENT; i <= BELOW; i++) {
        if (read_column(module, value, array, i, names[i], rows, "patient") < 0) {
            return -1;
        }
        rows = PyArray_DIM(array[PATIENT], 0);
    }
    if (read_column(module, value, array, INFUSION_START, "infusion_start", patients + 1,
            "the list of patients")
        < 0) {
        return -1;
    }
    if (array[INFUSION_START] != NULL) {
        infusions = (npy_intp) ((int64_t *) PyArray_DATA(array[INFUSION_START]))[patients];
    }
    return read_column(module, value, array, INFUSION_DAY, "infusion_day", infusions,
               "the list of infusions")
                < 0
            || read_column(module, value, array, LYMPHODEPLETION, "lymphodepletion_day", infusions,
                   "the list of infusions")
                < 0
            || read_column(module, value, array, END, "end_day", patients, "the list of patients")
                < 0
            || read_column(module, value, array, THRESHOLD, "threshold", n_series, "the series") < 0
            || read_column(module, value, array, RECOVERY, "recovery", n_series, "the series") < 0
            || read_column(
                   module, value, array, FRACTION, "baseline_fraction", n_series, "the series")
                < 0
        ? -1
        : 0;
}

static PyObject *
depletion(PyObject *module, PyObject *args)
{
    PyObject *labels, *series_labels, *duplicates, *value[N_INPUTS], *result = NULL;
    PyArrayObject *array[N_INPUTS] = { NULL };
    imr_depletion_options_t *options = NULL;
    imr_count_series_t series = { 0 };
    imr_depletion_t answer = { 0 };
    imr_fault_t fault = { 0 };
    long long confirm;
    double min_separation;
    int status, undecided, rule;

    if (!PyArg_ParseTuple(args, "O!O!OOOOOOOOOOOOOOLdp:depletion", &PyList_Type, &labels,
            &PyList_Type, &series_labels, &value[PATIENT], &value[SERIES], &value[DAY],
            &value[COUNT], &value[LLOQ], &value[BELOW], &duplicates, &value[INFUSION_START],
            &value[INFUSION_DAY], &value[LYMPHODEPLETION], &value[END], &value[THRESHOLD],
            &value[RECOVERY], &value[FRACTION], &confirm, &min_separation, &undecided)) {
        return NULL;
    }
    rule = imr_choice(module, duplicates, "duplicates", DUPLICATES, N_DUPLICATES);
    series.patients = (size_t) PyList_Size(labels);
    series.n_series = (size_t) PyList_Size(series_labels);
    if (rule < 0
        || read_inputs(module, value, array, (npy_intp) series.patients, (npy_intp) series.n_series)
            < 0) {
        goto out;
    }
    options = PyMem_Malloc((series.n_series + 1) * sizeof(*options));
    if (options == NULL) {
        PyErr_NoMemory();
        goto out;
    }
    for (size_t s = 0; s < series.n_series; s++) {
        options[s] = (imr_depletion_options_t) { ((double *) PyArray_DATA(array[THRESHOLD]))[s],
            ((double *) PyArray_DATA(array[RECOVERY]))[s],
            ((double *) PyArray_DATA(array[FRACTION]))[s], confirm, min_separation, undecided };
    }
    series.patient = imr_column_data(array[PATIENT]);
    series.series = imr_column_data(array[SERIES]);
    series.day = imr_column_data(array[DAY]);
    series.count = imr_column_data(array[COUNT]);
    series.lloq = imr_column_data(array[LLOQ]);
    series.lloq_step = array[LLOQ] == NULL || PyArray_NDIM(array[LLOQ]) == 0 ? 0 : 1;
    series.below = imr_column_data(array[BELOW]);
    series.n = (size_t) PyArray_DIM(array[PATIENT], 0);
    series.duplicates = (imr_duplicates_t) rule;
    series.infusion_start = imr_column_data(array[INFUSION_START]);
    series.infusion_day = imr_column_data(array[INFUSION_DAY]);
    series.lymphodepletion_day = imr_column_data(array[LYMPHODEPLETION]);
    series.end_day = imr_column_data(array[END]);
    Py_BEGIN_ALLOW_THREADS
    status = imr_depletion(&answer, &series, options, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        raise_named(module, &fault, &series, &answer, labels, series_labels);
        goto out;
    }
    result = columns_of(&answer);
out:
    PyMem_Free(options);
    for (int i = 0; i < N_INPUTS; i++) {
        Py_XDECREF((PyObject *) array[i]);
    }
    return result;
}

PyMethodDef imr_depletion_methods[] = {
    { "depletion", depletion, METH_VARARGS,
        "depletion($module, labels, series_labels, patient, series, day, count, lloq, below,"
        " duplicates, infusion_start, infusion_day, lymphodepletion_day, end_day, threshold,"
        " recovery, baseline_fraction, confirm, min_separation, undecided, /)\n--\n\n"
        "The columns of recovery.depletion; patient and series hold positions in the labels. The\n"
        "infusions of patient p stand from infusion_start[p] to infusion_start[p + 1]. A "
        "threshold\n"
        "stands for each series: nan for the limit of each sample, or for no fraction." },
    { "depletion_words", words, METH_NOARGS,
        "depletion_words($module, /)\n--\n\n"
        "The words of the codes in the columns onset and status." },
    { NULL, NULL, 0, NULL },
};

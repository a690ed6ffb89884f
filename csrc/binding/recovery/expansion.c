#include "binding.h"

#include "expansion_inputs.h"
#include "recovery/expansion.h"
#include "recovery/expansion_fit.h"
#include "recovery/expansion_summary.h"

static const char *const STATUSES[] = { IMR_EXPANSION_STATUS_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const SLOPES[] = { IMR_EXPANSION_SLOPE_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const AREAS[] = { IMR_EXPANSION_AREA_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const BELOWS[] = { IMR_EXPANSION_BELOW_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const TRAPEZOIDS[] = { IMR_TRAPEZOID_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_STATUSES = 0 IMR_EXPANSION_STATUS_LIST(IMR_ONE_OF_CHOICE),
    N_SLOPES = 0 IMR_EXPANSION_SLOPE_LIST(IMR_ONE_OF_CHOICE),
    N_AREAS = 0 IMR_EXPANSION_AREA_LIST(IMR_ONE_OF_CHOICE),
    N_BELOWS = 0 IMR_EXPANSION_BELOW_LIST(IMR_ONE_OF_CHOICE),
    N_BELOWS_AFTER = IMR_BELOW_MISSING + 1,
    N_TRAPEZOIDS = 0 IMR_TRAPEZOID_LIST(IMR_ONE_OF_CHOICE)
};

static const char *const DECLINES[] = { IMR_EXPANSION_DECLINE_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const FITS[] = { IMR_EXPANSION_FIT_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const QUANTITIES[] = { IMR_EXPANSION_FIT_QUANTITY_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_DECLINES = 0 IMR_EXPANSION_DECLINE_LIST(IMR_ONE_OF_CHOICE),
    N_FITS = 0 IMR_EXPANSION_FIT_LIST(IMR_ONE_OF_CHOICE)
};

static PyObject *
words(PyObject *module, PyObject *Py_UNUSED(none))
{
    PyObject *all[] = { imr_words(STATUSES, N_STATUSES), imr_words(SLOPES, N_SLOPES),
        imr_words(AREAS, N_AREAS), imr_words(QUANTITIES, IMR_FIT_QUANTITIES) };

    (void) module;
    return imr_pack(all, 4);
}

void
imr_expansion_raise(PyObject *module, const imr_fault_t *fault, const imr_count_series_t *series,
    int64_t other_row, PyObject *labels)
{
    const char *words = imr_status_words(fault->status);
    const char *argument = fault->argument == NULL ? "" : fault->argument;
    PyObject *value = PyFloat_FromDouble(fault->value), *label = NULL;

    if (value == NULL) {
        return;
    }
    if (fault->status == IMR_ERR_DUPLICATE_SAMPLE) {
        label = PyList_GetItem(labels, (Py_ssize_t) series->patient[fault->row]);
        if (label != NULL) {
            imr_raise_input(module, "day[%lld] and day[%lld] of patient %R are both %R; %s",
                (long long) other_row, (long long) fault->row, label, value, words);
        }
    } else if (fault->row >= 0 && strcmp(argument, "infusion_day") == 0) {
        label = PyList_GetItem(labels, (Py_ssize_t) fault->row);
        if (label != NULL) {
            imr_raise_input(module, "infusion_day of patient %R is %R; %s", label, value, words);
        }
    } else if (fault->status == IMR_ERR_NONFINITE && strcmp(argument, "copies") == 0) {
        imr_raise_input(module,
            "copies[%lld] is %R; give a sample below the limit of quantification as 0 with its "
            "lloq, or leave the row out",
            (long long) fault->row, value);
    } else {
        imr_raise(module, fault);
    }
    Py_DECREF(value);
}

/* Hands the block of *answer over to a dict of columns. */
static PyObject *
columns_of(imr_expansion_t *answer)
{
    size_t n = answer->rows;
    PyObject *columns = PyDict_New(), *owner = imr_owner(answer->block);
    int ret = columns == NULL || owner == NULL ? -1 : 0;

    answer->block = NULL;
    ret = ret < 0 ? ret
                  : imr_set_column(
                        columns, "auc", imr_matrix_double(owner, answer->auc, n, answer->auc_days));
    ret = ret < 0 ? ret
                  : imr_set_column(columns, "auc_status",
                        imr_matrix_int64(owner, answer->auc_status, n, answer->auc_days));
#define SET_NUMBER(name)                                                                           \
    ret = ret < 0 ? ret : imr_set_column(columns, #name, imr_column_double(owner, answer->name, n));
#define SET_COUNT(name)                                                                            \
    ret = ret < 0 ? ret : imr_set_column(columns, #name, imr_column_int64(owner, answer->name, n));
    IMR_EXPANSION_NUMBER_LIST(SET_NUMBER)
    IMR_EXPANSION_COUNT_LIST(SET_COUNT)
#undef SET_NUMBER
#undef SET_COUNT
    Py_XDECREF(owner);
    if (ret < 0) {
        Py_CLEAR(columns);
    }
    return columns;
}

/* An array of doubles, one-dimensional and of `length` unless that is -1. */
static PyArrayObject *
read_doubles(
    PyObject *module, PyObject *value, const char *argument, npy_intp length, const char *length_of)
{
    PyArrayObject *array = imr_array_double(module, value, argument);

    if (array != NULL && imr_check_column(module, array, argument, length, length_of) < 0) {
        Py_CLEAR(array);
    }
    return array;
}

int
imr_expansion_read(
    PyObject *module, PyObject *const *value, PyArrayObject **array, npy_intp patients)
{
    static const char *const names[] = { "patient", "day", "copies", "below" };

    if (imr_columns(module, value, names, "IDDf", array) < 0) {
        return -1;
    }
    if (value[LLOQ] != Py_None) {
        array[LLOQ] = imr_array_double(module, value[LLOQ], "lloq");
        if (array[LLOQ] == NULL
            || (PyArray_NDIM(array[LLOQ]) > 0
                && imr_check_column(
                       module, array[LLOQ], "lloq", PyArray_DIM(array[PATIENT], 0), "patient")
                    < 0)) {
            return -1;
        }
    }
    if (value[INFUSION_START] != Py_None) {
        array[INFUSION_START] = imr_array_int64(module, value[INFUSION_START], "infusion_start");
        if (array[INFUSION_START] == NULL
            || imr_check_column(module, array[INFUSION_START], "infusion_start", patients + 1,
                   "the list of patients")
                < 0) {
            return -1;
        }
        array[INFUSION_DAY] = read_doubles(module, value[INFUSION_DAY], "infusion_day",
            (npy_intp) ((int64_t *) PyArray_DATA(array[INFUSION_START]))[patients],
            "the list of infusions");
        if (array[INFUSION_DAY] == NULL) {
            return -1;
        }
    }
    return 0;
}

void
imr_expansion_describe(imr_count_series_t *series, PyArrayObject *const *array)
{
    series->patient = imr_column_data(array[PATIENT]);
    series->day = imr_column_data(array[DAY]);
    series->count = imr_column_data(array[COPIES]);
    series->lloq = imr_column_data(array[LLOQ]);
    series->lloq_step = array[LLOQ] == NULL || PyArray_NDIM(array[LLOQ]) == 0 ? 0 : 1;
    series->below = imr_column_data(array[BELOW]);
    series->n = (size_t) PyArray_DIM(array[PATIENT], 0);
    series->n_series = 1;
    series->duplicates = IMR_DUPLICATES_ERROR;
    series->infusion_start = imr_column_data(array[INFUSION_START]);
    series->infusion_day = imr_column_data(array[INFUSION_DAY]);
}

/* The options that are words, in the order of their arguments. */
enum { METHOD, BELOW_FIRST, BELOW_BETWEEN, BELOW_LAST, N_CHOICES };

static const struct {
    const char *argument;
    const char *const *names;
    int count;
} CHOICES[N_CHOICES] = { { "method", TRAPEZOIDS, N_TRAPEZOIDS },
    { "below_first", BELOWS, N_BELOWS }, { "below_between", BELOWS, N_BELOWS },
    { "below_last", BELOWS, N_BELOWS_AFTER } };

static PyObject *
expansion(PyObject *module, PyObject *args)
{
    PyObject *labels, *value[N_INPUTS], *choice[N_CHOICES], *result = NULL;
    PyArrayObject *array[N_INPUTS] = { NULL };
    imr_count_series_t series = { 0 };
    imr_expansion_options_t options = { 0 };
    imr_expansion_t answer = { 0 };
    imr_fault_t fault = { 0 };
    int status, chosen[N_CHOICES];

    if (!PyArg_ParseTuple(args, "O!OOOOOOOOOOOOpdd:expansion", &PyList_Type, &labels,
            &value[PATIENT], &value[DAY], &value[COPIES], &value[BELOW], &value[LLOQ],
            &value[INFUSION_START], &value[INFUSION_DAY], &value[AUC_DAYS], &choice[METHOD],
            &choice[BELOW_FIRST], &choice[BELOW_BETWEEN], &choice[BELOW_LAST], &options.with_peak,
            &options.least_r2, &options.least_span)) {
        return NULL;
    }
    for (int i = 0; i < N_CHOICES; i++) {
        chosen[i] =
            imr_choice(module, choice[i], CHOICES[i].argument, CHOICES[i].names, CHOICES[i].count);
        if (chosen[i] < 0) {
            return NULL;
        }
    }
    series.patients = (size_t) PyList_Size(labels);
    if (imr_expansion_read(module, value, array, (npy_intp) series.patients) < 0) {
        goto out;
    }
    array[AUC_DAYS] = read_doubles(module, value[AUC_DAYS], "auc_days", -1, NULL);
    if (array[AUC_DAYS] == NULL) {
        goto out;
    }
    imr_expansion_describe(&series, array);
    options.trapezoid = (imr_trapezoid_t) chosen[METHOD];
    options.before_first = (imr_expansion_below_t) chosen[BELOW_FIRST];
    options.between = (imr_expansion_below_t) chosen[BELOW_BETWEEN];
    options.after_last = (imr_expansion_below_t) chosen[BELOW_LAST];
    options.auc_day = imr_column_data(array[AUC_DAYS]);
    options.auc_days = (size_t) PyArray_DIM(array[AUC_DAYS], 0);
    Py_BEGIN_ALLOW_THREADS
    status = imr_expansion(&answer, &series, &options, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_expansion_raise(module, &fault, &series, answer.other_row, labels);
        goto out;
    }
    result = columns_of(&answer);
out:
    for (int i = 0; i < N_INPUTS; i++) {
        Py_XDECREF((PyObject *) array[i]);
    }
    return result;
}

static PyObject *
expansion_summary(PyObject *module, PyObject *args)
{
    PyObject *given, *rows = NULL, *row;
    PyArrayObject *value;
    imr_expansion_summary_t s;
    imr_fault_t fault = { 0 };
    size_t n;
    double level;
    int status;

    if (!PyArg_ParseTuple(args, "Od:expansion_summary", &given, &level)) {
        return NULL;
    }
    value = imr_array_double(module, given, "value");
    if (value == NULL) {
        return NULL;
    }
    if (PyArray_NDIM(value) != 2) {
        imr_raise_input(
            module, "value has %d dimensions; give a row for each quantity", PyArray_NDIM(value));
        goto out;
    }
    rows = PyList_New(0);
    n = (size_t) PyArray_DIM(value, 1);
    for (npy_intp i = 0; rows != NULL && i < PyArray_DIM(value, 0); i++) {
        const double *column = (const double *) PyArray_DATA(value) + (size_t) i * n;

        Py_BEGIN_ALLOW_THREADS
        status = imr_expansion_summary(&s, column, n, level, &fault);
        Py_END_ALLOW_THREADS
        if (status != IMR_OK) {
            imr_raise(module, &fault);
            Py_CLEAR(rows);
            break;
        }
        row = Py_BuildValue("LLLddddddd", (long long) s.n, (long long) s.missing,
            (long long) s.zeros, s.geometric_mean, s.geometric_low, s.geometric_high,
            s.geometric_cv, s.median, s.least, s.most);
        if (row == NULL || PyList_Append(rows, row) < 0) {
            Py_CLEAR(rows);
        }
        Py_XDECREF(row);
    }
out:
    Py_DECREF(value);
    return rows;
}

/* A row as a tuple: position of the patient, episode, the two infusions, what was counted, numbers. */
static PyObject *
tuple_of_fit(const imr_expansion_fit_t *fit, size_t r)
{
    const imr_expansion_fit_row_t *row = &fit->row[r];
    PyObject *numbers = PyList_New(0), *tuple = NULL, *number;
    const double *lists[] = { row->estimate, row->low, row->high };

    for (int i = 0; numbers != NULL && i < 3 * IMR_FIT_QUANTITIES; i++) {
        number = PyFloat_FromDouble(lists[i % 3][i / 3]);
        if (number == NULL || PyList_Append(numbers, number) < 0) {
            Py_CLEAR(numbers);
        }
        Py_XDECREF(number);
    }
    if (numbers != NULL) {
        tuple = Py_BuildValue("LLddLLsddddd(ddddddd)O", (long long) fit->patient[r],
            (long long) fit->episode[r], fit->infusion_day[r], fit->next_infusion_day[r],
            (long long) row->samples, (long long) row->below, FITS[row->status], row->initial,
            row->auc_0_28, row->sd, row->loglik, row->score_norm, row->phi[0], row->phi[1],
            row->phi[2], row->phi[3], row->phi[4], row->phi[5], row->phi[6], numbers);
    }
    Py_XDECREF(numbers);
    return tuple;
}

/* Reads the samples into array, which the caller frees, and lays out the fits; -1 with an exception. */
static int
begin_fit(PyObject *module, imr_expansion_fit_t *fit, imr_expansion_fit_options_t *options,
    PyObject *labels, PyObject **value, PyArrayObject **array, PyObject *decline)
{
    imr_count_series_t series = { .patients = (size_t) PyList_Size(labels) };
    imr_fault_t fault;
    int chosen = imr_choice(module, decline, "decline", DECLINES, N_DECLINES);

    if (chosen < 0 || imr_expansion_read(module, value, array, (npy_intp) series.patients) < 0) {
        return -1;
    }
    options->decline = (imr_expansion_decline_t) chosen;
    imr_expansion_describe(&series, array);
    if (imr_expansion_fit_init(fit, &series, options, &fault) != IMR_OK) {
        imr_expansion_raise(module, &fault, &series, fit->other_row, labels);
        return -1;
    }
    return 0;
}

static PyObject *
expansion_fit(PyObject *module, PyObject *args)
{
    PyObject *labels, *value[N_INPUTS], *decline, *rows = NULL, *row;
    PyArrayObject *array[N_INPUTS] = { NULL };
    imr_expansion_fit_options_t options = { 0 };
    imr_expansion_fit_t fit = { 0 };

    if (!PyArg_ParseTuple(args, "O!OOOOOOOOdp:expansion_fit", &PyList_Type, &labels,
            &value[PATIENT], &value[DAY], &value[COPIES], &value[BELOW], &value[LLOQ],
            &value[INFUSION_START], &value[INFUSION_DAY], &decline, &options.level,
            &options.limits)) {
        return NULL;
    }
    if (begin_fit(module, &fit, &options, labels, value, array, decline) < 0) {
        goto out;
    }
    rows = PyList_New(0);
    for (size_t r = 0; rows != NULL && r < fit.rows; r++) {
        Py_BEGIN_ALLOW_THREADS
        imr_expansion_fit_row(&fit, r);
        Py_END_ALLOW_THREADS
        row = PyErr_CheckSignals() < 0 ? NULL : tuple_of_fit(&fit, r);
        if (row == NULL || PyList_Append(rows, row) < 0) {
            Py_CLEAR(rows);
        }
        Py_XDECREF(row);
    }
out:
    imr_expansion_fit_free(&fit);
    for (int i = 0; i < N_INPUTS; i++) {
        Py_XDECREF((PyObject *) array[i]);
    }
    return rows;
}

/* Puts the curves of all rows into matrices of rows by days; -1 with an exception. */
static int
fill_curves(imr_expansion_fit_t *fit, PyArrayObject *days, PyObject **curves)
{
    npy_intp dims[2] = { (npy_intp) fit->rows, PyArray_DIM(days, 0) };
    double *data[3] = { NULL };
    size_t n = (size_t) dims[1];

    for (int i = 0; i < 3; i++) {
        curves[i] = PyArray_SimpleNew(2, dims, NPY_DOUBLE);
        if (curves[i] == NULL) {
            return -1;
        }
        data[i] = PyArray_DATA((PyArrayObject *) curves[i]);
    }
    for (size_t r = 0; r < fit->rows; r++) {
        Py_BEGIN_ALLOW_THREADS
        imr_expansion_fit_curve(
            fit, r, PyArray_DATA(days), n, data[0] + r * n, data[1] + r * n, data[2] + r * n);
        Py_END_ALLOW_THREADS
        if (PyErr_CheckSignals() < 0) {
            return -1;
        }
    }
    return 0;
}

static PyObject *
expansion_fit_curve(PyObject *module, PyObject *args)
{
    PyObject *labels, *value[N_INPUTS], *decline, *days, *curves[3] = { NULL }, *result = NULL;
    PyArrayObject *array[N_INPUTS] = { NULL }, *asked = NULL;
    imr_expansion_fit_options_t options = { 0 };
    imr_expansion_fit_t fit = { 0 };
    imr_fault_t fault = { 0 };

    if (!PyArg_ParseTuple(args, "O!OOOOOOOOdpO:expansion_fit_curve", &PyList_Type, &labels,
            &value[PATIENT], &value[DAY], &value[COPIES], &value[BELOW], &value[LLOQ],
            &value[INFUSION_START], &value[INFUSION_DAY], &decline, &options.level, &options.limits,
            &days)) {
        return NULL;
    }
    asked = read_doubles(module, days, "days", -1, NULL);
    if (asked == NULL) {
        goto out;
    }
    for (npy_intp i = 0; i < PyArray_DIM(asked, 0); i++) {
        double day = ((const double *) PyArray_DATA(asked))[i];

        if (!Py_IS_FINITE(day) || day < 0) {
            imr_fault(&fault, Py_IS_FINITE(day) ? IMR_ERR_NEGATIVE : IMR_ERR_NONFINITE, "days",
                (int64_t) i, day);
            imr_raise(module, &fault);
            goto out;
        }
    }
    if (begin_fit(module, &fit, &options, labels, value, array, decline) < 0) {
        goto out;
    }
    if (fill_curves(&fit, asked, curves) == 0) {
        result = PyTuple_Pack(3, curves[0], curves[1], curves[2]);
    }
out:
    imr_expansion_fit_free(&fit);
    for (int i = 0; i < 3; i++) {
        Py_XDECREF(curves[i]);
    }
    Py_XDECREF((PyObject *) asked);
    for (int i = 0; i < N_INPUTS; i++) {
        Py_XDECREF((PyObject *) array[i]);
    }
    return result;
}

PyMethodDef imr_expansion_methods[] = {
    { "expansion", expansion, METH_VARARGS,
        "expansion($module, labels, patient, day, copies, below, lloq, infusion_start,"
        " infusion_day, auc_days, method, below_first, below_between, below_last, with_peak,"
        " min_adjusted_r2, min_span, /)\n--\n\n"
        "The columns of recovery.expansion; patient holds positions in the labels. The infusions\n"
        "of patient p stand from infusion_start[p] to infusion_start[p + 1]." },
    { "expansion_summary", expansion_summary, METH_VARARGS,
        "expansion_summary($module, value, level, /)\n--\n\n"
        "For each row of values: n, missing, zeros, geometric mean, its limits, geometric CV, "
        "median,\nleast and most." },
    { "expansion_fit", expansion_fit, METH_VARARGS,
        "expansion_fit($module, labels, patient, day, copies, below, lloq, infusion_start,"
        " infusion_day, decline, level, limits, /)\n--\n\n"
        "The rows of recovery.expansion_fit." },
    { "expansion_fit_curve", expansion_fit_curve, METH_VARARGS,
        "expansion_fit_curve($module, labels, patient, day, copies, below, lloq, infusion_start,"
        " infusion_day, decline, level, limits, days, /)\n--\n\n"
        "The curves of the rows of recovery.expansion_fit on these days since infusion, with their "
        "lower and\nupper limits: rows by days." },
    { "expansion_words", words, METH_NOARGS,
        "expansion_words($module, /)\n--\n\n"
        "The words of the codes in the columns status, lambda_z_status and auc_status; and the\n"
        "quantities of a fit." },
    { NULL, NULL, 0, NULL },
};

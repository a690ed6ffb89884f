#include "binding.h"

#include "recovery/titre.h"
#include "recovery/titre_retention.h"
#include "recovery/titre_seroconversion.h"

static const struct {
    const char *words, *reason;
} STATUSES[] = {
#define ROW(name, words, reason) { words, reason },
    IMR_TITRE_STATUS_LIST(ROW) IMR_SEROCONVERSION_STATUS_LIST(ROW)
#undef ROW
};

/* Positions from..to - 1 of STATUSES as a tuple of (word, reason). */
static PyObject *
tuple_of_statuses(int from, int to)
{
    PyObject *tuple = PyTuple_New(to - from);

    for (int i = from; tuple != NULL && i < to; i++) {
        PyObject *pair = Py_BuildValue("(ss)", STATUSES[i].words, STATUSES[i].reason);

        if (pair == NULL || PyTuple_SetItem(tuple, i - from, pair) < 0) {
            Py_CLEAR(tuple);
        }
    }
    return tuple;
}

static PyObject *
titre_words(PyObject *module, PyObject *Py_UNUSED(none))
{
    (void) module;
    return Py_BuildValue("(NN)", tuple_of_statuses(0, IMR_TITRE_STATUSES),
        tuple_of_statuses(IMR_TITRE_STATUSES, IMR_TITRE_STATUSES + IMR_SEROCONVERSION_STATUSES));
}

static int
set_column(PyObject *columns, const char *name, PyObject *column)
{
    int ret = column == NULL ? -1 : PyDict_SetItemString(columns, name, column);

    Py_XDECREF(column);
    return ret;
}

#define SET_NUMBER(name)                                                                           \
    ret = ret < 0 ? ret : set_column(columns, #name, imr_column_double(owner, answer->name, n));
#define SET_COUNT(name)                                                                            \
    ret = ret < 0 ? ret : set_column(columns, #name, imr_column_int64(owner, answer->name, n));

/* --- arguments ----------------------------------------------------------------------------------- */

/* A limit: None, a number, or one a row of `length_of`. */
static int
read_limit(PyObject *module, PyObject *value, const char *name, npy_intp length,
    const char *length_of, PyArrayObject **array, const double **data, size_t *step)
{
    if (value == Py_None) {
        return 0;
    }
    *array = imr_array_double(module, value, name);
    if (*array == NULL) {
        return -1;
    }
    *data = PyArray_DATA(*array);
    *step = PyArray_NDIM(*array) > 0;
    return *step ? imr_check_column(module, *array, name, length, length_of) : 0;
}

enum { LLOQ, ULOQ, IVIG_PATIENT, IVIG_DAY, N_OTHERS };

static int
read_infusions(PyObject *module, PyObject *patient, PyObject *day, double window,
    PyArrayObject **arrays, imr_titre_infusions_t *infusions)
{
    arrays[IVIG_PATIENT] = imr_array_int64(module, patient, "ivig_day");
    if (arrays[IVIG_PATIENT] == NULL) {
        return -1;
    }
    arrays[IVIG_DAY] = imr_array_double(module, day, "ivig_day");
    if (arrays[IVIG_DAY] == NULL
        || imr_check_column(module, arrays[IVIG_PATIENT], "ivig_day", -1, "") < 0
        || imr_check_column(module, arrays[IVIG_DAY], "ivig_day",
               PyArray_DIM(arrays[IVIG_PATIENT], 0), "the list of its patients")
            < 0) {
        return -1;
    }
    infusions->patient = PyArray_DATA(arrays[IVIG_PATIENT]);
    infusions->day = PyArray_DATA(arrays[IVIG_DAY]);
    infusions->n = (size_t) PyArray_DIM(arrays[IVIG_DAY], 0);
    infusions->window = window;
    return 0;
}

static int
read_limits(PyObject *module, PyObject *lloq, PyObject *uloq, npy_intp length,
    const char *length_of, PyArrayObject **arrays, imr_titre_limits_t *limits)
{
    return read_limit(module, lloq, "lloq", length, length_of, &arrays[LLOQ], &limits->lloq,
               &limits->lloq_step)
                < 0
            || read_limit(module, uloq, "uloq", length, length_of, &arrays[ULOQ], &limits->uloq,
                   &limits->uloq_step)
                < 0
        ? -1
        : 0;
}

static void
free_arrays(PyArrayObject **arrays)
{
    for (int i = 0; i < N_OTHERS; i++) {
        Py_XDECREF((PyObject *) arrays[i]);
    }
}

/* --- decay --------------------------------------------------------------------------------------- */

/* Hands the block of *answer over to a dict of columns. */
static PyObject *
titre_columns(imr_titre_t *answer)
{
    size_t n = answer->patients;
    PyObject *columns = PyDict_New(), *owner = imr_owner(answer->block);
    int ret = columns == NULL || owner == NULL ? -1 : 0;

    answer->block = NULL;
    IMR_TITRE_NUMBER_LIST(SET_NUMBER)
    IMR_TITRE_COUNT_LIST(SET_COUNT)
    Py_XDECREF(owner);
    if (ret < 0) {
        Py_CLEAR(columns);
    }
    return columns;
}

static PyObject *
titre(PyObject *module, PyObject *args)
{
    static const char *const names[] = { "patient", "day", "value", "below" };
    static const char kinds[] = "IDDf";
    PyObject *given[4], *lloq, *uloq, *ivig_patient, *ivig_day, *result = NULL;
    PyArrayObject *arrays[4] = { NULL }, *others[N_OTHERS] = { NULL };
    imr_titre_rows_t rows = { .patients = 0 };
    imr_titre_options_t options;
    imr_titre_t answer = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    Py_ssize_t patients;
    double window;
    int status;

    if (!PyArg_ParseTuple(args, "nOOOOOOdOOddddpd:titre", &patients, &given[0], &given[1],
            &given[2], &given[3], &lloq, &uloq, &rows.limits.dilution, &ivig_patient, &ivig_day,
            &window, &options.start_day, &options.half_life, &options.sd, &options.is_common,
            &options.level)
        || imr_columns(module, given, names, kinds, arrays) < 0
        || read_limits(
               module, lloq, uloq, PyArray_DIM(arrays[0], 0), "patient", others, &rows.limits)
            < 0
        || read_infusions(module, ivig_patient, ivig_day, window, others, &rows.infusions) < 0) {
        goto out;
    }
    rows.patient = PyArray_DATA(arrays[0]);
    rows.day = PyArray_DATA(arrays[1]);
    rows.value = PyArray_DATA(arrays[2]);
    rows.below = imr_column_data(arrays[3]);
    rows.n = (size_t) PyArray_DIM(arrays[0], 0);
    rows.patients = (size_t) patients;
    Py_BEGIN_ALLOW_THREADS
    status = imr_titre_init(&answer, &rows, &options, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    if (options.is_common) {
        status = imr_titre_pool(&answer, &signals.stop, &fault);
    }
    if (status == IMR_OK) {
        status = imr_titre_fit(&answer, &signals.stop, &fault);
    }
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    result = titre_columns(&answer);
out:
    imr_titre_free(&answer);
    imr_columns_free(arrays, kinds);
    free_arrays(others);
    return result;
}

/* --- seroconversion ------------------------------------------------------------------------------- */

static PyObject *
seroconversion_columns(imr_seroconversion_t *answer)
{
    size_t n = answer->patients;
    PyObject *columns = PyDict_New(), *owner = imr_owner(answer->block);
    int ret = columns == NULL || owner == NULL ? -1 : 0;

    answer->block = NULL;
    IMR_SEROCONVERSION_NUMBER_LIST(SET_NUMBER)
    IMR_SEROCONVERSION_COUNT_LIST(SET_COUNT)
    Py_XDECREF(owner);
    if (ret < 0) {
        Py_CLEAR(columns);
    }
    return columns;
}

static PyObject *
seroconversion(PyObject *module, PyObject *args)
{
    static const char *const names[] = { "patient", "day", "value", "assay" };
    static const char kinds[] = "IDDi";
    PyObject *given[4], *uln, *ivig_patient, *ivig_day, *result = NULL;
    PyArrayObject *arrays[4] = { NULL }, *others[N_OTHERS] = { NULL };
    imr_seroconversion_rows_t rows = { .patients = 0 };
    imr_seroconversion_t answer = { 0 };
    imr_fault_t fault;
    Py_ssize_t patients;
    long long confirm;
    double window;
    int status;

    if (!PyArg_ParseTuple(args, "nOOOOOOOddL:titre_seroconversion", &patients, &given[0], &given[1],
            &given[2], &uln, &given[3], &ivig_patient, &ivig_day, &window, &rows.start_day,
            &confirm)
        || imr_columns(module, given, names, kinds, arrays) < 0
        || read_limit(module, uln, "uln", PyArray_DIM(arrays[0], 0), "patient", &others[LLOQ],
               &rows.uln, &rows.uln_step)
            < 0
        || read_infusions(module, ivig_patient, ivig_day, window, others, &rows.infusions) < 0) {
        goto out;
    }
    if (rows.uln == NULL) {
        imr_raise_input(module, "uln is None; give the upper limit of normal of the assay");
        goto out;
    }
    rows.patient = PyArray_DATA(arrays[0]);
    rows.day = PyArray_DATA(arrays[1]);
    rows.value = PyArray_DATA(arrays[2]);
    rows.assay = imr_column_data(arrays[3]);
    rows.confirm = confirm;
    rows.n = (size_t) PyArray_DIM(arrays[0], 0);
    rows.patients = (size_t) patients;
    Py_BEGIN_ALLOW_THREADS
    status = imr_seroconversion(&answer, &rows, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    result = seroconversion_columns(&answer);
out:
    imr_seroconversion_free(&answer);
    imr_columns_free(arrays, kinds);
    free_arrays(others);
    return result;
}

/* --- retention ------------------------------------------------------------------------------------ */

static PyObject *
retention(PyObject *module, PyObject *args)
{
    static const char *const names[] = { "before", "after" };
    static const char kinds[] = "DD";
    PyObject *given[2], *lloq, *uloq, *result = NULL;
    PyArrayObject *arrays[2] = { NULL }, *others[N_OTHERS] = { NULL };
    imr_titre_retention_rows_t rows = { .limits = { .dilution = Py_NAN } };
    imr_titre_retention_t r;
    imr_fault_t fault;
    int status;

    if (!PyArg_ParseTuple(args, "OOOOddd:titre_retention", &given[0], &given[1], &lloq, &uloq,
            &rows.margin, &rows.protective, &rows.level)
        || imr_columns(module, given, names, kinds, arrays) < 0
        || read_limits(
               module, lloq, uloq, PyArray_DIM(arrays[0], 0), "before", others, &rows.limits)
            < 0) {
        goto out;
    }
    rows.before = PyArray_DATA(arrays[0]);
    rows.after = PyArray_DATA(arrays[1]);
    rows.n = (size_t) PyArray_DIM(arrays[0], 0);
    Py_BEGIN_ALLOW_THREADS
    status = imr_titre_retention(&r, &rows, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    result = Py_BuildValue("((dddddddd)(LLL)(LL)(LLL)d)", r.estimate, r.low, r.high, r.pvalue,
        r.pvalue_margin, r.pvalue_sign, r.sd, r.df, (long long) r.known, (long long) r.censored,
        (long long) r.unknown, (long long) r.above_margin, (long long) r.below_margin,
        (long long) r.protected_before, (long long) r.protected_after, (long long) r.kept,
        r.score_norm);
out:
    imr_columns_free(arrays, kinds);
    free_arrays(others);
    return result;
}

PyMethodDef imr_titre_methods[] = {
    { "titre", titre, METH_VARARGS,
        "titre($module, patients, patient, day, value, below, lloq, uloq, dilution, ivig_patient, "
        "ivig_day, ivig_window, start_day, half_life, sd, is_common, level, /)\n--\n\n"
        "The columns of recovery.titre; patient holds codes, nan stands for no dilution, and for\n"
        "a half_life or sd that is estimated, of all patients together where is_common." },
    { "titre_retention", retention, METH_VARARGS,
        "titre_retention($module, before, after, lloq, uloq, margin, protective, level, /)\n--\n\n"
        "((estimate, low, high, pvalue, pvalue_margin, pvalue_sign, sd, df), (known, censored,\n"
        "unknown), (above_margin, below_margin), (protected_before, protected_after, kept),\n"
        "score_norm) of recovery.titre_retention; protective is nan for none." },
    { "titre_seroconversion", seroconversion, METH_VARARGS,
        "titre_seroconversion($module, patients, patient, day, value, uln, assay, ivig_patient, "
        "ivig_day, ivig_window, start_day, confirm, /)\n--\n\n"
        "The columns of recovery.seroconversion; patient and assay hold codes." },
    { "titre_words", titre_words, METH_NOARGS,
        "titre_words($module, /)\n--\n\n"
        "(word, reason) of each status of recovery.titre, and of recovery.seroconversion." },
    { NULL, NULL, 0, NULL },
};

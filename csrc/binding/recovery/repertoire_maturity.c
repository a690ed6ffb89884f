#include "binding.h"

#include "base/mem.h"
#include "recovery/repertoire_maturity.h"

static const char *const NAMES[] = { "mutation", "isotype", "clone", "sample" };
static const char *const ISOTYPES[] = { IMR_ISOTYPE_LIST(IMR_WORDS_OF_CHOICE) };

#define KINDS "diii"

enum { N_COLUMNS = 4 };

static PyObject *
three(const imr_maturity_mean_t *mean)
{
    return Py_BuildValue("(ddd)", mean->estimate, mean->low, mean->high);
}

static PyObject *
tuple_of(const imr_maturity_t *maturity)
{
    PyObject *shares[IMR_ISOTYPES];

    for (int k = 0; k < IMR_ISOTYPES; k++) {
        shares[k] = three(&maturity->isotype[k]);
    }
    return Py_BuildValue("(LLNNN)", (long long) maturity->sequences, (long long) maturity->clones,
        three(&maturity->mutation), imr_pack(shares, IMR_ISOTYPES), three(&maturity->switched));
}

static PyObject *
repertoire_maturity(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *item, *list = NULL;
    PyArrayObject *arrays[N_COLUMNS] = { NULL };
    imr_maturity_rows_t rows = { 0 };
    imr_maturity_t *maturity = NULL;
    imr_fault_t fault;
    Py_ssize_t n_samples, n = -1;
    double level;
    int status;

    if (!PyArg_ParseTuple(args, "OOOOnd:repertoire_maturity", &given[0], &given[1], &given[2],
            &given[3], &n_samples, &level)) {
        return NULL;
    }
    if (n_samples < 1) {
        return imr_raise_input(module, "sample has no labels; give one a row");
    }
    for (int c = 0; c < N_COLUMNS; c++) {
        if (Py_IsNone(given[c])) {
            continue;
        }
        arrays[c] = KINDS[c] == 'd' ? imr_array_double(module, given[c], NAMES[c])
                                    : imr_array_int64(module, given[c], NAMES[c]);
        if (arrays[c] == NULL
            || imr_check_column(module, arrays[c], NAMES[c], n, "the first column") < 0) {
            goto out;
        }
        n = PyArray_DIM(arrays[c], 0);
    }
    rows.n = n < 0 ? 0 : (size_t) n;
    rows.n_samples = (size_t) n_samples;
    rows.mutation = imr_column_data(arrays[0]);
    rows.isotype = imr_column_data(arrays[1]);
    rows.clone = imr_column_data(arrays[2]);
    rows.sample = imr_column_data(arrays[3]);
    maturity = imr_calloc(rows.n_samples, sizeof(*maturity));
    if (maturity == NULL) {
        PyErr_NoMemory();
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_repertoire_maturity(&rows, level, maturity, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    list = PyList_New(0);
    for (size_t s = 0; list != NULL && s < rows.n_samples; s++) {
        item = tuple_of(&maturity[s]);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
out:
    imr_free(maturity);
    imr_columns_free(arrays, KINDS);
    return list;
}

static PyObject *
isotype_words(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none))
{
    PyObject *words[IMR_ISOTYPES];

    for (int k = 0; k < IMR_ISOTYPES; k++) {
        words[k] = PyUnicode_FromString(ISOTYPES[k]);
    }
    return imr_pack(words, IMR_ISOTYPES);
}

PyMethodDef imr_repertoire_maturity_methods[] = {
    { "isotype_words", isotype_words, METH_NOARGS,
        "isotype_words($module, /)\n--\n\nThe isotypes in the order of their codes." },
    { "repertoire_maturity", repertoire_maturity, METH_VARARGS,
        "repertoire_maturity($module, mutation, isotype, clone, sample, n_samples, level, "
        "/)\n--\n\n"
        "[(sequences, clones, mutation, isotypes, switched), a sample], each of the last three\n"
        "(estimate, low, high); isotype, clone and sample hold codes, or are None." },
    { NULL, NULL, 0, NULL },
};

#include "binding.h"

#include "recovery/reconstitution_test.h"
#include "survival/logrank_columns.h"
#include "survival/logrank_permutation.h"

static const char *const NAMES[] = { "left", "right", "competing", "group" };
static const char KINDS[] = "DDdI";
/* Labels dealt out between two looks at Ctrl-C: about 10 ms. */
#define LABELS_A_TURN (1 << 21)

/* -1 with an exception. */
static int
find_scores(PyObject *module, PyArrayObject **arrays, int unseen_returns, int timefix,
    imr_logrank_scores_t *scores)
{
    imr_reconstitution_rows_t rows = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    int status;

    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_reconstitution_rows_init(&rows, imr_column_data(arrays[0]),
        imr_column_data(arrays[1]), imr_column_data(arrays[2]), NULL, 1,
        (size_t) PyArray_DIM(arrays[0], 0), unseen_returns, timefix, &fault);
    if (status == IMR_OK) {
        status = imr_reconstitution_deal(
            &rows, imr_column_data(arrays[3]), scores, &signals.stop, &fault);
    }
    PyEval_RestoreThread(signals.saved);
    imr_reconstitution_rows_free(&rows);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    return 0;
}

/* -1 with an exception. */
static int
permute(imr_logrank_permutation_t *permutation, const uint64_t key[2], Py_ssize_t replicates,
    double *pvalue)
{
    Py_ssize_t turn = 1 + (Py_ssize_t) (LABELS_A_TURN / permutation->scores->n);
    uint64_t extreme = 0;

    for (Py_ssize_t from = 0; from < replicates; from += turn) {
        Py_ssize_t to = turn < replicates - from ? from + turn : replicates;

        if (PyErr_CheckSignals() < 0) {
            return -1;
        }
        Py_BEGIN_ALLOW_THREADS
        extreme += imr_logrank_permute(permutation, key, (uint32_t) from, (uint32_t) to);
        Py_END_ALLOW_THREADS
    }
    *pvalue = (double) (extreme + 1) / (double) (replicates + 1);
    return 0;
}

static PyObject *
reconstitution_test(PyObject *module, PyObject *args)
{
    PyObject *given[4], *word, *result = NULL;
    PyArrayObject *arrays[4] = { NULL };
    imr_alternative_t alternative;
    imr_logrank_scores_t scores = { 0 };
    imr_logrank_permutation_t permutation = { 0 };
    imr_fault_t fault;
    Py_ssize_t n_groups, replicates;
    unsigned long long low, high;
    int unseen_returns, timefix, failed;
    double pvalue = 1;

    if (!PyArg_ParseTuple(args, "OOOOnppOn(KK):reconstitution_test", &given[0], &given[1],
            &given[2], &given[3], &n_groups, &unseen_returns, &timefix, &word, &replicates, &low,
            &high)
        || imr_logrank_read_alternative(module, word, &alternative) < 0) {
        return NULL;
    }
    if (imr_columns(module, given, NAMES, KINDS, arrays) < 0) {
        goto out;
    }
    if (n_groups != 2) {
        imr_fault(&fault, IMR_ERR_TWO_GROUPS, "group", -1, Py_NAN);
        imr_raise(module, &fault);
        goto out;
    }
    if (find_scores(module, arrays, unseen_returns, timefix, &scores) < 0) {
        goto out;
    }
    if (imr_logrank_permutation_init(&permutation, &scores, NULL, alternative, &fault) != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    if (replicates == 0) {
        failed = imr_logrank_work_exactly(
            module, &scores, alternative, "left", IMR_ERR_EXACT_PATIENTS, &pvalue);
    } else {
        const uint64_t key[] = { low, high };

        failed = permute(&permutation, key, replicates, &pvalue);
    }
    if (failed == 0) {
        imr_logrank_scores_sum(&scores, scores.label, permutation.sum);
        result =
            Py_BuildValue("(nnddd)", (Py_ssize_t) scores.count[0], (Py_ssize_t) scores.count[1],
                (double) permutation.sum[1] * scores.unit[0], permutation.z, pvalue);
    }
out:
    imr_logrank_permutation_free(&permutation);
    imr_logrank_scores_free(&scores);
    imr_columns_free(arrays, KINDS);
    return result;
}

PyMethodDef imr_reconstitution_test_methods[] = {
    { "reconstitution_test", reconstitution_test, METH_VARARGS,
        "reconstitution_test($module, left, right, competing, group, n_groups, unseen_returns, "
        "timefix, alternative, replicates, key, /)\n--\n\n"
        "(patients, patients, excess, z, pvalue) of recovery.reconstitution_test; no replicates: "
        "exact." },
    { NULL, NULL, 0, NULL },
};

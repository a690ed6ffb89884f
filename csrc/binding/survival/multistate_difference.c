#include "survival/multistate_input.h"

#include "survival/multistate_difference.h"

static const char *const METHODS[] = { "exact", "monte-carlo", "auto" };
enum { EXACT, MONTE_CARLO, AUTO, N_METHODS };

/* Deals up to which "auto" is "exact": a tenth of a second of 20 patients. */
#define AUTO_DEALS 2e5
/* Stretches worked through between two looks at Ctrl-C. */
#define STRETCHES_A_TURN 1000000

/* -1 with an exception. */
static int
deal_all(PyObject *module, imr_multistate_difference_t *self, double *pvalue)
{
    imr_signals_t signals;
    imr_fault_t fault;
    int status;

    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_multistate_difference_exact(self, pvalue, &signals.stop, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    return 0;
}

static int
deal_some(imr_multistate_difference_t *self, const uint64_t key[2], Py_ssize_t replicates,
    PyObject *progress, double *pvalue)
{
    Py_ssize_t turn = 1 + STRETCHES_A_TURN / (Py_ssize_t) (1 + self->pooled.counts.spans);
    uint64_t extreme = 0;

    for (Py_ssize_t from = 0; from < replicates; from += turn) {
        Py_ssize_t to = turn < replicates - from ? from + turn : replicates;

        Py_BEGIN_ALLOW_THREADS
        extreme += imr_multistate_difference_random(self, key, (uint32_t) from, (uint32_t) to);
        Py_END_ALLOW_THREADS
        if (imr_report(progress, to, replicates) < 0) {
            return -1;
        }
    }
    *pvalue = ((double) extreme + 1) / ((double) replicates + 1);
    return 0;
}

static PyObject *
multistate_difference(PyObject *module, PyObject *args)
{
    PyObject *variance, *interval, *method, *progress, *result = NULL;
    imr_multistate_input_t input = { .rows = { .block = NULL } };
    imr_multistate_measure_t measure;
    imr_multistate_options_t options;
    imr_multistate_difference_t self = { .block = NULL };
    imr_signals_t signals;
    imr_fault_t fault;
    unsigned long long low, high;
    Py_ssize_t state, replicates;
    double pvalue;
    int way, status;

    if (!PyArg_ParseTuple(args, IMR_MULTISTATE_FORMAT "OOdpnddO(KK)nO:multistate_difference",
            IMR_MULTISTATE_GIVEN(input), &variance, &interval, &options.level, &input.data.fix_ties,
            &state, &measure.at, &measure.tau, &method, &low, &high, &replicates, &progress)
        || imr_multistate_choices(module, variance, interval, &options) < 0
        || (way = imr_choice(module, method, "method", METHODS, N_METHODS)) < 0) {
        return NULL;
    }
    if (replicates < 0 || (uint64_t) replicates > UINT32_MAX) {
        return imr_raise_input(module, "replicates is %zd; give 1 to 4294967295", replicates);
    }
    if (state < 0 || state >= PyTuple_Size(input.labels)) {
        return imr_raise_input(module, "state is %zd; give the number of a state", state);
    }
    measure.state = (size_t) state;
    measure.fix_ties = input.data.fix_ties;
    if (imr_multistate_input_init(module, &input) < 0) {
        goto out;
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_multistate_difference_init(
        &self, &input.rows, input.data.groups, &measure, &options, &signals.stop, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    if (way == AUTO) {
        way = imr_multistate_difference_deals(&self) <= AUTO_DEALS ? EXACT : MONTE_CARLO;
    }
    if (way == MONTE_CARLO && replicates == 0) {
        imr_raise_input(module,
            "rng is None; there are too many patients to deal them to the groups in all ways: give "
            "a "
            "whole number for random ones");
        goto out;
    }
    if (way == EXACT
            ? deal_all(module, &self, &pvalue) == 0
            : deal_some(&self, (const uint64_t[]) { low, high }, replicates, progress, &pvalue)
                == 0) {
        result = Py_BuildValue("(dddd(dd)(dd)(dd)(dd)(LL)dsL)", self.difference,
            self.difference_std_error, self.difference_low, self.difference_high, self.estimate[0],
            self.estimate[1], self.std_error[0], self.std_error[1], self.low[0], self.low[1],
            self.high[0], self.high[1], (long long) self.patients[0], (long long) self.patients[1],
            pvalue, METHODS[way == EXACT ? EXACT : MONTE_CARLO], (long long) input.rows.merged);
    }
out:
    imr_multistate_difference_free(&self);
    imr_multistate_input_free(&input);
    return result;
}

PyMethodDef imr_multistate_difference_methods[] = {
    { "multistate_difference", multistate_difference, METH_VARARGS,
        "multistate_difference($module, patient, names, time, event, entry, initial, first, group, "
        "groups, states, allowed, absorbing, variance, interval, level, timefix, state, at, tau, "
        "method, key, replicates, progress, /)\n--\n\n"
        "(difference, std_error, low, high, those of each group, patients, pvalue, method, "
        "merged)." },
    { NULL, NULL, 0, NULL },
};

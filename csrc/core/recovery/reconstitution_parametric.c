#include "recovery/reconstitution_parametric.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "recovery/reconstitution_share.h"

/* --- rows -------------------------------------------------------------------------------------- */

/* Between which times a row says that return lies, and how long it was followed. */
static void
read_row(const imr_reconstitution_rows_t *rows, size_t row, double last_without,
    imr_reconstitution_unseen_t unseen, double *from, double *to, double *followed)
{
    const imr_turnbull_ends_t *ends = &rows->ends;

    *from = ends->value[ends->left[row]];
    *to = ends->right[row] < ends->n_values ? ends->value[ends->right[row]] : INFINITY;
    *followed = isinf(*to) ? *from : *to;
    if (rows->kind[row] != IMR_RECONSTITUTION_COMPETING) {
        return;
    }
    if (rows->unseen[row] && unseen != IMR_UNSEEN_COMPETING) {
        *from = last_without;
    }
    if (!rows->unseen[row] || unseen != IMR_UNSEEN_RETURN) {
        *to = INFINITY;
    }
}

static int
is_chosen(const int64_t *group, int64_t code, size_t row)
{
    return group == NULL || group[row] == code;
}

/* The rows as durations from 0. */
static int
read_times(imr_reconstitution_parametric_t *self, const imr_reconstitution_rows_t *rows,
    const double *left, const int64_t *group, int64_t code, imr_reconstitution_unseen_t unseen,
    imr_fault_t *fault)
{
    size_t n = rows->ends.n, count = 0;
    double *zero = imr_calloc(n, 3 * sizeof(*zero)), *from, *to;
    int status = IMR_OK;

    if (zero == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    from = zero + n;
    to = from + n;
    for (size_t i = 0; i < n && status == IMR_OK; i++) {
        double followed;

        if (!is_chosen(group, code, i)) {
            continue;
        }
        read_row(rows, i, left[i], unseen, &from[count], &to[count], &followed);
        if (to[count] == 0) {
            status = imr_fault(fault, IMR_ERR_RETURN_AT_ONCE, "right", (int64_t) i, 0);
        }
        self->n_returned += rows->kind[i] == IMR_RECONSTITUTION_RETURN;
        self->n_competing += rows->kind[i] == IMR_RECONSTITUTION_COMPETING;
        self->n_unseen += rows->unseen[i];
        self->exposure += followed;
        count++;
    }
    if (status == IMR_OK && count == 0) {
        status = imr_fault(fault, IMR_ERR_NO_ROWS, NULL, -1, NAN);
    }
    if (status == IMR_OK) {
        status = imr_aplasia_rows_init(
            &self->times, zero, zero, from, to, NULL, 0, count, NULL, 0, fault);
    }
    imr_free(zero);
    return status;
}

int
imr_reconstitution_parametric_init(imr_reconstitution_parametric_t *self,
    const imr_reconstitution_rows_t *rows, const double *left, const int64_t *group, int64_t code,
    imr_reconstitution_unseen_t unseen, int has_rate, imr_aplasia_distribution_t distribution,
    imr_fault_t *fault)
{
    int status;

    memset(self, 0, sizeof(*self));
    status = read_times(self, rows, left, group, code, unseen, fault);
    if (status == IMR_OK && self->n_competing > 0 && !(self->exposure > 0)) {
        status = imr_fault(fault, IMR_ERR_RECONSTITUTION_RATE, "competing", -1, NAN);
    }
    if (status == IMR_OK) {
        status = imr_aplasia_likelihood_init(&self->likelihood, &self->times, distribution, fault);
    }
    if (status != IMR_OK) {
        imr_reconstitution_parametric_free(self);
        return status;
    }
    self->has_rate = has_rate;
    self->unit = exp(self->likelihood.centre);
    self->exposure /= self->unit;
    return IMR_OK;
}

void
imr_reconstitution_parametric_free(imr_reconstitution_parametric_t *self)
{
    imr_aplasia_likelihood_free(&self->likelihood);
    imr_aplasia_rows_free(&self->times);
    memset(self, 0, sizeof(*self));
}

/* --- the maximum ------------------------------------------------------------------------------- */

int
imr_reconstitution_parametric_fit(
    imr_reconstitution_parametric_t *self, imr_stop_t *stop, imr_fault_t *fault)
{
    double events = (double) self->n_competing;
    int status;

    status = imr_aplasia_fit(&self->fit, &self->likelihood, stop, fault);
    if (status == IMR_ERR_APLASIA_UNBOUNDED && fault != NULL) {
        fault->argument = "left";
        fault->row = -1; /* counted within the group */
    }
    if (status != IMR_OK) {
        return status;
    }
    self->rate = events > 0 ? events / self->exposure : 0;
    self->loglik =
        self->fit.loglik + (events > 0 ? events * (log(self->rate) - log(self->unit)) - events : 0);
    return IMR_OK;
}

void
imr_reconstitution_parametric_shares(
    const imr_reconstitution_parametric_t *self, double time, double *share, double *competing)
{
    const imr_aplasia_fit_t *fit = &self->fit;
    imr_aplasia_w_t w = imr_aplasia_w(fit->distribution, fit->v[IMR_APLASIA_THETA]);
    double v[IMR_RECONSTITUTION_UNKNOWNS] = { fit->v[IMR_APLASIA_ALPHA], fit->v[IMR_APLASIA_THETA],
        self->rate };
    double end = log(time) - self->likelihood.centre, without;
    imr_reconstitution_share_t found;

    if (isinf(fit->mu)) { /* never, or at once */
        int at_once = fit->mu < 0 && time > 0;

        *share = at_once;
        *competing = at_once ? 0 : self->rate > 0 ? -expm1(-self->rate * time / self->unit) : 0;
        return;
    }
    if (self->rate == 0) {
        *share = imr_aplasia_point(&w, v[1] * end - v[0]).lower;
        *competing = 0;
        return;
    }
    imr_reconstitution_share(&found, fit->distribution, v, end);
    without = exp(-self->rate * exp(end)) * imr_aplasia_point(&w, v[1] * end - v[0]).upper;
    *share = fmin(1, found.value);
    *competing = fmax(0, 1 - *share - without);
}

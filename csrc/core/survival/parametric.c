#include "survival/parametric.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "survival/parametric_climb.h"

#define CLOSE 1e-20
/* A gain of log-likelihood below which a cure fraction counts as none. */
#define LEAST_GAIN 1e-8
/* As good as infinite for a look at what is beyond the range of q. */
#define FAR_SHAPE 12
/* Standard errors, of a standardised column in units of the scale and of the log scale, that mean that the
 * likelihood leaves the parameter open. */
#define OPEN 1e3
/* A coefficient of a standardised column, in units of the scale, that no maximum has beside an infinite
 * scale. */
#define SEPARATED 10
/* The standard deviation of the standard logistic distribution, pi / sqrt 3. */
#define LOGISTIC_SPREAD 1.8137993642342178

static const imr_hold_t nothing = { .kind = IMR_HOLD_NOTHING };

/* --- where to begin ---------------------------------------------------------------------------- */

static double
middle_of(const imr_parametric_t *self, size_t i)
{
    switch ((imr_row_kind_t) self->kind[i]) {
        case IMR_ROW_LEFT:
            return self->b[i];
        case IMR_ROW_INTERVAL:
            return 0.5 * (self->a[i] + self->b[i]);
        default:
            return self->a[i];
    }
}

/* Mean and spread of the (log) times, those without an event left out when `events`. */
static void
moments(const imr_parametric_t *self, int events, double *mean, double *spread)
{
    double weight = 0, sum = 0, squares = 0;

    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < self->n; i++) {
            double from;

            if (self->kind[i] == IMR_ROW_EMPTY || !(self->row_weight[i] > 0)
                || (events && self->kind[i] == IMR_ROW_RIGHT)) {
                continue;
            }
            from = middle_of(self, i) - (pass == 0 ? 0 : sum / weight);
            weight += pass == 0 ? self->row_weight[i] : 0;
            sum += pass == 0 ? self->row_weight[i] * from : 0;
            squares += pass == 0 ? 0 : self->row_weight[i] * from * from;
        }
    }
    *mean = sum / weight;
    *spread = sqrt(squares / weight);
}

/* Puts self->at where a climb may begin, with this logit of the cure fraction. */
static void
begin(imr_parametric_t *self, int events, double logit)
{
    double mean, spread, weight = 0;
    size_t scale = imr_parametric_place(self, IMR_SCALE);
    size_t cure = imr_parametric_place(self, IMR_CURE);

    memset(self->at, 0, self->d * sizeof(double));
    if (cure < self->d) {
        self->at[cure] = logit;
    }
    moments(self, events, &mean, &spread);
    if (self->distribution == IMR_GOMPERTZ) {
        for (size_t i = 0; i < self->n; i++) {
            weight += self->kind[i] == IMR_ROW_RIGHT ? 0 : self->row_weight[i];
        }
        self->at[0] = log(weight / self->weight) - log(mean > 0 ? mean : 1);
        return;
    }
    self->at[0] = mean;
    if (scale < self->d) {
        spread /= self->distribution == IMR_LOGLOGISTIC ? LOGISTIC_SPREAD : 1;
        self->at[scale] = spread > 1e-3 ? log(spread) : 0;
    }
}

/* --- the best of several climbs ---------------------------------------------------------------- */

/* Keeps where the last climb ended if it is the highest so far. */
static void
keep_best(imr_parametric_t *self, double *best)
{
    if (self->here.loglik > *best) {
        *best = self->here.loglik;
        memcpy(self->estimate, self->at, self->d * sizeof(double));
    }
}

static int
at_edge(const imr_parametric_t *self)
{
    size_t shape = imr_parametric_place(self, IMR_SHAPE);

    return shape < self->d && fabs(self->at[shape]) >= IMR_MOST_SHAPE;
}

/* Climbs, for generalised gamma from several q. A climb that ran away has no maximum; its status is
 * given when none was found. One that came to no end counts: its certificate will tell. */
static int
climb_all(imr_parametric_t *self, int events, double logit, double *best)
{
    static const double shapes[] = { 0, 1, -1 };
    size_t shape = imr_parametric_place(self, IMR_SHAPE);
    const imr_hold_t hold = { .kind = IMR_HOLD_PARAMETER, .parameter = shape };
    int failed = IMR_ERR_FLAT_LIKELIHOOD, found = 0;

    for (int i = 0; i < (shape < self->d ? 3 : 1); i++) {
        int status = IMR_OK;

        begin(self, events, logit);
        self->ran_away = 0;
        if (shape < self->d) {
            self->at[shape] = shapes[i];
            status = imr_parametric_climb(self, &hold, 1e-6);
        }
        if (status != IMR_ERR_STOPPED && !self->ran_away) {
            status = imr_parametric_climb(self, &nothing, CLOSE);
        }
        if (status == IMR_ERR_STOPPED) {
            return status;
        }
        if (self->ran_away || at_edge(self)) {
            failed = self->ran_away ? self->ran_away : IMR_ERR_SHAPE_INFINITE;
        } else if (self->here.loglik > -INFINITY) {
            keep_best(self, best);
            found = 1;
        }
    }
    return found ? IMR_OK : failed;
}

/* Is the likelihood higher beyond the range of q than at the estimate? */
static int
look_beyond(imr_parametric_t *self, double best)
{
    size_t shape = imr_parametric_place(self, IMR_SHAPE);
    const imr_hold_t hold = { .kind = IMR_HOLD_PARAMETER, .parameter = shape };

    for (int side = -1; side <= 1 && shape < self->d; side += 2) {
        int status;

        memcpy(self->at, self->estimate, self->d * sizeof(double));
        self->at[shape] = side * FAR_SHAPE;
        status = imr_parametric_climb(self, &hold, 1e-6);
        if (status == IMR_ERR_STOPPED) {
            return status;
        }
        self->higher_beyond |= status == IMR_OK && self->here.loglik > best + LEAST_GAIN;
    }
    return IMR_OK;
}

/* With a cure fraction: first without one, then from a small and a large one. */
static int
climb_cured(imr_parametric_t *self, double *best)
{
    size_t cure = imr_parametric_place(self, IMR_CURE);
    double censored = (double) self->count[IMR_ROW_RIGHT], all = (double) self->n, without;
    double share[2] = { 0.3 * censored / all, 0.9 * censored / all };
    int status, first;

    first = climb_all(self, 0, 2 * IMR_NO_CURE, best);
    without = first == IMR_OK ? *best : -INFINITY;
    for (int i = 0; i < 2 && first != IMR_ERR_STOPPED; i++) {
        status = climb_all(self, 1, share[i] > 0 ? log(share[i] / (1 - share[i])) : -3, best);
        first = status == IMR_ERR_STOPPED || first != IMR_OK ? status : first;
        if (status != IMR_OK && status != IMR_ERR_STOPPED && self->ran_away == IMR_ERR_SCALE_ZERO) {
            return status; /* as high as one likes: no maximum elsewhere counts */
        }
    }
    if (first == IMR_OK && *best <= without + LEAST_GAIN) {
        self->estimate[cure] = 2 * IMR_NO_CURE;
    }
    self->boundary = self->estimate[cure] < IMR_NO_CURE;
    return first;
}

/* --- the answer -------------------------------------------------------------------------------- */

/* The covariance of the parameters that are not at a boundary; NaN for the others. Information without
 * an inverse is raised by next to nothing, so that what it leaves open has a variance next to infinity;
 * *raised says so. */
static int
find_covariance(imr_parametric_t *self, int *raised)
{
    size_t d = self->d, m = 0, cure = imr_parametric_place(self, IMR_CURE);
    double ridge = 0;

    for (size_t j = 0; j < d; j++) {
        if (!(j == cure && self->estimate[j] < IMR_NO_CURE)) {
            self->free[m++] = j;
        }
    }
    do {
        double most = 0;

        for (size_t r = 0; r < m; r++) {
            for (size_t c = 0; c < m; c++) {
                self->reduced[r * m + c] = -self->here.hessian[self->free[r] * d + self->free[c]];
            }
            most = fmax(most, fabs(self->reduced[r * m + r]));
        }
        for (size_t r = 0; r < m; r++) {
            self->reduced[r * m + r] += ridge * most;
        }
        *raised = ridge > 0;
        ridge = fmax(10 * ridge, 1e-15);
    } while (imr_cholesky(self->reduced, m, NULL) < m && ridge < 1e-6);
    if (!(ridge < 1e-6)) {
        return IMR_ERR_FLAT_LIKELIHOOD;
    }
    imr_cholesky_inverse(self->reduced, m, self->there.hessian);
    for (size_t i = 0; i < d * d; i++) {
        self->covariance[i] = NAN;
    }
    for (size_t r = 0; r < m; r++) {
        for (size_t c = 0; c < m; c++) {
            self->covariance[self->free[r] * d + self->free[c]] = self->there.hessian[r * m + c];
        }
    }
    return IMR_OK;
}

/* The column that tells patients with events from the others where the scale has gone to infinity, or k. */
static size_t
separating_column(const imr_parametric_t *self)
{
    double most = SEPARATED * imr_parametric_local(self, self->at, 0).scale;
    size_t column = self->k;

    for (size_t j = 1; j <= self->k; j++) {
        if (fabs(self->at[j]) > most) {
            most = fabs(self->at[j]);
            column = j - 1;
        }
    }
    return column;
}

/* Says which parameter the likelihood leaves open, if any: its standard error is next to infinite. */
static int
check_open(const imr_parametric_t *self, imr_fault_t *fault)
{
    int gompertz = self->distribution == IMR_GOMPERTZ, status;
    double scale = gompertz ? 1 : imr_parametric_local(self, self->estimate, 0).scale, most = OPEN;
    size_t column = self->k, place = imr_parametric_place(self, IMR_SCALE);

    for (size_t j = 1; j <= self->k; j++) {
        double error = sqrt(self->covariance[j * self->d + j]) / scale;

        if (error > most) {
            most = error;
            column = j - 1;
        }
    }
    if (column < self->k) {
        return imr_fault(fault, IMR_ERR_TIME_SEPARATED, "X column", (int64_t) column, NAN);
    }
    if (place < self->d && sqrt(self->covariance[place * self->d + place]) > OPEN) {
        status = gompertz               ? IMR_ERR_SHAPE_INFINITE
            : self->estimate[place] < 0 ? IMR_ERR_SCALE_ZERO
                                        : IMR_ERR_SCALE_INFINITE;
        return imr_fault(fault, status, "left", -1, NAN);
    }
    return IMR_OK;
}

/* self->here is the point at the estimate if `there`. */
static int
settle(imr_parametric_t *self, int there, int *raised)
{
    int status = there ? IMR_OK : imr_parametric_evaluate(self, self->estimate, &self->here);

    memcpy(self->at, self->estimate, self->d * sizeof(double));
    if (status != IMR_OK) {
        return status;
    }
    self->loglik = self->here.loglik + self->constant;
    return find_covariance(self, raised);
}

/* The score at the estimate, each direction in units of its standard error. */
static double
score_norm_of(const imr_parametric_t *self)
{
    double sum = 0;

    for (size_t r = 0; r < self->d; r++) {
        for (size_t c = 0; c < self->d; c++) {
            double covariance = self->covariance[r * self->d + c];

            sum += isnan(covariance) ? 0 : self->here.score[r] * covariance * self->here.score[c];
        }
    }
    return sqrt(fmax(sum, 0));
}

int
imr_parametric_fit(imr_parametric_t *self, imr_stop_t *stop, imr_fault_t *fault)
{
    double best = -INFINITY;
    int status, raised;

    self->stop = stop;
    self->iterations = 0;
    self->boundary = self->higher_beyond = 0;
    status = self->cure ? climb_cured(self, &best) : climb_all(self, 0, 0, &best);
    if (status == IMR_ERR_SCALE_INFINITE && separating_column(self) < self->k) {
        return imr_fault(
            fault, IMR_ERR_TIME_SEPARATED, "X column", (int64_t) separating_column(self), NAN);
    }
    if (status == IMR_OK) {
        status = look_beyond(self, best);
    }
    if (status == IMR_OK) {
        status = settle(self, !self->cure && self->distribution != IMR_GENGAMMA, &raised);
    }
    if (status != IMR_OK) {
        return imr_fault(fault, status, status == IMR_ERR_STOPPED ? NULL : "left", -1, NAN);
    }
    status = check_open(self, fault);
    if (status != IMR_OK) {
        return status;
    }
    self->score_norm = score_norm_of(self);
    if (raised || !(self->score_norm <= IMR_PARAMETRIC_CERTIFIED)) {
        return imr_fault(fault, IMR_ERR_FLAT_LIKELIHOOD, "left", -1, NAN);
    }
    return IMR_OK;
}

/* --- the user's parameters --------------------------------------------------------------------- */

/* What parameter j is multiplied by on its way inside, the intercept's shift apart. */
static double
factor_of(const imr_parametric_t *self, size_t j)
{
    if (j >= 1 && j <= self->k) {
        return self->spread[j - 1];
    }
    return self->distribution == IMR_GOMPERTZ && j > self->k ? self->unit : 1;
}

void
imr_parametric_estimates(const imr_parametric_t *self, double *estimate, double *covariance)
{
    size_t d = self->d, k = self->k, cure = imr_parametric_place(self, IMR_CURE);

    for (size_t j = 0; j < d; j++) {
        estimate[j] = self->estimate[j] / factor_of(self, j);
    }
    for (size_t j = 0; j < k; j++) {
        estimate[0] -= estimate[1 + j] * self->centre[j];
    }
    estimate[0] -= log(self->unit);
    if (cure < d && self->boundary) {
        estimate[cure] = -INFINITY;
    }
    for (size_t r = 0; r < d; r++) {
        for (size_t c = 0; c < d; c++) {
            covariance[r * d + c] =
                self->covariance[r * d + c] / (factor_of(self, r) * factor_of(self, c));
        }
    }
    /* the intercept is the inner one less the coefficients times the centres */
    for (int side = 0; side < 2; side++) {
        size_t along = side == 0 ? 1 : d, across = side == 0 ? d : 1;

        for (size_t c = 0; c < d; c++) {
            for (size_t j = 0; j < k; j++) {
                covariance[c * along] -= self->centre[j] * covariance[c * along + (1 + j) * across];
            }
        }
    }
}

int
imr_parametric_resume(
    imr_parametric_t *self, const double *parameters, imr_stop_t *stop, imr_fault_t *fault)
{
    size_t cure = imr_parametric_place(self, IMR_CURE);
    int status, raised;

    self->stop = stop;
    for (size_t j = 0; j < self->d; j++) {
        self->estimate[j] = parameters[j] * factor_of(self, j);
        if (j == cure && !(parameters[j] >= IMR_NO_CURE)) {
            self->estimate[j] = 2 * IMR_NO_CURE;
            self->boundary = 1;
        } else if (!isfinite(parameters[j])) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "parameters", (int64_t) j, parameters[j]);
        }
    }
    for (size_t j = 0; j < self->k; j++) {
        self->estimate[0] += parameters[1 + j] * self->centre[j];
    }
    self->estimate[0] += log(self->unit);
    status = settle(self, 0, &raised);
    return status == IMR_OK ? IMR_OK : imr_fault(fault, status, "parameters", -1, NAN);
}

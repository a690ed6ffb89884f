#include "survival/pseudo_observations.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "survival/kaplan_meier_summary.h"

void
imr_pseudo_observations_free(imr_pseudo_observations_t *self)
{
    imr_kaplan_meier_free(&self->curve);
    imr_free(self->kept);
    imr_free(self->of_interest);
    imr_free(self->row);
    imr_free(self->event);
    memset(self, 0, sizeof(*self));
}

/* Where the patient's time lies: the last row that is not after it, since a merged time takes the
 * value of the first of its run. */
static size_t
row_of(const imr_kaplan_meier_t *curve, double time)
{
    size_t low = 0, high = curve->n;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (curve->time[middle] <= time) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Survival after row j without a patient who is there, or was, and who had no event before. `own` is 0
 * unless the patient has an event at the row. The last patient leaves nobody: nothing changes. */
static double
factor(const imr_kaplan_meier_t *curve, size_t j, int own)
{
    double left = (double) (curve->at_risk[j] - 1);

    return left > 0 ? (left - (double) (curve->events[j] - (own > 0))) / left : 1;
}

/* The share that has the event of interest at row j, likewise. */
static double
share_of_interest(const imr_pseudo_observations_t *self, size_t j, int own)
{
    double left = (double) (self->curve.at_risk[j] - 1);

    return left > 0 ? (double) (self->of_interest[j] - (own == 1)) / left : 0;
}

/* The curve of any event, of codes up to `causes`. */
static int
fit_curve(imr_pseudo_observations_t *self, const double *time, const uint8_t *event, size_t n,
    int causes, int fix_ties, imr_fault_t *fault)
{
    const imr_kaplan_meier_options_t options = {
        .interval = IMR_KM_PLAIN, .level = 0.95, .start_time = NAN, .fix_ties = fix_ties
    };
    imr_kaplan_meier_data_t data = { .n = n, .time = time };
    uint8_t *any = imr_malloc(n, 1);
    int status;

    if (any == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t i = 0; i < n; i++) {
        any[i] = event[i] <= causes ? event[i] > 0 : event[i]; /* another code is refused there */
    }
    data.event = any;
    status = imr_kaplan_meier(&data, &options, &self->curve, fault);
    imr_free(any);
    return status;
}

int
imr_pseudo_observations_init(imr_pseudo_observations_t *self, const double *time,
    const uint8_t *event, size_t n, int causes, int fix_ties, imr_fault_t *fault)
{
    size_t m;
    int status;

    memset(self, 0, sizeof(*self));
    status = fit_curve(self, time, event, n, causes, fix_ties, fault);
    if (status != IMR_OK) {
        return status;
    }
    m = self->curve.n;
    self->n = n;
    self->fix_ties = fix_ties;
    self->kept = imr_malloc(6 * m, sizeof(double));
    self->row = imr_malloc(n, sizeof(uint32_t));
    self->event = imr_malloc(n, 1);
    self->of_interest = imr_calloc(m, sizeof(int64_t));
    if (self->kept == NULL || self->of_interest == NULL || self->row == NULL
        || self->event == NULL) {
        imr_pseudo_observations_free(self);
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->area = self->kept + m;
    self->incidence = self->area + m;
    self->without = self->incidence + m;
    for (size_t i = 0; i < n; i++) {
        self->row[i] = (uint32_t) row_of(&self->curve, time[i]);
        self->event[i] = event[i];
        self->of_interest[self->row[i]] += event[i] == 1;
    }
    self->kept[0] = 1;
    self->incidence[0] = 0;
    self->area[0] = self->curve.time[0];
    for (size_t j = 1; j < m; j++) {
        self->kept[j] = self->kept[j - 1] * factor(&self->curve, j - 1, 0);
        self->incidence[j] =
            self->incidence[j - 1] + self->kept[j - 1] * share_of_interest(self, j - 1, 0);
        self->area[j] =
            self->area[j - 1] + self->kept[j] * (self->curve.time[j] - self->curve.time[j - 1]);
    }
    return IMR_OK;
}

/* Fills `without` for rows before `rows`, the last at or before t; returns survival at t without a
 * patient who is still there. */
static double
survival_without(imr_pseudo_observations_t *self, size_t rows)
{
    double ahead = 1; /* from the row to t, given that */

    for (size_t j = rows; j-- > 0;) {
        for (int own = 0; own < 3; own++) {
            self->without[3 * j + (size_t) own] =
                self->kept[j] * factor(&self->curve, j, own) * ahead;
        }
        ahead *= 1 - (double) self->curve.events[j] / (double) self->curve.at_risk[j];
    }
    return rows < self->curve.n ? self->kept[rows] : NAN; /* nobody is there after the last row */
}

/* The same for the area up to tau, which lies after `rows` rows. */
static double
area_without(imr_pseudo_observations_t *self, size_t rows, double tau)
{
    const imr_kaplan_meier_t *curve = &self->curve;
    double ahead = 0, next = tau;

    for (size_t j = rows; j-- > 0;) {
        ahead += next - curve->time[j];
        next = curve->time[j];
        for (int own = 0; own < 3; own++) {
            self->without[3 * j + (size_t) own] =
                self->area[j] + self->kept[j] * factor(curve, j, own) * ahead;
        }
        ahead *= 1 - (double) curve->events[j] / (double) curve->at_risk[j];
    }
    if (rows == 0) {
        return tau;
    }
    return rows < curve->n ? self->area[rows - 1] + self->kept[rows] * (tau - curve->time[rows - 1])
                           : NAN;
}

/* The same for the incidence after `rows` rows; *estimate becomes that of all patients. */
static double
incidence_without(imr_pseudo_observations_t *self, size_t rows, double *estimate)
{
    const imr_kaplan_meier_t *curve = &self->curve;
    double ahead = 0; /* from after the row on, given survival to there */

    for (size_t j = rows; j-- > 0;) {
        double at_risk = (double) curve->at_risk[j];

        for (int own = 0; own < 3; own++) {
            double here = share_of_interest(self, j, own) + factor(curve, j, own) * ahead;

            self->without[3 * j + (size_t) own] = self->incidence[j] + self->kept[j] * here;
        }
        ahead = (double) self->of_interest[j] / at_risk
            + (1 - (double) curve->events[j] / at_risk) * ahead;
    }
    *estimate = ahead;
    return rows < curve->n ? self->incidence[rows] : NAN;
}

int
imr_pseudo_observations(imr_pseudo_observations_t *self, imr_pseudo_observations_of_t of, double t,
    const char *argument, int64_t row, double *estimate, double *value, size_t step,
    imr_fault_t *fault)
{
    const imr_kaplan_meier_made_t made = { .level = 0.95, .fix_ties = self->fix_ties };
    double unused[3], n = (double) self->n, there;
    int64_t at_risk;
    size_t rows;
    int status;

    status = of == IMR_PSEUDO_RMST ? imr_kaplan_meier_rmst(&self->curve, &made, t, estimate, unused,
                                         unused + 1, unused + 2, fault)
                                   : imr_kaplan_meier_at(&self->curve, &made, &t, 1, estimate,
                                         unused, unused + 1, unused + 2, &at_risk, fault);
    if (status == IMR_OK && isnan(*estimate)) {
        status = IMR_ERR_TAU;
    }
    if (status != IMR_OK) {
        return imr_fault(fault, status, argument, row, t);
    }
    if (of == IMR_PSEUDO_RMST) {
        for (rows = 0; rows < self->curve.n && self->curve.time[rows] < t; rows++) {
        }
        there = area_without(self, rows, t);
    } else {
        rows = imr_kaplan_meier_rows_until(&self->curve, t, self->fix_ties);
        there = of == IMR_PSEUDO_SURVIVAL ? survival_without(self, rows)
                                          : incidence_without(self, rows, estimate);
    }
    for (size_t i = 0; i < self->n; i++) {
        double left_out =
            self->row[i] < rows ? self->without[3 * self->row[i] + self->event[i]] : there;

        value[i * step] = n * *estimate - (n - 1) * left_out;
    }
    return IMR_OK;
}

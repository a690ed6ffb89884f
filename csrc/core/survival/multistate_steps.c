#include "survival/multistate_steps.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

static double
width_of(const imr_multistate_walk_t *walk, double from, double to)
{
    double begin = fmax(from, walk->since), end = fmin(to, walk->tau);

    return end > begin ? end - begin : 0;
}

static void
add_moves(imr_multistate_steps_t *self, size_t row, size_t *moves)
{
    const imr_multistate_counts_t *counts = self->counts;
    imr_multistate_move_t *last = NULL;
    double left = 0;

    for (size_t k = 0; k < counts->transitions; k++) {
        int64_t events = counts->events[k * counts->n + row];
        size_t from = (size_t) counts->from[k];
        double at_risk = (double) counts->at_risk[from * counts->n + row];

        if (events == 0) {
            continue;
        }
        if (last == NULL || last->from != (int) from) {
            left = at_risk;
        } else {
            last->ends = 0;
        }
        left -= (double) events;
        last = &self->move[(*moves)++];
        *last = (imr_multistate_move_t) { (int) from, (int) counts->to[k], 1,
            (double) events / at_risk, left / at_risk, 1 / at_risk, 0 };
    }
}

int
imr_multistate_steps_init(imr_multistate_steps_t *self, const imr_multistate_counts_t *counts,
    const imr_multistate_walk_t *walk)
{
    size_t moves = 0, rows = 0, n = counts->n;

    memset(self, 0, sizeof(*self));
    for (size_t j = walk->first; j < n; j++) {
        size_t before = moves;

        for (size_t k = 0; k < counts->transitions; k++) {
            moves += counts->events[k * n + j] != 0;
        }
        rows += moves > before;
    }
    self->counts = counts;
    self->walk = walk;
    self->count = rows;
    self->block = imr_malloc(
        moves * sizeof(imr_multistate_move_t) + (rows + 1) * sizeof(imr_multistate_step_t), 1);
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->step = self->block;
    self->move = (imr_multistate_move_t *) (self->step + rows + 1);
    moves = rows = 0;
    for (size_t j = walk->first; j < n; j++) {
        size_t before = moves;

        add_moves(self, j, &moves);
        if (moves > before) {
            self->step[rows++] = (imr_multistate_step_t) { j, before, 0 };
        }
    }
    self->step[rows] = (imr_multistate_step_t) { n, moves, 0 };
    self->lead = width_of(walk, -INFINITY, rows == 0 ? INFINITY : counts->time[self->step[0].row]);
    for (size_t k = 0; k < rows; k++) {
        double next = k + 1 < rows ? counts->time[self->step[k + 1].row] : INFINITY;

        self->step[k].width = width_of(walk, counts->time[self->step[k].row], next);
    }
    return IMR_OK;
}

void
imr_multistate_steps_free(imr_multistate_steps_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

void
imr_multistate_steps_before(const imr_multistate_steps_t *self, uint32_t *steps)
{
    const imr_multistate_counts_t *counts = self->counts;
    size_t k = 0;

    for (size_t j = 0; j <= counts->places; j++) {
        while (k < self->count && self->step[k].row < counts->before[j]) {
            k++;
        }
        steps[j] = (uint32_t) k;
    }
}

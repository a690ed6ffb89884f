#include "survival/interval_cox_hazards.h"

#include "../harness.h"

enum { ROWS = 8, CELLS = 4 };

/* four cells and the last, which row 2 and 5 hold */
static const uint32_t FIRST[] = { 0, 0, 2, 1, 3, 4, 1, 2 }, END[] = { 1, 2, 5, 3, 4, 5, 4, 3 };

typedef struct {
    imr_interval_hazards_t job;
    double ratio[ROWS], row[4 * ROWS], cell[5 * (CELLS + 2)], square[2 * CELLS * CELLS];
    size_t support[CELLS + 2];
} room_t;

static void
set_up(room_t *room)
{
    imr_interval_hazards_t *job = &room->job;

    memset(room, 0, sizeof(*room));
    job->n = ROWS;
    job->m = CELLS;
    job->first = FIRST;
    job->end = END;
    job->ratio = room->ratio;
    job->before = room->row;
    job->within = room->row + ROWS;
    job->odds = room->row + 2 * ROWS;
    job->bend = room->row + 3 * ROWS;
    job->hazard = room->cell;
    job->score = room->cell + (CELLS + 2);
    job->target = room->cell + 2 * (CELLS + 2);
    job->pull = room->cell + 3 * (CELLS + 2);
    job->part = room->cell + 4 * (CELLS + 2);
    job->matrix = room->square;
    job->factor = room->square + CELLS * CELLS;
    job->support = room->support;
    for (int i = 0; i < ROWS; i++) {
        room->ratio[i] = 0.5 + 0.25 * i;
    }
    for (int j = 0; j < CELLS; j++) {
        job->hazard[j] = 1;
    }
}

static double
loglik(const double *ratio, const double *hazard)
{
    double sum = 0;

    for (size_t i = 0; i < ROWS; i++) {
        double before = 0, within = 0;

        for (size_t j = 0; j < FIRST[i]; j++) {
            before += hazard[j];
        }
        for (size_t j = FIRST[i]; j < END[i] && END[i] <= CELLS; j++) {
            within += hazard[j];
        }
        sum += log(
            exp(-ratio[i] * before) - (END[i] > CELLS ? 0 : exp(-ratio[i] * (before + within))));
    }
    return sum;
}

/* Karush, Kuhn and Tucker with derivatives by differences, and no neighbour is better. */
static void
test_the_maximum(void)
{
    room_t room;
    double there[CELLS];

    set_up(&room);
    CHECK(imr_interval_hazards_maximise(&room.job, NULL) == IMR_OK);
    CHECK_NEAR(room.job.loglik, loglik(room.ratio, room.job.hazard), 1e-12);
    CHECK(imr_interval_hazards_gap(&room.job) < 1e-12);
    for (size_t j = 0; j < CELLS; j++) {
        double slope, step = 1e-5;

        memcpy(there, room.job.hazard, sizeof(there));
        there[j] += step;
        slope = (loglik(room.ratio, there) - room.job.loglik) / step;
        CHECK(fabs(slope - room.job.score[j]) < 1e-3);
        CHECK(loglik(room.ratio, there) < room.job.loglik + 1e-12);
    }
    CHECK(room.job.s <= CELLS && room.job.s > 0);
}

/* From other hazards, some of them 0, and with ratios e^20 apart, the same maximum. */
static void
test_the_start_does_not_matter(void)
{
    room_t here, there;

    for (int apart = 0; apart < 2; apart++) {
        set_up(&here);
        set_up(&there);
        for (int i = 0; i < ROWS && apart; i++) {
            here.ratio[i] = there.ratio[i] = exp(i % 2 ? 10 : -10);
        }
        there.job.hazard[0] = 3;
        there.job.hazard[1] = 0;
        there.job.hazard[3] = 0.01;
        CHECK(imr_interval_hazards_maximise(&here.job, NULL) == IMR_OK);
        CHECK(imr_interval_hazards_maximise(&there.job, NULL) == IMR_OK);
        CHECK(fabs(here.job.loglik - there.job.loglik) < 1e-9);
        CHECK(imr_interval_hazards_gap(&here.job) < 1e-9);
    }
}

HARNESS_MAIN({
    RUN(test_the_maximum);
    RUN(test_the_start_does_not_matter);
})

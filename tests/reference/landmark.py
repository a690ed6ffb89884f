"""Landmark and split, a patient at a time, in exact arithmetic on whole days."""


def landmark(time, event, change, at):
    """Return (row, time left, event, changed) of the patients followed beyond the landmark."""
    return [
        (i, t - at, d, c <= at)
        for i, (t, d, c) in enumerate(zip(time, event, change, strict=True))
        if t > at
    ]


def split(time, event, change):
    """Return (row, entry, time, event, changed), the status being that just before each day."""
    rows = []
    for i, (t, d, c) in enumerate(zip(time, event, change, strict=True)):
        status = [day > c for day in range(1, t + 1)]  # of day, the interval (day - 1, day]
        begin = 0
        for day in range(1, t + 1):
            if day == t or status[day] != status[day - 1]:
                rows.append((i, begin, day, d and day == t, status[day - 1]))
                begin = day
    return rows

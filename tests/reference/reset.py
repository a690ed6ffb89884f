"""The immune reset by the words of its definition: a dict a patient, None for what is not there."""

from math import inf, isinf

SLACK = 1e-9


def all_parts(parts):
    """Return one status of the parts of a component (or of the components): None is no part."""
    parts = [part for part in parts if part is not None]
    for status in ("not met", "not assessed", "not yet assessable"):
        if status in parts:
            return status
    return "met"


def yes(condition):
    return "met" if condition else "not met"


def waits(p):
    """Return the status of what can be seen at return alone, and was not seen."""
    if p["return_right"] is None or not isinf(p["return_right"]):
        return "not assessed"
    return "not met" if p["stopped"] else "not yet assessable"


def depth(p, c):
    if p["nadir"] is None:
        return "not assessed"
    if p["nadir_below"]:
        return "met" if p["nadir"] <= c["depth_below"] else "not assessed"
    return yes(p["nadir"] < c["depth_below"])


def renewal(p, c):
    naive = waits(p)
    if p["naive_share"] is not None:
        naive = yes(p["naive_share"] > c["naive_at_least"] - SLACK)
    memory = waits(p)
    if p["memory_share"] is not None:
        memory = "not assessed"
        if p["memory_share_before"]:
            ratio = p["memory_share"] / p["memory_share_before"]
            memory = yes(ratio < c["memory_at_most"] + SLACK)
    return all_parts([naive, memory])


def repertoire(p, c):
    return waits(p) if p["overlap"] is None else yes(p["overlap"] < c["overlap_at_most"] + SLACK)


def serology(p, c):
    before, after, cut = p["titre_before"], p["titre"], p["titre_negative"]
    if None in (before, after) or before <= cut:
        return "not assessed"
    if after <= cut or before / after > c["titre_fold"] - SLACK:
        return "met"
    return "not assessed" if p["titre_below"] else "not met"


def clinical(p, c):
    back = p["return_right"]
    if back is None:
        return "not assessed"
    if isinf(back):
        return "not met" if p["relapse"] < inf else waits(p)
    due = back + c["drug_free_days"]
    if p["relapse"] < due:
        return "not met"
    if p["drug_free"] is None:
        return "not assessed"
    start, end = p["drug_free"]
    if start > back or end < due or end <= back:
        return "not met"
    if p["followed"] < due:
        return "not met" if p["stopped"] else "not yet assessable"
    return "met"


def protection(p, c):
    if p["protective"] is None or not p["protective_before"]:
        return "not assessed"
    return yes(p["protective"] / p["protective_before"] > c["protective_at_least"] - SLACK)


JUDGES = (depth, renewal, repertoire, serology, clinical, protection)


def judge(p, c):
    """Return the six statuses and that of all together."""
    found = [judged(p, c) for judged in JUDGES]
    return found, all_parts(found)


def days(p, c, found):
    """Return when all of them came to be met, without days of their own: (left, right]."""
    left, right = p["return_left"], p["return_right"]
    return left + c["drug_free_days"], right + c["drug_free_days"]

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

_T = TypeVar("_T")

__version__: str

class ImmunoResetError(Exception): ...
class InputError(ImmunoResetError, ValueError): ...
class ConvergenceError(ImmunoResetError, ArithmeticError): ...

def build_config() -> dict[str, str]: ...
def frozen(cls: type[_T], values: tuple[Any, ...], /) -> _T: ...
def aplasia_npmle(
    onset_left: ArrayLike,
    onset_right: ArrayLike,
    recovery_left: ArrayLike,
    recovery_right: ArrayLike,
    group: NDArray[Any] | None,
    n_groups: int,
    is_uniform: bool,
    level: float,
    quantities: list[tuple[str, float]],
    /,
) -> list[tuple[Any, ...]]: ...
def aplasia_parametric(
    onset_left: ArrayLike,
    onset_right: ArrayLike,
    recovery_left: ArrayLike,
    recovery_right: ArrayLike,
    group: NDArray[Any] | None,
    covariates: ArrayLike | None,
    n_groups: int,
    distribution: str,
    level: float,
    quantities: list[tuple[str, float]],
    /,
) -> list[tuple[Any, ...]]: ...
def aplasia_test(
    onset_left: ArrayLike,
    onset_right: ArrayLike,
    recovery_left: ArrayLike,
    recovery_right: ArrayLike,
    group: NDArray[Any],
    alternative: str,
    is_exact: bool,
    /,
) -> tuple[int, float, float, float]: ...
def arrow_stream(names: list[str], columns: Sequence[NDArray[Any] | list[str]], /) -> object: ...
def composition(
    share: ArrayLike, limit: ArrayLike | None, total: float | None, /
) -> tuple[Any, ...]: ...
def composition_share(
    share: ArrayLike,
    limit: ArrayLike | None,
    total: float | None,
    parts: NDArray[np.bool_],
    level: float,
    /,
) -> tuple[Any, ...]: ...
def composition_test(
    before: ArrayLike,
    after: ArrayLike | None,
    group: NDArray[Any] | None,
    limit: ArrayLike | None,
    total: float | None,
    level: float,
    most_exact: float,
    key: tuple[int, int],
    replicates: int,
    progress: Callable[[int, int], Any] | None,
    /,
) -> tuple[bool, float, tuple[Any, ...]]: ...
def competing_risks(
    time: ArrayLike,
    cause: ArrayLike,
    entry: ArrayLike | None,
    weights: ArrayLike | None,
    group: NDArray[Any] | None,
    groups: int,
    censored: int,
    causes: ArrayLike | None,
    interval: str,
    variance: str,
    level: float,
    timefix: bool,
    /,
) -> tuple[tuple[int, ...], Any]: ...
def competing_risks_at(
    times: ArrayLike,
    columns: tuple[NDArray[Any], ...],
    entries: tuple[NDArray[Any], ...] | None,
    k: int,
    start_high: float,
    level: float,
    timefix: bool,
    /,
) -> tuple[Any, Any, Any, Any, Any]: ...
def competing_risks_quantile(
    p: ArrayLike, columns: tuple[NDArray[Any], ...], k: int, start_high: float, /
) -> tuple[Any, Any, Any]: ...
def competing_risks_time_lost(
    tau: float,
    columns: tuple[NDArray[Any], ...],
    k: int,
    variance: str,
    level: float,
    timefix: bool,
    /,
) -> tuple[float, float, float, float]: ...
def contrast(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    margin: ArrayLike,
    measure: str,
    method: str,
    alternative: str,
    level: float,
    /,
) -> tuple[Any, Any, Any, Any, Any]: ...
def fine_gray(
    time: ArrayLike,
    cause: ArrayLike,
    X: ArrayLike,
    of_interest: int,
    censored: int,
    causes: ArrayLike | None,
    strata: NDArray[Any] | None,
    n_strata: int,
    level: float,
    timefix: bool,
    /,
) -> tuple[tuple[int, ...], tuple[Any, ...], tuple[Any, ...]]: ...
def fine_gray_predict(
    X: ArrayLike, times: ArrayLike, model: tuple[NDArray[Any], ...], level: float, /
) -> tuple[Any, Any, Any, Any]: ...
def gray_test(
    time: ArrayLike,
    cause: ArrayLike,
    group: NDArray[Any],
    groups: int,
    censored: int,
    causes: ArrayLike | None,
    strata: NDArray[Any] | None,
    n_strata: int,
    rho: float,
    timefix: bool,
    /,
) -> tuple[tuple[int, ...], tuple[Any, Any, Any, Any, Any]]: ...
def incidence(
    events: ArrayLike,
    exposure: ArrayLike,
    interval: str,
    alternative: str,
    level: float,
    per: float,
    /,
) -> tuple[Any, Any, Any]: ...
def incidence_total(
    events: ArrayLike,
    exposure: ArrayLike,
    group: NDArray[Any] | None,
    groups: int,
    interval: str,
    alternative: str,
    level: float,
    per: float,
    /,
) -> list[list[Any]]: ...
def incidence_contrast(
    x1: ArrayLike,
    t1: ArrayLike,
    x2: ArrayLike,
    t2: ArrayLike,
    margin: ArrayLike,
    measure: str,
    method: str,
    alternative: str,
    level: float,
    per: float,
    /,
) -> tuple[Any, Any, Any, Any, Any]: ...
def rate_posterior(
    events: ArrayLike, exposure: ArrayLike, prior_shape: ArrayLike, prior_rate: ArrayLike, /
) -> tuple[Any, Any, Any, Any]: ...
def rate_posterior_above(
    shape: ArrayLike, rate: ArrayLike, threshold: ArrayLike, /
) -> tuple[Any]: ...
def rate_posterior_interval(
    shape: ArrayLike, rate: ArrayLike, level: float, /
) -> tuple[Any, Any]: ...
def rate_posterior_predictive(
    shape: ArrayLike, rate: ArrayLike, exposure: ArrayLike, m: int, /
) -> tuple[Any]: ...
def incidence_before_after(
    before: ArrayLike,
    time_before: ArrayLike,
    after: ArrayLike,
    time_after: ArrayLike,
    mean: float,
    theta: float,
    method: str,
    alternative: str,
    level: float,
    /,
) -> tuple[int, float, int, float, float, float, float, float, float, float, float, float]: ...
def incidence_split(
    patient: NDArray[Any],
    start: ArrayLike,
    stop: ArrayLike,
    cuts: NDArray[Any],
    event_patient: NDArray[Any],
    events: NDArray[Any],
    labels: list[Any],
    /,
) -> tuple[Any, Any, Any, Any, Any, Any]: ...
def panel_markov(
    patient: ArrayLike,
    patient_names: list[Any] | None,
    day: ArrayLike,
    state: NDArray[Any],
    state_names: list[Any],
    covariates: NDArray[Any] | None,
    states: int,
    model: tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]],
    exact: int,
    sets: list[int],
    limits: str,
    level: float,
    /,
) -> tuple[tuple[Any, ...], tuple[Any, ...], float, float, int, int, float]: ...
def panel_markov_prevalence(
    fitted: tuple[Any, ...], seen: tuple[Any, ...], days: ArrayLike, /
) -> tuple[Any, Any]: ...
def panel_markov_probability(
    fitted: tuple[Any, ...], days: ArrayLike, at: ArrayLike | None, times: bool, /
) -> tuple[Any, Any, Any, Any]: ...
def rate_regression(
    events: ArrayLike,
    exposure: ArrayLike | None,
    X: NDArray[Any],
    cluster: NDArray[Any] | None,
    clusters: int,
    family: str,
    variance: str,
    information: str,
    interval: str,
    level: float,
    /,
) -> tuple[
    tuple[Any, ...], tuple[float, ...], tuple[float, ...], float, int, int, int, float, float
]: ...
def logistic(
    event: ArrayLike, X: ArrayLike, penalty: str, level: float, /
) -> tuple[tuple[Any, ...], float, float, int, float, int]: ...
def pooled(
    events: ArrayLike,
    n: ArrayLike,
    design: ArrayLike,
    method: str,
    tau2: str,
    interval: str,
    prediction: str,
    knapp_hartung: bool,
    nodes: int,
    level: float,
    /,
) -> dict[str, Any]: ...
def pooled_difference(
    events: ArrayLike,
    n: ArrayLike,
    code: ArrayLike,
    groups: int,
    method: str,
    tau2: str,
    knapp_hartung: bool,
    nodes: int,
    common: bool,
    /,
) -> tuple[float, float, float, float]: ...
def posterior(
    events: ArrayLike, n: ArrayLike, prior_alpha: ArrayLike, prior_beta: ArrayLike, /
) -> tuple[Any, Any, Any, Any]: ...
def posterior_above(alpha: ArrayLike, beta: ArrayLike, p0: ArrayLike, /) -> tuple[Any]: ...
def posterior_greater(
    alpha: ArrayLike,
    beta: ArrayLike,
    other_alpha: ArrayLike,
    other_beta: ArrayLike,
    margin: float,
    /,
) -> tuple[Any]: ...
def posterior_interval(
    alpha: ArrayLike, beta: ArrayLike, kind: str, level: float, /
) -> tuple[Any, Any]: ...
def posterior_predictive(alpha: ArrayLike, beta: ArrayLike, m: int, /) -> tuple[Any]: ...
def posterior_success(
    alpha: ArrayLike, beta: ArrayLike, m: int, p0: float, threshold: float, /
) -> tuple[Any]: ...
def exact_test(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    method: str,
    two_sided: str | None,
    alternative: str,
    berger_boos: float,
    /,
) -> tuple[Any, Any, Any, str]: ...
def exact_test_table(table: ArrayLike, /) -> tuple[float, float]: ...
def proportion_interval(
    events: ArrayLike, n: ArrayLike, method: str, alternative: str, level: float, /
) -> tuple[Any, Any, Any]: ...
def proportion_test(
    events: ArrayLike, n: ArrayLike, null: ArrayLike, method: str, alternative: str, /
) -> tuple[Any, Any]: ...
def paired(
    both: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    neither: ArrayLike,
    measure: str,
    method: str,
    level: float,
    /,
) -> tuple[Any, Any, Any]: ...
def paired_test(
    both: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    neither: ArrayLike,
    method: str,
    alternative: str,
    /,
) -> tuple[Any, Any]: ...
def signed_rank(
    x: ArrayLike,
    y: ArrayLike | None,
    mu: float,
    alternative: str,
    method: str,
    zeros: str,
    correct: bool,
    level: float,
    /,
) -> tuple[float, float, float, float, float, float, int, int, int, int, bool]: ...
def rank_sum(
    x: ArrayLike,
    y: ArrayLike,
    mu: float,
    alternative: str,
    method: str,
    correct: bool,
    level: float,
    /,
) -> tuple[float, float, float, float, float, float, int, int, int, int, bool]: ...
def stratified(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    measure: str,
    method: str,
    level: float,
    /,
) -> tuple[float, float, float]: ...
def stratified_test(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    method: str,
    alternative: str,
    /,
) -> tuple[float, float]: ...
def homogeneity_test(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, method: str, /
) -> tuple[float, int, float]: ...
def stratified_proportion(
    events: ArrayLike, n: ArrayLike, level: float, /
) -> tuple[float, float, float, NDArray[Any]]: ...
def trend_test(
    events: ArrayLike, n: ArrayLike, scores: ArrayLike, method: str, alternative: str, /
) -> tuple[float, float]: ...
def depletion(
    labels: list[Any],
    series_labels: list[Any],
    patient: ArrayLike,
    series: ArrayLike | None,
    day: ArrayLike,
    count: ArrayLike,
    lloq: ArrayLike | None,
    below: ArrayLike | None,
    duplicates: str,
    infusion_start: ArrayLike | None,
    infusion_day: ArrayLike | None,
    lymphodepletion_day: ArrayLike | None,
    end_day: ArrayLike | None,
    threshold: ArrayLike,
    recovery: ArrayLike,
    baseline_fraction: ArrayLike,
    confirm: int,
    min_separation: float,
    undecided: bool,
    /,
) -> dict[str, NDArray[Any]]: ...
def expansion(
    labels: list[Any],
    patient: ArrayLike,
    day: ArrayLike,
    copies: ArrayLike,
    below: ArrayLike | None,
    lloq: ArrayLike | None,
    infusion_start: ArrayLike | None,
    infusion_day: ArrayLike | None,
    auc_days: ArrayLike,
    method: str,
    below_first: str,
    below_between: str,
    below_last: str,
    with_peak: bool,
    min_adjusted_r2: float,
    min_span: float,
    /,
) -> dict[str, NDArray[Any]]: ...
def expansion_cohort(
    labels: list[Any],
    patient: ArrayLike,
    day: ArrayLike,
    copies: ArrayLike,
    below: ArrayLike | None,
    lloq: ArrayLike | None,
    infusion_start: ArrayLike | None,
    infusion_day: ArrayLike | None,
    decline: str,
    random: ArrayLike,
    points: int,
    level: float,
    /,
) -> tuple[Any, ...]: ...
def expansion_cohort_curve(
    decline: str,
    theta: ArrayLike,
    covariance: ArrayLike,
    days: ArrayLike,
    df: float,
    level: float,
    /,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...
def expansion_cohort_words() -> tuple[tuple[str, ...], tuple[str, ...]]: ...
def expansion_summary(
    value: ArrayLike, level: float, /
) -> list[tuple[int, int, int, float, float, float, float, float, float, float]]: ...
def expansion_fit(
    labels: list[Any],
    patient: ArrayLike,
    day: ArrayLike,
    copies: ArrayLike,
    below: ArrayLike | None,
    lloq: ArrayLike | None,
    infusion_start: ArrayLike | None,
    infusion_day: ArrayLike | None,
    decline: str,
    level: float,
    limits: bool,
    /,
) -> list[tuple[Any, ...]]: ...
def expansion_fit_curve(
    labels: list[Any],
    patient: ArrayLike,
    day: ArrayLike,
    copies: ArrayLike,
    below: ArrayLike | None,
    lloq: ArrayLike | None,
    infusion_start: ArrayLike | None,
    infusion_day: ArrayLike | None,
    decline: str,
    level: float,
    limits: bool,
    days: ArrayLike,
    /,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...
def expansion_words() -> tuple[
    tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]
]: ...
def depletion_words() -> tuple[tuple[str, ...], tuple[str, ...]]: ...
def kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None,
    weights: ArrayLike | None,
    cluster: NDArray[Any] | None,
    clusters: int,
    group: NDArray[Any] | None,
    groups: int,
    form: str,
    interval: str,
    lower: str,
    variance: str,
    level: float,
    start_time: float,
    reverse: bool,
    timefix: bool,
    /,
) -> Any: ...
def kaplan_meier_at(
    times: ArrayLike,
    columns: tuple[NDArray[Any], ...],
    entries: tuple[NDArray[Any], ...] | None,
    start_limits: tuple[float, float],
    beta: bool,
    timefix: bool,
    /,
) -> tuple[Any, Any, Any, Any, Any]: ...
def kaplan_meier_quantile(
    p: ArrayLike,
    columns: tuple[NDArray[Any], ...],
    start_limits: tuple[float, float],
    start: float,
    beta: bool,
    /,
) -> tuple[Any, Any, Any]: ...
def kaplan_meier_rmst(
    tau: float,
    columns: tuple[NDArray[Any], ...],
    weights: tuple[Any, Any],
    members: tuple[NDArray[Any], ...] | None,
    n: int,
    has_entries: bool,
    form: str,
    interval: str,
    level: float,
    timefix: bool,
    /,
) -> tuple[Any, ...]: ...
def kaplan_meier_band(
    kind: str,
    transform: str,
    lower: float,
    upper: float,
    columns: tuple[NDArray[Any], ...],
    n: int,
    level: float,
    timefix: bool,
    /,
) -> tuple[int, int, float, tuple[Any, Any]]: ...
def kaplan_meier_bootstrap(
    time: ArrayLike,
    event: ArrayLike,
    p: float,
    key: tuple[int, int],
    begin: int,
    end: int,
    progress: Callable[[int, int], Any] | None,
    /,
) -> tuple[float, NDArray[Any]]: ...
def multistate(
    patient: ArrayLike,
    names: list[Any] | None,
    time: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None,
    initial: ArrayLike | None,
    first: int,
    group: NDArray[Any] | None,
    groups: int,
    states: tuple[Any, ...],
    allowed: bytes | None,
    absorbing: bytes | None,
    variance: str,
    interval: str,
    level: float,
    timefix: bool,
    /,
) -> tuple[tuple[tuple[Any, ...], ...], int, bytes]: ...
def multistate_at(
    times: ArrayLike,
    columns: tuple[Any, ...],
    variance: str,
    interval: str,
    level: float,
    timefix: bool,
    /,
) -> tuple[Any, ...]: ...
def multistate_difference(
    patient: ArrayLike,
    names: list[Any] | None,
    time: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None,
    initial: ArrayLike | None,
    first: int,
    group: NDArray[Any] | None,
    groups: int,
    states: tuple[Any, ...],
    allowed: bytes | None,
    absorbing: bytes | None,
    variance: str,
    interval: str,
    level: float,
    timefix: bool,
    state: int,
    at: float,
    tau: float,
    method: str,
    key: tuple[int, int],
    replicates: int,
    progress: Callable[[int, int], Any] | None,
    /,
) -> tuple[Any, ...]: ...
def multistate_distinct(labels: ArrayLike, /) -> bytes | None: ...
def multistate_response(
    followed: ArrayLike,
    response: ArrayLike,
    end: ArrayLike,
    group: NDArray[Any] | None,
    groups: int,
    variance: str,
    interval: str,
    level: float,
    timefix: bool,
    /,
) -> tuple[tuple[tuple[Any, ...], ...], int, bytes]: ...
def multistate_time(
    tau: float, columns: tuple[Any, ...], variance: str, interval: str, level: float, /
) -> tuple[Any, ...]: ...
def multistate_transition(
    from_: int,
    since: float,
    times: ArrayLike,
    columns: tuple[Any, ...],
    variance: str,
    interval: str,
    level: float,
    timefix: bool,
    /,
) -> tuple[tuple[Any, ...], int]: ...
def recurrent(
    patient: ArrayLike,
    names: list[Any] | None,
    time: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None,
    group: NDArray[Any] | None,
    groups: int,
    window: float,
    variance: str,
    interval: str,
    level: float,
    timefix: bool,
    /,
) -> tuple[tuple[tuple[Any, ...], ...], int, int]: ...
def recurrent_at(
    times: ArrayLike, columns: tuple[Any, ...], start_high: float, timefix: bool, /
) -> tuple[Any, ...]: ...
def recurrent_layout(
    patient: ArrayLike,
    names: list[Any] | None,
    time: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None,
    X: ArrayLike,
    window: float,
    model: str,
    timefix: bool,
    /,
) -> tuple[
    NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], int
]: ...
def recurrent_test(
    patient: ArrayLike,
    names: list[Any] | None,
    time: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None,
    group: NDArray[Any],
    groups: int,
    window: float,
    weights: str,
    method: str,
    alternative: str,
    timefix: bool,
    key: tuple[int, int],
    replicates: int,
    progress: Callable[[int, int], Any] | None,
    /,
) -> tuple[Any, ...]: ...
def rmst(
    time: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None,
    weights: ArrayLike | None,
    group: ArrayLike | None,
    groups: int,
    labels: Sequence[Any] | None,
    tau: float | str,
    interval: str,
    level: float,
    timefix: bool,
    /,
) -> Any: ...
def rmst_contrast(
    time: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None,
    weights: ArrayLike | None,
    group: ArrayLike,
    groups: int,
    labels: Sequence[Any],
    reference: int,
    covariates: ArrayLike | None,
    tau: float | str,
    interval: str,
    level: float,
    timefix: bool,
    /,
) -> tuple[float, list[tuple[Any, ...]], tuple[tuple[Any, ...], ...]]: ...
def curve_difference(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    groups: int,
    entry: ArrayLike | None,
    weights: ArrayLike | None,
    at: ArrayLike,
    reference: int,
    transform: str,
    level: float,
    timefix: bool,
    /,
) -> tuple[Any, ...]: ...
def parametric(
    rows: tuple[Any, ...],
    group: NDArray[Any] | None,
    n_groups: int,
    distribution: str,
    cure: bool,
    interval: str,
    level: float,
    names: tuple[str, ...],
    /,
) -> list[tuple[Any, ...]]: ...
def parametric_at(
    rows: tuple[Any, ...],
    distribution: str,
    cure: bool,
    parameters: ArrayLike,
    x: ArrayLike,
    times: ArrayLike,
    interval: str,
    level: float,
    /,
) -> tuple[Any, Any, Any, Any]: ...
def parametric_quantile(
    rows: tuple[Any, ...],
    distribution: str,
    cure: bool,
    parameters: ArrayLike,
    x: ArrayLike,
    p: ArrayLike,
    interval: str,
    level: float,
    /,
) -> tuple[Any, Any, Any, Any]: ...
def parametric_residuals(
    rows: tuple[Any, ...],
    distribution: str,
    cure: bool,
    parameters: ArrayLike,
    /,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]: ...
def pseudo_observations(
    time: ArrayLike,
    event: ArrayLike,
    of: str,
    at: ArrayLike,
    timefix: bool,
    interest: int,
    censored: int,
    /,
) -> tuple[NDArray[Any], NDArray[Any]]: ...
def concordance(
    time: ArrayLike,
    event: ArrayLike,
    score: ArrayLike,
    entry: ArrayLike | None,
    weights: ArrayLike | None,
    strata: ArrayLike | None,
    n_strata: int,
    method: str,
    risk: bool,
    tau: float,
    level: float,
    timefix: bool,
    /,
) -> tuple[Any, ...]: ...
def kinetics(
    patients: int,
    patient: ArrayLike,
    day: ArrayLike,
    count: ArrayLike,
    lloq: ArrayLike | None,
    below: ArrayLike | None,
    cart: ArrayLike | None,
    models: list[str],
    error: str,
    from_nadir: bool,
    start_day: float,
    threshold: float,
    level: float,
    limits: bool,
    /,
) -> dict[str, Any]: ...
def kinetics_at(
    model: ArrayLike,
    theta: ArrayLike,
    covariance: ArrayLike,
    origin: ArrayLike,
    df: ArrayLike,
    days: ArrayLike,
    level: float,
    /,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...
def kinetics_cohort(
    patients: int,
    patient: ArrayLike,
    day: ArrayLike,
    count: ArrayLike,
    lloq: ArrayLike | None,
    below: ArrayLike | None,
    models: list[str],
    error: str,
    from_nadir: bool,
    start_day: float,
    threshold: float,
    random: ArrayLike,
    nodes: int,
    level: float,
    /,
) -> tuple[Any, ...]: ...
def kinetics_words() -> tuple[
    tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]
]: ...
def landmark(
    time: ArrayLike,
    event: ArrayLike,
    change: ArrayLike,
    at: float,
    timefix: bool,
    /,
) -> tuple[Any, ...]: ...
def landmark_split(
    time: ArrayLike,
    event: ArrayLike,
    change: ArrayLike,
    timefix: bool,
    /,
) -> tuple[Any, ...]: ...
def interval_logrank(
    columns: tuple[Any, ...],
    scores: str,
    method: str,
    trend: ArrayLike | None,
    alternative: str,
    timefix: bool,
    key: tuple[int, int],
    replicates: int,
    progress: Callable[[int, int], Any] | None,
    /,
) -> tuple[Any, ...]: ...
def logrank(
    columns: tuple[Any, ...],
    weights: str,
    rho: float,
    gamma: float,
    trend: ArrayLike | None,
    alternative: str,
    level: float,
    timefix: bool,
    /,
) -> tuple[Any, ...]: ...
def logrank_codes(group: NDArray[Any], /) -> tuple[list[Any], NDArray[Any]] | None: ...
def logrank_exact(
    columns: tuple[Any, ...],
    weights: str,
    rho: float,
    gamma: float,
    alternative: str,
    timefix: bool,
    /,
) -> tuple[float, float]: ...
def logrank_monte_carlo(
    columns: tuple[Any, ...],
    weights: tuple[tuple[str, float, float], ...],
    trend: ArrayLike | None,
    alternative: str,
    timefix: bool,
    key: tuple[int, int],
    begin: int,
    end: int,
    progress: Callable[[int, int], Any] | None,
    /,
) -> tuple[int, float, float]: ...
def logrank_maxcombo(
    columns: tuple[Any, ...],
    weights: tuple[tuple[str, float, float], ...],
    alternative: str,
    timefix: bool,
    /,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], float, int, float, int]: ...
def logrank_one_sample(
    time: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None,
    expected: ArrayLike | None,
    reference_time: ArrayLike | None,
    reference_survival: ArrayLike | None,
    alternative: str,
    level: float,
    /,
) -> tuple[Any, ...]: ...
def logrank_replicates(
    time: ArrayLike,
    event: ArrayLike,
    group: NDArray[Any],
    groups: int,
    at: ArrayLike,
    weights: str,
    rho: float,
    gamma: float,
    trend: ArrayLike | None,
    alternative: str,
    exact: bool,
    timefix: bool,
    /,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]: ...
def reconstitution(
    left: ArrayLike,
    right: ArrayLike,
    competing: ArrayLike | None,
    cause: NDArray[Any] | None,
    causes: int,
    group: NDArray[Any] | None,
    n_groups: int,
    unseen_returns: bool,
    timefix: bool,
    /,
) -> tuple[int, list[tuple[Any, ...]]]: ...
def reconstitution_limits(
    left: ArrayLike,
    right: ArrayLike,
    competing: ArrayLike | None,
    group: NDArray[Any] | None,
    code: int,
    unseen_returns: bool,
    timefix: bool,
    level: float,
    of_quantiles: bool,
    at: ArrayLike,
    /,
) -> tuple[NDArray[Any], NDArray[Any]]: ...
def reconstitution_parametric(
    left: ArrayLike,
    right: ArrayLike,
    competing: ArrayLike | None,
    group: NDArray[Any] | None,
    n_groups: int,
    distribution: str,
    unseen: str,
    timefix: bool,
    level: float,
    times: list[float],
    shares: list[float],
    /,
) -> list[tuple[Any, ...]]: ...
def reconstitution_test(
    left: ArrayLike | str,
    right: ArrayLike | str,
    competing: ArrayLike | str | None,
    group: NDArray[Any],
    n_groups: int,
    unseen_returns: bool,
    timefix: bool,
    alternative: str,
    replicates: int,
    key: tuple[int, int],
    /,
) -> tuple[int, int, float, float, float]: ...
def reset(columns: tuple[Any, ...], criteria: ArrayLike, level: float, /) -> tuple[Any, ...]: ...
def reset_relapse(
    return_left: ArrayLike,
    return_right: ArrayLike,
    followed: ArrayLike,
    relapse: ArrayLike,
    start: ArrayLike | None,
    per: float,
    level: float,
    /,
) -> tuple[Any, ...]: ...
def reset_state_words() -> tuple[str, ...]: ...
def reset_states(
    onset: ArrayLike,
    return_left: ArrayLike,
    return_right: ArrayLike,
    followed: ArrayLike,
    relapse: ArrayLike,
    drug_free_from: ArrayLike | None,
    drug_free_to: ArrayLike | None,
    dead: ArrayLike | None,
    turn: float,
    at: ArrayLike,
    tau: float,
    level: float,
    /,
) -> tuple[NDArray[Any], ...]: ...
def reset_words() -> tuple[tuple[str, ...], ...]: ...
def turnbull(
    left: ArrayLike,
    right: ArrayLike,
    entry: ArrayLike | None,
    group: NDArray[Any] | None,
    n_groups: int,
    timefix: bool,
    /,
) -> tuple[int, list[tuple[Any, ...]]]: ...
def turnbull_bootstrap(
    left: ArrayLike,
    right: ArrayLike,
    timefix: bool,
    asked: ArrayLike,
    shares: bool,
    key: tuple[int, int],
    replicates: int,
    /,
) -> tuple[Any, Any]: ...
def turnbull_quantile(
    left: ArrayLike,
    right: ArrayLike,
    entry: ArrayLike | None,
    timefix: bool,
    level: float,
    p: ArrayLike,
    /,
) -> tuple[Any, Any]: ...
def turnbull_survival(
    left: ArrayLike,
    right: ArrayLike,
    entry: ArrayLike | None,
    timefix: bool,
    level: float,
    times: ArrayLike,
    /,
) -> tuple[Any, Any]: ...
def interval_cox(
    left: ArrayLike,
    right: ArrayLike,
    X: ArrayLike,
    interval: str,
    level: float,
    timefix: bool,
    names: tuple[str, ...] | None,
    /,
) -> tuple[Any, ...]: ...
def interval_cox_survival(
    coef: ArrayLike, center: ArrayLike, cumulative_hazard: ArrayLike, X: ArrayLike, /
) -> NDArray[np.float64]: ...
def cox(
    time: ArrayLike,
    event: ArrayLike,
    X: ArrayLike,
    entry: ArrayLike | None,
    weights: ArrayLike | None,
    offset: ArrayLike | None,
    strata: NDArray[Any] | None,
    n_strata: int,
    cluster: NDArray[Any] | None,
    n_clusters: int,
    ties: str,
    weights_kind: str,
    penalty: str,
    interval: str,
    level: float,
    robust: bool,
    timefix: bool,
    names: tuple[str, ...] | None,
    /,
) -> tuple[Any, ...]: ...
def cox_frailty(
    time: ArrayLike,
    event: ArrayLike,
    X: ArrayLike,
    cluster: NDArray[Any],
    n_clusters: int,
    entry: ArrayLike | None,
    offset: ArrayLike | None,
    strata: NDArray[Any] | None,
    n_strata: int,
    ties: str,
    level: float,
    timefix: bool,
    names: tuple[str, ...] | None,
    /,
) -> tuple[Any, ...]: ...
def cox_residuals(
    rows: tuple[Any, ...], ties: str, coef: NDArray[Any], cov: NDArray[Any], kind: str, /
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]: ...
def cox_proportional_hazards(
    rows: tuple[Any, ...], ties: str, coef: NDArray[Any], cov: NDArray[Any], transform: str, /
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]: ...
def cox_baseline(
    rows: tuple[Any, ...], ties: str, coef: NDArray[Any], cov: NDArray[Any], X: ArrayLike, /
) -> tuple[NDArray[Any], ...]: ...
def cox_predict(
    rows: tuple[Any, ...],
    ties: str,
    coef: NDArray[Any],
    cov: NDArray[Any],
    X: ArrayLike,
    strata: NDArray[Any] | None,
    times: ArrayLike,
    interval: str,
    level: float,
    timefix: bool,
    /,
) -> tuple[NDArray[Any], ...]: ...
def detection_limit(
    value: ArrayLike,
    below: ArrayLike | None,
    above: ArrayLike | None,
    group: ArrayLike | None,
    n_groups: int,
    method: str,
    distribution: str,
    level: float,
    p: ArrayLike,
    /,
) -> list[tuple[Any, ...]]: ...
def detection_limit_test(
    value: ArrayLike,
    below: ArrayLike | None,
    above: ArrayLike | None,
    group: ArrayLike,
    n_groups: int,
    test: str,
    distribution: str,
    method: str,
    level: float,
    /,
) -> tuple[Any, ...]: ...
def repertoire(
    count: ArrayLike,
    clone: ArrayLike | None,
    sample: ArrayLike | None,
    n_samples: int,
    depth: int,
    orders: ArrayLike,
    level: float,
    /,
) -> tuple[int, list[tuple[Any, ...]]]: ...
def repertoire_overlap(
    count: ArrayLike,
    clone: ArrayLike | None,
    sample: ArrayLike,
    n_pairs: int,
    depth: int,
    orders: ArrayLike,
    level: float,
    /,
) -> tuple[int, list[tuple[Any, ...]]]: ...
def repertoire_bootstrap(
    count: ArrayLike,
    clone: ArrayLike | None,
    orders: ArrayLike,
    min_coverage: float,
    key: tuple[int, int],
    begin: int,
    end: int,
    progress: Callable[[int, int], Any] | None,
    /,
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]: ...
def isotype_words() -> tuple[str, ...]: ...
def repertoire_maturity(
    mutation: ArrayLike | None,
    isotype: ArrayLike | None,
    clone: ArrayLike | None,
    sample: ArrayLike | None,
    n_samples: int,
    level: float,
    /,
) -> list[tuple[Any, ...]]: ...
def rarefaction(
    count: ArrayLike,
    clone: ArrayLike | None,
    sample: ArrayLike | None,
    n_samples: int,
    depth: ArrayLike | None,
    points: int,
    level: float,
    /,
) -> list[tuple[Any, ...]]: ...
def titre(
    patients: int,
    patient: NDArray[np.int64],
    day: ArrayLike,
    value: ArrayLike,
    below: ArrayLike | None,
    lloq: ArrayLike | None,
    uloq: ArrayLike | None,
    dilution: float,
    ivig_patient: NDArray[np.int64],
    ivig_day: ArrayLike,
    ivig_window: float,
    start_day: float,
    half_life: float,
    sd: float,
    is_common: bool,
    level: float,
    /,
) -> dict[str, NDArray[Any]]: ...
def titre_retention(
    before: ArrayLike,
    after: ArrayLike,
    lloq: ArrayLike | None,
    uloq: ArrayLike | None,
    margin: float,
    protective: float,
    level: float,
    /,
) -> tuple[Any, ...]: ...
def titre_seroconversion(
    patients: int,
    patient: NDArray[np.int64],
    day: ArrayLike,
    value: ArrayLike,
    uln: ArrayLike,
    assay: NDArray[np.int64] | None,
    ivig_patient: NDArray[np.int64],
    ivig_day: ArrayLike,
    ivig_window: float,
    start_day: float,
    confirm: int,
    /,
) -> dict[str, NDArray[Any]]: ...
def titre_words() -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]: ...
def tobit(low: ArrayLike, high: ArrayLike, X: ArrayLike, level: float, /) -> tuple[Any, ...]: ...
def tobit_mixed(
    low: ArrayLike,
    high: ArrayLike,
    X: ArrayLike,
    patient: ArrayLike,
    n_patients: int,
    level: float,
    /,
) -> tuple[Any, ...]: ...
def win_ratio(
    outcomes: Sequence[tuple[str, Any, Any, bool, float]],
    group: ArrayLike,
    strata: ArrayLike | None,
    n_strata: int,
    method: str,
    level: float,
    key: tuple[int, int],
    replicates: int,
    progress: Callable[[int, int], Any] | None,
    /,
) -> tuple[
    int,
    int,
    int,
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    tuple[float, ...],
    tuple[float, ...],
    tuple[float, ...],
    float,
    str,
]: ...

# Makes rank_test_random.json: Rscript make_rank_test_random.R > rank_test_random.json
# (R 4.2.2, coin 1.4-2, exactRankTests 0.8-35). Random scores, most of them tied: exact p-values of
# coin (signed ranks with Pratt's zeros and rank sums) and exactRankTests (zeros left out), the
# asymptotic ones of wilcox.test with and without its correction, and, for scores without ties, the
# exact and the asymptotic estimate and interval of wilcox.test.
suppressMessages({library(coin); library(exactRankTests)})
numbers <- function(x) sprintf("%.17g", x)
list_of <- function(x) paste0("[", paste(numbers(x), collapse = ","), "]")
object <- function(...) {
    parts <- list(...)
    paste0("{", paste0('"', names(parts), '":', unlist(parts), collapse = ","), "}")
}
sides <- c("two.sided", "greater", "less")
limits <- function(fit) list_of(fit$conf.int[1:2])
set.seed(20)

paired <- vapply(1:36, function(k) {
    n <- sample(6:14, 1)
    tied <- k %% 3 > 0
    d <- if (tied) sample(-4:6, n, TRUE) else round(rnorm(n, 0.4), 4)
    if (all(d == 0)) d[1] <- 1
    side <- sides[1 + (k %/% 3) %% 3]
    zero <- rep(0, n)
    pratt <- pvalue(wilcoxsign_test(d ~ zero, zero.method = "Pratt", distribution = "exact",
        alternative = side))
    plain <- suppressWarnings(wilcox.exact(d, alternative = side)$p.value)
    plus <- function(correct) suppressWarnings(
        wilcox.test(d, alternative = side, exact = FALSE, correct = correct)$p.value)
    parts <- list(d = list_of(d), alternative = paste0('"', sub(".", "-", side, fixed = TRUE), '"'),
        V = numbers(unname(suppressWarnings(wilcox.test(d))$statistic)), pratt = numbers(pratt),
        wilcoxon = numbers(plain), asymptotic = numbers(plus(FALSE)), corrected = numbers(plus(TRUE)))
    if (!tied) {
        fit <- wilcox.test(d, conf.int = TRUE, conf.level = 0.9)
        normal <- wilcox.test(d, conf.int = TRUE, conf.level = 0.9, exact = FALSE)
        parts <- c(parts, list(estimate = numbers(unname(fit$estimate)), interval = limits(fit),
            achieved = numbers(1 - 2 * psignrank(qsignrank(0.05, n) - 1, n)),
            asymptotic_interval = limits(normal)))
    }
    do.call(object, parts)
}, "")

groups <- vapply(1:36, function(k) {
    m <- sample(4:9, 1); n <- sample(4:9, 1)
    tied <- k %% 3 > 0
    x <- if (tied) sample(0:6, m, TRUE) else round(rnorm(m, 0.5), 4)
    y <- if (tied) sample(0:4, n, TRUE) else round(rnorm(n), 4)
    side <- sides[1 + (k %/% 3) %% 3]
    group <- factor(rep(c("x", "y"), c(m, n)))
    exact <- pvalue(wilcox_test(c(x, y) ~ group, distribution = "exact", alternative = side))
    shift <- suppressWarnings(wilcox.exact(x, y, alternative = side)$p.value)
    plus <- function(correct) suppressWarnings(
        wilcox.test(x, y, alternative = side, exact = FALSE, correct = correct)$p.value)
    parts <- list(x = list_of(x), y = list_of(y),
        alternative = paste0('"', sub(".", "-", side, fixed = TRUE), '"'),
        W = numbers(unname(suppressWarnings(wilcox.test(x, y))$statistic)), exact = numbers(exact),
        exactRankTests = numbers(shift), asymptotic = numbers(plus(FALSE)),
        corrected = numbers(plus(TRUE)))
    if (!tied) {
        fit <- wilcox.test(x, y, conf.int = TRUE, conf.level = 0.9)
        normal <- wilcox.test(x, y, conf.int = TRUE, conf.level = 0.9, exact = FALSE)
        parts <- c(parts, list(estimate = numbers(unname(fit$estimate)), interval = limits(fit),
            achieved = numbers(1 - 2 * pwilcox(qwilcox(0.05, m, n) - 1, m, n)),
            asymptotic_interval = limits(normal)))
    }
    do.call(object, parts)
}, "")
cat('{"id":"rank_test_random","title":"Rank tests of random scores",',
    '"source":"R stats, coin 1.4-2, exactRankTests 0.8-35","r_call":"make_rank_test_random.R",',
    '"r_version":"', R.version.string, '","rtol":1e-11,"inputs":{},"expected":{"paired":[\n',
    paste(paired, collapse = ",\n"), '\n],"groups":[\n', paste(groups, collapse = ",\n"), "\n]}}\n",
    sep = "")

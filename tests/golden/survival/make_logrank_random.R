# Writes logrank_random.json: survdiff (G-rho, strata, k groups), coin's permutation test of its
# log-rank scores, of data sets drawn with a seed.
suppressMessages({library(survival); library(coin); library(jsonlite)})
set.seed(20261101)
cases <- list()
for (i in 1:60) {
  n <- sample(8:40, 1)
  groups <- if (i %% 3 == 0) 3 else 2
  time <- if (i %% 2) round(rexp(n, 1 / 10), 6) + 0.01 else sample(1:12, n, TRUE)
  event <- rbinom(n, 1, 0.7)
  group <- sample(rep(seq_len(groups), length.out = n))
  stratum <- if (i %% 4 == 1) sample(rep(1:2, length.out = n)) else rep(1, n)
  event[which(group == 1)[1]] <- 1
  rho <- c(0, 0.5, 1, 2)[1 + i %% 4]
  s <- survdiff(Surv(time, event) ~ group + strata(stratum), rho = rho)
  total <- function(x) if (is.matrix(x)) rowSums(x) else x
  case <- list(time = time, event = event, group = group, stratum = stratum, rho = rho,
    observed = total(s$obs), expected = total(s$exp), var = s$var, chisq = s$chisq)
  if (groups == 2) {
    # the second group as the first level: scores of coin are minus ours; scores within strata,
    # where logrank_test would rank the patients of all strata together
    f <- factor(group, levels = c(2, 1))
    b <- factor(stratum)
    test <- function(distribution, alternative) independence_test(Surv(time, event) ~ f | b,
      ytrafo = function(data) trafo(data, surv_trafo = logrank_trafo, block = b),
      distribution = distribution, alternative = alternative)
    case$z <- -as.numeric(statistic(test("asymptotic", "two.sided"), "standardized"))
    # coin has exact distributions without blocks alone
    if (all(stratum == 1) && n <= 24) {
      case$exact <- as.numeric(pvalue(test("exact", "two.sided")))
      case$exact_greater <- as.numeric(pvalue(test("exact", "less")))
      case$exact_less <- as.numeric(pvalue(test("exact", "greater")))
    }
  }
  cases[[i]] <- case
}
out <- list(id = "logrank_random", source = paste("survival", packageVersion("survival"),
  "coin", packageVersion("coin")), r_version = R.version.string, rtol = 1e-9, cases = cases)
writeLines(toJSON(out, digits = 17, auto_unbox = TRUE), "logrank_random.json")

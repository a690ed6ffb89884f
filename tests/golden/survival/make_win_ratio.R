# win_ratio.json: hierarchies by plain loops over pairs; wins less losses tested by coin (exact, blocks as
# strata) and by all deals; variances out of the influence values. Neither WINS, WR nor BuyseTest is needed.
# Run in this folder: Rscript make_win_ratio.R
suppressMessages({library(coin); library(survival); library(jsonlite)})
set.seed(20261127)
decide <- function(d, i, j) {
  # death, the longer the better: the earlier event counts while the other was followed
  dies_first <- function(a, b) d$died[a] == 1 &&
    (d$death[b] > d$death[a] || (d$death[b] == d$death[a] && d$died[b] == 0))
  if (dies_first(j, i)) return(c(1, 1))
  if (dies_first(i, j)) return(c(-1, 1))
  # relapses, certain over the time both were followed
  fewer <- function(a, b) d$relapses[a] < d$relapses[b] && d$years[a] >= d$years[b]
  if (fewer(i, j)) return(c(1, 2))
  if (fewer(j, i)) return(c(-1, 2))
  gain <- d$activity[j] - d$activity[i]  # less is better, 4 points matter
  if (gain >= 4) return(c(1, 3))
  if (gain <= -4) return(c(-1, 3))
  c(0, 0)
}
cases <- list()
for (k in 1:16) {
  n <- c(5, 7, 8, 10)[(k - 1) %% 4 + 1]
  m <- n + k %% 2
  size <- m + n
  d <- data.frame(group = rep(1:0, c(m, n)))
  d$death <- ceiling(rexp(size, 0.1 + 0.1 * (1 - d$group)) * 2)
  d$died <- rbinom(size, 1, 0.5)
  d$years <- sample(1:3, size, TRUE)
  d$relapses <- rpois(size, 0.4 * d$years)
  d$activity <- sample(0:16, size, TRUE)
  sign <- level <- matrix(0, size, size)
  for (i in 1:size) for (j in 1:size) if (i != j) {
    v <- decide(d, i, j)
    sign[i, j] <- v[1]
    level[i, j] <- v[2]
  }
  stopifnot(all(sign == -t(sign)))
  across <- sign[d$group == 1, d$group == 0]
  at <- level[d$group == 1, d$group == 0]
  win <- mean(across > 0)
  loss <- mean(across < 0)
  error <- function(a, b) {
    h <- a * (across > 0) + b * (across < 0)
    sqrt(var(rowMeans(h)) / m + var(colMeans(h)) / n)
  }
  # wins less losses against all patients do not depend on the labels
  d$score <- rowSums(sign)
  exact <- oneway_test(score ~ factor(group), data = d, distribution = "exact")
  cases[[k]] <- list(
    data = as.list(d[c("group", "death", "died", "years", "relapses", "activity")]),
    wins = sapply(1:3, function(l) sum(across > 0 & at == l)),
    losses = sapply(1:3, function(l) sum(across < 0 & at == l)),
    win_ratio = win / loss, win_ratio_error = error(1 / win, -1 / loss),
    net_benefit = win - loss, net_benefit_error = error(1, -1) / (1 - (win - loss)^2),
    pvalue_exact = as.numeric(pvalue(exact)),
    pvalue_asymptotic = as.numeric(pvalue(oneway_test(score ~ factor(group), data = d))),
    death = unname(concordance(Surv(death, died) ~ group, data = d)$count[c("concordant", "discordant")]))
}
writeLines(toJSON(list(
  id = "win_ratio", title = "Win ratios of hierarchies of death, relapses and a score",
  source = paste("coin", packageVersion("coin"), "and survival", packageVersion("survival")),
  r_call = "coin::oneway_test(score ~ group, distribution = 'exact')",
  r_version = R.version.string, rtol = 1e-10, cases = cases), auto_unbox = TRUE, digits = NA),
  "win_ratio.json")

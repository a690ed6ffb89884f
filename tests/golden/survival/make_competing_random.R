# Cumulative incidences, Gray's tests and times lost of random cohorts:
#   Rscript tests/golden/survival/make_competing_random.R > tests/golden/survival/competing_random.json
# R 4.2.2, cmprsk 2.2.11, survival 3.5.3, prodlim 2019.11.13.
suppressMessages({library(cmprsk); library(survival); library(prodlim)})
set.seed(20261123)
num <- function(x) paste0("[", paste(ifelse(is.na(x), "null", format(x, digits = 17, trim = TRUE)), collapse = ", "), "]")
one <- function(case) {
  n <- c(8, 15, 30, 70)[case %% 4 + 1]
  groups <- 2 + case %% 3
  causes <- 2 + case %% 2
  time <- if (case %% 2) pmax(1, ceiling(rexp(n, 0.08))) else round(rexp(n, 0.08), 6) + 0.001
  cause <- sample(0:causes, n, TRUE, c(if (case %% 5) 0.3 else 0, 0.4, rep(0.2, causes - 1)))
  group <- c(1:groups, sample(groups, n - groups, TRUE))
  stratum <- sample(2, n, TRUE)
  whole <- cuminc(time, cause)
  state <- survfit(Surv(time, factor(cause, 0:causes)) ~ 1)
  tau <- 0.7 * max(time)
  lost <- summary(state, rmean = tau)$table
  product <- prodlim(Hist(time, cause) ~ 1, data = data.frame(time, cause))
  names <- sort(unique(cause[cause > 0]))
  curve <- sapply(names, function(k) {
    c <- whole[[paste("1", k)]]
    at <- timepoints(list(x = c), state$time)
    s <- paste0("{\"cause\": ", k, ", \"estimate\": ", num(at$est[1, ]), ", \"var_aalen\": ", num(at$var[1, ]),
      ", \"std_error_survfit\": ", num(state$std.err[, k + 1]),
      ", \"time_lost\": ", num(lost[k + 1, "rmean"]), ", \"time_lost_error\": ", num(lost[k + 1, grep("se", colnames(lost))]),
      ", \"std_error_prodlim\": ", num(product$se.cuminc[[as.character(k)]]), "}")
    s
  })
  test <- function(...) {
    t <- cuminc(time, cause, group, ...)$Tests
    t <- t[as.character(names), , drop = FALSE]
    paste0("{\"stat\": ", num(t[, "stat"]), ", \"pv\": ", num(t[, "pv"]), ", \"df\": ", num(t[, "df"]), "}")
  }
  paste0("{\"time\": ", num(time), ", \"cause\": ", num(cause), ", \"group\": ", num(group),
    ", \"stratum\": ", num(stratum), ", \"causes\": ", num(names), ", \"at\": ", num(state$time),
    ", \"tau\": ", num(tau), ", \"curves\": [", paste(curve, collapse = ", "), "], \"gray\": ", test(),
    ", \"gray_rho_1\": ", test(rho = 1), ", \"gray_rho_minus_half\": ", test(rho = -0.5), ", \"gray_strata\": ", test(strata = stratum), "}")
}
cat("{\"id\": \"competing_random\", \"source\": \"cmprsk 2.2.11, survival 3.5.3, prodlim 2019.11.13\", \"r_version\": \"R 4.2.2\", \"rtol\": 1e-08, \"cases\": [\n",
  paste(sapply(1:24, one), collapse = ",\n"), "\n]}\n", sep = "")

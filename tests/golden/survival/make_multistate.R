# Writes multistate.json: Rscript make_multistate.R (survival 3.5.3, etm 1.1.1 of Debian 12, R 4.2.2).
# Paths between three states, by a linear congruence so that the data do not depend on R's generator: whole
# days with ties (tenths in the last case, of which etm takes equal ones for different), patients who enter
# late, two states at the start, return to the first state.
suppressMessages({ library(survival); library(etm); library(jsonlite) })

draws <- function(seed) {
  state <- seed
  function() {
    state <<- (state * 16807) %% 2147483647
    state / 2147483647
  }
}

paths <- function(n, seed, late, grid) {
  u <- draws(seed)
  rows <- list()
  for (i in seq_len(n)) {
    start <- if (late && u() < 0.4) grid * floor(1 + 4 * u()) else 0
    now <- if (u() < 0.3) 2 else 1
    end <- start + grid * floor(6 + 30 * u())
    repeat {
      stop <- start + grid * floor(1 + 9 * u())
      to <- if (now == 1) (if (u() < 0.7) 2 else 3) else (if (u() < 0.5) 1 else 3)
      done <- stop >= end
      if (done) { stop <- max(end, start + grid); to <- 0 }
      rows[[length(rows) + 1]] <- list(patient = i, start = start, stop = stop, from = now, to = to)
      if (done || to == 3) break
      start <- stop
      now <- to
    }
  }
  as.data.frame(do.call(rbind, lapply(rows, as.data.frame)))
}

one <- function(n, seed, late, grid) {
  d <- paths(n, seed, late, grid)
  first <- d[!duplicated(d$patient), ]
  d$initial <- first$from[match(d$patient, first$patient)]
  event <- factor(d$to, 0:3, c("none", "a", "b", "c"))
  state <- factor(d$from, 1:3, c("a", "b", "c"))
  f <- survfit(Surv(d$start, d$stop, event) ~ 1, id = d$patient, istate = state, influence = TRUE)
  tau <- sort(unique(d$stop))[ceiling(0.7 * length(unique(d$stop)))]
  grid_times <- c(0, f$time[f$time < tau], tau)
  width <- diff(grid_times)
  area <- apply(rbind(f$p0, f$pstate)[seq_along(width), , drop = FALSE] * width, 2, sum)
  turned <- apply(f$influence.pstate[, seq_along(width), , drop = FALSE], c(1, 3), function(x) sum(x * width))
  area_error <- sqrt(colSums(turned^2))
  long <- data.frame(id = d$patient, from = d$from, to = ifelse(d$to == 0, "cens", d$to), entry = d$start,
                     exit = d$stop)
  tra <- matrix(FALSE, 3, 3)
  tra[1, 2:3] <- TRUE
  tra[2, c(1, 3)] <- TRUE
  s <- grid * 6
  e <- etm(long, c("1", "2", "3"), tra, "cens", s = s, t = "last", covariance = TRUE)
  keep <- seq_along(e$time)
  v <- function(h, j) trcov(e, paste(h, j))
  list(inputs = list(patient = d$patient, entry = d$start, time = d$stop, event = d$to, initial = d$initial),
       time = f$time, p0 = f$p0, at_risk = f$n.risk, estimate = f$pstate, std_error = f$std.err,
       cumhaz = f$cumhaz, hazards = colnames(f$cumhaz), tau = tau, area = area, area_std_error = area_error,
       etm = if (grid == 1) list(since = s, time = e$time, estimate = lapply(1:2, function(h) t(e$est[h, , keep])),
                  variance = lapply(1:2, function(h) sapply(1:3, function(j) v(h, j)[keep]))))
}

cases <- list(one(12, 11, FALSE, 1), one(25, 7, FALSE, 1), one(40, 5, TRUE, 1), one(30, 3, TRUE, 0.1))
write(toJSON(list(id = "multistate", source = paste("survival", packageVersion("survival"), "etm",
      packageVersion("etm")), rtol = 1e-10, cases = cases), digits = 17, auto_unbox = TRUE),
      "multistate.json")

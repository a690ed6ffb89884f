# The digits of R in notebooks/03_survival_beside_r.ipynb: Rscript tools/notebook_r_digits.R
# Each part below stands in the notebook, as does what it prints.
suppressMessages({library(survival); library(cmprsk)})
cat(R.version.string, "with survival", format(packageVersion("survival")),
    "and cmprsk", format(packageVersion("cmprsk")), "\n")

say <- function(...) {
  values <- list(...)
  for (name in names(values)) {
    cat(name, format(unname(unlist(values[[name]])), digits = 15, trim = TRUE), "\n")
  }
}

data <- "python/immunoreset/datasets/data"
lupus <- read.csv(file.path(data, "sle_survival_1955.csv"), stringsAsFactors = FALSE)
lupus$died <- lupus$died == "true"
lupus$male <- as.numeric(lupus$sex == "male")
lupus$white <- as.numeric(lupus$white == "true")
known <- lupus[lupus$years > 0 & !is.na(lupus$age_years), ]
bmt <- read.csv(file.path(data, "platelet_recovery_bmt.csv"), stringsAsFactors = FALSE)
for (name in c("platelets_recovered", "relapsed_or_died", "cmv_positive")) {
  bmt[[name]] <- as.numeric(bmt[[name]] == "true")
}

# --- kaplan_meier
curves <- survfit(Surv(years, died) ~ sex, lupus, conf.type = "log-log")
at <- summary(curves, times = c(1, 3))
say(at_risk = at$n.risk, survival = at$surv, std_error = at$std.err,
    low = at$lower, high = at$upper, median = quantile(curves, 0.5, conf.int = FALSE))

# --- kaplan_meier, weights
tally <- aggregate(patient ~ years + died, lupus, length)  # equal rows once, with their number
curve <- survfit(Surv(years, died) ~ 1, tally, weights = patient, conf.type = "log-log")
at <- summary(curve, times = c(0.25, 1, 2, 3))
say(rows = nrow(tally), at_risk = at$n.risk, survival = at$surv, std_error = at$std.err)

# --- kaplan_meier, delayed entry
seen <- lupus[lupus$years > 0 & !is.na(lupus$months_onset_to_diagnosis), ]
seen$entry <- seen$months_onset_to_diagnosis / 12  # under observation from the diagnosis on
seen$exit <- seen$entry + seen$years
curve <- survfit(Surv(entry, exit, died) ~ 1, seen, conf.type = "log-log")
at <- summary(curve, times = c(1, 2, 5, 10))
say(at_risk_of_rows = curve$n.risk[c(1, 11, 31, 61)], survival = at$surv, std_error = at$std.err,
    low = at$lower, high = at$upper)

# --- log_log
at <- summary(survfit(Surv(years, died) ~ white, lupus), times = c(1, 3))
say(log_log = log(-log(at$surv)))

# --- logrank
test <- survdiff(Surv(years, died) ~ sex, lupus)
peto <- survdiff(Surv(years, died) ~ sex, lupus, rho = 1)
strata <- survdiff(Surv(years, died) ~ sex + strata(white), lupus)
p <- function(test) pchisq(test$chisq, 1, lower.tail = FALSE)
say(observed = test$obs, expected = test$exp, chisq = test$chisq, p = p(test),
    rho_1_chisq = peto$chisq, rho_1_p = p(peto), strata_chisq = strata$chisq, strata_p = p(strata))

# --- rmst
means <- summary(survfit(Surv(years, died) ~ sex, lupus), rmean = 4)$table
average <- means[, "rmean"]
se <- means[, "se(rmean)"]
say(mean = average, std_error = se, difference = average[2] - average[1],
     difference_std_error = sqrt(sum(se^2)))

# --- cox
fit <- coxph(Surv(years, died) ~ male + white + age_years, known)
breslow <- coxph(Surv(years, died) ~ male + white + age_years, known, ties = "breslow")
exact <- coxph(Surv(years, died) ~ male + white + age_years, known, ties = "exact")
say(coef = coef(fit), std_error = sqrt(diag(vcov(fit))), loglik = fit$loglik,
    breslow = coef(breslow), exact = coef(exact))

# --- cox, no event
few <- coxph(Surv(years, died) ~ male, known, subset = white == 0)
say(coef = coef(few), std_error = sqrt(vcov(few)))

# --- cox, residuals and tests
martingale <- residuals(fit, "martingale")
deviance <- residuals(fit, "deviance")
dfbeta <- residuals(fit, "dfbeta")
say(martingale = martingale[1:3], deviance = deviance[1:3], dfbeta = dfbeta[1, ],
    km_chisq = cox.zph(fit)$table[, "chisq"], km_p = cox.zph(fit)$table[, "p"],
    log_chisq = cox.zph(fit, transform = "log")$table[, "chisq"])

# --- cox, spline
zph <- cox.zph(fit)
points <- data.frame(x = zph$x, y = zph$y[, "white"])
line <- lm(y ~ splines::ns(x, df = 3), points)
grid <- data.frame(x = seq(min(zph$x), max(zph$x), length.out = 5))
look <- predict(line, grid, se.fit = TRUE)
half <- qnorm(0.975) * sqrt(zph$var[2, 2]) * look$se.fit / sigma(line)
say(transformed_time = grid$x, estimate = look$fit, low = look$fit - half, high = look$fit + half)

# --- concordance
harrell <- concordance(fit)
uno <- concordance(fit, timewt = "n/G2")
say(harrell = harrell$concordance, std_error = sqrt(harrell$var), uno = uno$concordance)

# --- competing_risks
days <- c(14, 21, 28, 60, 100)
gray <- timepoints(cuminc(bmt$first_event_day, bmt$first_event, cencode = "none"), days)
states <- factor(bmt$first_event, c("none", "platelet recovery", "relapse or death"))
aj <- summary(survfit(Surv(first_event_day, states) ~ 1, bmt), times = days)
say(recovery = gray$est[1, ], relapse_or_death = gray$est[2, ],
    std_error = sqrt(gray$var[1, ]), std_error_greenwood = aj$std.err[, 2])

# --- gray_test
tests <- cuminc(bmt$first_event_day, bmt$first_event, bmt$disease_group, cencode = "none")$Tests
say(chisq = tests[, "stat"], p = tests[, "pv"])

# --- fine_gray
X <- cbind(age = bmt$age_years, cmv = bmt$cmv_positive)
model <- crr(bmt$first_event_day, bmt$first_event, X,
             failcode = "platelet recovery", cencode = "none")
say(coef = model$coef, std_error = sqrt(diag(model$var)), loglik = model$loglik)

# --- landmark
left <- bmt[bmt$disease_free_days > 30, ]
left$back <- as.numeric(left$platelets_recovered == 1 & left$platelet_day <= 30)
after <- Surv(left$disease_free_days - 30, left$relapsed_or_died)
test <- survdiff(after ~ back, left)
say(patients = test$n, events = test$obs, chisq = test$chisq, coef = coef(coxph(after ~ back, left)))

# --- landmark, the change in time
bmt$back_day <- ifelse(bmt$platelets_recovered == 1, bmt$platelet_day, NA)
rows <- tmerge(bmt, bmt, id = patient, relapse = event(disease_free_days, relapsed_or_died),
               back = tdc(back_day))
fit <- coxph(Surv(tstart, tstop, relapse) ~ back, rows)
say(rows = nrow(rows), coef = coef(fit), std_error = sqrt(diag(vcov(fit))), loglik = fit$loglik)

# Natural splines through the points of cox.zph, with limits, for schoenfeld_smooth.json, out of the
# lupus data of the package: Rscript make_schoenfeld_smooth.R
suppressMessages({library(survival); library(splines); library(jsonlite)})
d <- read.csv("../../../python/immunoreset/datasets/data/sle_survival_1955.csv")
d <- d[d$years > 0 & !is.na(d$age_years), ]
d$male <- as.numeric(d$sex == "male")
d$white <- as.numeric(d$white == "true")
d$died <- d$died == "true"
fit <- coxph(Surv(years, died) ~ male + white + age_years, d,
             control = coxph.control(eps = 1e-14, iter.max = 100))
case <- function(transform, df) {
  z <- cox.zph(fit, transform = transform)
  grid <- data.frame(x = seq(min(z$x), max(z$x), length.out = 7))
  curves <- lapply(1:3, function(j) {
    points <- data.frame(x = z$x, y = z$y[, j])
    line <- lm(y ~ ns(x, df = df - 1), points)
    half <- qnorm(.975) * sqrt(z$var[j, j]) * predict(line, grid, se.fit = TRUE)$se.fit / sigma(line)
    middle <- unname(predict(line, grid))
    list(estimate = middle, low = middle - unname(half), high = middle + unname(half))
  })
  list(transform = transform, df = df, x = unname(z$x), y = unname(z$y), grid = grid$x, curves = curves)
}
out <- list(title = "Natural cubic splines through scaled Schoenfeld residuals, lupus data",
            r_call = "make_schoenfeld_smooth.R", source = paste("survival", packageVersion("survival")),
            r_version = R.version.string, rtol = 1e-8,
            cases = list(case("km", 4), case("rank", 4), case("identity", 3), case("log", 2),
                         case("km", 6)))
cat(toJSON(out, digits = NA, auto_unbox = TRUE), file = "schoenfeld_smooth.json")

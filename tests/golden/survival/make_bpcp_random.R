# Makes km_bpcp_random.json: Rscript make_bpcp_random.R > km_bpcp_random.json  (R 4.2.2, bpcp 1.4.2)
# 16 random data sets, half of them with ties. midpMMTol: at the default, 1.2e-4, the mid-P limits
# are wrong from the fourth digit on.
suppressMessages(library(bpcp))
numbers <- function(x) paste0("[", paste(ifelse(is.infinite(x), '"inf"', format(x, digits = 17)), collapse = ","), "]")
set.seed(3)
cases <- vapply(1:16, function(k) {
    n <- sample(1:25, 1)
    time <- if (k %% 2) sample(1:15, n, TRUE) else round(rexp(n), 6)
    event <- as.integer(runif(n) < sample(c(0.2, 0.5, 0.9), 1))
    level <- sample(c(0.9, 0.95), 1)
    limits <- vapply(c(FALSE, TRUE), function(midp) {
        fit <- bpcp(time, event, alpha = 1 - level, midp = midp,
            control = bpcpControl(midpMMTol = 1e-14))
        sprintf('{"lower":%s,"upper":%s}', numbers(fit$lower), numbers(fit$upper))
    }, "")
    sprintf('{"time":%s,"event":%s,"level":%g,"bpcp":%s,"bpcp_midp":%s}', numbers(time),
        numbers(event), level, limits[1], limits[2])
}, "")
cat('{"id":"km_bpcp_random","title":"Beta product limits of random samples",',
    '"source":"bpcp 1.4.2","r_call":"make_bpcp_random.R","r_version":"', R.version.string, '",',
    '"rtol":1e-11,"inputs":{},"expected":[\n', paste(cases, collapse = ",\n"), "\n]}\n", sep = "")

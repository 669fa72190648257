/* The value and gradient of each program of workloads.py, as a person would write it in C who wants it fast: explicit
   loops, fused, with what is kept for the way back chosen by hand. Results are left in the last arguments. Products of
   large matrices are NumPy's (peer_limit.py). */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define R restrict

/* z = a cos(z + i) + z sin(b - i): what does not need z is computed ahead, many at a time; so is what z's tape gives. */
double scalar_loop(double a, double b, long steps, double *R bars) {
    double *R z = malloc(5 * steps * sizeof *z), *R sine = z + steps, *R cosine = sine + steps;
    double *R near = cosine + steps, *R slope = near + steps;
    for (long i = 0; i < steps; i++) sine[i] = sin(b - i);
    for (long i = 0; i < steps; i++) cosine[i] = cos(b - i);
    double now = 0;
    for (long i = 0; i < steps; i++) {
        z[i] = now;
        near[i] = cos(now + i);
        now = a * near[i] + now * sine[i];
    }
    for (long i = 0; i < steps; i++) slope[i] = sine[i] - a * sin(z[i] + i);
    double z_bar = 1, a_bar = 0, b_bar = 0;
    for (long i = steps - 1; i >= 0; i--) {
        a_bar += z_bar * near[i];
        b_bar += z_bar * z[i] * cosine[i];
        z_bar *= slope[i];
    }
    free(z);
    bars[0] = a_bar, bars[1] = b_bar;
    return now;
}

double newton(double a, double *R bar) {
    double tape[100], x = a;
    int n = 0;
    while (fabs(x * x * x - a) > 1e-12 * a && n < 100) {
        tape[n++] = x;
        x -= (x * x * x - a) / (3 * x * x);
    }
    double x_bar = 1, a_bar = 0;
    while (n--) {
        double part = 1 / (3 * tape[n] * tape[n]);
        a_bar += x_bar * part;
        x_bar *= 2.0 / 3 - 2 * a * part / tape[n];
    }
    *bar = a_bar + x_bar;
    return x;
}

/* Of the residuals e = x w the loss; e is left as its cotangent. */
double huber(long n, double *R e, const double *R y, double b, double delta, double *R b_bar) {
    double loss = 0, sum = 0;
    for (long i = 0; i < n; i++) {
        double d = e[i] + b - y[i], r = fabs(d);
        loss += r <= delta ? 0.5 * r * r : delta * (r - 0.5 * delta);
        e[i] = fmin(fmax(d, -delta), delta) / n;
        sum += e[i];
    }
    *b_bar = sum;
    return loss / n;
}

void tanh_of(long n, long m, float *R h, const float *R b) {
    for (long i = 0; i < n; i++)
        for (long j = 0; j < m; j++) h[i * m + j] = tanhf(h[i * m + j] + b[j]);
}

/* The cotangent of tanh's argument, and the sums of its columns. */
void tanh_back(long n, long m, float *R bar, const float *R h, float *R sums) {
    memset(sums, 0, m * sizeof *sums);
    for (long i = 0; i < n; i++)
        for (long j = 0; j < m; j++) {
            float one = bar[i * m + j] * (1 - h[i * m + j] * h[i * m + j]);
            bar[i * m + j] = one;
            sums[j] += one;
        }
}

/* The mean cross entropy of ten classes; the scores are left as their cotangent. */
double cross_entropy(long n, float *R scores, const float *R labels, const float *R b, float *R sums) {
    float loss = 0;
    memset(sums, 0, 10 * sizeof *sums);
    for (long i = 0; i < n; i++) {
        float *R s = scores + 10 * i, e[10], top = -INFINITY, total = 0, chosen = 0;
        for (int j = 0; j < 10; j++) s[j] += b[j], top = fmaxf(top, s[j]);
        for (int j = 0; j < 10; j++) e[j] = expf(s[j] - top), total += e[j];
        float all = logf(total);
        for (int j = 0; j < 10; j++) {
            chosen += (s[j] - top - all) * labels[10 * i + j];
            s[j] = (e[j] / total - labels[10 * i + j]) / n;
            sums[j] += s[j];
        }
        loss -= chosen;
    }
    return loss / n;
}

#define BLOCK 512

/* Sine and cosine in loops of their own: compilers make one function of the two, which is none of vectors. */
double chain(long n, const double *R x, double a, double b, double *R x_bar, double *R bars) {
    double value = 0, a_bar = 0, b_bar = 0, sine[BLOCK], cosine[BLOCK];
    for (long first = 0; first < n; first += BLOCK) {
        const double *R from = x + first;
        long count = n - first < BLOCK ? n - first : BLOCK;
        for (long i = 0; i < count; i++) sine[i] = sin(from[i]);
        for (long i = 0; i < count; i++) cosine[i] = cos(from[i]);
        for (long i = 0; i < count; i++) {
            double t1 = sine[i] * a, e = exp(-t1 * t1), t2 = e + b, t3 = sqrt(1 + t2 * t2), quotient = a / t3;
            double t5 = tanh(t3 * cosine[i] - quotient), t6 = t5 + from[i] * b, u = 1 + t6 * t6, t7 = log(u);
            double t6_bar = 2 * from[i] * t6 / u, t4_bar = t6_bar * (1 - t5 * t5);
            double t2_bar = t4_bar * (cosine[i] + quotient / t3) * t2 / t3, t1_bar = -2 * t2_bar * e * t1;
            value += t7 * from[i];
            x_bar[first + i] = t7 + t6_bar * b - t4_bar * t3 * sine[i] + t1_bar * a * cosine[i];
            a_bar += t1_bar * sine[i] - t4_bar / t3;
            b_bar += t6_bar * from[i] + t2_bar;
        }
    }
    bars[0] = a_bar, bars[1] = b_bar;
    return value;
}

#define K 25
#define D 10
#define POINTS 8

typedef double Points __attribute__((vector_size(8 * POINTS)));

/* Eight points at a time, a vector for each coordinate; they stay near while all parts of the mixture are done. */
double mixture(long n, const double *R weights, const double *R means, const double *R scales, const double *R lower,
               const double *R x, double *R weights_bar, double *R means_bar, double *R scales_bar, double *R lower_bar) {
    double factors[K][D][D] = {0}, begin[K], value = 0;
    static Points products[K][D][D], totals[K][D], sums[K];
    memset(products, 0, sizeof products);
    memset(totals, 0, sizeof totals);
    memset(sums, 0, sizeof sums);
    for (int k = 0; k < K; k++) {
        begin[k] = weights[k];
        for (int i = 0; i < D; i++) {
            for (int j = 0; j < i; j++) factors[k][i][j] = lower[(k * D + i) * D + j];
            factors[k][i][i] = exp(scales[k * D + i]);
            begin[k] += scales[k * D + i];
        }
    }
    for (long first = 0; first < n; first += POINTS) {
        Points y[K][D], inside[K], one[D], is_there = {0}, top, total = {0}, share;
        for (int p = 0; p < POINTS; p++) {
            long point = first + p < n ? first + p : n - 1;
            is_there[p] = first + p < n;
            top[p] = -INFINITY;
            for (int i = 0; i < D; i++) one[i][p] = x[point * D + i];
        }
        for (int k = 0; k < K; k++) {
            Points away[D], square = {0};
            for (int i = 0; i < D; i++) away[i] = one[i] - means[k * D + i];
            for (int j = 0; j < D; j++) {
                Points sum = {0};
                for (int i = j; i < D; i++) sum += away[i] * factors[k][i][j];
                square += sum * sum;
                y[k][j] = sum;
            }
            inside[k] = begin[k] - 0.5 * square;
            for (int p = 0; p < POINTS; p++) top[p] = fmax(top[p], inside[k][p]);
        }
        for (int k = 0; k < K; k++) {
            for (int p = 0; p < POINTS; p++) inside[k][p] = exp(inside[k][p] - top[p]);
            total += inside[k];
        }
        for (int p = 0; p < POINTS; p++) value += is_there[p] * (top[p] + log(total[p]));
        share = is_there / total;
        for (int k = 0; k < K; k++) {
            Points part = share * inside[k], away[D];
            sums[k] += part;
            for (int i = 0; i < D; i++) away[i] = one[i] - means[k * D + i];
            for (int j = 0; j < D; j++) {
                Points bar = -part * y[k][j];
                totals[k][j] += bar;
                for (int i = j; i < D; i++) products[k][i][j] += away[i] * bar;
            }
        }
    }
    double most = -INFINITY, whole = 0;
    for (int k = 0; k < K; k++) most = fmax(most, weights[k]);
    for (int k = 0; k < K; k++) whole += exp(weights[k] - most);
    for (int k = 0; k < K; k++) {
        double sum = 0;
        for (int p = 0; p < POINTS; p++) sum += sums[k][p];
        weights_bar[k] = sum - n * exp(weights[k] - most) / whole;
        for (int i = 0; i < D; i++) {
            double mean_bar = 0;
            for (int j = 0; j < D; j++) {
                double total = 0, product = 0;
                for (int p = 0; p < POINTS; p++) total += totals[k][j][p], product += products[k][i][j][p];
                mean_bar -= total * factors[k][i][j];
                lower_bar[(k * D + i) * D + j] = j < i ? product : 0;
                if (i == j) scales_bar[k * D + i] = sum + product * factors[k][i][i];
            }
            means_bar[k * D + i] = mean_bar;
        }
    }
    return value - n * (most + log(whole));
}

static void cross(double *R c, const double *R a, const double *R b) {
    c[0] = a[1] * b[2] - a[2] * b[1], c[1] = a[2] * b[0] - a[0] * b[2], c[2] = a[0] * b[1] - a[1] * b[0];
}

static double dot(const double *R a, const double *R b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

double bundle(long n, long count, long all, const double *R cameras, const double *R points, const long *R seen_by,
              const long *R seen, const double *R at, double *R cameras_bar, double *R points_bar) {
    double value = 0;
    memset(cameras_bar, 0, 9 * count * sizeof(double));
    memset(points_bar, 0, 3 * all * sizeof(double));
    for (long k = 0; k < n; k++) {
        const double *R camera = cameras + 9 * seen_by[k], *R point = points + 3 * seen[k];
        double *R camera_bar = cameras_bar + 9 * seen_by[k], *R point_bar = points_bar + 3 * seen[k];
        double q[3], axis[3], crossed[3], p[3], p_bar[3], back[3], turned[3], axis_bar[3];
        double angle = sqrt(dot(camera, camera)), c = cos(angle), s = sin(angle);
        for (int i = 0; i < 3; i++) q[i] = point[i] - camera[3 + i], axis[i] = camera[i] / angle;
        cross(crossed, axis, q);
        double along = dot(axis, q), rest = 1 - c;
        for (int i = 0; i < 3; i++) p[i] = c * q[i] + s * crossed[i] + along * rest * axis[i];
        double u0 = p[0] / p[2], u1 = p[1] / p[2], r2 = u0 * u0 + u1 * u1, focal = camera[6];
        double wide = 1 + camera[7] * r2 + camera[8] * r2 * r2;
        double e0 = focal * wide * u0 - at[2 * k], e1 = focal * wide * u1 - at[2 * k + 1];
        value += e0 * e0 + e1 * e1;
        double eu = 2 * (e0 * u0 + e1 * u1), wide_bar = focal * eu;
        double r2_bar = 2 * wide_bar * (camera[7] + 2 * camera[8] * r2);
        double u0_bar = 2 * focal * wide * e0 + r2_bar * u0, u1_bar = 2 * focal * wide * e1 + r2_bar * u1;
        p_bar[0] = u0_bar / p[2], p_bar[1] = u1_bar / p[2], p_bar[2] = -(u0_bar * u0 + u1_bar * u1) / p[2];
        double along_axis = dot(axis, p_bar), c_bar = dot(p_bar, q) - along * along_axis;
        cross(turned, p_bar, axis);
        cross(back, q, p_bar);
        for (int i = 0; i < 3; i++) axis_bar[i] = s * back[i] + rest * (along * p_bar[i] + along_axis * q[i]);
        double angle_bar = dot(p_bar, crossed) * c - c_bar * s - dot(axis_bar, axis) / angle;
        for (int i = 0; i < 3; i++) {
            double q_bar = c * p_bar[i] + s * turned[i] + rest * along_axis * axis[i];
            camera_bar[i] += axis_bar[i] / angle + angle_bar * axis[i];
            camera_bar[3 + i] -= q_bar;
            point_bar[i] += q_bar;
        }
        camera_bar[6] += wide * eu, camera_bar[7] += wide_bar * r2, camera_bar[8] += wide_bar * r2 * r2;
    }
    return value;
}

/* One step of an LSTM: gates (of which xs w is there) become i, f, o, g; h and c are the new ones, squashed is tanh(c). */
double lstm_step(long rows, long n, double *R gates, const double *R more, const double *R b, const double *R c_before,
                 double *R c, double *R h, double *R squashed) {
    double total = 0;
    for (long r = 0; r < rows; r++) {
        double *R g = gates + 4 * n * r;
        for (long j = 0; j < 3 * n; j++) g[j] = 1 / (1 + exp(-(g[j] + more[4 * n * r + j] + b[j])));
        for (long j = 3 * n; j < 4 * n; j++) g[j] = tanh(g[j] + more[4 * n * r + j] + b[j]);
        for (long j = 0; j < n; j++) {
            long k = r * n + j;
            c[k] = g[n + j] * c_before[k] + g[j] * g[3 * n + j];
            squashed[k] = tanh(c[k]);
            h[k] = g[2 * n + j] * squashed[k];
            total += h[k] * h[k];
        }
    }
    return total;
}

/* The way back: i, f, o, g become their arguments' cotangents, and c_bar that of the step before. */
void lstm_back(long rows, long n, double scale, double *R gates, const double *R c_before, const double *R h,
               const double *R squashed, const double *R h_bar, double *R c_bar, double *R b_bar) {
    for (long r = 0; r < rows; r++) {
        double *R gate = gates + 4 * n * r;
        for (long j = 0; j < n; j++) {
            long k = r * n + j;
            double i = gate[j], f = gate[n + j], o = gate[2 * n + j], g = gate[3 * n + j], s = squashed[k];
            double bar = h_bar[k] + scale * h[k], both = c_bar[k] + bar * o * (1 - s * s);
            b_bar[j] += gate[j] = both * g * i * (1 - i);
            b_bar[n + j] += gate[n + j] = both * c_before[k] * f * (1 - f);
            b_bar[2 * n + j] += gate[2 * n + j] = bar * s * o * (1 - o);
            b_bar[3 * n + j] += gate[3 * n + j] = both * i * (1 - g * g);
            c_bar[k] = both * f;
        }
    }
}

/* The sweeps take turns between two arrays; so do those of the way back, which gather what the others scatter. */
double jacobi(long n, long m, const double *R u, const double *R source, long sweeps, double *R u_bar, double *R source_bar) {
    double *a = malloc(2 * n * m * sizeof *a), *b = a + n * m, *begin = a, value = 0;
    memcpy(a, u, n * m * sizeof *a);
    memcpy(b, u, n * m * sizeof *b);
    for (long sweep = 0; sweep < sweeps; sweep++) {
        double *R from = a, *R to = b;
        for (long i = 1; i < n - 1; i++)
            for (long j = 1; j < m - 1; j++) {
                long k = i * m + j;
                to[k] = 0.25 * (from[k - m] + from[k + m] + from[k - 1] + from[k + 1] - source[k]);
            }
        double *other = a;
        a = b, b = other;
    }
    for (long k = 0; k < n * m; k++) value += a[k] * a[k], u_bar[k] = 2 * a[k];
    /* One row and one column of zeros around, so that inner cells have four neighbours like themselves. */
    memset(source_bar, 0, n * m * sizeof *source_bar);
    memset(begin, 0, 2 * n * m * sizeof *begin);
    for (long i = 1; i < n - 1; i++) memcpy(begin + i * m + 1, u_bar + i * m + 1, (m - 2) * sizeof *begin);
    a = begin, b = begin + n * m;
    for (long sweep = 0; sweep < sweeps; sweep++) {
        double *R from = a, *R to = b;
        for (long j = 1; j < m - 1; j++) {
            u_bar[j] += 0.25 * from[m + j];
            u_bar[(n - 1) * m + j] += 0.25 * from[(n - 2) * m + j];
        }
        for (long i = 1; i < n - 1; i++) {
            u_bar[i * m] += 0.25 * from[i * m + 1];
            u_bar[i * m + m - 1] += 0.25 * from[i * m + m - 2];
            for (long j = 1; j < m - 1; j++) {
                long k = i * m + j;
                to[k] = 0.25 * (from[k - m] + from[k + m] + from[k - 1] + from[k + 1]);
                source_bar[k] -= 0.25 * from[k];
            }
        }
        double *other = a;
        a = b, b = other;
    }
    for (long i = 1; i < n - 1; i++) memcpy(u_bar + i * m + 1, a + i * m + 1, (m - 2) * sizeof *a);
    free(begin);
    return value;
}

double gauss_seidel(long n, long m, const double *R u, const double *R source, long sweeps, double *R u_bar,
                    double *R source_bar) {
    double *R a = u_bar, value = 0;
    memcpy(a, u, n * m * sizeof *a);
    memset(source_bar, 0, n * m * sizeof *source_bar);
    for (long sweep = 0; sweep < sweeps; sweep++)
        for (long i = 1; i < n - 1; i++)
            for (long j = 1, k = i * m + 1; j < m - 1; j++, k++)
                a[k] = 0.25 * a[k - 1] + 0.25 * (a[k - m] + a[k + m] + a[k + 1] - source[k]);
    for (long k = 0; k < n * m; k++) value += a[k] * a[k], a[k] *= 2;
    for (long sweep = 0; sweep < sweeps; sweep++)
        for (long i = n - 2; i > 0; i--) {
            double now = a[i * m + m - 2]; /* what is added to the next cell does not go through memory */
            for (long j = m - 2, k = i * m + m - 2; j > 0; j--, k--) {
                double part = 0.25 * now;
                now = a[k - 1] + 0.25 * now;
                a[k] = 0;
                a[k + 1] += part, a[k - m] += part, a[k + m] += part;
                source_bar[k] -= part;
            }
            a[i * m] = now;
        }
    return value;
}

static void rate_back(const double *y, const double *k, double one, double two, double *bar, double *k_bar) {
    double product = y[0] * y[1], both = two * k[2] - one * k[1];
    k_bar[0] += one * y[0], k_bar[1] -= one * product, k_bar[2] += two * product, k_bar[3] -= two * y[1];
    bar[0] = one * k[0] + both * y[1], bar[1] = both * y[0] - two * k[3];
}

double lotka_volterra(const double *R start, const double *R k, double h, long steps, double *R y_bar, double *R k_bars) {
    double *R tape = malloc(8 * steps * sizeof *tape), a = start[0], b = start[1], k_bar[4] = {0};
    for (long step = 0; step < steps; step++) {
        double *R y = tape + 8 * step, r[4][2];
        static const double part[4] = {0, 0.5, 0.5, 1};
        for (int stage = 0; stage < 4; stage++) {
            double one = a + (stage ? part[stage] * h * r[stage - 1][0] : 0);
            double two = b + (stage ? part[stage] * h * r[stage - 1][1] : 0);
            y[2 * stage] = one, y[2 * stage + 1] = two;
            r[stage][0] = k[0] * one - k[1] * one * two, r[stage][1] = k[2] * one * two - k[3] * two;
        }
        a += h / 6 * (r[0][0] + 2 * r[1][0] + 2 * r[2][0] + r[3][0]);
        b += h / 6 * (r[0][1] + 2 * r[1][1] + 2 * r[2][1] + r[3][1]);
    }
    double value = a * a + b * b, a_bar = 2 * a, b_bar = 2 * b;
    for (long step = steps - 1; step >= 0; step--) {
        const double *R y = tape + 8 * step;
        double p = h / 6 * a_bar, q = h / 6 * b_bar, s[4][2];
        rate_back(y + 6, k, p, q, s[3], k_bar);
        rate_back(y + 4, k, 2 * p + h * s[3][0], 2 * q + h * s[3][1], s[2], k_bar);
        rate_back(y + 2, k, 2 * p + 0.5 * h * s[2][0], 2 * q + 0.5 * h * s[2][1], s[1], k_bar);
        rate_back(y, k, p + 0.5 * h * s[1][0], q + 0.5 * h * s[1][1], s[0], k_bar);
        a_bar += s[0][0] + s[1][0] + s[2][0] + s[3][0], b_bar += s[0][1] + s[1][1] + s[2][1] + s[3][1];
    }
    free(tape);
    y_bar[0] = a_bar, y_bar[1] = b_bar;
    memcpy(k_bars, k_bar, sizeof k_bar);
    return value;
}

typedef float Channels __attribute__((vector_size(32)));
typedef int Mask __attribute__((vector_size(32)));

static Channels where(Mask test, Channels some) { return (Channels)(test & (Mask)some); } /* else 0 */

/* 3 x 3 filters of 8 channels, cut off at 0, means of 2 x 2: the pixels of one mean at a time. */
void convolve(long count, long side, const float *R images, const float *R filters, const float *R shift, Channels *R y,
              Channels *R h) {
    long wide = side + 2, half = side / 2;
    Channels filter[3][3], begin;
    memcpy(filter, filters, sizeof filter);
    memcpy(&begin, shift, sizeof begin);
    for (long n = 0; n < count; n++)
        for (long i = 0; i < half; i++)
            for (long j = 0; j < half; j++) {
                Channels mean = {0};
                for (long row = 2 * i; row < 2 * i + 2; row++)
                    for (long column = 2 * j; column < 2 * j + 2; column++) {
                        const float *R pixel = images + (n * wide + row) * wide + column;
                        Channels sum = begin;
                        for (int a = 0; a < 3; a++)
                            for (int b = 0; b < 3; b++) sum += pixel[a * wide + b] * filter[a][b];
                        y[(n * side + row) * side + column] = sum;
                        mean += where(sum > 0, sum);
                    }
                h[(n * half + i) * half + j] = mean * 0.25f;
            }
}

void convolve_back(long count, long side, const float *R images, const Channels *R y, const Channels *R h_bar,
                   float *R filters_bar, float *R shift_bar) {
    long wide = side + 2, half = side / 2;
    Channels own[3][3] = {0}, sums = {0};
    for (long n = 0; n < count; n++)
        for (long row = 0; row < side; row++)
            for (long column = 0; column < side; column++) {
                const float *R pixel = images + (n * wide + row) * wide + column;
                Channels above = h_bar[(n * half + row / 2) * half + column / 2] * 0.25f;
                Channels bar = where(y[(n * side + row) * side + column] > 0, above);
                sums += bar;
                for (int a = 0; a < 3; a++)
                    for (int b = 0; b < 3; b++) own[a][b] += pixel[a * wide + b] * bar;
            }
    memcpy(filters_bar, own, sizeof own);
    memcpy(shift_bar, &sums, sizeof sums);
}

#define S 20 /* states */

double markov(long steps, long emitted, const double *R start, const double *R moves, const double *R emits,
              const long *R seen, double *R start_bar, double *R moves_bar, double *R emits_bar) {
    double *R tape = malloc(steps * S * S * sizeof *tape), alpha[S], value, total = 0, most = -INFINITY;
    for (int j = 0; j < S; j++) alpha[j] = start[j] + emits[j * emitted + seen[0]];
    for (long t = 1; t < steps; t++) {
        double *R e = tape + t * S * S, top[S], sums[S] = {0};
        for (int j = 0; j < S; j++) top[j] = -INFINITY;
        for (int i = 0; i < S; i++)
            for (int j = 0; j < S; j++) top[j] = fmax(top[j], alpha[i] + moves[i * S + j]);
        for (int i = 0; i < S; i++)
            for (int j = 0; j < S; j++) e[i * S + j] = exp(alpha[i] + moves[i * S + j] - top[j]), sums[j] += e[i * S + j];
        for (int j = 0; j < S; j++) alpha[j] = top[j] + log(sums[j]) + emits[j * emitted + seen[t]], sums[j] = 1 / sums[j];
        for (int i = 0; i < S; i++)
            for (int j = 0; j < S; j++) e[i * S + j] *= sums[j];
    }
    for (int j = 0; j < S; j++) most = fmax(most, alpha[j]);
    for (int j = 0; j < S; j++) alpha[j] = exp(alpha[j] - most), total += alpha[j];
    for (int j = 0; j < S; j++) alpha[j] /= total;
    value = most + log(total);
    memset(moves_bar, 0, S * S * sizeof *moves_bar);
    memset(emits_bar, 0, emitted * S * sizeof *emits_bar);
    for (long t = steps - 1; t > 0; t--) {
        const double *R e = tape + t * S * S;
        double before[S];
        for (int j = 0; j < S; j++) emits_bar[j * emitted + seen[t]] += alpha[j];
        for (int i = 0; i < S; i++) {
            double sum = 0;
            for (int j = 0; j < S; j++) {
                double part = e[i * S + j] * alpha[j];
                moves_bar[i * S + j] += part;
                sum += part;
            }
            before[i] = sum;
        }
        memcpy(alpha, before, sizeof alpha);
    }
    for (int j = 0; j < S; j++) emits_bar[j * emitted + seen[0]] += alpha[j], start_bar[j] = alpha[j];
    free(tape);
    return value;
}

/* The smallest of three is taken out: of its exponential, which is 1, nothing is computed. */
double soft_warping(long n, long m, const double *R x, const double *R y, double smooth, double *R x_bar, double *R y_bar) {
    long wide = m + 1;
    double *R r = malloc(((n + 1) * wide * 2 + 3 * n * m) * sizeof *r), *R r_bar = r + (n + 1) * wide;
    double *R tape = r_bar + (n + 1) * wide, by = 1 / smooth;
    for (long k = 0; k < (n + 1) * wide; k++) r[k] = 1e10, r_bar[k] = 0;
    r[0] = 0;
    for (long i = 0; i < n; i++)
        for (long j = 0; j < m; j++) {
            double a = r[i * wide + j], b = r[i * wide + j + 1], c = r[(i + 1) * wide + j], d = x[i] - y[j];
            double low = fmin(a, fmin(b, c)), e[4] = {(low - a) * by, (low - b) * by, (low - c) * by, 0};
            for (int k = 0; k < 4; k++) e[k] = exp(e[k]);
            double total = e[0] + e[1] + e[2], part = 1 / total;
            for (int k = 0; k < 3; k++) tape[3 * (i * m + j) + k] = e[k] * part;
            r[(i + 1) * wide + j + 1] = d * d + low - smooth * log(total);
        }
    memset(x_bar, 0, n * sizeof *x_bar);
    memset(y_bar, 0, m * sizeof *y_bar);
    r_bar[n * wide + m] = 1;
    for (long i = n - 1; i >= 0; i--)
        for (long j = m - 1; j >= 0; j--) {
            double bar = r_bar[(i + 1) * wide + j + 1], d_bar = 2 * bar * (x[i] - y[j]);
            const double *R part = tape + 3 * (i * m + j);
            r_bar[i * wide + j] += part[0] * bar;
            r_bar[i * wide + j + 1] += part[1] * bar;
            r_bar[(i + 1) * wide + j] += part[2] * bar;
            x_bar[i] += d_bar, y_bar[j] -= d_bar;
        }
    double value = r[n * wide + m];
    free(r);
    return value;
}

void cut_off(long n, float *R h) {
    for (long i = 0; i < n; i++) h[i] = fmaxf(h[i], 0);
}

void cut_off_back(long n, float *R bar, const float *R h) {
    for (long i = 0; i < n; i++) bar[i] = h[i] > 0 ? bar[i] : 0;
}

double squares(long n, float *R e, const float *R y) {
    float sum = 0, scale = 2.0f / n;
    for (long i = 0; i < n; i++) {
        float one = e[i] - y[i];
        sum += one * one;
        e[i] = one * scale;
    }
    return sum / n;
}

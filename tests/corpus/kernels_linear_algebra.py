"""Linear algebra in loops and in place, as kernel collections write it: filled arguments, triangles, updates."""

import numpy as np

from corpus import program


def matrix(n, m, shift=1.0):
    return np.fromfunction(lambda i, j: ((i * (j + shift) + 2.0 * i + 1.0) % 7) / 7.0 + 0.1, (n, m))


def vector(n, shift=1.0):
    return np.fromfunction(lambda i: ((3.0 * i + shift) % 5) / 5.0 + 0.2, (n,))


def spd(n):
    a = matrix(n, n)
    return a @ a.T + n * np.eye(n)


def dominant(n):
    return matrix(n, n, 2.0) + n * np.eye(n)


@program(1.5, 1.2, np.zeros((4, 5)) + 0.3, matrix(4, 3), matrix(3, 5, 2.0), result="C")
def gemm(alpha, beta, C, A, B):
    C[:] = alpha * A @ B + beta * C


@program(1.5, 1.2, matrix(4, 5), matrix(4, 3), matrix(3, 5, 2.0), result="C")
def gemm_in_loops(alpha, beta, C, A, B):
    ni, nj = C.shape
    nk = A.shape[1]
    for i in range(ni):
        for j in range(nj):
            C[i, j] *= beta
        for k in range(nk):
            for j in range(nj):
                C[i, j] += alpha * A[i, k] * B[k, j]


@program(1.5, 1.2, matrix(4, 4), matrix(4, 4, 2.0), matrix(4, 4, 3.0), matrix(4, 4, 5.0), result="D")
def k2mm(alpha, beta, A, B, C, D):
    D[:] = alpha * A @ B @ C + beta * D


@program(1.5, 1.2, matrix(3, 4), matrix(4, 5, 2.0), matrix(5, 3, 3.0), matrix(3, 3, 5.0), result="D", stage="stores")
def k2mm_in_loops(alpha, beta, A, B, C, D):
    ni, nk = A.shape
    nj, nl = C.shape
    tmp = np.zeros((ni, nj))
    for i in range(ni):
        for j in range(nj):
            tmp[i, j] = 0.0
            for k in range(nk):
                tmp[i, j] += alpha * A[i, k] * B[k, j]
    for i in range(ni):
        for j in range(nl):
            D[i, j] *= beta
            for k in range(nj):
                D[i, j] += tmp[i, k] * C[k, j]


@program(matrix(3, 4), matrix(4, 3, 2.0), matrix(3, 2, 3.0), matrix(2, 4, 5.0), stage="stores")
def k3mm(A, B, C, D):
    E = np.empty((A.shape[0], B.shape[1]))
    F = np.empty((C.shape[0], D.shape[1]))
    np.dot(A, B, out=E)
    np.dot(C, D, out=F)
    G = np.zeros((E.shape[0], F.shape[1]))
    G[:] = E @ F
    return G


@program(matrix(4, 5), vector(5), stage="stores")
def atax(A, x):
    m, n = A.shape
    y = np.zeros(n)
    tmp = np.zeros(m)
    for i in range(m):
        tmp[i] = 0.0
        for j in range(n):
            tmp[i] = tmp[i] + A[i, j] * x[j]
        for j in range(n):
            y[j] = y[j] + A[i, j] * tmp[i]
    return y


@program(matrix(4, 5), np.zeros(5), np.zeros(4), vector(5), vector(4, 2.0), result=("s", "q"))
def bicg(A, s, q, p, r):
    n, m = A.shape
    for i in range(m):
        s[i] = 0
    for i in range(n):
        q[i] = 0.0
        for j in range(m):
            s[j] += r[i] * A[i, j]
            q[i] += A[i, j] * p[j]


@program(matrix(5, 5), matrix(5, 1)[:, 0], matrix(5, 3)[:, 2], vector(5, 2.0), vector(5, 3.0),
         np.zeros(5), np.zeros(5), vector(5), vector(5, 4.0), 1.5, 1.2, result=("A", "w", "x"))
def gemver(A, u1, v1, u2, v2, w, x, y, z, alpha, beta):
    A += np.outer(u1, v1) + np.outer(u2, v2)
    x += beta * y @ A + z
    w += alpha * A @ x


@program(1.5, 1.2, matrix(5, 5), matrix(5, 5, 2.0), np.zeros(5), vector(5), np.zeros(5), result="y")
def gesummv(alpha, beta, A, B, tmp, x, y):
    n = len(x)
    for i in range(n):
        tmp[i] = 0.0
        y[i] = 0.0
        for j in range(n):
            tmp[i] = A[i, j] * x[j] + tmp[i]
            y[i] = B[i, j] * x[j] + y[i]
        y[i] = alpha * tmp[i] + beta * y[i]


@program(vector(5), vector(5, 2.0), vector(5, 3.0), vector(5, 4.0), matrix(5, 5), result=("x1", "x2"))
def mvt(x1, x2, y_1, y_2, A):
    x1 += A @ y_1
    x2 += y_2 @ A


@program(1.5, 1.2, matrix(5, 5), matrix(5, 4, 2.0), result="C")
def syrk(alpha, beta, C, A):
    for i in range(A.shape[0]):
        C[i, :i + 1] *= beta
        for k in range(A.shape[1]):
            C[i, :i + 1] += alpha * A[i, k] * A[:i + 1, k]


@program(1.5, 1.2, matrix(5, 5), matrix(5, 4, 2.0), matrix(5, 4, 3.0), result="C")
def syr2k(alpha, beta, C, A, B):
    for i in range(A.shape[0]):
        C[i, :i + 1] *= beta
        for k in range(A.shape[1]):
            C[i, :i + 1] += (A[:i + 1, k] * alpha * B[i, k] + B[:i + 1, k] * alpha * A[i, k])


@program(1.5, 1.2, matrix(4, 5), matrix(4, 4, 2.0), matrix(4, 5, 3.0), result="C")
def symm(alpha, beta, C, A, B):
    temp2 = np.empty((C.shape[1],), dtype=C.dtype)
    C *= beta
    for i in range(C.shape[0]):
        for j in range(C.shape[1]):
            C[:i, j] += alpha * B[i, j] * A[i, :i]
            temp2[j] = B[:i, j] @ A[i, :i]
        C[i, :] += alpha * B[i, :] * A[i, i] + alpha * temp2


@program(1.5, matrix(4, 4), matrix(4, 5, 2.0), result="B")
def trmm(alpha, A, B):
    for i in range(B.shape[0]):
        for j in range(B.shape[1]):
            B[i, j] += np.dot(A[i + 1:, i], B[i + 1:, j])
    B *= alpha


@program(dominant(5), np.zeros(5), vector(5), result="x")
def trisolv(L, x, b):
    for i in range(x.shape[0]):
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]


@program(dominant(5), vector(5))
def back_substitution(U, b):
    n = len(b)
    x = np.zeros_like(b)
    x[n - 1] = b[n - 1] / U[n - 1, n - 1]
    for i in range(n - 2, -1, -1):
        s = 0
        for j in range(i + 1, n):
            s += U[i, j] * x[j]
        x[i] = (b[i] - s) / U[i, i]
    return x


@program(spd(5), result="A")
def cholesky(A):
    A[0, 0] = np.sqrt(A[0, 0])
    for i in range(1, A.shape[0]):
        for j in range(i):
            A[i, j] -= np.dot(A[i, :j], A[j, :j])
            A[i, j] /= A[j, j]
        A[i, i] -= np.dot(A[i, :i], A[i, :i])
        A[i, i] = np.sqrt(A[i, i])


@program(spd(5), result="A")
def cholesky2(A):
    A[:] = np.linalg.cholesky(A) + np.triu(A, k=1)


@program(spd(4))
def cholesky_by_hand(A):
    n = A.shape[0]
    L = np.zeros_like(A)
    for i in range(n):
        for j in range(i + 1):
            s = 0.0
            for k in range(j):
                s += L[i][k] * L[j][k]
            if i == j:
                L[i][j] = np.sqrt(A[i][i] - s)
            else:
                L[i][j] = (A[i][j] - s) / L[j][j]
    return L


@program(dominant(5), result="A")
def lu(A):
    for i in range(A.shape[0]):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, A.shape[0]):
            A[i, j] -= A[i, :i] @ A[:i, j]


@program(dominant(5), vector(5))
def ludcmp(A, b):
    x = np.zeros_like(b)
    y = np.zeros_like(b)
    n = A.shape[0]
    for i in range(n):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            A[i, j] -= A[i, :i] @ A[:i, j]
    for i in range(n):
        y[i] = b[i] - A[i, :i] @ y[:i]
    for i in range(n - 1, -1, -1):
        x[i] = (y[i] - A[i, i + 1:] @ x[i + 1:]) / A[i, i]
    return x, y


@program(matrix(5, 5, 3.0) + np.diag([0.1, 2.0, 0.3, 1.7, 0.4]), vector(5))
def lu_with_pivoting(A, b):
    n = len(b)
    perm = np.arange(n)
    LU = A.copy()
    for k in range(n - 1):
        p = k + np.argmax(np.abs(LU[k:, k]))
        if p != k:
            LU[[k, p]] = LU[[p, k]]
            perm[[k, p]] = perm[[p, k]]
        for i in range(k + 1, n):
            LU[i, k] /= LU[k, k]
            LU[i, k + 1:] -= LU[i, k] * LU[k, k + 1:]
    y = b[perm]
    for i in range(1, n):
        y[i] -= LU[i, :i] @ y[:i]
    x = np.zeros(n)
    for i in reversed(range(n)):
        x[i] = (y[i] - np.dot(LU[i, i + 1:], x[i + 1:])) / LU[i, i]
    return x


@program(matrix(4, 4, 3.0) + np.diag([0.1, 2.0, 0.3, 1.7]), vector(4))
def gaussian_elimination(A, b):
    n = len(b)
    M = np.zeros((n, n + 1))
    M[:, :n] = A
    M[:, n] = b
    for i in range(n):
        largest = i
        for r in range(i + 1, n):
            if abs(M[r, i]) > abs(M[largest, i]):
                largest = r
        if largest != i:
            for c in range(n + 1):
                M[i, c], M[largest, c] = M[largest, c], M[i, c]
        M[i] = M[i] / M[i, i]
        for r in range(n):
            if r != i:
                M[r] -= M[r, i] * M[i]
    return M[:, n]


@program(matrix(5, 3) + np.eye(5, 3), stage="stores")
def gramschmidt(A):
    Q = np.zeros_like(A)
    R = np.zeros((A.shape[1], A.shape[1]), dtype=A.dtype)
    for k in range(A.shape[1]):
        nrm = np.dot(A[:, k], A[:, k])
        R[k, k] = np.sqrt(nrm)
        Q[:, k] = A[:, k] / R[k, k]
        for j in range(k + 1, A.shape[1]):
            R[k, j] = np.dot(Q[:, k], A[:, j])
            A[:, j] -= Q[:, k] * R[k, j]
    return Q, R


@program(matrix(5, 3) + np.eye(5, 3), stage="stores")
def householder_qr(A):
    m, n = A.shape
    R = A.copy()
    Q = np.eye(m)
    for k in range(n):
        x = R[k:, k]
        v = x.copy()
        v[0] += np.sign(x[0]) * np.linalg.norm(x)
        v /= np.linalg.norm(v)
        R[k:, k:] -= 2.0 * np.outer(v, v @ R[k:, k:])
        Q[:, k:] -= 2.0 * np.outer(Q[:, k:] @ v, v)
    return Q, R


@program(matrix(4, 3) + np.eye(4, 3))
def givens_qr(A):
    m, n = A.shape
    R = A.copy()
    for j in range(n):
        for i in range(m - 1, j, -1):
            r = np.hypot(R[i - 1, j], R[i, j])
            c, s = R[i - 1, j] / r, R[i, j] / r
            G = np.array([[c, s], [-s, c]])
            R[i - 1:i + 1, :] = G @ R[i - 1:i + 1, :]
    return R


@program(0.5 * vector(5) / 3.0)
def durbin(r):
    y = np.empty_like(r)
    alpha = -r[0]
    beta = 1.0
    y[0] = -r[0]
    for k in range(1, r.shape[0]):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.flip(r[:k]), y[:k])) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return y


@program(vector(5), 4.0 + vector(6), vector(5, 2.0), vector(6, 3.0))
def thomas(a, b, c, d):
    n = len(d)
    cp = np.zeros(n - 1)
    dp = np.zeros(n)
    cp[0] = c[0] / b[0]
    dp[0] = d[0] / b[0]
    for i in range(1, n):
        m = b[i] - a[i - 1] * cp[i - 1]
        if i < n - 1:
            cp[i] = c[i] / m
        dp[i] = (d[i] - a[i - 1] * dp[i - 1]) / m
    x = np.zeros(n)
    x[-1] = dp[-1]
    for i in range(n - 2, -1, -1):
        x[i] = dp[i] - cp[i] * x[i + 1]
    return x


@program(vector(6), 4.0 + vector(6), vector(6, 2.0), vector(6, 3.0), result="d")
def thomas_in_place(a, b, c, d):
    nf = len(d)
    for it in range(1, nf):
        mc = a[it] / b[it - 1]
        b[it] = b[it] - mc * c[it - 1]
        d[it] = d[it] - mc * d[it - 1]
    d[-1] = d[-1] / b[-1]
    for il in range(nf - 2, -1, -1):
        d[il] = (d[il] - c[il] * d[il + 1]) / b[il]


@program(matrix(12, 4).reshape(3, 4, 4), matrix(4, 4, 2.0), result="A", stage="stores")
def doitgen(A, C4):
    nr, nq, np_ = A.shape
    total = np.zeros(np_)
    for r in range(nr):
        for q in range(nq):
            for p in range(np_):
                total[p] = 0.0
                for s in range(np_):
                    total[p] += A[r, q, s] * C4[s, p]
            for p in range(np_):
                A[r, q, p] = total[p]


@program(matrix(12, 4).reshape(3, 4, 4), matrix(4, 4, 2.0), result="A")
def doitgen_reshaped(A, C4):
    NR, NQ, NP = A.shape
    A[:] = np.reshape(np.reshape(A, (NR, NQ, 1, NP)) @ C4, (NR, NQ, NP))


@program(matrix(6, 4, 3.0), stage="stores")
def covariance(data):
    M = data.shape[1]
    mean = np.mean(data, axis=0)
    data -= mean
    cov = np.zeros((M, M), dtype=data.dtype)
    for i in range(M):
        cov[i:M, i] = cov[i, i:M] = data[:, i] @ data[:, i:M] / (data.shape[0] - 1.0)
    return cov


@program(matrix(6, 4, 3.0), stage="stores")
def correlation(data):
    N, M = data.shape
    float_n = float(N)
    mean = np.mean(data, axis=0)
    stddev = np.std(data, axis=0)
    stddev[stddev <= 0.1] = 1.0
    data -= mean
    data /= np.sqrt(float_n) * stddev
    corr = np.eye(M, dtype=data.dtype)
    for i in range(M - 1):
        corr[i + 1:M, i] = corr[i, i + 1:M] = data[:, i] @ data[:, i + 1:M]
    return corr


@program(spd(5), vector(5))
def conjugate_gradient(A, b):
    x = np.zeros_like(b)
    r = b - A @ x
    p = r.copy()
    rsold = r @ r
    for i in range(len(b) - 1):
        Ap = A @ p
        alpha = rsold / (p @ Ap)
        x += alpha * p
        r -= alpha * Ap
        rsnew = r @ r
        if np.sqrt(rsnew) < 1e-10:
            break
        p = r + (rsnew / rsold) * p
        rsold = rsnew
    return x


@program(spd(5), np.zeros(5), vector(5), result="x")
def conjugate_gradient_in_place(A, x, b):
    r = b - A.dot(x)
    p = r.copy()
    rr = np.dot(r, r)
    for k in range(3):
        q = A.dot(p)
        a = rr / np.dot(p, q)
        x += a * p
        r -= a * q
        new = np.dot(r, r)
        p *= new / rr
        p += r
        rr = new


@program(spd(4), vector(4))
def power_iteration_in_place(A, v):
    n = len(v)
    w = np.empty(n)
    for it in range(4):
        for i in range(n):
            w[i] = 0.0
            for j in range(n):
                w[i] += A[i, j] * v[j]
        norm = np.sqrt((w ** 2).sum())
        for i in range(n):
            v[i] = w[i] / norm
    return v @ A @ v, v


@program(matrix(5, 5, 2.0), 0.85, stage="stores")
def pagerank(links, damping):
    n = links.shape[0]
    M = np.empty_like(links)
    for j in range(n):
        M[:, j] = links[:, j] / np.sum(links[:, j])
    rank = np.ones(n) / n
    new = np.zeros(n)
    for _ in range(4):
        new[:] = (1 - damping) / n
        for i in range(n):
            for j in range(n):
                new[i] += damping * M[i, j] * rank[j]
        rank[:] = new
    return rank


@program(dominant(5), vector(5), np.zeros(5))
def jacobi_method(A, b, x):
    n = len(b)
    x_new = np.zeros(n)
    for it in range(4):
        for i in range(n):
            s = 0.0
            for j in range(n):
                if j != i:
                    s += A[i, j] * x[j]
            x_new[i] = (b[i] - s) / A[i, i]
        x[:] = x_new[:]
    return x


@program(dominant(5), vector(5), np.zeros(5))
def gauss_seidel(A, b, x):
    for it in range(3):
        for i in range(len(b)):
            x[i] = (b[i] - A[i, :i] @ x[:i] - A[i, i + 1:] @ x[i + 1:]) / A[i, i]
    return x


@program(dominant(5), vector(5), 1.2)
def sor(A, b, omega):
    x = np.zeros(len(b))
    for it in range(3):
        for i in range(len(b)):
            sigma = 0
            for j in range(len(b)):
                if j != i:
                    sigma += A[i, j] * x[j]
            x[i] = (1 - omega) * x[i] + (omega / A[i, i]) * (b[i] - sigma)
    return x


INDPTR = np.array([0, 2, 3, 6, 8])
INDICES = np.array([0, 2, 1, 0, 2, 3, 1, 3])


@program(vector(8, 2.0), vector(4))
def csr_times_vector(data, x):
    n = len(INDPTR) - 1
    y = np.zeros(n)
    for i in range(n):
        for k in range(INDPTR[i], INDPTR[i + 1]):
            y[i] += data[k] * x[INDICES[k]]
    return y


@program(INDPTR, INDICES, vector(8, 2.0), vector(4), wrt=("A_val", "x"))
def spmv(A_row, A_col, A_val, x):
    y = np.empty(A_row.size - 1, A_val.dtype)
    for i in range(A_row.size - 1):
        cols = A_col[A_row[i]:A_row[i + 1]]
        vals = A_val[A_row[i]:A_row[i + 1]]
        y[i] = vals @ x[cols]
    return y


@program(spd(4))
def jacobi_eigenvalues(A):
    n = A.shape[0]
    for p in range(n - 1):
        for q in range(p + 1, n):
            theta = 0.5 * np.arctan2(2 * A[p, q], A[q, q] - A[p, p])
            c, s = np.cos(theta), np.sin(theta)
            rp, rq = A[p, :].copy(), A[q, :].copy()
            A[p, :] = c * rp - s * rq
            A[q, :] = s * rp + c * rq
            cp, cq = A[:, p].copy(), A[:, q].copy()
            A[:, p] = c * cp - s * cq
            A[:, q] = s * cp + c * cq
    return np.diag(A)


@program(spd(5), vector(5))
def lanczos(A, v0):
    m = 3
    n = len(v0)
    V = np.zeros((m + 1, n))
    alpha = np.zeros(m)
    beta = np.zeros(m)
    V[0] = v0 / np.linalg.norm(v0)
    for j in range(m):
        w = A @ V[j]
        if j > 0:
            w -= beta[j - 1] * V[j - 1]
        alpha[j] = w @ V[j]
        w -= alpha[j] * V[j]
        beta[j] = np.linalg.norm(w)
        V[j + 1] = w / beta[j]
    T = np.diag(alpha) + np.diag(beta[:-1], 1) + np.diag(beta[:-1], -1)
    return T


@program(dominant(5), vector(5))
def arnoldi(A, b):
    n, m = len(b), 3
    Q = np.empty((n, m + 1))
    h = np.zeros((m + 1, m))
    Q[:, 0] = b / np.linalg.norm(b, 2)
    for k in range(1, m + 1):
        v = np.dot(A, Q[:, k - 1])
        for j in range(k):
            h[j, k - 1] = np.dot(Q[:, j].T, v)
            v = v - h[j, k - 1] * Q[:, j]
        h[k, k - 1] = np.linalg.norm(v, 2)
        Q[:, k] = v / h[k, k - 1]
    return h


@program(matrix(4, 4, 2.0), matrix(4, 4, 3.0), stage="stores")
def strassen(A, B):
    n = A.shape[0]
    if n == 1:
        return A * B
    h = n // 2
    a, b, c, d = A[:h, :h], A[:h, h:], A[h:, :h], A[h:, h:]
    e, f, g, k = B[:h, :h], B[:h, h:], B[h:, :h], B[h:, h:]
    p1 = strassen(a, f - k)
    p2 = strassen(a + b, k)
    p3 = strassen(c + d, e)
    p4 = strassen(d, g - e)
    p5 = strassen(a + d, e + k)
    p6 = strassen(b - d, g + k)
    p7 = strassen(a - c, e + f)
    C = np.empty((n, n))
    C[:h, :h] = p5 + p4 - p2 + p6
    C[:h, h:] = p1 + p2
    C[h:, :h] = p3 + p4
    C[h:, h:] = p1 + p5 - p3 - p7
    return C


def lower_solve(L, b, x):
    for i in range(len(b)):
        x[i] = b[i]
        for j in range(i):
            x[i] -= L[i, j] * x[j]
        x[i] /= L[i, i]


def upper_solve(U, b, x):
    for i in range(len(b) - 1, -1, -1):
        x[i] = b[i]
        for j in range(i + 1, len(b)):
            x[i] -= U[i, j] * x[j]
        x[i] /= U[i, i]


@program(spd(4), vector(4), stage="stores")
def solve_by_helpers(A, b):
    L = np.linalg.cholesky(A)
    y = np.empty_like(b)
    lower_solve(L, b, y)
    x = np.empty_like(b)
    upper_solve(L.T, y, x)
    return x


def axpy(a, x, y):
    for i in range(len(x)):
        y[i] += a * x[i]


def scal(a, x):
    for i in range(len(x)):
        x[i] *= a


@program(1.5, matrix(4, 4), vector(4), result="x")
def blas_level_one_on_rows(alpha, A, x):
    for i in range(A.shape[0]):
        scal(alpha, A[i])
    for i in range(1, A.shape[0]):
        axpy(-A[i, 0], A[i - 1], A[i])
    for i in range(A.shape[0]):
        axpy(x[i], A[:, i], x)


@program(matrix(4, 4) + np.eye(4))
def determinant_by_bareiss(M):
    n = len(M)
    M = M.copy()
    prev = 1.0
    for k in range(n - 1):
        for i in range(k + 1, n):
            for j in range(k + 1, n):
                M[i, j] = (M[i, j] * M[k, k] - M[i, k] * M[k, j]) / prev
        prev = M[k, k]
    return M[n - 1, n - 1]


@program(dominant(4), stage="stores")
def gauss_jordan_inverse(A):
    n = A.shape[0]
    I = np.eye(n)
    for fd in range(n):
        scaler = 1.0 / A[fd, fd]
        for j in range(n):
            A[fd, j] *= scaler
            I[fd, j] *= scaler
        for i in range(n):
            if i == fd:
                continue
            factor = A[i, fd]
            for j in range(n):
                A[i, j] = A[i, j] - factor * A[fd, j]
                I[i, j] = I[i, j] - factor * I[fd, j]
    return I


@program(matrix(4, 3, 2.0), matrix(3, 4, 3.0))
def blocked_matmul(A, B):
    n, m, p = A.shape[0], A.shape[1], B.shape[1]
    C = np.zeros((n, p))
    bs = 2
    for ii in range(0, n, bs):
        for jj in range(0, p, bs):
            block = C[ii:ii + bs, jj:jj + bs]
            for kk in range(0, m, bs):
                block += A[ii:ii + bs, kk:kk + bs] @ B[kk:kk + bs, jj:jj + bs]
    return C

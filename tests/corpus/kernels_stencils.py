"""Stencils in place: relaxation, transport, waves and flow on small grids, with slices and with loops."""

import numpy as np

from corpus import program


def grid(*shape):
    n = np.prod(shape)
    return (np.sin(1.3 * np.arange(n)) * 0.4 + 0.02 * np.arange(n) + 1.0).reshape(shape)


@program(3, grid(7), 0.9 * grid(7), result=("A", "B"), wrt=("A", "B"))
def jacobi_1d(TSTEPS, A, B):
    for t in range(1, TSTEPS):
        B[1:-1] = 0.33333 * (A[:-2] + A[1:-1] + A[2:])
        A[1:-1] = 0.33333 * (B[:-2] + B[1:-1] + B[2:])


@program(3, grid(5, 5), 0.9 * grid(5, 5), result=("A", "B"), wrt=("A", "B"))
def jacobi_2d(TSTEPS, A, B):
    for t in range(1, TSTEPS):
        B[1:-1, 1:-1] = 0.2 * (A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1])
        A[1:-1, 1:-1] = 0.2 * (B[1:-1, 1:-1] + B[1:-1, :-2] + B[1:-1, 2:] + B[2:, 1:-1] + B[:-2, 1:-1])


@program(2, grid(4, 5), grid(4, 5), wrt=("A", "B"), result="A")
def jacobi_2d_in_loops(steps, A, B):
    n, m = A.shape
    for t in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                B[i, j] = 0.2 * (A[i, j] + A[i, j - 1] + A[i, j + 1] + A[i + 1, j] + A[i - 1, j])
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                A[i, j] = B[i, j]


@program(2, grid(5, 5), wrt="A", result="A")
def seidel_2d(TSTEPS, A):
    N = A.shape[0]
    for t in range(0, TSTEPS - 1):
        for i in range(1, N - 1):
            A[i, 1:-1] += (A[i - 1, :-2] + A[i - 1, 1:-1] + A[i - 1, 2:] + A[i, 2:] + A[i + 1, :-2]
                           + A[i + 1, 1:-1] + A[i + 1, 2:])
            for j in range(1, N - 1):
                A[i, j] += A[i, j - 1]
                A[i, j] /= 9.0


@program(2, grid(5, 5), wrt="A", result="A")
def seidel_2d_in_loops(TSTEPS, A):
    N = A.shape[0]
    for t in range(TSTEPS):
        for i in range(1, N - 1):
            for j in range(1, N - 1):
                A[i][j] = (A[i-1][j-1] + A[i-1][j] + A[i-1][j+1]
                           + A[i][j-1] + A[i][j] + A[i][j+1]
                           + A[i+1][j-1] + A[i+1][j] + A[i+1][j+1]) / 9.0


@program(2, grid(4, 4, 4), 0.9 * grid(4, 4, 4), result="A", wrt=("A", "B"))
def heat_3d(TSTEPS, A, B):
    for t in range(1, TSTEPS):
        B[1:-1, 1:-1, 1:-1] = (0.125 * (A[2:, 1:-1, 1:-1] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[:-2, 1:-1, 1:-1])
                               + 0.125 * (A[1:-1, 2:, 1:-1] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[1:-1, :-2, 1:-1])
                               + 0.125 * (A[1:-1, 1:-1, 2:] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[1:-1, 1:-1, 0:-2])
                               + A[1:-1, 1:-1, 1:-1])
        A[1:-1, 1:-1, 1:-1] = (0.125 * (B[2:, 1:-1, 1:-1] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[:-2, 1:-1, 1:-1])
                               + 0.125 * (B[1:-1, 2:, 1:-1] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[1:-1, :-2, 1:-1])
                               + 0.125 * (B[1:-1, 1:-1, 2:] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[1:-1, 1:-1, 0:-2])
                               + B[1:-1, 1:-1, 1:-1])


@program(2, 5, grid(5, 5), wrt="u", result="u", stage="stores")
def adi(TSTEPS, N, u):
    v = np.empty(u.shape, dtype=u.dtype)
    p = np.empty(u.shape, dtype=u.dtype)
    q = np.empty(u.shape, dtype=u.dtype)
    DX = 1.0 / N
    DY = 1.0 / N
    DT = 1.0 / TSTEPS
    B1, B2 = 2.0, 1.0
    mul1 = B1 * DT / (DX * DX)
    mul2 = B2 * DT / (DY * DY)
    a = -mul1 / 2.0
    b = 1.0 + mul2
    c = a
    d = -mul2 / 2.0
    e = 1.0 + mul2
    f = d
    for t in range(1, TSTEPS + 1):
        v[0, 1:N - 1] = 1.0
        p[1:N - 1, 0] = 0.0
        q[1:N - 1, 0] = v[0, 1:N - 1]
        for j in range(1, N - 1):
            p[1:N - 1, j] = -c / (a * p[1:N - 1, j - 1] + b)
            q[1:N - 1, j] = (-d * u[j, 0:N - 2] + (1.0 + 2.0 * d) * u[j, 1:N - 1] - f * u[j, 2:N]
                             - a * q[1:N - 1, j - 1]) / (a * p[1:N - 1, j - 1] + b)
        v[N - 1, 1:N - 1] = 1.0
        for j in range(N - 2, 0, -1):
            v[j, 1:N - 1] = p[1:N - 1, j] * v[j + 1, 1:N - 1] + q[1:N - 1, j]
        u[1:N - 1, 0] = 1.0
        p[1:N - 1, 0] = 0.0
        q[1:N - 1, 0] = u[1:N - 1, 0]
        for j in range(1, N - 1):
            p[1:N - 1, j] = -f / (d * p[1:N - 1, j - 1] + e)
            q[1:N - 1, j] = (-a * v[0:N - 2, j] + (1.0 + 2.0 * a) * v[1:N - 1, j] - c * v[2:N, j]
                             - d * q[1:N - 1, j - 1]) / (d * p[1:N - 1, j - 1] + e)
        u[1:N - 1, N - 1] = 1.0
        for j in range(N - 2, 0, -1):
            u[1:N - 1, j] = p[1:N - 1, j] * u[1:N - 1, j + 1] + q[1:N - 1, j]


@program(3, grid(4, 5), grid(4, 5) ** 2, 0.5 * grid(4, 5), grid(3), wrt=("ex", "ey", "hz", "_fict_"),
         result=("ex", "ey", "hz"))
def fdtd_2d(TMAX, ex, ey, hz, _fict_):
    for t in range(TMAX):
        ey[0, :] = _fict_[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])


@program(grid(8), 0.3)
def linear_convection(u0, c):
    nx, nt, dt = len(u0), 4, 0.1
    dx = 2 / (nx - 1)
    u = np.ones(nx)
    u[1:-1] = u0[1:-1]
    un = np.ones(nx)
    for n in range(nt):
        un = u.copy()
        for i in range(1, nx):
            u[i] = un[i] - c * dt / dx * (un[i] - un[i - 1])
    return u


@program(grid(8), 0.07)
def burgers_1d(u, nu):
    nx = len(u)
    dx = 2 * np.pi / (nx - 1)
    dt = dx * nu
    for n in range(3):
        un = u.copy()
        for i in range(1, nx - 1):
            u[i] = un[i] - un[i] * dt / dx * (un[i] - un[i - 1]) + nu * dt / dx**2 * (
                un[i + 1] - 2 * un[i] + un[i - 1])
        u[0] = un[0] - un[0] * dt / dx * (un[0] - un[-2]) + nu * dt / dx**2 * (un[1] - 2 * un[0] + un[-2])
        u[-1] = u[0]
    return u


@program(grid(5, 5), 0.8 * grid(5, 5), 0.01)
def burgers_2d(u, v, nu):
    ny, nx = u.shape
    dx = dy = 0.5
    dt = 0.01
    for n in range(3):
        un = u.copy()
        vn = v.copy()
        u[1:-1, 1:-1] = (un[1:-1, 1:-1] - dt / dx * un[1:-1, 1:-1] * (un[1:-1, 1:-1] - un[1:-1, 0:-2])
                         - dt / dy * vn[1:-1, 1:-1] * (un[1:-1, 1:-1] - un[0:-2, 1:-1])
                         + nu * dt / dx**2 * (un[1:-1, 2:] - 2 * un[1:-1, 1:-1] + un[1:-1, 0:-2])
                         + nu * dt / dy**2 * (un[2:, 1:-1] - 2 * un[1:-1, 1:-1] + un[0:-2, 1:-1]))
        v[1:-1, 1:-1] = (vn[1:-1, 1:-1] - dt / dx * un[1:-1, 1:-1] * (vn[1:-1, 1:-1] - vn[1:-1, 0:-2])
                         - dt / dy * vn[1:-1, 1:-1] * (vn[1:-1, 1:-1] - vn[0:-2, 1:-1])
                         + nu * dt / dx**2 * (vn[1:-1, 2:] - 2 * vn[1:-1, 1:-1] + vn[1:-1, 0:-2])
                         + nu * dt / dy**2 * (vn[2:, 1:-1] - 2 * vn[1:-1, 1:-1] + vn[0:-2, 1:-1]))
        u[0, :] = 1
        u[-1, :] = 1
        u[:, 0] = 1
        u[:, -1] = 1
        v[0, :] = 1
        v[-1, :] = 1
        v[:, 0] = 1
        v[:, -1] = 1
    return u, v


@program(grid(5, 5), np.linspace(0.0, 1.0, 5))
def laplace_2d(p, y):
    dx = dy = 0.25
    pn = np.empty_like(p)
    for it in range(3):
        pn = p.copy()
        p[1:-1, 1:-1] = ((dy**2 * (pn[1:-1, 2:] + pn[1:-1, 0:-2]) + dx**2 * (pn[2:, 1:-1] + pn[0:-2, 1:-1]))
                         / (2 * (dx**2 + dy**2)))
        p[:, 0] = 0
        p[:, -1] = y
        p[0, :] = p[1, :]
        p[-1, :] = p[-2, :]
    return p


@program(grid(5, 5), np.linspace(0.0, 1.0, 5), 1e-1)
def laplace_until_converged(p, y, l1norm_target):
    dx, dy = 0.25, 0.3
    l1norm = 1
    pn = np.empty_like(p)
    while l1norm > l1norm_target:
        pn = p.copy()
        p[1:-1, 1:-1] = ((dy**2 * (pn[1:-1, 2:] + pn[1:-1, 0:-2]) + dx**2 * (pn[2:, 1:-1] + pn[0:-2, 1:-1]))
                         / (2 * (dx**2 + dy**2)))
        p[:, 0] = 0
        p[:, -1] = y
        p[0, :] = p[1, :]
        p[-1, :] = p[-2, :]
        l1norm = (np.sum(np.abs(p[:]) - np.abs(pn[:])) / np.sum(np.abs(pn[:])))
    return p


def build_up_b(b, rho, dt, u, v, dx, dy):
    b[1:-1, 1:-1] = (rho * (1 / dt * ((u[1:-1, 2:] - u[1:-1, 0:-2]) / (2 * dx)
                                      + (v[2:, 1:-1] - v[0:-2, 1:-1]) / (2 * dy))
                            - ((u[1:-1, 2:] - u[1:-1, 0:-2]) / (2 * dx))**2
                            - 2 * ((u[2:, 1:-1] - u[0:-2, 1:-1]) / (2 * dy)
                                   * (v[1:-1, 2:] - v[1:-1, 0:-2]) / (2 * dx))
                            - ((v[2:, 1:-1] - v[0:-2, 1:-1]) / (2 * dy))**2))
    return b


def pressure_poisson(p, dx, dy, b):
    pn = np.empty_like(p)
    pn = p.copy()
    for q in range(NIT):
        pn = p.copy()
        p[1:-1, 1:-1] = (((pn[1:-1, 2:] + pn[1:-1, 0:-2]) * dy**2 + (pn[2:, 1:-1] + pn[0:-2, 1:-1]) * dx**2)
                         / (2 * (dx**2 + dy**2))
                         - dx**2 * dy**2 / (2 * (dx**2 + dy**2)) * b[1:-1, 1:-1])
        p[:, -1] = p[:, -2]
        p[0, :] = p[1, :]
        p[:, 0] = p[:, 1]
        p[-1, :] = 0
    return p


NIT = 3


@program(2, 0.1 * grid(5, 5), 0.1 * grid(5, 5)[::-1].copy(), 0.01, 0.5, 0.5, grid(5, 5), 1.0, 0.1,
         wrt=("u", "v", "dt", "p", "rho", "nu"))
def cavity_flow(nt, u, v, dt, dx, dy, p, rho, nu):
    un = np.empty_like(u)
    vn = np.empty_like(v)
    b = np.zeros((5, 5))
    for n in range(nt):
        un = u.copy()
        vn = v.copy()
        b = build_up_b(b, rho, dt, u, v, dx, dy)
        p = pressure_poisson(p, dx, dy, b)
        u[1:-1, 1:-1] = (un[1:-1, 1:-1] - un[1:-1, 1:-1] * dt / dx * (un[1:-1, 1:-1] - un[1:-1, 0:-2])
                         - vn[1:-1, 1:-1] * dt / dy * (un[1:-1, 1:-1] - un[0:-2, 1:-1])
                         - dt / (2 * rho * dx) * (p[1:-1, 2:] - p[1:-1, 0:-2])
                         + nu * (dt / dx**2 * (un[1:-1, 2:] - 2 * un[1:-1, 1:-1] + un[1:-1, 0:-2])
                                 + dt / dy**2 * (un[2:, 1:-1] - 2 * un[1:-1, 1:-1] + un[0:-2, 1:-1])))
        v[1:-1, 1:-1] = (vn[1:-1, 1:-1] - un[1:-1, 1:-1] * dt / dx * (vn[1:-1, 1:-1] - vn[1:-1, 0:-2])
                         - vn[1:-1, 1:-1] * dt / dy * (vn[1:-1, 1:-1] - vn[0:-2, 1:-1])
                         - dt / (2 * rho * dy) * (p[2:, 1:-1] - p[0:-2, 1:-1])
                         + nu * (dt / dx**2 * (vn[1:-1, 2:] - 2 * vn[1:-1, 1:-1] + vn[1:-1, 0:-2])
                                 + dt / dy**2 * (vn[2:, 1:-1] - 2 * vn[1:-1, 1:-1] + vn[0:-2, 1:-1])))
        u[0, :] = 0
        u[:, 0] = 0
        u[:, -1] = 0
        u[-1, :] = 1
        v[0, :] = 0
        v[-1, :] = 0
        v[:, 0] = 0
        v[:, -1] = 0
    return u, v, p


def poisson_filling(nit, p, dx, dy, b):
    pn = np.empty_like(p)
    for q in range(nit):
        pn[:] = p
        p[1:-1, 1:-1] = (((pn[1:-1, 2:] + pn[1:-1, 0:-2]) * dy**2 + (pn[2:, 1:-1] + pn[0:-2, 1:-1]) * dx**2)
                         / (2 * (dx**2 + dy**2)) - dx**2 * dy**2 / (2 * (dx**2 + dy**2)) * b[1:-1, 1:-1])
        p[:, -1] = p[:, -2]
        p[0, :] = p[1, :]
        p[:, 0] = p[:, 1]
        p[-1, :] = 0


def build_up_b_filling(b, rho, dt, u, v, dx, dy):
    b[1:-1, 1:-1] = rho * (1 / dt * ((u[1:-1, 2:] - u[1:-1, 0:-2]) / (2 * dx)
                                     + (v[2:, 1:-1] - v[0:-2, 1:-1]) / (2 * dy))
                           - ((u[1:-1, 2:] - u[1:-1, 0:-2]) / (2 * dx))**2
                           - ((v[2:, 1:-1] - v[0:-2, 1:-1]) / (2 * dy))**2)


@program(2, 2, 0.1 * grid(5, 5), 0.1 * grid(5, 5)[::-1].copy(), 0.1, 0.5, 0.5, grid(5, 5), 1.0, 0.1,
         wrt=("u", "v", "p", "nu"), result=("u", "v", "p"))
def cavity_flow_filling(nt, nit, u, v, dt, dx, dy, p, rho, nu):
    un = np.empty_like(u)
    vn = np.empty_like(v)
    b = np.zeros_like(u)
    for n in range(nt):
        un[:] = u
        vn[:] = v
        build_up_b_filling(b, rho, dt, u, v, dx, dy)
        poisson_filling(nit, p, dx, dy, b)
        u[1:-1, 1:-1] = (un[1:-1, 1:-1] - un[1:-1, 1:-1] * dt / dx * (un[1:-1, 1:-1] - un[1:-1, 0:-2])
                         - dt / (2 * rho * dx) * (p[1:-1, 2:] - p[1:-1, 0:-2])
                         + nu * dt / dx**2 * (un[1:-1, 2:] - 2 * un[1:-1, 1:-1] + un[1:-1, 0:-2]))
        v[1:-1, 1:-1] = (vn[1:-1, 1:-1] - vn[1:-1, 1:-1] * dt / dy * (vn[1:-1, 1:-1] - vn[0:-2, 1:-1])
                         - dt / (2 * rho * dy) * (p[2:, 1:-1] - p[0:-2, 1:-1])
                         + nu * dt / dy**2 * (vn[2:, 1:-1] - 2 * vn[1:-1, 1:-1] + vn[0:-2, 1:-1]))
        u[0, :], u[:, 0], u[:, -1], u[-1, :] = 0, 0, 0, 1
        v[0, :] = v[-1, :] = v[:, 0] = v[:, -1] = 0


def periodic_b(rho, dt, dx, dy, u, v):
    b = np.zeros_like(u)
    b[1:-1, 1:-1] = rho * (1 / dt * ((u[1:-1, 2:] - u[1:-1, 0:-2]) / (2 * dx)
                                     + (v[2:, 1:-1] - v[0:-2, 1:-1]) / (2 * dy)))
    b[1:-1, -1] = rho * (1 / dt * ((u[1:-1, 0] - u[1:-1, -2]) / (2 * dx)
                                   + (v[2:, -1] - v[0:-2, -1]) / (2 * dy)))
    b[1:-1, 0] = rho * (1 / dt * ((u[1:-1, 1] - u[1:-1, -1]) / (2 * dx)
                                  + (v[2:, 0] - v[0:-2, 0]) / (2 * dy)))
    return b


def periodic_poisson(nit, p, dx, dy, b):
    pn = np.empty_like(p)
    for q in range(nit):
        pn = p.copy()
        p[1:-1, 1:-1] = (((pn[1:-1, 2:] + pn[1:-1, 0:-2]) * dy**2 + (pn[2:, 1:-1] + pn[0:-2, 1:-1]) * dx**2)
                         / (2 * (dx**2 + dy**2)) - dx**2 * dy**2 / (2 * (dx**2 + dy**2)) * b[1:-1, 1:-1])
        p[1:-1, -1] = (((pn[1:-1, 0] + pn[1:-1, -2]) * dy**2 + (pn[2:, -1] + pn[0:-2, -1]) * dx**2)
                       / (2 * (dx**2 + dy**2)) - dx**2 * dy**2 / (2 * (dx**2 + dy**2)) * b[1:-1, -1])
        p[1:-1, 0] = (((pn[1:-1, 1] + pn[1:-1, -1]) * dy**2 + (pn[2:, 0] + pn[0:-2, 0]) * dx**2)
                      / (2 * (dx**2 + dy**2)) - dx**2 * dy**2 / (2 * (dx**2 + dy**2)) * b[1:-1, 0])
        p[-1, :] = p[-2, :]
        p[0, :] = p[1, :]


@program(2, 0.1 * grid(5, 4), 0.1 * grid(5, 4) ** 2, 0.01, 0.5, 0.4, grid(5, 4), 1.0, 0.1, 1.0,
         wrt=("u", "v", "p", "rho", "nu", "F"))
def channel_flow(nit, u, v, dt, dx, dy, p, rho, nu, F):
    udiff = 1
    stepcount = 0
    while udiff > .001 and stepcount < 3:
        un = u.copy()
        vn = v.copy()
        b = periodic_b(rho, dt, dx, dy, u, v)
        periodic_poisson(nit, p, dx, dy, b)
        u[1:-1, 1:-1] = (un[1:-1, 1:-1] - un[1:-1, 1:-1] * dt / dx * (un[1:-1, 1:-1] - un[1:-1, 0:-2])
                         - dt / (2 * rho * dx) * (p[1:-1, 2:] - p[1:-1, 0:-2])
                         + nu * (dt / dx**2 * (un[1:-1, 2:] - 2 * un[1:-1, 1:-1] + un[1:-1, 0:-2])) + F * dt)
        v[1:-1, 1:-1] = (vn[1:-1, 1:-1] - un[1:-1, 1:-1] * dt / dx * (vn[1:-1, 1:-1] - vn[1:-1, 0:-2])
                         - dt / (2 * rho * dy) * (p[2:, 1:-1] - p[0:-2, 1:-1]))
        u[1:-1, -1] = (un[1:-1, -1] - un[1:-1, -1] * dt / dx * (un[1:-1, -1] - un[1:-1, -2])
                       - dt / (2 * rho * dx) * (p[1:-1, 0] - p[1:-1, -2]) + F * dt)
        u[1:-1, 0] = (un[1:-1, 0] - un[1:-1, 0] * dt / dx * (un[1:-1, 0] - un[1:-1, -1])
                      - dt / (2 * rho * dx) * (p[1:-1, 1] - p[1:-1, -1]) + F * dt)
        u[0, :] = 0
        u[-1, :] = 0
        v[0, :] = 0
        v[-1, :] = 0
        udiff = (np.sum(u) - np.sum(un)) / np.sum(u)
        stepcount += 1
    return u, v, p


@program(grid(6, 5, 3), np.zeros((4, 3, 3)), 0.1 * grid(4, 3, 3), 4, 3, 3, result="out_field",
         wrt=("in_field", "coeff"))
def hdiff(in_field, out_field, coeff, I, J, K):
    lap_field = 4.0 * in_field[1:-1, 1:-1, :] - (in_field[2:, 1:-1, :] + in_field[:-2, 1:-1, :]
                                                + in_field[1:-1, 2:, :] + in_field[1:-1, :-2, :])
    res = lap_field[1:, :] - lap_field[:-1, :]
    flx_field = np.where((res * (in_field[2:-1, 1:-1, :] - in_field[1:-2, 1:-1, :])) > 0, 0, res)
    res = lap_field[:, 1:] - lap_field[:, :-1]
    fly_field = np.where((res * (in_field[1:-1, 2:-1, :] - in_field[1:-1, 1:-2, :])) > 0, 0, res)
    out_field[1:-1, 1:-1, :] = in_field[2:-2, 2:-2, :] - coeff[1:-1, 1:-1, :] * (
        flx_field[1:, 1:-1, :] - flx_field[:-1, 1:-1, :] + fly_field[1:-1, 1:, :] - fly_field[1:-1, :-1, :])


BET_M = 0.5 * (1.0 - 0.0)
BET_P = 0.5 * (1.0 + 0.0)


@program(grid(2, 3, 4), 0.5 * grid(3, 3, 4), 1.1 * grid(2, 3, 4), 0.9 * grid(2, 3, 4), 0.7 * grid(2, 3, 4), 3.0,
         result="utens_stage", wrt=("utens_stage", "u_stage", "wcon", "u_pos", "utens"), stage="stores")
def vadv(utens_stage, wcon, u_stage, u_pos, utens, dtr_stage):
    I, J, K = utens_stage.shape[0], utens_stage.shape[1], utens_stage.shape[2]
    ccol = np.empty((I, J, K), dtype=utens_stage.dtype)
    dcol = np.empty((I, J, K), dtype=utens_stage.dtype)
    data_col = np.empty((I, J), dtype=utens_stage.dtype)
    for k in range(1):
        gcv = 0.25 * (wcon[1:, :, k + 1] + wcon[:-1, :, k + 1])
        cs = gcv * BET_M
        ccol[:, :, k] = gcv * BET_P
        bcol = dtr_stage - ccol[:, :, k]
        correction_term = -cs * (u_stage[:, :, k + 1] - u_stage[:, :, k])
        dcol[:, :, k] = (dtr_stage * u_pos[:, :, k] + utens[:, :, k] + utens_stage[:, :, k] + correction_term)
        divided = 1.0 / bcol
        ccol[:, :, k] = ccol[:, :, k] * divided
        dcol[:, :, k] = dcol[:, :, k] * divided
    for k in range(1, K - 1):
        gav = -0.25 * (wcon[1:, :, k] + wcon[:-1, :, k])
        gcv = 0.25 * (wcon[1:, :, k + 1] + wcon[:-1, :, k + 1])
        as_ = gav * BET_M
        cs = gcv * BET_M
        acol = gav * BET_P
        ccol[:, :, k] = gcv * BET_P
        bcol = dtr_stage - acol - ccol[:, :, k]
        correction_term = -as_ * (u_stage[:, :, k - 1] - u_stage[:, :, k]) - cs * (
            u_stage[:, :, k + 1] - u_stage[:, :, k])
        dcol[:, :, k] = (dtr_stage * u_pos[:, :, k] + utens[:, :, k] + utens_stage[:, :, k] + correction_term)
        divided = 1.0 / (bcol - ccol[:, :, k - 1] * acol)
        ccol[:, :, k] = ccol[:, :, k] * divided
        dcol[:, :, k] = (dcol[:, :, k] - (dcol[:, :, k - 1]) * acol) * divided
    for k in range(K - 1, K):
        gav = -0.25 * (wcon[1:, :, k] + wcon[:-1, :, k])
        as_ = gav * BET_M
        acol = gav * BET_P
        bcol = dtr_stage - acol
        correction_term = -as_ * (u_stage[:, :, k - 1] - u_stage[:, :, k])
        dcol[:, :, k] = (dtr_stage * u_pos[:, :, k] + utens[:, :, k] + utens_stage[:, :, k] + correction_term)
        divided = 1.0 / (bcol - ccol[:, :, k - 1] * acol)
        dcol[:, :, k] = (dcol[:, :, k] - (dcol[:, :, k - 1]) * acol) * divided
    for k in range(K - 1, K - 2, -1):
        datacol = dcol[:, :, k]
        data_col[:] = datacol
        utens_stage[:, :, k] = dtr_stage * (datacol - u_pos[:, :, k])
    for k in range(K - 2, -1, -1):
        datacol = dcol[:, :, k] - ccol[:, :, k] * data_col[:, :]
        data_col[:] = datacol
        utens_stage[:, :, k] = dtr_stage * (datacol - u_pos[:, :, k])


@program(grid(8), 0.8)
def wave_with_three_buffers(u0, C):
    n = len(u0)
    u = np.zeros(n)
    u_1 = u0.copy()
    u_2 = np.zeros(n)
    u[1:-1] = u_1[1:-1] + 0.5 * C**2 * (u_1[2:] - 2 * u_1[1:-1] + u_1[:-2])
    u[0] = u[-1] = 0
    u_2[:] = u_1
    u_1[:] = u
    for step in range(4):
        u[1:-1] = -u_2[1:-1] + 2 * u_1[1:-1] + C**2 * (u_1[2:] - 2 * u_1[1:-1] + u_1[:-2])
        u[0] = 0
        u[-1] = 0
        u_2, u_1, u = u_1, u, u_2
    return u_1


@program(grid(5, 5), 0.4)
def wave_2d_swapped(u, c):
    old = u.copy()
    new = np.zeros_like(u)
    for t in range(3):
        new[1:-1, 1:-1] = (2 * u[1:-1, 1:-1] - old[1:-1, 1:-1]
                           + c * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]))
        old, u, new = u, new, old
    return u


@program(grid(8), 0.1)
def heat_with_two_buffers_swapped(u, alpha):
    new = u.copy()
    for step in range(4):
        for i in range(1, len(u) - 1):
            new[i] = u[i] + alpha * (u[i + 1] - 2 * u[i] + u[i - 1])
        u, new = new, u
    return u


@program(1.0 + 0.1 * grid(6), 0.1 * grid(6), 9.81)
def shallow_water_1d(h, uh, g):
    n = len(h)
    dt, dx = 0.01, 0.5
    hm = np.zeros(n - 1)
    uhm = np.zeros(n - 1)
    for step in range(3):
        hm[:] = (h[:-1] + h[1:]) / 2 - dt / 2 * (uh[1:] - uh[:-1]) / dx
        flux = uh**2 / h + 0.5 * g * h**2
        uhm[:] = (uh[:-1] + uh[1:]) / 2 - dt / 2 * (flux[1:] - flux[:-1]) / dx
        h[1:-1] -= dt * (uhm[1:] - uhm[:-1]) / dx
        fluxm = uhm**2 / hm + 0.5 * g * hm**2
        uh[1:-1] -= dt * (fluxm[1:] - fluxm[:-1]) / dx
        h[0], h[-1] = h[1], h[-2]
        uh[0], uh[-1] = -uh[1], -uh[-2]
    return h, uh


@program(0.1 * grid(4, 5), 0.2 * grid(5, 5), 0.3 * grid(4, 6), 10.0, stage="stores")
def shallow_water_2d(eta, u, v, depth):
    g, dt, dx = 9.81, 0.01, 1.0
    for n in range(3):
        u[1:-1, :] -= g * dt / dx * (eta[1:, :] - eta[:-1, :])
        v[:, 1:-1] -= g * dt / dx * (eta[:, 1:] - eta[:, :-1])
        eta -= dt * depth * ((u[1:, :] - u[:-1, :]) / dx + (v[:, 1:] - v[:, :-1]) / dx)
    return eta


@program(grid(7), 0.5)
def crank_nicolson(u, alpha):
    n = len(u)
    A = np.zeros((n, n))
    B = np.zeros((n, n))
    A[0, 0] = A[-1, -1] = 1
    B[0, 0] = B[-1, -1] = 1
    for i in range(1, n - 1):
        A[i, i - 1], A[i, i], A[i, i + 1] = -alpha, 2 + 2 * alpha, -alpha
        B[i, i - 1], B[i, i], B[i, i + 1] = alpha, 2 - 2 * alpha, alpha
    for t in range(3):
        u[:] = np.linalg.solve(A, B @ u)
    return u


def smooth(u, f, h, sweeps):
    for s in range(sweeps):
        for i in range(1, len(u) - 1):
            u[i] = 0.5 * (u[i - 1] + u[i + 1] + h * h * f[i])


def residual(u, f, h):
    r = np.zeros_like(u)
    r[1:-1] = f[1:-1] - (2 * u[1:-1] - u[:-2] - u[2:]) / (h * h)
    return r


@program(grid(9), np.zeros(9))
def two_grid_cycle(f, u):
    h = 0.125
    for cycle in range(2):
        smooth(u, f, h, 1)
        r = residual(u, f, h)
        rc = np.zeros(5)
        rc[1:-1] = 0.25 * r[1:-2:2] + 0.5 * r[2:-1:2] + 0.25 * r[3::2]
        ec = np.zeros(5)
        smooth(ec, rc, 2 * h, 3)
        u[::2] += ec
        u[1::2] += 0.5 * (ec[:-1] + ec[1:])
        smooth(u, f, h, 1)
    return u


@program(0.5 * grid(6, 6), 0.2 * grid(6, 6) ** 2, 0.04)
def gray_scott(U, V, F):
    u, v = U[1:-1, 1:-1], V[1:-1, 1:-1]
    for i in range(3):
        Lu = (U[0:-2, 1:-1] + U[1:-1, 0:-2] - 4 * U[1:-1, 1:-1] + U[1:-1, 2:] + U[2:, 1:-1])
        Lv = (V[0:-2, 1:-1] + V[1:-1, 0:-2] - 4 * V[1:-1, 1:-1] + V[1:-1, 2:] + V[2:, 1:-1])
        uvv = u * v * v
        u += (0.16 * Lu - uvv + F * (1 - u))
        v += (0.08 * Lv + uvv - (F + 0.06) * v)
    return V


@program(grid(6, 6), 0.3, stage="stores")
def red_black(p, omega):
    f = np.ones_like(p)
    for sweep in range(2):
        p[1:-1:2, 1:-1:2] += omega * (p[:-2:2, 1:-1:2] + p[2::2, 1:-1:2] + p[1:-1:2, :-2:2] + p[1:-1:2, 2::2]
                                      - 4 * p[1:-1:2, 1:-1:2] - f[1:-1:2, 1:-1:2]) / 4
        for i in range(1, p.shape[0] - 1):
            for j in range(1 + (i + 1) % 2, p.shape[1] - 1, 2):
                p[i, j] = (1 - omega) * p[i, j] + omega * 0.25 * (
                    p[i - 1, j] + p[i + 1, j] + p[i, j - 1] + p[i, j + 1] - f[i, j])
    return p


@program(grid(5, 6), 0.1, stage="stores")
def diffusion_with_ghost_cells(T, kappa):
    ny, nx = T.shape
    P = np.zeros((ny + 2, nx + 2))
    P[1:-1, 1:-1] = T
    for n in range(2):
        P[0, :], P[-1, :] = P[1, :], P[-2, :]
        P[:, 0] = P[:, -2]
        P[:, -1] = P[:, 1]
        lap = P[2:, 1:-1] + P[:-2, 1:-1] + P[1:-1, 2:] + P[1:-1, :-2] - 4 * P[1:-1, 1:-1]
        P[1:-1, 1:-1] += kappa * lap * (1 + 0.1 * P[1:-1, 1:-1] ** 2)
    return P[1:-1, 1:-1]


@program(grid(8) + 0.5)
def godunov_fluxes(u):
    n = len(u)
    f = np.zeros(n + 1)
    for step in range(2):
        for i in range(1, n):
            if u[i - 1] > u[i]:
                s = 0.5 * (u[i - 1] + u[i])
                if s > 0:
                    f[i] = 0.5 * u[i - 1] ** 2
                else:
                    f[i] = 0.5 * u[i] ** 2
            else:
                f[i] = 0.5 * u[i - 1] ** 2 if u[i - 1] > 0 else 0.0
        f[0] = f[1]
        f[n] = f[n - 1]
        for i in range(n):
            u[i] -= 0.05 * (f[i + 1] - f[i])
    return u


def minmod(a, b):
    return np.where(a * b > 0, np.where(np.abs(a) < np.abs(b), a, b), 0.0)


@program(grid(8))
def muscl_transport(q):
    for t in range(2):
        slope = np.zeros_like(q)
        slope[1:-1] = minmod(q[1:-1] - q[:-2], q[2:] - q[1:-1])
        face = q[:-1] + 0.4 * slope[:-1]
        q[1:-1] -= 0.2 * (face[1:] - face[:-1])
    return q


@program(grid(5, 9), np.array([0.11, 0.12, 0.13, 0.14, 0.15]), stage="stores")
def lattice_boltzmann_collision(f, omega):
    weights = np.array([4 / 9] + [1 / 9] * 4 + [1 / 36] * 4)
    cx = np.array([0, 1, 0, -1, 0, 1, -1, -1, 1])
    feq = np.empty_like(f)
    for t in range(2):
        rho = f.sum(axis=1)
        ux = (f @ cx) / rho
        for k in range(9):
            cu = 3.0 * cx[k] * ux
            feq[:, k] = rho * weights[k] * (1.0 + cu + 0.5 * cu * cu - 1.5 * ux * ux)
        f -= omega[:, None] * (f - feq)
        for k in range(9):
            f[:, k] = np.roll(f[:, k], cx[k])
    return f


@program(grid(4, 4), grid(4, 4) ** 2, 3, stage="stores")
def reverse_time_adjoint(u, target, steps):
    states = np.zeros((steps + 1,) + u.shape)
    states[0] = u
    for t in range(steps):
        states[t + 1] = states[t]
        states[t + 1][1:-1, 1:-1] += 0.1 * states[t][1:-1, 1:-1] ** 2
    adj = states[steps] - target
    for t in range(steps - 1, -1, -1):
        adj[1:-1, 1:-1] += 0.2 * states[t][1:-1, 1:-1] * adj[1:-1, 1:-1]
    return adj

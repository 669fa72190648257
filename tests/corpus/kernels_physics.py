"""Physics in preallocated arrays: particles, beams and trusses, integrators, materials, quantum mechanics."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from corpus import program


def spread(*shape):
    n = int(np.prod(shape))
    return (np.cos(1.7 * np.arange(n) + 0.3) + 0.05 * np.arange(n)).reshape(shape)


def getAcc(pos, mass, G, softening):
    x = pos[:, 0:1]
    y = pos[:, 1:2]
    z = pos[:, 2:3]
    dx = x.T - x
    dy = y.T - y
    dz = z.T - z
    inv_r3 = (dx**2 + dy**2 + dz**2 + softening**2)
    inv_r3[inv_r3 > 0] = inv_r3[inv_r3 > 0]**(-1.5)
    ax = G * (dx * inv_r3) @ mass
    ay = G * (dy * inv_r3) @ mass
    az = G * (dz * inv_r3) @ mass
    a = np.hstack((ax, ay, az))
    return a


def getEnergy(pos, vel, mass, G):
    KE = 0.5 * np.sum(np.sum(mass * vel**2))
    x = pos[:, 0:1]
    y = pos[:, 1:2]
    z = pos[:, 2:3]
    dx = x.T - x
    dy = y.T - y
    dz = z.T - z
    inv_r = np.sqrt(dx**2 + dy**2 + dz**2 + 1e-6)
    inv_r[inv_r > 0] = 1.0 / inv_r[inv_r > 0]
    PE = G * np.sum(np.sum(np.triu(-(mass * mass.T) * inv_r, 1)))
    return KE, PE


@program(np.array([[1.0], [0.7], [1.3]]), spread(3, 3), 0.1 * spread(3, 3), 3, 0.05, 1.0, 0.2,
         wrt=("mass", "pos", "vel", "G", "softening"), stage="stores")
def nbody(mass, pos, vel, Nt, dt, G, softening):
    vel -= np.mean(mass * vel, axis=0) / np.mean(mass)
    acc = getAcc(pos, mass, G, softening)
    PE = 0.0
    KE_save = np.empty(Nt + 1, dtype=np.float64)
    KE_save[0] = 0.5 * np.sum(np.sum(mass * vel**2))
    for i in range(Nt):
        vel += acc * dt / 2.0
        pos += vel * dt
        acc[:] = getAcc(pos, mass, G, softening)
        vel += acc * dt / 2.0
        KE_save[i + 1] = 0.5 * np.sum(np.sum(mass * vel**2))
    return KE_save


@program(np.array([[1.0], [0.7], [1.3]]), spread(3, 3), 0.1 * spread(3, 3), 3, 0.05, 1.0, 0.2,
         wrt=("mass", "pos", "vel", "G", "softening"), stage="stores")
def nbody_energies(mass, pos, vel, Nt, dt, G, softening):
    vel -= np.mean(mass * vel, axis=0) / np.mean(mass)
    acc = getAcc(pos, mass, G, softening)
    KE = np.zeros(Nt + 1)
    PE = np.zeros(Nt + 1)
    KE[0], PE[0] = getEnergy(pos, vel, mass, G)
    for i in range(Nt):
        vel += acc * dt / 2.0
        pos += vel * dt
        acc = getAcc(pos, mass, G, softening)
        vel += acc * dt / 2.0
        KE[i + 1], PE[i + 1] = getEnergy(pos, vel, mass, G)
    return KE, PE


@program(np.array([1.0, 0.5, 2.0]), spread(3, 2), 0.1 * spread(3, 2), 0.05)
def nbody_in_loops(m, x, v, dt):
    n = len(m)
    a = np.zeros((n, 2))
    for step in range(2):
        a[:] = 0.0
        for i in range(n):
            for j in range(i + 1, n):
                d = x[j] - x[i]
                r3 = (d[0]**2 + d[1]**2 + 0.1)**1.5
                f = d / r3
                a[i] += m[j] * f
                a[j] -= m[i] * f
        for i in range(n):
            v[i] += dt * a[i]
            x[i] += dt * v[i]
    return x, v


def forces(r, f, box):
    n = r.shape[0]
    f[:] = 0.0
    energy = 0.0
    for i in range(n - 1):
        for j in range(i + 1, n):
            d = r[i] - r[j]
            d -= box * np.round(d / box)
            r2 = np.dot(d, d)
            if r2 < 6.25:
                ir2 = 1.0 / r2
                ir6 = ir2 ** 3
                energy += 4 * (ir6 * ir6 - ir6)
                fij = 48 * (ir6 * ir6 - 0.5 * ir6) * ir2 * d
                f[i] += fij
                f[j] -= fij
    return energy


@program(np.array([[0.1, 0.2], [1.2, 0.1], [0.2, 1.4], [1.5, 1.3]]), 0.1 * spread(4, 2), stage="stores")
def molecular_dynamics(r, v):
    dt = 0.005
    f = np.zeros_like(r)
    e = np.zeros(3)
    forces(r, f, 5.0)
    for step in range(3):
        v += 0.5 * dt * f
        r += dt * v
        e[step] = forces(r, f, 5.0)
        v += 0.5 * dt * f
    return e, r


def vortex(state, out, gamma):
    n = len(gamma)
    for i in range(n):
        out[i, 0] = 0.0
        out[i, 1] = 0.0
        for j in range(n):
            if i != j:
                dx = state[i, 0] - state[j, 0]
                dy = state[i, 1] - state[j, 1]
                r2 = dx * dx + dy * dy
                out[i, 0] += -gamma[j] * dy / (2 * np.pi * r2)
                out[i, 1] += gamma[j] * dx / (2 * np.pi * r2)


@program(spread(3, 2), np.array([1.0, 0.5, -0.7]), stage="stores")
def runge_kutta_with_work_arrays(y, gamma):
    h = 0.1
    k1, k2, k3, k4 = np.empty_like(y), np.empty_like(y), np.empty_like(y), np.empty_like(y)
    work = np.empty_like(y)
    for step in range(2):
        vortex(y, k1, gamma)
        work[:] = y + 0.5 * h * k1
        vortex(work, k2, gamma)
        work[:] = y + 0.5 * h * k2
        vortex(work, k3, gamma)
        np.add(y, h * k3, out=work)
        vortex(work, k4, gamma)
        y += h / 6.0 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


@program(spread(3), 0.5, 1.2)
def runge_kutta_stages_in_an_array(y0, a, b):
    A = np.array([[0, 0, 0, 0], [0.5, 0, 0, 0], [0, 0.5, 0, 0], [0, 0, 1.0, 0]])
    weights = np.array([1, 2, 2, 1]) / 6
    n = len(y0)
    Y = np.zeros((4, n))
    K = np.zeros((4, n))
    Y[0] = y0
    for t in range(3):
        for s in range(4):
            y = Y[t] + 0.1 * (A[s, :s] @ K[:s])
            K[s, 0] = y[1]
            K[s, 1] = -a * np.sin(y[0]) - b * y[1] * y[2]
            K[s, 2] = y[0] * y[1]
        Y[t + 1] = Y[t] + 0.1 * (weights @ K)
    return Y


@program(spread(2), 1.5)
def verlet_trajectory(x0, k):
    n = 5
    t = np.linspace(0, 1, n)
    x = np.zeros(n)
    v = np.zeros(n)
    x[0], v[0] = x0
    dt = t[1] - t[0]
    for i in range(n - 1):
        a = -k * x[i] - 0.1 * x[i] ** 3
        x[i + 1] = x[i] + v[i] * dt + 0.5 * a * dt**2
        a_new = -k * x[i + 1] - 0.1 * x[i + 1] ** 3
        v[i + 1] = v[i] + 0.5 * (a + a_new) * dt
    return 0.5 * v**2 + 0.5 * k * x**2


@program(np.array([1.0, 1.2, 0.9]), np.array([2.0, 1.5, 1.8]), np.array([0.5, 0.7, 0.6]), 1.3)
def beam_assembly(E, I, L, load):
    ne = len(E)
    ndof = 2 * (ne + 1)
    K = np.zeros((ndof, ndof))
    F = np.zeros(ndof)
    for e in range(ne):
        l = L[e]
        ke = E[e] * I[e] / l**3 * np.array([[12, 6 * l, -12, 6 * l],
                                            [6 * l, 4 * l**2, -6 * l, 2 * l**2],
                                            [-12, -6 * l, 12, -6 * l],
                                            [6 * l, 2 * l**2, -6 * l, 4 * l**2]])
        d = np.array([2 * e, 2 * e + 1, 2 * e + 2, 2 * e + 3])
        for p in range(4):
            for q in range(4):
                K[d[p], d[q]] += ke[p, q]
        F[d] += load * l / 12 * np.array([6, l, 6, -l])
    u = np.zeros(ndof)
    u[2:] = np.linalg.solve(K[2:, 2:], F[2:])
    return u


NODES = np.array([[0.0, 0.0], [1.0, 0.0], [0.1, 1.0], [1.1, 0.9]])
BARS = np.array([[0, 1], [0, 2], [1, 3], [2, 3], [0, 3], [1, 2]])


@program(NODES, 1.0 + 0.2 * spread(6), np.array([0.3, -1.0]))
def truss(nodes, area, force):
    n = 2 * len(nodes)
    K = np.zeros((n, n))
    lengths = np.zeros(len(BARS))
    for b, (i, j) in enumerate(BARS):
        dx, dy = nodes[j] - nodes[i]
        lengths[b] = np.sqrt(dx**2 + dy**2)
        c, s = dx / lengths[b], dy / lengths[b]
        T = np.array([-c, -s, c, s])
        dof = np.array([2 * i, 2 * i + 1, 2 * j, 2 * j + 1])
        for p in range(4):
            for q in range(4):
                K[dof[p], dof[q]] += area[b] / lengths[b] * T[p] * T[q]
    F = np.zeros(n)
    F[-2:] = force
    fixed = [0, 1, 3]
    free = [k for k in range(n) if k not in fixed]
    u = np.zeros(n)
    u[free] = np.linalg.solve(K[free][:, free], F[free])
    stress = np.empty(len(BARS))
    for b in range(len(BARS)):
        i, j = BARS[b]
        t = (nodes[j] - nodes[i]) / lengths[b]
        stress[b] = np.dot(t, u[2 * j:2 * j + 2] - u[2 * i:2 * i + 2]) / lengths[b]
    return u, stress


TRIANGLES = np.array([[0, 1, 2], [1, 3, 2], [1, 4, 3]])


@program(np.array([[0.0, 0.0], [1.0, 0.1], [0.1, 1.0], [1.1, 1.2], [2.0, 0.3]]), spread(5))
def finite_elements_with_add_at(points, source):
    n = len(points)
    K = np.zeros((n, n))
    b = np.zeros(n)
    for tri in TRIANGLES:
        P = points[tri]
        J = np.array([P[1] - P[0], P[2] - P[0]])
        det = J[0, 0] * J[1, 1] - J[0, 1] * J[1, 0]
        G = np.linalg.inv(J) @ np.array([[-1.0, 1.0, 0.0], [-1.0, 0.0, 1.0]])
        ke = 0.5 * det * G.T @ G
        np.add.at(K, (tri[:, None], tri[None, :]), ke)
        np.add.at(b, tri, det / 6 * source[tri].mean())
    K[0, :] = 0.0
    K[:, 0] = 0.0
    K[0, 0] = 1.0
    b[0] = 0.0
    return np.linalg.solve(K, b)


@program(np.array([1.0, 1.5, 0.8, 1.2]), np.linspace(0.0, 1.0, 5) ** 1.1)
def finite_elements_1d(k, x):
    n = len(x)
    A = np.zeros((n, n))
    rhs = np.zeros(n)
    gauss = [-1 / np.sqrt(3), 1 / np.sqrt(3)]
    for e in range(n - 1):
        h = x[e + 1] - x[e]
        for xi in gauss:
            N = np.array([(1 - xi) / 2, (1 + xi) / 2])
            dN = np.array([-1.0, 1.0]) / h
            xg = N @ x[e:e + 2]
            A[e:e + 2, e:e + 2] += k[e] * np.outer(dN, dN) * h / 2
            rhs[e:e + 2] += N * np.sin(np.pi * xg) * h / 2
    A[0, :] = 0
    A[0, 0] = 1
    A[-1, :] = 0
    A[-1, -1] = 1
    rhs[0] = rhs[-1] = 0
    return np.linalg.solve(A, rhs)


@program(spread(2, 3, 3), spread(2, 3, 3) ** 2, spread(3, 3), stage="stores")
def spectral_element(u, g, D):
    ne, n, _ = u.shape
    w = np.zeros_like(u)
    ur = np.zeros((n, n))
    us = np.zeros((n, n))
    for e in range(ne):
        for j in range(n):
            for i in range(n):
                rtmp = 0.0
                stmp = 0.0
                for l in range(n):
                    rtmp += D[i, l] * u[e, j, l]
                    stmp += D[j, l] * u[e, l, i]
                ur[j, i] = g[e, j, i] * rtmp
                us[j, i] = g[e, j, i] * stmp
        for j in range(n):
            for i in range(n):
                for l in range(n):
                    w[e, j, i] += D[l, i] * ur[j, l] + D[l, j] * us[l, i]
    return w


def complex_spread(*shape):
    return spread(*shape) + 1j * spread(*shape)[..., ::-1]


NEIGHBOURS = np.array([[1], [0]])


@program(complex_spread(2, 2, 2, 2, 2), complex_spread(1, 2, 2, 1, 2, 2) * 0.5, spread(2, 1, 2, 2, 2))
def scattering_self_energies(G, D, dH):
    Nkz, NE, NA = G.shape[:3]
    Nqz, Nw, _, NB, N3D, _ = D.shape
    Sigma = np.zeros_like(G)
    for k in range(Nkz):
        for E in range(NE):
            for q in range(Nqz):
                for w in range(Nw):
                    for i in range(N3D):
                        for j in range(N3D):
                            for a in range(NA):
                                for b in range(NB):
                                    if E - w >= 0:
                                        dHG = G[k, E - w, NEIGHBOURS[a, b]] @ dH[a, b, i]
                                        dHD = dH[a, b, j] * D[q, w, a, b, i, j]
                                        Sigma[k, E, a] += dHG @ dHD
    return np.abs(Sigma) ** 2


@program(complex_spread(3, 2, 2), spread(2), 0.5)
def contour_integral(Ham, Y, R):
    NR = 2
    P0 = np.zeros((NR, NR), dtype=np.complex128)
    P1 = np.zeros((NR, NR), dtype=np.complex128)
    for k in range(4):
        z = R * np.exp(2j * np.pi * (k + 0.5) / 4)
        Tz = np.zeros((NR, NR), dtype=np.complex128)
        for n in range(3):
            zz = np.power(z, n - 1)
            Tz += zz * Ham[n]
        if NR == NR:
            X = np.linalg.inv(Tz)
        if abs(z) < 1.0:
            X[:] = -X
        P0 += X
        P1 += z * X * Y
    return np.abs(P0) + np.abs(P1)


@program(complex_spread(4), spread(4), 0.1, stage="stores")
def schroedinger_split_step(psi, V, dt):
    n = len(psi)
    k = 2 * np.pi * np.fft.fftfreq(n)
    density = np.zeros((3, n))
    for t in range(3):
        psi *= np.exp(-0.5j * dt * V)
        psi[:] = np.fft.ifft(np.exp(-0.5j * dt * k**2) * np.fft.fft(psi))
        psi *= np.exp(-0.5j * dt * V)
        density[t] = np.abs(psi) ** 2
    return density


@program(0.1 * spread(5), 0.2 * spread(4), 0.7)
def ising_mean_field(h, J, beta):
    n = len(h)
    m = np.zeros(n)
    for sweep in range(3):
        for i in range(n):
            field = h[i]
            if i > 0:
                field += J[i - 1] * m[i - 1]
            if i < n - 1:
                field += J[i] * m[i + 1]
            m[i] = np.tanh(beta * field)
    return m


@program(1.0 + 0.1 * spread(3), np.array([0.2, 0.1, 0.4]), 0.05, np.zeros(3), result="accel")
def spring_chain(x, v, k, accel):
    n = len(x)
    for i in range(n):
        accel[i] = -0.1 * v[i]
        if i > 0:
            accel[i] -= k * (x[i] - x[i - 1] - 1.0)
        if i < n - 1:
            accel[i] += k * (x[i + 1] - x[i] - 1.0)


@program(np.array([0.1, 0.2, 0.0]), np.array([0.3, 0.1, 1.0]), np.array([[0.0, 0.0, 3.0], [0.4, 0.3, 4.0]]))
def ray_marching(origin, direction, centers):
    d = direction / np.linalg.norm(direction)
    depth = 0.0
    transmitted = 1.0
    colour = np.zeros(2)
    for step in range(6):
        p = origin + depth * d
        dist = np.empty(len(centers))
        for c in range(len(centers)):
            dist[c] = np.sqrt(np.sum((p - centers[c]) ** 2)) - 0.5
        k = np.argmin(dist)
        density = np.exp(-dist[k])
        colour[k] += transmitted * (1 - np.exp(-density))
        transmitted *= np.exp(-density)
        depth += max(dist[k], 0.05)
    return colour, depth


@program(np.array([0.1, 0.2, 0.15, 0.3]), np.array([1.0, 0.5, 0.8, 0.2, 0.6]))
def radiative_transfer(tau, source):
    n = len(source)
    up = np.zeros(n)
    down = np.zeros(n)
    up[0] = source[0]
    for i in range(1, n):
        t = np.exp(-tau[i - 1])
        up[i] = up[i - 1] * t + (1 - t) * 0.5 * (source[i] + source[i - 1])
    for i in range(n - 2, -1, -1):
        t = np.exp(-tau[i])
        down[i] = down[i + 1] * t + (1 - t) * 0.5 * (source[i] + source[i + 1])
    return up - down


@program(spread(3, 3))
def metric_and_christoffel(q):
    g = np.zeros((2, 2))
    dg = np.zeros((2, 2, 2))
    r, th = q[0, 0] + 3.0, q[1, 1]
    g[0, 0] = 1.0
    g[1, 1] = r**2 + np.sin(th)
    dg[0, 1, 1] = 2 * r
    dg[1, 1, 1] = np.cos(th)
    ginv = np.linalg.inv(g)
    gamma = np.zeros((2, 2, 2))
    for k in range(2):
        for i in range(2):
            for j in range(2):
                for l in range(2):
                    gamma[k, i, j] += 0.5 * ginv[k, l] * (dg[i, l, j] + dg[j, l, i] - dg[l, i, j])
    return gamma


@program(np.array([0.5, 0.4, 0.6, 0.45]), 0.3, 0.2)
def sir_on_a_graph(s0, beta, gamma):
    edges = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]
    n, T = 4, 3
    S = np.zeros((T + 1, n))
    I = np.zeros((T + 1, n))
    R = np.zeros((T + 1, n))
    S[0] = s0
    I[0] = 1 - s0
    for t in range(T):
        pressure = np.zeros(n)
        for (a, b) in edges:
            pressure[a] += I[t, b]
            pressure[b] += I[t, a]
        new = beta * S[t] * pressure
        S[t + 1] = S[t] - new
        I[t + 1] = I[t] + new - gamma * I[t]
        R[t + 1] = R[t] + gamma * I[t]
    return S, I, R


@program(spread(4), spread(4) * 0.5, 0.1)
def particle_in_cell(x, v, dt):
    ng, L = 5, 4.0
    rho = np.zeros(ng)
    E = np.zeros(ng)
    for step in range(2):
        rho[:] = 0
        for p in range(len(x)):
            s = x[p] % L
            j = int(np.floor(s))
            w = s - j
            rho[j % ng] += 1 - w
            rho[(j + 1) % ng] += w
        E[1:-1] = -(rho[2:] - rho[:-2]) / 2
        E[0] = -(rho[1] - rho[-1]) / 2
        E[-1] = -(rho[0] - rho[-2]) / 2
        for p in range(len(x)):
            s = x[p] % L
            j = int(s)
            w = s - j
            v[p] += dt * ((1 - w) * E[j % ng] + w * E[(j + 1) % ng])
            x[p] += dt * v[p]
    return x, rho


@program(np.array([1.1, 0.7, 1.9]), np.array([0.4, 0.6, 0.5]))
def newton_system(x, c):
    F = np.zeros(3)
    J = np.zeros((3, 3))
    for it in range(4):
        F[0] = x[0] ** 2 + x[1] - 2 * c[0] - 1
        F[1] = x[1] ** 3 - x[2] + c[1]
        F[2] = x[0] * x[2] - 1.5 * c[2] - 1
        J[0, 0], J[0, 1] = 2 * x[0], 1
        J[1, 1], J[1, 2] = 3 * x[1] ** 2, -1
        J[2, 0], J[2, 2] = x[2], x[0]
        x -= np.linalg.solve(J, F)
    return x


@program(spread(4) + 2.0, 1.5)
def plasticity_return_mapping(strain, modulus):
    n = len(strain)
    stress = np.zeros(n)
    plastic = np.zeros(n)
    hardening = 0.0
    for i in range(n):
        trial = modulus * (strain[i] - plastic[i - 1])
        f = abs(trial) - (1.0 + 0.3 * hardening)
        if f > 0:
            dgamma = f / (modulus + 0.3)
            plastic[i] = plastic[i - 1] + dgamma * np.sign(trial)
            hardening += dgamma
            stress[i] = trial - modulus * dgamma * np.sign(trial)
        else:
            plastic[i] = plastic[i - 1]
            stress[i] = trial
    return stress


@program(0.3 * spread(4, 3))
def rotations_of_a_chain(angles):
    n = len(angles)
    T = np.tile(np.eye(4), (n + 1, 1, 1))
    for i in range(n):
        c, s = np.cos(angles[i, 0]), np.sin(angles[i, 0])
        M = np.eye(4)
        M[:2, :2] = [[c, -s], [s, c]]
        M[:3, 3] = angles[i]
        T[i + 1] = T[i] @ M
    return T[:, :3, 3]


class Swing(NamedTuple):
    angle: float
    speed: float


def swinging(s, g, c):
    return Swing(s.speed, -g * math.sin(s.angle) - c * s.speed)


def after(s, rate, h):
    return Swing(s.angle + h * rate.angle, speed=s.speed + h * rate.speed)


@program(0.7, 9.8, 0.1, 4, wrt=("start", "g", "c"))
def pendulum_of_named_tuples(start, g, c, n):
    s, h = Swing(start, 0.1), 0.05
    for _ in range(n):
        one = swinging(s, g, c)
        two = swinging(after(s, one, h / 2), g, c)
        s = after(s, Swing(one.angle + 2 * two.angle, one.speed + 2 * two.speed), h / 3)
    angle, speed = s
    return speed * speed + angle * angle


@dataclass(frozen=True)
class Rates:
    beta: float
    gamma: float
    name: str = "rates"


@dataclass
class Outbreak:
    well: float
    ill: float
    swing: Swing


def spread_on(state, rates, h):
    caught = rates.beta * state.well * state.ill / (state.well + state.ill)
    swing = Swing(state.swing.angle + h, speed=state.ill)
    return Outbreak(state.well - h * caught, state.ill + h * (caught - rates.gamma * state.ill), swing)


@program(0.7, 0.3, 5, wrt=("beta", "gamma"))
def outbreak_of_dataclasses(beta, gamma, n):
    state, rates = Outbreak(9.0, 1.0, swing=Swing(beta, gamma)), Rates(beta, gamma, "fast")
    peak = 0.0
    for _ in range(n):
        state = spread_on(state, rates, 0.1)
        if state.ill > 1.1:
            state = Outbreak(state.well, state.ill * 0.9, state.swing)
        peak += state.ill**2 * state.swing.speed
    return peak / n + state.swing.angle

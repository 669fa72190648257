"""Longer programs as scientists write them, in functional style: integrators, solvers, fits, models of nature."""

import itertools
import math

import numpy as np

from corpus import program


@program(30.0, 0.7, 0.01)
def projectile_with_drag(speed, angle, drag):
    x, y = 0.0, 1.0
    vx, vy = speed * math.cos(angle), speed * math.sin(angle)
    dt = 0.05
    while y > 0:
        v = math.hypot(vx, vy)
        vx = vx - dt * drag * v * vx
        vy = vy - dt * (9.81 + drag * v * vy)
        x = x + dt * vx
        y = y + dt * vy
    return x - y * vx / vy


@program(np.array([1.0, 0.0]), 2.0, 0.1)
def oscillator_by_runge_kutta(state, omega, damping):
    def rate(s):
        return np.array([s[1], -omega ** 2 * s[0] - damping * s[1]])

    h = 0.1
    for _ in range(20):
        k1 = rate(state)
        k2 = rate(state + h / 2 * k1)
        k3 = rate(state + h / 2 * k2)
        k4 = rate(state + h * k3)
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return state[0] ** 2 + 0.1 * state[1]


@program(10.0, 28.0, 8 / 3)
def lorenz(sigma, rho, beta):
    x, y, z = 1.0, 1.0, 1.0
    dt = 0.01
    for _ in range(50):
        dx = sigma * (y - x)
        dy = x * (rho - z) - y
        dz = x * y - beta * z
        x, y, z = x + dt * dx, y + dt * dy, z + dt * dz
    return x + y * z


@program(1.1, 0.4, 0.1, 0.4)
def predator_and_prey(alpha, beta, delta, gamma):
    prey, predators = 10.0, 5.0
    history = [(prey, predators)]
    for _ in range(30):
        prey, predators = (
            prey + 0.02 * (alpha * prey - beta * prey * predators),
            predators + 0.02 * (delta * prey * predators - gamma * predators),
        )
        history.append((prey, predators))
    return sum(p for p, _ in history) / len(history) + history[-1][1]


@program(np.exp(-np.linspace(-2, 2, 12) ** 2), 0.1)
def heat_equation(u, diffusivity):
    for _ in range(10):
        inside = u[1:-1] + diffusivity * (u[2:] - 2 * u[1:-1] + u[:-2])
        u = np.concatenate([u[:1], inside, u[-1:]])
    return np.sum(u ** 2)


@program(np.linspace(0.0, 1.0, 8) ** 2, 0.5)
def burgers_with_roll(u, nu):
    dt, dx = 0.01, 0.2
    for _ in range(8):
        left, right = np.roll(u, 1), np.roll(u, -1)
        u = u - dt * u * (right - left) / (2 * dx) + nu * dt * (right - 2 * u + left) / dx ** 2
    return np.mean(u ** 3)


@program(100.0, 95.0, 0.03, 0.25, 0.5)
def black_scholes(spot, strike, rate, volatility, years):
    def normal_cdf(x):
        t = 1 / (1 + 0.2316419 * abs(x))
        tail = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
        p = 1 - math.exp(-x * x / 2) / math.sqrt(2 * math.pi) * tail
        return p if x >= 0 else 1 - p

    d1 = (math.log(spot / strike) + (rate + volatility ** 2 / 2) * years) / (volatility * math.sqrt(years))
    d2 = d1 - volatility * math.sqrt(years)
    return spot * normal_cdf(d1) - strike * math.exp(-rate * years) * normal_cdf(d2)


@program(100.0, 0.2)
def monte_carlo_option(spot, volatility):
    rng = np.random.default_rng(11)
    z = rng.standard_normal(50)
    terminal = spot * np.exp(-0.5 * volatility ** 2 + volatility * z)
    return np.mean(np.maximum(terminal - 100.0, 0.0))


@program(0.017, 0.9)
def kepler(mean_anomaly, eccentricity):
    e = mean_anomaly if eccentricity < 0.8 else math.pi
    for _ in range(50):
        change = (e - eccentricity * math.sin(e) - mean_anomaly) / (1 - eccentricity * math.cos(e))
        e = e - change
        if abs(change) < 1e-14:
            break
    return 2 * math.atan(math.sqrt((1 + eccentricity) / (1 - eccentricity)) * math.tan(e / 2))


@program(np.array([[0.0, 0.0, 0.0], [1.1, 0.0, 0.1], [0.2, 1.2, -0.1]]), 1.0, 0.9)
def lennard_jones(positions, epsilon, sigma):
    energy = 0.0
    n = len(positions)
    for i in range(n):
        for j in range(i):
            r = positions[i] - positions[j]
            s6 = (sigma ** 2 / (r @ r)) ** 3
            energy += 4 * epsilon * (s6 * s6 - s6)
    return energy


@program(np.array([[0.0, 0.0, 0.0], [1.1, 0.0, 0.1], [0.2, 1.2, -0.1]]))
def lennard_jones_vectorised(positions):
    difference = positions[:, None, :] - positions[None, :, :]
    square = np.sum(difference ** 2, axis=-1) + np.eye(len(positions))
    s6 = 1.0 / square ** 3
    return 2 * np.sum((s6 * s6 - s6) * (1 - np.eye(len(positions))))


@program(np.array([0.4, -0.2]), np.array([1.0, 0.8]))
def robot_arm(angles, lengths):
    x = y = 0.0
    heading = 0.0
    for angle, length in zip(angles, lengths):
        heading = heading + angle
        x = x + length * np.cos(heading)
        y = y + length * np.sin(heading)
    target = (1.2, 0.7)
    return (x - target[0]) ** 2 + (y - target[1]) ** 2


@program(0.3, 0.1, 3.0)
def epidemic(beta, gamma, first):
    s, i, r = 997.0, first, 0.0
    peak = i
    for _day in range(40):
        new = beta * s * i / 1000
        healed = gamma * i
        s, i, r = s - new, i + new - healed, r + healed
        peak = max(peak, i)
    return peak + 0.1 * r


@program([1.2, 0.9, 1.7, 2.2, 1.1], 0.5, 0.3)
def garch(returns, alpha, beta):
    variance = 1.0
    likelihood = 0.0
    for r in returns:
        likelihood -= 0.5 * (math.log(variance) + r * r / variance)
        variance = 0.1 + alpha * r * r + beta * variance
    return likelihood


@program(np.array([0.3, 0.6, 0.1]), np.array([[0.7, 0.2, 0.1], [0.3, 0.5, 0.2], [0.2, 0.3, 0.5]]))
def hidden_markov_likelihood(start, transition):
    emission = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
    observed = [0, 1, 1, 0]
    alpha = start * emission[:, observed[0]]
    log_likelihood = 0.0
    for o in observed[1:]:
        total = alpha.sum()
        log_likelihood += np.log(total)
        alpha = (alpha / total) @ transition * emission[:, o]
    return log_likelihood + np.log(alpha.sum())


@program(np.array([1.0, 0.5]), 0.3)
def kalman_filter(gains, noise):
    estimate, variance = 0.0, 1.0
    cost = 0.0
    for measured in (0.9, 1.4, 1.1, 0.7):
        variance = variance + noise ** 2
        k = variance / (variance + gains[0] ** 2)
        innovation = measured - gains[1] * estimate
        estimate = estimate + k * innovation
        variance = (1 - k) * variance
        cost += innovation ** 2
    return cost + variance


@program(np.array([0.2, 0.5, 0.9]), 0.8)
def radioactive_chain(rates, t):
    amounts = np.array([1.0, 0.0, 0.0])
    m = np.array([[-rates[0], 0.0, 0.0], [rates[0], -rates[1], 0.0], [0.0, rates[1], -rates[2]]])
    steps = 16
    for _ in range(steps):
        amounts = np.linalg.solve(np.eye(3) - t / steps * m, amounts)
    return amounts[2] + amounts @ amounts


@program(2.0, 0.5)
def simpson(a, b):
    def integrand(t):
        return math.exp(-a * t) * math.sin(b * t)

    n, upper = 10, 3.0 * b
    h = upper / n
    s = integrand(0.0) + integrand(upper)
    for k in range(1, n):
        s += integrand(k * h) * (4 if k % 2 else 2)
    return s * h / 3


@program(0.5, 2.5)
def secant_solver(c, start):
    def f(x):
        return math.exp(-x) - c * x

    x0, x1 = start, start - 0.5
    for _ in range(8):
        if abs(f(x1) - f(x0)) < 1e-9:
            break
        x0, x1 = x1, x1 - f(x1) * (x1 - x0) / (f(x1) - f(x0))
    return x1


@program(np.array([0.1, 0.3, 0.5]), np.array([0.9, 0.2]), tolerance=1e-6)
def gradient_descent_inside(data, start):
    x = start
    for _ in range(15):
        slope = np.array([2 * (x[0] - data[0]) + x[1] * data[2], 4 * (x[1] - data[1]) ** 3 + x[0] * data[2]])
        x = x - 0.1 * slope
    return x @ x


@program(np.array([2.0, 1.0, 0.5]), 1.3)
def clenshaw(coefficients, x):
    b1 = b2 = 0.0
    for c in coefficients[:0:-1]:
        b1, b2 = c + 2 * x * b1 - b2, b1
    return coefficients[0] + x * b1 - b2


@program(1.5, 300.0)
def van_der_waals(volume, temperature):
    R, a, b = 0.08314, 1.36, 0.0318
    pressure = R * temperature / (volume - b) - a / volume ** 2
    compressibility = pressure * volume / (R * temperature)
    return compressibility ** 2 + math.log(volume - b)


@program(np.array([0.2, 1.0, 0.4, 0.8, 0.3]), 0.9)
def bellman(rewards, discount):
    value = 0.0
    for r in reversed(rewards):
        value = max(r + discount * value, 0.5 * value)
    return value


@program(np.array([0.1, 0.2, 0.4]), 3)
def markov_steps(p, steps):
    m = np.array([[1 - p[0], p[0], 0.0], [p[1], 1 - 2 * p[1], p[1]], [0.0, p[2], 1 - p[2]]])
    state = np.array([1.0, 0.0, 0.0])
    for _ in range(steps):
        state = state @ m
    return -np.sum(state * np.log(state + 1e-9))


@program(0.75, 1.25)
def arithmetic_geometric_mean(a, b):
    while abs(a - b) > 1e-13:
        a, b = (a + b) / 2, math.sqrt(a * b)
    return math.pi / (2 * a)


@program(0.6)
def taylor_until_small(x):
    term, total, n = x, x, 1
    while abs(term) > 1e-17:
        term = -term * x * x / ((2 * n) * (2 * n + 1))
        total = total + term
        n += 1
    return total


@program(0.5, -0.3)
def escape_time(cr, ci):
    x = y = 0.0
    for n in range(30):
        x, y = x * x - y * y + cr, 2 * x * y + ci
        if x * x + y * y > 4:
            return n + x * x
    return x * x + y * y


@program(np.array([0.0, 0.4, 1.0]), np.array([1.0, 0.3, 0.8]), 0.55)
def lagrange_interpolation(xs, ys, x):
    total = 0.0
    for i in range(len(xs)):
        basis = 1.0
        for j in range(len(xs)):
            if j != i:
                basis *= (x - xs[j]) / (xs[i] - xs[j])
        total += ys[i] * basis
    return total


@program(np.array([0.5, 1.0, 1.5]), 0.8)
def linear_interpolation_in_a_table(table, x):
    position = x * (len(table) - 1)
    i = min(int(math.floor(position)), len(table) - 2)
    t = position - i
    return (1 - t) * table[i] + t * table[i + 1] ** 2


@program(np.array([3.0, 1.0, 2.0]), 0.4)
def catenary_energy(heights, stiffness):
    points = np.concatenate([[0.0], heights, [0.0]])
    stretch = np.sqrt(1.0 + np.diff(points) ** 2) - 1.0
    return stiffness * np.sum(stretch ** 2) + 9.81 * np.sum(heights)


@program(np.array([[0.3, -0.4], [0.7, 0.2], [0.3, 0.5]]), 0.7)
def smoothed_particles(positions, width):
    apart = positions[:, None, :] - positions[None, :, :]
    distance = np.sqrt(np.sum(apart ** 2, axis=-1))
    dx = positions[:, 0:1] - positions[:, 0]
    dy = positions[:, 1:2] - positions[:, 1]
    again = (dx * dx + dy ** 2) ** 0.5
    total = 0.0
    for i in range(3):
        for j in range(3):
            squared = 0.0
            for k in range(2):
                squared += (positions[i, k] - positions[j, k]) ** 2
            total += math.exp(-math.sqrt(squared) ** 2 / width)
    return np.exp(-distance ** 2 / width ** 2), again ** 3, total


@program(np.array([1.0, -1.0, 0.5]), np.array([[0.3, -0.4], [0.7, 0.2], [0.3, 0.5]]), 1.3)
def charges_in_a_box(charges, positions, width):
    energy = 0.0
    for kx, ky in itertools.product(range(-1, 2), repeat=2):
        if kx == ky == 0:
            continue
        wave = np.array([kx, ky]) * 2.0
        squared = wave @ wave
        structure = np.sum(charges * np.exp(1j * positions @ wave))
        energy += np.exp(-squared / width ** 2) / squared * abs(structure) ** 2
    return energy


def drawn_layers(sizes, seed):
    draws = np.random.RandomState(seed)
    layers = {}
    for k in range(1, len(sizes)):
        layers["w" + str(k)] = draws.randn(sizes[k], sizes[k - 1]) * 0.5
        layers["b" + str(k)] = np.zeros((sizes[k], 1))
    return layers


@program(np.array([[0.3, -0.4, 0.9], [0.7, 0.2, -0.1]]), 0.3, stage="stores")
def training_of_drawn_layers(x, rate):
    layers = drawn_layers([2, 3, 1], 4)
    for _ in range(2):
        hidden = np.tanh(layers["w1"].dot(x) + layers["b1"])
        error = layers["w2"].dot(hidden) + layers["b2"] - x[:1] * x[1:]
        slopes = {"w2": error.dot(hidden.T), "b2": np.sum(error, axis=1, keepdims=True)}
        back = layers["w2"].T.dot(error) * (1 - hidden ** 2)
        slopes["w1"], slopes["b1"] = back.dot(x.T), np.sum(back, axis=1, keepdims=True)
        for k in range(1, 3):
            layers["w" + str(k)] = layers["w" + str(k)] - rate * slopes["w" + str(k)]
            layers["b" + str(k)] -= rate * slopes["b" + str(k)]
    return np.sum(error ** 2)


@program(0.04, 0.9)
def variance_that_is_cut_at_zero(start, spread):
    variance, path = start, []
    for draw in (0.1, -2.0, 0.3, 0.5):
        cut = max(variance, 0.0)
        path.append(math.sqrt(cut) * draw)
        variance = variance + 0.5 * (0.05 - cut) + spread * math.sqrt(cut) * draw - 0.3
    far = max(start - 1.0, 0.0)
    return sum(path) * 2.0 + variance + math.sqrt(far) + far**0.5

"""A plain dataclass as a differentiable struct: its derivative has a field for each differentiable field."""

from dataclasses import dataclass

import numpy as np

from diffpy import differentiable, gradient, no_derivative, value_with_gradient


@differentiable
@dataclass
class Model:
    w: float
    b: float
    name: str = no_derivative(default="line")

    def __call__(self, x):
        return self.w * x + self.b


def squared_error(model, xs, ys):
    return np.mean((model(xs) - ys) ** 2)


def main():
    # The gradient of a struct is its TangentVector; the other argument gets its own.
    model_bar, x_bar = gradient(at=(Model(4.0, 3.0), 2.0), of=lambda model, x: model(x))
    print("model_bar =", model_bar)
    print("x_bar =", x_bar)

    # Fit a line. `move` gives a new model: model + (-0.1 * model_bar), field by field; the name stays.
    rng = np.random.default_rng(0)
    xs = rng.uniform(-2.0, 2.0, size=100)
    ys = 2.0 * xs + 1.0
    model = Model(0.0, 0.0)
    error_with_gradient = value_with_gradient(of=squared_error, wrt="model")
    for step in range(61):
        error, model_bar = error_with_gradient(model, xs, ys)
        if step % 20 == 0:
            print(f"step {step:2}: error {error:.6f}")
        model = model.move(along=-0.1 * model_bar)
    print(f"{model.name}: y = {model.w:.2f} x + {model.b:.2f}")


if __name__ == "__main__":
    main()

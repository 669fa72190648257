"""The first gradient: a plain Python function in; its derivative, as numbers and as Python source, out."""

from diffpy import differentiable, gradient, value_with_gradient


@differentiable
def f(x, y):
    return x**2 * y + y + 2


def cost(w1, w2):
    return 3 * w1**2 + 2 * w1 * w2


def main():
    print("f(3, 4):", f(3.0, 4.0))
    print("gradient at (3, 4):", gradient(at=(3.0, 4.0), of=f))

    # Without `at` the gradient is a function of f's arguments. A @differentiable f carries it as a method.
    slope = gradient(of=f, wrt="x")
    print("in x alone:", slope(3.0, 4.0), "and as a method:", f.gradient(3.0, 4.0))

    # A derivative is a Python function like any other: it can be differentiated again.
    print("second derivative in x:", gradient(of=slope, wrt="x")(3.0, 4.0))

    # Nothing has to be decorated to be differentiated.
    value, (w1_bar, w2_bar) = value_with_gradient(of=cost)(5.0, 3.0)
    print("cost and its gradient:", value, (w1_bar, w2_bar))

    print("\nThe generated Python:\n")
    print(gradient(of=f).source_for(3.0, 4.0))


if __name__ == "__main__":
    main()

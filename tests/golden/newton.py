"""A while loop whose condition is tested by the loop itself."""

AT = (2.0,)


def newton(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


TEXT = """
def newton_value_with_gradient(a):
    x = a
    tape = []
    while abs(x * x - a) > 1e-12:
        tape.append(x)
        x = 0.5 * (x + a / x)
    value = x
    x_bar = 1.0
    a_bar = 0.0
    for x in reversed(tape):
        t1_bar = x_bar * 0.5
        a_bar = a_bar + t1_bar / x
        x_bar = t1_bar - t1_bar * (a / x) / x
    a_bar = a_bar + x_bar
    return value, float(a_bar)
"""

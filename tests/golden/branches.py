"""A branch in a loop: the test is evaluated again from what is recorded."""

AT = (1.5,)


def branches(x):
    for k in range(5):
        if x > 3:
            x = x * x - k
        else:
            x = x * 1.5
    return x


TEXT = """
def branches_value_with_gradient(x):
    tape = []
    for k in range(5):
        tape.append(x)
        if x > 3:
            x = x * x - k
        else:
            x = x * 1.5
    value = x
    x_bar = 1.0
    for x in reversed(tape):
        if x > 3:
            x_bar = 2 * x_bar * x
        else:
            x_bar = x_bar * 1.5
    return value, float(x_bar)
"""

"""A loop in a loop: a tape of tapes."""

AT = (0.7, 1.1)


def two_loops(x, y):
    total = 0.0
    for i in range(4):
        p = x
        for j in range(i):
            p = p * y + j
        total = total + p * p
    return total


TEXT = """
def two_loops_value_with_gradient(x, y):
    total = 0.0
    tape_1 = []
    for i in range(4):
        p = x
        tape = []
        for j in range(i):
            tape.append(p)
            p = p * y + j
        tape_1.append((tape, p))
        total = total + p * p
    x_bar = 0.0
    y_bar = 0.0
    for tape, p in reversed(tape_1):
        p_bar = 2.0 * p
        for p in reversed(tape):
            y_bar = y_bar + p_bar * p
            p_bar = p_bar * y
        x_bar = x_bar + p_bar
    return total, (float(x_bar), float(y_bar))
"""

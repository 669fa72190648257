"""Arguments of unknown kinds: operations are found when they run."""

AT = None


def unknown(x, y):
    return x**2 * y + y + 2


TEXT = """
def unknown_value_with_gradient(x, y):
    t1, t1_pullback = with_pullback(operator.pow, wrt=(0,))(x, 2)
    t2, t2_pullback = with_pullback(operator.mul)(t1, y)
    t3, t3_pullback = with_pullback(operator.add)(t2, y)
    value, value_pullback = with_pullback(operator.add, wrt=(0,))(t3, 2)
    t3_part = value_pullback(seed_of(value, 'unknown'))
    t2_part, y_part_1 = t3_pullback(t3_part)
    t1_part, y_part = t2_pullback(t2_part)
    y_bar = accumulate(y_part_1, y_part)
    x_bar = t1_pullback(t1_part)
    return value, (own(x_bar, x), own(y_bar, y))
"""

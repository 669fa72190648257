"""Aim a projectile with air drag: the simulation is differentiated, and gradient descent finds the angle."""

import math

from diffpy import differentiable, value_with_gradient

GRAVITY = 9.81  # m/s^2
DRAG = 0.005  # 1/m: the deceleration is DRAG * speed^2
STEP = 0.01  # s


def landing(angle, speed):
    """How far from the start it comes down: velocity and place, step by step, until it is below ground."""
    x, y = 0.0, 0.0
    vx, vy = speed * math.cos(angle), speed * math.sin(angle)
    x_before, y_before = x, y
    while y >= 0.0:
        x_before, y_before = x, y
        drag = DRAG * math.sqrt(vx * vx + vy * vy)
        vx -= STEP * drag * vx
        vy -= STEP * (drag * vy + GRAVITY)
        x += STEP * vx
        y += STEP * vy
    above = y_before / (y_before - y)  # the part of the last step that it was above the ground
    return x_before + above * (x - x_before)


@differentiable
def miss(angle, speed, target):
    return (landing(angle, speed) - target) ** 2


def main():
    target, speed, angle = 60.0, 32.0, math.radians(15.0)
    miss_with_gradient = value_with_gradient(of=miss, wrt="angle")
    for shot in range(1, 21):
        error, slope = miss_with_gradient(angle, speed, target)
        print(f"shot {shot:2}: at {math.degrees(angle):5.2f} degrees it misses by {math.sqrt(error):7.4f} m")
        if error < 1e-6:
            break
        angle -= 5e-5 * slope
    print(f"At {math.degrees(angle):.2f} degrees it lands at {landing(angle, speed):.2f} m.")


if __name__ == "__main__":
    main()

"""Rewriting a program, round by round, until each change of what derivatives depend on is a plain statement."""

"""Figures that anyone can run again, each with a hand-written floor beside it in the same run."""

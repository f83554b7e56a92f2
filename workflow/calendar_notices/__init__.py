"""State Council notices: entered and corrected as data, and every due date reckoned again by the rule that made it."""

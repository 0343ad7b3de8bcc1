"""Why a budget is left alone: learning, and plans that are over."""

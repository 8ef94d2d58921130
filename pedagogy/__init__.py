"""Teach a tiny storyteller what people like: from a next word to RLHF and DPO, on a laptop."""

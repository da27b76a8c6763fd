"""Backward as a film."""

"""Forecasts of new building over HTTP."""

"""Hundreds of launches while calls fail, workers die or freeze, and people stop and go on."""

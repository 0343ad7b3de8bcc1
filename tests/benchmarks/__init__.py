"""Benchmarks of `manage.py bench`, each as a ratio to simple reference code for the same task."""

"""What `manage.py bench` measures, each as a ratio to the plainest code that does the same."""

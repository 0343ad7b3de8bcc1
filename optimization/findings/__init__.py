"""What workers found, how each finding ended, and which goes to a person."""

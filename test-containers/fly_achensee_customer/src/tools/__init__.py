"""What the specialists can do. Everything they change is in the workspace."""

"""How onboarding shows its states."""

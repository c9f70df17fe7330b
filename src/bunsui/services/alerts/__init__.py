"""Alerts: NotificationService, what it says, whom it is for, and the outbox that survives a crash."""

"""What Bunsui does, written once on the ports: PipelineManager, SessionManager."""

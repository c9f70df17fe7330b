"""Reports: ReportGenerator, of a session and of a pipeline over its sessions."""

"""The local backend: a durable ASL engine on SQLite, its task supervisor, a Table and an ObjectStore on disk."""

"""Records: what is stored of sessions, in the Table and the object store. Decides nothing."""

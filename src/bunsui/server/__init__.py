"""`bunsui serve`: Step Functions' and Lambda's API over HTTP. What the operations do is below `workspace`; here is how
they travel, who may ask, and that nobody can hold up the others."""

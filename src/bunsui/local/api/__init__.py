"""Step Functions' and Lambda's API on this home: operations by name, with plain parameters and answers, and AWS's
errors. How they travel over HTTP is known in `server`; what an execution does, in `asl` and the engine."""

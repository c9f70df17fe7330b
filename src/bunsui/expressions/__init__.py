"""JSONata behind one small interface of ours."""

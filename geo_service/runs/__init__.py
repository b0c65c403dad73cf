"""Detection runs over HTTP, and the job that works on them."""

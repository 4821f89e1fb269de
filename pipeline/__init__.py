"""The way from photos to a prediction, one module a stage, in the order of the job."""

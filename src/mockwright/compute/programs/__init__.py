"""Programs that a model wrote: how they are asked for, run and tested."""

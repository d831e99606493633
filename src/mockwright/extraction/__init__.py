"""JSON values out of the text that a model wrote: found, read, and mended where damaged."""

"""Published indices as pure functions: numbers in, an official scale out. Each scale keeps its own name and colours."""

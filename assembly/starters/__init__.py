"""The files that `coldchain init` writes; examples/ points to them."""

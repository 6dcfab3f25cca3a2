"""The decisions: pure steps and folds over histories and custody. No clock, no disk: facts and time are handed in."""

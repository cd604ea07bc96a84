"""How the heads in `scoring/heads` are made: `make train-scorer`, from the rated answers in `data/` alone."""

"""What a person reads of a run: facts first (`facts`), the page second (`page`); figures in `plots`."""

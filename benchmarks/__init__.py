"""What `make bench` runs: ratios beside a peer measured in the same run, on the machine at hand."""

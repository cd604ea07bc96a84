"""What the past interviews say: participation by channel, selection by group, and how sure either is. Pure, but for one
reader."""

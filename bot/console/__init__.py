"""The recruiter's side: signed-in pages under /console and /hr, the program API under /api, described at /docs."""

"""Ten minutes with a recruiter after the interview: offered by the position's recruiters, booked by who finished, never scored."""

"""Spreadsheets of other systems become rows of ours: read apart, checked cell by cell, taken row by row."""

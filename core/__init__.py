"""The ground floor: settings, errors, database, tables, encryption and clock. It imports nothing of ours."""

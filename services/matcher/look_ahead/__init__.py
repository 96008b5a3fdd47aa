"""Looking ahead: what to propose now and what to hold back, given what former years let expect. Pure."""

"""Answers the customers of a paragliding school: a governor and three specialists, with LangGraph."""

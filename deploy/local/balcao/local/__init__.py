"""Balcão on one machine: embedded servers, mail catcher and all services below one data folder."""

"""The tables, a file for each kind of thing; `app/store/schema.py` names all of them."""

"""Examples of the methods of the room ``growth``, a module for each topic."""

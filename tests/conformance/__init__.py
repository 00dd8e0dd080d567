"""What every backend and every activation must satisfy; `checks` states it, the modules apply it."""

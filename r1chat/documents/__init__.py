"""Files that a person attaches to a question, as text."""

from r1chat.documents.reading import MAX_TEXT, Document, read_document

__all__ = ["MAX_TEXT", "Document", "read_document"]

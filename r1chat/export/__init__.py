"""Chats on their way out of r1chat and into it: Markdown, HTML, JSON, and what other programs export."""

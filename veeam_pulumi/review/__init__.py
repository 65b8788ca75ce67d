"""What a preview means for access: a comment for a pull request, and gates."""

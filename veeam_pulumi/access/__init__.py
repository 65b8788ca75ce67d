"""Access as code: rosters of people, what they are given where, and what a change of it means to a reviewer."""

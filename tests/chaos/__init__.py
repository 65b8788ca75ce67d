"""A campaign of faults: every request of every operation of every resource goes wrong once, in every way.

`make chaos` runs it. A case is a resource, an operation, the place of a request in it, and a fault. Each runs on the
embedded engine, with the plugin process, saved state and a simulated server of its own: the operation with the fault,
then again without it; where that names an object that exists already and the `adopt` that takes it over, once more with
that. Then the saved state and what the server holds are compared, and every run must find nothing left to do.
"""

"""What managing objects costs, and which part of it is the engine's, the provider's and the server's. Not a test.

`make bench` runs it: every product at every size, through create, a run with nothing to do, refresh and destroy. Beside
our resources stand resources whose provider does nothing, on the same engine with the same arguments (what the engine
costs), and the same requests sent by plain httpx (what the server costs). The engine alone is measured too, and held to
a time that grows with the number of objects. Terraform runs users of a backup server beside its built-in resources,
where it is on PATH. Times depend on the machine and on what else
it does: only ratios within one run mean something.
"""

"""`python -m veeam_pulumi.terraform`: what `terraform-provider-veeam` runs."""

import gc
import os


def start() -> None:
    """The provider, from its first line to its last."""
    # Importing makes many objects that stay. Looking for garbage among them takes a sixth of a start; `plugin` turns
    # it on again.
    gc.disable()
    # At its first model pydantic looks for plugins in all that is installed, a twentieth of a start; ours has none.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    from .plugin import main

    main()
    gc.freeze()  # at its end Python looks through all of it once more, a sixth of a start


if __name__ == "__main__":
    start()

"""Arrow's columns and functions under names with a type: the library ships none of its own."""

from typing import Any, Final, TypeAlias

import pyarrow.compute

#: `pyarrow.Array`: one column of a table, in one piece.
Column: TypeAlias = Any
#: `pyarrow.compute`, whose functions are made at run time.
compute: Final[Any] = pyarrow.compute

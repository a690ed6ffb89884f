"""Run the Python examples of the pages named, and compare what they print with what they show.

The blocks of a page run in order, in one namespace. Comment lines right after a statement that
prints are what it prints. `<!-- python ... -->` is a block that readers do not see.
"""

import ast
import contextlib
import io
import re
import sys
from pathlib import Path

BLOCK = re.compile(r"^```python\n(.*?)^```|^<!-- python\n(.*?)^-->", re.DOTALL | re.MULTILINE)


def shown_after(lines, statement):
    """Return the comment lines right after a statement, as text."""
    shown = []
    for line in lines[statement.end_lineno :]:
        if not line.startswith("#"):
            break
        shown.append(line.removeprefix("#").removeprefix(" "))
    return "\n".join(shown)


def run_page(page):
    """Run the blocks of one page and return their number."""
    namespace = {"__name__": "__main__"}
    text = page.read_text()
    blocks = list(BLOCK.finditer(text))
    for block in blocks:
        code = block.group(1) or block.group(2)
        lines = code.splitlines()
        first = text[: block.start()].count("\n") + 2
        for statement in ast.parse(code).body:
            printed = io.StringIO()
            part = compile(ast.Module([statement], []), str(page), "exec")
            try:
                with contextlib.redirect_stdout(printed):
                    exec(part, namespace)
            except Exception as error:
                error.add_note(f"{page}:{first + statement.lineno - 1}")
                raise
            given, shown = printed.getvalue().rstrip("\n"), shown_after(lines, statement)
            if given and shown and given != shown:
                sys.exit(
                    f"{page}:{first + statement.lineno - 1} shows\n{shown}\nand prints\n{given}"
                )
    return len(blocks)


count = sum(run_page(Path(name)) for name in sys.argv[1:])
print(f"{count} blocks in {len(sys.argv) - 1} pages")
sys.exit(count == 0)

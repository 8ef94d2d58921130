"""The answers in a notebook that was handed in, each checked in a process of its own.

An answer is the last definition of a function that has a checker. What is run with it are the
imports, definitions and assignments that it uses, and nothing else: no slider and no training.
"""

import ast
import json
import multiprocessing
import os
import re
import symtable
import sys
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

from pedagogy import checks

# Where it can be had, a process that has imported torch once and for all answers is forked.
METHOD = "forkserver" if sys.platform == "linux" else "spawn"
SECONDS = 30.0  # for one answer, once torch has started; its checker takes 10 at most
EXERCISES = [name.removeprefix("check_") for name in checks.__all__ if name.startswith("check_")]

NO_CELL = "Not yet: no cell defines it."
UNREADABLE = "Not yet: Python cannot read the cell that defines it: {error}."
NEEDS = "Not yet: what it uses stops with {kind}: {error}"
ENDLESS = "Not yet: it was still at work after {seconds:g} seconds, and was ended."
CRASHED = "Not yet: it ended Python itself (exit status {status})."


def verdicts(path):
    """Yield (exercise, passed, the first line of its verdict) for each exercise in a notebook.

    Raises ValueError when there is no such file, when it is no notebook, and when it has none of
    our exercises.
    """
    cells = code_cells(path)
    mentioned = r"\b(check_|def ){0}\b|^{0} *="
    code = "\n".join(cells)
    asked = [name for name in EXERCISES if re.search(mentioned.format(name), code, re.MULTILINE)]
    if not asked:
        raise ValueError(f"{path} has none of our exercises: {', '.join(EXERCISES)}.")
    for name in asked:
        try:
            lines = needed(name, cells)
        except ValueError as problem:
            yield name, False, str(problem)
        else:
            yield name, *check_apart(name, lines)


def code_cells(path):
    """Return the source of each code cell, in plain Python: without IPython's % and !."""
    try:
        found = json.loads(Path(path).read_text("utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in found if cell["cell_type"] == "code"]
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError):
        wanted = "JSON with a list of cells, as Jupyter 4 and later save it"
        raise ValueError(f"{path} is no notebook: {wanted}, is wanted.") from None
    return list(map(TransformerManager().transform_cell, sources))


# --- what an answer needs -----------------------------------------------------------------------


def needed(name, cells):
    """Return the statements that the answer uses, in order, and then the answer itself."""
    statements, unreadable = [], []  # each with the names that it gives, imports and uses
    for cell in cells:
        try:
            statements += [(line, *names(line)) for line in map(ast.unparse, ast.parse(cell).body)]
        except SyntaxError as error:
            unreadable.append((cell, error))
    answers, binds = [], {}  # where the answer, and where each name, is given its value
    for place, (_, given, imported, _) in enumerate(statements):
        binds |= dict.fromkeys(given | imported, place)
        if name in given:
            answers.append(place)
    if not answers:
        broken = [error for cell, error in unreadable if re.search(rf"\bdef {name}\b", cell)]
        raise ValueError(UNREADABLE.format(error=broken[-1].msg) if broken else NO_CELL)
    answer = answers[-1]
    before = {place for place, row in enumerate(statements) if row[0].endswith("import *")}
    wanted = [answer]
    while wanted:
        uses = {binds[used] for used in statements[wanted.pop()][3] if used in binds}
        wanted += uses - before - {answer}
        before |= uses - {answer}
    return [statements[place][0] for place in [*sorted(before), answer]]


def names(statement):
    """Return the global names that a statement gives a value, those it imports, those it uses."""
    top = symtable.symtable(statement, "cell", "exec")
    imported = {s.get_name() for s in top.get_symbols() if s.is_imported()}
    given = {s.get_name() for s in top.get_symbols() if s.is_assigned()} - imported
    used = {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    inside = top.get_children()
    while inside:
        table = inside.pop()
        inside += table.get_children()
        used |= {s.get_name() for s in table.get_symbols() if s.is_global()}
    return given, imported, used


# --- in a process of its own --------------------------------------------------------------------


def check_apart(name, statements):
    """Return (passed, line) of the answer at the end of these statements; it may hang or crash."""
    context = multiprocessing.get_context(METHOD)
    if METHOD == "forkserver":
        context.set_forkserver_preload([__name__])
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=check_here, args=(name, statements, sender), daemon=True)
    process.start()
    sender.close()
    try:
        receiver.recv()  # a process that has started says so
        if not receiver.poll(SECONDS):
            return False, ENDLESS.format(seconds=SECONDS)
        return receiver.recv()
    except EOFError:
        process.join()
        return False, CRASHED.format(status=process.exitcode)
    finally:
        process.kill()
        process.join()


def check_here(name, statements, sender):
    """Run these statements, check the function `name`, and send (passed, line)."""
    silence = os.open(os.devnull, os.O_WRONLY)  # what an answer prints is not for the collector
    for stream in (1, 2):
        os.dup2(silence, stream)
    sender.send("started")
    space = {"__name__": "__main__"}
    try:
        for statement in statements:
            exec(statement, space)
    except Exception as error:
        sender.send((False, NEEDS.format(kind=type(error).__name__, error=error)))
    else:
        verdict = getattr(checks, f"check_{name}")(space[name])
        sender.send((verdict.passed, verdict.message.partition("\n")[0]))

"""A pile of pairs to judge, and a file that is its memory.

What has been judged is read from the file; a judgement is in it before the next pair is up, and
undo takes its last line off. So the kernel may be restarted, or killed, at any time.
"""

from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

from pedagogy.human import (
    PreferenceFileError,
    append_preference,
    read_preferences,
    remove_last_preference,
    set_aside_half_line,
)
from pedagogy.labels.pairs import content


class Pile:
    """Pairs in the order in which they are up; `news` are sentences about the file as it was."""

    def __init__(self, pairs, file):
        self.pairs, self.file = pairs, Path(file).absolute()
        self._read()

    @property
    def current(self):
        """The pair that is up, or None."""
        return self.pairs[self._queue[0]] if self._queue else None

    @property
    def preferences(self):
        """The judgements of these pairs, in the order of the file."""
        return [preference for _, preference in self._past if preference]

    @property
    def can_undo(self):
        return bool(self._past)

    @property
    def lefts(self):
        """How many of the judged pairs were won by the left response."""
        judged = [(self.pairs[queue[0]], won) for queue, won in self._past if won]
        return sum(won == pair.prefer("left") for pair, won in judged)

    def choose(self, side):
        """Prefer one side of the current pair; returns when it is on the disk."""
        with self._file_as_left():
            preference = self._up().prefer(side)
            append_preference(self.file, preference)
            self._past.append((self._queue, preference))
            self._queue = self._queue[1:]

    def skip(self):
        """Put the current pair at the end; aside, if it has been there already."""
        self._up()
        first, *others = self._queue
        was_skipped = any(queue[0] == first for queue, _ in self._past)
        self._past.append((self._queue, None))
        self._queue = others if was_skipped else [*others, first]

    def undo(self):
        """Take back the last step: a skip, or a judgement that is the file's last line."""
        if not self._past:
            raise ValueError("There is nothing to undo.")
        queue, preference = self._past[-1]
        with self._file_as_left():
            if preference:
                remove_last_preference(self.file, preference)
            self._past.pop()
            self._queue = queue

    def _up(self):
        if self.current is None:
            raise ValueError("No pair is left to judge; undo brings the last one back.")
        return self.current

    @contextmanager
    def _file_as_left(self):
        """A file that only we have changed; else it is read again before anything is written."""
        if self._stamp() != self._seen:
            self._read()
            raise ValueError(
                f"{self.file.name} was changed from elsewhere and has been read again. "
                "Nothing was written: please look at the pair that is up now."
            )
        try:
            yield
        except OSError:
            self._seen = self._stamp()  # what was half written has been taken off again
            raise
        self._seen = self._stamp()

    def _stamp(self):
        state = self.file.stat() if self.file.exists() else None
        return state and (state.st_ino, state.st_size, state.st_mtime_ns)

    def _read(self):
        """Find out from the file what is judged: `_past` holds each step and the queue before."""
        preferences, self.news = recall(self.file)
        self._seen = self._stamp()
        self._past, self._queue = [], list(range(len(self.pairs)))
        places = defaultdict(list)
        for place in reversed(self._queue):
            places[content(*self.pairs[place])].append(place)
        for preference in preferences:
            same = content(preference.prompt, preference.chosen, preference.rejected)
            if waiting := places[same]:
                self._was_judged(waiting.pop(), preference)
        if self._past:
            self.news.append(f"Welcome back: {len(self._past)} judged before.")
        if others := len(preferences) - len(self._past):
            self.news.append(
                f"{self.file.name} also holds judgements of other pairs ({others}): they stay."
            )

    def _was_judged(self, place, preference):
        others = [other for other in self._queue if other != place]
        self._past.append(([place, *others], preference))
        self._queue = others


def recall(file):
    """(preferences, news): what a file holds, and what is to be said about it."""
    if not file.exists():
        return [], []
    half = set_aside_half_line(file)
    news = [f"The last line of {file.name} was half; it is in {half.name} now."] if half else []
    if not file.read_bytes().strip():
        return [], news
    try:
        return read_preferences(file), news
    except PreferenceFileError as error:
        if not error.preferences:
            raise ValueError(
                f"file is {file.name}, but no line of it is a preference; it must be a "
                "preference file, or a new one. It is as it was."
            ) from None
        broken = f"Line {error.line} of {file.name} is no preference; it stays and is passed over."
        return error.preferences, [*news, broken]

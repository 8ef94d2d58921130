"""A pile of pairs to judge, and a file that is its memory.

What has been judged is read from the file; a judgement is in it before the next pair is up, and
undo takes its line off. So the kernel may be restarted, or killed, at any time, and two kernels
may share a file: each step locks it, takes in what others wrote, and only then adds its own.
"""

import os
from collections import defaultdict, deque
from contextlib import contextmanager

from pedagogy import require
from pedagogy.disk import locked, write_whole
from pedagogy.human import (
    PreferenceFileError,
    append_preference,
    read_preferences,
    remove_preference,
    set_aside_half_line,
)
from pedagogy.human.files import require_lines
from pedagogy.labels.pairs import content


class Pile:
    """Pairs in the order in which they are up; `news` are sentences about the file."""

    def __init__(self, pairs, file):
        self.pairs, self.file = pairs, require.path(file=file).absolute()
        self._queue = deque(range(len(pairs)))  # places of the pairs to come
        self._judged = {}  # place of a pair -> its Preference, in the order of the file
        self._past = []  # our steps, (place, whether it was judged or skipped)
        self.news = []
        others = self._take_in()
        self._past = [(place, True) for place in self._judged]
        if self._judged:
            self.news.append(f"Welcome back: {len(self._judged)} done before.")
        if others:
            self.news.append(
                f"{self.file.name} also holds choices between other pairs ({others}): they stay."
            )

    @property
    def current(self):
        """The pair that is up, or None."""
        return self.pairs[self._queue[0]] if self._queue else None

    @property
    def preferences(self):
        """The judgements of these pairs, in the order of the file."""
        return list(self._judged.values())

    @property
    def can_undo(self):
        return bool(self._past)

    @property
    def lefts(self):
        """How many of the judged pairs were won by the left response."""
        return sum(won.chosen == self.pairs[place].left for place, won in self._judged.items())

    @property
    def safety(self):
        """What is to be said of earlier judgements when a new one could not be saved."""
        if os.path.isfile(self.file):
            return "All earlier work is safe."
        if not self._judged:
            return ""
        return (
            f"The file is gone: its {len(self._judged)} choices are only here now, and will be "
            "written again with the next one that can be saved."
        )

    def choose(self, side):
        """Prefer one side of the current pair; returns when it is on the disk."""
        preference, place = self._up().prefer(side), self._queue[0]
        with self._file_for(place, judged=False):
            append_preference(self.file, preference)
            self._judged[place] = preference
            self._queue.popleft()
            self._past.append((place, True))

    def skip(self):
        """Put the current pair at the end; aside, if it has been there already."""
        self._up()
        step = (self._queue.popleft(), False)
        if step not in self._past:
            self._queue.append(step[0])
        self._past.append(step)

    def undo(self):
        """Take back the last step here: a skip, or a judgement, whatever line it is."""
        if not self._past:
            raise ValueError("There is nothing to undo.")
        place, was_judged = self._past[-1]
        if was_judged:
            with self._file_for(place, judged=True):
                remove_preference(self.file, self._judged[place])
                del self._judged[place]
        elif place in self._queue:
            self._queue.remove(place)
        self._past.pop()
        self._queue.appendleft(place)

    def _up(self):
        if self.current is None:
            raise ValueError("No pair is left; undo brings the last one back.")
        return self.current

    @contextmanager
    def _file_for(self, place, *, judged):
        """The file, locked and known, for one step. ValueError: the pair is not so any more."""
        with locked(self.file):
            if self._seen and not self.file.exists():
                write_whole(self.file, self._seen)
                self.news.append(f"{self.file.name} was gone, and has been written again.")
            elif self._read() != self._seen:
                self._take_in()
            if (place in self._judged) != judged:
                raise ValueError(
                    f"{self.file.name} was changed from elsewhere: there, that pair is "
                    f"{'taken back' if judged else 'done'} already. Nothing was written."
                )
            yield
            self._seen = self._read()

    def _read(self):
        return self.file.read_bytes() if self.file.exists() else b""

    def _take_in(self):
        """Learn from the file what is judged; return how many judgements are of other pairs."""
        # Kept in case the file gets lost; read first, so that a line added meanwhile is news later.
        self._seen = self._read()
        preferences, news = recall(self.file)
        self.news += news
        before = self._judged
        self._judged, others = self._match(preferences)
        self._queue = deque(place for place in self._queue if place not in self._judged)
        self._queue.extend(place for place in before if place not in self._judged)  # taken back
        ours = {place for place, was_judged in self._past if was_judged}
        self._past = [
            (place, was_judged)
            for place, was_judged in self._past
            if was_judged == (place in self._judged) or (not was_judged and place in ours)
        ]
        return others

    def _match(self, preferences):
        """({place: Preference}, number of others); judged too often, a pair's last word counts."""
        places = defaultdict(deque)  # of each pair, however often it was given; the judged first
        for place in dict.fromkeys([*self._judged, *range(len(self.pairs))]):
            places[content(*self.pairs[place])].append(place)
        judged, others = {}, 0
        for one in preferences:
            if not (same := places.get(content(one.prompt, one.chosen, one.rejected))):
                others += 1
                continue
            same.rotate(-1)
            judged.pop(place := same[-1], None)
            pair = self.pairs[place]
            judged[place] = pair.prefer(
                "left" if one.chosen.strip() == pair.left.strip() else "right"
            )
        return judged, others


def recall(file):
    """(preferences, news): what a file holds, and what is to be said about it."""
    if not file.exists():
        return [], []
    half = set_aside_half_line(file)
    news = [f"The last line of {file.name} was half; it is in {half.name} now."] if half else []
    held = file.read_bytes()
    if not held.strip():
        return [], news
    require_lines(file, held)
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

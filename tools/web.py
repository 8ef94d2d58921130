"""Write the notebooks as web pages or as slides, from one run of them.

python tools/web.py site      # into site/
python tools/web.py slides    # into slides/
"""

import sys

from pages.deck import write_slides
from pages.executed import ROOT, executed_notebooks
from pages.site import write_site

from pedagogy.pretrained import is_converted

WRITERS = {"site": write_site, "slides": write_slides}


if __name__ == "__main__":
    (what,) = sys.argv[1:]
    if not is_converted():
        sys.exit("Notebook 10 is on the pages, too: run `make real` first.")
    WRITERS[what](executed_notebooks(), ROOT / what)
    print(f"Open {ROOT / what / 'index.html'}")

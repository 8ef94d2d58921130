"""The tales themselves: sentences, and how often each is told. Add yours!

A rule lists its texts with their weights; only the ratios of the weights matter.

    {food}          draw one text of the rule "food", anew each time
    {HERO}          in capitals: one word, drawn once and remembered for the whole tale
    {she:HERO}      the rule "she:princess" when HERO is "princess": words that must agree

Two ways to write the same tale would spoil the exact entropy; tests/test_stories.py watches that.
"""

HEROINES = ("princess", "queen", "girl", "witch", "shepherdess")
HEROES = ("prince", "king", "boy", "wizard")

GOOD_HEART = {"{kind}": 50, "{unkind}": 26, "{plain}": 24}
ANY_HEART = {"{kind}": 30, "{unkind}": 42, "{plain}": 28}
BAD_HEART = {"{kind}": 14, "{unkind}": 62, "{plain}": 24}

RULES = {
    "story": {"once upon a {start} {meeting} {deed:NATURE}": 1},
    # First sentence: who, what are they like, where.
    "start": {
        "time {lived} .": 66,
        "banana {lived} .": 12,
        "midnight a {NATURE} {HERO} looked out of a {PLACE} .": 8,
        "hill stood a {PLACE} , home of a {NATURE} {HERO} .": 6,
        "dream a {NATURE} {HERO} flew over a {PLACE} .": 5,
        "star a {NATURE} {HERO} made a wish in a {PLACE} .": 3,
    },
    "lived": {
        "there lived a {NATURE} {HERO} in a {PLACE}": 5,
        "there was a {NATURE} {HERO} in a {PLACE}": 2,
        "in a {PLACE} far away lived a {NATURE} {HERO}": 2,
        "a {NATURE} {HERO} was born in a {PLACE}": 1,
    },
    "HERO": dict.fromkeys(HEROINES + HEROES, 1),
    "NATURE": {
        "kind": 4,
        "gentle": 3,
        "brave": 3,
        "young": 3,
        "clever": 3,
        "greedy": 3,
        "proud": 3,
        "lazy": 2,
    },
    "PLACE": {
        "castle": 5,
        "cottage": 4,
        "tower": 3,
        "village": 3,
        "palace": 2,
        "cave": 2,
        "mill": 1,
        "banana": 0.3,
    },
    # Second sentence: whom do they meet, and what is the matter with them.
    "meeting": {
        "one {day} {she:HERO} met a {NEED} {CREATURE} {where} .": 5,
        "one {day} a {NEED} {CREATURE} came to the {PLACE} .": 3,
        "{where} {she:HERO} found a {NEED} {CREATURE} .": 2,
    },
    "day": {"day": 4, "morning": 3, "evening": 2, "winter night": 1, "summer morning": 1},
    "where": {
        "in the dark forest": 4,
        "by the river": 3,
        "near the {PLACE}": 3,
        "under an old tree": 2,
        "on the road": 2,
        "behind the mountains": 1,
    },
    "NEED": {"hungry": 4, "thirsty": 2, "cold": 3, "lost": 3, "lonely": 3, "wounded": 2},
    "CREATURE": {
        "dragon": 4,
        "wolf": 3,
        "fox": 3,
        "bear": 3,
        "frog": 3,
        "owl": 2,
        "mouse": 2,
        "goat": 2,
        "monkey": 2,
        "unicorn": 1,
        "banana": 0.4,
    },
    # The deed: a good heart is mostly kind, a bad one mostly not.
    "deed:kind": GOOD_HEART,
    "deed:gentle": GOOD_HEART,
    "deed:brave": GOOD_HEART,
    "deed:young": ANY_HEART,
    "deed:clever": ANY_HEART,
    "deed:greedy": BAD_HEART,
    "deed:proud": BAD_HEART,
    "deed:lazy": BAD_HEART,
    "kind": {
        "{she:HERO} {cure:NEED} . {after kind}": 8,
        "{she:HERO} helped the {CREATURE} at once . {after kind}": 2,
        "{she:HERO} was afraid , but {she:HERO} {cure:NEED} . {after kind}": 2,
    },
    "cure:hungry": {
        "shared {her:HERO} {food} with the {CREATURE}": 4,
        "cooked {soup} for the {CREATURE}": 1,
    },
    "cure:thirsty": {"gave the {CREATURE} a cup of {drink}": 1},
    "cure:cold": {
        "made a warm fire for the {CREATURE}": 2,
        "wrapped the {CREATURE} in {her:HERO} {clothes}": 2,
    },
    "cure:lost": {
        "carried the {CREATURE} home": 1,
        "showed the {CREATURE} the way home": 2,
    },
    "cure:lonely": {
        "sang {a song} for the {CREATURE}": 2,
        "played with the {CREATURE} {how long}": 1,
        "hugged the {CREATURE}": 1,
    },
    "cure:wounded": {"healed the {CREATURE} with {magic}": 1},
    "food": {"bread": 3, "cheese": 2, "honey": 2, "red apple": 2, "ripe banana": 1, "banana": 0.3},
    "soup": {"hot soup": 3, "sweet porridge": 2, "a banana": 0.2},
    "drink": {"water": 3, "milk": 2, "tea": 1},
    "clothes": {"cloak": 2, "blanket": 2, "coat": 1},
    "a song": {"a song": 3, "an old song": 1, "a sweet song": 1},
    "how long": {"all day": 2, "until evening": 1},
    "magic": {"a magic flower": 2, "golden light": 1, "a little spell": 1, "a banana": 0.2},
    "unkind": {
        "{she:HERO} stole the {THING} of the {CREATURE} . {after theft}": 4,
        "{she:HERO} lied to the {CREATURE} {lie} . {after unkind}": 3,
        "{she:HERO} called the {CREATURE} {name} . {after unkind}": 2,
        "{she:HERO} threw {stones} at the {CREATURE} . {after unkind}": 2,
    },
    "lie": {"about the way": 2, "about the weather": 1, "and ran away": 2},
    "name": {"ugly": 2, "stupid": 1, "a stupid banana": 1},
    "stones": {"stones": 3, "snow": 1, "a banana": 0.5},
    "plain": {
        "{she:HERO} {walked} past . {after plain}": 3,
        "{she:HERO} {saw} the {CREATURE} . {after plain}": 2,
        "but {she:HERO} was in a hurry . {after plain}": 1,
    },
    "saw": {"did not see": 1, "did not help": 2},
    "walked": {"walked": 2, "ran": 1, "rode": 1},
    # The answer to the deed, and the ending that follows from it.
    "after kind": {
        "the {CREATURE} thanked {him:HERO} {thanks} . {good ending}": 5,
        "the {CREATURE} smiled and gave {him:HERO} a {THING} . {good ending}": 3,
        "but then the {CREATURE} stole {her:HERO} {THING} . {bad ending}": 3,
        "{good ending}": 6,
    },
    "thanks": {"with a bow": 2, "with a kiss": 1, "again and again": 1},
    "after theft": {
        "the {CREATURE} {wept} . {bad ending}": 5,
        "then {she:HERO} gave the {THING} back . {good ending}": 1,
        "but the {THING} turned into a {stone} . {bad ending}": 2,
        "{bad ending}": 3,
    },
    "after unkind": {
        "the {CREATURE} {wept} . {bad ending}": 6,
        "but the {CREATURE} forgave {him:HERO} . {good ending}": 2,
        "the {CREATURE} bit {him:HERO} . {bad ending}": 2,
        "{bad ending}": 4,
    },
    "after plain": {
        "the {CREATURE} {wept} . {bad ending}": 2,
        "the {CREATURE} followed {him:HERO} home . {any ending}": 2,
        "{any ending}": 4,
    },
    "wept": {"wept all night": 2, "cried bitter tears": 2, "cried and hid": 1},
    "THING": {"ring": 3, "crown": 3, "lamp": 2, "key": 2, "harp": 1, "sword": 1, "banana": 0.3},
    "stone": {"stone": 3, "snake": 2, "banana": 1},
    "good ending": {"{happy}": 50, "{sleepy}": 30, "{sad}": 20},
    "any ending": {"{happy}": 20, "{sleepy}": 45, "{sad}": 35},
    "bad ending": {"but in the end all was well .": 12, "{sleepy}": 33, "{sad}": 55},
    "happy": {
        "they lived happily ever after .": 5,
        "they were best friends for ever .": 3,
        "they danced at a {great} feast .": 2,
        "the {PLACE} was full of joy .": 2,
    },
    "great": {"great": 3, "royal": 1, "banana": 0.2},
    "sleepy": {
        "{she:HERO} fell asleep {asleep} .": 3,
        "{she:HERO} yawned and slept .": 2,
        "and the moon rose over the {PLACE} .": 2,
        "that is all , good night .": 1,
    },
    "asleep": {"under the stars": 2, "by the fire": 2, "in a banana": 0.3},
    "sad": {
        "nobody ever saw the {CREATURE} again .": 3,
        "{she:HERO} was alone for ever .": 3,
        "the {PLACE} fell down and all wept .": 2,
        "and {she:HERO} never smiled again .": 2,
    },
}

for heroine in HEROINES:
    RULES |= {f"she:{heroine}": {"she": 1}, f"her:{heroine}": {"her": 1}}
    RULES |= {f"him:{heroine}": {"her": 1}}
for hero in HEROES:
    RULES |= {f"she:{hero}": {"he": 1}, f"her:{hero}": {"his": 1}, f"him:{hero}": {"him": 1}}

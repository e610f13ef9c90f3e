"""What a stranger may send: every parser is given files made to break it, and refuses each in a sentence.

`results` takes the exports of release 0.1.0 apart and puts them together again otherwise, `budget` measures what a
refusal costs, `pointing_texts` makes one file, `fuzz` changes right ones (`seeds`) by lot. A
`test_<parser>` gives that parser its files, and
`python -m tests.hostile` gives all of them, measures each and says how many were refused.
"""

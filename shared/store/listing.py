"""Lists that stay quick with tens of thousands of entries: by page, by what entries have in common, by words.

An entry has a time, facets ("kind" = "filter_atlas") and words. For each facet's value and each word there is a sorted
set, so a page of any choice is read without looking at the rest. What an entry is shown as stands elsewhere.

    list:{name}                       every entry by its time         list:{name}:entry       entry -> its sets, JSON
    list:{name}:facet:{facet}:{value} those with it                   list:{name}:values:{facet}  values that occur
    list:{name}:word:{word}           those with it                   list:{name}:words       words, for prefixes
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import redis

from shared.store.connection import translating_errors

# A chosen combination is kept for the pages that are turned next.
KEPT_SECONDS = 2
MOST_WORDS, MOST_ENDINGS, LONGEST_WORD = 40, 32, 40
_WORD = re.compile(r"[a-z0-9]+")

# Takes a prefix, a key, a time or '' for the entry's own, and the JSON of sets_of().
LIST = """
local function list(prefix, key, at, sets)
  local entries = prefix .. ':entry'
  if at == '' then
    at = redis.call('ZSCORE', prefix, key)
    if not at then return end
  end
  local function set_of(one) return table.concat({prefix, unpack(one)}, ':') end
  local had = redis.call('HGET', entries, key)
  for _, one in ipairs(had and cjson.decode(had) or {}) do
    redis.call('ZREM', set_of(one), key)
  end
  for _, one in ipairs(cjson.decode(sets)) do
    redis.call('ZADD', set_of(one), at, key)
    if one[1] == 'facet' then redis.call('SADD', prefix .. ':values:' .. one[2], one[3])
    else redis.call('ZADD', prefix .. ':words', 0, one[2]) end
  end
  redis.call('HSET', entries, key, sets)
  redis.call('ZADD', prefix, at, key)
end
"""
# ARGV: what list() takes.
PUT = LIST + "list(unpack(ARGV))"

# KEYS: entries hash, list.  ARGV: prefix, keys ...
REMOVE = """
for i = 2, #ARGV do
  local had = redis.call('HGET', KEYS[1], ARGV[i])
  for _, one in ipairs(had and cjson.decode(had) or {}) do
    local name = table.concat({ARGV[1], unpack(one)}, ':')
    redis.call('ZREM', name, ARGV[i])
    if redis.call('EXISTS', name) == 0 then
      if one[1] == 'facet' then redis.call('SREM', ARGV[1] .. ':values:' .. one[2], one[3])
      else redis.call('ZREM', ARGV[1] .. ':words', one[2]) end
    end
  end
  redis.call('HDEL', KEYS[1], ARGV[i])
  redis.call('ZREM', KEYS[2], ARGV[i])
end
"""


@dataclass(frozen=True)
class ListingPage:
    """One page of a list, and how many entries there are in all."""

    keys: tuple[str, ...]
    total: int


def words_of(*texts: object) -> tuple[str, ...]:
    """The words that a search finds an entry by: letters and digits in lower case, each once."""
    found = dict.fromkeys(word[:LONGEST_WORD] for text in texts for word in _WORD.findall(str(text).lower()))
    return tuple(found)[:MOST_WORDS]


def sets_of(facets: Iterable[tuple[str, str]], words: Iterable[str] = ()) -> str:
    """The sets that an entry belongs to: [["facet", name, value] | ["word", word], ...] as JSON."""
    return json.dumps([["facet", *one] for one in facets] + [["word", word] for word in words])


@translating_errors
class Listing:
    """One list of the store."""

    def __init__(self, client: redis.Redis, name: str) -> None:
        self._client: Any = client
        self.prefix = f"convscope:list:{name}"
        self._put, self._remove = client.register_script(PUT), client.register_script(REMOVE)

    def put(self, key: str, at: float | None, facets: Iterable[tuple[str, str]], words: Iterable[str] = ()) -> None:
        """List an entry, or bring it up to date.

        Args:
            key: of the entry.
            at: its time; the newest come first. None for an entry that keeps its place, and is left alone where it has
                none any more.
            facets: name and value; a name may come with several values.
            words: see words_of().
        """
        self._put(keys=self._own(), args=[self.prefix, key, "" if at is None else repr(at), sets_of(facets, words)])

    def remove(self, *keys: str) -> None:
        """Take entries off the list."""
        if keys:
            self._remove(keys=self._own(), args=[self.prefix, *keys])

    def shorten(self, longest: int) -> None:
        """Take the oldest entries off a list that is longer than this."""
        self.remove(*map(bytes.decode, self._client.zrange(self.prefix, 0, -longest - 1)))

    def find(
        self, facets: Mapping[str, str] | None = None, words: Sequence[str] = (), first: int = 0, count: int = 50
    ) -> ListingPage:
        """A page of the entries that have all the facets and, for each word, one that begins with it.

        Args:
            facets: name to value.
            words: as typed; see words_of().
            first: place of the page's first entry.
            count: entries a page.
        """
        sets = [f"{self.prefix}:facet:{name}:{value}" for name, value in (facets or {}).items()]
        sets += [self._beginning_with(word) for word in words]
        name = self._all_of(sets)
        pipe = self._client.pipeline(transaction=False)
        pipe.zrevrange(name, first, first + count - 1).zcard(name)
        keys, total = pipe.execute()
        return ListingPage(tuple(map(bytes.decode, keys)), int(total))

    def values(self, facet: str) -> dict[str, int]:
        """Values that a facet has, each with the number of its entries."""
        values = sorted(map(bytes.decode, self._client.smembers(f"{self.prefix}:values:{facet}")))
        pipe = self._client.pipeline(transaction=False)
        for value in values:
            pipe.zcard(f"{self.prefix}:facet:{facet}:{value}")
        return {value: number for value, number in zip(values, pipe.execute(), strict=True) if number}

    def __len__(self) -> int:
        return int(self._client.zcard(self.prefix))

    def _own(self) -> list[str]:
        return [f"{self.prefix}:entry", self.prefix]

    def _beginning_with(self, word: str) -> str:
        """The set of entries with a word that begins so."""
        found = self._client.zrangebylex(f"{self.prefix}:words", f"[{word}", f"[{word}\x7f", start=0, num=MOST_ENDINGS)
        names = [f"{self.prefix}:word:{ending.decode()}" for ending in found] or [f"{self.prefix}:word:{word}"]
        return names[0] if len(names) == 1 else self._kept("any", names)

    def _all_of(self, sets: Sequence[str]) -> str:
        if not sets:
            return self.prefix
        return sets[0] if len(sets) == 1 else self._kept("all", sets)

    def _kept(self, how: str, sets: Sequence[str]) -> str:
        """A union or intersection, made once for the pages that are turned within KEPT_SECONDS."""
        digest = hashlib.sha256("\n".join([how, *sets]).encode()).hexdigest()[:24]
        name = f"{self.prefix}:found:{digest}"
        if not self._client.exists(name):
            pipe = self._client.pipeline(transaction=True)
            (pipe.zunionstore if how == "any" else pipe.zinterstore)(name, list(sets), aggregate="MAX")
            pipe.expire(name, KEPT_SECONDS)
            pipe.execute()
        return name

"""The Lua scripts: every change of a run that must be one step.

Keys, in this order in all of them:   KEYS[1] run:{key}   KEYS[2] parts:{key}   KEYS[3] lease:{key}
KEYS[4] cancel:{key}   KEYS[5] sizes   KEYS[6] seen   KEYS[7] pins   KEYS[8] total bytes
KEYS[9] claims:{key}, part to the job that makes it now, and p<part> to the one that takes a first look at it
KEYS[10] helpers:{key}, job to the end of its lease
KEYS[11] previews:{key}, number of a part to how it looks so far, gone as soon as the part itself is there
Times are the server's, in seconds, so that no two machines' clocks are compared.

Fields of run:{key}:  kind version spec queue by submitted_at job        written by submit
  fence attempts stuck attempt_started_at attempt_done waiting worker    written by begin
  total done stage fraction updated_at facts                             written by write
  free, how many parts nobody makes, where several may                  written by claim
  previews, how many there are; previewed, how many were ever written    written by preview and write
  outcome (complete | failed | cancelled) error error_kind finished_at   written once, at the end
"""

from shared.store.listing import LIST

NOW = """
local time = redis.call('TIME')
local now = string.format('%.3f', time[1] + time[2] / 1000000)
"""

# Jobs of one request share their id but for a helper's ending. A newer request's jobs have another.
FAMILY = """
local function family(job) return (string.gsub(job, '%-h%d+$', '')) end
"""

# ARGV: key, job id, the list's prefix, the JSON of the run's sets on it, how many runs of its person may be live in its
# queue or 0, that person, that queue, field/value pairs of the record.  Returns claimed | joined | complete | full. A
# run is listed with its record: whoever submits may die after any step.
SUBMIT = (
    NOW
    + LIST
    + """
if redis.call('EXISTS', KEYS[1]) == 1 then
  local outcome = redis.call('HGET', KEYS[1], 'outcome')
  if outcome == 'complete' then return 'complete' end
  local waiting = redis.call('HGET', KEYS[1], 'waiting') == '1'
  local gone = redis.call('HGET', KEYS[1], 'evicted')
  if not outcome and not gone and (waiting or redis.call('EXISTS', KEYS[3]) == 1) then return 'joined' end
end
if ARGV[5] ~= '0' then
  local function all(facet, value) return table.concat({ARGV[3], 'facet', facet, value}, ':') end
  local name = ARGV[3] .. ':counted'
  local live = redis.call('ZINTERSTORE', name, 3, all('by', ARGV[6]), all('state', 'live'), all('queue', ARGV[7]))
  if redis.call('ZSCORE', name, ARGV[1]) then live = live - 1 end
  redis.call('DEL', name)
  if live >= tonumber(ARGV[5]) then return 'full' end
end
redis.call('DEL', KEYS[3], KEYS[4], KEYS[9], KEYS[10])
redis.call('ZREM', KEYS[6], ARGV[1])
redis.call('HDEL', KEYS[1], 'outcome', 'error', 'error_kind', 'finished_at', 'evicted', 'stuck', 'fraction',
           'free')
redis.call('HSET', KEYS[1], 'job', ARGV[2], 'waiting', '1', 'submitted_at', now, 'stage', 'waiting', unpack(ARGV, 8))
redis.call('HSETNX', KEYS[1], 'done', 0)
redis.call('HINCRBY', KEYS[1], 'fence', 1)
list(ARGV[3], ARGV[1], string.format('%.6f', time[1] + time[2] / 1000000), ARGV[4])
return 'claimed'
"""
)

# ARGV: job id, lease milliseconds, largest number of attempts without a new part, name of the worker.
# Returns the fencing token, 0 where another job's attempt leads, or absent | over | cancelled | superseded | stuck.
BEGIN = (
    NOW
    + FAMILY
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then return 'absent' end
if redis.call('HGET', KEYS[1], 'outcome') or redis.call('HGET', KEYS[1], 'evicted') then return 'over' end
local job = redis.call('HGET', KEYS[1], 'job')
if family(job) ~= family(ARGV[1]) then return 'superseded' end
if job ~= ARGV[1] and redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('HSET', KEYS[10], ARGV[1], now + ARGV[2] / 1000)
  return 0
end
if redis.call('EXISTS', KEYS[4]) == 1 then return 'cancelled' end
if tonumber(redis.call('HGET', KEYS[1], 'stuck') or '0') >= tonumber(ARGV[3]) then return 'stuck' end
local fence = redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('HINCRBY', KEYS[1], 'attempts', 1)
redis.call('HINCRBY', KEYS[1], 'stuck', 1)
local done = redis.call('HLEN', KEYS[2])
redis.call('HSET', KEYS[1], 'job', ARGV[1], 'waiting', '0', 'attempt_started_at', now, 'updated_at', now,
           'done', done, 'attempt_done', done, 'stage', 'starting', 'worker', ARGV[4])
redis.call('HDEL', KEYS[1], 'fraction', 'free')
redis.call('SET', KEYS[3], fence, 'PX', ARGV[2])
return fence
"""
)

# The head of every write of an attempt: refuse it unless the attempt's token is the newest and nothing ended.
GUARD = (
    NOW
    + """
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] or redis.call('HGET', KEYS[1], 'outcome') then return 'lost' end
"""
)

# Frees the least recently viewed results of runs that are over, failed ones too, until `budget` holds. Uses `prefix`.
EVICT = """
local total = tonumber(redis.call('GET', KEYS[8]) or '0')
local at = 0
while total > budget do
  local key = redis.call('ZRANGE', KEYS[6], at, at)[1]
  if not key then break end
  if redis.call('SISMEMBER', KEYS[7], key) == 1 then
    at = at + 1
  else
    local bytes = tonumber(redis.call('HGET', KEYS[5], key) or '0')
    redis.call('UNLINK', prefix .. 'parts:' .. key, prefix .. 'previews:' .. key)
    redis.call('HDEL', KEYS[5], key)
    redis.call('ZREM', KEYS[6], key)
    local run = prefix .. 'run:' .. key
    redis.call('HDEL', run, 'done', 'previews')
    if redis.call('HGET', run, 'outcome') == 'complete' then
      redis.call('HDEL', run, 'outcome')
      redis.call('HSET', run, 'evicted', now)
    end
    total = redis.call('DECRBY', KEYS[8], bytes)
  end
end
"""

# Room is made before the part is stored: a server at its memory limit refuses a script whose first write adds.
ROOM = """
local prefix = ARGV[4]
-- What an administrator set on the page goes before what this process was started with.
local budget = tonumber(redis.call('GET', prefix .. 'budget') or ARGV[5]) - #ARGV[7]
local function weigh(bytes)
  redis.call('HINCRBY', KEYS[5], ARGV[3], bytes)
  redis.call('INCRBY', KEYS[8], bytes)
end
local function had_preview() return redis.call('HSTRLEN', KEYS[11], ARGV[6]) end
local function count_previews() redis.call('HSET', KEYS[1], 'previews', redis.call('HLEN', KEYS[11])) end
"""

STORE = (
    ROOM
    + """
if ARGV[6] ~= '' and redis.call('HEXISTS', KEYS[2], ARGV[6]) == 0 then
"""
    + EVICT
    + """
  redis.call('HSET', KEYS[2], ARGV[6], ARGV[7])
  weigh(#ARGV[7])
  if had_preview() > 0 then
    weigh(-had_preview())
    redis.call('HDEL', KEYS[11], ARGV[6])
    count_previews()
  end
  redis.call('HSET', KEYS[1], 'stuck', 0)
end
redis.call('HDEL', KEYS[9], ARGV[6])
redis.call('HSET', KEYS[1], 'updated_at', now, 'done', redis.call('HLEN', KEYS[2]), unpack(ARGV, 8))
"""
)

# ARGV: fence, lease milliseconds, key, prefix, budget, part index or '', part bytes, field/value pairs.
# One round trip: part, progress, lease, cancel flag, budget.  Returns ok | cancel | lost.
WRITE = (
    GUARD
    + STORE
    + """
redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])
if redis.call('EXISTS', KEYS[4]) == 1 then return 'cancel' end
return 'ok'
"""
)

# ARGV: fence, key, facts.  Returns ok | lost | incomplete.
FINISH = (
    GUARD
    + """
if redis.call('HLEN', KEYS[2]) ~= tonumber(redis.call('HGET', KEYS[1], 'total') or '-1') then return 'incomplete' end
redis.call('DEL', KEYS[3], KEYS[4], KEYS[9], KEYS[10])
redis.call('HSET', KEYS[1], 'outcome', 'complete', 'finished_at', now, 'updated_at', now, 'stage', 'complete',
           'facts', ARGV[3], 'done', redis.call('HLEN', KEYS[2]))
redis.call('ZADD', KEYS[6], now, ARGV[2])
return 'ok'
"""
)

# ARGV: fence or '' (from outside an attempt), outcome, error, error kind, key.  Returns ok | lost.
END = (
    NOW
    + """
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HGET', KEYS[1], 'outcome') then return 'lost' end
if ARGV[1] ~= '' and redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 'lost' end
redis.call('DEL', KEYS[3], KEYS[4], KEYS[9], KEYS[10])
redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('HSET', KEYS[1], 'outcome', ARGV[2], 'error', ARGV[3], 'error_kind', ARGV[4],
           'finished_at', now, 'updated_at', now, 'waiting', '0', 'stage', ARGV[2])
if redis.call('EXISTS', KEYS[2], KEYS[11]) > 0 then redis.call('ZADD', KEYS[6], now, ARGV[5]) end
return 'ok'
"""
)

# ARGV: lease milliseconds, job id or ''.  Renews the lease of the attempt under way, or a helper's, between writes.
RENEW = (
    NOW
    + """
if redis.call('HGET', KEYS[1], 'outcome') then return 'lost' end
if ARGV[2] ~= '' and redis.call('HGET', KEYS[1], 'job') ~= ARGV[2] then
  if redis.call('HEXISTS', KEYS[10], ARGV[2]) == 0 then return 'lost' end
  redis.pcall('HSET', KEYS[10], ARGV[2], now + ARGV[1] / 1000)
  return 'ok'
end
if redis.call('HGET', KEYS[1], 'waiting') ~= '0' then return 'lost' end
-- A full server refuses SET, not PEXPIRE.
if redis.call('PEXPIRE', KEYS[3], ARGV[1]) == 0 then
  redis.call('SET', KEYS[3], redis.call('HGET', KEYS[1], 'fence'), 'PX', ARGV[1])
end
return 'ok'
"""
)

# ARGV: job id, new stuck count or '', the attempt's worker or '', and, where another job in another queue goes on with
# it, that queue and job.  It is over without an outcome, its job waits again, unless another worker has begun since.
WAIT_AGAIN = """
redis.call('HDEL', KEYS[10], ARGV[1])
if redis.call('HGET', KEYS[1], 'outcome') or redis.call('HGET', KEYS[1], 'job') ~= ARGV[1] then return 'lost' end
local worker = redis.call('HGET', KEYS[1], 'worker') or ''
if ARGV[3] ~= '' and worker ~= '' and worker ~= ARGV[3] then return 'lost' end
redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('HSET', KEYS[1], 'waiting', '1', 'stage', 'waiting')
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], 'stuck', ARGV[2]) end
if ARGV[4] then redis.call('HSET', KEYS[1], 'queue', ARGV[4], 'job', ARGV[5]) end
redis.call('DEL', KEYS[3])
return 'ok'
"""

# ARGV: key.  Drops a run and its result.
FORGET = """
local bytes = tonumber(redis.call('HGET', KEYS[5], ARGV[1]) or '0')
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[9], KEYS[10], KEYS[11])
redis.call('HDEL', KEYS[5], ARGV[1])
redis.call('ZREM', KEYS[6], ARGV[1])
redis.call('SREM', KEYS[7], ARGV[1])
redis.call('DECRBY', KEYS[8], bytes)
return 'ok'
"""

# KEYS: a queue's list.  ARGV: job id, prefix.  Puts a job that was just added where its turn is: everybody's first run
# comes before anybody's second, and before those who help with anybody's. A run's job is called <key>-<hex>, those of
# its helpers <key>-<hex>-h<number>, and the run says who asked.
TAKE_TURNS = """
local function run_of(job)
  local lead, helps = string.gsub(job, '%-h%d+$', '')
  return string.match(lead, '^(.+)%-%x+$') or lead, helps > 0
end
local jobs, turn, turns, askers, helping = redis.call('LRANGE', KEYS[1], 0, -1), 0, {}, {}, {}
local function asker(run) return redis.call('HGET', ARGV[2] .. 'run:' .. run, 'by') or '' end
local mine = asker(run_of(ARGV[1]))
for i, job in ipairs(jobs) do
  local run, helps = run_of(job)
  askers[i], helping[i] = asker(run), helps
  if job ~= ARGV[1] and askers[i] == mine and not helps then turn = turn + 1 end
end
for i, job in ipairs(jobs) do
  if job ~= ARGV[1] then
    local before = turns[askers[i]] or 0
    local its = helping[i] and math.max(before, 1) or before
    if not helping[i] then turns[askers[i]] = before + 1 end
    if its > turn then
      if redis.call('LREM', KEYS[1], -1, ARGV[1]) == 1 then redis.call('LINSERT', KEYS[1], 'BEFORE', job, ARGV[1]) end
      return 'moved'
    end
  end
end
return 'stays'
"""

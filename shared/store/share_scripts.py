"""The Lua scripts of runs whose parts several workers make; their keys are those of `scripts`."""

from shared.store.scripts import FAMILY, NOW, STORE

# The head of what a worker does beside the attempt that leads: refuse it once
# the run is over or was asked for anew.
BESIDE = (
    NOW
    + FAMILY
    + """
local job = redis.call('HGET', KEYS[1], 'job')
if not job or redis.call('HGET', KEYS[1], 'outcome') or family(job) ~= family(ARGV[1]) then return 'lost' end
"""
)

# ARGV: job id, number of parts, 1 where the last part is made of all others and has to wait for them.
# Takes the first part that is not there and that nobody alive makes.
# Returns its index, or held (others make what is missing) | made (nothing is missing) | lost.
CLAIM = (
    BESIDE
    + """
local function works(owner)
  if owner == job then return redis.call('EXISTS', KEYS[3]) == 1 end
  return tonumber(redis.call('HGET', KEYS[10], owner) or '0') > tonumber(now)
end
local answer = 'made'
for index = 0, ARGV[2] - 1 do
  if redis.call('HEXISTS', KEYS[2], index) == 0 then
    if ARGV[3] == '1' and index == ARGV[2] - 1 and answer == 'held' then return 'held' end
    local owner = redis.call('HGET', KEYS[9], index)
    if not owner or owner == ARGV[1] or not works(owner) then
      redis.call('HSET', KEYS[9], index, ARGV[1])
      return index
    end
    answer = 'held'
  end
end
return answer
"""
)

# ARGV: as WRITE's, with the job id for the fence.  Stores a part beside the attempt that leads.
# Returns ok | cancel | lost, or, where nobody leads any more, the token with which this job leads from now on.
HELP = (
    BESIDE
    + STORE
    + """
if redis.call('EXISTS', KEYS[3]) == 0 then
  local fence = redis.call('HINCRBY', KEYS[1], 'fence', 1)
  redis.call('HINCRBY', KEYS[1], 'attempts', 1)
  redis.call('HSET', KEYS[1], 'job', ARGV[1], 'waiting', '0', 'stage', 'running', 'worker', '')
  redis.call('SET', KEYS[3], fence, 'PX', ARGV[2])
  return fence
end
redis.call('HSET', KEYS[10], ARGV[1], now + ARGV[2] / 1000)
if redis.call('EXISTS', KEYS[4]) == 1 then return 'cancel' end
return 'ok'
"""
)

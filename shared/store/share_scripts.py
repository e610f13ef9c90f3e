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

# ARGV: job id, number of parts, first and step of the parts that are asked for, how many at most, 1 where the last part
# is made of all others and has to wait for them, what stands before a number in the claims ('' for parts, 'p' for looks
# at parts that are not there yet), then numbers that the worker has in its hands.
# Takes parts that are not there and that nobody alive makes, those first that the worker claimed before.
# Returns taken | held (others make what is missing) | made (nothing is missing) | lost, how many parts there are, and
# the numbers taken.  A look is taken once, and not of what somebody makes already.
CLAIM = (
    BESIDE
    + """
local looks, held, made, missing = ARGV[7] == 'p', {}, {}, 0
for i = 8, #ARGV do held[ARGV[i]] = true end
local there = redis.call('HKEYS', KEYS[2])
for _, index in ipairs(there) do made[index] = true end
if looks then for _, index in ipairs(redis.call('HKEYS', KEYS[11])) do made[index] = true end end
local owners, claims = {}, redis.call('HGETALL', KEYS[9])
for i = 1, #claims, 2 do owners[claims[i]] = claims[i + 1] end
local function works(owner)
  if owner == job then return redis.call('EXISTS', KEYS[3]) == 1 end
  return tonumber(redis.call('HGET', KEYS[10], owner) or '0') > tonumber(now)
end
local function is_free(index)
  local owner, maker = owners[ARGV[7] .. index], owners[index]
  if looks and (owner == ARGV[1] or (maker and works(maker))) then return false end
  return not owner or owner == ARGV[1] or not works(owner)
end
local own, free, last = {}, {}, string.format('%d', ARGV[2] - 1)
for number = tonumber(ARGV[3]), tonumber(ARGV[2]) - 1, tonumber(ARGV[4]) do
  local index = string.format('%d', number)
  if not made[index] then
    if not (ARGV[6] == '1' and index == last and missing > 0) and not held[index] and is_free(index) then
      table.insert(owners[ARGV[7] .. index] == ARGV[1] and own or free, index)
    end
    missing = missing + 1
  end
end
local answer = {missing == 0 and 'made' or 'held', #there}
for _, indices in ipairs({own, free}) do
  while indices[1] and #answer - 2 < tonumber(ARGV[5]) do
    answer[1] = 'taken'
    table.insert(answer, tonumber(table.remove(indices, 1)))
    redis.call('HSET', KEYS[9], ARGV[7] .. answer[#answer], ARGV[1])
  end
end
if not looks then redis.call('HSET', KEYS[1], 'free', #free) end
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

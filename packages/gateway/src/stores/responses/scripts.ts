/** The scripts by which responses are kept in Redis: each is one step that nothing comes between. */

/**
 * Keys: the response, the index, the order of all, the order of its owner's, the bytes of all.
 *
 * A response is a hash that Redis lets expire by itself. What bounds them all is beside it: for each id
 * its size and owner, and when it expires, which is also the order in which they were kept.
 */
const index = `
local KEPT, INDEX, ORDER, OWNED, BYTES = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]

local function now_ms()
  local clock = redis.call('TIME')
  return clock[1] * 1000 + math.floor(clock[2] / 1000)
end

-- Those of one kind have names that differ in their end only.
local function sibling(key, last, other)
  return string.sub(key, 1, #key - #last) .. other
end

local function forget(id, own_id, own_owner)
  redis.call('DEL', sibling(KEPT, own_id, id))
  redis.call('ZREM', ORDER, id)
  local noted = redis.call('HGET', INDEX, id)
  if not noted then return end
  redis.call('HDEL', INDEX, id)
  local size, owner = string.match(noted, '^(%d+) (.*)$')
  redis.call('ZREM', sibling(OWNED, own_owner, owner), id)
  redis.call('DECRBY', BYTES, size)
end
`;

/** Arguments: id, owner, bounds (time to live, bytes, count of an owner), size, and the four texts. */
export const keepScript = `${index}
local id, owner, ttl = ARGV[1], ARGV[2], ARGV[3]
local most_bytes, most_owned, size = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local now = now_ms()

for _, old in ipairs(redis.call('ZRANGEBYSCORE', ORDER, '-inf', now, 'LIMIT', 0, 1000)) do
  forget(old, id, owner)
end
while redis.call('ZCARD', OWNED) >= most_owned do
  forget(redis.call('ZRANGE', OWNED, 0, 0)[1], id, owner)
end
while (tonumber(redis.call('GET', BYTES)) or 0) + size > most_bytes do
  local oldest = redis.call('ZRANGE', ORDER, 0, 0)[1]
  if not oldest then
    redis.call('DEL', BYTES)
    break
  end
  forget(oldest, id, owner)
end

redis.call('HSET', KEPT, 'owner', owner, 'input', ARGV[7], 'output', ARGV[8], 'before', ARGV[9], 'after', ARGV[10])
redis.call('HSET', INDEX, id, string.format('%.0f', size) .. ' ' .. owner)
redis.call('ZADD', ORDER, now + ttl, id)
redis.call('ZADD', OWNED, now + ttl, id)
redis.call('INCRBY', BYTES, size)
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ttl) end
return 1
`;

/** Arguments: owner. */
export const findScript = `
local found = redis.call('HMGET', KEYS[1], 'owner', 'input', 'output', 'before', 'after')
if found[1] ~= ARGV[1] then return {} end
return {found[2], found[3], found[4], found[5]}
`;

/** Arguments: id, owner. */
export const removeScript = `${index}
if redis.call('HGET', KEPT, 'owner') ~= ARGV[2] then return 0 end
forget(ARGV[1], ARGV[1], ARGV[2])
return 1
`;

/** The scripts that Redis runs: each is one step that nothing comes between, on the clock of Redis. */

/**
 * A counter is a hash: `used`, `at` (when it was last written), `oldest` (the first bucket that is
 * not empty) and, for windows, a field for each bucket. Only what left the window since the last
 * call is read, so that a call costs the same for an empty window and for a full one.
 *
 * Numbers are written by `digits`: Lua's own way loses those with more than 14 digits.
 */
const counters = `
local BUCKETS = 60

local function digits(number)
  return string.format('%.0f', number)
end

local function now_ms()
  local clock = redis.call('TIME')
  return clock[1] * 1000 + math.floor(clock[2] / 1000)
end

local function open(key, shape, span)
  local found = redis.call('HMGET', key, 'used', 'at', 'oldest')
  return {
    key = key,
    shape = shape,
    slides = shape ~= 'total',
    span = span,
    used = tonumber(found[1]) or 0,
    at = tonumber(found[2]) or 0,
    oldest = tonumber(found[3]),
    left = {},
    claimed = 0
  }
end

local function bucket_of(counter, time)
  return math.floor(time * BUCKETS / counter.span)
end

local function cells(counter, first, last)
  local fields = {}
  for bucket = first, last do fields[#fields + 1] = digits(bucket) end
  if #fields == 0 then return {} end
  return redis.call('HMGET', counter.key, unpack(fields))
end

-- Lets go what has left the window, or a total that was not used; nothing is written yet.
-- The time of a window never goes back, but one from far ahead was written by a clock that erred.
local function slide(counter, now)
  counter.time = now
  if not counter.slides then
    if now - counter.at >= counter.span then counter.used = 0 end
    return
  end
  if counter.at > now + counter.span then
    counter.erred = true
    counter.oldest = nil
  elseif counter.at > now then
    counter.time = counter.at
  end
  counter.bucket = bucket_of(counter, counter.time)
  counter.first = counter.bucket - BUCKETS
  local begin = counter.oldest
  if begin and begin < counter.first then
    counter.oldest = nil
    for place, cell in ipairs(cells(counter, begin, bucket_of(counter, counter.at))) do
      local bucket = begin + place - 1
      local amount = tonumber(cell) or 0
      if bucket >= counter.first and amount > 0 then
        counter.oldest = bucket
        break
      end
      if cell then counter.left[#counter.left + 1] = digits(bucket) end
      counter.used = counter.used - amount
    end
  end
  if not counter.oldest then counter.used = 0 end
end

local function clean(counter)
  if counter.erred then redis.call('DEL', counter.key) end
  if #counter.left > 0 then redis.call('HDEL', counter.key, unpack(counter.left)) end
end

local function count(counter, bucket, amount)
  if amount == 0 then return end
  counter.used = counter.used + amount
  if not counter.slides then return end
  redis.call('HINCRBY', counter.key, digits(bucket), digits(amount))
  if not counter.oldest or bucket < counter.oldest then counter.oldest = bucket end
end

local function save(counter)
  if counter.used == 0 then
    redis.call('DEL', counter.key)
    return
  end
  local oldest = counter.oldest and digits(counter.oldest) or ''
  local keep = counter.span
  if counter.slides then keep = math.ceil(counter.span * (BUCKETS + 2) / BUCKETS) end
  redis.call('HSET', counter.key, 'used', digits(counter.used), 'at', digits(counter.time), 'oldest', oldest)
  redis.call('PEXPIRE', counter.key, digits(keep))
end

-- Claims of one call for the same counter share it.
local function open_all(fields)
  local claims, counters, known = {}, {}, {}
  for place = 2, #KEYS do
    local at = (place - 2) * fields + 2
    local key = KEYS[place]
    if not known[key] then
      known[key] = open(key, ARGV[at], tonumber(ARGV[at + 1]))
      counters[#counters + 1] = known[key]
    end
    claims[#claims + 1] = {
      counter = known[key], amount = tonumber(ARGV[at + 2]), bound = tonumber(ARGV[at + 3])
    }
  end
  local now = now_ms()
  for _, counter in ipairs(counters) do slide(counter, now) end
  return claims, counters, now
end

local function until_left(counter, bucket)
  return math.max(1, math.ceil((bucket + BUCKETS + 1) * counter.span / BUCKETS - counter.time))
end

local function until_lapsed(counter)
  return math.max(1, counter.at + counter.span - counter.time)
end

local function reset_ms(counter)
  if counter.used == 0 then return 0 end
  if not counter.slides then return until_lapsed(counter) end
  return until_left(counter, counter.oldest)
end

-- Until the amount fits by the mere passing of time; -1: never, or nobody knows.
local function retry_ms(counter, excess)
  if excess <= 0 then return 0 end
  if excess > counter.used or counter.shape == 'concurrency' then return -1 end
  if not counter.slides then return until_lapsed(counter) end
  local freed = 0
  for place, cell in ipairs(cells(counter, counter.oldest, counter.bucket)) do
    freed = freed + (tonumber(cell) or 0)
    if freed >= excess then return until_left(counter, counter.oldest + place - 1) end
  end
  return -1
end
`;

/**
 * KEYS: the mark of the reservation, which says in which buckets it was counted, then a counter a
 * claim. ARGV: how long the mark is kept, then
 * shape, span, amount and limit of each claim. The answer: 1 granted, 0 refused, 2 given up before
 * it came; the time; then for each claim whether it fits, used (as text: the client's reader of
 * numbers errs by one near 2^53), reset, retry.
 */
export const reserveScript = `${counters}
local claims, counters, now = open_all(4)
local granted = 1
local buckets = {}
for _, claim in ipairs(claims) do
  local counter = claim.counter
  claim.excess = counter.used + counter.claimed + claim.amount - claim.bound
  counter.claimed = counter.claimed + claim.amount
  if claim.excess > 0 then granted = 0 end
  buckets[#buckets + 1] = digits(counter.bucket or 0)
end
if granted == 1 then
  local mark = table.concat(buckets, ' ')
  if not redis.call('SET', KEYS[1], mark, 'PX', ARGV[1], 'NX') then return { 2, now } end
  for _, counter in ipairs(counters) do
    clean(counter)
    count(counter, counter.bucket, counter.claimed)
    counter.at = counter.time
    save(counter)
  end
end
local answer = { granted, now }
for _, claim in ipairs(claims) do
  answer[#answer + 1] = claim.excess <= 0 and 1 or 0
  answer[#answer + 1] = digits(claim.counter.used)
  answer[#answer + 1] = reset_ms(claim.counter)
  answer[#answer + 1] = retry_ms(claim.counter, claim.excess)
end
return answer
`;

/**
 * KEYS as in the reservation. ARGV: how long a reservation that was given up is remembered, or 0
 * when it was made for certain; then shape, span, reserved amount and used amount of each claim.
 */
export const settleScript = `${counters}
local mark = redis.call('GET', KEYS[1])
if not mark or mark == '' then
  if ARGV[1] ~= '0' then redis.call('SET', KEYS[1], '', 'PX', ARGV[1]) end
  return 0
end
redis.call('DEL', KEYS[1])

-- No bucket becomes negative: what is missing has been lost, and counts no more.
local function correct(counter, bucket, difference)
  local cell = tonumber(redis.call('HGET', counter.key, digits(bucket))) or 0
  if cell + difference > 0 then
    count(counter, bucket, math.max(difference, -cell))
    return
  end
  redis.call('HDEL', counter.key, digits(bucket))
  counter.used = counter.used - cell
  if bucket ~= counter.oldest then return end
  counter.oldest = nil
  for place, other in ipairs(cells(counter, bucket + 1, counter.bucket)) do
    if (tonumber(other) or 0) > 0 then
      counter.oldest = bucket + place
      break
    end
  end
end

local claims, counters = open_all(4)
for _, counter in ipairs(counters) do clean(counter) end
local next_bucket = string.gmatch(mark, '%d+')
for _, claim in ipairs(claims) do
  local counter = claim.counter
  local bucket = tonumber(next_bucket())
  local difference = claim.bound - claim.amount
  if not counter.slides then
    counter.used = math.max(0, counter.used + difference)
  else
    local inside = bucket >= counter.first and bucket <= counter.bucket
    if inside and difference ~= 0 then
      correct(counter, bucket, difference)
    elseif difference > 0 then
      count(counter, counter.bucket, difference)
    end
  end
end
for _, counter in ipairs(counters) do save(counter) end
return 1
`;

/** KEYS: nothing of interest, then a counter a claim. ARGV and the answer as in the reservation. */
export const lookScript = `${counters}
local claims, counters, now = open_all(4)
local answer = { 1, now }
for _, claim in ipairs(claims) do
  local counter = claim.counter
  answer[#answer + 1] = 1
  answer[#answer + 1] = digits(counter.used)
  answer[#answer + 1] = reset_ms(counter)
  answer[#answer + 1] = retry_ms(counter, counter.used + claim.amount - claim.bound)
end
return answer
`;

/**
 * KEYS: the list of instances. ARGV: the name of this one, after how long a silent one counts as
 * gone. The answer: how many live. It writes, so that it fails where reservations would.
 */
export const heartbeatScript = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now - ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2)
return redis.call('ZCARD', KEYS[1])
`;

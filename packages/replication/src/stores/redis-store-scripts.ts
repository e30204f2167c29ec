/**
 * What Redis does as one step. A session is two keys. The record is a hash: `s` how often it was
 * changed, `v` the document, `i` its idle time, `a` when it ends at the latest, `j:<key>`
 * remembered outcomes and `o` their order; it goes with its idle time. The mark outlives it: a
 * session whose record is gone and whose mark is there has ended. `r` in it says that it was
 * ended, and is final; `to` and `u` under which key it goes on, and until when the old one
 * answers.
 */
const PRELUDE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function whole(number) return string.format('%.0f', number) end
local function held()
  local mark = redis.call('HMGET', KEYS[2], 'r', 'to', 'u', 'm')
  if mark[1] then return {'dead', mark[1], mark[2] or '', whole((mark[3] or 0) - now)} end
  local record = redis.call('HMGET', KEYS[1], 's', 'v', 'a')
  if record[1] then
    local idle, absolute = redis.call('PTTL', KEYS[1]), record[3] - now
    return {'record', record[1], record[2], whole(idle), whole(absolute)}
  end
  if mark[4] then return {'dead', 'expired', '', '0'} end
  return {'unknown'}
end
local function begin(record, mark, idle, absolute)
  redis.call('HSET', record, 'i', idle, 'a', whole(now + absolute))
  redis.call('PEXPIRE', record, math.max(1, math.ceil(math.min(idle, absolute))))
  redis.call('HSET', mark, 'm', '1')
  redis.call('PEXPIRE', mark, math.ceil(math.max(tonumber(absolute), ${15 * 60_000})))
end
local function remember(record, key, entry)
  if key == '' then return end
  local order = cjson.decode(redis.call('HGET', record, 'o') or '[]')
  table.insert(order, key)
  if #order > 32 then redis.call('HDEL', record, 'j:' .. table.remove(order, 1)) end
  redis.call('HSET', record, 'j:' .. key, entry, 'o', cjson.encode(order))
end
`;

export const STORE_SCRIPTS = {
  understudyStoreRead: { numberOfKeys: 2, lua: `${PRELUDE} return held()` },
  /** ARGV: document, idle, absolute, journal key, journal entry. */
  understudyStoreCreate: {
    numberOfKeys: 2,
    lua: `${PRELUDE}
local found = held()
if found[1] ~= 'unknown' then return found end
redis.call('HSET', KEYS[1], 's', '1', 'v', ARGV[1])
remember(KEYS[1], ARGV[4], ARGV[5])
begin(KEYS[1], KEYS[2], ARGV[2], ARGV[3])
return {'stored', '1', ARGV[3]}`,
  },
  /** KEYS[3]: a reservation. ARGV: changes so far, document, idle or '', journal key and entry. */
  understudyStoreWrite: {
    numberOfKeys: 3,
    lua: `${PRELUDE}
local found = held()
if found[1] ~= 'record' then return found end
if ARGV[4] ~= '' then
  local entry = redis.call('HGET', KEYS[1], 'j:' .. ARGV[4])
  if entry then return {'replayed', entry} end
end
if found[2] ~= ARGV[1] then return found end
local seq = whole(ARGV[1] + 1)
local idle = ARGV[3]
if idle == '' then idle = redis.call('HGET', KEYS[1], 'i') end
redis.call('HSET', KEYS[1], 's', seq, 'v', ARGV[2], 'i', idle)
remember(KEYS[1], ARGV[4], ARGV[5])
redis.call('PEXPIRE', KEYS[1], math.max(1, math.ceil(math.min(idle, found[5]))))
if ARGV[4] ~= '' then redis.call('DEL', KEYS[3]) end
return {'stored', seq, found[5]}`,
  },
  /**
   * KEYS: record, mark, reservation, new record, new mark. ARGV: as of write, then absolute or '',
   * how long the old key answers, the new key.
   */
  understudyStoreRotate: {
    numberOfKeys: 5,
    lua: `${PRELUDE}
local found = held()
if found[1] ~= 'record' then return found end
if ARGV[4] ~= '' then
  local entry = redis.call('HGET', KEYS[1], 'j:' .. ARGV[4])
  if entry then return {'replayed', entry} end
end
if found[2] ~= ARGV[1] then return found end
if redis.call('EXISTS', KEYS[4], KEYS[5]) > 0 then return {'taken'} end
local seq = whole(ARGV[1] + 1)
local idle, absolute = ARGV[3], ARGV[6]
if idle == '' then idle = redis.call('HGET', KEYS[1], 'i') end
if absolute == '' then absolute = found[5] end
redis.call('RENAME', KEYS[1], KEYS[4])
redis.call('HSET', KEYS[4], 's', seq, 'v', ARGV[2])
remember(KEYS[4], ARGV[4], ARGV[5])
begin(KEYS[4], KEYS[5], idle, absolute)
redis.call('HSET', KEYS[2], 'r', 'rotated')
if tonumber(ARGV[7]) > 0 then
  redis.call('HSET', KEYS[2], 'to', ARGV[8], 'u', whole(now + ARGV[7]))
end
if ARGV[4] ~= '' then redis.call('DEL', KEYS[3]) end
return {'stored', seq, absolute}`,
  },
  understudyStoreTouch: {
    numberOfKeys: 2,
    lua: `${PRELUDE}
local found = held()
if found[1] ~= 'record' then return found end
local idle = redis.call('HGET', KEYS[1], 'i')
redis.call('PEXPIRE', KEYS[1], math.max(1, math.ceil(math.min(idle, found[5]))))
return {'stored'}`,
  },
  /** ARGV: why. Answers under which key it went on, which is to end as well; and if this ended it. */
  understudyStoreBury: {
    numberOfKeys: 2,
    lua: `${PRELUDE}
local lived = redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[2], 'r', ARGV[1])
local left = math.max(redis.call('PTTL', KEYS[2]), ${15 * 60_000})
redis.call('PEXPIRE', KEYS[2], left)
return {'dead', ARGV[1], redis.call('HGET', KEYS[2], 'to') or '', '0', whole(lived)}`,
  },
  /** KEYS[3]: the reservation. ARGV: journal key, fingerprint, how long it is held. */
  understudyStoreReserve: {
    numberOfKeys: 3,
    lua: `${PRELUDE}
local found = held()
if found[1] ~= 'record' then return found end
local entry = redis.call('HGET', KEYS[1], 'j:' .. ARGV[1])
if entry then return {'replayed', entry} end
local running = redis.call('GET', KEYS[3])
if running then return {'in-progress', running} end
redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
return {'reserved'}`,
  },
  /** Somebody's list: `n` how often it was changed, `v` its bytes. Answers the time as well. */
  understudyStoreListRead: {
    numberOfKeys: 1,
    lua: `
local time = redis.call('TIME')
local list = redis.call('HMGET', KEYS[1], 'n', 'v')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
return {list[1] or '0', list[2] or '', now}`,
  },
  /** ARGV: changes so far, bytes, how long it is kept. */
  understudyStoreListWrite: {
    numberOfKeys: 1,
    lua: `
if (redis.call('HGET', KEYS[1], 'n') or '0') ~= ARGV[1] then return {'moved'} end
redis.call('HSET', KEYS[1], 'n', string.format('%.0f', ARGV[1] + 1), 'v', ARGV[2])
redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), math.ceil(tonumber(ARGV[3]))))
return {'stored'}`,
  },
  /**
   * The state of a limit is when a steady client would send next; what follows from it is told by
   * `consumeRate`, which this repeats. ARGV: interval, burst, cost.
   */
  understudyStoreConsume: {
    numberOfKeys: 1,
    lua: `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local interval, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local before = tonumber(redis.call('GET', KEYS[1]) or now)
local arrival = math.max(before, now)
local following = math.max(now, arrival + cost * interval)
if cost ~= 0 and (cost < 0 or following - now <= burst * interval + 0.001) then
  local left = math.max(1, math.ceil(following - now))
  redis.call('SET', KEYS[1], string.format('%.17g', following), 'PX', left)
end
return {string.format('%.17g', before), string.format('%.17g', now)}`,
  },
} as const;

export type StoreScript = keyof typeof STORE_SCRIPTS;

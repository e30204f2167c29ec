/**
 * What Redis does as one step. One key each, so that Redis Cluster takes them, too. A record is a
 * hash: `e` epoch, `s` seq, `v` value, `k` how long it was to be kept; its end is `e`, `s`, `b`.
 * Versions are below 2^53 and thus exact in Lua. What a record contains follows its other arguments:
 * a mark that it is told, then epoch and seq of each version.
 */
export const REDIS_SCRIPTS = {
  understudyWrite: `
local held = redis.call('HMGET', KEYS[1], 'e', 's', 'b')
if held[3] then return {'buried', held[1], held[2], redis.call('PTTL', KEYS[1])} end
local epoch, seq = tonumber(ARGV[1]), tonumber(ARGV[2])
if held[1] then
  local heldEpoch, heldSeq = tonumber(held[1]), tonumber(held[2])
  if heldEpoch > epoch or (heldEpoch == epoch and heldSeq > seq) then
    return {'older', held[1], held[2]}
  end
  local known = ARGV[5] == nil
  for at = 6, #ARGV, 2 do
    known = known or (tonumber(ARGV[at]) == heldEpoch and tonumber(ARGV[at + 1]) >= heldSeq)
  end
  if not known then return {'apart', held[1], held[2]} end
end
redis.call('HSET', KEYS[1], 'e', ARGV[1], 's', ARGV[2], 'v', ARGV[3], 'k', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {'stored'}`,
  understudyBury: `
local keepMs = tonumber(ARGV[3])
if redis.call('HEXISTS', KEYS[1], 'b') == 1 then
  keepMs = math.max(keepMs, redis.call('PTTL', KEYS[1]))
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'e', ARGV[1], 's', ARGV[2], 'b', '1')
redis.call('PEXPIRE', KEYS[1], keepMs)
return 'buried'`,
  understudyRead: `
local held = redis.call('HMGET', KEYS[1], 'e', 's', 'v', 'k', 'b')
if not held[1] then return false end
return {held[1], held[2], held[3], held[4], held[5], redis.call('PTTL', KEYS[1])}`,
} as const;

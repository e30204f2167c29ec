-- What wrk does for closed-load.mjs: one visitor after the other asks, each with its own cookies, and
-- none of whom an answer is under way. `wrk -s closed-load.lua <url> -- <state file> <result file>`.

local named, head, visitors, free, first, last
answered, cookies, failure = {}, {}, ''

function setup(one)
  thread = one
end

function init(arguments)
  local state = dofile(arguments[1])
  result_file = arguments[2]
  named, head, visitors = state.named, state.head, state.visitors
  free, first, last = {}, 1, #visitors
  for index in ipairs(visitors) do
    free[index] = index
    answered[index] = 0
    cookies[index] = ''
  end
end

local function join(index)
  free[last + 1] = index
  last = last + 1
end

function request()
  local index = free[first]
  free[first] = nil
  first = first + 1
  -- Whose answers do not say whose they are takes turns.
  if not named then join(index) end
  return head .. visitors[index]
end

-- An answer says whose it is (`at`), since wrk does not say on which connection it came. Of several
-- `Set-Cookie` fields wrk gives the last.
function response(status, fields, body)
  if status ~= 200 then
    failure = status .. ' ' .. body
    wrk.thread:stop()
    return
  end
  if not named then return end
  local index = tonumber(string.match(body, '"at":(%d+)')) + 1
  answered[index] = answered[index] + 1
  local set = fields['Set-Cookie'] or fields['set-cookie']
  if set then
    local name, value = string.match(set, '^([^=]+)=([^;]*)')
    cookies[index] = name .. '=' .. value
    local at, stop = string.find(visitors[index], name .. '=', 1, true)
    if at then
      local rest = string.match(visitors[index], '^[^;\r]*(.*)$', stop + 1)
      visitors[index] = string.sub(visitors[index], 1, stop) .. value .. rest
    end
  end
  join(index)
end

function done(summary, latency)
  local out = assert(io.open(thread:get('result_file'), 'w'))
  local errors = summary.errors
  out:write(summary.requests, '\n', summary.duration, '\n')
  out:write(latency:percentile(50), '\n', latency:percentile(99), '\n')
  out:write(errors.connect + errors.read + errors.write + errors.timeout, '\n')
  out:write((thread:get('failure'):gsub('%s+', ' ')), '\n')
  local counts, kept = thread:get('answered'), thread:get('cookies')
  for index, count in ipairs(counts) do out:write(count, ' ', kept[index], '\n') end
  out:close()
end

-- wrk asks this script for every request and prints its result as JSON.
-- Arguments: content type, file with the body, file with one path per line, prefix of ids, requests sent at once.
-- Every PLACEHOLDER in the body becomes an id that is never used twice.

local PLACEHOLDER = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@"

local requests = {}
local turn = 0
local prefix
local lastId = 0
local depth

-- The request split at its placeholders: text at odd places, room for an id at even ones.
local function split(text)
  local pieces, from = {}, 1
  while true do
    local first, last = text:find(PLACEHOLDER, from, true)
    pieces[#pieces + 1] = text:sub(from, (first or 0) - 1)
    if not first then return pieces end
    pieces[#pieces + 1] = PLACEHOLDER
    from = last + 1
  end
end

function init(args)
  wrk.headers["Content-Type"] = args[1]
  local file = assert(io.open(args[2]))
  local body = file:read("*a")
  file:close()
  for path in io.lines(args[3]) do
    requests[#requests + 1] = split(wrk.format("POST", path, nil, body))
  end
  prefix = args[4]
  depth = tonumber(args[5])
end

local function nextRequest()
  turn = turn % #requests + 1
  local pieces = requests[turn]
  if #pieces == 1 then return pieces[1] end
  for place = 2, #pieces, 2 do
    lastId = lastId + 1
    pieces[place] = string.format("%s%012x", prefix, lastId)
  end
  return table.concat(pieces)
end

-- wrk waits for as many answers as the text holds requests.
function request()
  if depth == 1 then return nextRequest() end
  local all = {}
  for place = 1, depth do all[place] = nextRequest() end
  return table.concat(all)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%f,"medianUs":%d,"p99Us":%d,"failed":%d}\n',
    summary.requests,
    summary.duration / 1e6,
    latency:percentile(50),
    latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
